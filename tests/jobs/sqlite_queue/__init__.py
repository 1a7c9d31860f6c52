"""What is SqliteQueue's own: its file, its processes, its faults."""

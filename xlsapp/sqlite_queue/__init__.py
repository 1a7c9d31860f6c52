"""A job queue for SAQ in one SQLite file: durable, shared by processes, no server to run.

Imports nothing of the app. `docs/queue.md` explains the design, module by module.
"""

from xlsapp.sqlite_queue.queue import SqliteQueue

__all__ = ["SqliteQueue"]

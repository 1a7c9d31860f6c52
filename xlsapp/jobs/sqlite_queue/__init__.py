"""A job queue for SAQ in one SQLite file: durable, shared by processes, no server to run.

Imports nothing of the app. `docs/queue.md` explains the design, module by module:

    queue.py        SqliteQueue: SAQ's contract
    statements.py   every change and question to the file, as SQL
    schema.py       the tables, and how the file is opened
    hub.py          what all queues of one process on one file share
    threads.py      runs calls from any event loop in a thread
    writer.py       the thread that writes: group commit, claims, the watch on other processes
    leases.py       who is alive
    recovery.py     the jobs of those who are not
"""

from xlsapp.jobs.sqlite_queue.queue import SqliteQueue

__all__ = ["SqliteQueue"]

"""A job queue for SAQ in PostgreSQL, for any number of hosts: a subclass of SAQ's that keeps our contract.

Imports nothing of the app but `queue_parts`. `docs/queue.md` explains the design.
"""

from xlsapp.postgres_queue.queue import PostgresQueue

__all__ = ["PostgresQueue"]

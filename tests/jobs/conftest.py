"""A worker over a queue, as the queue's own tests start it."""

from tests.sqlite_queue.conftest import start_worker

__all__ = ["start_worker"]

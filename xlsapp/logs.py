"""What the log looks like: plain lines or JSON, each with the job it is about."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from logging import LogRecord

from xlsapp.config import LogSettings

current_job: ContextVar[str] = ContextVar("current_job", default="")
"""The id of the job that is worked on here. Set by the worker; the code below it knows nothing of jobs."""

# What others say at this level, and at which level they have to stop: below it, these write out what passes
# through them, statements with their values and headers with their cookies.
QUIETEST = {
    "": logging.INFO,
    # Warns at each stop of tasks that it then ends; what matters about a job we log ourselves.
    "saq": logging.ERROR,
    # One line for each websocket.
    "uvicorn.error": logging.WARNING,
    "uvicorn.access": logging.INFO,
}


def configure_logging(settings: LogSettings) -> None:
    """Log to standard error."""
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if settings.format == "json" else PlainFormatter())
    handler.addFilter(_with_job)
    logging.basicConfig(handlers=[handler], force=True)
    for name, quietest in QUIETEST.items():
        logging.getLogger(name).setLevel(max(level, quietest))
    logging.getLogger("xlsapp").setLevel(level)


class PlainFormatter(logging.Formatter):
    """For people: 2026-01-31 09:30:00,123 INFO    xlsapp.jobs.reporting [job 7f3a…]: …"""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s%(about_job)s: %(message)s")


class JsonFormatter(logging.Formatter):
    """For machines: one object a line."""

    def format(self, record: LogRecord) -> str:
        """See the class."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if job_id := current_job.get():
            line["job_id"] = job_id
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def _with_job(record: LogRecord) -> bool:
    job_id = current_job.get()
    record.about_job = f" [job {job_id}]" if job_id else ""
    return True

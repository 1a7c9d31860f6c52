"""The time as we store it: UTC text, 2026-01-31T09:30:00Z, which sorts as it reads."""

from datetime import UTC, datetime

FORMAT = "%Y-%m-%dT%H:%M:%SZ"
STAMP_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


def utc_now() -> str:
    """The present second."""
    return datetime.now(UTC).strftime(FORMAT)


def utc_stamp() -> str:
    """The present microsecond, 2026-01-31T09:30:00.123456Z: for what must differ after every change."""
    return datetime.now(UTC).strftime(STAMP_FORMAT)


def utc_text(epoch_seconds: float) -> str:
    """A time in seconds since 1970, as text."""
    return datetime.fromtimestamp(epoch_seconds, UTC).strftime(FORMAT)


def to_second(stamp: str) -> str:
    """The second of a stamp, or of a time, as text."""
    return stamp[: len("2026-01-31T09:30:00")] + "Z"


def parse_utc(text: str) -> datetime:
    """The moment that `utc_now` wrote. Raises ValueError on anything else."""
    return datetime.strptime(text, FORMAT).replace(tzinfo=UTC)

"""The time as we store it: UTC text, 2026-01-31T09:30:00Z, which sorts as it reads."""

from datetime import UTC, datetime

FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def utc_now() -> str:
    """The present second."""
    return datetime.now(UTC).strftime(FORMAT)


def utc_text(epoch_seconds: float) -> str:
    """A time in seconds since 1970, as text."""
    return datetime.fromtimestamp(epoch_seconds, UTC).strftime(FORMAT)


def parse_utc(text: str) -> datetime:
    """The moment that `utc_now` wrote. Raises ValueError on anything else."""
    return datetime.strptime(text, FORMAT).replace(tzinfo=UTC)

"""What `xlsapp check` has found, one thing at a time."""

from dataclasses import dataclass

OK, NOTE, BAD = "ok", "note", "bad"


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What was looked at, and how it is. Only what is bad makes `check` fail."""

    state: str
    about: str
    text: str

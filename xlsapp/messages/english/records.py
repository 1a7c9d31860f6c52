"""What is said of changes that people make to records."""

from collections.abc import Callable, Mapping


def _changed_meanwhile(value: str) -> str:
    stored = f"“{value}” is stored" if value else "it is blank"
    return f"Changed since you opened it: {stored} now."


WORDS: Mapping[str, str | Callable[..., str]] = {
    "record.changed_meanwhile": _changed_meanwhile,
    "record.choose": "Choose which of the two is to be stored.",
    "record.other_revision": (
        "This record has been changed since: it has another revision than `If-Match` names. Read it again."
    ),
}

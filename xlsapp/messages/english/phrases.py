"""Turns of phrase that several messages share."""

from collections.abc import Sequence


def quoted(names: Sequence[str], *, between: str = ", ") -> str:
    """Names in a row: “A”, “B”."""
    return between.join(f"“{name}”" for name in names)


def number_kind(whole: bool) -> str:
    """What a cell should hold: a number of either kind."""
    return "a whole number" if whole else "a number"


def assumed_encoding(encoding: str) -> str:
    """On a text file whose encoding was assumed."""
    return (
        f"The file is not in UTF-8, and was read as {encoding}. If letters are wrong, choose its encoding in "
        "the upload form."
    )

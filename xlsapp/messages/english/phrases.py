"""Turns of phrase that several messages share."""

from collections.abc import Iterable, Sequence

from xlsapp.visible import visible


class Counted(int):
    """A number that is written with what it counts: `{most:, records}` is 1 record, or 1,200 records."""

    def __format__(self, spec: str) -> str:
        digits, _, noun = spec.partition(" ")
        return f"{int(self):{digits}} {noun.removesuffix('s') if self == 1 else noun}".rstrip()


def many(number: int, noun: str) -> str:
    """A number with what it counts: 1 record, 1,200 records."""
    return format(Counted(number), f", {noun}")


def quoted(names: Sequence[str], *, between: str = ", ") -> str:
    """Names in a row: “A”, “B”."""
    return between.join(f"“{name}”" for name in names)


def marked(text: str) -> str:
    """A text in quotation marks, in which characters that nobody sees are seen: “A-1‹U+200B›”."""
    seen = (c if c == " " or (visible(c) and c.isprintable()) else f"‹U+{ord(c):04X}›" for c in text)
    return f"“{''.join(seen)}”"


def with_values(records: Iterable[tuple[int, str]], *, between: str) -> str:
    """Records with what they have: record 3 (“A-1”) or record 7 (“A-1 ”)."""
    return between.join(f"record {record_id} ({marked(text)})" for record_id, text in records)


def read_as(type_: str, convention: int) -> tuple[str, str]:
    """What texts of a type are, and what a convention for them is: dates, day first; numbers, with …"""
    if type_ in ("date", "datetime"):
        return "dates", ("day first (31/01/2026)", "month first (01/31/2026)")[convention]
    if type_ == "integer":
        signs = ("commas between thousands (1,234)", "points between thousands (1.234)")
        return "numbers", f"with {signs[convention]}"
    return "numbers", ("with a decimal point (1,234.5)", "with a decimal comma (1.234,5)")[convention]


def number_kind(whole: bool) -> str:
    """What a cell should hold: a number of either kind."""
    return "a whole number" if whole else "a number"


def counted(counts: Iterable[Sequence[str | int]]) -> str:
    """Texts and how often each is there: UTC (3), UTC+02:00 (1)."""
    return ", ".join(f"{text} ({count:,})" for text, count in counts)


def counted_columns(columns: Sequence[Sequence[str | int]], more: int, more_cells: int) -> str:
    """Columns and how many cells with a value they have: D (12 cells), F (1 cell)."""
    shown = ", ".join(f"{name} ({many(int(count), 'cells')})" for name, count in columns)
    return f"{shown} and {more:,} more ({many(more_cells, 'cells')})" if more else shown


def assumed_encoding(encoding: str) -> str:
    """On a text file whose encoding was assumed."""
    return (
        f"The file is not in UTF-8, and was read as {encoding}. If letters are wrong, choose its encoding in "
        "the upload form."
    )

"""What exports wrote, what is to be known of it, and why there is none."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xlsapp.messages.english.phrases import quoted

REASONS = {
    "too_long": "has {found:,} characters, and a cell holds {most_characters:,}",
    "no_character": "has {found} in it, which is not a character that a workbook knows",
    "infinite": "is infinite, and a cell holds numbers up to 1.8e308",
}


def _in_the_file(records: int) -> str:
    return "1 record is in the file" if records == 1 else f"{records:,} records are in the file"


def _unwritable(count: int, cells: Sequence[Mapping[str, Any]], most_characters: int) -> str:
    values = "a value" if count == 1 else f"{count:,} values"
    sentences = [f"A workbook cannot hold {values} of these records, and nothing is cut off in silence."]
    for cell in cells:
        record = f"record {cell['record']}" if "record" in cell else f"row {cell['row']:,}"
        why = REASONS[cell["reason"]].format(found=cell["found"], most_characters=most_characters)
        sentences.append(f"“{cell['column']}” of {record} {why}.")
    if more := count - len(cells):
        sentences.append(f"There are {more:,} more.")
    return " ".join([*sentences, "Change them, or export as csv."])


def _nothing_made_up(columns: Sequence[str], more: int) -> str:
    names = quoted(columns) + (" and others" if more else "")
    return f"No values could be made up that keep to the rules of {names}: fill them in."


def _no_rows_made_up(columns: Sequence[str], more: int) -> str:
    names = quoted(columns) + (" and others" if more else "")
    return (
        f"There are no made-up rows, as no values could be made up that keep to the rules of {names}, which "
        "must not be empty: fill in rows of your own."
    )


def _formulas(texts: int) -> str:
    words = "a text" if texts == 1 else f"{texts:,} texts"
    return (
        f"A spreadsheet program may take {words} in this file for formulas, as csv cannot say what is text. "
        "A workbook (.xlsx) can."
    )


def _unwritable_name(column: str, found: str, more: int) -> str:
    others = f", and {more:,} more {'has' if more == 1 else 'have'} such a one" if more else ""
    return (
        f"The name of the column “{column}” has {found} in it, which is not a character that a workbook "
        f"knows{others}. Rename it, or export as csv."
    )


WORDS: Mapping[str, str | Callable[..., str]] = {
    "export.nothing_written": "Nothing was written.",
    "export.blank_written": "A blank workbook is ready to be filled in.",
    "export.sample_written": "A sample with {rows:, made-up rows} is ready.",
    "export.records_written": lambda records: f"{_in_the_file(records)}.",
    "export.view_written": lambda records: f"{_in_the_file(records)}, as the page showed.",
    "export.no_such_kind": "Choose what to export: the records, the blank workbook or a sample.",
    "export.no_columns": "This template has no columns yet, so there is nothing to write. Add some first.",
    "export.only_records": (
        "Only records can be exported as csv or JSON lines: these have no room for rules. Take a workbook "
        "(xlsx)."
    ),
    "export.only_csv": "Only a csv file has a separator. Export as csv, or leave it out.",
    "export.no_such_delimiter": "Write “,” or “;”: what is to stand between the values of a csv file.",
    "export.too_many_records": (
        "A sheet holds {most:, records} below its header, and these are {count:,}. Export them as csv, or a "
        "part of them."
    ),
    "export.too_large": (
        "These records are larger than the 4 GB that a workbook holds. Export them as csv, or a part of them."
    ),
    "export.view_of_before": (
        "This export was asked for before the server was upgraded, and it cannot be told any more which "
        "records it was to have. Search and filter the records once more, and export them from there."
    ),
    "export.unwritable": _unwritable,
    "export.unwritable_name": _unwritable_name,
    "export.nothing_made_up": _nothing_made_up,
    "export.no_rows_made_up": _no_rows_made_up,
    "export.formulas": _formulas,
}

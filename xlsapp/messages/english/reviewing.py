"""What is said of a review: the rows of a workbook before they become records."""

from collections.abc import Callable, Mapping


def _problems(problems: int) -> str:
    rows = "1 row has" if problems == 1 else f"{problems:,} rows have"
    return f"{rows} a problem. Mend what is wrong, or leave such rows out; then it can be applied."


def _moved(edited: int, of: int, rows: int, deleted: int) -> str:
    if edited:
        are = "was" if edited == 1 else "were"
        return (
            f"{edited:,} of the {of:,} records to change {are} edited since: look again. Nothing was written."
        )
    if rows:
        would = "1 row would" if rows == 1 else f"{rows:,} rows would"
        return (
            f"Records have changed since, and {would} do something else now: look again. Nothing was written."
        )
    records = "1 record" if deleted == 1 else f"{deleted:,} records"
    return (
        f"Records have come or gone since, {records} to delete among them: look again. Nothing was written."
    )


def _mend(kind: str, column: str, row: int, cells: int, found: str, text: str) -> str:
    them = "1 cell" if cells == 1 else f"{cells:,} cells"
    in_column = f"{them} of “{column}”"
    to = f"“{text}”" if text else "empty"
    match kind:
        case "cell":
            return f"Row {row:,}, “{column}”: {to}"
        case "replace":
            return f"{in_column}: “{found}” is {to}" if found else f"{in_column}: {to}"
        case "trim":
            return f"{in_column}: without the blanks around the text"
        case "default":
            return f"{in_column}: the default"
        case "blank":
            return f"{in_column}: empty"
        case _:
            return (
                f"Row {row:,} left out" if row else f"{'1 row' if cells == 1 else f'{cells:,} rows'} left out"
            )


WORDS: Mapping[str, str | Callable[..., str]] = {
    "review.columns_changed": (
        "The template’s columns have changed since the workbook was read. Check the workbook again."
    ),
    "review.problems": _problems,
    "review.moved": _moved,
    "review.being_applied": "This review is being applied, or was: nothing can be mended any more.",
    "review.all_rows_count": (
        "“Replace all” deletes the records that no row is. So no row can be left out: mend it instead."
    ),
    "review.no_such_cells": "The workbook has no such cells. Mend others, or leave the rows out.",
    "review.no_default": "“{column}” has no default. Write what is to stand there.",
    "review.nothing_to_mend": "There is nothing of this kind any more: somebody may have mended it.",
    "review.row_mended_meanwhile": "Somebody has mended row {row:,} meanwhile. Look at it again.",
    "review.mend": _mend,
    "review.moved_on": "The review was changed before it could be applied. Look at it again.",
    "review.changed_meanwhile": "Somebody has changed this review meanwhile. Look at it again.",
}

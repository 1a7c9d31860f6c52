"""What was proposed for a workbook, or why no template can be."""

from collections.abc import Callable, Mapping


def _found(columns: int, rows: int) -> str:
    return (
        f"{columns:,} {'column' if columns == 1 else 'columns'} proposed, from all of "
        f"{rows:,} {'row' if rows == 1 else 'rows'}."
    )


WORDS: Mapping[str, str | Callable[..., str]] = {
    "proposal.found": _found,
    "proposal.none": "No template was proposed.",
    "proposal.no_headers": "Row {row:,} of the sheet “{sheet}” has no headers in it.",
    "proposal.no_rows_below": (
        "The sheet “{sheet}” has no rows below its header row {row:,}. A template can be proposed only "
        "where there are some."
    ),
}

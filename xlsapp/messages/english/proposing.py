"""Why no template can be proposed for a workbook."""

from collections.abc import Callable, Mapping

WORDS: Mapping[str, str | Callable[..., str]] = {
    "proposal.no_headers": "Row {row:,} of the sheet “{sheet}” has no headers in it.",
    "proposal.no_rows_below": (
        "The sheet “{sheet}” has no rows below its header row {row:,}. A template can be proposed only "
        "where there are some."
    ),
}

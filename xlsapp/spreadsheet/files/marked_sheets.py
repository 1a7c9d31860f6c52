"""The sheet of problems that we put into a workbook which we give back: how it is known once it returns."""

from collections.abc import Sequence
from typing import Any

NAME = "_xlsapp_problems"
"""A hidden name in the workbook that leads to the sheet, whatever it is called by then."""
TITLE = "Problems found by xlsapp"
"""What stands in its first cell: for files that have lost the name, as they are of another format by now."""


def is_ours(first_row: Sequence[Any]) -> bool:
    """Whether a sheet whose first row with anything in it is this one is such a sheet."""
    return bool(first_row) and first_row[0] == TITLE


def sheet_of(meaning: str) -> str:
    """The sheet that a name leads to: 'My sheet'!$A$1."""
    name = meaning.rpartition("!")[0]
    return name[1:-1].replace("''", "'") if name[:1] == "'" else name

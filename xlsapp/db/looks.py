"""What SQL lacks to compare texts by their looks: functions in it, and where they need not be called.

A PostgreSQL has `visible` and `folded` as functions of its own, made by a migration.
"""

from collections.abc import Callable
from typing import Any

from xlsapp.visible import folded, visible

_BEGINNINGS = ("C285", "C2A0", "C2AD", "D89C", "E19A80", "E280", "E281", "E38080", "EFBBBF")
"""How characters that nobody sees, and blanks beside ASCII's, begin in UTF-8."""


def _of_texts(function: Callable[[str], str]) -> Callable[[Any], Any]:
    return lambda value: function(value) if isinstance(value, str) else value


FUNCTIONS = {"visible": _of_texts(visible), "folded": _of_texts(folded)}
"""By their names in SQL, for every connection: each takes one value, and gives what is no text as it is."""


def may_differ_sql(text: str) -> str:
    """Whether a text may be another one than `visible` of it. Quick: most texts are plain."""
    # A function in Python for each text would take five times as long.
    odd = " OR ".join(f"INSTR(CAST({text} AS BLOB), x'{beginning}')" for beginning in _BEGINNINGS)
    return (
        f"({text} < '!' OR SUBSTR({text}, -1) < '!' OR "
        f"(LENGTH({text}) <> LENGTH(CAST({text} AS BLOB)) AND ({odd})))"
    )

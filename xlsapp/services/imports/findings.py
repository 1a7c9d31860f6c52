"""What a plan's comparisons found of the rows, as problems: each with its code, by sheet and cell."""

import json
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from xlsapp.db.beside import Beside
from xlsapp.models import ColumnType
from xlsapp.problems import Message
from xlsapp.repositories.merging.findings import found_rows
from xlsapp.repositories.merging.merging import Finding, Found, Merging
from xlsapp.spreadsheet.cells.columns import REQUIRED
from xlsapp.spreadsheet.cells.entered import as_entered
from xlsapp.spreadsheet.reading.headers import RECORD_ID_HEADER, HeaderCheck
from xlsapp.spreadsheet.reading.problem_groups import STORED
from xlsapp.spreadsheet.reading.problem_log import ProblemLog

ROWS_AT_ONCE = 10_000

RULES = {
    Found.RECORD_GONE: "key",
    Found.NOT_FOUND: "not_found",
    Found.BLANK_KEYS: "key",
    Found.SAME_KEYS: "key",
    Found.AMBIGUOUS_KEYS: "key",
    Found.CLASH: "key",
    Found.SAME_RECORD: "key",
    Found.EDITED_SINCE: "edited",
    Found.MIXED: "key",
    Found.BLANK: "required",
    Found.TWICE: "unique",
    Found.STORED: STORED,
    Found.LOOKS_LIKE_ROW: "looks_alike",
    Found.LOOKS_LIKE_RECORD: "looks_alike",
}
"""What was found → the rule under which it is listed."""


def log_findings(
    conn: Beside, findings: Iterable[Finding], merging: Merging, header: HeaderCheck, log: ProblemLog
) -> None:
    """Note all rows of all findings."""
    for finding in findings:
        rows = found_rows(conn, finding)
        index, name = _place(finding, header)
        rule, explain = RULES[finding.what], explaining(finding, merging)
        for row, value, other in islice(rows, log.room):
            log.add(
                row=row,
                index=index,
                column=name,
                rule=rule,
                value=_readable(finding, value),
                message=explain(value, other),
                warning=finding.only_warns,
            )
        while more := list(islice(rows, ROWS_AT_ONCE)):  # they are only counted
            log.count(rows=[row for row, _, _ in more], column=name, rule=rule, warning=finding.only_warns)


def place_of(finding: Finding) -> int:
    """The id of the column that it is about; 0 where that is the row."""
    return finding.columns[0].id if finding.columns and finding.what is not Found.EDITED_SINCE else 0


def _place(finding: Finding, header: HeaderCheck) -> tuple[int | None, str]:
    """The column of the sheet that it is listed under, and its name."""
    if finding.what is Found.EDITED_SINCE:
        return None, ""
    if finding.columns:
        column = finding.columns[0]
        return header.places.get(column.id), column.name
    return header.record_id, RECORD_ID_HEADER


def explaining(finding: Finding, merging: Merging) -> Callable[[Any, Any], Message]:
    """From a row's `value` and `other` to what is wrong with it."""
    keys = [column.name for column in finding.columns]
    default = merging.defaults.get(finding.columns[0]) if finding.columns else None

    def about(value: Any) -> dict[str, Any]:
        return {"value": _short(_readable(finding, value)), "is_default": value == default}

    explanations: dict[Found, Callable[[Any, Any], Message]] = {
        Found.RECORD_GONE: lambda *_: Message("row.record_gone"),
        Found.NOT_FOUND: lambda value, _: Message(
            "row.not_found", {"keys": keys, "by_id": not finding.columns and value not in ("", None)}
        ),
        Found.BLANK_KEYS: lambda *_: Message("row.blank_keys", {"keys": keys}),
        Found.SAME_KEYS: lambda _, row: Message("row.same_keys", {"row": row, "keys": keys}),
        Found.AMBIGUOUS_KEYS: lambda _, count: Message("row.ambiguous_keys", {"count": count, "keys": keys}),
        Found.CLASH: lambda _, records: Message(
            "row.records_look_alike", {"records": _records(records), "keys": keys}
        ),
        Found.SAME_RECORD: lambda _, row: (
            Message("row.same_record_or_id", {"row": row})
            if merging.has_ids
            else Message("row.same_record", {"row": row})
        ),
        Found.EDITED_SINCE: lambda _, when: Message("row.edited_since", {"when": when}),
        Found.MIXED: lambda own, other: Message("row.mixed", {"record": own, "other": other}),
        Found.BLANK: lambda *_: REQUIRED,
        Found.TWICE: lambda value, row: Message("unique.twice", {**about(value), "row": row}),
        Found.STORED: lambda value, other: _stored(about(value), other),
        Found.LOOKS_LIKE_ROW: lambda value, row: Message(
            "cell.looks_like_row", {"value": _short(value), "row": row}
        ),
        Found.LOOKS_LIKE_RECORD: lambda value, other: Message(
            "cell.looks_like_record", {"value": _short(value), "records": _records(other)}
        ),
    }
    return explanations[finding.what]


def _readable(finding: Finding, value: Any) -> Any:
    """A value as people read it: of a duration, hours, minutes and seconds."""
    kind = finding.columns[0].type if finding.columns else ColumnType.TEXT
    return as_entered(kind, value) if kind is ColumnType.DURATION and len(finding.columns) == 1 else value


def _stored(about: dict[str, Any], other: int | str) -> Message:
    if isinstance(other, int):
        return Message("unique.stored", {**about, "record_id": other})
    return Message("unique.stored_in_another_form", {"value": about["value"], "records": _records(other)})


def _records(other: str) -> list[list[Any]]:
    """Each record once: its id, and what it has."""
    return [[record_id, _short(text)] for record_id, text in dict(json.loads(other)).items()]


def _short(value: Any) -> str:
    text = str(value).replace("\x1e", " · ")  # which parts the keys of a row
    return text if len(text) <= 60 else text[:59] + "…"

"""Mending a review: cells one by one or all of a kind, rows that are left out; and all of it taken back.

A mend is one transaction of the review's: its cells are read anew under the rules of their column, their rows
judged, and the plan made anew for what has changed. Who has not seen the last mend of a row is told so.
"""

import enum
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from xlsapp.clock import utc_now
from xlsapp.db.beside import Beside
from xlsapp.errors import NotFound, Refused
from xlsapp.models import ImportTemplate, TemplateColumn
from xlsapp.problems import Message
from xlsapp.repositories.reviewing import mends, problems
from xlsapp.repositories.reviewing.kinds import Kind
from xlsapp.repositories.reviewing.rows import Wanted, find_rows
from xlsapp.services.imports.answers import read_options
from xlsapp.services.imports.options import Mode
from xlsapp.services.reviews.looking import findings_for
from xlsapp.services.reviews.planning import plan_for_targets
from xlsapp.services.reviews.review import Review
from xlsapp.spreadsheet.reading.flawed_cells import OF_ROW, read_back, shown, written
from xlsapp.spreadsheet.reading.mended_cells import read_text
from xlsapp.visible import visible


class MendKind(enum.StrEnum):
    """What is done to cells, or to rows."""

    CELL = "cell"
    """One cell gets a text."""
    REPLACE = "replace"
    """All cells of a column that break a rule, or those of them with one text, get another one."""
    TRIM = "trim"
    """The same cells lose the blanks around their texts, and what nobody sees."""
    DEFAULT = "default"
    """They get the column's default."""
    BLANK = "blank"
    """They are left empty."""
    LEAVE_OUT = "leave_out"
    """Their rows are left out; or one row."""


@dataclass(frozen=True, slots=True)
class MendDraft:
    """What somebody wants to mend."""

    kind: MendKind
    column_id: int = OF_ROW
    """The column; 0 of what is wrong with rows as a whole."""
    rule: str = ""
    """The kind of problem."""
    row: int | None = None
    """Of one cell, or one row that is left out."""
    found: str | None = None
    """The text that is to be replaced; None where all of them are."""
    text: str = ""
    """What is to stand there."""
    seen: int | None = None
    """The revision of the row as it was seen. None: it does not matter."""


@dataclass(frozen=True, slots=True)
class Mend:
    """What somebody has mended."""

    id: int
    draft: MendDraft
    made_at: str
    user_id: int
    cells: int
    """How many cells, or rows that were left out."""


def mend(conn: Beside, review: Review, draft: MendDraft, user_id: int) -> Review:
    """Carry it out. Returns the review as it is then. Raises Refused."""
    _require_open(review)
    column = _column(review, draft)
    number = review.mends + 1
    mends.begin(conn)
    _aim(conn, review, draft)
    mends.remember(conn)
    if draft.kind is MendKind.LEAVE_OUT:
        mends.leave_out(conn, number)
    elif column is not None:
        mends.keep_old(conn, number, column)
        _put(conn, review, column, draft)
    mends.judge(conn)
    mends.note(conn, number, json.dumps(asdict(draft), ensure_ascii=False), utc_now(), user_id)
    review = plan_for_targets(conn, review, mends=number)
    mends.end(conn)
    return review


def take_back(conn: Beside, review: Review, mend_id: int) -> Review:
    """Undo a mend. Returns the review as it is then. Raises NotFound when it was taken back already."""
    _require_open(review)
    found = mends.find(conn, mend_id)
    if found is None:
        raise NotFound("mend")
    draft = _mend(found).draft
    column = None if draft.kind is MendKind.LEAVE_OUT else _column(review, draft)
    mends.begin(conn)
    mends.take_back(conn, mend_id, column)
    mends.judge(conn)
    review = plan_for_targets(conn, review)
    mends.end(conn)
    return review


def all_mends(conn: Beside) -> list[Mend]:
    """What was mended and not taken back, the newest first."""
    return list(map(_mend, mends.listed(conn)))


def about(mend: Mend, template: ImportTemplate) -> Message:
    """What was mended, to be listed."""
    draft = mend.draft
    names = {column.id: column.name for column in template.columns}
    found = {
        "kind": draft.kind.value,
        "column": names.get(draft.column_id, ""),
        "row": draft.row or 0,
        "cells": mend.cells,
        "found": _short(draft.found or ""),
        "text": _short(draft.text),
    }
    return Message("review.mend", found)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def _mend(row: tuple[int, str, str, int, int]) -> Mend:
    number, about, made_at, user_id, cells = row
    draft = json.loads(about)
    return Mend(number, MendDraft(**{**draft, "kind": MendKind(draft["kind"])}), made_at, user_id, cells)


def _require_open(review: Review) -> None:
    if review.applied_by:
        raise Refused(Message("review.being_applied"))
    if not review.fits:
        raise Refused(Message("review.columns_changed"))


def _column(review: Review, draft: MendDraft) -> TemplateColumn | None:
    """The column whose cells get another text. Raises Refused where that cannot be."""
    if draft.kind is MendKind.LEAVE_OUT:
        if review.options.mode is Mode.REPLACE:
            raise Refused(Message("review.all_rows_count"))
        return None
    known = {column.id: column for column in review.merging.columns}
    if draft.column_id not in known:
        raise Refused(Message("review.no_such_cells"))
    column = known[draft.column_id]
    if draft.kind is MendKind.DEFAULT and not column.rules.default:
        raise Refused(Message("review.no_default", {"column": column.name}))
    return column


def _aim(conn: Beside, review: Review, draft: MendDraft) -> None:
    """Find what it is about. Raises Refused when that is nothing, or was mended since it was seen."""
    if draft.row is not None:
        found = find_rows(conn, review.merging, Wanted(Kind.ALL, row=draft.row), cursor=None, limit=1)
        if found and draft.seen not in (None, found[0].revision):
            raise Refused(Message("review.row_mended_meanwhile", {"row": draft.row}))
        count = mends.aim_at_row(conn, draft.row)
    elif draft.found is not None:
        count = sum(
            mends.aim_at_flaws(conn, draft.column_id, draft.rule, kind_and_value=each)
            for each in _contents_of(conn, draft)
        )
    else:
        columns = {column.id: column for column in review.template.columns}
        count = mends.aim_at_flaws(conn, draft.column_id, draft.rule)
        column = columns.get(draft.column_id)
        count += mends.aim_at_found(conn, findings_for(review.made.plan.findings, column, draft.rule))
    if not count:
        raise Refused(Message("review.nothing_to_mend"))


def _contents_of(conn: Beside, draft: MendDraft) -> Iterator[tuple[str, str]]:
    """How the text that is to be replaced is kept: as a number, as a text, …"""
    for kind, value in problems.contents_of(conn, draft.column_id, draft.rule):
        if shown(kind, value) == draft.found:
            yield kind, value


def _put(conn: Beside, review: Review, column: TemplateColumn, draft: MendDraft) -> None:
    options = read_options(review.template, review.options)
    remedies, flaws = [], []
    for kind, value in mends.contents(conn):
        cell = read_text(column, _text(column, draft, kind, value), options, review.kept.readings)
        remedies.append((kind, value, cell.value))
        for rule, is_warning, breaking in cell.flaws:
            flaws.append((kind, value, rule, int(is_warning), *written(breaking)))
    mends.put(conn, column, remedies, flaws)


def _text(column: TemplateColumn, draft: MendDraft, kind: str, value: str) -> str:
    """What is to stand in a cell."""
    match draft.kind:
        case MendKind.DEFAULT:
            return column.rules.default or ""
        case MendKind.BLANK:
            return ""
        case MendKind.TRIM:
            content = read_back(kind, value)
            return visible(content) if isinstance(content, str) else shown(kind, value)
        case _:
            return draft.text

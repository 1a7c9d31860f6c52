"""Looking at a review: its rows page by page, with what would change and what is wrong; problems by kind."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from xlsapp.db.beside import Beside
from xlsapp.models import CellValue, ColumnType, TemplateColumn
from xlsapp.problems import Message
from xlsapp.repositories.merging.merging import Finding
from xlsapp.repositories.records.selection import Cursor, Selection
from xlsapp.repositories.reviewing import problems, rows
from xlsapp.repositories.reviewing.kinds import Kind
from xlsapp.repositories.reviewing.rows import Found, Wanted
from xlsapp.services.imports.findings import RULES, explaining, place_of
from xlsapp.services.records.cursors import LONG, from_token, place_in
from xlsapp.services.reviews.review import (
    CellProblem,
    ProblemGroup,
    Review,
    ReviewedCell,
    ReviewedRow,
    RowsPage,
)
from xlsapp.spreadsheet.cells.entered import as_entered
from xlsapp.spreadsheet.reading.flawed_cells import OF_ROW, Explaining, shown

MOST_EXAMPLES = 20

KINDS = {
    "create": Kind.NEW,
    "update": Kind.CHANGED,
    "unchanged": Kind.SAME,
    "delete": Kind.DELETED,
    "not_found": Kind.NOT_FOUND,
}


def place_of_token(wanted: Wanted, token: str, *, backwards: bool) -> Cursor | None:
    """The place that a token of a page stands for. None when there is no such place in this order."""
    cursor = from_token(token, backwards=backwards)
    if cursor is None or wanted.sort is None or cursor.value in (None, LONG):
        return cursor if cursor and (wanted.sort or cursor.value is None) else None
    return place_in(Selection(sort=wanted.sort), cursor)


def page(conn: Beside, review: Review, wanted: Wanted, cursor: Cursor | None, *, size: int) -> RowsPage:
    """The rows after a cursor, or before it. A page that would begin before the first is the first."""
    if cursor and cursor.value == LONG:
        (there,) = rows.find_rows(
            conn, review.merging, Wanted(Kind.ALL, row=cursor.id), cursor=None, limit=1
        ) or (None,)
        place = _place(wanted, review, there, backwards=cursor.backwards)
        cursor = place and replace(cursor, value=place.value)
    found = rows.find_rows(conn, review.merging, wanted, cursor=cursor, limit=size + 1)
    if cursor and cursor.backwards and len(found) <= size:
        cursor = None
        found = rows.find_rows(conn, review.merging, wanted, cursor=None, limit=size + 1)
    backwards = cursor is not None and cursor.backwards
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    first, last = (found[0], found[-1]) if found else (None, None)
    return RowsPage(
        reviewed(conn, review, found),
        previous=_place(wanted, review, first, backwards=True) if (more if backwards else cursor) else None,
        next=_place(wanted, review, last, backwards=False) if backwards or more else None,
    )


def _place(wanted: Wanted, review: Review, found: Found | None, *, backwards: bool) -> Cursor | None:
    if found is None:
        return None
    if wanted.kind is Kind.DELETED:
        return Cursor(None, found.record_id or 0, backwards)
    value = found.staged[review.template.columns.index(wanted.sort)] if wanted.sort else None
    return Cursor(value, found.row, backwards)


def reviewed(conn: Beside, review: Review, found: Sequence[Found]) -> tuple[ReviewedRow, ...]:
    """Rows with all there is to see of them."""
    numbers = [each.row for each in found if each.row]
    flaws, of_plan = problems.flaws_of(conn, numbers), _found_in_plan(conn, review, numbers)
    explaining_flaws = Explaining({c.id: c for c in review.template.columns}, review.kept.readings)
    wrong: dict[tuple[int, int], _Wrong] = defaultdict(_Wrong)
    for flaw in flaws:
        known = flaw.column_id == OF_ROW or flaw.column_id in explaining_flaws.columns
        if known:
            message = explaining_flaws.explain(flaw.column_id, flaw.rule, flaw.kind, flaw.value)
            cell = wrong[flaw.row, flaw.column_id]
            cell.problems.append(CellProblem(flaw.rule, message, flaw.is_warning))
            cell.text = shown(flaw.kind, flaw.value)
    for place, problem in of_plan:
        wrong[place].problems.append(problem)
    return tuple(_row(review, each, wrong) for each in found)


@dataclass(slots=True)
class _Wrong:
    """What is wrong with one cell, and what stands in it."""

    problems: list[CellProblem] = field(default_factory=list)
    text: str | None = None


def _found_in_plan(
    conn: Beside, review: Review, numbers: Sequence[int]
) -> Iterable[tuple[tuple[int, int], CellProblem]]:
    """What the plan has found, by row and column."""
    for finding, row, value, other in problems.findings_of(conn, review.made.plan.findings, numbers):
        message: Message = explaining(finding, review.merging)(value, other)
        yield (row, place_of(finding)), CellProblem(RULES[finding.what], message, finding.only_warns)


def _row(review: Review, found: Found, wrong: Mapping[tuple[int, int], _Wrong]) -> ReviewedRow:
    merging, is_record = review.merging, found.record_id is not None
    in_file = {column.id for column in merging.columns}
    cells = {}
    for column, staged, stored in zip(review.template.columns, found.staged, found.stored, strict=True):
        value, old = _shown_value(column, staged), _shown_value(column, stored)
        stays = is_record and (merging.keeps_blanks or column.id not in in_file)
        if found.action == "delete" or (value is None and stays):
            value = old
        elif value is None and is_record:
            value = merging.defaults_for_known.get(column)
        elif value is None and found.action == "create":
            value = merging.defaults.get(column)
        about = wrong.get((found.row, column.id), _NOTHING)
        changed = found.action == "update" and value != old
        cells[column.id] = ReviewedCell(value, old, changed, about.text, tuple(about.problems))
    kind = Kind.LEFT_OUT if found.is_left_out else KINDS.get(found.action, Kind.PROBLEMS)
    of_row = wrong.get((found.row, OF_ROW), _NOTHING).problems
    return ReviewedRow(found.row, kind, found.record_id, cells, tuple(of_row), found.revision)


_NOTHING = _Wrong()


def _shown_value(column: TemplateColumn, value: CellValue) -> CellValue:
    # SQLite keeps booleans as 0 and 1.
    return bool(value) if column.type is ColumnType.BOOLEAN and value is not None else value


def groups(conn: Beside, review: Review) -> list[ProblemGroup]:
    """The problems of rows that were not left out, the largest groups first."""
    columns = {column.id: column for column in review.template.columns}
    rows_of: dict[tuple[int, str], int] = defaultdict(int)
    for column_id, rule, count in problems.count_flaws(conn):
        rows_of[column_id, rule] += count
    counts = problems.count_found(conn)
    for finding in review.made.plan.findings:
        if not finding.only_warns and (in_all := counts.get(finding.number)):
            rows_of[place_of(finding), RULES[finding.what]] += in_all
    found = [
        ProblemGroup(columns.get(column_id), rule, count, _examples(conn, column_id, rule))
        for (column_id, rule), count in rows_of.items()
    ]
    return sorted(found, key=lambda group: -group.rows)


def _examples(conn: Beside, column_id: int, rule: str) -> tuple[tuple[str, int], ...]:
    texts = problems.frequent_texts(conn, column_id, rule, most=MOST_EXAMPLES)
    return tuple((shown(kind, text), count) for kind, text, count in texts) if column_id != OF_ROW else ()


def findings_for(findings: Iterable[Finding], column: TemplateColumn | None, rule: str) -> tuple[int, ...]:
    """The numbers of the findings that are problems of a column, and of a kind."""
    return tuple(
        finding.number
        for finding in findings
        if not finding.only_warns
        and (column is None or place_of(finding) == column.id)
        and (not rule or RULES[finding.what] == rule)
    )


def text_of(column: TemplateColumn, cell: ReviewedCell) -> str:
    """What a form has of a cell, to be mended."""
    return cell.text if cell.text is not None else as_entered(column.type, cell.value)

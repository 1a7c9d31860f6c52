"""Whatever is stored comes back from our workbooks as it was, through the import's own reader."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.spreadsheet.conftest import column
from xlsapp.models import CellValue, ColumnType, TemplateColumn
from xlsapp.spreadsheet.reading.problem_log import ProblemLog
from xlsapp.spreadsheet.reading.reader import ReadLimits, ReadOptions, read_workbook
from xlsapp.spreadsheet.sources.source import GivenRows
from xlsapp.spreadsheet.writing.workbook import WorkbookPlan, write_workbook

CHOICES = ("red, green", "=1+1", "007", "TRUE", "a & b")

# What can be stored: every character but NUL, those that are none, and halves of a pair.
_CHARACTERS = st.characters(exclude_categories=("Cs",), exclude_characters="\x00\ufffe\uffff")
_MILLISECONDS = st.integers(0, 999).map(lambda n: n * 1000)


VALUES: dict[str, st.SearchStrategy[CellValue]] = {
    "text": st.one_of(
        st.text(_CHARACTERS, min_size=1, max_size=60),
        st.text("_x0041<&> \n\r\t=", min_size=1, max_size=20),
    ).filter(lambda text: not text.isspace()),
    "integer": st.integers(-(2**53), 2**53),
    "number": st.floats(allow_nan=False, allow_infinity=False),
    "date": st.dates().map(str),
    "datetime": st.builds(
        lambda moment, fraction: moment.replace(microsecond=fraction).isoformat(),
        st.datetimes(),
        st.just(0) | _MILLISECONDS,
    ),
    "time": st.builds(
        lambda moment, fraction: moment.replace(microsecond=fraction).isoformat(),
        st.times(),
        st.just(0) | _MILLISECONDS,
    ),
    "duration": st.integers(-(10**13), 10**13).map(lambda milliseconds: milliseconds / 1000),
    "boolean": st.sampled_from((0, 1)),
    "choice": st.sampled_from(CHOICES),
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[TemplateColumn], list[tuple[CellValue, ...]]]:
    kinds = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=6))
    row = st.tuples(*(st.none() | VALUES[kind] for kind in kinds))
    rows = draw(st.lists(row.filter(lambda row: any(v is not None for v in row)), min_size=1, max_size=30))
    columns = [
        column(f"Column {i}", kind, number=i, choices=CHOICES if kind == ColumnType.CHOICE else ())
        for i, kind in enumerate(kinds, 1)
    ]
    return columns, rows


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables())
def test_every_stored_value_comes_back_as_it_was(tmp_path, table):
    columns, rows = table

    assert round_trip(tmp_path, columns, rows) == rows


def test_batches_of_ordinary_values_with_odd_ones_among_them_come_back(tmp_path):
    columns = [column("Day", "date"), column("Count", "integer", number=2), column("Text", number=3)]
    rows: list[tuple[CellValue, ...]] = [("2026-01-31", 5, "plain")] * 1000
    rows[500] = ("1815-12-10", 2**53, " <odd>\r ")
    rows[999] = (None, None, "end")

    assert round_trip(tmp_path, columns, rows) == rows


@pytest.mark.parametrize("name", ["Read me", "Lists", "a/b", "x" * 100, "?"])
def test_the_sheet_with_the_rows_is_the_one_that_is_read(tmp_path, name):
    assert round_trip(tmp_path, [column("Name")], [("Ada",)], title=name) == [("Ada",)]


def round_trip(
    folder: Path,
    columns: Sequence[TemplateColumn],
    rows: Sequence[tuple[CellValue, ...]],
    *,
    title: str = "T",
) -> list[tuple[CellValue, ...]]:
    """Rows as they are staged after they were written and read. Fails on any problem.

    A year such as 1402 may be another calendar's for all that its reader knows, and is warned of.
    """
    path = folder / "out.xlsx"
    written = write_workbook(path, WorkbookPlan(title, "", tuple(columns)), GivenRows(rows), lambda _: None)
    assert (written.rows, written.refusal) == (len(rows), None)
    log = ProblemLog(folder / "report", limit=100)
    try:
        _, conn = read_workbook(
            path, columns, ReadOptions(), ReadLimits(), folder / "staging", log, lambda progress: None
        )
    finally:
        log.close()
    assert [group for group in log.logged.groups() if group["rule"] != "odd_year"] == []
    staged = [tuple(row[1:]) for row in conn.execute("SELECT * FROM staged ORDER BY row")]
    conn.close()
    return staged

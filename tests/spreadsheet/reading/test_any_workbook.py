"""Whatever is in a workbook: values come through as they are, and a damaged file ends in a sentence."""

import datetime as dt
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import make_workbook
from tests.spreadsheet.conftest import template_columns
from xlsapp.messages.saying import say
from xlsapp.spreadsheet.files.workbook_error import WorkbookError
from xlsapp.spreadsheet.reading.problem_log import ProblemLog
from xlsapp.spreadsheet.reading.reader import ReadLimits, ReadOptions, read_workbook

# What openpyxl can write: XML 1.0 has no other characters below the blank than these.
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Co")), min_size=1, max_size=40
).filter(lambda text: not text.isspace() and not text.startswith("=") and "_x" not in text)
VALUES = {
    "text": TEXTS,
    "integer": st.integers(-(2**53), 2**53),
    # openpyxl writes 16 digits; Excel itself keeps 15.
    "number": st.floats(-1e300, 1e300).map(lambda number: float(f"{number:.15g}")),
    "date": st.dates(dt.date(1900, 3, 1), dt.date(9999, 12, 31)),
    "datetime": st.datetimes(dt.datetime(1900, 3, 1), dt.datetime(9999, 12, 31)).map(
        lambda moment: moment.replace(microsecond=0)
    ),
    "boolean": st.booleans(),
}


def stored(kind: str, value: object) -> object:
    """How a value is stored, by the words of xlsapp/models.py."""
    match kind, value:
        case _, None:
            return None
        case (("date" | "datetime"), (dt.date() | dt.datetime())):
            return value.isoformat()
        case "boolean", _:
            return int(bool(value))
        case _:
            return value


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[object]]]:
    kinds = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=6))
    row = st.tuples(*(st.none() | VALUES[kind] for kind in kinds)).map(list)
    rows = draw(
        st.lists(row, min_size=1, max_size=12).filter(lambda rows: any(v is not None for v in rows[-1]))
    )
    return kinds, rows


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables())
def test_typed_values_come_through_as_they_are(tmp_path, table):
    kinds, rows = table
    headers = [f"Column {place}" for place in range(len(kinds))]
    path = make_workbook(tmp_path, headers, *rows)

    found = read(path, tmp_path, *zip(headers, kinds, strict=True))

    expected = [
        tuple(stored(k, v) for k, v in zip(kinds, row, strict=True)) for row in rows if any_filled(row)
    ]
    assert found == expected


def any_filled(row: list[object]) -> bool:
    return any(value is not None for value in row)


def read(path: Path, folder: Path, *columns: tuple[str, str]) -> list[tuple[object, ...]]:
    log = ProblemLog(folder / "report", limit=100)
    try:
        _, conn = read_workbook(
            path,
            template_columns(columns),
            ReadOptions(),
            ReadLimits(),
            folder / "staging",
            log,
            lambda p: None,
        )
    finally:
        log.close()
    assert log.logged.problem_count == 0, log.logged.groups()
    rows = [row[1:] for row in conn.execute("SELECT * FROM staged ORDER BY row")]
    conn.close()
    return rows


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_workbook_is_read_or_refused_with_a_sentence(tmp_path, seed):
    chance = random.Random(seed)
    rows = [[f"Name {n}", n, dt.date(2024, 1, 1)] for n in range(200)]
    path = make_workbook(tmp_path, ["Name", "Orders", "Since"], *rows)
    content = bytearray(path.read_bytes())
    for _ in range(chance.randrange(1, 20)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    if seed % 4 == 0:
        del content[chance.randrange(len(content)) :]
    path.write_bytes(bytes(content))
    log = ProblemLog(tmp_path / "report", limit=100)

    try:
        report, conn = read_workbook(
            path,
            template_columns(["Name", ("Orders", "integer"), ("Since", "date")]),
            ReadOptions(),
            ReadLimits(),
            tmp_path / "staging",
            log,
            lambda progress: None,
        )
    except WorkbookError as error:
        sentence = say(error.message)
        assert len(sentence) > 20
    else:
        conn.close()
        # Zip parts carry a checksum: what was read is what was written.
        assert (report.staged, log.logged.problem_count) == (200, 0)
    finally:
        log.close()

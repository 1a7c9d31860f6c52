"""Rows are written as csv as they are staged: what PostgreSQL reads is what was there."""

import csv
from contextlib import closing

from xlsapp.models import ColumnType, TemplateColumn
from xlsapp.spreadsheet.reading.staged_copies import ROWS, RowsCopy, copy_path
from xlsapp.spreadsheet.reading.staging import open_staging

COLUMNS = [
    [2, 3, 4],
    ["plain", None, "words"],
    ['a "quote"', None, "two, parts"],
    ["two\nlines", "one", "carriage\rreturn"],
    ["a", "b", "c"],
    [0.1, 2.5e-300, 1e300],
    [None, 0.25, 7],
    [True, False, None],
    [1, 2, 9_007_199_254_740_993],
]
WRITTEN = [
    ["2", "plain", 'a "quote"', "two\nlines", "a", "0.1", "", "True", "1"],
    ["3", "", "", "one", "b", "2.5e-300", "0.25", "False", "2"],
    ["4", "words", "two, parts", "carriage\rreturn", "c", "1e+300", "7", "", "9007199254740993"],
]


def test_values_of_every_kind_come_back(tmp_path):
    names = ["row", *(f"c{n}" for n in range(1, len(COLUMNS)))]
    columns = [TemplateColumn(n, f"Column {n}", ColumnType.TEXT, n) for n in range(1, len(COLUMNS))]
    with closing(open_staging(tmp_path / "staging.sqlite3", columns, with_ids=False)) as conn:
        copy = RowsCopy(tmp_path / "staging.sqlite3", conn)
        copy.add(COLUMNS)
        copy.close()

    with copy_path(tmp_path / "staging.sqlite3", ROWS).open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [names, *WRITTEN]

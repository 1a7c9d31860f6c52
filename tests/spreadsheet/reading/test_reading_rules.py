"""The table of reading rules in docs/imports.md: every example in it is read as the table says."""

import re
from pathlib import Path

import pytest

from tests.spreadsheet.conftest import column

TABLE = (Path(__file__).parents[3] / "docs/imports.md").read_text(encoding="utf-8")
RULES = [
    tuple(cell.strip() for cell in line.strip("| ").split(" | "))
    for line in TABLE.partition("## Every reading rule in a line")[2].partition("\n## ")[0].splitlines()
    if line.startswith("| ") and "`" in line
]
PARTED = " · "


@pytest.mark.parametrize(("rule", "kinds", "written", "stored"), RULES)
def test_a_reading_rule_gives_what_its_example_says(read, workbook, rule, kinds, written, stored):
    rows = [row.split(PARTED) for row in re.findall("`([^`]+)`", written)]
    wanted = [row.split(PARTED) for row in re.findall("`([^`]+)`", stored)]
    names = [f"Column {number}" for number, _ in enumerate(kinds.split(PARTED), 1)]
    columns = [
        column(name, kind, number=number)
        for number, (name, kind) in enumerate(zip(names, kinds.split(PARTED), strict=True), 1)
    ]

    result = read(workbook(["Row", *names], *(["x", *row] for row in rows)), *columns)

    flawed = {problem.split("!")[1].split(":")[0] for problem in result.problems}
    found = [
        ["✗" if f"{chr(66 + place)}{number}" in flawed else shown(value) for place, value in enumerate(row)]
        for number, row in sorted(
            {**{n: (None,) * len(names) for n in range(2, len(rows) + 2)}, **result.rows}.items()
        )
    ]
    assert found == wanted, rule


def shown(value: object) -> str:
    return f"{value:.15g}" if isinstance(value, int | float) else str(value)

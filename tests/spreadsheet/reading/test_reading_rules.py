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
CHOICES = ("In progress", "Follow-up", "Done")


@pytest.mark.parametrize(
    ("rule", "kinds", "written", "stored"), RULES, ids=[f"{kinds}: {rule}" for rule, kinds, _, _ in RULES]
)
def test_a_reading_rule_gives_what_its_example_says(read, workbook, tmp_path, rule, kinds, written, stored):
    boxes, wanted = (re.findall("`([^`]+)`", cell) for cell in (written, stored))
    if kinds == "csv":
        path = tmp_path / "rule.csv"
        path.write_text("\n".join(boxes), encoding="utf-8")
        names, kinds = ["A", "B"], PARTED.join(["text"] * 2)
    else:
        names = [f"Column {number}" for number, _ in enumerate(kinds.split(PARTED), 1)]
        path = workbook(["Row", *names], *(["x", *row.split(PARTED)] for row in boxes))
    columns = [
        column(
            name,
            kind.removeprefix("unique "),
            number=number,
            choices=CHOICES if kind == "choice" else (),
            unique=kind.startswith("unique "),
        )
        for number, (name, kind) in enumerate(zip(names, kinds.split(PARTED), strict=True), 1)
    ]

    result = read(path, *columns)

    flawed = {
        cell["cell"].split("!")[1]
        for group in result.groups
        if group["severity"] == "problem"
        for cell in group["cells"]
    }
    rows = [result.rows.get(number, (None,) * len(names)) for number in range(2, len(wanted) + 2)]
    found = [
        PARTED.join(
            "✗" if f"{chr(66 + place)}{number}" in flawed else shown(value) for place, value in enumerate(row)
        )
        for number, row in enumerate(rows, 2)
    ]
    assert found == wanted
    assert len(result.rows) <= len(wanted)


def shown(value: object) -> str:
    if isinstance(value, int | float):
        return f"{value:.15g}"
    return "" if value is None else str(value).replace("\n", "⏎")

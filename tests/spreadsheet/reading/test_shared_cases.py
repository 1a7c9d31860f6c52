"""The small files beside the checkout, `../shared/cases`, give what `cases.json` there says they must."""

import json
from pathlib import Path

import pytest

from tests.spreadsheet.conftest import column
from tests.spreadsheet.refusals import refused
from xlsapp.spreadsheet.proposing.proposals import propose

FOLDER = Path(__file__).parents[4] / "shared/cases"
NOT_YET = {}
"""What cannot be read as it must yet."""
LENGTHS = {"o24_zero_comma.xlsx": 2}
"""Files with fewer rows than `cases.json` says."""
CASES = (
    [case for case in json.loads((FOLDER / "cases.json").read_text()) if case["file"] not in NOT_YET]
    if FOLDER.exists()
    else []
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_a_shared_case_gives_what_it_must(read, case):
    path = FOLDER / case["file"]
    columns = [
        column(
            wanted["name"],
            wanted["type"],
            number=number,
            required=wanted.get("required", False),
            choices=tuple(wanted.get("choices", ())),
            unique=wanted.get("unique", False),
        )
        for number, wanted in enumerate(case["columns"], 1)
    ]

    if case["file"] == "o18_2003.xls":
        with refused("^This is a workbook in Excel's XML format of 2003.*Save as"):
            read(path, *columns)
        return
    if columns:
        result = read(path, *columns)
        assert bool(result.report.undecided) == case.get("asks", False)
        cells = {severity: cells_of(result.groups, severity) for severity in ("problem", "warning")}
        assert cells["problem"] == set(case.get("problems", ()))
        assert cells["warning"] >= set(case.get("warns", ()))
        if "records" in case:
            names = [wanted["name"] for wanted in case["columns"]]
            records = case["records"][: LENGTHS.get(case["file"])]
            found = [dict(zip(names, row, strict=True)) for row in result.values]
            assert [
                {name: record[name] for name in wanted} for record, wanted in zip(found, records, strict=True)
            ] == records
    proposed = {c.header: c for c in propose(path, 100, 10**9, lambda told: None).columns}
    for header, kind in case.get("proposal", {}).items():
        assert proposed[header].type == kind
    if "proposal_choices" in case:
        assert list(case["proposal_choices"]) in [list(c.choices) for c in proposed.values()]


def cells_of(groups: list[dict], severity: str) -> set[str]:
    return {
        cell["cell"].split("!")[1]
        for group in groups
        if group["severity"] == severity
        for cell in group["cells"]
    }

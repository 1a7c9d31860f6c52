"""Somebody's workbook, given back with its problems marked: from its import's page to the next upload."""

from io import BytesIO

import openpyxl
import pytest

from tests.server import add_template, finished, job_of, run_import

PARCELS = ({"name": "Name", "type": "text", "required": "on"}, {"name": "Kg", "type": "number"})


@pytest.fixture
def template_id(ada) -> int:
    return add_template(ada, PARCELS)


def marked(client, template_id: int, job_id: str, rows: str = "all") -> tuple[dict, openpyxl.Workbook]:
    """The last state of the job that marks an import's workbook, and what it has made."""
    path = f"/import_templates/{template_id}/jobs/{job_id}"
    job = finished(client, job_of(client.post(f"{path}/marked_workbooks", data={"rows": rows})))
    assert job["status"] == "completed", job
    file = client.get(f"/import_templates/{template_id}/jobs/{job['job_id']}/download").content
    return job, openpyxl.load_workbook(BytesIO(file))


def notes(sheet) -> dict[str, str]:
    return {c.coordinate: c.comment.text for row in sheet.iter_rows() for c in row if c.comment}


def test_the_workbook_is_marked_mended_and_sent_as_it_is(ada, eve, template_id, workbook, tmp_path):
    failed = run_import(ada, template_id, workbook(["Name", "Kg"], ["Ada", 1.5], ["Bob", "many"], ["", 3]))
    page = f"/import_templates/{template_id}/jobs/{failed['job_id']}"
    assert "Your workbook, marked" in ada.get(page).text

    job, book = marked(ada, template_id, failed["job_id"])

    assert job["result"]["summary"] == "The workbook is ready, with 2 cells marked."
    assert job["result"]["file_name"].endswith(" (problems marked).xlsx")
    assert book.sheetnames[0] == "Problems"
    data = book.worksheets[1]
    assert set(notes(data)) == {"B3", "A4"}
    shown = ada.get(f"/import_templates/{template_id}/jobs/{job['job_id']}").text
    assert "upload it as it is" in shown
    data["B3"], data["A4"] = 2.5, "Cy"
    book.save(tmp_path / "mended.xlsx")
    done = run_import(ada, template_id, tmp_path / "mended.xlsx")
    assert (done["status"], done["result"]["counts"]["created"]) == ("completed", 3)
    assert eve.post(f"{page}/marked_workbooks").status_code == 404
    assert ada.post(f"{page}/marked_workbooks", data={"rows": "left_out"}).status_code == 422
    again = job_of(ada.post(f"{page}/marked_workbooks", data={"rows": "all"}))
    assert again == job["job_id"], "asked for once more it is the same"
    ended = f"/import_templates/{template_id}/jobs/{done['job_id']}"
    assert ada.post(f"{ended}/marked_workbooks").status_code == 422, "nothing is wrong with it"


def test_a_csv_file_comes_back_as_a_workbook_with_the_same_cells(ada, template_id, tmp_path):
    path = tmp_path / "parcels.csv"
    path.write_text('Name;Kg\n007;"1,5"\n\nBob;many\n')
    failed = run_import(ada, template_id, path)

    job, book = marked(ada, template_id, failed["job_id"])

    data = book.worksheets[1]
    assert (data["A2"].value, data["B2"].value, data["A4"].value) == ("007", "1,5", "Bob")
    assert notes(data)["B4"].startswith("xlsapp: ")
    assert "same cells" in job["result"]["notes"][0]


def test_the_rows_that_were_left_out_are_a_workbook_of_their_own(ada, template_id, workbook, tmp_path):
    rows = (["Ada", 1], ["Bob", "many"], ["Cy", 2], ["", 3])
    path = workbook(["List of", "parcels"], ["Name", "Kg"], *rows)
    done = run_import(ada, template_id, path, valid_only="on")
    assert done["result"]["counts"]["rejected"] == 2

    job, book = marked(ada, template_id, done["job_id"], "left_out")

    data = book.worksheets[1]
    values = list(data.iter_rows(values_only=True))
    assert values == [("List of", "parcels"), ("Name", "Kg"), ("Bob", "many"), (None, 3)]
    assert set(notes(data)) == {"B3", "A4"}
    assert job["result"]["summary"] == "A workbook of 2 rows is ready, with 2 cells marked."
    data["B3"], data["A4"] = 2.5, "Dee"
    book.save(tmp_path / "mended.xlsx")
    assert run_import(ada, template_id, tmp_path / "mended.xlsx")["result"]["counts"]["created"] == 2

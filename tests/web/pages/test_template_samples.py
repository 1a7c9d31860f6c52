"""A template from a sample workbook: proposed, edited, saved, and the same file imported straight away."""

import re
import sqlite3
import time
from contextlib import closing
from datetime import date
from pathlib import Path

import httpx
import pytest
from openpyxl import load_workbook

from tests.factories import make_workbook
from tests.server import Server, fields_of, finished, job_of, run_import

HEADERS = ["Nr", "Name", "Since", "Plan"]
SAVE = "/import_templates/from_sample"


def customers(folder: Path, count: int = 40, name: str = "customers_2026.xlsx") -> Path:
    plans = ("Free", "Team")
    rows = ([n, f"Ada {n}", date(2026, 1, 1 + n % 28), plans[n % 2]] for n in range(count))
    return make_workbook(folder, HEADERS, *rows, name=name)


def upload_sample(client: httpx.Client, path: Path) -> str:
    """Upload a sample. Returns its page's address."""
    with path.open("rb") as file:
        response = client.post("/template_samples", files={"workbook": (path.name, file)})
    assert response.status_code == 303, response.text
    return response.headers["location"]


def when_ready(client: httpx.Client, page: str) -> str:
    """A sample's page once it is looked at."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        text = client.get(page).raise_for_status().text
        if 'id="job_status_' not in text:
            return text
    raise AssertionError("the sample was never looked at")


def samples(server: Server) -> list[str]:
    return [path.name for folder in ("samples", "uploads") for path in (server.data / folder).iterdir()]


@pytest.fixture
def own_server(tmp_path):
    with Server.started(tmp_path) as server:
        yield server


def test_a_sample_becomes_a_template_and_its_rows_become_records(ada, server, tmp_path):
    page = upload_sample(ada, customers(tmp_path))
    shown = when_ready(ada, page)
    fields = fields_of(shown)

    assert "40 of 40 are dates." in shown
    assert "2 different texts in 40 cells: Free, Team." in shown
    assert fields["name"] == "Customers 2026"
    assert [fields[f"columns-{n}-type"] for n in range(4)] == ["integer", "text", "date", "choice"]
    assert fields["columns-3-choices"].split("\n") == ["Free", "Team"]

    # A column that is renamed is still found in the file, and so in the next one.
    fields["columns-1-name"] = "Full name"
    saved = ada.post(SAVE, data={**fields, "action": "save_and_import"})
    job = finished(ada, job_of(saved))

    assert job["status"] == "completed", job
    assert job["result"]["counts"]["created"] == 40
    assert job["file_name"] == "customers_2026.xlsx"
    assert ada.get(page).status_code == 404, "it is used, and kept no longer"
    assert page.rsplit("/", 1)[1] not in samples(server)


def test_a_csv_sample_is_looked_at_and_imported_under_the_encoding_and_separator_that_were_said(
    ada, tmp_path
):
    path = tmp_path / "города.csv"
    path.write_bytes("Город|Зона;часть\nМосква|1;2\nТверь|3;4\n".encode("cp866"))
    said = {"encoding": "cp866", "delimiter": "|"}
    with path.open("rb") as file:
        page = ada.post("/template_samples", data=said, files={"workbook": (path.name, file)})

    fields = fields_of(when_ready(ada, page.headers["location"]))
    assert [fields[f"columns-{n}-name"] for n in range(2)] == ["Город", "Зона;часть"]
    job = finished(ada, job_of(ada.post(SAVE, data={**fields, "action": "save_and_import"})))
    assert job["result"]["counts"]["created"] == 2, job
    assert (job["result"]["encoding"], job["result"]["delimiter"]) == ("DOS 866 (Cyrillic)", "bar")


def test_an_encoding_that_does_not_fit_a_sample_can_be_changed(ada, tmp_path):
    path = tmp_path / "towns.csv"
    path.write_bytes("Town,Zone\nKöln,1\n".encode("cp1252"))
    with path.open("rb") as file:
        sent = ada.post(
            "/template_samples", data={"encoding": "utf-8"}, files={"workbook": (path.name, file)}
        )
    with path.open("rb") as file:
        unknown = ada.post("/template_samples", data={"encoding": "x"}, files={"workbook": (path.name, file)})

    shown = when_ready(ada, sent.headers["location"])
    assert "This file is not in UTF-8." in shown
    assert '<option value="utf-8" selected>' in shown
    assert unknown.status_code == 422


def test_columns_are_rearranged_and_keep_their_evidence(ada, tmp_path):
    page = upload_sample(ada, customers(tmp_path))
    fields = fields_of(when_ready(ada, page))

    moved = ada.post(SAVE, data={**fields, "action": "move_down:2"}).text
    wrong = ada.post(SAVE, data={**fields, "name": "", "action": "save"})

    assert moved.index("2 different texts in 40 cells: Free, Team.") < moved.index("40 of 40 are dates.")
    assert wrong.status_code == 422
    assert "Give the template a name." in wrong.text
    assert "40 of 40 are dates." in wrong.text


def test_only_saving_makes_a_template_without_records(ada, tmp_path):
    page = upload_sample(ada, customers(tmp_path))
    fields = fields_of(when_ready(ada, page))

    saved = ada.post(SAVE, data={**fields, "action": "save"})

    assert re.fullmatch(r"/import_templates/\d+", saved.headers["location"])
    assert "2 different" not in ada.get(saved.headers["location"]).text
    assert ada.get(page).status_code == 404


def test_a_file_that_is_no_workbook_says_so(ada, tmp_path):
    path = tmp_path / "letter.pdf"
    path.write_bytes(b"%PDF-1.7 no workbook at all")

    shown = when_ready(ada, upload_sample(ada, path))

    assert "This is a PDF file, not a spreadsheet." in shown
    assert 'type="file"' in shown


def test_without_a_file_the_form_comes_back(ada):
    response = ada.post("/template_samples", files={"workbook": ("", b"")})

    assert response.status_code == 422
    assert "Choose a workbook to look at." in response.text


def test_a_sample_is_its_uploader_s_alone(ada, eve, tmp_path):
    page = upload_sample(ada, customers(tmp_path))
    fields = fields_of(when_ready(ada, page))

    assert eve.get(page).status_code == 404
    theirs = eve.post(SAVE, data={**fields, "action": "save_and_import"})
    # What she sent is a template of hers; of the file she gets nothing.
    assert theirs.headers["location"].endswith("/imports/new")
    assert when_ready(ada, page)


def test_a_sample_outlives_a_restart_but_not_its_time(own_server, tmp_path):
    with own_server.client() as client:
        own_server.sign_up(client)
        page = upload_sample(client, customers(tmp_path))
        fields = fields_of(when_ready(client, page))
        own_server.stop()
        own_server.start()
        assert samples(own_server) == [page.rsplit("/", 1)[1]]
        assert "40 of 40 are dates." in client.get(page).text

        # A day later.
        own_server.stop()
        with closing(sqlite3.connect(own_server.data / "status.sqlite3")) as conn, conn:
            conn.execute("UPDATE entries SET expires_at = 1 WHERE key LIKE '%job%'")
        own_server.start()

        assert samples(own_server) == []
        assert client.get(page).status_code == 404
        late = client.post(SAVE, data={**fields, "action": "save_and_import"})
        assert late.headers["location"].endswith("/imports/new")
        assert "not kept any more" in client.get(late.headers["location"]).text
        assert "Customers 2026" in client.get("/import_templates").text


def test_a_sample_is_looked_at_after_a_crash_too(own_server, tmp_path):
    with own_server.client() as client:
        own_server.sign_up(client)
        with own_server.jobs_held():
            page = upload_sample(client, customers(tmp_path))
            while client.get(f"/jobs/{page.rsplit('/', 1)[1]}/status").json()["status"] != "processing":
                time.sleep(0.01)
            own_server.kill()
        own_server.start()

        assert "40 of 40 are dates." in when_ready(client, page)


def test_a_first_row_of_data_is_asked_about_and_the_answer_is_kept(ada, tmp_path):
    path = tmp_path / "counts.csv"
    path.write_text("1,1,0\n5,3,1\n2,2,0\n")
    page = upload_sample(ada, path)
    shown = when_ready(ada, page)

    assert "Does row 1 hold the names of the columns?" in shown
    assert [fields_of(shown)[f"columns-{n}-name"] for n in range(3)] == ["A", "B", "C"]

    names = ada.post(f"{page}/looks", data={"sheet": "Sheet1", "header_row": "1"}).headers["location"]
    again = when_ready(ada, names)
    assert "Does row 1 hold" not in again
    assert [fields_of(again)[f"columns-{n}-name"] for n in range(3)] == ["1", "1 (2)", "0"]

    fields = {**fields_of(shown), "columns-0-name": "Visits"}
    saved = ada.post(SAVE, data={**fields, "action": "save_and_import"})
    job = finished(ada, job_of(saved))
    assert job["result"]["counts"]["created"] == 3, job
    template = int(re.findall(r"/import_templates/(\d+)/", saved.headers["location"])[0])
    path.write_text("7,1,0\n5,3,1\n2,2,0\n")  # the very same file would be asked about
    assert run_import(ada, template, path)["result"]["counts"]["created"] == 3
    assert "Its files have none" in ada.get(f"/import_templates/{template}").text

    ada.post(f"/import_templates/{template}/forget", data={"about": "header_row"})
    assert "Its files have none" not in ada.get(f"/import_templates/{template}").text


def test_another_sheet_or_header_row_of_a_sample_can_be_chosen(ada, eve, tmp_path):
    path = make_workbook(tmp_path, ["Code", "Word"], *([n, f"w{n}"] for n in range(5)), sheet="Codes")
    book = load_workbook(path)
    sheet = book.create_sheet("Orders")
    for row in [["Title", None], ["Order", "Sum"], *([n, n / 2] for n in range(30))]:
        sheet.append(row)
    book.save(path)
    page = upload_sample(ada, path)
    shown = when_ready(ada, page)

    assert fields_of(shown)["columns-0-name"] == "Order"
    assert "Codes – 6 rows" in shown
    assert eve.post(f"{page}/looks", data={"sheet": "Codes"}).status_code == 404
    refused = ada.post(f"{page}/looks", data={"sheet": "Codes", "header_row": "x"})
    assert refused.status_code == 422 and "Write a whole number" in refused.text

    typed = fields_of(shown) | {"name": "Deliveries", "columns-0-name": "Order no", "columns-1-required": ""}
    other = ada.post(f"{page}/looks", data={**typed, "sheet": "Codes", "header_row": ""}).headers["location"]
    fields = fields_of(when_ready(ada, other))
    assert (fields["name"], fields["columns-0-name"]) == ("Deliveries", "Code"), "what fits was kept"
    back = {**fields, "sheet": "Orders", "header_row": "2", "action": "save"}
    back = fields_of(when_ready(ada, ada.post(SAVE, data=back).headers["location"]))
    assert (back["name"], back["columns-0-name"]) == ("Deliveries", "Order"), "another sheet is another look"
    saved = ada.post(SAVE, data={**fields, "action": "save_and_import"})
    job = finished(ada, job_of(saved))
    assert (job["result"]["sheet"], job["result"]["counts"]["created"]) == ("Codes", 5)


def test_what_was_typed_of_a_sample_s_columns_stays_where_their_headers_do(ada, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("Order,Sum,Note\n" + "".join(f"{n},{n / 2},ok\n" for n in range(9)))
    page = upload_sample(ada, path)
    fields = fields_of(when_ready(ada, page))
    typed = fields | {"columns-0-name": "Order no", "columns-0-minimum": "1", "columns-1-type": "text"}
    typed = {name: value for name, value in typed.items() if not name.startswith("columns-2-")}
    typed |= {"columns-7-name": "Paid", "columns-7-type": "boolean", "answer": "1"}

    again = when_ready(ada, ada.post(f"{page}/looks", data=typed).headers["location"])
    kept = fields_of(again)

    assert [kept[f"columns-{n}-name"] for n in range(3)] == ["Order no", "Sum", "Paid"]
    assert (kept["columns-0-minimum"], kept["columns-1-type"], kept["columns-2-type"]) == (
        "1",
        "text",
        "boolean",
    )
    assert "columns-3-name" not in kept, "what was removed stays away"


def test_somebody_who_uploads_many_samples_keeps_the_newest(ada, server, tmp_path):
    pages = []
    for number in range(6):
        pages.append(upload_sample(ada, customers(tmp_path, 3, f"{number}.xlsx")))
        assert when_ready(ada, pages[-1])

    assert ada.get(pages[0]).status_code == 404
    assert all(when_ready(ada, page) for page in pages[1:])


def test_a_sample_that_waits_is_not_dropped_for_newer_ones(ada, server, tmp_path):
    with server.jobs_held():
        pages = [upload_sample(ada, customers(tmp_path, 3, f"{number}.xlsx")) for number in range(7)]

    assert all(when_ready(ada, page) for page in pages)


def test_a_proposal_is_a_job_like_any_other(ada, tmp_path):
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(b"%PDF-1.7 no workbook at all")
    good, bad = (upload_sample(ada, path) for path in (customers(tmp_path), letter))
    for page in (good, bad):
        when_ready(ada, page)
    found, refused = (finished(ada, page.rsplit("/", 1)[1]) for page in (good, bad))

    assert (found["kind"], found["import_template_id"], found["status"]) == ("proposal", None, "completed")
    assert found["result"]["summary"] == "4 columns proposed, from all of 40 rows."
    assert found["result"]["columns"][3] == {
        "name": "Plan",
        "type": "choice",
        "required": True,
        "unique": False,
        "choices": ["Free", "Team"],
    }
    assert refused["status"] == "failed"
    assert refused["error_message"].startswith("This is a PDF file")
    jobs = ada.get("/jobs").text
    assert f'href="{good}">Looked at customers_2026.xlsx</a>' in jobs
    assert f'href="{bad}">Could not look at letter.pdf</a>' in jobs
    assert f'href="{good}"' in found["html"]


@pytest.mark.parametrize(("said", "stored"), [("blank", 40), ("leave_out", 38)])
def test_a_sample_with_errors_in_it_asks_and_is_imported_in_one_click(ada, tmp_path, said, stored):
    path = customers(tmp_path)
    book = load_workbook(path)
    book.active["B7"], book.active["D9"] = "#REF!", "#DIV/0!"
    book.save(path)
    page = upload_sample(ada, path)
    shown = when_ready(ada, page)

    assert "2 cells of the sheet “Sheet1” cannot be imported: “#REF!” in B7, “#DIV/0!” in D9." in shown
    fields = fields_of(shown)
    assert fields["error_cells"] == "blank", "one way is chosen beforehand"
    assert fields["columns-3-choices"] == "Free\nTeam" and not fields.get("columns-1-required")

    kept = ada.post(SAVE, data={**fields, "error_cells": said, "action": "add_column"})
    assert fields_of(kept.text)["error_cells"] == said
    job = finished(ada, job_of(ada.post(SAVE, data={**fields_of(kept.text), "action": "save_and_import"})))
    assert (job["status"], job["result"]["counts"]["created"]) == ("completed", stored), job
    notes = [note for note in job["result"]["notes"] if "taken for blank" in note]
    assert len(notes) == (2 if said == "blank" else 0)
    assert job["result"]["counts"]["rejected"] == 40 - stored


def test_rows_of_a_sample_that_are_too_long_are_said_and_left_out(ada, tmp_path):
    path = tmp_path / "long.csv"
    path.write_text("Name,Plan\n" + "Ada,Free\n" * 6 + "Bo,Free,too much\n" + "Cy,Team\n")
    shown = when_ready(ada, upload_sample(ada, path))

    assert "Row 8 has more or fewer fields than the header has names" in shown
    job = finished(ada, job_of(ada.post(SAVE, data={**fields_of(shown), "action": "save_and_import"})))
    counts = job["result"]["counts"]
    assert (job["status"], counts["created"], counts["rejected"]) == ("completed", 7, 1), job

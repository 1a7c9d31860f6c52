"""The upload form and the job's page: modes, choices kept, headers that did not match, all problems."""

import csv
import io
import re

import pytest

from tests.server import add_template, finished, job_of, new_file, run_import, upload


def column_ids(client, template_id: int) -> dict[str, str]:
    """Column name → its id, as the upload form has them."""
    page = client.get(f"/import_templates/{template_id}/imports/new").text
    found = re.findall(r'name="keys" value="(\d+)".*?<label for="key_\d+">(.*?)</label>', page, re.DOTALL)
    return {name: number for number, name in found}


def test_a_form_s_choices_decide_what_rows_become(ada, workbook):
    template_id = add_template(ada)
    run_import(ada, template_id, workbook(["Name", "Orders"], ["Ada", 1], ["Grace", 2]))
    keys = {"keys": column_ids(ada, template_id)["Name"]}
    path = workbook(["Name", "Orders"], ["Ada", 5], ["Edsger", 3])

    updated = run_import(ada, template_id, path, mode="update", **keys)
    stopped = run_import(ada, template_id, workbook(["Name"], ["Ada"]), mode="replace", **keys)
    agreed = run_import(
        ada, template_id, workbook(["Name"], ["Ada"]), mode="replace", confirm_deletes="2", **keys
    )

    assert updated["result"]["counts"] | {"created": 1, "updated": 1} == updated["result"]["counts"]
    assert "would delete 2 of 3 records" in stopped["error_message"]
    assert agreed["result"]["counts"]["deleted"] == 2


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"mode": "merge"}, "Choose what should happen"),
        ({"header_row": "zero"}, "Write a whole number from 0"),
        ({"keys": "999999"}, "There is no column"),
        ({"mode": "replace", "valid_only": "on"}, "Choose one of the two"),
    ],
)
def test_a_choice_that_cannot_be_made_comes_back_with_a_sentence(ada, workbook, fields, sentence):
    template_id = add_template(ada)

    response = upload(ada, template_id, workbook(["Name"], ["Ada"]), **fields)

    assert response.status_code == 422
    assert sentence in response.text


def test_all_choices_that_cannot_be_made_are_said_at_once(ada, workbook):
    wrong = {"mode": "merge", "blank": "fill", "header_row": "zero", "sheet": "x" * 256, "times": "local"}

    page = upload(ada, add_template(ada), workbook(["Name"], ["Ada"]), **wrong).text

    for sentence in (
        *("Choose what should happen", "Write a whole number from 0", "Choose how times are kept"),
        "Choose what an empty cell does",
        "Name the sheet in at most 255 characters; these are 256.",
    ):
        assert sentence in page


def test_every_limit_is_shown_before_the_upload(ada):
    page = ada.get(f"/import_templates/{add_template(ada)}/imports/new").text

    listed = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page))
    assert listed == {
        "File": "100 MB", "Rows": "1,048,576", "Columns": "16,384", "Cells": "16,000,000",
        "Texts in all": "300 MB", "Unpacked": "1.0 GB", "Memory to read it": "1.5 GB",
        "Time to read it": "300 seconds",
    }  # fmt: skip


def test_uploading_again_keeps_the_choices(ada, workbook):
    template_id = add_template(ada)
    job_id = job_of(
        upload(ada, template_id, workbook(["Name"], ["Ada"], sheet="Mine"), sheet="Mine", valid_only="on")
    )

    page = ada.get(f"/import_templates/{template_id}/imports/new?from={job_id}").text

    assert re.search(r'name="sheet"[^>]*value="Mine"', page)
    assert re.search(r'name="valid_only"[^>]*checked', page)


def test_headers_that_did_not_match_are_asked_for_once_and_work_from_then_on(ada, eve, workbook):
    template_id = add_template(ada)
    path = workbook(["Kundenname", "Name of dog", "Orders"], ["Ada", "Rex", 1])
    action, field, page = question_form(ada, template_id, path)

    strangers = eve.post(action, data={field: "Kundenname"})
    answered = finished(ada, job_of(ada.post(action, data={field: "Kundenname", "remember": "on"})))
    again = run_import(ada, template_id, new_file(path))

    assert "Kundenname" in page
    assert strangers.status_code == 404
    for state in (answered, again):
        assert state["status"] == "completed", state
        assert state["result"]["columns"]["matched"] == ["Kundenname", "Orders"]


def question_form(client, template_id: int, path) -> tuple[str, str, str]:
    """Of an import that asks: where its form goes, the field of its first question, and the page."""
    failed = run_import(client, template_id, path)
    assert failed["status"] == "failed"
    job = f"/import_templates/{template_id}/jobs/{failed['job_id']}"
    page = client.get(job).text
    field = re.search(r'name="([a-z_]+:\d+)"', page)
    assert field
    return f"{job}/answers", field[1], page


def test_only_headers_of_the_file_can_be_chosen(ada, workbook):
    template_id = add_template(ada)
    long = "x" * 300
    action, field, page = question_form(ada, template_id, workbook(["Kunde", long, "Orders"], ["Ada", 1, 1]))

    refused = [ada.post(action, data={field: text}) for text in ("Anything", "Orders", long, "x" * 199)]

    assert [response.status_code for response in refused] == [422] * 4
    assert "headers that the workbook has" in refused[0].text
    assert f'<option value="{long[:100]}' not in page, "a header that was cut would never match"
    assert "Kunde" not in ada.get(f"/import_templates/{template_id}/edit").text


def test_a_header_with_a_line_break_can_be_chosen_and_stays_one_name(ada, workbook):
    template_id = add_template(ada)
    path = workbook(["Kunde\nund Name", "Orders"], ["Ada", 1])
    action, field, _ = question_form(ada, template_id, path)

    answered = ada.post(action, data={field: "Kunde\r\nund Name", "remember": "on"})
    assert finished(ada, job_of(answered))["status"] == "completed"

    assert "Kunde und Name</textarea>" in ada.get(f"/import_templates/{template_id}/edit").text
    assert run_import(ada, template_id, new_file(path))["status"] == "completed"


def test_a_header_cannot_mean_two_columns(ada, workbook):
    columns = tuple({"name": name, "type": "text", "required": "on"} for name in ("Name", "Born"))
    template_id = add_template(ada, columns)
    action, first, page = question_form(ada, template_id, workbook(["Kunde", "y"], ["Ada", 1]))
    second = re.findall(r'<select[^>]* name="([a-z_]+:\d+)"', page)[1]

    answer = ada.post(action, data={first: "Kunde", second: "KUNDE"})

    assert answer.status_code == 422
    assert "“Kunde” means the column “Born” already" in answer.text


def test_a_csv_row_that_has_moved_is_left_out_and_the_receipt_adds_up(ada, tmp_path):
    template_id = add_template(ada)
    path = tmp_path / "moved.csv"
    path.write_text("Name,Orders\nAda,1\nDoe, John,2\n,,lost\n\nGrace,3\n")

    state = run_import(ada, template_id, path, valid_only="on")
    page = ada.get(f"/import_templates/{template_id}/jobs/{state['job_id']}").text

    counts = state["result"]["counts"]
    assert counts | {"rows": 6, "created": 2, "rejected": 2, "blank": 1, "above_header": 1} == counts
    assert "Rows with more fields than the header" in page
    assert "This row has 3 fields, and the header has 2." in page


def test_groups_that_are_too_many_for_the_page_are_counted_and_in_the_download(ada, workbook):
    names = [f"Column {number}" for number in range(70)]
    template_id = add_template(ada, tuple({"name": name, "type": "integer"} for name in names))
    state = run_import(ada, template_id, workbook(names, ["x"] * 70))
    address = f"/import_templates/{template_id}/jobs/{state['job_id']}"

    page = ada.get(address).text
    listed = ada.get(f"{address}/problems?format=json").json()

    assert page.count('class="group ') == 60
    assert "And 10 more groups: the full list is in the download" in page
    assert {problem["column"] for problem in listed} == set(names)


def test_all_problems_can_be_downloaded_and_none_is_a_formula(ada, eve, workbook):
    template_id = add_template(ada)
    rows = [["Ada", "=1+1 many"], *(["Ada", f"x{n}"] for n in range(150))]
    state = run_import(ada, template_id, workbook(["Name", "Orders"], *rows))
    path = f"/import_templates/{template_id}/jobs/{state['job_id']}/problems"

    table = list(csv.DictReader(io.StringIO(ada.get(path).content.decode("utf-8-sig"))))
    listed = ada.get(f"{path}?format=json").json()

    assert state["result"]["problem_count"] == len(table) == len(listed) == 151
    assert listed[1] | {"cell": "Sheet1!B3", "value": "x0", "column": "Orders"} == listed[1]
    assert not any(value.startswith(("=", "+", "-", "@")) for row in table for value in row.values())
    assert ada.get(f"{path}?format=xml").status_code == 422
    assert eve.get(path).status_code == 404

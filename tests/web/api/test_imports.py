"""Uploads through the API: every choice of the page, and sending one again does no harm."""

import json
import sqlite3
import threading
from contextlib import closing

import pytest

from tests.server import Server
from tests.services.imports.old_summary import OLD_SUMMARY
from tests.web.api.conftest import failure, finished, make_token, program, upload


def names(api, path):
    return [record["values"]["Name"] for record in api.get(f"{path}/records").json()["records"]]


def test_a_workbook_is_imported_in_every_mode(api, customers, book):
    added = finished(api, upload(api, customers, book(["Name", "Orders"], ["Ada", 1], ["Grace", 2])))
    assert (added["status"], added["result"]["counts"]["created"]) == ("completed", 2)

    update = book(["Name", "Orders"], ["Grace", 3], ["Mary", 4])
    updated = finished(api, upload(api, customers, update, mode="update", keys=["Name"]))
    assert (updated["result"]["counts"]["updated"], updated["result"]["counts"]["created"]) == (1, 1)
    assert names(api, customers) == ["Ada", "Grace", "Mary"]

    only = book(["Name"], ["Mary"])
    refused = finished(api, upload(api, customers, only, mode="replace", keys=["Name"]))
    assert refused["status"] == "failed"
    replaced = finished(api, upload(api, customers, only, mode="replace", keys="Name", confirm_deletes=2))
    assert replaced["result"]["counts"]["deleted"] == 2
    assert names(api, customers) == ["Mary"]
    listed = api.get(f"{customers}/imports?limit=2").json()["imports"]
    assert [each["job_id"] for each in listed] == [replaced["job_id"], updated["job_id"]]


def test_the_same_file_is_taken_again_refused_or_asked_about(api, customers, book):
    path = book(["Name"], ["Ada"])
    finished(api, upload(api, customers, path))

    refused = finished(api, upload(api, customers, path, same_file="refuse"))
    asked = finished(api, upload(api, customers, path, same_file="ask"))
    body = {"answers": {"same_file:0": "import"}}
    answered = finished(api, api.post(f"/jobs/{asked['job_id']}/answers", json=body))
    said = finished(api, upload(api, customers, path, same_file="ask", answers="same_file:0=import"))

    assert refused["error_messages"][0]["code"] == "import.same_file_refused"
    assert [question["code"] for question in asked["result"]["questions"]] == ["question.same_file"]
    assert names(api, customers) == ["Ada"] * 3
    for job in (answered, said):
        assert [note["code"] for note in job["result"]["messages"]["notes"]] == ["import.same_file"]


def test_the_right_rows_of_a_workbook_with_problems_can_be_imported(api, customers, book):
    half = book(["Name", "Orders"], ["Ada", "many"], ["Grace", 2])

    failed = finished(api, upload(api, customers, half, valid_only="false"))
    assert (failed["status"], names(api, customers)) == ("failed", [])
    done = finished(api, upload(api, customers, half, valid_only="true"))
    assert (done["status"], names(api, customers)) == ("completed", ["Grace"])


@pytest.mark.parametrize(
    ("fields", "parameter"),
    [
        ({"mode": "append"}, "mode"),
        ({"mode": ""}, "mode"),
        ({"mode": "replace", "valid_only": "true"}, "mode"),
        ({"blank": "zero"}, "blank"),
        ({"keys": ["Name", "Nmae"]}, "keys"),
        ({"same_file": "never"}, "same_file"),
        ({"valid_only": "on"}, "valid_only"),
        ({"header_row": "-1"}, "header_row"),
        ({"encoding": "ebcdic"}, "encoding"),
        ({"moode": "update"}, "moode"),
        ({"mode": ["add", "update"]}, "mode"),
    ],
)
def test_a_choice_that_will_not_do_is_refused_and_nothing_is_queued(api, customers, book, fields, parameter):
    found = failure(upload(api, customers, book(["Name"], ["Ada"]), key="k", **fields), 422)

    assert found["errors"][0]["parameter"] == parameter
    assert api.get("/jobs").json() == {"jobs": []}
    # The key is still free.
    assert upload(api, customers, book(["Name"], ["Ada"]), key="k").status_code == 202


def test_all_choices_that_do_not_fit_the_template_are_named_at_once(api, customers, book):
    wrong = {"mode": "replace", "valid_only": "true", "keys": "Nmae", "answers": ["size:1=x", "header:0=y"]}

    errors = failure(upload(api, customers, book(["Name"], ["Ada"]), **wrong), 422)["errors"]

    assert [error["parameter"] for error in errors].count("answers") == 2
    assert {error["parameter"] for error in errors} == {"mode", "keys", "answers"}


def test_a_sheet_that_is_only_a_space_is_no_sheet_and_not_every_sheet(api, customers, book):
    job = finished(api, upload(api, customers, book(["Name"], ["Ada"]), sheet=" "))

    assert job["status"] == "failed"
    assert "sheet" in job["error_message"]


def test_an_upload_without_a_workbook_is_refused(api, customers):
    path = f"{customers}/imports"
    for files in ({"other": ("c.xlsx", b"x")}, {"workbook": ("c.xlsx", b"")}, {"workbook": (None, b"x")}):
        (error,) = failure(api.post(path, files=files), 422)["errors"]
        assert error["parameter"] == "workbook"


def test_several_workbooks_at_once_are_refused(api, customers):
    files = [("workbook", (f"{name}.csv", f"Name\n{name}\n".encode())) for name in ("Ada", "Grace")]

    found = failure(api.post(f"{customers}/imports", files=files), 422)

    assert found["errors"][0]["parameter"] == "workbook"
    assert "one after the other" in found["detail"]
    assert api.get("/jobs").json() == {"jobs": []}


def test_the_same_upload_with_the_same_key_is_the_same_job(api, customers, book):
    workbook = book(["Name"], ["Ada"])
    first = finished(api, upload(api, customers, workbook, key="monday-1"))

    again = upload(api, customers, workbook, key="monday-1")
    assert (again.status_code, again.json()["job_id"]) == (202, first["job_id"])
    assert names(api, customers) == ["Ada"]
    other = upload(api, customers, workbook, key="monday-2")
    assert other.json()["job_id"] != first["job_id"]


def test_a_key_is_for_one_upload_only(api, customers, book):
    workbook = book(["Name"], ["Ada"])
    finished(api, upload(api, customers, workbook, key="k"))

    for answer in (
        upload(api, customers, book(["Name"], ["Grace"]), key="k"),
        upload(api, customers, workbook, key="k", mode="update"),
    ):
        assert "another request" in failure(answer, 422)["detail"]
    assert names(api, customers) == ["Ada"]


def test_a_key_is_its_owners_and_its_templates(server, api, customers, book, eve):
    workbook = book(["Name"], ["Ada"])
    first = upload(api, customers, workbook, key="k").json()
    other = api.post("/templates", json={"name": "Others", "columns": [{"name": "Name"}]}).json()
    with program(server, make_token(eve, "import", "write")) as eves:
        hers = eves.post("/templates", json={"name": "Hers", "columns": [{"name": "Name"}]}).json()
        theirs = upload(eves, f"/templates/{hers['id']}", workbook, key="k").json()
    on_another = upload(api, f"/templates/{other['id']}", workbook, key="k").json()

    assert len({first["job_id"], theirs["job_id"], on_another["job_id"]}) == 3


def test_uploads_with_one_key_at_once_are_one_job(server, ada, api, customers, book):
    workbook = book(["Name"], ["Ada"])
    token = api.headers["authorization"].split()[1]
    answers = []

    def send():
        with program(server, token) as client:
            while (answer := upload(client, customers, workbook, key="k")).status_code == 409:
                assert int(answer.headers["retry-after"]) == 1
            answers.append(finished(client, answer))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 8
    assert len({job["job_id"] for job in answers}) == 1
    assert names(api, customers) == ["Ada"]


@pytest.mark.parametrize("key", ["with space", "x" * 256, "tab\there"])
def test_a_key_that_is_none(api, customers, book, key):
    (error,) = failure(upload(api, customers, book(["Name"], ["Ada"]), key=key), 422)["errors"]

    assert error["parameter"] == "Idempotency-Key"


def test_an_upload_that_is_too_large(tmp_path_factory, book):
    with Server.started(tmp_path_factory.mktemp("small"), XLSAPP_IMPORTS__MAX_UPLOAD_MB="1") as server:
        with server.client() as ada:
            server.sign_up(ada)
            token = make_token(ada, "import", "write")
        with program(server, token) as api:
            made = api.post("/templates", json={"name": "Small", "columns": [{"name": "Name"}]}).json()
            path = f"/templates/{made['id']}"
            failure(upload(api, path, b"x" * 1_500_000), 413)
            failure(upload(api, path, b"x" * 3_000_000), 413)
            assert not list((server.data / "uploads").iterdir())
            assert finished(api, upload(api, path, book(["Name"], ["Ada"])))["status"] == "completed"


def test_what_the_first_version_stored_of_imports_is_answered_as_it_was(api, ada, server, customers, book):
    done = finished(api, upload(api, customers, book(["Name"], ["Ada"])))
    job_id = done["job_id"]
    with closing(sqlite3.connect(server.data / "data.sqlite3")) as conn, conn:
        conn.execute("UPDATE imports SET summary = ? WHERE job_id = ?", (json.dumps(OLD_SUMMARY), job_id))
    with closing(sqlite3.connect(server.data / "status.sqlite3")) as conn, conn:
        key = f"job_status:import:{done['template_id']}:{job_id}"
        [text] = conn.execute("SELECT value FROM entries WHERE key = ?", (key,)).fetchone()
        old = json.dumps({**json.loads(text), "result": OLD_SUMMARY})
        conn.execute("UPDATE entries SET value = ? WHERE key = ?", (old, key))

    [listed] = api.get(f"{customers}/imports").json()["imports"]
    job = api.get(f"/jobs/{job_id}").json()

    page = ada.get(f"/import_templates/{done['template_id']}/jobs/{job_id}").text

    assert listed["summary"] == job["result"] == OLD_SUMMARY
    assert OLD_SUMMARY["summary"] in page
    assert "“many” is not a whole number." in page


def test_questions_are_data_and_an_answer_goes_on_without_another_upload(api, server, eve, customers):
    open_ = b"Name;Balance\nAda;1,250\n"
    asked = finished(api, upload(api, customers, open_))
    (question,) = asked["result"]["questions"]
    path, body = f"/jobs/{asked['job_id']}/answers", {"answers": {question["id"]: question["suggested"]}}

    wrong = failure(api.post(path, json={"answers": {"header:0": "x", "size/1": "y"}}), 422)

    with program(server, make_token(eve, "import")) as stranger:
        assert stranger.post(path, json=body).status_code == 404
    first, second = api.post(path, json=body), api.post(path, json=body)
    done = finished(api, first)
    again = finished(api, upload(api, customers, open_))

    assert asked["status"] == "failed"
    assert [(each["pointer"], each["code"]) for each in wrong["errors"]] == [
        ("#/answers/header:0", "answers.not_asked"),
        ("#/answers/size~11", "answers.not_asked"),
        (f"#/answers/{question['id']}", "answers.open"),
    ]
    assert {each["parameter"] for each in wrong["errors"]} == {"answers"}
    assert [each["answer"] for each in question["answers"]] == ["point", "comma"]
    assert question["examples"] == [{"row": 2, "text": "1,250", "readings": ["1250", "1.25"]}]
    assert first.json()["job_id"] == second.json()["job_id"]
    assert done["status"] == again["status"] == "completed"
    assert failure(api.post(f"/jobs/{done['job_id']}/answers", json=body), 409)
    records = api.get(f"{customers}/records").json()["records"]
    assert [record["values"]["Balance"] for record in records] == [1.25, 1.25]


def test_a_program_answers_beforehand_or_lets_it_guess(api, customers):
    open_ = b'Name,Balance,Since\nAda,"1,250",03/04/2026\n'
    (balance,) = (
        column["id"] for column in api.get(customers).json()["columns"] if column["name"] == "Balance"
    )

    guessed = finished(api, upload(api, customers, open_, guess="true"))
    said = finished(api, upload(api, customers, open_, decimal="comma", dates="month_first"))
    answers = f"decimal_sign:{balance}=comma"
    named = finished(api, upload(api, customers, open_, answers=answers, dates="day_first"))

    assert {each["about"] for each in guessed["result"]["guessed"]} == {"decimal_sign", "day_order"}
    assert {each["status"] for each in (guessed, said, named)} == {"completed"}
    records = api.get(f"{customers}/records").json()["records"]
    assert [(r["values"]["Balance"], r["values"]["Since"]) for r in records] == [
        (1250, "2026-04-03"), (1.25, "2026-03-04"), (1.25, "2026-04-03"),
    ]  # fmt: skip
    wrong = failure(upload(api, customers, open_, answers="decimal_sign:0=comma"), 422)
    assert wrong["errors"][0]["parameter"] == "answers"

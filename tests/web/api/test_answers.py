"""What a program got from version 1 it still gets, as recorded in answers.json; more may stand beside it.

An answer that is not recorded yet is added by `RECORD_ANSWERS=1 pytest tests/web/api/test_answers.py`. Those
that are there are changed by nobody: programs rely on them.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from tests.factories import make_workbook
from tests.server import Server
from tests.web.api.conftest import finished, make_token, program, upload
from xlsapp.messages.saying import say
from xlsapp.models import TokenScope
from xlsapp.problems import Message
from xlsapp.web.api.operations import OPERATIONS
from xlsapp.web.api.representations import Failure
from xlsapp.web.api.schemas import SCHEMAS, ref

RECORDED = Path(__file__).parent / "answers.json"

# Sentences may be said better.
SENTENCES = {"title", "detail", "message", "error_message", "progress", "summary", "notes", "changes"}
JOB_ID = re.compile(r"\b[0-9a-f]{16}\b")
TODAY = re.compile(r"\d{4}-\d\d-\d\d(?=\.(csv|xlsx)$)")

# A job that was accepted may be on its way, or done, before the answer is written.
STATE = {"status", "is_final", "started_at", "completed_at", "progress", "error_message", "result"}
STATE |= {"progress_message", "error_messages"}

# Changes are counted over all templates.
OF_CHANGES = {"change_id", "undo_id", "undoes", "undone_by"}

# Lists in which more may stand between; a message's parameters name types and words, of which more may come.
GROWING = re.compile(r"/(errors|jobs|imports)$|/parameters/")

# What needs a race, a full disk, or an address of 8 KB: tried in tests of their own.
ELSEWHERE = {
    ("columns.create", 409),
    ("records.bulk", 409),
    ("imports.create", 409),
    ("jobs.download", 412),
    ("jobs.download", 416),
    ("imports.create", 507),
    ("records.index", 414),
}

COLUMNS = [
    {"name": "Name", "required": True, "unique": True, "max_length": 40, "aliases": ["Full name"]},
    {"name": "Since", "type": "date", "minimum": "2000-01-01"},
    {"name": "Seen", "type": "datetime"},
    {"name": "Opens", "type": "time"},
    {"name": "Orders", "type": "integer", "minimum": 0, "warnings": ["minimum"]},
    {"name": "Balance", "type": "number", "default": 1.5},
    {"name": "Active", "type": "boolean"},
    {"name": "Plan", "type": "choice", "choices": ["Free", "Gold"]},
    {"name": "Code", "pattern": "[A-Z]{2}"},
]
ROW = {
    "Name": "Ada",
    "Since": "2024-01-31",
    "Seen": "2024-01-31T09:30:00",
    "Opens": "09:30:00",
    "Orders": 3,
    "Balance": 2.5,
    "Active": True,
    "Plan": "Gold",
    "Code": "AB",
}


class Conversation:
    """What a program asks, each question under a name that starts with its operation's, and the answers."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.answers: dict[str, Any] = {}
        self.bodies: dict[str, Any] = {}

    def ask(self, name: str, method: str, path: str, **sent: Any) -> httpx.Response:
        return self.note(name, self.client.request(method, path, **sent))

    def note(self, name: str, answer: httpx.Response) -> httpx.Response:
        assert name not in self.answers
        kind = answer.headers.get("content-type", "")
        self.answers[name] = {"status": answer.status_code, "kind": kind}
        if kind.endswith("json"):
            self.bodies[name] = answer.json()
            found = masked(answer.json())
            state = STATE if answer.status_code == 202 else set()
            self.answers[name]["json"] = {key: found[key] for key in found if key not in state}
            assert set(answer.json()) >= state
        return answer


def masked(value: Any, name: str = "") -> Any:
    """A value without what is another one each time, or a sentence."""
    if isinstance(value, dict):
        found = {key: masked(member, key) for key, member in value.items()}
        changes = {"next_cursor"} if "changes" in value else {"id"} if "can_be_undone" in value else set()
        return {key: "<change>" if key in changes | OF_CHANGES and m else m for key, m in found.items()}
    if isinstance(value, list):
        return [masked(item, name) for item in value]
    if name.endswith(("seconds", "bytes")) and value is not None:
        return "<number>"
    if isinstance(value, str):
        if name.endswith("_at") or name == "since":
            return "<time>"
        return "<sentence>" if name in SENTENCES else TODAY.sub("<today>", JOB_ID.sub("<job>", value))
    return value


def missing_from(answer: Any, recorded: Any, path: str = "") -> Iterator[str]:
    """What was recorded, and is not in the answer as it was."""
    if isinstance(recorded, dict) and isinstance(answer, dict):
        for key, member in recorded.items():
            if key in answer:
                yield from missing_from(answer[key], member, f"{path}/{key}")
            else:
                yield f"{path}/{key} is not there any more"
    elif GROWING.search(path) and isinstance(recorded, list) and isinstance(answer, list):
        yield from (
            f"{path} has no {item}"
            for item in recorded
            if all(any(missing_from(each, item)) for each in answer)
        )
    elif isinstance(recorded, list) and isinstance(answer, list) and len(recorded) == len(answer):
        for index, item in enumerate(recorded):
            yield from missing_from(answer[index], item, f"{path}/{index}")
    elif answer != recorded or type(answer) is not type(recorded):
        yield f"{path} was {recorded!r}, and is {answer!r}"


@pytest.fixture(scope="module")
def conversation(tmp_path_factory: pytest.TempPathFactory) -> Conversation:
    """All questions and answers of a server that has nothing yet, so that ids are the same each time."""
    folder = tmp_path_factory.mktemp("answers")
    with Server.started(folder) as server, server.client() as ada:
        server.sign_up(ada, "ada@answers.example")
        token = make_token(ada, *TokenScope)
        weak = make_token(ada, TokenScope.READ, name="reads")
        with program(server, token) as client, program(server, weak) as reading:
            talk = Conversation(client)
            ask_for_templates(talk)
            ask_for_columns(talk)
            ask_for_records(talk)
            ask_for_imports(talk, lambda *rows: make_workbook(folder, *rows).read_bytes())
            ask_for_exports(talk)
            ask_for_a_proposal(
                talk, ada, make_workbook(folder, ["Name", "Plan"], ["Ada", "Gold"], ["Bob", "Free"])
            )
            ask_in_vain(talk, reading)
            ask_what_is_asked(talk, lambda *rows: make_workbook(folder, *rows).read_bytes())
            ask_for_reviews(talk, lambda *rows: make_workbook(folder, *rows).read_bytes())
            ask_for_deletions(talk)
            ask_for_durations(talk)
            ask_for_history(talk)
        return talk


@pytest.fixture(scope="module")
def answers(conversation: Conversation) -> dict[str, Any]:
    """The answers without what is another one each time."""
    return conversation.answers


def test_programs_get_what_they_always_got(answers):
    recorded = json.loads(RECORDED.read_text())
    if os.environ.get("RECORD_ANSWERS"):
        RECORDED.write_text(json.dumps({**answers, **recorded}, indent=1, ensure_ascii=False) + "\n")

    lost = [
        f"{name}: {what}"
        for name, answer in recorded.items()
        for what in missing_from(answers.get(name), answer)
    ]

    assert not lost, "\n".join(lost)
    assert set(answers) <= set(json.loads(RECORDED.read_text())), "record the new ones"


def test_every_operation_is_recorded_when_it_works_and_when_it_fails(answers):
    statuses = {(name.partition(" ")[0], answer["status"]) for name, answer in answers.items()}

    for operation in OPERATIONS:
        assert (operation.name, operation.status) in statuses
        for status in operation.may_fail_with:
            assert (operation.name, status) in statuses | ELSEWHERE
    assert len({status for _, status in statuses}) > 8


def test_every_answer_has_what_the_document_says_and_nothing_else(conversation):
    described = {operation.name: operation.answer for operation in OPERATIONS}
    components = {"components": {"schemas": {name: closed(schema) for name, schema in SCHEMAS.items()}}}
    wrong = []
    for name, body in conversation.bodies.items():
        is_failure = conversation.answers[name]["kind"] == "application/problem+json"
        model = Failure if is_failure else described[name.partition(" ")[0]]
        schema = jsonschema_rs.validator_for({**ref(model), **components})
        wrong += [f"{name}: {error.instance_path} {error.message}" for error in schema.iter_errors(body)]

    assert not wrong, "\n".join(wrong)
    assert len(conversation.bodies) > 50


def test_every_sentence_of_a_job_has_its_code_beside_it(conversation):
    bodies = [body for name, body in conversation.bodies.items() if name.startswith("jobs.show ")]
    jobs = [body for body in bodies if "job_id" in body]
    failed = [job for job in jobs if job["status"] == "failed"]

    assert {job["kind"] for job in jobs} == {"import", "export", "proposal", "marking", "undo"}
    for job in (job for job in jobs if job["result"]):
        said_of = job["result"]["messages"]
        assert job["result"]["version"] >= 1
        assert job["result"]["summary"] == say(Message.from_dict(said_of["summary"]))
        assert job["result"].get("notes", []) == [
            say(Message.from_dict(each)) for each in said_of.get("notes", [])
        ]
    assert len(failed) > 2
    for job in failed:
        assert job["error_message"] == " ".join(
            say(Message.from_dict(each)) for each in job["error_messages"]
        )


def test_every_sentence_of_what_will_not_do_has_its_code_beside_it(conversation):
    errors = [error for body in conversation.bodies.values() for error in body.get("errors", [])]

    assert len({error["code"] for error in errors}) > 12
    for error in errors:
        assert error["code"] != "stored.sentence"
        assert error["detail"] == say(Message.from_dict(error))


def closed(schema: Any) -> Any:
    """A schema without room for what it does not name: nothing is answered that is not described."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: closed(member) for name, member in schema.items()}
    return {"additionalProperties": False, **found} if "properties" in schema else found


def ask_for_templates(talk: Conversation) -> None:
    talk.ask("token.show", "GET", "/token")
    talk.ask("templates.index of none", "GET", "/templates")
    talk.ask("templates.create", "POST", "/templates", json={"name": "Customers", "columns": COLUMNS})
    talk.ask(
        "templates.create small",
        "POST",
        "/templates",
        json={"name": "Small", "description": "Few.", "columns": [{"name": "A"}]},
    )
    talk.ask(
        "templates.create twice", "POST", "/templates", json={"name": "Small", "columns": [{"name": "A"}]}
    )
    talk.ask(
        "templates.create wrong",
        "POST",
        "/templates",
        json={"name": "", "columns": [{"type": "x", "minimum": []}, 1], "other": 1},
    )
    talk.ask(
        "templates.create with wrong rules",
        "POST",
        "/templates",
        json={
            "name": "Rules",
            "columns": [{"name": "A", "pattern": "("}, {"name": "a"}, {"name": "C", "type": "choice"}],
        },
    )
    talk.ask("templates.index", "GET", "/templates")
    talk.ask("templates.show", "GET", "/templates/1")
    talk.ask("templates.show of nobody", "GET", "/templates/99")
    talk.ask("templates.update", "PATCH", "/templates/2", json={"name": "Smaller", "description": "Fewer."})
    talk.ask("templates.update taken", "PATCH", "/templates/2", json={"name": "Customers"})


def ask_for_columns(talk: Conversation) -> None:
    talk.ask("columns.index", "GET", "/templates/1/columns")
    talk.ask("columns.create", "POST", "/templates/2/columns", json={"name": "B", "type": "integer"})
    talk.ask("columns.create twice", "POST", "/templates/2/columns", json={"name": "b"})
    talk.ask("columns.create wrong", "POST", "/templates/2/columns", json={"type": "integer", "unique": "x"})
    talk.ask(
        "records.create for columns", "POST", "/templates/2/records", json={"values": {"A": "x", "B": 1}}
    )
    column = talk.client.get("/templates/2/columns").json()["columns"][1]["id"]
    path = f"/templates/2/columns/{column}"
    talk.ask("columns.update", "PATCH", path, json={"name": "Bee", "position": 0})
    talk.ask("columns.update of nobody", "PATCH", "/templates/2/columns/999", json={"name": "Bee"})
    talk.ask("columns.update unconfirmed", "PATCH", path, json={"type": "text"})
    talk.ask("columns.update confirmed", "PATCH", f"{path}?confirm=true", json={"type": "text"})
    column = next(
        c["id"] for c in talk.client.get("/templates/2/columns").json()["columns"] if c["name"] == "Bee"
    )
    path = f"/templates/2/columns/{column}"
    talk.ask("columns.delete", "DELETE", f"{path}?confirm=true")
    talk.ask("columns.delete the last", "DELETE", "/templates/2/columns/10")
    talk.ask("columns.delete of nobody", "DELETE", path)


def ask_for_records(talk: Conversation) -> None:
    talk.ask("records.create", "POST", "/templates/1/records", json={"values": ROW})
    talk.ask("records.create with defaults", "POST", "/templates/1/records", json={"values": {"Name": "Bob"}})
    talk.ask("records.create twice", "POST", "/templates/1/records", json={"values": {"Name": "Bob"}})
    talk.ask(
        "records.create wrong",
        "POST",
        "/templates/1/records",
        json={"values": {"Since": "never", "Orders": 1.5, "Nmae": 1}},
    )
    talk.ask("records.index", "GET", "/templates/1/records?limit=1")
    talk.ask(
        "records.index found", "GET", "/templates/1/records?q=ada&filter[Orders][from]=2&sort=Name&dir=desc"
    )
    talk.ask("records.index wrong", "GET", "/templates/1/records?limit=0&sort=Nmae&filter[Orders][is]=x")
    kept = {"name": "Many", "filter": {"Orders": {"from": 2}}, "sort": "Name"}
    view = talk.ask("views.create", "POST", "/templates/1/views", json=kept).json()
    talk.ask("views.create wrong", "POST", "/templates/1/views", json={"name": "", "sort": "Nmae"})
    talk.ask("views.index", "GET", "/templates/1/views")
    talk.ask("records.index of a view", "GET", "/templates/1/records?view=Many")
    talk.ask("records.index of no view", "GET", "/templates/1/records?view=None")
    talk.ask("views.delete", "DELETE", f"/templates/1/views/{view['id']}")
    talk.ask("views.delete of nobody", "DELETE", f"/templates/1/views/{view['id']}")
    talk.ask("records.show", "GET", "/templates/1/records/1")
    talk.ask("records.show of nobody", "GET", "/templates/1/records/99")
    talk.ask(
        "records.update", "PATCH", "/templates/1/records/1", json={"values": {"Orders": 4, "Plan": None}}
    )
    talk.ask("records.update wrong", "PATCH", "/templates/1/records/1", json={"values": {"Plan": "Silver"}})
    many = [
        {"op": "create", "values": {"Name": "Dot"}},
        {"op": "upsert", "values": {"Name": "Dot", "Orders": 1}},
    ]
    many += [{"op": "update", "id": 99, "values": {}}, {"op": "delete", "id": 2, "revision": 9}]
    path, key = "/templates/1/records/bulk", {"Idempotency-Key": "many"}
    talk.ask("records.bulk atomic", "POST", path, json={"operations": many, "keys": ["Name"]})
    talk.ask("records.bulk wrong", "POST", path, json={"operations": [{"op": "update"}, {"op": "upsert"}]})
    each = {"operations": many, "keys": ["Name"], "atomic": False}
    talk.ask("records.bulk", "POST", path, json=each, headers=key)
    talk.ask("records.bulk again", "POST", path, json=each, headers=key)
    talk.ask("records.bulk delete", "POST", path, json={"operations": [{"op": "delete", "id": 3}]})
    late = {"If-Match": '"0"'}
    talk.ask("records.update late", "PATCH", "/templates/1/records/1", json={"values": {}}, headers=late)
    talk.ask("records.delete late", "DELETE", "/templates/1/records/1", headers=late)


def ask_for_history(talk: Conversation) -> None:
    template = talk.client.post("/templates", json={"name": "Past", "columns": [{"name": "A"}]}).json()
    path = f"/templates/{template['id']}"
    record = talk.client.post(f"{path}/records", json={"values": {"A": "one"}}).json()["id"]
    talk.client.patch(f"{path}/records/{record}", json={"values": {"A": "two"}})
    first = talk.ask("changes.index", "GET", f"{path}/changes?limit=1").json()
    rest = f"{path}/changes?cursor={first['next_cursor']}"
    (created,) = first["changes"]
    (edited,) = talk.ask("changes.index of the rest", "GET", rest).json()["changes"]
    talk.ask("changes.index wrong", "GET", f"{path}/changes?cursor=x")
    talk.ask("changes.show", "GET", f"{path}/changes/{edited['id']}")
    talk.ask("changes.show of nobody", "GET", f"{path}/changes/999999")
    talk.ask("changes.records", "GET", f"{path}/changes/{edited['id']}/records")
    talk.ask("changes.records of none", "GET", f"{path}/changes/{created['id']}/records")
    talk.ask("history.show", "GET", f"{path}/records/{record}/history?limit=1")
    talk.ask("history.show of nobody", "GET", f"{path}/records/99/history")
    job = finished(talk.client, talk.ask("changes.undo", "POST", f"{path}/changes/{edited['id']}/undo"))
    talk.ask("jobs.show of an undo", "GET", f"/jobs/{job['job_id']}")
    talk.ask("changes.show taken back", "GET", f"{path}/changes/{edited['id']}")
    talk.ask("history.delete", "DELETE", f"{path}/records/{record}/history")
    talk.ask("history.delete of nobody", "DELETE", f"{path}/records/99/history")


def ask_for_imports(talk: Conversation, book: Callable[..., bytes]) -> None:
    good = book(["Name", "Orders", "Extra"], ["Cem", 5, "x"], ["Dora", -6, "y"])
    accepted = talk.note("imports.create", upload(talk.client, "/templates/1", good, key="once"))
    job = finished(talk.client, accepted)["job_id"]
    talk.ask("jobs.show import", "GET", f"/jobs/{job}")
    talk.note("imports.create again", upload(talk.client, "/templates/1", good, key="once"))
    talk.note(
        "imports.create with a used key", upload(talk.client, "/templates/1", book(["Name"]), key="once")
    )
    talk.note("imports.create wrong", upload(talk.client, "/templates/1", good, mode="x", other="y"))
    updating = upload(talk.client, "/templates/1", good, mode="update", keys="Name")
    finished(talk.client, talk.note("imports.create update", updating))
    talk.ask("imports.create without a file", "POST", "/templates/1/imports", files={"x": ("x", b"x")})
    bad = talk.client.post(
        "/templates/1/imports", files={"workbook": ("c.xlsx", book(["Name", "Orders"], ["", "many"]))}
    )
    job = finished(talk.client, bad)["job_id"]
    talk.ask("jobs.show failed import", "GET", f"/jobs/{job}")
    talk.ask("jobs.problems", "GET", f"/jobs/{job}/problems?limit=1")
    talk.ask("jobs.problems wrong", "GET", f"/jobs/{job}/problems?limit=0")
    marking = talk.ask("jobs.mark", "POST", f"/jobs/{job}/marked_workbooks", json={})
    talk.ask("jobs.show marking", "GET", f"/jobs/{finished(talk.client, marking)['job_id']}")
    talk.ask("jobs.mark wrong", "POST", f"/jobs/{job}/marked_workbooks", json={"rows": "some"})
    talk.ask("jobs.mark none left out", "POST", f"/jobs/{job}/marked_workbooks", json={"rows": "left_out"})
    wrong = talk.client.post("/templates/1/imports", files={"workbook": ("c.xlsx", book(["Nmae"], ["Ada"]))})
    job = finished(talk.client, wrong)["job_id"]
    talk.ask("jobs.show import of wrong headers", "GET", f"/jobs/{job}")
    none = talk.client.post("/templates/1/imports", files={"workbook": ("c.xlsx", b"no workbook")})
    job = finished(talk.client, none)["job_id"]
    talk.ask("jobs.show import of no workbook", "GET", f"/jobs/{job}")
    talk.ask("imports.index", "GET", "/templates/1/imports?limit=5")
    talk.ask("imports.index wrong", "GET", "/templates/1/imports?limit=0")


def ask_what_is_asked(talk: Conversation, book: Callable[..., bytes]) -> None:
    open_ = book(["Name", "Ordres"], ["Eva", 7])
    job = finished(talk.client, upload(talk.client, "/templates/1", open_))
    talk.ask("jobs.show import that asks", "GET", f"/jobs/{job['job_id']}")
    path = f"/jobs/{job['job_id']}/answers"
    talk.ask("jobs.answers wrong", "POST", path, json={"answers": {"header:0": "x"}})
    question = job["result"]["questions"][0]["id"]
    accepted = talk.ask("jobs.answers", "POST", path, json={"answers": {question: ""}, "remember": False})
    talk.ask(
        "jobs.answers of nothing",
        "POST",
        f"/jobs/{finished(talk.client, accepted)['job_id']}/answers",
        json={"answers": {}},
    )


def ask_for_reviews(talk: Conversation, book: Callable[..., bytes]) -> None:
    bad = book(["Name", "Orders"], ["Fay", 7], ["Gil", "many"], ["Hal", "few"])
    job = finished(talk.client, upload(talk.client, "/templates/1", bad, check="true"))
    talk.ask("jobs.show check", "GET", f"/jobs/{job['job_id']}")
    path = f"/jobs/{job['job_id']}/review"
    talk.ask("review.show", "GET", path)
    talk.ask("review.rows", "GET", f"{path}/rows?kind=problems&sort=Name&limit=1")
    talk.ask("review.rows wrong", "GET", f"{path}/rows?kind=x&column=Nmae&cursor=x")
    talk.ask("review.apply too early", "POST", f"{path}/apply", json={"revision": 0})
    one = {"kind": "cell", "column": "Orders", "row": 3, "text": "4", "seen": 0}
    talk.ask("review.mend", "POST", f"{path}/mends", json=one)
    talk.ask("review.mend late", "POST", f"{path}/mends", json=one)
    talk.ask("review.mend wrong", "POST", f"{path}/mends", json={"kind": "x", "row": 0})
    talk.ask("review.take_back", "DELETE", f"{path}/mends/1")
    talk.ask("review.take_back twice", "DELETE", f"{path}/mends/1")
    all_ = {"kind": "replace", "column": "Orders", "rule": "type", "text": "5"}
    revision = talk.client.post(f"{path}/mends", json=all_).json()["revision"]
    talk.ask("review.apply", "POST", f"{path}/apply", json={"revision": revision})
    talk.ask("review.show of nobody", "GET", "/jobs/0123456789abcdef/review")


def ask_for_exports(talk: Conversation) -> None:
    accepted = talk.ask(
        "exports.create", "POST", "/templates/1/exports", json={"kind": "data", "format": "csv"}
    )
    job = finished(talk.client, accepted)["job_id"]
    talk.ask("jobs.show export", "GET", f"/jobs/{job}")
    talk.ask("jobs.download", "GET", f"/jobs/{job}/download")
    for name, form in (
        ("of semicolons", {"format": "csv", "delimiter": ";"}),
        ("of JSON lines", {"format": "jsonl"}),
    ):
        accepted = talk.ask(
            f"exports.create {name}", "POST", "/templates/1/exports", json={"kind": "data", **form}
        )
        job = finished(talk.client, accepted)["job_id"]
        talk.ask(f"jobs.download {name}", "GET", f"/jobs/{job}/download")
    talk.ask(
        "exports.create of bars",
        "POST",
        "/templates/1/exports",
        json={"kind": "data", "format": "csv", "delimiter": "|"},
    )
    talk.ask("exports.create wrong", "POST", "/templates/1/exports", json={"kind": "x", "sort": "Nmae"})
    talk.ask(
        "exports.create of no column", "POST", "/templates/1/exports", json={"kind": "view", "sort": "Nmae"}
    )
    blank = talk.ask("exports.create blank", "POST", "/templates/1/exports", json={"kind": "template"})
    job = finished(talk.client, blank)["job_id"]
    talk.ask("jobs.show export of a blank workbook", "GET", f"/jobs/{job}")
    talk.ask("jobs.download workbook", "GET", f"/jobs/{job}/download")
    talk.ask("jobs.show of nobody", "GET", f"/jobs/{'0' * 16}")
    talk.ask("jobs.index", "GET", "/jobs")


def ask_for_a_proposal(talk: Conversation, page: httpx.Client, sample: Path) -> None:
    with sample.open("rb") as file:
        sent = page.post("/template_samples", files={"workbook": ("people.xlsx", file)})
    job = sent.headers["location"].rsplit("/", 1)[1]
    while not talk.client.get(f"/jobs/{job}?wait=30").json()["is_final"]:
        pass
    talk.ask("jobs.show proposal", "GET", f"/jobs/{job}")
    talk.ask("jobs.index of proposals", "GET", "/jobs?kind=proposal")
    talk.ask("jobs.index of no kind", "GET", "/jobs?kind=x")


def ask_in_vain(talk: Conversation, reading: httpx.Client) -> None:
    talk.note("token.show without one", httpx.get(f"{talk.client.base_url}token"))
    talk.note(
        "token.show mistyped",
        httpx.get(f"{talk.client.base_url}token", headers={"Authorization": "Bearer x"}),
    )
    talk.note("records.create without the scope", reading.post("/templates/1/records", json={"values": {}}))
    talk.ask(
        "templates.update no JSON",
        "PATCH",
        "/templates/1",
        content=b"{",
        headers={"Content-Type": "application/json"},
    )
    talk.ask(
        "templates.update as text",
        "PATCH",
        "/templates/1",
        content=b"{}",
        headers={"Content-Type": "text/plain"},
    )
    talk.ask("templates.update put", "PUT", "/templates/1", json={})
    talk.ask("templates.update too large", "PATCH", "/templates/1", json={"name": "x" * 5_000_000})
    talk.ask("nothing", "GET", "/nothing")


def ask_for_durations(talk: Conversation) -> None:
    """Seconds as values, hours and minutes as limits; either may be given."""
    column = {"name": "Took", "type": "duration", "minimum": "0:30", "maximum": 129600}
    made = talk.ask(
        "templates.create durations", "POST", "/templates", json={"name": "Took", "columns": [column]}
    )
    path = f"/templates/{made.json()['id']}/records"
    for name, value in (("text", "1 h 30 min"), ("seconds", 1800), ("short", "0:29"), ("wrong", "90")):
        talk.ask(f"records.create duration {name}", "POST", path, json={"values": {"Took": value}})
    talk.ask("records.index durations", "GET", f"{path}?filter[Took][from]=1:00&sort=Took")


def ask_for_deletions(talk: Conversation) -> None:
    talk.ask("records.delete", "DELETE", "/templates/1/records/1")
    talk.ask("records.delete again", "DELETE", "/templates/1/records/1")
    talk.ask("templates.delete", "DELETE", "/templates/2")
    talk.ask("templates.delete again", "DELETE", "/templates/2")
    talk.ask("bin.index", "GET", "/bin")
    talk.ask("bin.restore", "POST", "/bin/2/restore")
    talk.ask("bin.restore again", "POST", "/bin/2/restore")
    talk.client.delete("/templates/2")
    talk.ask("bin.delete", "DELETE", "/bin/2")
    talk.ask("bin.delete again", "DELETE", "/bin/2")

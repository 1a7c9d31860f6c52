"""Who may ask for what: made from the table of operations, so that a new one is tried at once."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.factories import make_workbook
from tests.server import Server
from tests.web.api.conftest import failure, make_token, program
from xlsapp.models import TokenScope
from xlsapp.web.api.operation import Operation
from xlsapp.web.api.operations import OPERATIONS

EVERY = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)

# Operations that show each program only what is its owner's.
OWN_ONLY = {"token.show", "templates.index", "templates.create", "bin.index", "jobs.index"}

BODIES = {
    "templates.create": {"name": "Another", "columns": [{"name": "Name"}]},
    "templates.update": {"name": "Stolen"},
    "columns.create": {"name": "Stolen"},
    "columns.update": {"name": "Stolen"},
    "records.create": {"values": {"Name": "Stolen"}},
    "records.update": {"values": {"Name": "Stolen"}},
    "records.bulk": {"operations": [{"op": "create", "values": {"Name": "Stolen"}}]},
    "exports.create": {"kind": "data"},
    "views.create": {"name": "Stolen", "q": "a"},
    "jobs.answers": {"answers": {}},
    "review.mend": {"kind": "leave_out", "row": 2},
    "review.apply": {"revision": 0},
    "jobs.mark": {"rows": "all"},
}


@dataclass
class Belongings:
    """What Ada has, as path parameters, and how an operation is asked for with them."""

    params: dict[str, object]
    workbook: bytes

    def ask(self, client: httpx.Client, operation: Operation, **headers: str) -> httpx.Response:
        path = re.sub(r"{(\w+)(:\w+)?}", lambda match: str(self.params[match[1]]), operation.path)
        files = (
            {"workbook": ("customers.xlsx", self.workbook)} if operation.name == "imports.create" else None
        )
        return client.request(
            operation.method,
            path.removeprefix("/v1"),
            json=BODIES.get(operation.name),
            files=files,
            headers=headers,
        )


@pytest.fixture(scope="module")
def tokens(server: Server) -> Iterator[dict[str, str]]:
    """Tokens of Ada's by scope, and one of Eve's for everything."""
    with server.client() as ada, server.client() as eve:
        server.sign_up(ada)
        server.sign_up(eve)
        found = {scope: make_token(ada, scope, name=scope) for scope in TokenScope}
        yield {**found, "all": make_token(ada, *TokenScope), "eve": make_token(eve, *TokenScope)}


@pytest.fixture(scope="module")
def belongings(server, tokens, tmp_path_factory) -> Belongings:
    workbook = make_workbook(tmp_path_factory.mktemp("books"), ["Name"], ["Ada"]).read_bytes()
    with program(server, tokens["all"]) as api:
        columns = [{"name": "Name"}, {"name": "Notes"}]
        template = api.post("/templates", json={"name": "Hers", "columns": columns}).json()
        path = f"/templates/{template['id']}"
        record = api.post(f"{path}/records", json={"values": {"Name": "Ada"}}).json()
        job = api.post(f"{path}/exports", json={"kind": "data"}).json()
        while not job["is_final"]:
            job = api.get(f"/jobs/{job['job_id']}?wait=30").json()
        assert job["status"] == "completed"
        view = api.post(f"{path}/views", json={"name": "Hers", "q": "ada"}).json()
        (change, *_) = api.get(f"{path}/changes").json()["changes"]
    params = {
        "change_id": change["id"],
        "view_id": view["id"],
        "template_id": template["id"],
        "column_id": template["columns"][0]["id"],
        "record_id": record["id"],
        "mend_id": 1,
        "job_id": job["job_id"],
    }
    return Belongings(params, workbook)


def test_every_operation_is_either_tried_or_named_here():
    names = {operation.name for operation in OPERATIONS}

    assert names >= OWN_ONLY | set(BODIES)
    for operation in OPERATIONS:
        assert operation.name in OWN_ONLY or "{" in operation.path, "whose is what it shows?"
        assert operation.name in BODIES or operation.body is None or operation.name == "imports.create"


@EVERY
def test_a_stranger_gets_404(operation, server, tokens, belongings):
    if operation.name in OWN_ONLY:
        pytest.skip("shows each program only what is its owner's: tried below")
    with program(server, tokens["eve"]) as eve:
        answer = belongings.ask(eve, operation)

    failure(answer, 404)
    assert "Hers" not in answer.text


def test_what_others_have_is_not_listed(server, tokens, belongings):
    with program(server, tokens["eve"]) as eve:
        assert eve.get("/templates").json() == {"templates": []}
        assert eve.get("/jobs").json() == {"jobs": []}


@EVERY
@pytest.mark.parametrize("scope", TokenScope)
def test_a_token_does_what_one_of_its_scopes_allows_and_nothing_else(
    operation, scope, server, tokens, belongings
):
    """Each on a template of its own where something would be gone afterwards."""
    with program(server, tokens[scope]) as client:
        if scope in operation.scopes:
            nothing = Belongings({**belongings.params, "template_id": 0, "job_id": "0" * 16}, b"x")
            assert nothing.ask(client, operation).status_code in (200, 201, 404)
        else:
            refused = failure(belongings.ask(client, operation), 403)
            assert all(f"“{needed}”" in refused["detail"] for needed in operation.scopes)


@EVERY
def test_without_a_token_there_is_nothing(operation, server, belongings):
    with program(server, None) as client:
        failure(belongings.ask(client, operation), 401)


@EVERY
def test_a_browser_that_is_signed_in_cannot_be_made_to_ask(operation, ada, belongings):
    ada.base_url = f"{ada.base_url}/api/v1"
    for origin in ("https://evil.example", "null"):
        failure(belongings.ask(ada, operation, Origin=origin), 401)

"""What the API is sent as SQL, as HTML, slowly or without end: it is a text, or it is refused."""

import base64
import json

import pytest

from tests.security.raw import head, status_of
from tests.security.test_headers import strict
from tests.security.test_limits import trickle
from tests.security.test_sql import NASTY, everything
from tests.security.test_xss import NASTY as MARKUP
from tests.server import Server
from tests.web.api.conftest import failure, finished, make_token, program, upload
from xlsapp.models import TokenScope


@pytest.fixture(scope="module")
def own_server(tmp_path_factory):
    settings = {
        "XLSAPP_SERVER__SLOW_REQUEST_SECONDS": "1",
        "XLSAPP_API__MAX_REQUESTS_PER_MINUTE": "100000",
    }
    with Server.started(tmp_path_factory.mktemp("programs"), **settings) as server:
        yield server


@pytest.fixture(scope="module")
def token(own_server):
    with own_server.client() as ada:
        own_server.sign_up(ada)
        return make_token(ada, *TokenScope)


@pytest.fixture(scope="module")
def api(own_server, token):
    with program(own_server, token) as client:
        yield client


@pytest.fixture(scope="module")
def nasty(api):
    """The path of a template whose columns and records are named and filled with SQL and HTML."""
    texts = [*NASTY, MARKUP]
    columns = [{"name": text} for text in texts]
    template = api.post("/templates", json={"name": MARKUP, "columns": columns}).json()
    path = f"/templates/{template['id']}"
    assert api.post(f"{path}/records", json={"values": {text: text for text in texts}}).status_code == 201
    return path


def test_every_kind_of_answer_carries_the_strict_headers(api, nasty, own_server):
    with program(own_server, None) as nobody:
        answers = [
            api.get(f"{nasty}/records"),
            api.post("/templates", json={"name": "x", "columns": [{"name": "x"}]}),
            api.post(f"{nasty}/exports", json={"kind": "data"}),
            api.get("/nowhere"),
            api.request("PUT", "/token"),
            api.post("/templates", content=b"{", headers={"Content-Type": "application/json"}),
            api.post("/templates", content=b"{}"),
            api.get(f"{nasty}/records?sort=nope"),
            nobody.get("/templates"),
        ]

    assert [answer.status_code for answer in answers if not strict(answer)] == []
    assert {answer.status_code for answer in answers} == {200, 201, 202, 400, 401, 404, 405, 415, 422}
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


@pytest.mark.parametrize("text", NASTY)
def test_no_part_of_a_query_reaches_the_database_as_sql(own_server, api, nasty, text):
    before = everything(own_server)
    cursors = [base64.urlsafe_b64encode(json.dumps([text, 1, 0]).encode()).decode(), text]
    found = api.get(
        f"{nasty}/records",
        params={"q": text, f"filter[{text}][contains]": text, f"filter[{text}][is]": text, "sort": text},
    )
    others = [
        api.get(f"{nasty}/records", params={name: text})
        for name in ("filter", f"filter[{text}]", f"filter[c1][{text}]", "dir", "import", "limit", text)
    ]
    others += [api.get(f"{nasty}/records", params={"sort": text, "cursor": cursor}) for cursor in cursors]
    view = {"kind": "view", "q": text, "filter": {text: {"contains": text}}, "sort": text}
    job = finished(api, api.post(f"{nasty}/exports", json=view))

    assert [record["values"][text] for record in found.raise_for_status().json()["records"]] == [text]
    assert {answer.status_code for answer in others} <= {200, 422}
    assert job["status"] == "completed"
    assert "1 record" in job["result"]["summary"]
    assert everything(own_server) == before
    assert "Fault" not in own_server.log


@pytest.mark.parametrize(
    "place",
    [
        [None, 1, 0],
        [10**400, 1, 0],
        [1.5, 10**30, 0],
        ["x", 1, 10**30],
        [True, 1, -5],
        [[1], 1, 0],
        {"a": 1},
        "\x00",
        ["\x00", 1, 0],
        ["\ud800", 1, 0],
        [float("nan"), 1, 0],
        [float("inf"), 1, 0],
    ],
    ids=repr,
)
def test_a_cursor_that_somebody_made_up_is_a_place_or_none(own_server, api, nasty, place):
    cursor = base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")

    for order in ({}, {"sort": NASTY[0]}, {"q": "x", "sort": NASTY[0], "dir": "desc"}):
        answer = api.get(f"{nasty}/records", params={**order, "cursor": cursor})
        assert answer.status_code in (200, 422)

    assert "Fault" not in own_server.log


def test_texts_come_as_json_which_no_browser_takes_for_a_page(api, nasty):
    answers = [
        api.get(nasty),
        api.get(f"{nasty}/records"),
        api.get(f"{nasty}/records", params={"sort": MARKUP + "!"}),
        api.post("/templates", json={"name": MARKUP, "columns": [{"name": MARKUP}]}),
        upload(api, nasty, b"", **{MARKUP: MARKUP}),
    ]

    for answer in answers:
        assert answer.headers["content-type"] in ("application/json", "application/problem+json")
        assert answer.headers["x-content-type-options"] == "nosniff"
    failure(answers[2], 422)


def test_no_pattern_takes_for_ever(api):
    """Half of all engines would need longer for this than the sun has left."""
    columns = [{"name": "Code", "pattern": "(a+)+(a|a)*b"}]
    template = api.post("/templates", json={"name": "Patterns", "columns": columns}).json()
    path, text = f"/templates/{template['id']}", "a" * 20_000

    failure(api.post(f"{path}/records", json={"values": {"Code": text}}), 422)
    job = finished(api, upload(api, path, f"Code\n{text}\n".encode()))

    assert job["status"] == "failed"
    assert job["result"]["problem_count"] == 1


@pytest.mark.parametrize("body", [b"Content-Length: 100000", b"Transfer-Encoding: chunked"])
def test_a_body_that_trickles_is_answered_and_closed(own_server, token, body):
    start = head(
        own_server,
        "POST /api/v1/templates",
        f"Authorization: Bearer {token}",
        "Content-Type: application/json",
        body.decode(),
        close=False,
    )
    drop = b" " if body.startswith(b"Content") else b"1\r\n \r\n"

    assert status_of(trickle(own_server, start, drop)) == 408


def test_a_body_without_end_is_refused_once_it_is_too_large(api):
    def endless():
        while True:
            yield b" " * 65536

    answer = api.post("/templates", content=endless(), headers={"Content-Type": "application/json"})

    failure(answer, 413)

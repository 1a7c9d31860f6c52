"""Whatever goes wrong below /api is answered with a problem detail that says what to do."""

import json
import re
import sqlite3
from contextlib import closing

import pytest

from tests.security.raw import connected, until_closed
from tests.web.api.conftest import failure, program
from xlsapp.web.api.operations import OPERATIONS


@pytest.mark.parametrize(
    "path", ["", "/", "/nope", "/templates/", "/templates/x", "/../v2/templates", "//templates"]
)
def test_an_address_that_is_none(server, path):
    with program(server, None) as client:
        failure(client.get(f"{server.url}/api/v1{path}"), 404)


@pytest.mark.parametrize("path", ["/api/", "/api/v2", "/api/v1x/templates"])
def test_another_version(server, visitor, path):
    failure(visitor.get(path), 404)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_operation_fails_with_a_problem_detail(operation, server, api):
    path = re.sub(r"{\w+:int}", "9" * 9, operation.path).replace("{job_id}", "0" * 16)
    body = b'{"values": {}}' if operation.name.startswith("records") else b'{"name": "x", "kind": "data"}'
    with program(server, None) as nobody:
        failure(nobody.request(operation.method, f"{server.url}/api{path}"), 401)
        failure(nobody.request("TRACE", f"{server.url}/api{path}"), 405)
    if "{" in operation.path:
        headers = {"Content-Type": "application/json"}
        failure(api.request(operation.method, f"{server.url}/api{path}", content=body, headers=headers), 404)


def test_an_address_with_a_line_break_names_nothing(api):
    failure(api.get("/jobs/a%0Ab"), 404)
    failure(api.get("/a%0Ab"), 404)


def test_a_cookie_opens_nothing_to_a_program(ada):
    failure(ada.get("/api/v1/templates"), 401)


def test_a_method_that_an_address_has_not_got(api, customers):
    answer = api.put(customers)

    failure(answer, 405)
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "PATCH", "DELETE"}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "line 1, column 1"),
        (b"{", "line 1, column 2"),
        (b'{"name": "\xff"}', "not UTF-8"),
        (b'{"name": NaN}', "number"),
        (b'{"name": 1e999}', "number"),
        (b'{"name": ' + b"1" * 5000 + b"}", "number"),
        (b"[" * 200_000, "nested too deeply"),
    ],
)
def test_a_body_that_is_no_json(api, customers, body, sentence):
    answer = api.patch(customers, content=body, headers={"Content-Type": "application/json"})

    assert sentence in failure(answer, 400)["detail"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_kind_of_body(api, customers, kind):
    failure(api.patch(customers, content=b'{"name": "x"}', headers={"Content-Type": kind}), 415)
    failure(api.post(f"{customers}/imports", content=b"x", headers={"Content-Type": kind}), 415)


@pytest.mark.parametrize(
    ("body", "pointer", "sentence"),
    [
        ([], "#", "This must be an object."),
        ({}, "#/values", "This is missing."),
        ({"values": {}, "id": 1}, "#/id", "This means nothing here."),
        ({"values": {"Name": ["Ada"]}}, "#/values/Name", "This must be a text, a number"),
        (
            {"values": {"Name": "Ada", "Naame": "x"}},
            "#/values/Naame",
            "There is no column “Naame” in this template.",
        ),
        ({"values": {"Name": "Ada", "a/b~c": 1}}, "#/values/a~1b~0c", "There is no column"),
        ({"values": {"Name": "a\x00b"}}, "#/values/Name", "null character"),
        ({"values": {"Name": "\ud800"}}, "#/values/Name", "half a character"),
        ({"values": {"\ud800": "Ada"}}, "#/values", "half a character"),
        ({"values": {"Name": "x" * 32768}}, "#/values/Name", "at most 32,767 characters"),
        ({"values": {"Name": "Ada", "Since": "31/02/2024"}}, "#/values/Since", "is not a date"),
        ({"values": {"Name": " "}}, "#/values/Name", "Fill it in"),
    ],
)
def test_a_body_that_will_not_do_is_told_where_and_why(api, customers, body, pointer, sentence):
    answer = api.post(
        f"{customers}/records", content=json.dumps(body), headers={"Content-Type": "application/json"}
    )

    (error,) = failure(answer, 422)["errors"]
    assert error["pointer"] == pointer
    assert sentence in error["detail"]


def test_all_that_is_wrong_is_told_at_once(api, customers):
    answer = api.post(f"{customers}/records", json={"values": {"Since": "never", "Orders": 1.5, "Naame": 1}})

    found = failure(answer, 422)
    assert {error["pointer"] for error in found["errors"]} == {
        "#/values/Name",
        "#/values/Since",
        "#/values/Orders",
        "#/values/Naame",
    }
    assert "3 more are listed" in found["detail"]


@pytest.mark.parametrize("query", ["wait=-1", "wait=61", "wait=x", "wait=", "wait=1&wait=2", "wait=1.5"])
def test_a_parameter_that_will_not_do(api, query):
    (error,) = failure(api.get(f"/jobs/{'0' * 16}?{query}"), 422)["errors"]

    assert error["parameter"] == "wait"


def test_a_body_that_is_too_large(api, customers):
    large = json.dumps({"values": {"Name": "x" * 5_000_000}}).encode()
    headers = {"Content-Type": "application/json"}
    pieces = (large[start : start + 65536] for start in range(0, len(large), 65536))

    failure(api.post(f"{customers}/records", content=large, headers=headers), 413)
    failure(api.post(f"{customers}/records", content=pieces, headers=headers), 413)


def test_a_head_that_is_too_large(server):
    for line, status in (
        (f"GET /api/v1/templates?q={'x' * 9000} HTTP/1.1", 414),
        (f"GET /api/v1/templates HTTP/1.1\r\nX-Large: {'x' * 17000}", 431),
        ("GET /api/v1/templates HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked", 400),
    ):
        with connected(server) as connection:
            connection.sendall(f"{line}\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
            head, _, body = until_closed(connection).partition(b"\r\n\r\n")
        assert f" {status} ".encode() in head.splitlines()[0]
        assert b"application/problem+json" in head
        assert json.loads(body)["status"] == status


def test_a_fault_of_ours_is_told_by_a_reference_that_the_log_explains(server, api, customers):
    with closing(sqlite3.connect(server.data / "data.sqlite3")) as conn:
        conn.execute(f"DROP TABLE records_{customers.rsplit('/', 1)[1]}")

    found = failure(api.get(f"{customers}/records/1"), 500)

    assert "no such table" not in found["detail"]
    (reference,) = re.findall(r"quote (\w{8})", found["detail"])
    (_, after) = server.log.split(f"Fault {reference} at GET /api/v1{customers}/records/1")
    assert "no such table" in after

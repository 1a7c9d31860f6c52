"""What cannot be done is told to scripts and programs in one shape. Made from the tables of all routes."""

import re
from typing import Any

import httpx
import pytest
from starlette.routing import Route, WebSocketRoute

from tests.security.raw import head, send, status_of
from tests.server import Server, add_template
from tests.web.api.conftest import failure, make_token, program
from tests.web.test_strangers import PAGES, SCRIPT, told_to_scripts
from xlsapp.models import TokenScope
from xlsapp.web.api.operations import OPERATIONS

NOBODYS = {"job_id": "0" * 16, "sample_id": "0" * 16, "session_id": "0" * 32, "token": "0", "format": "csv"}

# What is no form and no JSON, under the names of both; and a form without the end that it promises.
BODIES = {
    "application/x-www-form-urlencoded": b"\xff=\xfe&&&==",
    "multipart/form-data; boundary=x": b'--x\r\nContent-Disposition: form-data; name="workbook"; filename="a',
    "multipart/form-data": b"x",
    "application/json": b"[" * 10_000,
    "text/plain": b"x",
}


UPGRADE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
)

every_page = pytest.mark.parametrize(
    ("method", "route"), PAGES, ids=lambda value: getattr(value, "path", value)
)
every_form = pytest.mark.parametrize(
    "route",
    [route for method, route in PAGES if method == "POST" and route.path != "/sign_out"],
    ids=lambda r: r.path,
)


def path_of(route: Route | WebSocketRoute, template_id: int) -> str:
    """An address of the route: of a template that is there, of anything else that is not."""
    path = route.path.replace("{template_id:int}", str(template_id))
    path = re.sub(r"{\w+:int}", "9" * 9, path)
    return re.sub(r"{(\w+)}", lambda match: NOBODYS[match[1]], path)


@pytest.fixture(scope="module")
def client(server):
    """Somebody's script: signed in, on a page of this site."""
    with server.client() as browser:
        server.sign_up(browser)
        browser.headers.update(SCRIPT)
        yield browser


@pytest.fixture(scope="module")
def api(server, client):
    """Somebody's program."""
    with server.client() as browser:
        server.sign_up(browser)
        with program(server, make_token(browser, *TokenScope)) as found:
            yield found


@every_page
def test_a_page_without_such_a_method(method, route, client):
    told_to_scripts(client.request("TRACE", path_of(route, 1)), 405)


@every_form
def test_a_form_that_is_nonsense(route, client):
    path = path_of(route, add_template(client))
    for kind, body in BODIES.items():
        answer = client.post(path, content=body, headers={"Content-Type": kind})
        if answer.status_code >= 400:
            told_to_scripts(answer, answer.status_code)


@every_form
def test_a_form_that_is_too_large(route, server, client):
    path = path_of(route, add_template(client))
    from_here = ("Content-Type: application/x-www-form-urlencoded", "Content-Length: 99999999999")
    answer = raw(server, f"POST {path}", *script(client), *from_here)

    assert told(answer, 413)["error"]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_an_operation_that_is_sent_nonsense(operation, server, api):
    path = re.sub(r"{\w+:int}", "9" * 9, operation.path).replace("{job_id}", NOBODYS["job_id"])
    for kind, body in BODIES.items():
        answer = api.request(
            operation.method, f"{server.url}/api{path}", content=body, headers={"Content-Type": kind}
        )
        if answer.status_code >= 400 or operation.body:
            failure(answer, answer.status_code)


@pytest.mark.parametrize("path", ["/import_templates", "/api/v1/templates", "/jobs/live"])
def test_a_head_that_is_refused(path, server):
    json = "Accept: application/json"
    for line, header, status in (
        (f"GET {path}?q={'x' * 9000}", "X: x", 414),
        (f"GET {path}", f"X: {'x' * 17000}", 431),
        (f"GET {path}", "Content-Length: 1\r\nTransfer-Encoding: chunked", 400),
    ):
        told(raw(server, line, json, header), status)
        # Of a socket these are no head at all: the connection ends, and is not kept for nothing.
        assert status_of(raw(server, line, json, header, *UPGRADE)) == 400
    told(raw(server, f"GET {path}", json, *(f"X{n}: {'x' * 6000}" for n in range(3)), *UPGRADE), 431)


@pytest.mark.parametrize("path", ["/jobs", "/nope", "/api/v1/jobs"])
def test_a_socket_where_there_is_none(path, server):
    told(raw(server, f"GET {path}", *UPGRADE), 404)


def raw(server: Server, line: str, *headers: str) -> bytes:
    """What a request's head is answered with."""
    return send(server, head(server, line, *headers))


def script(client: httpx.Client) -> list[str]:
    """The headers of a script on a page of somebody who is signed in."""
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    return [f"Cookie: {cookies}", "Accept: application/json"]


def told(answer: bytes, status: int) -> dict[str, Any]:
    """The problem detail that an answer must be."""
    start, _, body = answer.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in start.decode().splitlines()[1:])
    return failure(httpx.Response(status_of(answer), headers=headers, content=body), status)

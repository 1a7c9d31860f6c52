"""Who makes the first account of a new server, and the names that a server answers to."""

import re
from collections.abc import Iterator

import httpx
import pytest

from tests.server import NO_TLS, PASSWORD, Server

FOREIGN = "rebound.example"
ACCOUNT = {"email": "a@example.com", "password": PASSWORD}


@pytest.fixture
def new_server(tmp_path) -> Iterator[Server]:
    """A server with the default settings, which nobody has visited yet."""
    with Server.started(tmp_path, XLSAPP_AUTH__SIGNUP="first") as server:
        yield server


def under(server: Server, name: str) -> httpx.Client:
    """A browser whose page has led a name of its own to the server's address."""
    host = f"{name}:{server.port}"
    headers = {"Host": host, "Origin": f"http://{host}"}
    return httpx.Client(base_url=server.url, headers=headers, timeout=30, verify=NO_TLS)


def setup_code(server: Server) -> str:
    """What the server printed last."""
    return re.findall(r"set-up code for the first one: (\S+)", server.log)[-1]


def test_a_foreign_page_cannot_make_the_first_account(new_server):
    with under(new_server, FOREIGN) as page:
        asked = page.get("/sign_up")
        without = page.post("/sign_up", data=ACCOUNT)
        wrong = page.post("/sign_up", data={**ACCOUNT, "setup_code": "AAAAA-AAAAA"})
        right = page.post("/sign_up", data={**ACCOUNT, "setup_code": setup_code(new_server).lower()})

    assert "Set-up code" in asked.text
    assert without.status_code == wrong.status_code == 422
    assert "This is not the set-up code" in wrong.text
    assert right.status_code == 303


def test_who_sits_at_the_server_needs_no_code(new_server):
    with new_server.client() as client:
        assert "Set-up code" not in client.get("/sign_up").text
        new_server.sign_up(client)


def test_a_server_that_others_can_reach_asks_everybody_for_the_code(tmp_path):
    with Server.started(tmp_path, XLSAPP_SERVER__HOST="0.0.0.0") as server, server.client() as client:
        refused = client.post("/sign_up", data=ACCOUNT)
        made = client.post("/sign_up", data={**ACCOUNT, "setup_code": setup_code(server)})
        second = client.post("/sign_up", data={**ACCOUNT, "email": "b@example.com"})

    assert refused.status_code == 422
    assert made.status_code == 303
    assert second.status_code == 303, "sign-up is open, and the first account is there"


def test_a_server_answers_to_its_names_alone(tmp_path):
    with (
        Server.started(tmp_path, XLSAPP_SERVER__HOSTS="127.0.0.1,xlsapp.example.com") as server,
        under(server, FOREIGN) as foreign,
        under(server, "XLSAPP.example.com") as named,
    ):
        refused, api = foreign.get("/sign_in"), foreign.get("/api/v1/templates")
        answered = named.get("/sign_up")

    assert refused.status_code == api.status_code == 421
    assert "does not answer to this name" in refused.text
    assert answered.status_code == 200


def test_no_redirect_repeats_the_name_that_a_request_came_under(new_server):
    with under(new_server, FOREIGN) as page:
        answers = [page.get(path) for path in ("/sign_in/", "/import_templates/?q=1", "//sign_in/", "/")]

    locations = [answer.headers["location"] for answer in answers if "location" in answer.headers]
    assert locations[:2] == ["/sign_in", "/import_templates?q=1"]
    assert all(re.match(r"/(?!/)", location) for location in locations)

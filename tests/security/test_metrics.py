"""/metrics is for programs on this machine, and for who has the token; all others see nothing there."""

import httpx
import pytest

from tests.server import Server
from xlsapp import config
from xlsapp.errors import ConfigurationError
from xlsapp.web.http.origins import is_loopback

TOKEN = "0123456789abcdef"


@pytest.fixture(scope="module")
def counting(tmp_path_factory):
    """A server with metrics for a token."""
    settings = {"XLSAPP_SERVER__METRICS": "true", "XLSAPP_SERVER__METRICS_TOKEN": TOKEN}
    with Server.started(tmp_path_factory.mktemp("counting"), **settings) as server:
        yield server


def ask(server: Server, **headers: str) -> int:
    sent = {name: value.encode() for name, value in headers.items()}
    return httpx.get(f"{server.url}/metrics", headers=sent).status_code


def test_who_asks_the_app_itself_on_this_machine_sees_them(counting):
    assert ask(counting) == 200
    assert ask(counting, Host=f"localhost:{counting.port}") == 200
    assert ask(counting, Host=f"[::1]:{counting.port}") == 200


@pytest.mark.parametrize(
    "header",
    [
        "Forwarded",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Real-IP",
        "Via",
        "Client-IP",
        "Fly-Client-IP",
        "X-Original-Forwarded-For",
        "CDN-Loop",
    ],
)
def test_who_comes_through_a_proxy_does_not(counting, header):
    assert ask(counting, **{header: "127.0.0.1"}) == 404


@pytest.mark.parametrize("host", ["sheets.example.com", "127.0.0.1.example.com", "localhost.example.com", ""])
def test_a_name_that_was_made_to_lead_here_opens_nothing(counting, host):
    assert ask(counting, Host=host) == 404


def test_the_token_opens_them_from_anywhere(counting):
    elsewhere = {"X-Forwarded-For": "192.0.2.1", "Host": "sheets.example.com"}

    assert ask(counting, Authorization=f"Bearer {TOKEN}", **elsewhere) == 200
    for wrong in (TOKEN, "Bearer", f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer \u00e9"):
        assert ask(counting, Authorization=wrong, **elsewhere) == 404


def test_without_a_token_none_opens_them(tmp_path):
    with Server.started(tmp_path, XLSAPP_SERVER__METRICS="true") as server:
        assert ask(server, Via="1.1 proxy") == 404
        assert ask(server, Authorization="Bearer", Via="1.1 proxy") == 404


def test_a_short_token_stops_the_start_and_is_not_repeated():
    with pytest.raises(ConfigurationError) as caught:
        config.load(environment={"XLSAPP_SERVER__METRICS_TOKEN": "too short"})

    (problem,) = caught.value.problems
    assert "server.metrics_token must be empty or 16 to 200" in problem
    assert "too short" not in problem


def test_loopback_is_what_never_leaves_the_machine():
    for host in ("127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "localhost", "app.localhost"):
        assert is_loopback(host)
    for host in (
        "0.0.0.0",
        "192.168.0.1",
        "::",
        "::ffff:10.0.0.1",
        "localhost.example.com",
        "example.com",
        "",
    ):
        assert not is_loopback(host)

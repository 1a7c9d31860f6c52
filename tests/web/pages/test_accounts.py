"""Accounts: the first visitor, signing in and out, and what a session is worth afterwards."""

import subprocess

import httpx
import pytest

from tests.cli.commands import xlsapp
from tests.server import PASSWORD, Server


@pytest.fixture
def closed_server(tmp_path):
    """A server with the default settings, which nobody has visited yet."""
    with Server.started(tmp_path, XLSAPP_AUTH__SIGNUP="first") as server:
        yield server


def sign_in(client: httpx.Client, email: str, password: str = PASSWORD, **more: str) -> httpx.Response:
    return client.post("/sign_in", data={"email": email, "password": password, **more})


def test_the_first_visitor_makes_the_first_account_and_nobody_after(closed_server):
    with closed_server.client() as first, closed_server.client() as second:
        assert first.get("/sign_in").headers["location"] == "/sign_up"
        closed_server.sign_up(first)

        refused = second.post("/sign_up", data={"email": "b@example.com", "password": PASSWORD})

    assert refused.status_code == 422
    assert "<form" not in refused.text.split("<main")[1]


def test_accounts_are_looked_after_from_the_shell(closed_server):
    def users(*arguments: str, password: str = "") -> subprocess.CompletedProcess[str]:
        return xlsapp("users", *arguments, data=closed_server.data, stdin=password)

    assert users("add", "Grace@Example.com", password="a good password\n").returncode == 0
    assert users("add", "grace@example.com", password="a good password\n").returncode == 1
    assert "grace@example.com" in users("list").stdout
    with closed_server.client() as grace:
        assert sign_in(grace, "grace@example.com", "a good password").status_code == 303
        assert users("reset-password", "grace@example.com", password="another one\n").returncode == 0
        assert grace.get("/import_templates").status_code == 303, "signed out everywhere"
        assert sign_in(grace, "grace@example.com", "a good password").status_code == 422
        assert sign_in(grace, "grace@example.com", "another one").status_code == 303
        assert users("remove", "grace@example.com").returncode == 0
        assert grace.get("/import_templates").status_code == 303
    assert users("list").stdout == ""


def test_signing_in_takes_a_new_session_and_goes_back_to_where_one_was(server, visitor):
    email = server.sign_up(visitor)
    before = visitor.cookies["xlsapp_session"]

    response = sign_in(visitor, email, next="/jobs")

    assert response.headers["location"] == "/jobs"
    after = visitor.cookies["xlsapp_session"]
    assert after != before
    visitor.cookies.clear()
    visitor.cookies.set("xlsapp_session", before, domain="127.0.0.1")
    assert visitor.get("/import_templates").status_code == 303, "the old session has ended"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nb"]
)
def test_signing_in_leads_to_no_other_site(server, visitor, target):
    email = server.sign_up(visitor)

    assert sign_in(visitor, email, next=target).headers["location"] == "/import_templates"


def test_wrong_passwords_and_unknown_addresses_get_the_same_answer(server, visitor):
    email = server.sign_up(visitor)
    visitor.post("/sign_out")

    wrong = sign_in(visitor, email, "not the password")
    unknown = sign_in(visitor, "nobody@example.com")

    assert wrong.status_code == unknown.status_code == 422
    assert wrong.text.replace(email, "") == unknown.text.replace("nobody@example.com", "")


def test_signing_out_ends_the_session_at_the_server(server, visitor):
    server.sign_up(visitor)
    kept = visitor.cookies["xlsapp_session"]
    visitor.post("/sign_out")

    visitor.cookies.set("xlsapp_session", kept, domain="127.0.0.1")

    assert visitor.get("/import_templates").status_code == 303


def test_changing_the_password_signs_every_other_browser_out(server, visitor):
    email = server.sign_up(visitor)
    with server.client() as other:
        sign_in(other, email)

        wrong = visitor.post(
            "/account/password", data={"current_password": "wrong", "new_password": "another one"}
        )
        right = visitor.post(
            "/account/password", data={"current_password": PASSWORD, "new_password": "another one"}
        )

        assert (wrong.status_code, right.status_code) == (422, 303)
        assert "This is not your present password." in wrong.text
        assert visitor.get("/import_templates").status_code == 200
        assert other.get("/import_templates").status_code == 303
        assert sign_in(other, email).status_code == 422
        assert sign_in(other, email, "another one").status_code == 303


def test_a_session_can_be_ended_by_its_owner_alone(server, ada, eve):
    with server.client() as other:
        email = server.sign_up(other)
        with server.client() as second:
            sign_in(second, email)
            page = second.get("/account").text
            session_id = page.split("/account/sessions/")[1].split("/")[0]

            eve.post(f"/account/sessions/{session_id}/revoke")
            assert other.get("/import_templates").status_code == 200

            second.post(f"/account/sessions/{session_id}/revoke")
            assert other.get("/import_templates").status_code == 303


def test_cookies_are_for_the_server_alone_and_pages_carry_the_strict_headers(server, visitor):
    response = visitor.post("/sign_up", data={"email": "cookie@example.com", "password": PASSWORD})
    cookie = response.headers["set-cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    page = visitor.get("/import_templates")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["cache-control"] == "no-store"


def test_over_https_cookies_are_for_https_alone(tmp_path):
    with (
        Server.started(tmp_path, XLSAPP_SERVER__TRUSTED_PROXIES="127.0.0.1") as server,
        server.client() as client,
    ):
        response = client.post(
            "/sign_up",
            data={"email": "a@example.com", "password": PASSWORD},
            headers={"X-Forwarded-Proto": "https"},
        )

    assert "Secure" in response.headers["set-cookie"]


@pytest.mark.parametrize(
    ("email", "password", "sentence"),
    [
        ("ada", PASSWORD, "Write an e-mail address"),
        ("ada@example.com", "short", "Choose a password of 8 to 200 characters"),
    ],
)
def test_a_sign_up_that_will_not_do_comes_back_with_a_sentence(visitor, email, password, sentence):
    response = visitor.post("/sign_up", data={"email": email, "password": password})

    assert response.status_code == 422
    assert sentence in response.text
    assert email in response.text

"""The second factor: a code beside the password, each good for one time, and a way back without the phone."""

import re
import time

import httpx
import pytest
from pyotp import TOTP

from tests.cli.commands import xlsapp
from tests.server import PASSWORD, Server

RECOVERY_CODE = re.compile(r"<code>([a-z2-9]{5}-[a-z2-9]{5}-[a-z2-9]{5})</code>")


class Phone:
    """An authenticator app. It waits for no next half minute, as the server takes the next code, too."""

    def __init__(self, secret: str) -> None:
        self.codes, self.step = TOTP(secret), int(time.time()) // 30 - 1

    def code(self) -> str:
        """One that it has not given before."""
        self.step += 1
        return self.codes.generate_otp(self.step)


def turn_on(client: httpx.Client) -> tuple[Phone, list[str]]:
    offered = client.get("/account/second_factor").text
    again = client.get("/account/second_factor").text
    secret, same = (re.findall(r"offer__key\">([A-Z2-7 ]+)<", text)[0] for text in (offered, again))
    assert secret == same, "a page that is loaded again does not need another scan"
    assert "data:image/svg+xml" in offered
    phone = Phone(secret.replace(" ", ""))
    shown = client.post("/account/second_factor", data={"code": phone.code()})
    assert shown.status_code == 200
    return phone, RECOVERY_CODE.findall(shown.text)


def password(client: httpx.Client, email: str, text: str = PASSWORD) -> httpx.Response:
    return client.post("/sign_in", data={"email": email, "password": text, "next": "/jobs"})


def code(client: httpx.Client, text: str) -> httpx.Response:
    return client.post("/sign_in/code", data={"code": text})


def is_signed_in(client: httpx.Client) -> bool:
    return client.get("/account").status_code == 200


@pytest.fixture
def browser(server):
    """Another browser, which knows nothing."""
    with server.client() as client:
        yield client


def test_a_password_alone_signs_nobody_in(server, visitor, browser):
    email = server.sign_up(visitor)
    assert visitor.post("/account/second_factor", data={"code": "000000"}).status_code == 422
    phone, recovery = turn_on(visitor)
    assert len(set(recovery)) == 10

    asked = password(browser, email)
    assert asked.headers["location"] == "/sign_in/code"
    assert not is_signed_in(browser)
    assert browser.get("/sign_in/code").status_code == 200
    assert code(browser, "12345").status_code == 422
    assert not is_signed_in(browser)

    assert code(browser, phone.code()).headers["location"] == "/jobs"
    assert is_signed_in(browser)
    assert code(browser, phone.code()).headers["location"] == "/sign_in", "that sign-in is over"


def test_no_code_is_taken_twice_and_guessing_ends(tmp_path):
    with (
        Server.started(tmp_path, XLSAPP_AUTH__MAX_FAILURES_PER_ACCOUNT="4") as server,
        server.client() as owner,
        server.client() as browser,
    ):
        email = server.sign_up(owner)
        phone, recovery = turn_on(owner)
        for right in (phone.code(), recovery[0].upper()):
            password(browser, email)
            assert code(browser, right).status_code == 303
            browser.post("/sign_out")
            password(browser, email)
            assert code(browser, right).status_code == 422, "taken before"

        guesses = [code(browser, "000000").status_code for _ in range(3)]

        assert guesses == [422, 422, 429]
        assert code(browser, recovery[1]).status_code == 429, "right, and too late"
        assert not is_signed_in(browser)


def test_a_new_password_ends_a_sign_in_that_is_half_done(server, visitor, browser):
    email = server.sign_up(visitor)
    phone, _ = turn_on(visitor)
    password(browser, email)

    new = {"current_password": PASSWORD, "new_password": "quite another one"}
    assert visitor.post("/account/password", data=new).status_code == 303

    assert code(browser, phone.code()).headers["location"] == "/sign_in"
    assert not is_signed_in(browser)


def test_it_is_changed_and_turned_off_with_a_code(server, visitor, browser):
    email = server.sign_up(visitor)
    phone, before = turn_on(visitor)

    assert visitor.post("/account/second_factor/delete", data={"code": "nothing"}).status_code == 422
    renewed = visitor.post("/account/second_factor/recovery_codes", data={"code": phone.code()})
    after = RECOVERY_CODE.findall(renewed.text)

    assert visitor.post("/account/second_factor/delete", data={"code": before[0]}).status_code == 422
    assert visitor.post("/account/second_factor/delete", data={"code": after[0]}).status_code == 303
    assert password(browser, email).headers["location"] == "/jobs"


def test_whoever_has_lost_phone_and_codes_is_let_in_by_the_shell(server, visitor, browser):
    email = server.sign_up(visitor)
    turn_on(visitor)

    assert "now" in xlsapp("users", "reset-second-factor", email, data=server.data).stdout

    assert password(browser, email).headers["location"] == "/jobs"

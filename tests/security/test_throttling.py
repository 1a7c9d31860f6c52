"""Guessing passwords: slowed by account and by network address, without telling who has an account."""

import httpx
import pytest

from tests.server import PASSWORD, Server
from xlsapp.services.accounts import passwords, throttling
from xlsapp.services.accounts.throttling import Throttle, network_of


@pytest.fixture(scope="module")
def strict_server(tmp_path_factory):
    """Three failures an account, six an address, two new accounts. Tests say where they come from."""
    with Server.started(
        tmp_path_factory.mktemp("strict"),
        XLSAPP_AUTH__MAX_FAILURES_PER_ACCOUNT="3",
        XLSAPP_AUTH__MAX_FAILURES_PER_ADDRESS="6",
        XLSAPP_AUTH__MAX_SIGN_UPS_PER_ADDRESS="2",
        XLSAPP_SERVER__TRUSTED_PROXIES="127.0.0.1",
    ) as server:
        yield server


def client_from(server: Server, address: str) -> httpx.Client:
    client = server.client()
    client.headers["X-Forwarded-For"] = address
    return client


def sign_in(client: httpx.Client, email: str, password: str = "a wrong one") -> httpx.Response:
    return client.post("/sign_in", data={"email": email, "password": password})


def test_an_account_is_closed_to_guessing_but_not_to_its_owners_browser(strict_server):
    with (
        client_from(strict_server, "10.0.0.1") as owner,
        client_from(strict_server, "10.0.0.2") as thief,
        client_from(strict_server, "10.0.0.3") as accomplice,
    ):
        email = strict_server.sign_up(owner)
        owner.post("/sign_out")

        wrong = [sign_in(thief, email).status_code for _ in range(4)]
        right_but_late = sign_in(thief, email, PASSWORD)
        another_address = sign_in(accomplice, email, PASSWORD)

        assert wrong == [422, 422, 422, 429]
        assert right_but_late.status_code == another_address.status_code == 429
        assert 0 < int(right_but_late.headers["retry-after"]) <= 900
        assert "Try again in 5 minutes" in right_but_late.text
        assert sign_in(owner, email, PASSWORD).status_code == 303


def test_an_account_that_does_not_exist_is_throttled_just_the_same(strict_server):
    with client_from(strict_server, "10.0.1.1") as owner, client_from(strict_server, "10.0.1.2") as thief:
        email = strict_server.sign_up(owner)

        real = [sign_in(thief, email) for _ in range(4)][-1]
        with client_from(strict_server, "10.0.1.3") as other:
            unreal = [sign_in(other, "nobody@example.com") for _ in range(4)][-1]

    assert real.status_code == unreal.status_code == 429
    assert real.text.replace(email, "") == unreal.text.replace("nobody@example.com", "")


def test_one_address_cannot_try_one_password_on_everybody(strict_server):
    with client_from(strict_server, "10.0.2.1") as thief, client_from(strict_server, "10.0.2.2") as other:
        tried = [sign_in(thief, f"person{n}@example.com").status_code for n in range(8)]

        assert tried == [422] * 6 + [429] * 2
        assert sign_in(other, "person1@example.com").status_code == 422


def test_guesses_at_others_from_an_address_lock_out_no_browser_that_is_known_there(strict_server):
    with client_from(strict_server, "10.0.7.1") as owner, client_from(strict_server, "10.0.7.1") as thief:
        email = strict_server.sign_up(owner)
        owner.post("/sign_out")

        tried = [sign_in(thief, f"colleague{n}@example.com").status_code for n in range(7)]

        assert tried == [422] * 6 + [429]
        assert sign_in(thief, email, PASSWORD).status_code == 429
        assert sign_in(owner, email, PASSWORD).status_code == 303
        # It is known for its own account alone, and its own tries come to an end too.
        assert sign_in(owner, "colleague1@example.com").status_code == 429
        assert [sign_in(owner, email).status_code for _ in range(4)] == [422, 422, 422, 429]


def test_right_passwords_do_not_count(strict_server):
    with client_from(strict_server, "10.0.3.1") as owner:
        email = strict_server.sign_up(owner)

        assert {sign_in(owner, email, PASSWORD).status_code for _ in range(10)} == {303}


def test_nobody_makes_accounts_by_the_dozen(strict_server):
    with client_from(strict_server, "10.0.4.1") as visitor:
        answers = [
            visitor.post("/sign_up", data={"email": f"n{n}@example.com", "password": PASSWORD})
            for n in range(4)
        ]

    assert [answer.status_code for answer in answers] == [303, 303, 429, 429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert "Many accounts were made from here. Try again in" in answers[-1].text


def test_who_has_taken_over_a_session_cannot_guess_the_password_for_ever(strict_server):
    with client_from(strict_server, "10.0.5.1") as owner:
        strict_server.sign_up(owner)

        def change(password: str) -> int:
            fields = {"current_password": password, "new_password": "another password"}
            return owner.post("/account/password", data=fields).status_code

        assert [change("a guess") for _ in range(4)] == [422, 422, 422, 429]
        assert change(PASSWORD) == 429


def test_a_made_up_known_browser_is_no_known_browser(strict_server):
    with client_from(strict_server, "10.0.6.1") as owner, client_from(strict_server, "10.0.6.2") as thief:
        email = strict_server.sign_up(owner)
        sent = []
        for number in range(4):
            thief.cookies.set("xlsapp_known", f"1.browser{number}.{'x' * 27}", domain="127.0.0.1")
            sent.append(sign_in(thief, email).status_code)

    assert sent == [422, 422, 422, 429]


def test_what_a_stranger_says_about_its_address_is_not_believed(tmp_path):
    with (
        Server.started(tmp_path, XLSAPP_AUTH__MAX_FAILURES_PER_ADDRESS="3") as server,
        server.client() as thief,
    ):
        tried = []
        for number in range(5):
            thief.headers["X-Forwarded-For"] = f"10.0.0.{number}"
            tried.append(sign_in(thief, f"person{number}@example.com").status_code)

    assert tried == [422, 422, 422, 429, 429]


async def test_an_unknown_account_costs_as_many_hashes_as_a_known_one(monkeypatch):
    stored = await passwords.hash_password("right")
    counted: list[str] = []

    class Counting(type(passwords._hasher)):
        def verify(self, stored: str, password: str) -> bool:
            counted.append(stored)
            return super().verify(stored, password)

    await passwords.verify_password(stored, "the first one also makes what the unknown are compared with")
    monkeypatch.setattr(passwords, "_hasher", Counting())

    assert not await passwords.verify_password(stored, "wrong")
    assert not await passwords.verify_password(None, "wrong")
    assert await passwords.verify_password(stored, "right")
    assert len(counted) == 3


def test_tries_come_back_one_by_one():
    moment = [1000.0]
    throttle = Throttle(3, 90, now=lambda: moment[0])

    assert [throttle.take("a") for _ in range(4)] == [0, 0, 0, 30]
    moment[0] += 29
    assert throttle.take("a") == 1
    moment[0] += 1
    assert [throttle.take("a"), throttle.take("a")] == [0, 30]
    throttle.give_back("a")
    assert throttle.take("a") == 0
    assert throttle.take("b") == 0
    moment[0] += 90
    assert [throttle.take("a") for _ in range(4)] == [0, 0, 0, 30]


def test_memory_stays_bounded_whoever_tries(monkeypatch):
    monkeypatch.setattr(throttling, "MOST_KEYS", 100)
    moment = [0.0]
    throttle = Throttle(3, 90, now=lambda: moment[0])

    for number in range(1000):
        throttle.take(f"key {number}")

    assert len(throttle._back_at) <= 101
    moment[0] += 91
    throttle.take("one more")
    assert len(throttle._back_at) == 1


def test_an_ipv6_customer_is_one_address():
    assert network_of("2001:db8:1:2:aaaa::1") == network_of("2001:db8:1:2:bbbb::7")
    assert network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1")
    assert network_of("192.0.2.1") != network_of("192.0.2.2")
    assert network_of("not an address") == "not an address"

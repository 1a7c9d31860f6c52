"""Sessions: a cookie that we did not sign, that has expired, or that was ended, is worth nothing."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import httpx
import pytest
from itsdangerous import Signer
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.cli.commands import done, xlsapp
from tests.security.raw import head, send, status_of
from tests.server import PASSWORD, Server


@pytest.fixture
def own_server(tmp_path):
    with Server.started(tmp_path) as server:
        yield server


@asynccontextmanager
async def watching(server: Server, client: httpx.Client) -> AsyncIterator[ClientConnection]:
    """The socket of this browser's list of jobs, once it has got the present state."""
    cookie = f"xlsapp_session={client.cookies['xlsapp_session']}"
    address = server.url.replace("http", "ws") + "/jobs/live"
    async with connect(address, origin=server.url, additional_headers={"Cookie": cookie}) as socket:
        await socket.recv()
        yield socket


def secret_of(server: Server) -> str:
    return (server.data / "secret").read_text().strip()


@pytest.mark.parametrize(
    "forge",
    [
        lambda token, secret: token.rsplit(".", 1)[0],
        # The tenth from the end: the last of a base64 text has bits that no byte has.
        lambda token, secret: token[:-10] + ("A" if token[-10] != "A" else "B") + token[-9:],
        lambda token, secret: Signer("another secret", salt="session").sign(token.rsplit(".", 1)[0]).decode(),
        lambda token, secret: Signer(secret, salt="known").sign(token.rsplit(".", 1)[0]).decode(),
        lambda token, secret: Signer(secret, salt="session").sign("made up").decode(),
        lambda token, secret: Signer(secret, salt="session").sign("' OR 1=1 --").decode(),
        lambda token, secret: "",
        lambda token, secret: "." * 3000,
        lambda token, secret: "%00%ff\\xff",
    ],
    ids=["unsigned", "changed", "other key", "other purpose", "no session", "sql", "empty", "long", "odd"],
)
def test_a_forged_cookie_signs_nobody_in(server, ada, visitor, forge):
    token = ada.cookies["xlsapp_session"]
    visitor.cookies.set("xlsapp_session", forge(token, secret_of(server)), domain="127.0.0.1")

    response = visitor.get("/import_templates")

    assert response.status_code == 303
    assert response.headers["location"].startswith("/sign_in")


def test_a_cookie_of_raw_bytes_signs_nobody_in(server):
    for value in (b"\xff\xfe", b"a;b=c;;=", b"\xc3\xa4.\xc3\xa4"):
        request = head(server, "GET /import_templates").replace(
            b"\r\n\r\n", b"\r\nCookie: xlsapp_session=" + value + b"\r\n\r\n"
        )
        assert status_of(send(server, request)) == 303


def test_a_forged_notice_is_not_shown(ada):
    ada.cookies.set("xlsapp_notice", '"<b>Your account is locked</b>".AAAA', domain="127.0.0.1")

    page = ada.get("/import_templates")

    assert page.status_code == 200
    assert "Your account is locked" not in page.text


def test_an_expired_session_is_worth_nothing(own_server):
    with own_server.client() as client:
        own_server.sign_up(client)
        assert client.get("/import_templates").status_code == 200
        with closing(sqlite3.connect(own_server.data / "status.sqlite3", timeout=30)) as conn, conn:
            conn.execute("UPDATE entries SET expires_at = ? WHERE key LIKE 'session:%'", (time.time() - 1,))

        assert client.get("/import_templates").status_code == 303


def test_the_session_of_a_removed_account_is_worth_nothing(own_server):
    with own_server.client() as client:
        own_server.sign_up(client)
        with closing(sqlite3.connect(own_server.data / "data.sqlite3", timeout=30)) as conn, conn:
            conn.execute("DELETE FROM users")

        assert client.get("/import_templates").status_code == 303


@pytest.mark.parametrize("how", ["password", "sign out", "revoke"])
async def test_the_sockets_of_an_ended_session_are_closed(server, how):
    with server.client() as first, server.client() as second:
        email = server.sign_up(first)
        second.post("/sign_in", data={"email": email, "password": PASSWORD})
        async with watching(server, second) as socket:
            if how == "password":
                fields = {"current_password": PASSWORD, "new_password": "another password"}
                assert first.post("/account/password", data=fields).status_code == 303
            elif how == "sign out":
                second.post("/sign_out")
            else:
                ids = first.get("/account").text.split("/account/sessions/")[1:]
                for part in ids:
                    first.post(f"/account/sessions/{part.split('/')[0]}/revoke")
            with pytest.raises(ConnectionClosed):
                async with asyncio.timeout(10):
                    while True:
                        await socket.recv()


@pytest.mark.parametrize("command", ["reset-password", "remove"])
async def test_commands_close_sockets_within_a_second(server, command):
    with server.client() as client, server.client() as other:
        email = server.sign_up(client)
        server.sign_up(other)
        async with watching(server, client) as socket, watching(server, other) as others_socket:
            ended = await asyncio.to_thread(
                xlsapp, "users", command, email, data=server.data, stdin="another password\n"
            )
            done(ended)
            with pytest.raises(ConnectionClosed):
                async with asyncio.timeout(1):
                    while True:
                        await socket.recv()
            await asyncio.wait_for(await others_socket.ping(), 10)
        assert client.get("/account").status_code == 303


def test_the_cookie_is_not_what_is_stored(own_server):
    """Whoever reads status.sqlite3 cannot make a cookie of it without the secret, nor with it."""
    with own_server.client() as client:
        own_server.sign_up(client)
        token = client.cookies["xlsapp_session"].rsplit(".", 1)[0]
    own_server.stop()

    stored = b"".join(path.read_bytes() for path in own_server.data.glob("*.sqlite3*"))

    assert token.encode() not in stored
    assert PASSWORD.encode() not in stored

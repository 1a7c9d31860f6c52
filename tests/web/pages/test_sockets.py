"""A page's socket ends cleanly, whoever makes an end of it."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.server import PASSWORD, Server

pytestmark = pytest.mark.server

GOING_AWAY, SERVICE_RESTART = 1001, 1012


@contextmanager
def watching(server: Server, client: httpx.Client) -> Iterator[ClientConnection]:
    """The socket that this browser's list of jobs opens, once it has got the present state."""
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    address = f"{server.url}/jobs/live".replace("http", "ws", 1)
    with connect(address, origin=server.url, additional_headers={"Cookie": cookies}) as socket:
        assert "turbo-stream" in socket.recv(timeout=30)
        yield socket


def closed_with(socket: ClientConnection) -> int | None:
    """The code that the server closes a socket with; None when it just vanishes."""
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            socket.recv(timeout=30)
    return closed.value.rcvd.code if closed.value.rcvd else None


def test_signing_out_ends_this_browsers_sockets_and_no_others(server, visitor):
    email = server.sign_up(visitor)
    with server.client() as elsewhere:
        elsewhere.post("/sign_in", data={"email": email, "password": PASSWORD})
        with (
            watching(server, visitor) as first,
            watching(server, visitor) as second,
            watching(server, elsewhere) as other,
        ):
            visitor.post("/sign_out")

            assert [closed_with(first), closed_with(second)] == [GOING_AWAY, GOING_AWAY]
            assert other.ping().wait(30), "still open"


def test_a_server_that_stops_closes_all_sockets_and_logs_no_error(tmp_path):
    with Server.started(tmp_path) as server, server.client() as ada:
        server.sign_up(ada)
        with watching(server, ada) as first, watching(server, ada) as second:
            server.stop()

            assert {closed_with(first), closed_with(second)} <= {GOING_AWAY, SERVICE_RESTART}
        assert "Traceback" not in server.log
        assert " ERROR " not in server.log

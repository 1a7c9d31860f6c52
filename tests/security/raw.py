"""Requests that no polite client sends, byte by byte."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from tests.server import Server

# Far longer than anything here takes: what hangs fails, what is slow does not.
PATIENCE_SECONDS = 30


@contextmanager
def connected(server: Server) -> Iterator[socket.socket]:
    """A bare connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_SECONDS) as connection:
        yield connection


def until_closed(connection: socket.socket) -> bytes:
    """What the server says before it closes the connection; an abrupt end is one too."""
    said = b""
    try:
        while piece := connection.recv(65536):
            said += piece
    except ConnectionResetError:
        pass
    return said


def send(server: Server, request: bytes) -> bytes:
    """One request, answered and closed."""
    with connected(server) as connection:
        connection.sendall(request)
        return until_closed(connection)


def head(server: Server, line: str, *more: str, close: bool = True) -> bytes:
    """A request's head, with the headers that our own pages send."""
    lines = [
        f"{line} HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        f"Origin: {server.url}",
        *(["Connection: close"] if close else []),
        *more,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def status_of(answer: bytes) -> int:
    """The status of an answer."""
    return int(answer.split(b" ", 2)[1])

"""10,000 sockets that only wait, and connections that never ask for anything: the server goes on serving."""

import asyncio
import base64
import os
import re
import resource
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.factories import make_workbook
from tests.server import Server, add_template, new_file, run_import

AT_ONCE = 200
SPARE_FILES = 500
MOST_SECONDS = 300
PING, PONG, MASKED, NO_MASK = 0x89, 0x8A, 0x80, bytes(4)  # RFC 6455, section 5.2

ROOM = {"XLSAPP_SERVER__METRICS": "true", "XLSAPP_SERVER__MAX_SOCKETS_PER_ACCOUNT": "1000000"}


@dataclass
class IdleSocket(asyncio.Protocol):
    """A page's socket, as small as it can be: hears the present state, answers pings, and waits."""

    request: bytes
    hears: asyncio.Event = field(default_factory=asyncio.Event)
    is_open: bool = False
    is_upgraded: bool = False
    unread: bytes = b""
    transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.is_open = transport, True
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.unread += data
        if not self.is_upgraded and b"\r\n\r\n" in self.unread:
            self.is_upgraded = True
            self.unread = self.unread.partition(b"\r\n\r\n")[2]
        while (frame := self._next_frame()) is not None:
            kind, payload = frame
            if kind == PING:  # who does not answer is taken for dead after 40 seconds
                assert self.transport
                self.transport.write(bytes([PONG, MASKED | len(payload)]) + NO_MASK + payload)
            elif b"turbo-stream" in payload:
                self.hears.set()

    def _next_frame(self) -> tuple[int, bytes] | None:
        """A whole frame's first byte and what is in it; servers send none that are masked."""
        head, length = 2, self.unread[1] if self.is_upgraded and len(self.unread) > 1 else -1
        if length == 126:
            head, length = 4, int.from_bytes(self.unread[2:4])
        if length < 0 or len(self.unread) < head + length:
            return None
        frame, self.unread = self.unread[: head + length], self.unread[head + length :]
        return frame[0], frame[head:]

    def connection_lost(self, error: Exception | None) -> None:
        self.is_open = False
        self.hears.set()


def socket_request(server: Server, cookie: str) -> bytes:
    """What a signed-in page sends to open its socket."""
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET /jobs/live HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nOrigin: {server.url}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {key}\r\nCookie: xlsapp_session={cookie}\r\n\r\n"
    ).encode()


async def open_sockets(server: Server, cookie: str, number: int) -> list[IdleSocket]:
    """Sockets that have all heard the present state."""
    sockets = await _connected(server, number, lambda: IdleSocket(socket_request(server, cookie)))
    for socket in sockets:
        await socket.hears.wait()
    assert all(socket.is_open for socket in sockets), f"{sum(not s.is_open for s in sockets)} were refused"
    return sockets


async def _connected(server: Server, number: int, make: Callable[[], IdleSocket]) -> list[IdleSocket]:
    loop = asyncio.get_running_loop()
    sockets: list[IdleSocket] = []
    while len(sockets) < number:
        opening = [
            loop.create_connection(make, "127.0.0.1", server.port)
            for _ in range(min(AT_ONCE, number - len(sockets)))
        ]
        sockets += [protocol for _, protocol in await asyncio.gather(*opening)]
    return sockets


@dataclass(frozen=True)
class Crowd:
    """What a crowd of sockets came to."""

    sockets: int
    silent: int
    memory_before_mb: float
    memory_mb: float


def crowd(folder: Path, *, sockets: int, silent: int, hold_seconds: float, slow_seconds: int = 20) -> Crowd:
    """Open sockets and hold them, with silent connections beside; fail where the server does not go on.

    Who is silent is sent away after `slow_seconds`.
    """
    raise_file_limit(sockets + silent + SPARE_FILES)
    room = {**ROOM, "XLSAPP_SERVER__SLOW_REQUEST_SECONDS": str(slow_seconds)}
    with Server.started(folder, **room) as server, server.client() as ada:
        server.sign_up(ada)
        template_id = add_template(ada)
        book = make_workbook(folder, ["Name"], ["Ada"])
        assert run_import(ada, template_id, book)["status"] == "completed"
        before = resident_mb(server)

        async def hold() -> float:
            held = await open_sockets(server, ada.cookies["xlsapp_session"], sockets)
            mute = await _connected(server, silent, lambda: IdleSocket(b""))
            await asyncio.sleep(hold_seconds)
            assert sum(socket.is_open for socket in held) == sockets, "sockets were lost"
            state = await asyncio.to_thread(run_import, ada, template_id, new_file(book))
            assert state["status"] == "completed", state
            assert watchers(server) == sockets
            memory = resident_mb(server)
            for socket in mute:  # the server has enough of them, sooner or later
                await socket.hears.wait()
            assert (await asyncio.to_thread(ada.get, f"/import_templates/{template_id}")).is_success
            assert sum(socket.is_open for socket in held) == sockets, "sockets were lost"
            for socket in held:
                assert socket.transport
                socket.transport.abort()
            while watchers(server):
                await asyncio.sleep(0.1)
            return memory

        memory = asyncio.run(asyncio.wait_for(hold(), MOST_SECONDS + hold_seconds))
        assert ada.get("/import_templates").is_success
        assert "Traceback" not in server.log, server.log[-3000:]
    return Crowd(sockets, silent, before, memory)


def watchers(server: Server) -> int:
    """How many sockets the server knows of."""
    counted = re.search(r"^xlsapp_watchers (\d+)", httpx.get(f"{server.url}/metrics", timeout=60).text, re.M)
    assert counted
    return int(counted[1])


def resident_mb(server: Server) -> float:
    """The server's own memory."""
    match = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{server.pid}/status").read_text())
    assert match
    return int(match[1]) / 1000


def raise_file_limit(wanted: int) -> None:
    """Let this process have as many open files; servers that it starts raise theirs by themselves."""
    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < wanted:
        raise SystemExit(f"this needs {wanted} open files; the limit here is {most}: raise it with ulimit -n")
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))

"""How requests arrive: heads of a bounded size, bodies at a pace, paths with or without the prefix."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as Event

from xlsapp.errors import TooSlow
from xlsapp.problems import Message
from xlsapp.web.http.origins import host_name

# Generous for our own pages, whose addresses are short and whose cookies are two.
MAX_TARGET_BYTES = 8 * 1024
MAX_HEADERS_BYTES = 16 * 1024

# A body that comes slower than this on the whole is not worth a place in memory: a modem's pace.
LEAST_BYTES_PER_SECOND = 2_000


@dataclass(frozen=True, slots=True)
class Arrival:
    """Middleware: refuses requests whose head is too large, and ends the wait for those whose body stalls.

    A body may pause for `slow_seconds`, and be so much behind the least pace in all. Whoever reads one that
    is slower gets TooSlow. What is refused is answered by `refuse`, with a status and a message.
    """

    app: ASGIApp
    slow_seconds: float
    refuse: Callable[[Scope, int, Message], Response]
    hosts: frozenset[str] = frozenset()
    """The names that are answered to; where there is none, any."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif refusal := _refusal(scope, self.hosts):
            response = self.refuse(scope, *refusal)
            response.headers["Connection"] = "close"
            await response(scope, receive, send)
        elif scope["type"] == "http":
            await self.app(scope, _Paced(receive, self.slow_seconds), send)
        else:
            await self.app(scope, receive, send)


def _refusal(scope: Scope, hosts: frozenset[str]) -> tuple[int, Message] | None:
    if hosts and host_name(HTTPConnection(scope)) not in hosts:
        return 421, Message("request.other_name")
    names = [name for name, _ in scope["headers"]]
    if b"transfer-encoding" in names and b"content-length" in names:
        # Two lengths of one body: a proxy in front may have believed the other one (RFC 9112, section 6.1).
        return 400, Message("request.two_lengths")
    if len(scope["raw_path"]) + len(scope["query_string"]) > MAX_TARGET_BYTES:
        return 414, Message("request.long_address")
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADERS_BYTES:
        return 431, Message("request.large_headers")
    return None


class _Paced:
    """A request's `receive`, with an end to its patience."""

    __slots__ = ("_ended", "_receive", "_received_bytes", "_slow_seconds", "_started")

    def __init__(self, receive: Receive, slow_seconds: float) -> None:
        self._receive = receive
        self._slow_seconds = slow_seconds
        self._started = time.monotonic()
        self._received_bytes = 0
        self._ended = False

    async def __call__(self) -> Event:
        if self._ended:  # now it only tells when the browser goes, which may take as long as it likes
            return await self._receive()
        behind = time.monotonic() - self._started - self._received_bytes / LEAST_BYTES_PER_SECOND
        try:
            async with asyncio.timeout(self._slow_seconds - max(0.0, behind)):
                message = await self._receive()
        except TimeoutError:
            raise TooSlow(Message("request.slow")) from None
        self._received_bytes += len(message.get("body", b""))
        self._ended = not message.get("more_body", False)
        return message


@dataclass(frozen=True, slots=True)
class AppBelow:
    """Two apps beside each other: `below` answers what is below the path `path`, `app` all else.

    It starts and stops with `app`, which no socket passes by either.
    """

    app: ASGIApp
    path: str
    below: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        root_path = scope.get("root_path", "")
        if scope["type"] != "http" or not scope["path"].startswith(f"{root_path}{self.path}/"):
            await self.app(scope, receive, send)
            return
        scope = {**scope, "root_path": root_path + self.path, "app_root_path": root_path}
        await self.below(scope, receive, send)


@dataclass(frozen=True, slots=True)
class PathPrefix:
    """Middleware: the app lives below `prefix`, whether the proxy in front cuts it off or passes it on."""

    app: ASGIApp
    prefix: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        if self.prefix and scope["type"] != "lifespan":
            scope = {**scope, "root_path": self.prefix}
            if not f"{scope['path']}/".startswith(f"{self.prefix}/"):
                scope["path"] = self.prefix + scope["path"]
                scope["raw_path"] = self.prefix.encode() + scope["raw_path"]
        await self.app(scope, receive, send)

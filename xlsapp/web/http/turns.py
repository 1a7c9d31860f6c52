"""Only so many requests of an account are worked on at once, so that who asks for much delays nobody else."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as Event

from xlsapp.db.turns import FairTurns, TooManyWait
from xlsapp.errors import TooMany
from xlsapp.problems import Message

AT_ONCE = 2
MOST_WAITING = 100
RETRY_AFTER_SECONDS = 2


@dataclass(frozen=True, slots=True)
class InTurn:
    """Middleware: lets an account's requests wait until others of its own have their answers.

    A turn ends where the answer begins, so that a slow download takes none; nor does what brings a file.
    Answers with `refuse` what would have to wait behind too many. Within SignedIn.
    """

    app: ASGIApp
    refuse: Callable[[Request[Any], Exception], Awaitable[Response]]
    turns: FairTurns = field(default_factory=lambda: FairTurns(each=AT_ONCE, most_waiting=MOST_WAITING))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        user = scope["state"].get("user") if scope["type"] == "http" else None
        if user is None or _brings_a_file(scope):
            await self.app(scope, receive, send)
            return
        async with AsyncExitStack() as turn:
            try:
                await turn.enter_async_context(self.turns.turn(user.id))
            except TooManyWait:
                error = TooMany(
                    Message("request.many_at_once", {"waiting": MOST_WAITING}),
                    retry_after_seconds=RETRY_AFTER_SECONDS,
                )
                response = await self.refuse(Request(scope, receive), error)
                await response(scope, receive, send)
                return

            async def send_after_turn(message: Event) -> None:
                await turn.aclose()
                await send(message)

            await self.app(scope, receive, send_after_turn)


def _brings_a_file(scope: Scope) -> bool:
    return Headers(scope=scope).get("content-type", "").startswith("multipart/")

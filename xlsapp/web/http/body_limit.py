"""How large the body of a request may be."""

from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as Event

from xlsapp.errors import TooLarge
from xlsapp.problems import Message


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """Middleware of a route: a larger body raises TooLarge, before anything is done if its length is told.

    Starlette's own limit answers with its own two words, whoever asked: a browser, a script, a program.
    """

    app: ASGIApp
    most_bytes: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        await self.app(scope, measured(scope, receive, self.most_bytes), send)


def measured(scope: Scope, receive: Receive, most_bytes: int) -> Receive:
    """A request's `receive`, which raises TooLarge once a body has brought more. So does one that says so."""
    if int(Headers(scope=scope).get("content-length") or 0) > most_bytes:
        raise TooLarge(Message("request.too_large"))
    received = 0

    async def counted() -> Event:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > most_bytes:
            raise TooLarge(Message("request.too_large"))
        return message

    return counted

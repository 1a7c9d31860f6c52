"""Connections: how long they may keep the server waiting before they have asked for anything."""

import asyncio
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame


class PatientHttpProtocol(H11Protocol):
    """uvicorn's HTTP, with an end to its patience.

    uvicorn waits for ever for a request's head, and for the rest of a body that nobody wants any more. Here
    a connection is closed that brings no whole head within `head_seconds` of being opened, or of the last
    answer. The body of a request under way is another matter: see `Arrival`.
    """

    head_seconds: ClassVar[float] = 20.0
    last_head_seconds: ClassVar[float] = 1.0

    @classmethod
    def within(cls, seconds: float) -> type["PatientHttpProtocol"]:
        """The same, with so much patience."""
        return type(cls.__name__, (cls,), {"head_seconds": seconds})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline: asyncio.TimerHandle | None = None
        self._stopping = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See asyncio.Protocol."""
        super().connection_made(transport)
        self._await_head(self.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._stop_waiting()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Act on what has arrived."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before and not self.cycle.response_complete:
            self._stop_waiting()
            if self._stopping:
                self.cycle.keep_alive = False

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand the connection over; or end it, when the library for sockets does not take such a head."""
        self._stop_waiting()
        super().handle_websocket_upgrade(event)
        protocol = self.transport.get_protocol()
        if isinstance(protocol, WebSocketsSansIOProtocol) and not protocol.handshake_initiated:
            # It had a body, or a line of more than 8 KB: uvicorn answers nothing, and waits for ever.
            self.send_400_response("A socket cannot be opened like this.")

    def shutdown(self) -> None:
        """The server stops. uvicorn hangs up on a first request that is on its way; here it is answered."""
        if self.cycle is None and not self.transport.is_closing():
            self._stopping = True
            self._await_head(self.last_head_seconds)
        else:
            super().shutdown()

    def on_response_complete(self) -> None:
        """The answer is sent: the next request may come."""
        self._await_head(self.head_seconds)
        super().on_response_complete()

    def _await_head(self, seconds: float) -> None:
        self._stop_waiting()
        self._deadline = self.loop.call_later(seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


class CountedSocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's sockets, on which nothing that a browser sends is free.

    uvicorn answers pings by itself, ignores pongs that nobody asked for, and keeps pieces of a message until
    its last one: as many as somebody cares to send. Here each of them is a message like others, and as with
    others nothing more is read until the app, which takes only a few, has had it.
    """

    def handle_ping(self) -> None:
        """Answer a ping, and count it."""
        super().handle_ping()
        self._count_as_message()

    def handle_pong(self, event: Frame) -> None:
        """Take the answer to our own ping, and count any other."""
        is_answer = self.pending_ping_payload is not None and bytes(event.data) == self.pending_ping_payload
        super().handle_pong(event)
        if not is_answer:
            self._count_as_message()

    def handle_cont(self, event: Frame) -> None:
        """Take a further piece of a message, and count it unless it is the last."""
        super().handle_cont(event)
        if not event.fin:
            self._count_as_message()

    def _count_as_message(self) -> None:
        if self.close_sent or self.disconnected:
            return
        self.queue.put_nowait({"type": "websocket.receive", "bytes": b""})
        if not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

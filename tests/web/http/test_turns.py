"""Requests of an account wait for its others, and for nobody else's."""

import asyncio
from types import SimpleNamespace

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from xlsapp.errors import TooMany
from xlsapp.web.http.turns import AT_ONCE, MOST_WAITING, InTurn


class Site:
    """An app whose answers come when they are told to, behind the middleware."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.answers: dict[str, asyncio.Event] = {}
        self.rests: dict[str, asyncio.Event] = {}
        self.statuses: dict[str, int] = {}
        self.app = InTurn(self._work, refuse=self._refuse)

    async def ask(self, *paths: str, account: int, content_type: str = "") -> None:
        for path in paths:
            self.answers[path], self.rests[path] = asyncio.Event(), asyncio.Event()
            asyncio.create_task(self._ask(path, account, content_type)).add_done_callback(lambda _: None)
            await asyncio.sleep(0)

    async def answer(self, path: str) -> None:
        self.answers[path].set()
        for _ in range(5):
            await asyncio.sleep(0)

    async def _ask(self, path: str, account: int, content_type: str) -> None:
        headers = [(b"content-type", content_type.encode())]
        state = {"user": SimpleNamespace(id=account)}
        scope = {"type": "http", "method": "GET", "path": path, "headers": headers, "state": state}

        async def send(event):
            self.statuses.setdefault(path, event.get("status", 0))

        await self.app(scope, None, send)

    async def _work(self, scope, receive, send) -> None:
        path = scope["path"]
        self.begun.append(path)
        await self.answers[path].wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await self.rests[path].wait()
        await send({"type": "http.response.body", "body": b""})

    async def _refuse(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, TooMany)
        return PlainTextResponse(str(error.message.code), status_code=429)


async def test_an_account_has_only_so_many_requests_under_way_and_others_do_not_wait_for_it():
    site = Site()
    await site.ask("a1", "a2", "a3", account=1)
    await site.ask("b1", account=2)
    assert site.begun == ["a1", "a2", "b1"]

    await site.answer("a2")  # of which a long download has still to come
    assert site.begun == ["a1", "a2", "b1", "a3"]


async def test_an_upload_may_be_as_slow_as_it_likes():
    site = Site()
    await site.ask("u1", "u2", "u3", account=1, content_type="multipart/form-data; boundary=x")
    await site.ask("a1", "a2", account=1)
    assert site.begun == ["u1", "u2", "u3", "a1", "a2"]


async def test_what_would_wait_behind_very_many_is_refused():
    site = Site()
    paths = [str(number) for number in range(AT_ONCE + MOST_WAITING + 1)]
    await site.ask(*paths, account=1)
    await asyncio.sleep(0)
    assert site.statuses == {paths[-1]: 429}

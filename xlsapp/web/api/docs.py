"""The page that describes the API to people."""

import asyncio
from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xlsapp.models import TokenScope
from xlsapp.web.http.problem_details import KINDS
from xlsapp.web.http.responses import page


async def show(request: Request[Any]) -> Response:
    """How to begin, every operation, every kind of failure."""
    return await page(
        request,
        "api/show.html",
        groups=await asyncio.to_thread(_groups),
        scopes=list(TokenScope),
        failures=[(status, *words) for status, words in KINDS.items()],
        base_url=f"{request.url.scheme}://{request.url.netloc}{request.url.path}/v1",
    )


@cache
def _groups() -> list[dict[str, Any]]:
    # Not above: the API is loaded when the port is open (web/http/later.py).
    from xlsapp.web.api.description import described

    return described()

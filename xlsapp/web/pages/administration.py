"""How the server is, for the account that looks after it; nobody else knows of this page."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xlsapp import __version__
from xlsapp.context import App
from xlsapp.jobs.overview import overview
from xlsapp.web.http.loading import require_administrator
from xlsapp.web.http.responses import page


async def show(request: Request[Any]) -> Response:
    """The disk, the jobs, the accounts and the last backup."""
    app: App = request.state["app"]
    await require_administrator(request)
    return await page(request, "administration/show.html", server=await overview(app), version=__version__)

"""An app to start and stop, and a worker over a queue, as the queue's own tests start it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Router

from tests.sqlite_queue.conftest import start_worker
from xlsapp.app import running
from xlsapp.config import DatabaseSettings, DataSettings, Settings
from xlsapp.context import App
from xlsapp.rendering import Renderer
from xlsapp.storage import on_postgres
from xlsapp.storage.on_sqlite import prepare
from xlsapp.web.routes import routes

__all__ = ["start_worker"]


@pytest.fixture
def settings(tmp_path) -> Settings:
    settings = Settings(data=DataSettings(dir=str(tmp_path / "data")))
    prepare(settings)
    return settings


@pytest.fixture
def settings_on_postgres(tmp_path, migrated_url) -> Settings:
    """For a module's own `settings`: one machine of several over a database."""
    settings = Settings(
        data=DataSettings(dir=str(tmp_path / "data")), database=DatabaseSettings(url=migrated_url)
    )
    on_postgres.prepare(settings)
    return settings


async def receive(app: App, job_id: str, book: Path) -> None:
    """Have a workbook come in as the upload of a job, wherever files are kept."""
    async with app.files.receive(job_id) as incoming:
        await incoming.write(book.read_bytes())


@pytest.fixture
def started(settings) -> Callable[[], Any]:
    """Starts the app, as often as need be."""
    router = Router(routes(max_upload_bytes=1))

    @asynccontextmanager
    async def start() -> AsyncIterator[App]:
        renderer = Renderer(lambda name, **params: str(router.url_path_for(name, **params)))
        async with running(settings, renderer) as app:
            yield app

    return start

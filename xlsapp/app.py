"""The one place that wires things together: databases, queue, services, routes, workers."""

import logging
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from xlsapp.config import Settings
from xlsapp.context import App
from xlsapp.db.copies import user_version
from xlsapp.db.database import HEAVY_READERS, SqliteDatabase
from xlsapp.db.expiring_store import SqliteExpiringStore
from xlsapp.db.migrate import migrate, too_new
from xlsapp.errors import ConfigurationError
from xlsapp.jobs.files import JobFiles, prepare_folders
from xlsapp.jobs.live.announcing import Announcer
from xlsapp.jobs.live.bus import ProcessBus
from xlsapp.jobs.live.hub import Hub
from xlsapp.jobs.recovery import follow_queue, reconcile
from xlsapp.jobs.status import JobStatusService
from xlsapp.jobs.worker import working
from xlsapp.metrics import Metrics
from xlsapp.rendering import Renderer
from xlsapp.sandbox.sandbox import Sandbox
from xlsapp.services.accounts.access_tokens import AccessTokens
from xlsapp.services.accounts.accounts import Accounts
from xlsapp.services.accounts.sessions import Sessions
from xlsapp.services.accounts.throttling import Throttles
from xlsapp.services.operations.backups import refuse_half_restored
from xlsapp.services.operations.disk import Disk
from xlsapp.services.records.records import Records
from xlsapp.sqlite_queue import SqliteQueue
from xlsapp.sqlite_queue.schema import SCHEMA_VERSION as QUEUE_VERSION
from xlsapp.web.http.access import SameSite, SecurityHeaders, SignedIn
from xlsapp.web.http.arrival import AppBelow, Arrival, PathPrefix
from xlsapp.web.http.failures import HANDLERS, on_no_route, on_refused, refuse_arrival
from xlsapp.web.http.health import Counted
from xlsapp.web.http.later import Later
from xlsapp.web.http.origins import is_loopback
from xlsapp.web.http.problem_details import problem
from xlsapp.web.http.turns import InTurn
from xlsapp.web.routes import routes, whole_upload_bytes

log = logging.getLogger(__name__)

# What child processes run, loaded once before they are forked.
PRELOADED = (
    "xlsapp.services.imports.staging",
    "xlsapp.services.imports.planning",
    "xlsapp.services.exports.exporting",
    "xlsapp.spreadsheet.reading.conversion",
    "xlsapp.services.templates.proposal",
)


def prepare(settings: Settings) -> None:
    """Make the data folder and bring its databases up to date. Raises ConfigurationError, or Refused."""
    root = settings.data_dir
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    refuse_half_restored(root)
    _check_queue_version(root / "queue.sqlite3")
    prepare_folders(root)
    migrate(root / "data.sqlite3", "data", backups=root / "backups")
    migrate(root / "status.sqlite3", "status")


def _check_queue_version(path: Path) -> None:
    version = user_version(path)
    if version > QUEUE_VERSION:
        raise ConfigurationError([too_new(path, version, QUEUE_VERSION)])


def create_asgi_app(settings: Settings, *, addresses: Sequence[str] = ()) -> ASGIApp:
    """The app for an ASGI server that listens on `addresses`. Its lifespan opens and closes everything."""
    beyond_loopback = not all(map(is_loopback, addresses or [settings.server.host]))
    max_upload_bytes = settings.imports.max_upload_mb * 1_000_000
    page_routes = routes(max_upload_bytes=max_upload_bytes)
    router = Router(page_routes)
    api = Later(partial(_load_api, whole_upload_bytes(max_upload_bytes)))
    # By name: a router asks each of its routes in turn, and a page has hundreds of addresses.
    named = {route.name: route for route in reversed(page_routes) if isinstance(route, Route)}

    metrics = Metrics()

    def url_for(name: str, **params: Any) -> str:
        return settings.server.path_prefix + str(named.get(name, router).url_path_for(name, **params))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[Mapping[str, Any]]:
        async with (
            running(settings, Renderer(url_for), metrics, beyond_loopback=beyond_loopback) as app,
            api.soon(),
        ):
            yield {"app": app}

    pages = Starlette(
        routes=page_routes,
        lifespan=lifespan,
        exception_handlers=HANDLERS,
        middleware=[
            Middleware(SignedIn),
            Middleware(SameSite, refuse=on_refused),
            Middleware(InTurn, refuse=on_refused),
        ],
    )
    pages.router.default = on_no_route
    hosts = frozenset(name.lower() for name in settings.server.hosts)
    # Around all of it, Starlette's own last resort included: no answer goes out without the security headers.
    slow_seconds = settings.server.slow_request_seconds
    app: ASGIApp = SecurityHeaders(
        AppBelow(
            Arrival(pages, slow_seconds, refuse_arrival, hosts),
            path="/api",
            below=Arrival(api, slow_seconds, problem, hosts),
        )
    )
    if settings.server.metrics:
        app = Counted(app, metrics)
    return PathPrefix(app, settings.server.path_prefix)


def _load_api(max_upload_bytes: int) -> ASGIApp:
    # Not above: the start does not wait for it.
    from xlsapp.web.api.app import api_app

    return api_app(max_upload_bytes=max_upload_bytes)


@asynccontextmanager
async def running(
    settings: Settings,
    renderer: Renderer,
    metrics: Metrics | None = None,
    *,
    beyond_loopback: bool = False,
) -> AsyncIterator[App]:
    """Everything open and at work; closed again in the opposite order."""
    root = settings.data_dir
    metrics = metrics or Metrics()
    async with AsyncExitStack() as stack:
        db = await SqliteDatabase.open(root / "data.sqlite3", heavy_readers=HEAVY_READERS)
        stack.push_async_callback(db.close)
        records = Records(db, root)
        stack.push_async_callback(records.close)
        status_db = await SqliteDatabase.open(root / "status.sqlite3", durable=False)
        stack.push_async_callback(status_db.close)
        disk = Disk(root, settings.server.reserve_mb * 1_000_000)
        sandbox = Sandbox(preload=PRELOADED, room_bytes=disk.room_bytes)
        await sandbox.start()
        stack.push_async_callback(sandbox.close)
        queue = SqliteQueue(str(root / "queue.sqlite3"))
        store = SqliteExpiringStore(status_db)
        sessions = Sessions(store, ttl_seconds=settings.auth.session_days * 86400)
        hub = Hub()
        bus = ProcessBus(Announcer(hub, renderer, metrics), sessions.lately_ended)
        app = App(
            settings=settings,
            secret=settings.auth.secret or load_secret(root / "secret"),
            db=db,
            records=records,
            status_db=status_db,
            queue=queue,
            sandbox=sandbox,
            files=JobFiles.in_folder(root, disk.require),
            disk=disk,
            listens_beyond_loopback=beyond_loopback,
            hub=hub,
            statuses=JobStatusService(store, settings.jobs.status_hours * 3600, bus.tell),
            sessions=sessions,
            accounts=Accounts(db, sessions, settings.auth, Throttles.of(settings.auth)),
            access_tokens=AccessTokens.of(db, store, settings.api),
            metrics=metrics,
            renderer=renderer,
            url_for=renderer.url_for,
        )
        if await app.accounts.is_first() and await app.accounts.may_sign_up():
            log.warning(
                "There is no account yet. The set-up code for the first one: %s", app.accounts.setup_code
            )
        small_queue = SqliteQueue(queue.path, small_only=True)
        for each in (queue, small_queue):
            each.register_after_recovery(partial(follow_queue, app))
            await each.connect()
            stack.push_async_callback(each.disconnect)
        await reconcile(app, accepting_seconds=0)
        await stack.enter_async_context(working(app, small_queue, small_queue.send_back))
        await stack.enter_async_context(bus.hearing(app.statuses))
        stack.callback(hub.close)
        yield app


def load_secret(path: Path) -> str:
    """The key that signs cookies, made on the first start. Nobody else may read it."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32), encoding="ascii")
    return path.read_text(encoding="ascii").strip()

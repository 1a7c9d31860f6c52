"""The one place that wires things together: storage, services, routes, workers."""

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from xlsapp.config import Settings
from xlsapp.context import App
from xlsapp.jobs.live.announcing import Announcer
from xlsapp.jobs.live.hub import Hub
from xlsapp.jobs.recovery import ACCEPTING_SECONDS, follow_queue, reconcile
from xlsapp.jobs.status import JobStatusService
from xlsapp.jobs.worker import working
from xlsapp.metrics import Metrics
from xlsapp.rendering import Renderer
from xlsapp.sandbox.sandbox import Sandbox
from xlsapp.services.accounts.access_tokens import AccessTokens
from xlsapp.services.accounts.accounts import Accounts
from xlsapp.services.accounts.second_factors import SecondFactors
from xlsapp.services.accounts.sessions import Sessions
from xlsapp.services.accounts.single_sign_on import SingleSignOn
from xlsapp.services.accounts.throttling import Throttles
from xlsapp.services.operations.audit import AuditLog
from xlsapp.services.records.records import Records
from xlsapp.services.reviews.reviews import Reviews
from xlsapp.storage import Purpose, Storage, engine_of
from xlsapp.storage.starting import started
from xlsapp.web.http.access import SameSite, SecurityHeaders, SignedIn
from xlsapp.web.http.arrival import AppBelow, Arrival, PathPrefix
from xlsapp.web.http.failures import HANDLERS, on_no_route, on_refused, refuse_arrival
from xlsapp.web.http.health import Counted
from xlsapp.web.http.later import Later
from xlsapp.web.http.not_now import NotNow, say_not_now, say_not_now_to_all
from xlsapp.web.http.origins import is_loopback
from xlsapp.web.http.problem_details import problem
from xlsapp.web.http.turns import InTurn
from xlsapp.web.routes import health_routes, routes, whole_upload_bytes

log = logging.getLogger(__name__)

# What child processes run, loaded once before they are forked.
PRELOADED = (
    "xlsapp.services.imports.staging",
    "xlsapp.services.imports.planning",
    "xlsapp.services.exports.exporting",
    "xlsapp.spreadsheet.reading.conversion",
    "xlsapp.services.templates.proposal",
)


def create_asgi_app(settings: Settings, *, addresses: Sequence[str] = ()) -> ASGIApp:
    """The app for an ASGI server that listens on `addresses`. Its lifespan opens and closes everything."""
    beyond_loopback = not all(map(is_loopback, addresses or [settings.server.host]))
    max_upload_bytes = settings.imports.max_upload_mb * 1_000_000
    page_routes = routes(max_upload_bytes=max_upload_bytes)
    router = Router(page_routes)
    api = Later(partial(_load_api, whole_upload_bytes(max_upload_bytes)))
    # By name: a router asks each of its routes in turn, and a page has hundreds of addresses.
    named = {route.name: route for route in reversed(page_routes) if isinstance(route, Route)}

    metrics = Metrics(role=settings.server.role)

    def url_for(name: str, **params: Any) -> str:
        return settings.server.path_prefix + str(named.get(name, router).url_path_for(name, **params))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[Mapping[str, Any]]:
        start = partial(running, settings, Renderer(url_for), metrics, beyond_loopback=beyond_loopback)
        async with AsyncExitStack() as stack:
            app = await started(stack, start)
            await stack.enter_async_context(api.soon())
            yield {"app": app}

    pages = Starlette(
        routes=page_routes if settings.server.has_pages else health_routes(),
        lifespan=lifespan,
        exception_handlers=HANDLERS,
        middleware=[
            Middleware(NotNow, answer=say_not_now),
            Middleware(SignedIn),
            Middleware(SameSite, refuse=on_refused),
            Middleware(InTurn, refuse=on_refused),
        ],
    )
    pages.router.default = on_no_route
    hosts = frozenset(name.lower() for name in settings.server.hosts)
    # Around all of it, Starlette's own last resort included: no answer goes out without the security headers.
    slow_seconds = settings.server.slow_request_seconds
    app: ASGIApp = Arrival(pages, slow_seconds, refuse_arrival, hosts)
    if settings.server.has_pages:
        app = AppBelow(app, path="/api", below=Arrival(api, slow_seconds, problem, hosts))
    app = SecurityHeaders(app)
    if settings.server.metrics:
        app = Counted(app, metrics)
    return PathPrefix(app, settings.server.path_prefix)


def create_waiting_app() -> ASGIApp:
    """What answers while a start waits for the database: with 503, whatever is asked."""
    return SecurityHeaders(say_not_now_to_all)


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
    async with AsyncExitStack() as stack:
        storage = await stack.enter_async_context(engine_of(settings).opened(settings, Purpose.SERVE))
        await stack.enter_async_context(storage.keeping())
        records = Records(storage.db, storage.own_folder)
        stack.push_async_callback(records.close)
        sandbox = Sandbox(preload=PRELOADED, room_bytes=storage.disk.room_bytes)
        await sandbox.start()
        stack.push_async_callback(sandbox.close)
        sessions = Sessions(storage.store, ttl_seconds=settings.auth.session_days * 86400)
        hub, metrics = Hub(), metrics or Metrics()
        bus = storage.make_bus(Announcer(hub, renderer, metrics), sessions.lately_ended)
        throttles = Throttles.of(settings.auth, storage.counted)
        app = App(
            settings=settings,
            secret=storage.secret,
            db=storage.db,
            records=records,
            reviews=Reviews(storage.files.reviews),
            status_db=storage.status_db,
            queue=storage.queue,
            sandbox=sandbox,
            files=storage.files,
            disk=storage.disk,
            listens_beyond_loopback=beyond_loopback,
            hub=hub,
            statuses=JobStatusService(
                storage.store, settings.jobs.status_hours * 3600, bus.tell, storage.runs
            ),
            sessions=sessions,
            accounts=Accounts(storage.db, sessions, settings.auth, throttles, storage.setup_code),
            single_sign_on=SingleSignOn(storage.db, storage.store, settings.sign_on),
            second_factors=SecondFactors(storage.db, storage.store, throttles.failures_by_account),
            access_tokens=AccessTokens.of(storage.db, storage.store, settings.api),
            audit=AuditLog(storage.db, settings.audit.days),
            metrics=metrics,
            renderer=renderer,
            url_for=renderer.url_for,
            runs=storage.runs,
        )
        await stack.enter_async_context(app.audit.keeping())
        await stack.enter_async_context(_at_work(app, storage))
        if settings.server.has_pages:
            await _welcome(app)
            await stack.enter_async_context(bus.hearing(app.statuses))
        stack.callback(hub.close)
        stack.callback(app.single_sign_on.close)
        yield app


@asynccontextmanager
async def _at_work(app: App, storage: Storage) -> AsyncIterator[None]:
    """The queue connected, and jobs done if this process has that part."""
    works = app.settings.server.works
    async with AsyncExitStack() as stack:
        for queue in (storage.queue, storage.small_queue) if works else (storage.queue,):
            queue.register_after_recovery(partial(follow_queue, app))
            await queue.connect()
            stack.push_async_callback(queue.disconnect)
        if works:
            # Of others, jobs may be coming in just now.
            await reconcile(app, accepting_seconds=ACCEPTING_SECONDS if app.runs.are_leased else 0)
            await stack.enter_async_context(working(app, storage.small_queue, storage.small_queue.send_back))
        yield


async def _welcome(app: App) -> None:
    if await app.accounts.is_first() and await app.accounts.may_sign_up():
        log.warning("There is no account yet. The set-up code for the first one: %s", app.accounts.setup_code)

"""`xlsapp serve`: the pages and the jobs, until SIGTERM or Ctrl+C."""

import asyncio
import gc
import logging
import os
import resource
import socket
from argparse import Namespace
from contextlib import ExitStack
from functools import partial

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from xlsapp import __version__
from xlsapp.app import create_asgi_app, create_waiting_app
from xlsapp.cli.connections import CountedSocketProtocol, PatientHttpProtocol
from xlsapp.cli.exit_codes import Exit
from xlsapp.cli.waiting import prepared
from xlsapp.config import ServerSettings, Settings
from xlsapp.errors import Refused
from xlsapp.logs import configure_logging
from xlsapp.storage import engine_of

log = logging.getLogger(__name__)

# What sockets have, once the server stops, to read what is on its way to them and close.
DEAF_SECONDS = 1.0

# The first socket that a service manager hands over (man sd_listen_fds).
FIRST_HANDED_SOCKET = 3

# A look for cycles among all objects stops everything, for 0.6 s with 5,000 sockets open, and Python takes
# one after 70,000 new objects. What we leave in cycles (100 objects a request, 6 a closed socket, measured)
# is young, and found by the small looks.
FULL_COLLECTIONS = 1_000  # as the third threshold: after 7,000,000 new objects


def run(settings: Settings, options: Namespace) -> int:
    """Serve."""
    return serve(settings)


def serve(settings: Settings) -> int:
    """Serve pages and work on jobs until SIGTERM or SIGINT."""
    configure_logging(settings.log)
    _raise_file_limit()
    engine = engine_of(settings)
    with engine.in_use(settings), ExitStack() as stack:
        # Before the databases are opened: who asks meanwhile waits, and a taken port is known at once.
        sockets = [stack.enter_context(each) for each in _handed_sockets() or _listen(settings.server)]
        if not prepared(partial(engine.prepare, settings), sockets, create_waiting_app()):
            return Exit.FAILED
        addresses = [str(each.getsockname()[0]) for each in sockets if each.family != socket.AF_UNIX]
        server = Server(uvicorn_config(settings, create_asgi_app(settings, addresses=addresses)))
        for each in sockets:
            log.info("xlsapp %s serves %s", __version__, _address(each, settings.server))
        server.run(sockets)
        return Exit.DONE if server.started else Exit.FAILED


class Server(uvicorn.Server):
    """uvicorn, which does not stop for garbage, and does not wait for answers that only wait themselves."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and leave what is there now out of all further looks for garbage."""
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        young, middle, _ = gc.get_threshold()
        gc.set_threshold(young, middle, FULL_COLLECTIONS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Give the answers that are held until a job changes (?wait=), then stop."""
        if app := self.lifespan.state.get("app"):
            app.hub.close()
        asyncio.get_running_loop().call_later(DEAF_SECONDS, self._drop_deaf_sockets)
        await super().shutdown(sockets)

    def _drop_deaf_sockets(self) -> None:
        """A browser that reads nothing, a phone asleep, cannot be said goodbye to: nobody waits for it."""
        for connection in list(self.server_state.connections):
            if isinstance(connection, WebSocketsSansIOProtocol):
                connection.transport.abort()


def uvicorn_config(settings: Settings, app: ASGIApp) -> uvicorn.Config:
    """How the server is run."""
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=settings.log.level == "debug",
        http=PatientHttpProtocol.within(settings.server.slow_request_seconds),
        ws=CountedSocketProtocol,
        # Our pages send nothing at all.
        ws_max_size=4096,
        # Deflating each socket would cost 67 to 120 KB of memory a watcher; a status is small.
        ws_per_message_deflate=False,
        proxy_headers=bool(settings.server.trusted_proxies),
        forwarded_allow_ips=settings.server.trusted_proxies or None,
        server_header=False,
        timeout_graceful_shutdown=settings.server.shutdown_grace_seconds,
    )


def _listen(settings: ServerSettings) -> list[socket.socket]:
    """A socket for each address of the host, such as both of “localhost”. Raises Refused."""
    sockets: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        for family, address in sorted({(family, str(address[0])) for family, _, _, _, address in found}):
            port = sockets[0].getsockname()[1] if sockets else settings.port
            sockets.append(socket.create_server((address, port), family=family, backlog=2048))
    except OSError as error:
        for each in sockets:
            each.close()
        raise Refused(
            f"xlsapp cannot listen on {settings.host}, port {settings.port}: {error.strerror}. "
            "Choose another with --host and --port, or stop what listens there."
        ) from None
    return sockets


def _handed_sockets() -> list[socket.socket]:
    """What systemd listens on for us (deploy/xlsapp.socket): no visitor is refused during a restart."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return []
    count = int(os.environ.get("LISTEN_FDS", "0"))
    handed = [socket.socket(fileno=number + FIRST_HANDED_SOCKET) for number in range(count)]
    for each in handed:
        each.set_inheritable(False)
    return handed


def _address(listening: socket.socket, settings: ServerSettings) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{settings.path_prefix}"


def _raise_file_limit() -> None:
    """Each watcher needs a file descriptor; many systems give 1,024 unless one asks for more."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

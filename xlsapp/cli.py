"""The command line: serve, and look after accounts."""

import argparse
import asyncio
import getpass
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from xlsapp import __version__
from xlsapp.app import create_asgi_app, prepare
from xlsapp.config import Settings, load
from xlsapp.db.database import Database
from xlsapp.db.expiring_store import SqliteExpiringStore
from xlsapp.demo import demo
from xlsapp.errors import ConfigurationError, Refused, XlsappError
from xlsapp.models import User
from xlsapp.repositories import users
from xlsapp.services.accounts import Accounts, normalised_email
from xlsapp.services.sessions import Sessions

DONE, FAILED, WRONG_USE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Returns its exit code: 0 done, 1 it could not be done, 2 wrong settings or words."""
    options = _parser().parse_args(arguments)
    try:
        settings = load(options.config, flags=_flags(options))
        if options.command == "demo":
            with demo(settings) as demo_settings:
                return serve(demo_settings)
        prepare(settings)
    except ConfigurationError as error:
        print("xlsapp cannot start with these settings:", file=sys.stderr)
        for problem in error.problems:
            print(f"  - {problem}", file=sys.stderr)
        return WRONG_USE
    if options.command == "users":
        return asyncio.run(_users(settings, options))
    return serve(settings)


def run() -> None:
    """The entry point of the installed command."""
    sys.exit(main())


def serve(settings: Settings) -> int:
    """Serve pages and work on jobs until SIGTERM or SIGINT."""
    logging.basicConfig(
        level=settings.log.level.upper(), format="%(asctime)s %(levelname)-7s %(name)s: %(message)s"
    )
    # SAQ warns at each stop of tasks that it then ends; what matters about a job we log ourselves.
    logging.getLogger("saq").setLevel(logging.ERROR)
    server = uvicorn.Server(uvicorn_config(settings, create_asgi_app(settings)))
    server.run()
    return DONE if server.started else FAILED


def uvicorn_config(settings: Settings, app: ASGIApp) -> uvicorn.Config:
    """How the server is run."""
    return uvicorn.Config(
        app,
        host=settings.server.host,
        port=settings.server.port,
        log_config=None,
        access_log=settings.log.level == "debug",
        # h11 bounds the size of the request line and headers; httptools does not.
        http="h11",
        ws="websockets-sansio",
        ws_max_size=64 * 1024,
        # Deflating each socket would cost 67 to 120 KB of memory a watcher; a status is small.
        ws_per_message_deflate=False,
        proxy_headers=bool(settings.server.trusted_proxies),
        forwarded_allow_ips=settings.server.trusted_proxies or None,
        server_header=False,
        timeout_graceful_shutdown=settings.server.shutdown_grace_seconds,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="xlsapp", description="Spreadsheets in, typed records out.")
    parser.add_argument("--version", action="version", version=f"xlsapp {__version__}")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings (default: config.toml here)")
    parser.add_argument("--host", help="the address to listen on")
    parser.add_argument("--port", help="the port to listen on")
    parser.add_argument("--data-dir", help="the folder for databases, uploads and exports")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("serve", help="serve the pages and work on jobs (the default)")
    commands.add_parser("demo", help="try it out: a throw-away account, a template, and workbooks to upload")
    accounts = commands.add_parser("users", help="look after accounts").add_subparsers(
        dest="action", metavar="ACTION", required=True
    )
    accounts.add_parser("list", help="all accounts")
    for action, text in (
        ("add", "make an account; its password is asked for, or read from standard input"),
        ("reset-password", "give an account another password, and sign it out everywhere"),
        ("remove", "remove an account with its templates and records"),
    ):
        accounts.add_parser(action, help=text).add_argument("email")
    return parser


def _flags(options: argparse.Namespace) -> dict[tuple[str, str], Any]:
    given = {
        ("server", "host"): options.host,
        ("server", "port"): options.port,
        ("data", "dir"): options.data_dir,
    }
    return {name: value for name, value in given.items() if value is not None}


async def _users(settings: Settings, options: argparse.Namespace) -> int:
    root = settings.data_dir
    db = await Database.open(root / "data.sqlite3", readers=1)
    status_db = await Database.open(root / "status.sqlite3", durable=False, readers=1)
    sessions = Sessions(SqliteExpiringStore(status_db), ttl_seconds=settings.auth.session_days * 86400)
    try:
        await _carry_out(Accounts(db, sessions, settings.auth), options)
    except (Refused, XlsappError) as error:
        print(error, file=sys.stderr)
        return FAILED
    finally:
        await db.close()
        await status_db.close()
    return DONE


async def _carry_out(accounts: Accounts, options: argparse.Namespace) -> None:
    match options.action:
        case "list":
            async with accounts.db.read() as conn:
                for user in await users.list_all(conn):
                    print(f"{user.id}\t{user.email}\t{user.created_at}")
        case "add":
            user = await accounts.add(options.email, _ask_password())
            print(f"Added {user.email}.")
        case "reset-password":
            user = await _find(accounts, options.email)
            await accounts.set_password(user, _ask_password())
            print(f"{user.email} has a new password and is signed out everywhere.")
        case "remove":
            user = await _find(accounts, options.email)
            await accounts.remove(user)
            print(f"Removed {user.email} with all templates and records.")


async def _find(accounts: Accounts, email: str) -> User:
    async with accounts.db.read() as conn:
        found = await users.get_by_email(conn, normalised_email(email))
    if found is None:
        raise Refused(f"There is no account for “{email}”.")
    return found[0]


def _ask_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("The same again: ") != password:
        raise Refused("These are two different passwords. Nothing was changed.")
    return password

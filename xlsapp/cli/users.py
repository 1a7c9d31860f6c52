"""`xlsapp users …`: accounts, looked after from the shell."""

import asyncio
import getpass
import json
import sys
from argparse import Namespace
from dataclasses import asdict

from xlsapp.cli.exit_codes import Exit
from xlsapp.config import Settings
from xlsapp.errors import Refused
from xlsapp.jobs.account_removal import AccountRemoval
from xlsapp.jobs.status import JobStatus, JobStatusService
from xlsapp.models import User
from xlsapp.problems import Message
from xlsapp.repositories import users
from xlsapp.repositories.audit_entries import Noted
from xlsapp.services.accounts.accounts import Accounts, normalised_email
from xlsapp.services.accounts.second_factors import SecondFactors
from xlsapp.services.accounts.sessions import Sessions
from xlsapp.services.accounts.throttling import Throttles
from xlsapp.services.operations.audit import AuditLog
from xlsapp.storage import Purpose, engine_of


def run(settings: Settings, options: Namespace) -> int:
    """List, add, change or remove accounts."""
    engine_of(settings).prepare_beside_server(settings)
    asyncio.run(_run(settings, options))
    return Exit.DONE


async def _run(settings: Settings, options: Namespace) -> None:
    async with engine_of(settings).opened(settings, Purpose.COMMAND) as storage:
        sessions = Sessions(storage.store, ttl_seconds=settings.auth.session_days * 86400)
        accounts = Accounts(storage.db, sessions, settings.auth, Throttles.of(settings.auth))
        statuses = JobStatusService(storage.store, settings.jobs.status_hours * 3600, _tell_nobody)
        log = AuditLog(storage.db, settings.audit.days)
        await _carry_out(AccountRemoval(accounts, statuses, storage.files), log, options)
        await log.write()


async def _tell_nobody(status: JobStatus, running_jobs: int | None) -> None:
    """Nobody watches jobs in this process."""


async def _carry_out(removal: AccountRemoval, log: AuditLog, options: Namespace) -> None:
    accounts = removal.accounts
    match options.action:
        case "list":
            async with accounts.db.read() as conn:
                found = await users.list_all(conn)
            if options.json:
                print(json.dumps([asdict(user) for user in found], indent=2))
            else:
                for user in found:
                    print(f"{user.id}\t{user.email}\t{user.created_at}")
        case "add":
            user = await accounts.add(options.email, _ask_password())
            log.note(Noted(Message("audit.account_made"), whom_id=user.id))
            print(f"Added {user.email}.")
        case "reset-password":
            user = await _find(accounts, options.email)
            await accounts.set_password(user, _ask_password())
            log.note(Noted(Message("audit.password_changed"), whom_id=user.id))
            print(f"{user.email} has a new password and is signed out everywhere.")
        case "reset-second-factor":
            user = await _find(accounts, options.email)
            factors = SecondFactors(
                accounts.db, accounts.sessions.store, accounts.throttles.failures_by_account
            )
            was_on = await factors.forget(user.id)
            log.note(Noted(Message("audit.second_factor_off"), whom_id=user.id))
            print(f"{user.email} signs in with the password alone{' now' if was_on else ', as before'}.")
        case "remove":
            user = await _find(accounts, options.email)
            await removal.remove(user)
            log.note(Noted(Message("audit.account_removed"), whom_id=user.id))
            print(f"Removed {user.email} with all templates, records, jobs and files.")


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

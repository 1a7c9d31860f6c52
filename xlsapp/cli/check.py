"""`xlsapp check`: settings, databases, disk and file modes, looked over. Changes nothing."""

import json
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from importlib import import_module

from xlsapp.cli.exit_codes import Exit
from xlsapp.cli.looked_at import BAD, NOTE, OK, LookedAt
from xlsapp.config import Settings


def run(settings: Settings, options: Namespace) -> int:
    """Print what was found, a line each, or all of it as JSON."""
    findings = list(look_over(settings))
    if options.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            print(f"{finding.state:4}  {finding.about}: {finding.text}")
    return Exit.FAILED if any(finding.state == BAD for finding in findings) else Exit.DONE


def look_over(settings: Settings) -> Iterator[LookedAt]:
    """Everything, one after the other."""
    yield from _settings(settings)
    engine = "check_postgres" if settings.database.url else "check_folder"
    yield from import_module(f"xlsapp.cli.{engine}").look_over(settings)


def _settings(settings: Settings) -> Iterator[LookedAt]:
    yield LookedAt(OK, "settings", "all are known, and each has a value it may have.")
    server = settings.server
    local = server.host in ("127.0.0.1", "::1", "localhost")
    if not local and not server.trusted_proxies:
        yield LookedAt(
            NOTE,
            "settings",
            f"others can reach {server.host}, and no proxy is trusted: passwords travel without https.",
        )
    if not local and settings.auth.signup == "open":
        yield LookedAt(NOTE, "settings", "auth.signup is open: whoever reaches the app can make an account.")

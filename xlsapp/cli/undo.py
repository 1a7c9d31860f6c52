"""`xlsapp undo [WHAT] --template NAME`: a template's latest changes, or one of them taken back."""

import json
import sys
from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from xlsapp.cli.api_client import ApiClient
from xlsapp.cli.exit_codes import Exit
from xlsapp.cli.progress import Progress, printable
from xlsapp.cli.remote import api_of, find_template, follow
from xlsapp.config import Settings
from xlsapp.errors import Refused

LATEST = 20
COUNTS = (("created", "new"), ("changed", "changed"), ("deleted", "deleted"), ("returned", "brought back"))


def run(settings: Settings, options: Namespace) -> int:
    """Without WHAT, list the latest changes; else take that one back, and say what became of it."""
    api = api_of(settings, options)
    with Progress() as progress:
        template = find_template(api, options.template)
        changes = list(_changes(api, template["id"]))
        if not options.what:
            return _list(changes[-LATEST:], as_json=options.json)
        change = _find(changes, options.what)
        path = f"/templates/{template['id']}/changes/{change['id']}/undo"
        job = follow(api, api.post(path, {}), progress)
    if options.json:
        print(json.dumps(job, indent=2))
    elif job["status"] == "completed":
        print(printable(job["result"]["summary"]))
    else:
        print(printable(job["error_message"]), file=sys.stderr)
    return Exit.DONE if job["status"] == "completed" else Exit.FAILED


def _changes(api: ApiClient, template_id: int) -> Iterator[dict[str, Any]]:
    cursor = "0"
    while True:
        page = api.get(f"/templates/{template_id}/changes?limit=1000&cursor={cursor}")
        yield from page["changes"]
        if not page["changes"]:
            return
        cursor = page["next_cursor"]


def _find(changes: list[dict[str, Any]], what: str) -> dict[str, Any]:
    """The change with an id, or that a job has made."""
    for change in changes:
        if what in (str(change["id"]), change["job_id"]):
            return change
    raise Refused(f"The history of this template has no change “{what[:60]}”.")


def _list(changes: list[dict[str, Any]], *, as_json: bool) -> int:
    if as_json:
        print(json.dumps(changes, indent=2))
        return Exit.DONE
    for change in changes:
        counts = ", ".join(f"{change[name]} {word}" for name, word in COUNTS if change[name]) or "nothing"
        name = f" {change['file_name']}" if change["file_name"] else ""
        undone = " (taken back)" if change["undone_by"] else ""
        who = change["email"] or "a former member"
        line = f"{change['id']}  {change['made_at']}  {change['kind']}{name}: {counts}; {who}{undone}"
        print(printable(line))
    return Exit.DONE

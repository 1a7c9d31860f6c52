"""`xlsapp export --template NAME`: a workbook, fetched from a server through its API."""

import json
import os
import sys
import tempfile
from argparse import Namespace
from pathlib import Path
from typing import Any

from xlsapp.cli.api_client import ApiClient
from xlsapp.cli.exit_codes import Ended, Exit
from xlsapp.cli.progress import Progress, printable
from xlsapp.cli.remote import Job, api_of, find_template, follow
from xlsapp.config import Settings
from xlsapp.errors import Refused

TO_STDOUT = Path("-")


def run(settings: Settings, options: Namespace) -> int:
    """Have a workbook written, wait for it, and fetch it."""
    if options.json and options.output == TO_STDOUT:
        raise Ended("--json and the file itself cannot both be printed. Choose one.", Exit.WRONG_USE)
    api, path = api_of(settings, options), None
    with Progress() as progress:
        template = find_template(api, options.template)
        job = follow(api, api.post(f"/templates/{template['id']}/exports", _body(options)), progress)
        if job["status"] == "completed":
            path = fetch(api, job, options.output, progress)
    if path is None:
        print(printable(job["error_message"]), file=sys.stderr)
        if options.json:
            print(json.dumps(job, indent=2))
        return Exit.FAILED
    if options.json:
        print(json.dumps({**job, "file": str(path)}, indent=2))
    else:
        _report(job, path)
    return Exit.DONE


def _report(job: Job, path: Path) -> None:
    """What is in the file, and what to know of it. Beside the file itself there is no room for words."""
    summary = printable(job["result"]["summary"])
    if path == TO_STDOUT:
        print(summary, file=sys.stderr)
    else:
        print(f"{summary} {path}")
    for note in job["result"]["notes"]:
        print(printable(note), file=sys.stderr)


def _body(options: Namespace) -> dict[str, Any]:
    """What was chosen, as the API's body has it. The rest is left to the server."""
    asked = {
        "q": options.search,
        "filter": _filters(options) or None,
        "sort": options.sort,
        "dir": "desc" if options.desc else None,
        "import": options.from_import,
        "view": options.view,
    }
    view = {name: value for name, value in asked.items() if value is not None}
    body = {"kind": options.kind or ("view" if view else "data"), **view}
    how = {"format": options.format, "delimiter": options.delimiter}
    return body | {name: value for name, value in how.items() if value}


def _filters(options: Namespace) -> dict[str, dict[str, Any]]:
    """--filter COLUMN OPERATOR VALUE, as often as it stands there."""
    yes_or_no = {"true": True, "false": False}
    found: dict[str, dict[str, Any]] = {}
    for column, operator, value in options.filter:
        asked = found.setdefault(column, {})
        if operator == "one_of":
            asked.setdefault(operator, []).append(value)
        elif operator in asked:
            raise Refused(f"“{column}” has the filter {operator} twice. Give it once.")
        else:
            asked[operator] = yes_or_no.get(value, value) if operator == "blank" else value
    return found


def fetch(api: ApiClient, job: Job, output: Path | None, progress: Progress) -> Path:
    """Download the file: whole, or not at all. Returns where it is."""
    source = f"/jobs/{job['job_id']}/download"

    def on_bytes(done: int, total: int) -> None:
        progress.count("Fetching", done, total)

    if output == TO_STDOUT:
        api.download(source, sys.stdout.buffer, on_bytes)
        sys.stdout.buffer.flush()
        return TO_STDOUT
    # The server's name for it is taken for a name, never for a place.
    path = output or Path(Path(printable(job["result"]["file_name"])).name)
    if output is None and path.exists():
        raise Refused(f"{path} is there already. Move it away, or say with --output where to write.")
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            try:
                api.download(source, file, on_bytes)
                file.flush()
                os.fchmod(file.fileno(), 0o666 & ~_umask())
                os.replace(file.name, path)
            except BaseException:
                os.unlink(file.name)
                raise
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}.") from None
    return path


def _umask() -> int:
    """What new files of this user are not allowed to be; it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask

"""What `import` and `export` share: the server that is asked, a template by its name, a job to its end."""

import os
import time
from argparse import Namespace
from typing import Any

from xlsapp.cli.api_client import ApiClient, NoAnswer
from xlsapp.cli.exit_codes import Ended, Exit
from xlsapp.cli.progress import Progress
from xlsapp.config import TOKEN_VARIABLE, URL_VARIABLE, ServerSettings, Settings
from xlsapp.errors import Refused

# A server that restarts is waited for this long, while a job is followed.
PATIENCE_SECONDS = 60

NO_TOKEN = f"There is no access token. Make one on your account's page, and put it into {TOKEN_VARIABLE}."
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}  # noqa: S104 (where to ask, not to listen)

Job = dict[str, Any]


def api_of(settings: Settings, options: Namespace) -> ApiClient:
    """The server that is named, or the one on this machine that the settings describe. Raises Ended."""
    token = options.token or os.environ.get(TOKEN_VARIABLE, "")
    if not token:
        raise Ended(NO_TOKEN, Exit.WRONG_USE)
    return ApiClient(options.url or os.environ.get(URL_VARIABLE) or _local(settings.server), token.strip())


def find_template(api: ApiClient, name: str) -> dict[str, Any]:
    """The template of this name. Raises Refused with the names that there are."""
    templates: Any = api.get("/templates").get("templates")
    if not isinstance(templates, list):
        raise api.no_xlsapp()
    for template in templates:
        if template["name"] == name:
            return dict(template)
    names = ", ".join(f"“{template['name']}”" for template in templates) or "none"
    raise Refused(f"There is no template called “{name}” in this token's account. There are: {names}.")


def follow(api: ApiClient, job: Job, progress: Progress) -> Job:
    """The job in its last state. Says meanwhile how far it is."""
    seconds = 1 if progress.is_on_terminal else 10
    heard = time.monotonic()
    while not job["is_final"]:
        progress.say(f"Job {job['job_id']} is {job['status']}. {job['progress'] or ''}".rstrip())
        try:
            job = api.get(f"/jobs/{job['job_id']}?wait={seconds}")
            heard = time.monotonic()
        except NoAnswer:
            if time.monotonic() - heard > PATIENCE_SECONDS:
                raise
            time.sleep(1)
    return job


def _local(server: ServerSettings) -> str:
    host = EVERYWHERE.get(server.host, server.host)
    return f"http://{host}:{server.port}{server.path_prefix}"

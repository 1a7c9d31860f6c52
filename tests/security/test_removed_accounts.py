"""A removed account leaves nothing behind that could be shown, downloaded or taken for somebody else's."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.cli.commands import done, xlsapp
from tests.factories import make_workbook
from tests.server import Server, add_template, finished, job_of, run_export, run_import, upload
from tests.web.api.conftest import failure, make_token, program
from tests.web.api.conftest import finished as api_finished
from tests.web.api.conftest import upload as api_upload

FOLDERS = ("uploads", "staging", "exports", "reports", "samples")


def rows(path: Path, sql: str) -> list[tuple]:
    with closing(sqlite3.connect(path)) as conn:
        return conn.execute(sql).fetchall()


def entries(server: Server) -> set[str]:
    """What is kept for a while, other than that a session was ended."""
    found = {key for (key,) in rows(server.data / "status.sqlite3", "SELECT key FROM entries")}
    return {key for key in found if not key.startswith("ended_session:")}


def files(server: Server) -> set[str]:
    return {f"{folder}/{path.name}" for folder in FOLDERS for path in (server.data / folder).iterdir()}


def leave_everything(server: Server, client: httpx.Client, folder: Path) -> tuple[int, str]:
    """All that an account can leave behind. Returns its template's id and a token's secret."""
    template_id, token = add_template(client), make_token(client, "read", "import")
    good, bad = (
        make_workbook(folder, ["Name"], [name], name=f"{name or 'bad'}.xlsx") for name in ("Ada", "")
    )
    with program(server, token) as api:
        sent = api_upload(api, f"/templates/{template_id}", good.read_bytes(), key="once")
        assert api_finished(api, sent)["status"] == "completed"
    assert run_import(client, template_id, bad)["status"] == "failed"
    assert run_export(client, template_id).status_code == 200
    with good.open("rb") as file:
        sample = client.post("/template_samples", files={"workbook": ("s.xlsx", file)})
    proposal = finished(client, sample.headers["location"].rsplit("/", 1)[1])
    assert (proposal["kind"], proposal["status"]) == ("proposal", "completed")
    return template_id, token


@pytest.fixture
def slow_server(tmp_path):
    """A server that does one job at a time."""
    with Server.started(tmp_path, XLSAPP_JOBS__CONCURRENCY="1") as server:
        yield server


def test_a_removed_account_takes_all_that_is_its_own_along(slow_server, tmp_path):
    server = slow_server
    with server.client() as eve, server.client() as ada:
        server.sign_up(eve)
        leave_everything(server, eve, tmp_path)
        kept_entries, kept_files = entries(server), files(server)
        email = server.sign_up(ada)
        template_id, token = leave_everything(server, ada, tmp_path)
        kinds = {key.split(":")[0] for key in entries(server) - kept_entries}
        large = make_workbook(
            tmp_path, ["Name"], *([f"Person {n}"] for n in range(60_000)), name="large.xlsx"
        )
        waiting = [job_of(upload(ada, template_id, large)) for _ in range(12)][-1]

        done(xlsapp("users", "remove", email, data=server.data))

        # Of the job that runs nothing is left once it has noticed, and those that wait never begin.
        end = time.monotonic() + 50
        while (entries(server), files(server)) != (kept_entries, kept_files):
            assert time.monotonic() < end, (entries(server) ^ kept_entries, files(server) ^ kept_files)
            time.sleep(0.1)
        while f"Job {waiting}: its account is gone" not in server.log:
            assert time.monotonic() < end, server.log
            time.sleep(0.1)
        assert (entries(server), files(server)) == (kept_entries, kept_files)
        with program(server, token) as api:
            failure(api.get("/token"), 401)
        assert ada.get("/account").status_code == 303

    assert kinds >= {"session", "user_session", "job", "job_status", "user_job", "idempotency", "token_use"}
    data = server.data / "data.sqlite3"
    for table in ("import_templates", "imports", "access_tokens"):
        assert {user_id for (user_id,) in rows(data, f"SELECT user_id FROM {table}")} == {1}
    assert rows(data, "SELECT id FROM users") == [(1,)]
    tables = rows(data, "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'records_*'")
    assert tables == [("records_1",)]

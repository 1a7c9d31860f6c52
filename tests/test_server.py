"""The server as a process: it starts quickly, stops politely, and survives being killed."""

import gc
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress

import httpx
import pytest
import uvicorn

from tests.factories import make_workbook
from tests.server import ROOT, Server, add_template, finished, job_of, run_import, upload
from xlsapp.cli.serve import Server as UvicornServer

BIG = 30_000


@pytest.fixture
def own_server(tmp_path):
    with Server.started(tmp_path) as server:
        yield server


@pytest.fixture(scope="module")
def big_workbook(tmp_path_factory):
    """Large enough to be caught half-way."""
    rows = ([f"Person {n}", None, n, n / 4, n % 2 == 0] for n in range(BIG))
    return make_workbook(
        tmp_path_factory.mktemp("big"), ["Name", "Since", "Orders", "Balance", "Active"], *rows
    )


def records(server: Server) -> int:
    with closing(sqlite3.connect(server.data / "data.sqlite3")) as conn:
        return int(conn.execute("SELECT SUM(record_count) FROM import_templates").fetchone()[0])


def counted(server: Server) -> int:
    with closing(sqlite3.connect(server.data / "data.sqlite3")) as conn:
        return int(conn.execute("SELECT COUNT(*) FROM records_1").fetchone()[0])


def leftovers(server: Server) -> list[str]:
    """Files that stay: those of a job are removed just after its last state is told."""
    end = time.monotonic() + 10
    while found := [p.name for folder in ("uploads", "staging") for p in (server.data / folder).iterdir()]:
        if time.monotonic() > end:
            break
        time.sleep(0.02)
    return found


def until_processing(client: httpx.Client, job_id: str) -> None:
    end = time.monotonic() + 20
    while client.get(f"/jobs/{job_id}/status").json()["status"] == "pending":
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_killed_server_comes_back_and_finishes_the_job_exactly_once(own_server, big_workbook):
    with own_server.client() as client:
        own_server.sign_up(client)
        template_id = add_template(client)
        job_id = job_of(upload(client, template_id, big_workbook))
        until_processing(client, job_id)

        own_server.kill()
        own_server.start()

        state = finished(client, job_id)

    assert state["status"] == "completed", state
    assert records(own_server) == counted(own_server) == BIG
    assert leftovers(own_server) == []


def test_an_answered_import_survives_a_kill_and_is_done_exactly_once(own_server, tmp_path):
    path = tmp_path / "parcels.csv"
    path.write_text("Name;Balance\n" + "Ada;1,250\n" * BIG)
    with own_server.client() as client:
        own_server.sign_up(client)
        template_id = add_template(client)
        asked = run_import(client, template_id, path)
        page = f"/import_templates/{template_id}/jobs/{asked['job_id']}"
        answers = {asked["result"]["questions"][0]["id"]: "comma"}

        own_server.kill()  # the workbook is kept
        own_server.start()
        job_id = job_of(client.post(f"{page}/answers", data=answers))
        until_processing(client, job_id)
        own_server.kill()
        own_server.start()

        state = finished(client, job_id)
        again = job_of(client.post(f"{page}/answers", data=answers))

    assert asked["status"] == "failed"
    assert (state["status"], again) == ("completed", job_id), state
    assert records(own_server) == counted(own_server) == BIG
    assert leftovers(own_server) == []


def test_an_answer_whose_job_was_never_queued_can_be_given_again(own_server, tmp_path):
    path = tmp_path / "parcels.csv"
    path.write_text("Name;Balance\nAda;1,250\n")
    with own_server.client() as client:
        own_server.sign_up(client)
        template_id = add_template(client)
        asked = run_import(client, template_id, path)
        page = f"/import_templates/{template_id}/jobs/{asked['job_id']}"
        answers = {asked["result"]["questions"][0]["id"]: "comma"}
        first = job_of(client.post(f"{page}/answers", data=answers))
        finished(client, first)
        own_server.kill()
        # As if it had crashed between status and queue entry.
        with closing(sqlite3.connect(own_server.data / "data.sqlite3")) as conn, conn:
            conn.execute("DELETE FROM imports")
        with closing(sqlite3.connect(own_server.data / "status.sqlite3")) as conn, conn:
            reasons = '[{"code": "job.never_queued", "parameters": {}}]'
            conn.execute(
                "UPDATE entries SET value = json_set(value, '$.status', 'failed', '$.result', NULL, "
                "'$.error_message', json(?)) WHERE key LIKE ?",
                (reasons, f"job_status:%{first}"),
            )
        own_server.start()

        again = job_of(client.post(f"{page}/answers", data=answers))

        assert again != first
        assert finished(client, again)["status"] == "completed"


def test_sigterm_puts_running_jobs_back_and_ends_within_the_grace_period(own_server, big_workbook):
    with own_server.client() as client:
        own_server.sign_up(client)
        template_id = add_template(client)
        job_id = job_of(upload(client, template_id, big_workbook))
        until_processing(client, job_id)

        assert own_server.stop() < 10
        with closing(sqlite3.connect(own_server.data / "status.sqlite3")) as conn:
            (state,) = conn.execute(
                "SELECT value ->> 'status' FROM entries WHERE key LIKE 'job_status:%'"
            ).fetchone()
        own_server.start()

        assert state == "pending"
        assert finished(client, job_id)["status"] == "completed"
    assert counted(own_server) == BIG
    assert "Traceback" not in own_server.log


def test_a_browser_that_reads_nothing_does_not_hold_up_a_stop():
    waits = threading.Event()

    async def chatter(scope, receive, send):
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.send", "text": "x" * 16_000_000})  # more than the kernel takes
            waits.set()
            with suppress(OSError):
                await send({"type": "websocket.send", "text": "waits for the browser to read"})

    thresholds = gc.get_threshold()
    # It would wait for the socket for ever: there is no grace period.
    server = UvicornServer(uvicorn.Config(chatter, lifespan="off", ws="websockets-sansio", log_config=None))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        with socket.create_connection(listening.getsockname()) as deaf:
            deaf.sendall(
                b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            )
            assert waits.wait(30)
            server.should_exit = True
            thread.join(30)
            assert not thread.is_alive()
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_an_upload_whose_job_was_never_queued_is_closed_with_a_sentence(own_server, tmp_path):
    with own_server.client() as client:
        own_server.sign_up(client)
        template_id = add_template(client)
        job_id = job_of(upload(client, template_id, make_workbook(tmp_path, ["Name"], ["Ada"])))
        finished(client, job_id)
        own_server.kill()
        # As if it had crashed between status and queue entry, and between file and status.
        with closing(sqlite3.connect(own_server.data / "status.sqlite3")) as conn, conn:
            conn.execute("UPDATE entries SET is_final = FALSE WHERE key LIKE 'job_status:%'")
            for path, value, key in (("status", '"pending"', "job_status:%"), ("is_final", "false", "job:%")):
                conn.execute(
                    "UPDATE entries SET value = json_set(value, ?, json(?)) WHERE key LIKE ?",
                    (f"$.{path}", value, key),
                )
        with closing(sqlite3.connect(own_server.data / "data.sqlite3")) as conn, conn:
            conn.execute("DELETE FROM imports")  # it never ran
        for path in own_server.data.glob("queue.sqlite3*"):
            path.unlink()
        (own_server.data / "uploads" / job_id).write_bytes(b"left behind")
        (own_server.data / "uploads" / ("0" * 16)).write_bytes(b"left behind")

        own_server.start()
        state = finished(client, job_id)

    assert state["status"] == "failed"
    assert "start it again" in state["error_message"]
    assert leftovers(own_server) == []


def test_a_deleted_status_file_costs_the_statuses_and_nothing_else(own_server, tmp_path):
    with own_server.client() as client:
        email = own_server.sign_up(client)
        template_id = add_template(client)
        run_import(client, template_id, make_workbook(tmp_path, ["Name"], ["Ada"]))
        own_server.stop()
        for path in own_server.data.glob("status.sqlite3*"):
            path.unlink()

        own_server.start()
        client.post("/sign_in", data={"email": email, "password": "correct horse battery"})

        assert "Ada" in client.get(f"/import_templates/{template_id}/data_records").text
        assert client.get("/jobs").status_code == 200


def test_nobody_else_may_look_into_the_data_folder(own_server):
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in own_server.data.iterdir()}

    assert stat.S_IMODE(own_server.data.stat().st_mode) == 0o700
    assert modes["secret"] == modes["data.sqlite3"] == 0o600
    assert modes["uploads"] == modes["exports"] == 0o700


def test_up_says_whether_the_app_is_well_on_a_server_that_is_started_as_people_do_it(tmp_path, monkeypatch):
    monkeypatch.setattr(Server, "is_warm", False)
    with Server.started(tmp_path) as server:
        assert httpx.get(f"{server.url}/up").json() == {"status": "up"}


def test_wrong_settings_stop_the_start_with_all_problems(tmp_path):
    config = tmp_path / "config.toml"
    config.write_text("[server]\nport = 'a'\n[nonsense]\nx = 1\n")

    result = subprocess.run(
        [sys.executable, "run.py", "--config", str(config), "--data-dir", str(tmp_path / "data")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert result.returncode == 2
    assert "server.port must be a whole number" in result.stderr
    assert "no section “[nonsense]”" in result.stderr
    assert not (tmp_path / "data").exists()

"""The log: it helps who runs the app, and tells nobody a secret."""

import json
import re

import pytest
from websockets.asyncio.client import connect

from tests.factories import make_workbook
from tests.server import PASSWORD, Server, add_template, run_import
from tests.web.api.conftest import make_token, program
from xlsapp.models import TokenScope


@pytest.mark.parametrize("level", ["debug", "info"])
async def test_no_secret_is_in_the_log(tmp_path, level):
    with Server.started(tmp_path, XLSAPP_LOG__LEVEL=level) as server, server.client() as client:
        email = server.sign_up(client)
        client.post("/sign_in", data={"email": email, "password": "wrong but close: 8f2c"})
        client.post("/account/password", data={"current_password": PASSWORD, "new_password": "another: 77d1"})
        session = client.cookies["xlsapp_session"]
        template_id = add_template(client)
        run_import(client, template_id, make_workbook(tmp_path, ["Name"], ["Private Person"]))
        async with connect(
            server.url.replace("http", "ws") + "/jobs/live",
            origin=server.url,
            additional_headers={"Cookie": f"xlsapp_session={session}"},
        ) as socket:
            await socket.recv()
        token = make_token(client, *TokenScope)
        with program(server, token) as api:
            assert api.get("/templates").is_success
        with program(server, f"{token}x") as api:
            assert api.get("/templates").status_code == 401
        secret = (server.data / "secret").read_text().strip()
        server.stop()
        log = server.log

    secrets = [PASSWORD, "8f2c", "77d1", session, session.split(".")[0], secret, "argon2", token]
    secrets += ["Private Person"]
    assert [text for text in secrets if text in log] == []
    assert email not in log
    if level == "debug":
        assert "POST /sign_in" in log


def test_json_lines_carry_the_job_they_are_about(tmp_path):
    with Server.started(tmp_path, XLSAPP_LOG__FORMAT="json") as server, server.client() as client:
        server.sign_up(client)
        state = run_import(client, add_template(client), make_workbook(tmp_path, ["Name"], ["Ada"]))
        server.stop()

        lines = [json.loads(line) for line in server.log.splitlines()]

    about = [line for line in lines if line.get("job_id") == state["job_id"]]
    assert any("completed" in line["message"] for line in about)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line["at"]) for line in lines)
    assert {line["level"] for line in lines} <= {"info", "warning"}


def test_plain_lines_name_the_job_too(tmp_path):
    with Server.started(tmp_path) as server, server.client() as client:
        server.sign_up(client)
        state = run_import(client, add_template(client), make_workbook(tmp_path, ["Name"], ["Ada"]))
        server.stop()

        assert f"[job {state['job_id']}]: Job {state['job_id']} completed" in server.log

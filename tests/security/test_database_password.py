"""The password in database.url: in no log, page, message, figure, or name of a process."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.factories import make_workbook
from tests.server import ROOT, Server, add_template, run_import
from xlsapp import config
from xlsapp.cli import main

PASSWORD = "geheim-7f3a"


def test_a_server_shows_the_password_of_its_database_nowhere(postgres_url, tmp_path):
    url = postgres_url.replace("postgres@", f"postgres:{PASSWORD}@")
    settings = {"XLSAPP_LOG__LEVEL": "debug", "XLSAPP_SERVER__METRICS": "true", "XLSAPP_DATABASE__URL": url}
    with Server.started(tmp_path, **settings) as server, server.client() as client:
        server.sign_up(client)
        run_import(client, add_template(client), make_workbook(tmp_path, ["Name"], ["Ada"]))
        answers = [
            client.get(path).text for path in ("/up", "/metrics", "/administration", "/account", "/api")
        ]
        processes = [server.pid, *_children(server.pid)]
        titles = [Path(f"/proc/{pid}/cmdline").read_text() for pid in processes]
        given = [Path(f"/proc/{pid}/environ").read_text() for pid in processes[1:]]
        server.stop()
        shown = [*answers, *titles, *given, server.log]

    assert len(processes) > 1
    assert [text for text in shown if PASSWORD in text] == []


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://ada:{PASSWORD}@127.0.0.1:1/nowhere",
        f"postgresql://ada:{PASSWORD}@127.0.0.1:many/nowhere",
        f"postgresql://127.0.0.1/nowhere?user=ada&password={PASSWORD}&sslmode=perhaps",
        f"postgresql://ada:{PASSWORD}@127.0.0.1/nowhere?no_such_option=1",
        f"mysql://ada:{PASSWORD}@127.0.0.1/nowhere",
    ],
)
@pytest.mark.parametrize("command", ["check", "users list", "backup copy"])
def test_no_command_shows_it_whatever_is_wrong_with_the_url(address, command, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XLSAPP_DATABASE__URL", address)
    monkeypatch.chdir(tmp_path)

    code = main([*command.split(), "--data-dir", str(tmp_path / "data")])

    said = "".join(capsys.readouterr())
    assert code in (1, 2), said
    assert PASSWORD not in said
    assert "Traceback" not in said


def test_a_command_that_is_told_it_begins_anew_without_it(tmp_path):
    """Others on the machine can read a command's words, if not longer than Python takes to start."""
    (tmp_path / "data.sqlite3").touch()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://ada:{PASSWORD}@127.0.0.1:{silent.getsockname()[1]}/nowhere"
        command = [sys.executable, "run.py", "move", "--to", url, "--data-dir", str(tmp_path)]
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as moving:
            silent.settimeout(60)
            connected, _ = silent.accept()
            words = Path(f"/proc/{moving.pid}/cmdline").read_text()
            connected.close()
            said = moving.communicate(timeout=60)[1]

    assert moving.returncode == 2, said
    assert "move" in words
    assert PASSWORD not in words + said


def test_settings_do_not_show_what_is_secret_when_they_are_printed():
    secrets = {
        "XLSAPP_DATABASE__URL": f"postgresql://ada:{PASSWORD}@db/x",
        "XLSAPP_AUTH__SECRET": PASSWORD * 2,
    }

    assert PASSWORD not in repr(config.load(environment=secrets))


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

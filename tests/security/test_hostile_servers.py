"""`xlsapp export` against a server that means harm: the token and the files stay where they are."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.cli.commands import xlsapp

TOKEN = "xlsapp_" + "s" * 43
TEMPLATES = {"templates": [{"id": 1, "name": "Customers"}]}


class BrokenOff(bytes):
    """An answer of which less comes than was announced."""


@contextmanager
def serving(answers: dict[str, object], status: int = 200, **headers: str) -> Iterator[tuple[str, list[str]]]:
    """A server that answers by a path's last part. Gives its address, and the tokens it is sent."""
    heard: list[str] = []

    class Hostile(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.headers.get("Authorization", ""))
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            answer = answers.get(self.path.split("?")[0].rsplit("/", 1)[1], {})
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            announced = len(body) + (10 if isinstance(answer, BrokenOff) else 0)
            self.send_response(status)
            for name, value in {"Content-Length": str(announced), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Hostile) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", heard
        finally:
            server.shutdown()
            thread.join()


def xlsapp_in(folder: Path, url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return xlsapp(*arguments, "--template", "Customers", folder=folder, XLSAPP_URL=url, XLSAPP_TOKEN=TOKEN)


def job(**more: object) -> dict[str, object]:
    found = {
        "job_id": "0" * 16,
        "status": "completed",
        "is_final": True,
        "progress": None,
        "error_message": None,
    }
    return {**found, "result": {"summary": "Done.", "file_name": "a.csv", "notes": []}, **more}


@pytest.mark.parametrize("name", ["../evil.csv", "/tmp/evil.csv", "sub/../../evil.csv", "..", "", "a\x00b"])
def test_a_name_that_a_server_gives_leads_nowhere_else(tmp_path, name):
    work = tmp_path / "work"
    work.mkdir()
    result = {"summary": "Done.", "file_name": name, "notes": []}
    with serving({"templates": TEMPLATES, "exports": job(result=result), "download": b"x"}) as (url, _):
        ended = xlsapp_in(work, url, "export")

    assert "Traceback" not in ended.stderr
    assert [path for path in tmp_path.iterdir() if path != work] == []
    assert not Path("/tmp/evil.csv").exists()
    assert {path.name for path in work.iterdir()} <= {"evil.csv", "a\ufffdb"}


def test_a_download_that_breaks_off_leaves_no_file(tmp_path):
    answers = {"templates": TEMPLATES, "exports": job(), "download": b"x"}
    with serving(answers) as (url, _):
        whole = xlsapp_in(tmp_path, url, "export", "--output", "whole.csv")
    with serving({**answers, "download": BrokenOff(b"x")}) as (url, _):
        ended = xlsapp_in(tmp_path, url, "export", "--output", "short.csv")

    assert whole.returncode == 0, whole.stderr
    assert ended.returncode == 4
    assert [path.name for path in tmp_path.iterdir()] == ["whole.csv"]


def test_the_token_does_not_follow_a_redirect(tmp_path):
    with serving({"templates": TEMPLATES}) as (elsewhere, heard_elsewhere):
        location = f"{elsewhere}/api/v1/templates"
        with serving({}, status=302, Location=location) as (url, heard):
            ended = xlsapp_in(tmp_path, url, "export")

    assert heard == [f"Bearer {TOKEN}"]
    assert heard_elsewhere == []
    assert ended.returncode == 1
    assert "302" in ended.stderr


@pytest.mark.parametrize(
    "answer", [b"", b"<html>", b"[]", b"null", b'{"templates": 5}', b"\xff" * 100, b"[" * 100_000]
)
def test_an_answer_that_is_none_ends_in_a_sentence(tmp_path, answer):
    with serving({"templates": answer}) as (url, _):
        ended = xlsapp_in(tmp_path, url, "export")

    assert ended.returncode == 1
    assert "is no xlsapp" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_what_a_workbook_or_a_server_says_never_steers_the_terminal(tmp_path):
    failed = job(status="failed", error_message="\x1b]0;owned\x07 \u202e and \x9b31m more", result=None)
    with serving({"templates": TEMPLATES, "exports": failed}) as (url, _):
        ended = xlsapp_in(tmp_path, url, "export")
    with serving({"templates": {"detail": "\x1b[2J"}}, status=422) as (url, _):
        refused = xlsapp_in(tmp_path, url, "export")

    assert (ended.returncode, refused.returncode) == (1, 1)
    for text in (ended.stderr, refused.stderr):
        assert not set(text) & set("\x1b\x07\x9b\u202e")
        assert "\ufffd" in text


def test_no_way_of_failing_prints_the_token(tmp_path):
    with serving({"templates": {"detail": "no"}}, status=401) as (url, _):
        refused = xlsapp_in(tmp_path, url, "export")
    unreachable = xlsapp_in(tmp_path, url, "export")

    assert (refused.returncode, unreachable.returncode) == (4, 4)
    assert "sss" not in refused.stderr + unreachable.stderr

"""Deploying: the one-file archive, a restart, metrics, and the files of deploy/."""

import configparser
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.conftest import missing
from tests.factories import make_workbook
from tests.processes import program, running
from tests.server import NO_TLS, ROOT, Server, add_template, free_port, run_export, run_import
from xlsapp import config

DEPLOY = ROOT / "deploy"
NO_INDEX = "No matching distribution|Could not find a version|Connection"


def test_metrics_are_there_when_they_are_asked_for(tmp_path, server):
    assert httpx.get(f"{server.url}/metrics").status_code == 404
    with Server.started(tmp_path, XLSAPP_SERVER__METRICS="true") as counting, counting.client() as client:
        counting.sign_up(client)
        run_import(client, add_template(client), make_workbook(tmp_path, ["Name"], ["Ada"]))

        answer = httpx.get(f"{counting.url}/metrics")

    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    values = {}
    for line in answer.text.splitlines():
        if not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            values[name] = float(value)
    assert values['xlsapp_jobs_total{kind="import",status="completed"}'] == 1
    assert values['xlsapp_queue_jobs{state="queued",scope="all"}'] == 0
    assert values['xlsapp_requests_total{status="3xx"}'] >= 2
    assert values["xlsapp_watchers"] == 0
    assert any(f',host="{socket.gethostname()}",role="both"}}' in name for name in values)
    assert 20e6 < values["xlsapp_resident_bytes"] < 500e6
    assert "@example.com" not in answer.text


def test_during_a_restart_visitors_wait_and_are_not_refused(tmp_path):
    """As with deploy/xlsapp.socket: the socket outlives the server."""
    port = free_port()
    with socket.create_server(("127.0.0.1", port)) as listening:

        def start() -> subprocess.Popen[bytes]:
            script = (
                "import os, sys; os.dup2(int(sys.argv[1]), 3); os.set_inheritable(3, True);"
                "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1');"
                "os.execv(sys.executable, [sys.executable, 'run.py', 'serve', '--data-dir', sys.argv[2]])"
            )
            return subprocess.Popen(
                [sys.executable, "-c", script, str(listening.fileno()), str(tmp_path)],
                cwd=ROOT,
                pass_fds=[listening.fileno()],
                stderr=subprocess.DEVNULL,
            )

        answers: list[object] = []
        over = threading.Event()

        def visit() -> None:
            while not over.is_set():
                try:
                    answer = httpx.get(f"http://127.0.0.1:{port}/up", timeout=60, verify=NO_TLS)
                    answers.append(answer.status_code)
                except httpx.HTTPError as error:
                    answers.append(error)

        def until_answered(times: int) -> None:
            enough, end = len(answers) + times, time.monotonic() + 60
            while len(answers) < enough:
                assert time.monotonic() < end, "nobody answers"
                time.sleep(0.02)

        server = start()
        visitors = [threading.Thread(target=visit) for _ in range(3)]
        try:
            for visitor in visitors:
                visitor.start()
            for _ in range(2):
                until_answered(10)
                server.terminate()
                server.wait(timeout=30)
                server = start()
            until_answered(10)
        finally:
            over.set()
            for visitor in visitors:
                visitor.join()
            server.terminate()
            server.wait(timeout=30)

    assert set(answers) == {200}


def test_the_systemd_units_are_whole():
    subprocess.run(
        [program("systemd-analyze"), "verify", str(DEPLOY / "xlsapp.service"), str(DEPLOY / "xlsapp.socket")],
        check=True,
        capture_output=True,
        timeout=60,
    )
    unit = configparser.RawConfigParser(strict=False, delimiters="=")
    unit.read(DEPLOY / "xlsapp.service")

    environment = dict(pair.split("=", 1) for pair in unit["Service"]["environment"].split())
    settings = config.load(ROOT / "config.toml", environment=environment)
    assert settings.data.dir == "/var/lib/xlsapp"
    assert int(unit["Service"]["timeoutstopsec"]) > settings.server.shutdown_grace_seconds


def test_the_systemd_unit_leaves_little_to_who_gets_in():
    """Of 100; without any of it, it is 92."""
    looked_over = subprocess.run(
        [
            program("systemd-analyze"),
            "security",
            "--offline=true",
            "--threshold=20",
            DEPLOY / "xlsapp.service",
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert looked_over.returncode == 0, looked_over.stdout[-2000:]


def test_the_systemd_unit_allows_the_calls_that_the_app_makes(tmp_path):
    """From its start over an import and an export to its end, without capabilities, as a kernel sees it that
    counts the calls."""
    calls, port = tmp_path / "calls", free_port()
    bounded = [program("setpriv"), "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
    traced = [*bounded, program("strace"), "-D", "-f", "-qq", "-o", str(calls), sys.executable, "run.py"]
    environment = {**os.environ, "XLSAPP_AUTH__SIGNUP": "open"}
    command = [*traced, "--port", str(port), "--data-dir", str(tmp_path / "data")]
    with running(command, port, cwd=ROOT, env=environment):
        server = Server(tmp_path, port=port)
        with server.client() as client:
            server.sign_up(client)
            template_id = add_template(client)
            run_import(client, template_id, make_workbook(tmp_path, ["Name"], ["Ada"]))
            run_export(client, template_id)
    made = set(re.findall(r"^\d+ +(\w+)\(", calls.read_text(errors="replace"), re.MULTILINE))

    allowed = _calls_in("@system-service") - _calls_in("@privileged")
    assert {"openat", "setpgid", "setpriority", "prlimit64"} <= made
    # SQLite gives its files to their owner when it runs as root, which it does not under systemd.
    assert made - allowed - {"fchown"} == set()


def _calls_in(group: str) -> set[str]:
    """The system calls of one of systemd's groups."""
    listed = subprocess.run(
        [program("systemd-analyze"), "syscall-filter", group], capture_output=True, text=True, check=True
    ).stdout
    found: set[str] = set()
    for line in listed.splitlines()[1:]:
        name = line.strip()
        if name.startswith("@"):
            found |= _calls_in(name)
        elif name and not name.startswith("#"):
            found.add(name)
    return found


def test_the_lock_holds_each_package_to_its_hashes():
    pinned = _pins("requirements.txt")
    locked = _pins("requirements.lock")

    extras = _pins("requirements-extras.lock")

    assert locked == pinned
    assert {"psycopg", "psycopg-pool", "obstore", "authlib", "requests"} <= extras.keys()
    assert extras.items() <= {**pinned, **_pins("requirements-dev.txt")}.items()
    for name in ("requirements.lock", "requirements-extras.lock"):
        text = (ROOT / name).read_text()
        assert all("--hash=sha256:" in entry for entry in re.split(r"\n(?=\S)", text) if "==" in entry)
        assert "://" not in text


def _pins(name: str) -> dict[str, str]:
    lines = re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==([^ ;\n]+)", (ROOT / name).read_text(), re.MULTILINE)
    return {re.sub(r"[_.]", "-", package).lower(): version for package, version in lines}


def test_the_lock_can_be_installed():
    installed = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"),
            *("--require-hashes", "-r", str(ROOT / "requirements.lock")),
            *("-r", str(ROOT / "requirements-extras.lock")),
        ],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if installed.returncode and re.search(NO_INDEX, installed.stderr):
        missing("a package index")

    assert installed.returncode == 0, installed.stderr


def test_the_image_copies_what_there_is_and_sets_what_can_be_set():
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    copied = [part for line in lines if line.startswith("COPY") for part in line.split()[1:-1]]
    environment = dict(
        pair.split("=", 1) for line in lines if line.startswith("ENV") for pair in line.split()[1:]
    )
    ignored = (ROOT / ".dockerignore").read_text().splitlines()

    assert all((ROOT / path).exists() for path in copied)
    assert set(copied) == {line[1:] for line in ignored if line.startswith("!")}
    settings = config.load(ROOT / "config.toml", environment=environment)
    assert (settings.server.host, settings.data.dir) == ("0.0.0.0", "/data")


def test_the_image_is_built_on_one_that_its_digest_names():
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()

    assert [line for line in lines if line.startswith("FROM")] == ["FROM ${PYTHON}"]
    (python,) = [line.split("=", 1)[1] for line in lines if line.startswith("ARG")]
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+@sha256:[0-9a-f]{64}", python)


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    """What `make dist` makes, of a copy of what is checked in."""
    folder = tmp_path_factory.mktemp("dist")
    for name in ("xlsapp", "templates", "static"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Makefile", "README.md", "pyproject.toml", "requirements.in", "requirements.txt"):
        shutil.copy(ROOT / name, folder / name)
    built = subprocess.run(
        ["make", "dist", "VENV=.", f"BIN={Path(sys.executable).parent}", "-o", "./.ready-dev"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if built.returncode and re.search(NO_INDEX, built.stderr):
        missing("a package index")
    assert built.returncode == 0, built.stderr
    return folder / "dist" / "xlsapp.pyz"


def test_the_archive_runs_in_an_empty_folder_with_nothing_but_python(archive, tmp_path):
    home, port = tmp_path / "home", free_port()
    home.mkdir()
    python = os.path.realpath(sys.executable)  # not the virtual environment's, which has all the packages
    command = [python, "-I", str(archive), "serve", "--port", str(port)]
    clean = {"PATH": "/usr/bin:/bin", "HOME": str(home)}
    with running(command, port, cwd=home, env=clean):
        server = Server(home, port=port)
        with server.client() as client:
            server.sign_up(client)
            state = run_import(client, add_template(client), make_workbook(tmp_path, ["Name"], ["Ada"]))
            page = client.get("/import_templates").text
            style = re.search(r'href="(/static/css/[^"]+)"', page)
            assert style
            assert client.get(style[1]).status_code == 200

        assert state["status"] == "completed", state
    assert (home / "data" / "data.sqlite3").exists()
    said = subprocess.run(
        [python, "-I", str(archive), "users", "list"],
        cwd=home,
        env=clean,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "@example.com" in said.stdout


def test_a_wheel_has_the_pages_and_no_tests_in_it(archive):
    (wheel,) = archive.parent.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()

    for folder in ("templates", "static"):
        inside = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*") if path.is_file()}
        assert {f"xlsapp/{name}" for name in inside} <= set(names)
    files = [path for path in (ROOT / "xlsapp").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert {path.relative_to(ROOT).as_posix() for path in files} <= set(names)
    assert not [name for name in names if name.startswith(("tests", "bench"))]

"""The documentation holds: its commands run, its settings are all there, its links lead somewhere.

A block fenced as `sh` is run, in a folder of its document's own, beside a running server: `xlsapp` is our
command, and XLSAPP_URL and XLSAPP_TOKEN lead to the server. `sh stopped` is run while the server is stopped.
`sh not run: …` says why not. A `json` block after one that was run shows its answer, shortened.
"""

import json
import re
import subprocess
import sys
from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from tests.processes import program
from tests.server import PASSWORD, ROOT, Server
from tests.web.api.conftest import make_token
from xlsapp import config
from xlsapp.cli.exit_codes import Exit
from xlsapp.cli.parser import build_parser
from xlsapp.models import TokenScope
from xlsapp.services.records import matches, views
from xlsapp.services.templates import definition, naming
from xlsapp.spreadsheet.cells import values
from xlsapp.spreadsheet.writing.workbook import MAX_RECORDS
from xlsapp.web.api.operations import OPERATIONS
from xlsapp.web.http import arrival
from xlsapp.web.pages import job_sockets
from xlsapp.web.routes import MAX_FORM_BYTES, SMALL_FORM_BYTES

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^ *```(\w*)([^\n]*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@dataclass(frozen=True)
class Block:
    """A fenced block of a document."""

    language: str
    note: str
    text: str

    @property
    def is_run(self) -> bool:
        return self.language == "sh" and not self.note.startswith("not run: ")


def blocks_of(page: Path) -> list[Block]:
    return [Block(kind, note.strip(), text) for kind, note, text in FENCE.findall(page.read_text())]


@EVERY_PAGE
def test_every_command_works_or_says_why_it_is_not_tried(page, tmp_path):
    blocks = blocks_of(page)
    for block in blocks:
        assert block.language not in ("", "bash", "shell", "console"), "commands are fenced as sh"
        assert block.language != "sh" or re.fullmatch(r"|stopped|not run: .{10,}", block.note), block.note
    if not any(block.is_run for block in blocks):
        return
    for name in ("bash", "curl", "jq"):
        program(name)
    with Server.started(tmp_path) as server:
        environment = shell_of(server, tmp_path)
        shown = ""
        for block in blocks:
            if block.is_run:
                server.stop() if block.note == "stopped" else running(server)
                shown = run(block.text, tmp_path, environment)
            elif block.language == "json" and shown:
                assert_shows(json.loads(block.text), json.loads(shown))
            else:
                shown = ""


def running(server: Server) -> None:
    if server.process is None or server.process.poll() is not None:
        server.start()


def shell_of(server: Server, folder: Path) -> dict[str, str]:
    """The environment that the documents take for granted."""
    commands = folder / "bin"
    commands.mkdir()
    (commands / "xlsapp").write_text(f'#!/bin/sh\nexec {sys.executable} {ROOT}/run.py "$@"\n')
    (commands / "xlsapp").chmod(0o755)
    with server.client() as ada:
        server.sign_up(ada, "ada@example.com")
        token = make_token(ada, *TokenScope)
    return {
        "PATH": f"{commands}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "XLSAPP_DATA__DIR": str(server.data),
        "XLSAPP_SERVER__PORT": str(server.port),
        "XLSAPP_URL": server.url,
        "XLSAPP_TOKEN": token,
        "PASSWORD": PASSWORD,
    }


def run(script: str, folder: Path, environment: dict[str, str]) -> str:
    """Run a block as a person would, except that curl fails where the server does."""
    failing = 'curl() { command curl --silent --show-error --fail-with-body "$@"; }\n'
    work = folder / "work"
    work.mkdir(exist_ok=True)
    result = subprocess.run(
        # What a block exports, or sets, is there for the blocks after it.
        [
            "bash",
            "-c",
            f"set -euo pipefail; set -a\n[ -e ../set ] && . ../set\n{failing}{script}\nexport -p >../set",
        ],
        cwd=work,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, f"{script}\n{result.stdout}{result.stderr}"
    return result.stdout


def assert_shows(shortened: object, whole: object) -> None:
    """Whatever a document shows of an answer is in it: each name, and what kind of value it has."""
    if isinstance(shortened, dict):
        assert isinstance(whole, dict)
        for name, value in shortened.items():
            assert name in whole, f"{name} is not in the answer"
            assert_shows(value, whole[name])
    elif isinstance(shortened, list):
        assert isinstance(whole, list)
        for each, other in zip(shortened, whole, strict=False):
            assert_shows(each, other)
    else:
        assert type(shortened) is type(whole)


@EVERY_PAGE
def test_links_lead_to_files_that_are_there(page):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_every_setting_is_described_as_it_is():
    text = (ROOT / "docs" / "configure.md").read_text()
    rows = {
        name: (default, may_be)
        for name, default, may_be in re.findall(
            r"^\| `(\w+\.\w+)` \| `([^`]*)` \| ([^|]*) \|", text, re.MULTILINE
        )
    }
    expected = {
        f"{section}.{field.name}": (_default(section, field), _may_be(field))
        for section, kind in config.SECTIONS.items()
        for field in fields(kind)
    }

    assert set(rows) == set(expected)
    for name, (default, may_be) in expected.items():
        assert rows[name][0] == default, name
        assert may_be in ("", rows[name][1]), name


def _default(section, field):
    value = getattr(getattr(config.Settings(), section), field.name)
    return json.dumps(value)


def _may_be(field):
    rules = field.metadata
    if field.type is bool:
        return "true or false"
    if field.type is int:
        return f"{rules['least']:,} to {rules['most']:,}"
    return ", ".join(f"`{choice}`" for choice in rules["choices"])


def test_every_command_and_exit_code_is_described():
    text = (ROOT / "docs" / "run.md").read_text()
    (commands,) = [action for action in build_parser()._actions if action.dest == "command"]

    for name in commands.choices:
        assert re.search(rf"`(xlsapp )?{name}\b", text), name
    described = {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
    assert described == {code.value for code in Exit}


def test_the_limits_are_those_of_the_code():
    text = (ROOT / "docs" / "limits.md").read_text()
    for shown, section, name in re.findall(r"\| ([\d,]+)[^|]*\| `(\w+)\.(\w+)` \|", text):
        assert int(shown.replace(",", "")) == getattr(getattr(config.Settings(), section), name), name
    fixed = {
        "text in a cell": f"{values.MAX_TEXT_LENGTH:,} ",
        "a name of": f"{naming.MAX_NAME_LENGTH:,} ",
        "choices of": f"{definition.MAX_CHOICES:,} ",
        "filters at a time": f"{views.MAX_CONDITIONS:,} ",
        "matches of a search": f"{matches.MOST_MATCHES:,} ",
        "a request line": f"{arrival.MAX_TARGET_BYTES // 1024} KB, {arrival.MAX_HEADERS_BYTES // 1024} KB",
        "a form or": f"{MAX_FORM_BYTES // 1024**2} MB; {SMALL_FORM_BYTES // 1024} KB",
        "a message to": f"4 KB; {job_sockets.MOST_MESSAGES}",
        "records in an": f"{MAX_RECORDS:,} ",
    }
    for beginning, figure in fixed.items():
        assert re.search(rf"^\| {beginning}[^|]*\| {figure}", text, re.MULTILINE), beginning


def test_each_test_that_stands_against_a_threat_is_there():
    text = (ROOT / "SECURITY.md").read_text()
    named = set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text))

    missing = [name for file, name in named if f"def {name}(" not in (ROOT / file).read_text()]
    assert missing == []
    assert len(named) > 60
    suite = {str(path.relative_to(ROOT)) for path in (ROOT / "tests" / "security").glob("test_*.py")}
    assert suite <= {file for file, _ in named}


def test_the_api_page_uses_every_kind_of_resource():
    text = (ROOT / "docs" / "api.md").read_text()

    for resource in {operation.resource for operation in OPERATIONS}:
        assert f"/{resource}" in text, resource

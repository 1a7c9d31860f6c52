"""Imports point down: web → jobs → services → repositories → db. This reads our imports and holds it up."""

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "xlsapp"

FOR_EVERYONE = {"models", "problems", "errors", "config", "setting_rules", "clock", "visible", ""}

# What each room may import, beside itself and what is for everyone. A folder stands for all rooms in it;
# `folder/.` for the modules that lie in itself.
MAY_IMPORT = {
    "models": set(),
    "problems": set(),
    "messages": {"messages/english"},
    "messages/english": set(),
    "errors": set(),
    "clock": set(),
    "visible": set(),
    "config": {"setting_rules"},
    "setting_rules": set(),
    "logs": set(),
    "metrics": set(),
    "db": set(),
    "db/postgres": {"db"},
    "files": {"db"},
    "queue_parts": set(),
    "sqlite_queue": {"queue_parts"},
    "postgres_queue": {"queue_parts"},
    "sandbox": {"sandbox/child"},
    "sandbox/child": set(),
    "spreadsheet/cells": set(),
    "spreadsheet/files": {"spreadsheet/cells"},
    "spreadsheet/sources": set(),
    "spreadsheet/reading": {"spreadsheet/cells", "spreadsheet/files", "spreadsheet/sources"},
    "spreadsheet/proposing": {"spreadsheet/cells", "spreadsheet/files", "spreadsheet/reading"},
    "spreadsheet/writing": {"messages", "spreadsheet/cells", "spreadsheet/reading", "spreadsheet/sources"},
    "spreadsheet/marking": {"spreadsheet/cells", "spreadsheet/files", "spreadsheet/writing"},
    "repositories/records": {"db"},
    "repositories/history": {"db", "repositories/records"},
    "repositories/merging": {"db", "repositories/history", "repositories/records"},
    "repositories": {"db", "repositories/history", "repositories/records"},
    "repositories/reviewing": {"db", "repositories/records", "repositories/merging"},
    "services": {"sandbox"},
    "services/accounts": {"repositories", "db"},
    "services/records": {"messages", "repositories", "db", "spreadsheet"},
    "services/history": {"repositories", "db", "services/.", "services/records"},
    "services/imports": {
        *("messages", "repositories", "db", "spreadsheet", "sandbox"),
        *("services/.", "services/engines", "services/records"),
    },
    "services/exports": {
        *("messages", "repositories", "db", "spreadsheet", "sandbox"),
        *("services/.", "services/engines", "services/records"),
    },
    "services/reviews": {
        *("messages", "repositories", "db", "spreadsheet", "sandbox"),
        *("services/.", "services/engines", "services/imports", "services/records"),
    },
    "services/marking": {
        *("messages", "spreadsheet", "sandbox"),
        *("services/.", "services/imports"),
    },
    "services/templates": {
        *("messages", "repositories", "db", "spreadsheet", "sandbox"),
        *("services/.", "services/engines", "services/records"),
    },
    "services/engines": {"repositories", "db", "spreadsheet/sources"},
    "services/operations": {"db", "repositories"},
    "rendering": {"messages"},
    "jobs": {
        *("services", "messages", "repositories", "db", "files", "spreadsheet", "sandbox"),
        *("context", "rendering", "logs"),
    },
    "jobs/live": {"jobs", "db", "rendering", "metrics"},
    "storage": {"jobs", "services", "db", "files", "sqlite_queue", "postgres_queue"},
    "context": {"jobs", "services", "db", "sandbox", "rendering", "metrics"},
    "web/http": {
        *("jobs", "services", "messages", "repositories", "db", "files"),
        *("context", "rendering", "metrics"),
    },
    "web/pages": {
        *("messages", "jobs", "services", "repositories", "db", "spreadsheet"),
        *("context", "web/http"),
    },
    "web/api": {
        *("messages", "jobs", "services", "repositories", "db", "spreadsheet"),
        *("context", "web/http"),
    },
    "web": {"rendering", "web/api", "web/http", "web/pages"},
    "app": {
        *("web", "jobs", "services", "sandbox", "storage"),
        *("context", "rendering", "metrics"),
    },
    "demo": {"services", "repositories", "storage"},
    "cli": {
        *("app", "demo", "messages", "jobs", "services", "repositories", "db", "sqlite_queue"),
        *("storage", "logs"),
    },
}

# Beside the database and the queue, staging files are SQLite on every engine: what a child process fills.
KNOW_SQLITE = ("db", "sqlite_queue", "spreadsheet")

# What changes records: for the one writer, which counts every change.
WRITER = PACKAGE / "services" / "records" / "writer.py"
CHANGE_RECORDS = {
    *("data_records.add", "data_records.change", "data_records.take_converted", "data_records.note_change"),
    *("listing.remove_among", "listing.remove_selection", "template_columns.remove", "applying.apply_plan"),
    "restoring.take_back",
}

FILES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES = 350


def room_of(module: str) -> str:
    """The folder that a module lies in, or its own name at the top: xlsapp.web.api.jobs is in web/api."""
    steps = module.split(".")[1:]
    if not (PACKAGE / steps[0]).is_dir():
        return steps[0]
    folders = [step for n, step in enumerate(steps, 1) if PACKAGE.joinpath(*steps[:n]).is_dir()]
    return "/".join(folders)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imported_modules(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def imported_rooms(path: Path) -> set[str]:
    ours = {name for name in imported_modules(path) if name.startswith("xlsapp.")}
    return {room_of(name) for name in ours if name != "xlsapp.__version__"}


def repository_functions(path: Path) -> set[str]:
    """What a module calls of the repositories, each with the name of its module: data_records.find."""
    tree = ast.parse(path.read_text())
    repositories = [name for name in imported_modules(path) if name.startswith("xlsapp.repositories.")]
    modules = {name.split(".")[-1] for name in repositories}
    found = {".".join(name.split(".")[-2:]) for name in repositories}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            found.add(f"{node.value.id}.{node.attr}")
    return found


def is_allowed(room: str, imported: str) -> bool:
    allowed = {room} | MAY_IMPORT[room] | FOR_EVERYONE
    return imported in allowed or f"{imported}/." in allowed or imported.partition("/")[0] in allowed - {room}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path):
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    room = "" if path.parent == PACKAGE and path.stem.startswith("__") else room_of(module)
    if room == "":
        return

    climbing = {imported for imported in imported_rooms(path) if not is_allowed(room, imported)}

    assert not climbing, f"{path.relative_to(ROOT)} climbs to {climbing}"


@pytest.mark.parametrize("room", ["queue_parts", "sqlite_queue", "postgres_queue"])
def test_a_queue_could_be_a_package_of_its_own(room):
    for path in (PACKAGE / room).rglob("*.py"):
        assert imported_rooms(path) <= {"queue_parts", room}, path


def test_spreadsheets_are_read_without_asyncio():
    for path in (PACKAGE / "spreadsheet").rglob("*.py"):
        roots = {name.split(".")[0] for name in imported_modules(path)}
        assert "asyncio" not in roots, path


def test_only_a_few_rooms_know_that_it_is_sqlite():
    drivers = {"sqlite3", "aiosqlite"}
    for path in FILES:
        roots = {name.split(".")[0] for name in imported_modules(path)}
        assert path.relative_to(PACKAGE).parts[0] in KNOW_SQLITE or not roots & drivers, path


def test_only_what_speaks_to_postgresql_knows_its_driver():
    for path in FILES:
        roots = {name.split(".")[0] for name in imported_modules(path)}
        speaks = path.is_relative_to(PACKAGE / "db/postgres") or path.is_relative_to(
            PACKAGE / "postgres_queue"
        )
        assert speaks or "psycopg" not in roots, path


def test_over_a_folder_nothing_is_loaded_that_only_postgresql_and_stores_of_objects_need():
    names = (
        "import sys, importlib, xlsapp.app, xlsapp.cli.serve, xlsapp.storage.on_sqlite, xlsapp.web.api.app\n"
        "for name in xlsapp.app.PRELOADED: importlib.import_module(name)\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )

    loaded = subprocess.run([sys.executable, "-c", names], cwd=ROOT, capture_output=True, check=True)

    assert not {"psycopg", "psycopg_pool", "obstore"} & set(loaded.stdout.decode().split())


def test_records_are_changed_by_their_writer_alone():
    used = {path: repository_functions(path) & CHANGE_RECORDS for path in FILES}
    below = {path for path in FILES if path.is_relative_to(PACKAGE / "repositories")}

    assert used[WRITER] == CHANGE_RECORDS
    assert [path for path in FILES if used[path] and path not in {WRITER, *below}] == []


def test_nothing_below_the_pages_knows_query_strings():
    for path in FILES:
        if path.relative_to(PACKAGE).parts[0] in ("services", "jobs", "repositories", "db", "spreadsheet"):
            assert not imported_modules(path) & {"urllib.parse.parse_qsl", "urllib.parse.urlencode"}, path


def test_the_server_does_not_load_what_few_children_need():
    names = "import sys, xlsapp.app; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", names], cwd=ROOT, capture_output=True, check=True)

    assert b" openpyxl " not in loaded.stdout


def test_the_map_has_every_room():
    lines = (ROOT / "docs/development.md").read_text().splitlines()
    named = {
        PACKAGE / (name if name.endswith("/") else Path(name).parent)
        for line in lines
        if line.startswith("| `")
        for name in re.findall(r"`([^`]+)`", line.split("|")[1])
    }

    assert {path for path in named if not path.is_dir()} == set()
    assert {path.parent for path in FILES if path.stem != "__init__"} - named == {PACKAGE}


def test_a_wheel_takes_every_room():
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    folders = {".".join(path.parent.relative_to(ROOT).parts) for path in PACKAGE.rglob("__init__.py")}

    assert folders <= set(packages)


def test_modules_are_short():
    lengths = {path: len(path.read_text().splitlines()) for path in FILES}
    excused = {
        path for path in FILES if "Longer than other modules:" in (ast.get_docstring(tree_of(path)) or "")
    }
    too_long = {path for path, length in lengths.items() if length > MOST_LINES}

    assert median(length for length in lengths.values() if length) <= 120
    assert too_long <= excused, f"above {MOST_LINES} lines, and its docstring does not say why"
    assert excused <= too_long, "not that long any more"


def test_functions_fit_on_a_screen():
    lengths = {
        f"{path.relative_to(PACKAGE)}:{node.name}": node.end_lineno - node.lineno + 1
        for path in FILES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    too_long = {name for name, length in lengths.items() if length > 60}

    assert too_long <= {"web/routes.py:routes"}  # a table of all addresses, which is read as one


def test_lines_of_templates_can_be_read():
    too_long = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) >= 140
    ]

    assert too_long == []

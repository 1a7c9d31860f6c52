"""Imports point down: web → jobs → services → repositories → db. This reads our imports and holds it up."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "xlsapp"

FOR_EVERYONE = {"models", "errors", "config", "clock", ""}

# What each part may import, beside itself and what is for everyone.
MAY_IMPORT = {
    "models": set(),
    "errors": set(),
    "clock": set(),
    "config": set(),
    "logs": set(),
    "metrics": set(),
    "db": set(),
    "spreadsheet": set(),
    "sandbox": {"zygote"},
    "zygote": set(),
    "repositories": {"db"},
    "services": {"repositories", "db", "spreadsheet", "sandbox"},
    "rendering": set(),
    "jobs": {"services", "repositories", "db", "spreadsheet", "sandbox", "context", "rendering", "logs"},
    "context": {"jobs", "services", "db", "sandbox", "rendering", "metrics"},
    "web": {"jobs", "services", "repositories", "db", "spreadsheet", "context", "rendering", "metrics"},
    "app": {"web", "jobs", "services", "repositories", "db", "sandbox", "context", "rendering", "metrics"},
    "demo": {"app", "services", "repositories", "db"},
    "cli": {"app", "demo", "web", "jobs", "services", "repositories", "db", "logs"},
}

FILES = sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py").replace("__init__", "")


def imported_modules(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path):
    part = part_of(path)
    imported = {name.split(".")[1] for name in imported_modules(path) if name.startswith("xlsapp.")}
    climbing = imported - MAY_IMPORT.get(part, set()) - FOR_EVERYONE - {part, "__version__"}

    assert not climbing, f"{path.relative_to(ROOT)} climbs to {climbing}"


def test_the_queue_could_be_a_package_of_its_own():
    for path in (PACKAGE / "jobs" / "sqlite_queue").rglob("*.py"):
        ours = {name for name in imported_modules(path) if name.startswith("xlsapp.")}
        assert all(name.startswith("xlsapp.jobs.sqlite_queue") for name in ours), path


def test_spreadsheets_are_read_without_asyncio():
    for path in (PACKAGE / "spreadsheet").rglob("*.py"):
        roots = {name.split(".")[0] for name in imported_modules(path)}
        assert "asyncio" not in roots, path

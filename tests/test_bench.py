"""`make bench` with next to nothing to do, so that it does not rot."""

from pathlib import Path

from bench import crowd, imports, imports_large, load, pages, postgres_imports
from tests.postgres import Cluster


def test_imports_are_measured_and_every_planted_defect_is_found() -> None:
    figures = imports.run(rounds=1, rows=300, visits=6)

    # A run fails where a row is lost, or where more or less is found than was planted.
    assert figures["planted"][imports.ALL_BAD] == 3000
    assert f"{figures['planted'][imports.SOME_BAD]:,} planted" in imports.table(figures)


def test_a_long_import_is_measured() -> None:
    figures = imports_large.run(rounds=1, rows=1000, visits=6)

    assert "× the floor" in imports_large.table(figures)


def test_a_busy_day_is_measured() -> None:
    figures = load.run(rounds=1, people=3, sockets=10, seconds=load.POLL_SECONDS + 0.5)

    assert figures["median"]["polls"] > 0
    assert "3 signed in and polling, 10 idle sockets" in load.table(figures)


def test_pages_are_measured() -> None:
    figures = pages.run(rounds=1, records=200, templates=3, times=1, grid_times=4)

    assert min(found["p50"] for found in (figures["grid"] | figures["idle"]).values()) > 0
    assert "while two imports run" in pages.table(figures)


def test_the_page_of_one_beside_a_hostile_account_is_measured() -> None:
    figures = crowd.run(rounds=1, records=300, seconds=0.5, warm_up_seconds=0.5, hostile=(1,))

    assert figures["median"]["1"]["import p50"] > 0
    assert "1 hostile" in crowd.table(figures)


def test_imports_on_both_engines_are_measured(postgres: Cluster, tmp_path: Path) -> None:
    (taken,) = postgres_imports.measure(postgres, tmp_path, 100, rounds=1)

    assert {kind for kinds in taken.values() for kind in kinds} == {
        postgres_imports.NEW,
        postgres_imports.CHANGED,
    }
    assert min(seconds for kinds in taken.values() for seconds in kinds.values()) > 0

"""Commands where the data is in PostgreSQL."""

import re
from dataclasses import replace

import pytest

from tests.cli.commands import xlsapp
from xlsapp.cli.check_postgres import judged
from xlsapp.config import Settings
from xlsapp.db.postgres.facts import facts_of

LOST_IN_A_POWER_CUT = (
    "bad   postgresql: loses what it holds in a power cut: fsync or full_page_writes is off."
)


@pytest.mark.parametrize(
    ("command", "named"),
    [("backup", ("pg_dump --format=custom", "pg_basebackup")), ("restore", ("pg_restore",))],
)
def test_copies_are_left_to_postgresql_and_its_commands_are_named(tmp_path, command, named):
    url = "postgresql://ada:geheim@db.example.com/xlsapp"

    result = xlsapp(command, "night", data=tmp_path / "data", XLSAPP_DATABASE__URL=url)

    assert result.returncode == 1
    assert all(name in result.stderr for name in named), result.stderr
    assert "geheim" not in result.stderr
    assert not (tmp_path / "data").exists()


def test_check_finds_a_postgresql_in_order(migrated_url, tmp_path):
    looked = xlsapp("check", data=tmp_path, XLSAPP_DATABASE__URL=migrated_url).stdout

    # That of the tests is in a hurry.
    assert re.findall("^bad.*", looked, re.MULTILINE) == [LOST_IN_A_POWER_CUT]
    for part in ("postgresql: version", "tables: schema", "connections:", "locks:", "extensions:", "clock:"):
        assert f"ok    {part}" in looked, looked


def test_check_says_that_an_empty_database_is_filled_by_the_first_start(postgres_url, tmp_path):
    looked = xlsapp("check", data=tmp_path / "new", XLSAPP_DATABASE__URL=postgres_url).stdout

    assert "note  tables: are not there yet" in looked
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("fact", "state", "sentence"),
    [
        ({"version_number": 140_009, "version": "14.9"}, "bad", "xlsapp needs 15 or newer"),
        ({"encoding": "SQL_ASCII"}, "bad", "needs UTF8"),
        ({"has_icu": False}, "bad", "without ICU"),
        ({"is_read_only": True}, "bad", "takes no writes"),
        ({"may_create": False}, "bad", "GRANT CREATE"),
        ({"gives_sessions": False}, "bad", "pool_mode = session"),
        ({"survives_power_cuts": False}, "bad", "fsync"),
        ({"is_encrypted": False}, "note", "without TLS"),
        ({"needs_version": 999, "schema_version": 999}, "bad", "need a newer xlsapp"),
        ({"schema_version": 1}, "note", "the next start brings schema 1 to"),
        ({"connections": 95, "most_connections": 97}, "bad", "Raise max_connections"),
        # 64 each of 100 connections
        (
            {"templates": 5_000, "locks_each": 64, "most_locks": 6_400},
            "bad",
            "max_locks_per_transaction = 204",
        ),
        ({"has_trigrams": False, "can_have_trigrams": False}, "note", "searches work, and take longer"),
        ({"seconds_ahead": -300.0}, "note", "300 s behind this machine's"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_check_judges_what_it_finds(migrated_url, fact, state, sentence):
    facts = replace(facts_of(migrated_url), **fact)

    (found,) = [each for each in judged(facts, Settings()) if sentence in each.text]

    assert found.state == state

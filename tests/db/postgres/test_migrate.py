"""PostgreSQL has the newest schema, by whichever machine starts first."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from xlsapp.db.migrate import migrations
from xlsapp.db.postgres.migrate import migrate
from xlsapp.errors import ConfigurationError
from xlsapp.visible import folded, visible

ALL = [name for _, (name, _) in sorted(migrations("postgres").items())]
ODD = [
    *("Ada", "  Ada \t", "A\u200bda\ufeff", "\u3000Ada\u00a0Lovelace  x\u2003", "\x1cAda\x85", "", "\u00ad"),
    *("ΟΔΥΣΣΕΥΣ Σ", "İSTANBUL", "ẞtraße", "ÅNGSTRÖM", "ǅ", "a\n\n b"),
]


def test_several_that_start_at_once_migrate_once(postgres_url):
    with ThreadPoolExecutor(3) as starting:
        applied = list(starting.map(migrate, [postgres_url] * 3))

    assert sorted(applied) == [[], [], ALL]


def test_a_program_that_is_a_little_older_goes_on_and_one_that_is_too_old_does_not(postgres_url):
    migrate(postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as conn:
        conn.execute("INSERT INTO data.schema_migrations VALUES (9000, 'adds something', 0, '')")
        assert migrate(postgres_url) == []
        conn.execute("INSERT INTO data.schema_migrations VALUES (9001, 'removes something', 9000, '')")

    with pytest.raises(ConfigurationError, match="newer xlsapp"):
        migrate(postgres_url)


def test_a_database_of_another_encoding_is_refused(postgres):
    with postgres.database() as url, psycopg.connect(url, autocommit=True) as conn:
        conn.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
        try:
            with pytest.raises(ConfigurationError, match="LATIN1"):
                migrate(postgres.url("latin"))
        finally:
            conn.execute("DROP DATABASE latin")


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/x", "postgresql://a?nonsense=1"])
def test_no_database_is_said(url):
    with pytest.raises(ConfigurationError, match=r"PostgreSQL"):
        migrate(url)


def test_texts_look_the_same_to_the_database_as_to_us(migrated_url):
    with psycopg.connect(migrated_url) as conn:
        found = [
            conn.execute("SELECT data.visible(%s), data.folded(%s)", (text, text)).fetchone() for text in ODD
        ]

    assert found == [(visible(text), folded(text)) for text in ODD]

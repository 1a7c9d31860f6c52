"""The tests' own PostgreSQL."""

import psycopg

from tests.postgres import Cluster


def test_every_test_has_an_empty_database_of_its_own(postgres: Cluster) -> None:
    with postgres.database() as first, postgres.database() as second:
        with psycopg.connect(first, autocommit=True) as conn:
            conn.execute("CREATE TABLE here (id bigint)")
        with psycopg.connect(second) as conn:
            assert conn.execute("SELECT to_regclass('here')").fetchone() == (None,)

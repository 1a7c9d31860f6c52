"""Statements and values on PostgreSQL are what they are on SQLite."""

import pytest

from xlsapp.db.postgres.connection import translated


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT :a, :a_2", "SELECT %(a)s, %(a_2)s"),
        ("SELECT CAST(:a AS TEXT)::bytea", "SELECT CAST(%(a)s AS TEXT)::bytea"),
        ("SELECT ':a', \":b\", 'it''s :c', :d", "SELECT ':a', \":b\", 'it''s :c', %(d)s"),
        ("SELECT 1 -- :a\n, :b /* :c\n:d */", "SELECT 1 -- :a\n, %(b)s /* :c\n:d */"),
        ("SELECT 7 % :a WHERE x LIKE '50%'", "SELECT 7 %% %(a)s WHERE x LIKE '50%%'"),
        ("SELECT x[1:2]", "SELECT x[1:2]"),
    ],
)
def test_names_become_placeholders_and_nothing_else_does(sql, expected):
    assert translated(sql) == expected.encode()

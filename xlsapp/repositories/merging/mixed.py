"""Rows that stand beside the id of another record: sorted, moved or cut without their hidden columns.

A changed row is another record's when

- at least two of its values are that record's and not its own's, one of which no third record has;
- none of its values is its own record's and not that record's;
- that record's own row is there, too, and does not have that one value any more.

One such row is enough. Where single values do not tell records apart, a table is judged as a whole: of its
changed rows at least ten, and nine of ten, are to the letter what one other of the changed records is.

Blank cells say nothing. Only rows are looked at that carry the age of their record; of very many, some
thousands that are spread evenly, and as many of those that have nothing of their own in the columns that
tell records apart.

    doubted   row, record_id, differs: changed rows, and in how many columns
    moved     row, other: the record that it is instead of its own
    equal     row, rows, records, other: how many rows and changed records are just like it, and one of these
"""

from collections.abc import Iterable, Sequence

from xlsapp.db.beside import Beside
from xlsapp.models import TemplateColumn
from xlsapp.repositories.merging.merging import Merging
from xlsapp.repositories.records.data_records import column_name, table_name

# How much is looked at of many rows: so many cells, and so many rows in any case.
CELLS_DOUBTED, ROWS_DOUBTED = 50_000, 1_000
# Rows by which columns are chosen: those whose values bind a row to its record, or may lead to another one.
ROWS_SAMPLED = 200
MOST_LOOKED_UP = 3
LEAST_AS_A_WHOLE, MOST_AS_A_WHOLE = 10, 500

# 2 to the 32nd by the golden ratio: multiples of it are spread evenly (Knuth, 6.4).
SPREADING = 2_654_435_761

TABLES = {
    "doubted": "row INTEGER PRIMARY KEY, record_id INTEGER, differs INTEGER",
    "moved": "row INTEGER PRIMARY KEY, other INTEGER",
    "equal": "row INTEGER PRIMARY KEY, rows INTEGER, records INTEGER, other INTEGER",
}

COUNT_CHANGED_SQL = "SELECT COUNT(*) FROM planned WHERE action = 'update'"

MIXED_SQL = """
    SELECT p.row, p.record_id, m.other FROM planned AS p
    JOIN staged AS s ON s.row = p.row LEFT JOIN moved AS m ON m.row = p.row
    WHERE p.action = 'update' AND s.record_id = p.record_id AND s.updated_at IS NOT NULL
    AND p.row NOT IN (SELECT row FROM stopped)
"""
"""All changed rows of a workbook in which some are another record's: none of its ids can be trusted."""


def find_moved(conn: Beside, merging: Merging) -> bool:
    """Fill `moved`. Whether there are any."""
    (changed,) = conn.one(COUNT_CHANGED_SQL) or (0,)
    if changed < 2:
        return False
    for name, declared in TABLES.items():
        conn.new_table(name, declared)
    table, columns = table_name(merging.template.id), merging.columns
    most = max(CELLS_DOUBTED // len(columns), ROWS_DOUBTED)
    every = -(-changed // most)
    doubted = conn.run(_doubt_sql(table, columns, SPREAD_SQL), every=every)
    binding = [c for c in columns if c.rules.unique and "unique" not in c.rules.warnings]
    binding += _distinct_in(conn, columns, _records_sampled_sql(table))
    bound = conn.run(_unbound_sql(table, binding)) if binding else 0
    more = every > 1 and binding and conn.run(_doubt_sql(table, columns, _none_own(binding)), most=most)
    if doubted == bound and not more:
        return False
    as_a_whole = doubted - bound >= LEAST_AS_A_WHOLE and doubted >= bound * 10
    return _find_single(conn, table, columns) or (as_a_whole and _find_as_a_whole(conn, table, columns))


def _find_single(conn: Beside, table: str, columns: Sequence[TemplateColumn]) -> bool:
    if conn.one("SELECT 1 FROM doubted WHERE differs >= 2") is None:
        return False
    counts = _counts(conn, columns, ROWS_SAMPLED_SQL)
    ranked = sorted(zip(counts, columns, strict=True), key=lambda pair: -pair[0])
    for _, column in ranked[:MOST_LOOKED_UP]:
        conn.run(_moved_sql(table, column, columns))
    return conn.one("SELECT 1 FROM moved") is not None


def _find_as_a_whole(conn: Beside, table: str, columns: Sequence[TemplateColumn]) -> bool:
    conn.run(_equal_sql(table, columns))
    moved, new = conn.one(COUNT_EQUAL_SQL) or (0, 0)
    if moved < LEAST_AS_A_WHOLE or moved < 9 * new:
        return False
    return conn.run("INSERT INTO moved SELECT row, other FROM equal WHERE rows = 1 AND records = 1") > 0


SPREAD_SQL = f"((p.row * {SPREADING}) >> 8) % :every = 0"
"""One of `every` rows, whatever the pattern in which they were changed."""


def _none_own(binding: Sequence[TemplateColumn]) -> str:
    """At most so many rows that have their own record's value in none of these columns."""
    return " AND ".join(_all(binding, "(s.{c} IS NULL OR s.{c} IS DISTINCT FROM r.{c})")) + " LIMIT :most"


def _doubt_sql(table: str, columns: Sequence[TemplateColumn], which: str) -> str:
    """Add changed rows to `doubted`."""
    differs = _how_many(columns, "s.{c} IS NOT NULL AND s.{c} IS DISTINCT FROM r.{c}")
    return f"""
        INSERT INTO doubted SELECT p.row, p.record_id, {differs} FROM planned AS p
        CROSS JOIN staged AS s ON s.row = p.row CROSS JOIN data.{table} AS r ON r.id = p.record_id
        WHERE p.action = 'update' AND s.record_id = p.record_id AND s.updated_at IS NOT NULL AND {which}
        ON CONFLICT DO NOTHING
    """


ROWS_SAMPLED_SQL = f"""
    SELECT s.* FROM (SELECT row FROM doubted LIMIT {ROWS_SAMPLED}) AS d
    CROSS JOIN staged AS s ON s.row = d.row
"""


def _records_sampled_sql(table: str) -> str:
    return f"""
        SELECT r.* FROM (SELECT record_id FROM doubted LIMIT {ROWS_SAMPLED}) AS d
        CROSS JOIN data.{table} AS r ON r.id = d.record_id
    """


def _counts(conn: Beside, columns: Sequence[TemplateColumn], rows: str) -> Sequence[int]:
    """How many different values each column has in some rows."""
    return conn.one(f"SELECT {', '.join(_all(columns, 'COUNT(DISTINCT {c})'))} FROM ({rows}) AS x") or ()


def _distinct_in(conn: Beside, columns: Sequence[TemplateColumn], rows: str) -> list[TemplateColumn]:
    """The columns that have another value in each of some rows."""
    (most,) = conn.one(f"SELECT COUNT(*) FROM ({rows}) AS x") or (0,)
    return [c for c, count in zip(columns, _counts(conn, columns, rows), strict=True) if count == most]


def _unbound_sql(table: str, binding: Sequence[TemplateColumn]) -> str:
    """Remove rows from `doubted` that have their own record's value in one of these columns."""
    own = " OR ".join(_all(binding, "s.{c} = r.{c}"))
    return f"""
        DELETE FROM doubted WHERE row IN (
            SELECT d.row FROM doubted AS d CROSS JOIN staged AS s ON s.row = d.row
            CROSS JOIN data.{table} AS r ON r.id = d.record_id WHERE {own}
        )
    """


def _moved_sql(table: str, looked_up: TemplateColumn, columns: Sequence[TemplateColumn]) -> str:
    """Rows with a value that one record alone has in the column `looked_up`, and that are this record's."""
    name = column_name(looked_up)
    none_own = " AND ".join(_all(columns, "(s.{c} IS NULL OR s.{c} IS DISTINCT FROM r.{c} OR s.{c} = o.{c})"))
    of_other = _how_many(columns, "s.{c} = o.{c} AND s.{c} IS DISTINCT FROM r.{c}")
    return f"""
        WITH sought AS MATERIALIZED (
            SELECT s.{name} AS value, MIN(d.row) AS row
            FROM doubted AS d CROSS JOIN staged AS s ON s.row = d.row
            WHERE d.differs >= 2 AND s.{name} IS NOT NULL GROUP BY s.{name} HAVING COUNT(*) = 1
        ), held AS MATERIALIZED (
            SELECT q.row, MIN(o.id) AS other
            FROM data.{table} AS o CROSS JOIN sought AS q ON q.value = o.{name}
            GROUP BY q.row HAVING COUNT(*) = 1
        )
        INSERT INTO moved SELECT d.row, o.id FROM held AS h
        CROSS JOIN doubted AS d ON d.row = h.row CROSS JOIN staged AS s ON s.row = d.row
        CROSS JOIN data.{table} AS r ON r.id = d.record_id CROSS JOIN data.{table} AS o ON o.id = h.other
        WHERE o.id <> r.id AND {none_own} AND {of_other} >= 2
        AND EXISTS (
            SELECT 1 FROM planned AS p CROSS JOIN staged AS t ON t.row = p.row
            WHERE p.record_id = o.id AND t.{name} IS DISTINCT FROM o.{name}
        )
        ON CONFLICT DO NOTHING
    """


def _equal_sql(table: str, columns: Sequence[TemplateColumn]) -> str:
    """Fill `equal` for some of the doubted rows."""
    names = ", ".join(_all(columns, "s.{c}"))
    same = " AND ".join(_all(columns, "q.{c} IS NOT DISTINCT FROM o.{c}"))
    return f"""
        WITH sought AS MATERIALIZED (
            SELECT d.row, COUNT(*) OVER (PARTITION BY {names}) AS rows, {names}
            FROM (SELECT row FROM doubted LIMIT {MOST_AS_A_WHOLE}) AS d
            CROSS JOIN staged AS s ON s.row = d.row
        ), held AS MATERIALIZED (
            SELECT q.row, o.id FROM planned AS p CROSS JOIN data.{table} AS o ON o.id = p.record_id
            CROSS JOIN sought AS q ON {same} WHERE p.action = 'update'
        )
        INSERT INTO equal SELECT q.row, q.rows, COUNT(h.id), MIN(h.id)
        FROM sought AS q LEFT JOIN held AS h ON h.row = q.row GROUP BY q.row, q.rows
    """


COUNT_EQUAL_SQL = """
    SELECT COUNT(CASE WHEN rows = 1 AND records = 1 THEN 1 END), COUNT(CASE WHEN records < rows THEN 1 END)
    FROM equal
"""


def _how_many(columns: Iterable[TemplateColumn], pattern: str) -> str:
    """Of how many columns it is true."""
    return " + ".join(_all(columns, f"CASE WHEN {pattern} THEN 1 ELSE 0 END"))


def _all(columns: Iterable[TemplateColumn], pattern: str) -> list[str]:
    return [pattern.replace("{c}", column_name(column)) for column in columns]

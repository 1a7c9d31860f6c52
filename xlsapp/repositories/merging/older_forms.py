"""Key and unique values of records that are stored in another form than staged rows have them in.

Staged ones are as `visible` gives them, and numbers as their format shows them; both was not always so.

    older_c{column_id}   record_id, value: records whose value is another one than `visible` of it; that one
    compared_records     the records with those values in the place of their own, as long as there are some
    digits_c{column_id}  row, c{column_id}: what was stored once of numbers that are staged as they are shown
    digit_keys           row, and each key: the keys of rows with such numbers, as they were stored once
    clashes              row, records: the records that a row may be, by one form or the other
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from xlsapp.db.beside import Beside
from xlsapp.models import TEXT_TYPES, TemplateColumn
from xlsapp.repositories.merging.merging import Merging, OlderForm
from xlsapp.repositories.records.data_records import column_name, table_name
from xlsapp.visible import Looks, all_folded, are_visible

BETWEEN_TEXTS = "\x1f"
ROWS_AT_ONCE = 5_000
"""Of texts that may have 32,767 characters each."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The records as they are compared with staged rows."""

    table: str
    stored: str
    """The table of the records as they are."""
    count: int = 0
    """How many there are."""
    older: tuple[TemplateColumn, ...] = ()
    """The columns in which some have another form; `table` has `is_older_c{column_id}` for each."""
    looks: Mapping[TemplateColumn, Looks] = field(default_factory=dict)
    """How the texts in key and unique columns look."""
    alike: Mapping[TemplateColumn, bool] = field(default_factory=dict)
    """Whether one looks like a row's, for columns of which that was found out."""


def compared_records(conn: Beside, merging: Merging, folds: Mapping[TemplateColumn, Set[int]]) -> Compared:
    """Look once through the key and unique columns. Where none has another form, they are the records.

    `folds` are how rows look in some of them, and that by hashes of it.
    """
    stored = f"data.{table_name(merging.template.id)}"
    texts = [column for column in merging.compared if column.type in TEXT_TYPES]
    looks = {column: Looks() for column in texts}
    alike = {column: False for column in texts if column in folds and not merging.matches}
    (count,) = conn.one(f"SELECT COUNT(*) FROM {stored}") or (0,)
    older = _put_older(conn, stored, looks, alike, folds)
    if not older:
        return Compared(stored, stored, count, (), looks, alike)
    names = {column: column_name(column) for column in merging.template.columns}
    values = [
        f"COALESCE(older_{n}.value, r.{n}) AS {n}" if c in older else f"r.{n}" for c, n in names.items()
    ]
    marks = [f"older_{names[c]}.record_id IS NOT NULL AS is_older_{names[c]}" for c in older]
    joins = [f"LEFT JOIN older_{names[c]} ON older_{names[c]}.record_id = r.id" for c in older]
    conn.run("DROP VIEW IF EXISTS compared_records")
    conn.run(
        f"CREATE TEMP VIEW compared_records AS SELECT r.id, {', '.join([*values, *marks])} "
        f"FROM {stored} AS r {' '.join(joins)}"
    )
    return Compared("compared_records", stored, count, older, looks, alike)


def _put_older(
    conn: Beside,
    stored: str,
    looks: Mapping[TemplateColumn, Looks],
    alike: dict[TemplateColumn, bool],
    folds: Mapping[TemplateColumn, Set[int]],
) -> tuple[TemplateColumn, ...]:
    """Note the records whose value has another form, and how all look. The columns with such records."""
    names = {column: column_name(column) for column in looks}
    for name in names.values():
        conn.new_table(f"older_{name}", f"record_id INTEGER PRIMARY KEY, value {conn.dialect.text} NOT NULL")
    older = set()
    for span, *joined in texts_of(conn, stored, "id", [f"r.{name}" for name in names.values()]):
        for (column, name), texts in zip(names.items(), joined, strict=True):
            looks[column].add(texts, BETWEEN_TEXTS)
            is_visible = are_visible(texts, BETWEEN_TEXTS)
            if not is_visible and conn.run(_older_sql(conn, stored, name), **span):
                older.add(column)
            if column in alike and not alike[column]:
                folded = all_folded(texts, BETWEEN_TEXTS, is_visible=is_visible)
                alike[column] = not folds[column].isdisjoint(map(hash, folded))
    return tuple(column for column in looks if column in older)


def texts_of(
    conn: Beside, table: str, number: str, texts: Sequence[str], condition: str = "TRUE"
) -> Iterator[tuple[Any, ...]]:
    """What rows `r` of a table have, many at once: the span of their numbers, and for each expression the
    joined texts.
    """
    last = (conn.one(f"SELECT MAX({number}) FROM {table}") or (0,))[0] or 0
    joined = ", ".join(f"COALESCE({conn.dialect.joined.format(text, BETWEEN_TEXTS)}, '')" for text in texts)
    query = f"""
        SELECT {joined} FROM {table} AS r WHERE r.{number} >= :first AND r.{number} < :end AND {condition}
    """
    for first in range(0, last + 1 if texts else 0, ROWS_AT_ONCE):
        span = {"first": first, "end": first + ROWS_AT_ONCE}
        if found := conn.one(query, **span):
            yield span, *found


def _older_sql(conn: Beside, stored: str, name: str) -> str:
    """Note those of a span of records whose value has another form."""
    may_differ = conn.dialect.may_differ.format(name)
    return f"""
        INSERT INTO older_{name} SELECT id, visible({name}) FROM {stored}
        WHERE id >= :first AND id < :end AND {may_differ} AND visible({name}) NOT IN ({name}, '')
    """


def put_digits(conn: Beside, column: TemplateColumn) -> str | None:
    """A table of what was stored once of a column's numbers; None where no number is shown otherwise."""
    name = column_name(column)
    conn.new_table(f"digits_{name}", f"row INTEGER PRIMARY KEY, {name} {conn.dialect.text}")
    # Rows that were read and then set aside are not staged.
    digits = conn.run(
        f"""
        INSERT INTO digits_{name} SELECT d.row, d.value FROM shown AS d JOIN staged AS s ON s.row = d.row
        WHERE d.column_id = :column_id
        """,
        column_id=column.id,
    )
    if not digits:
        return None
    conn.run(f"CREATE INDEX digits_by_{name} ON digits_{name} ({name})")
    return f"digits_{name}"


def find_clashes(conn: Beside, keys: Sequence[TemplateColumn], records: Compared) -> None:
    """Match rows that no record has the keys of by what was stored once; and note what may be two records."""
    conn.new_table("digit_matches", "row INTEGER PRIMARY KEY, record_id INTEGER, same_keys INTEGER")
    conn.new_table("clashes", "row INTEGER PRIMARY KEY, records TEXT NOT NULL")
    if any(key in records.older for key in keys):
        conn.run(f"INSERT INTO clashes {_same_form_sql(conn, keys, records)}")
    if (
        conn.one("SELECT 1 FROM shown LIMIT 1")
        and has_unmatched(conn, records)
        and _put_digit_keys(conn, keys)
    ):
        conn.run(f"INSERT INTO digit_matches {_by_digits_sql(keys, records)}")
        conn.run(f"INSERT INTO clashes {_either_sql(conn, keys, records)} ON CONFLICT DO NOTHING")
        conn.run(_take_by_digits_sql(keys))


def _take_by_digits_sql(keys: Sequence[TemplateColumn]) -> str:
    """Give rows the record that has their keys as they were stored once; and all rows with these keys."""
    return f"""
        UPDATE planned SET record_id = t.record_id, action = 'update', same_keys = t.same_keys
        FROM (
            SELECT t.row, MIN(m.record_id) AS record_id, MAX(m.same_keys) AS same_keys FROM digit_matches AS m
            CROSS JOIN staged AS s ON s.row = m.row CROSS JOIN staged AS t ON {_agree(keys, "s", "t")}
            GROUP BY t.row
        ) AS t WHERE planned.row = t.row AND planned.action = 'create'
    """


def has_unmatched(conn: Beside, records: Compared) -> bool:
    """Whether there are records that no row is."""
    (matched,) = conn.one("SELECT COUNT(DISTINCT record_id) FROM planned") or (0,)
    return bool(records.count > matched)


def _put_digit_keys(conn: Beside, keys: Sequence[TemplateColumn]) -> bool:
    """Note the keys that rows would once have had. Whether there are any."""
    tables = {key: table for key in keys if key.type in TEXT_TYPES and (table := put_digits(conn, key))}
    if not tables:
        return False
    names = [column_name(key) for key in keys]
    once = [
        f"COALESCE({tables[key]}.{name}, s.{name})" if key in tables else f"s.{name}"
        for key, name in zip(keys, names, strict=True)
    ]
    joins = " ".join(f"LEFT JOIN {table} ON {table}.row = s.row" for table in tables.values())
    changed = " OR ".join(f"{table}.row IS NOT NULL" for table in tables.values())
    declared = [
        f"{name} {conn.dialect.column_types[key.type]}" for key, name in zip(keys, names, strict=True)
    ]
    conn.new_table("digit_keys", f"row INTEGER PRIMARY KEY, {', '.join(declared)}")
    conn.run(
        f"INSERT INTO digit_keys SELECT s.row, {', '.join(once)} FROM staged AS s {joins} WHERE {changed}"
    )
    conn.run(f"CREATE INDEX digit_keys_by_key ON digit_keys ({', '.join(names)})")
    return True


def _same_form_sql(conn: Beside, keys: Sequence[TemplateColumn], records: Compared) -> str:
    """Rows with the keys of several records, of which some have another form."""
    names = ", ".join(f"r.{column_name(key)}" for key in keys)
    is_older = any_true(" OR ".join(f"r.is_older_{column_name(key)}" for key in keys if key in records.older))
    return f"""
        SELECT s.row, {records_sql(conn, records, keys, "f.first", "f.last")} FROM (
            SELECT {names}, MIN(r.id) AS first, MAX(r.id) AS last FROM {records.table} AS r
            GROUP BY {names} HAVING COUNT(*) > 1 AND {is_older}
        ) AS f CROSS JOIN staged AS s ON {_agree(keys, "s", "f")}
        JOIN planned AS p ON p.row = s.row WHERE p.same_keys > 1
    """


def _by_digits_sql(keys: Sequence[TemplateColumn], records: Compared) -> str:
    """Rows with the record that has their keys as they were stored once, and that no row is."""
    names = ", ".join(f"r.{column_name(key)}" for key in keys)
    return f"""
        SELECT d.row, f.id, f.records FROM (
            SELECT {names}, MIN(r.id) AS id, COUNT(*) AS records FROM {records.table} AS r
            WHERE EXISTS (SELECT 1 FROM digit_keys AS d WHERE {_agree(keys, "d", "r")})
                AND r.id NOT IN (SELECT record_id FROM planned WHERE record_id IS NOT NULL)
            GROUP BY {names}
        ) AS f CROSS JOIN digit_keys AS d ON {_agree(keys, "d", "f")}
    """


def _either_sql(conn: Beside, keys: Sequence[TemplateColumn], records: Compared) -> str:
    """Rows that one record has the keys of, and another one has them as they were stored once."""
    return f"""
        SELECT p.row, {records_sql(conn, records, keys, "p.record_id", "m.record_id")}
        FROM digit_matches AS m JOIN planned AS p ON p.row = m.row
        WHERE p.record_id IS NOT NULL AND p.same_keys > 0
    """


def any_true(condition: str) -> str:
    """Whether a condition is true of any row of a group."""
    return f"SUM(CASE WHEN {condition} THEN 1 ELSE 0 END) > 0"


def records_sql(conn: Beside, records: Compared, columns: Sequence[TemplateColumn], *ids: str) -> str:
    """Records as JSON, by expressions for their ids: the id of each, and what it has in columns."""
    words = conn.dialect
    text = " || ' · ' || ".join(f"r.{column_name(column)}" for column in columns)
    each = (
        f"(SELECT {words.json_array}(r.id, {text}) FROM {records.stored} AS r WHERE r.id = {i})" for i in ids
    )
    return words.json_text.format(f"{words.json_array}({', '.join(map(words.as_json.format, each))})")


def older_forms_matched(
    conn: Beside, keys: Sequence[TemplateColumn], records: Compared
) -> tuple[OlderForm, ...]:
    """How many records rows are by their keys that have these in another form, by column."""
    if not any(key in records.older for key in keys) and not conn.one("SELECT 1 FROM digit_matches LIMIT 1"):
        return ()
    found = (_matched(conn, key, records) for key in keys if key.type in TEXT_TYPES)
    return tuple(form for form in found if form)


def _matched(conn: Beside, key: TemplateColumn, records: Compared) -> OlderForm | None:
    name = column_name(key)
    matched = f"""
        FROM planned AS p JOIN staged AS s ON s.row = p.row JOIN {records.stored} AS r ON r.id = p.record_id
        WHERE p.same_keys > 0 AND p.action <> 'rejected' AND s.{name} <> r.{name}
    """
    (count,) = conn.one(f"SELECT COUNT(*) {matched}") or (0,)
    old, new = conn.one(f"SELECT r.{name}, s.{name} {matched} ORDER BY p.row LIMIT 1") or ("", "")
    return OlderForm(key, count, old, new) if count else None


def _agree(keys: Sequence[TemplateColumn], one: str, other: str) -> str:
    return " AND ".join(f"{one}.{column_name(key)} = {other}.{column_name(key)}" for key in keys)

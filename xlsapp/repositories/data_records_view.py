"""Some of a template's records in some order: what a search, filters and a sort are in SQL.

Every value is bound. Blank cells come last in both directions. Text is compared without regard to the case
of A to Z, as SQLite does it; other letters are looked for in lower, upper and title case.
"""

import enum
import json
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from xlsapp.db.database import Connection
from xlsapp.models import CellValue, ColumnType, DataRecord, ImportTemplate, TemplateColumn
from xlsapp.repositories.data_records import column_name, note_change, record_of, table_name

TEXT_TYPES = (ColumnType.TEXT, ColumnType.CHOICE, ColumnType.EMAIL, ColumnType.LINK)

BY_HAND = 0
"""As the import of a selection: records that no import has brought."""

_TO_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


class Operator(enum.StrEnum):
    """What a condition asks of a column. The value is its name in addresses."""

    CONTAINS = "contains"
    EQUALS = "is"
    AT_LEAST = "from"
    AT_MOST = "to"
    ONE_OF = "one_of"
    BLANK = "blank"
    FILLED = "filled"


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing asked of a column. BLANK and FILLED have no value, ONE_OF several, the others one."""

    column: TemplateColumn
    operator: Operator
    values: tuple[CellValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """Which records, and in which order: of their workbooks when there is no `sort`."""

    search: str = ""
    conditions: tuple[Condition, ...] = ()
    import_id: int | None = None
    """Only what this import brought; BY_HAND for what none did."""
    sort: TemplateColumn | None = None
    descending: bool = False

    @property
    def is_everything(self) -> bool:
        """Whether no record is left out."""
        return not self.search and not self.conditions and self.import_id is None


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in an order: the sort value and the id of a record, and the way to go from there."""

    value: CellValue
    id: int
    backwards: bool = False
    place: int = -1
    """Where the record stands among all, counted from 0 in this order; -1 when nobody knows. Only a hint."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a record is sorted by. `place` is as in a Cursor."""

    id: int
    value: CellValue
    place: int = -1


Params = dict[str, CellValue]

BETWEEN = "id BETWEEN :low AND :high"
AMONG = "id IN (SELECT value FROM json_each(:ids))"
"""With `as_json` of the ids."""


def text_columns(template: ImportTemplate) -> list[TemplateColumn]:
    """The columns that a search looks into."""
    return [column for column in template.columns if column.type in TEXT_TYPES]


def spellings(text: str) -> list[str]:
    """A text as it is looked for: more than once where letters other than A to Z have two cases."""
    found = {text.translate(_TO_LOWER): text}
    if not text.isascii():
        for other in (text.lower(), text.upper(), text.title()):
            if len(other) == len(text):
                found.setdefault(other.translate(_TO_LOWER), other)
    return list(found.values())


def where_sql(template: ImportTemplate, selection: Selection) -> tuple[str, Params]:
    """The condition of a WHERE that keeps a selection's records, and its parameters."""
    parts: list[str] = []
    params: Params = {}
    for number, condition in enumerate(selection.conditions):
        parts.append(_condition_sql(condition, f"value{number}", params))
    if selection.import_id == BY_HAND:
        parts.append("import_id IS NULL")
    elif selection.import_id is not None:
        parts.append("import_id = :import_id")
        params["import_id"] = selection.import_id
    if selection.search:  # last, because it takes the most time
        columns = text_columns(template)
        places = _bind(params, "search", map(_pattern, spellings(selection.search)))
        parts.append(_any(_any(f"{column_name(c)} LIKE {p} ESCAPE '!'" for p in places) for c in columns))
    return " AND ".join(parts) or "TRUE", params


def select_sql(template: ImportTemplate, selection: Selection) -> tuple[str, Params]:
    """A query for all of a selection's records in order: id, updated_at, and c{id} of each column."""
    where, params = where_sql(template, selection)
    names = ", ".join(["id", "updated_at", *map(column_name, template.columns)])
    way = "DESC" if selection.descending else "ASC"
    order = _order_sql(selection, backwards=False) if selection.sort else f"position {way}, id {way}"
    return f"SELECT {names} FROM {table_name(template.id)} WHERE {where} ORDER BY {order}", params


async def id_range(conn: Connection, template: ImportTemplate) -> tuple[int, int]:
    """The lowest and the highest id; (0, -1) without records."""
    # Apart, each is a look at one end of the table; together SQLite would go through all of it.
    table = table_name(template.id)
    row = await conn.one(
        f"SELECT (SELECT MIN(id) FROM {table}) AS low, (SELECT MAX(id) FROM {table}) AS high"
    )
    return (row["low"], row["high"]) if row and row["low"] is not None else (0, -1)


async def ids_between(
    conn: Connection, template: ImportTemplate, selection: Selection, ids: range, *, limit: int
) -> list[int]:
    """The ids, among those in a range, of a selection's records: the first `limit` that are found."""
    where, params = where_sql(template, selection)
    rows = await conn.all(
        f"SELECT id FROM {table_name(template.id)} WHERE {BETWEEN} AND {where} LIMIT :limit",
        **params,
        **_between(ids),
        limit=limit,
    )
    return [row["id"] for row in rows]


async def ids_among(
    conn: Connection, template: ImportTemplate, selection: Selection, ids: Iterable[int]
) -> list[int]:
    """Those of these ids whose records are in a selection."""
    where, params = where_sql(template, selection)
    sql = f"SELECT id FROM {table_name(template.id)} WHERE {AMONG} AND {where}"
    return [row["id"] for row in await conn.all(sql, **params, ids=as_json(ids))]


async def count_between(conn: Connection, template: ImportTemplate, selection: Selection, ids: range) -> int:
    """How many records with an id in a range are in a selection."""
    where, params = where_sql(template, selection)
    sql = f"SELECT COUNT(*) FROM {table_name(template.id)} WHERE {BETWEEN} AND {where}"
    return int(await conn.value(sql, **params, **_between(ids)))


async def keys_between(
    conn: Connection,
    template: ImportTemplate,
    selection: Selection,
    ids: range,
    *,
    cursor: Cursor | None,
    limit: int,
) -> list[Key]:
    """The first keys after a cursor in a selection's order, of the records with an id in a range."""
    where, params = where_sql(template, selection)
    return await _keys(
        conn, template, selection, f"{BETWEEN} AND {where}", {**params, **_between(ids)}, cursor, limit
    )


async def keys_among(
    conn: Connection,
    template: ImportTemplate,
    selection: Selection,
    ids: Iterable[int],
    *,
    cursor: Cursor | None,
    limit: int,
) -> list[Key]:
    """The same, of the records with these ids, which are known to be in the selection."""
    return await _keys(conn, template, selection, AMONG, {"ids": as_json(ids)}, cursor, limit)


async def keys_of(
    conn: Connection, template: ImportTemplate, selection: Selection, ids: Sequence[int]
) -> list[Key]:
    """The keys of the records with these ids that are in a selection, in the order of `ids`."""
    where, params = where_sql(template, selection)
    found = await conn.all(
        f"""
        SELECT id, {_sort_column(selection)} AS value FROM {table_name(template.id)}
        WHERE {AMONG} AND {where}
        """,
        **params,
        ids=as_json(ids),
    )
    values = {row["id"]: row["value"] for row in found}
    return [Key(record_id, values[record_id]) for record_id in ids if record_id in values]


async def ordered_ids(conn: Connection, template: ImportTemplate, column: str) -> tuple[str, str]:
    """The ids of all records in the order of a column: the filled ones, and the blank ones by id.

    Each has 16 hexadecimal digits. Reads all records, and has SQLite sort them.
    """
    sort = next(c for c in template.columns if c.key == column)
    order = _order_sql(Selection(sort=sort), backwards=False)
    found = []
    for blank in ("NOT NULL", "NULL"):
        # SQLite keeps the order for GROUP_CONCAT, whose result shows it. A LIMIT would make sure of it, but
        # then it sorts in another way that takes four times as long.
        digits = await conn.value(
            f"""
            SELECT GROUP_CONCAT(printf('%016x', id), '') FROM (
                SELECT id FROM {table_name(template.id)}
                WHERE {column_name(sort)} IS {blank} ORDER BY {order}
            )
            """
        )
        found.append(digits or "")
    return found[0], found[1]


async def keys_nearby(
    conn: Connection,
    template: ImportTemplate,
    selection: Selection,
    *,
    cursor: Cursor | None,
    limit: int,
    look_at: int,
) -> list[Key]:
    """The first keys after a cursor in the order of the workbooks, among the next `look_at` records alone.

    This walks an index, so it takes as long as `look_at` is.
    """
    where, params = where_sql(template, selection)
    backwards = cursor is not None and cursor.backwards
    way = "DESC" if selection.descending != backwards else "ASC"
    after = "TRUE"
    if cursor:
        after = f"(position, id) {'>' if way == 'ASC' else '<'} (:cursor_value, :cursor_id)"
        params |= {"cursor_value": cursor.value, "cursor_id": cursor.id}
    order = f"ORDER BY position {way}, id {way}"
    rows = await conn.all(
        f"""
        SELECT id, position AS value
        FROM (SELECT * FROM {table_name(template.id)} WHERE {after} {order} LIMIT :look_at)
        WHERE {where} {order} LIMIT :limit
        """,
        **params,
        limit=limit,
        look_at=look_at,
    )
    return [Key(**row) for row in rows]


def in_order(selection: Selection, keys: Iterable[Key], *, backwards: bool) -> list[Key]:
    """Keys from several ranges, in the order that SQL would give all of them."""
    filled: list[Key] = []
    blank: list[Key] = []
    for key in keys:
        (blank if key.value is None else filled).append(key)
    reverse = selection.descending != backwards
    filled.sort(key=lambda key: (_folded(key.value), key.id), reverse=reverse)
    blank.sort(key=lambda key: key.id, reverse=reverse)
    return blank + filled if backwards else filled + blank


async def remove_among(conn: Connection, template: ImportTemplate, ids: Sequence[int]) -> int:
    """Delete the records with these ids. Returns how many there were."""
    removed = await conn.run(f"DELETE FROM {table_name(template.id)} WHERE {AMONG}", ids=as_json(ids))
    await note_change(conn, template.id, added=-removed)
    return removed


async def remove_selection(conn: Connection, template: ImportTemplate, selection: Selection) -> int:
    """Delete every record in a selection. Returns how many there were."""
    where, params = where_sql(template, selection)
    removed = await conn.run(f"DELETE FROM {table_name(template.id)} WHERE {where}", **params)
    await note_change(conn, template.id, added=-removed)
    return removed


async def texts_after(
    conn: Connection, template: ImportTemplate, record_id: int, *, limit: int
) -> tuple[int, bytes] | None:
    """The texts of the next `limit` records by id, as search_texts.py keeps them; and the last one's id.

    A record is three characters of private use that are its id, and its texts; it ends with \\x1e.
    """
    texts = " || char(31) || ".join(f"COALESCE({column_name(c)}, '')" for c in text_columns(template))
    row = await conn.one(
        f"""
        SELECT MAX(id) AS last, GROUP_CONCAT(line, '') AS lines FROM (
            SELECT id, char(57344 + (id >> 24), 57344 + (id >> 12 & 4095), 57344 + (id & 4095))
                || REPLACE({texts}, char(30), ' ') || char(30) AS line
            FROM {table_name(template.id)} WHERE id > :record_id ORDER BY id LIMIT :limit
        )
        """,
        record_id=record_id,
        limit=limit,
    )
    return (row["last"], row["lines"].encode()) if row and row["last"] is not None else None


def id_in_text(characters: bytes) -> int:
    """The id that the first characters of a record's text are."""
    high, middle, low = (ord(character) - 57344 for character in characters.decode())
    return high << 24 | middle << 12 | low


async def find_all(conn: Connection, template: ImportTemplate, ids: Sequence[int]) -> list[DataRecord]:
    """The records with these ids, in their order. One that is gone is left out."""
    rows = await conn.all(f"SELECT * FROM {table_name(template.id)} WHERE {AMONG}", ids=as_json(ids))
    found = {row["id"]: record_of(row, template.columns) for row in rows}
    return [found[record_id] for record_id in ids if record_id in found]


def _between(ids: range) -> dict[str, int]:
    return {"low": ids.start, "high": ids.stop - 1}


def as_json(ids: Iterable[int]) -> str:
    """Ids as one parameter."""
    return json.dumps(list(ids))


async def _keys(
    conn: Connection,
    template: ImportTemplate,
    selection: Selection,
    where: str,
    params: Mapping[str, CellValue],
    cursor: Cursor | None,
    limit: int,
) -> list[Key]:
    after, cursor_params = _after_sql(selection, cursor)
    order = _order_sql(selection, backwards=cursor is not None and cursor.backwards)
    rows = await conn.all(
        f"""
        SELECT id, {_sort_column(selection)} AS value FROM {table_name(template.id)}
        WHERE {where} AND {after} ORDER BY {order} LIMIT :limit
        """,
        **params,
        **cursor_params,
        limit=limit,
    )
    return [Key(**row) for row in rows]


def _sort_column(selection: Selection) -> str:
    # The plus keeps SQLite from walking the index over positions, where a range of ids is quicker.
    return column_name(selection.sort) if selection.sort else "+position"


def _sort_value(selection: Selection) -> str:
    is_text = selection.sort and selection.sort.type in TEXT_TYPES
    return _sort_column(selection) + (" COLLATE NOCASE" if is_text else "")


def _order_sql(selection: Selection, *, backwards: bool) -> str:
    way = "DESC" if selection.descending != backwards else "ASC"
    return f"{_sort_value(selection)} {way} NULLS {'FIRST' if backwards else 'LAST'}, id {way}"


def _after_sql(selection: Selection, cursor: Cursor | None) -> tuple[str, Params]:
    if cursor is None:
        return "TRUE", {}
    value = _sort_value(selection)
    further = "<" if selection.descending != cursor.backwards else ">"
    params: Params = {"cursor_id": cursor.id}
    if cursor.value is None:
        if cursor.backwards:
            return f"({value} IS NOT NULL OR id {further} :cursor_id)", params
        return f"({value} IS NULL AND id {further} :cursor_id)", params
    params["cursor_value"] = cursor.value
    blank_too = "" if cursor.backwards else f" OR {value} IS NULL"
    tied = f"({value} = :cursor_value AND id {further} :cursor_id)"
    return f"({value} {further} :cursor_value OR {tied}{blank_too})", params


def _condition_sql(condition: Condition, prefix: str, params: Params) -> str:
    name = column_name(condition.column)
    match condition.operator:
        case Operator.BLANK:
            return f"{name} IS NULL"
        case Operator.FILLED:
            return f"{name} IS NOT NULL"
        case Operator.ONE_OF:
            return f"{name} IN ({', '.join(_bind(params, prefix, condition.values))})"
        case Operator.CONTAINS:
            patterns = map(_pattern, spellings(str(condition.values[0])))
            return _any(f"{name} LIKE {p} ESCAPE '!'" for p in _bind(params, prefix, patterns))
        case Operator.EQUALS if condition.column.type in TEXT_TYPES:
            places = _bind(params, prefix, spellings(str(condition.values[0])))
            return _any(f"{name} = {place} COLLATE NOCASE" for place in places)
        case Operator.EQUALS:
            return f"{name} = {_bind(params, prefix, condition.values)[0]}"
        case Operator.AT_LEAST:
            return f"{name} >= {_bind(params, prefix, condition.values)[0]}"
        case Operator.AT_MOST:
            return f"{name} <= {_bind(params, prefix, condition.values)[0]}"


def _bind(params: Params, prefix: str, values: Iterable[CellValue]) -> list[str]:
    """Add parameters. Returns how SQL calls them."""
    named = {f"{prefix}_{index}": value for index, value in enumerate(values)}
    params |= named
    return [f":{name}" for name in named]


def _any(parts: Iterable[str]) -> str:
    return f"({' OR '.join(parts) or 'FALSE'})"


def _pattern(text: str) -> str:
    for special in "!%_":
        text = text.replace(special, "!" + special)
    return f"%{text}%"


def _folded(value: CellValue) -> CellValue:
    return value.translate(_TO_LOWER) if isinstance(value, str) else value

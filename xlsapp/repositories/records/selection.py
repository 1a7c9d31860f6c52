"""Which of a template's records, and in which order: what a search, filters and a sort are in SQL.

Every value is bound. Blank cells come last in both directions. Text is compared without regard to the case
of A to Z, as SQLite does it; other letters are looked for in lower, upper and title case. Sorted it is in the
same way on SQLite, and as dictionaries have it on PostgreSQL.
"""

import enum
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from xlsapp.db.dialect import SQLITE, Dialect
from xlsapp.models import TEXT_TYPES, CellValue, ColumnType, ImportTemplate, TemplateColumn
from xlsapp.repositories.records.data_records import column_name, table_name

MOMENTS = (ColumnType.DATETIME, ColumnType.TIME)

FEWEST_LETTERS = 3
"""Less is in no index of three letters."""

BY_HAND = 0
"""As the import of a selection: records that no import has brought."""

Params = dict[str, CellValue]

_TO_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


class Operator(enum.StrEnum):
    """What a condition asks of a column. The value is its name wherever a view is stored or sent."""

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


def where_sql(template: ImportTemplate, selection: Selection, dialect: Dialect) -> tuple[str, Params]:
    """The condition of a WHERE that keeps a selection's records, and its parameters."""
    parts: list[str] = []
    params: Params = {}
    for number, condition in enumerate(selection.conditions):
        parts.append(_condition_sql(condition, f"value{number}", params, dialect))
    if selection.import_id == BY_HAND:
        parts.append("import_id IS NULL")
    elif selection.import_id is not None:
        parts.append("import_id = :import_id")
        params["import_id"] = selection.import_id
    if selection.search:  # last, because it takes the most time
        places = _bind(params, "search", map(_pattern, spellings(selection.search)))
        looked_into = searched_sql(template, dialect)
        parts.append(_any(dialect.like.format(text, p) for text in looked_into for p in places))
    return " AND ".join(parts) or "TRUE", params


def letters_sql(template: ImportTemplate, selection: Selection, dialect: Dialect) -> tuple[str, Params]:
    """A condition that a selection's records fulfil as well, and which an index over all texts can answer.

    Where there is none, it is asked of those alone that fulfil the others: add it where few are wanted.
    """
    params: Params = {}
    texts = searched_sql(template, dialect) if dialect.is_postgres else []
    parts = [
        _any(dialect.like.format(text, place) for place in _bind(params, f"letters{n}", map(_pattern, found)))
        for text in texts
        for n, found in enumerate(map(spellings, letters_of(selection)))
    ]
    return " AND ".join(parts) or "TRUE", params


def letters_of(selection: Selection) -> list[str]:
    """What is looked for in single columns of texts, and long enough for an index."""
    return [
        text
        for condition in selection.conditions
        if condition.operator is Operator.CONTAINS and len(text := str(condition.values[0])) >= FEWEST_LETTERS
    ]


def searched_sql(template: ImportTemplate, dialect: Dialect) -> list[str]:
    """What a search looks into: the text columns; on PostgreSQL all of them in one, as its index has them."""
    names = [column_name(column) for column in text_columns(template)]
    if not dialect.is_postgres or not names:
        return names
    # No search has the sign that parts them.
    return ["(" + " || E'\\x1f' || ".join(f"COALESCE({name}, '')" for name in names) + ")"]


def select_sql(
    template: ImportTemplate, selection: Selection, dialect: Dialect = SQLITE
) -> tuple[str, Params]:
    """A query for a selection's records in order: id, updated_at, revision, and c{id} of each column."""
    query, params = unordered_sql(template, selection, dialect)
    way = "DESC" if selection.descending else "ASC"
    order = order_sql(selection, dialect, backwards=False) if selection.sort else f"position {way}, id {way}"
    return f"{query} ORDER BY {order}", params


def unordered_sql(
    template: ImportTemplate, selection: Selection, dialect: Dialect = SQLITE
) -> tuple[str, Params]:
    """The same records in any order, for who only measures them."""
    where, params = where_sql(template, selection, dialect)
    names = ", ".join(["id", "updated_at", "revision", *map(column_name, template.columns)])
    return f"SELECT {names} FROM {table_name(template.id)} WHERE {where}", params


def count_sql(query: str) -> str:
    """A query for how many rows another query gives."""
    return f"SELECT COUNT(*) FROM ({query}) AS counted"


def measure_sql(query: str, columns: Sequence[TemplateColumn], dialect: Dialect = SQLITE) -> str:
    """A query for how many rows another query gives, and the longest of each column's values in characters.

    The columns are those of `measurable`.
    """
    longest = "".join(f", {_longest_sql(column, dialect)}" for column in columns)
    return f"SELECT COUNT(*){longest} FROM ({query}) AS measured"


def measurable(template: ImportTemplate) -> list[TemplateColumn]:
    """The columns whose longest value is known quickly, and must be seen whole."""
    return [c for c in template.columns if c.type in (ColumnType.INTEGER, *MOMENTS)]


def _longest_sql(column: TemplateColumn, dialect: Dialect) -> str:
    name = column_name(column)
    if column.type in MOMENTS:
        whole = len("00:00:00" if column.type is ColumnType.TIME else "2026-01-31T00:00:00")
        return dialect.longest_moment.format(name, whole)
    return dialect.longest_number.format(name)


def sort_column(selection: Selection, dialect: Dialect) -> str:
    """What a selection is sorted by, as it is stored."""
    return column_name(selection.sort) if selection.sort else dialect.walked_not.format("position")


def sort_value(selection: Selection, dialect: Dialect) -> str:
    """The same as it is compared."""
    is_text = selection.sort and selection.sort.type in TEXT_TYPES
    value = sort_column(selection, dialect)
    return dialect.shown_order.format(value) if is_text else value


def order_sql(selection: Selection, dialect: Dialect, *, backwards: bool) -> str:
    """What comes behind ORDER BY; the other way round with `backwards`."""
    way = "DESC" if selection.descending != backwards else "ASC"
    return f"{sort_value(selection, dialect)} {way} NULLS {'FIRST' if backwards else 'LAST'}, id {way}"


def after_sql(selection: Selection, cursor: Cursor | None, dialect: Dialect) -> tuple[str, Params]:
    """The condition of a WHERE that keeps what comes after a cursor, and its parameters."""
    if cursor is None:
        return "TRUE", {}
    value = sort_value(selection, dialect)
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


def parts_sql(selection: Selection, cursor: Cursor | None, dialect: Dialect) -> list[tuple[str, str, Params]]:
    """The same for the filled and the blank ones apart, in their turn: condition, order and parameters."""
    backwards = cursor is not None and cursor.backwards
    way, further = ("DESC", "<") if selection.descending != backwards else ("ASC", ">")
    column, value = sort_column(selection, dialect), sort_value(selection, dialect)
    order = f"{value} {way}, id {way}"
    filled: tuple[str, str, Params] = f"{column} IS NOT NULL", order, {}
    blank: tuple[str, str, Params] = f"{column} IS NULL", order, {}
    if cursor is None:
        return [filled, blank]
    ids: Params = {"cursor_id": cursor.id}
    if cursor.value is None:
        rest = f"{column} IS NULL AND id {further} :cursor_id", order, ids
        return [rest, filled] if backwards else [rest]
    rest = (
        f"{column} IS NOT NULL AND ({value}, id) {further} (:cursor_value, :cursor_id)",
        order,
        {**ids, "cursor_value": cursor.value},
    )
    return [rest] if backwards else [rest, blank]


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


def _condition_sql(condition: Condition, prefix: str, params: Params, dialect: Dialect) -> str:
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
            return _any(dialect.like.format(name, p) for p in _bind(params, prefix, patterns))
        case Operator.EQUALS if condition.column.type in TEXT_TYPES:
            places = _bind(params, prefix, spellings(str(condition.values[0])))
            return _any(dialect.same_letters.format(name, place) for place in places)
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

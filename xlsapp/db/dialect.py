"""What SQLite and PostgreSQL spell differently. All other SQL is one text for both.

In a fragment, `{}` stands for a column, or for whatever else a value comes from.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from xlsapp.db.looks import may_differ_sql
from xlsapp.models import ColumnType


@dataclass(frozen=True, slots=True)
class Dialect:
    """The words of one engine."""

    name: str
    identity: str
    """The type of an id that is never given twice."""
    text: str
    """The type of a text that is stored and compared to the letter."""
    own_schema: str
    """Before the name of a table that is made while staged ones are there."""
    column_types: Mapping[ColumnType, str] = field(hash=False)
    among_ids: str
    """The condition that a value is one of `ids`, a parameter made by `listed`."""
    for_update: str
    """Behind a SELECT: nobody else changes these rows until the transaction ends."""
    make_way: tuple[str, ...]
    """Statements before a table is altered or removed: who waits for it keeps everybody else from it."""
    shown_order: str
    """A text as readers have it sorted: upper and lower case alike."""
    same_letters: str
    """The condition that two texts differ in nothing but the case of A to Z."""
    like: str
    """The condition that a text is like a pattern, whatever the case of A to Z; `!` escapes its signs."""
    total: str
    """The sum of numbers, however great; 0 of none."""
    part: str
    """The number of the part, of one size and from 0 on, that a number is in: value, start and size."""
    part_of_extremes: str
    """The same where a difference of two numbers may be greater than a number can be."""
    text_bytes: str
    """What a text takes, in bytes; 0 where there is none."""
    beginning: str
    """The first characters of a text, a day or a moment: value and how many."""
    walked_not: str
    """A column, so that no index over it is used."""
    longest_number: str
    """How many digits the longest of whole numbers has."""
    longest_moment: str
    """How many characters the longest of moments has, which has so many without fractions of a second."""
    may_differ: str
    """Whether a text may be another one than `visible` of it. True of some that are not."""
    moment_text: str
    """A day with a time as a text that ends with its last digit."""
    any_type: str
    """The type of a column for values of every type …"""
    any_value: str
    """… and a value as such a column takes it."""
    joined: str
    """The texts of a group in one, and what parts them."""
    json_array: str
    """A function: its arguments as a JSON array."""
    as_json: str
    """Such an array as a member of another one."""
    json_rows: str
    """A parameter that is a JSON array as a table, whose `value` is one of its items."""
    json_item: str
    """The item with this number of such a `value`, which is an array itself; NULL for null."""
    json_text: str
    """Such an array as a text."""

    @property
    def is_postgres(self) -> bool:
        """For what is more than a word."""
        return self.name == "postgres"

    def plain_type(self, kind: ColumnType) -> str:
        """The type of a column as CAST has it."""
        return self.column_types[kind].partition(" COLLATE ")[0]

    def among(self, value: str, ids: str = ":ids") -> str:
        """The condition that a value is one of the parameter `ids`, made by `listed`."""
        return self.among_ids.format(value, ids)

    def cast(self, value: str, column_type: ColumnType) -> str:
        """A parameter as a value of a column's type, where nothing beside it says which it is."""
        if not self.is_postgres:
            return value
        name, collate, collation = self.column_types[column_type].partition(" COLLATE ")
        return f"CAST({value} AS {name}){collate}{collation}"

    def listed(self, ids: Iterable[int]) -> Any:
        """Ids as one parameter."""
        return list(ids) if self.is_postgres else json.dumps(list(ids))


SQLITE = Dialect(
    name="sqlite",
    identity="INTEGER PRIMARY KEY AUTOINCREMENT",
    text="TEXT",
    own_schema="",
    column_types={kind: kind.sql_type for kind in ColumnType},
    among_ids="{} IN (SELECT value FROM json_each({}))",
    for_update="",
    make_way=(),
    shown_order="{} COLLATE NOCASE",
    same_letters="{} = {} COLLATE NOCASE",
    like="{} LIKE {} ESCAPE '!'",
    total="TOTAL({})",
    part="CAST(({} - {}) / {} AS INTEGER)",
    part_of_extremes="CAST(({} - {}) / {} AS INTEGER)",
    text_bytes="COALESCE(LENGTH(CAST({} AS BLOB)), 0)",
    beginning="SUBSTR({}, 1, {})",
    walked_not="+{}",  # where a range of ids is quicker
    longest_number="MAX(LENGTH(MIN({0})), LENGTH(MAX({0})))",  # it is at one of the ends
    longest_moment="MAX(LENGTH({0}))",
    may_differ=may_differ_sql("{0}"),
    moment_text="CASE length({0}) WHEN 26 THEN rtrim({0}, '0') ELSE {0} END",
    any_type="",
    any_value="{}",
    joined="GROUP_CONCAT({}, '{}')",
    json_array="json_array",
    as_json="json({})",
    json_rows="json_each({})",
    json_item="json_extract({}, '$[{}]')",
    json_text="{}",
)

POSTGRES = Dialect(
    name="postgres",
    identity="BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
    text='TEXT COLLATE "C"',
    own_schema="data.",
    column_types={
        **dict.fromkeys(ColumnType, 'TEXT COLLATE "C"'),
        ColumnType.INTEGER: "BIGINT",
        ColumnType.NUMBER: "DOUBLE PRECISION",
        ColumnType.DURATION: "DOUBLE PRECISION",
        ColumnType.BOOLEAN: "BOOLEAN",
        ColumnType.DATE: "DATE",
        ColumnType.DATETIME: "TIMESTAMP",
        ColumnType.TIME: "TIME",
    },
    among_ids="{} = ANY(CAST({} AS BIGINT[]))",
    for_update="FOR UPDATE",
    make_way=(
        "SET LOCAL lock_timeout TO '5s'",
        # Whoever makes an index of it waits for all who write, and so for us.
        "SELECT pg_cancel_backend(pid) FROM pg_stat_progress_create_index WHERE relid = to_regclass('{}')",
    ),
    shown_order="{} COLLATE shown",
    same_letters='LOWER({}) = LOWER(CAST({} AS TEXT) COLLATE "C")',
    like="{} ILIKE {} ESCAPE '!'",
    # What is out of range, or too small to be told from 0, is infinite or 0 on SQLite, and an error here.
    total="COALESCE(SUM(CAST({} AS NUMERIC)), 0)",
    part=(
        "CAST(CASE WHEN CAST({0} AS DOUBLE PRECISION) - {1} < {2} THEN 0"
        " ELSE TRUNC((CAST({0} AS DOUBLE PRECISION) - {1}) / {2}) END AS BIGINT)"
    ),
    part_of_extremes=(
        "CAST(TRUNC((CAST({} AS NUMERIC) - CAST({} AS NUMERIC)) / CAST({} AS NUMERIC)) AS BIGINT)"
    ),
    text_bytes="COALESCE(OCTET_LENGTH({}), 0)",
    beginning="SUBSTR(CAST({} AS TEXT), 1, {})",
    walked_not="{}",
    longest_number="GREATEST(LENGTH(CAST(MIN({0}) AS TEXT)), LENGTH(CAST(MAX({0}) AS TEXT)))",
    longest_moment=(
        "MAX(CASE WHEN LENGTH(CAST({0} AS TEXT)) > {1} THEN {1} + 7 ELSE {1} END)"
        " FILTER (WHERE {0} IS NOT NULL)"
    ),
    # Most texts are plain. What is not has a blank or a sign at an end, or more bytes than characters.
    may_differ="({0} < '!' OR right({0}, 1) < '!' OR octet_length({0}) <> length({0}))",
    moment_text="CAST({} AS TEXT)",
    any_type="JSONB",
    any_value="to_jsonb({})",
    joined="string_agg({}, '{}')",
    json_array="json_build_array",
    as_json="{}",
    json_rows="jsonb_array_elements(CAST({} AS JSONB))",
    json_item="({} ->> {})",
    json_text="CAST({} AS TEXT)",
)

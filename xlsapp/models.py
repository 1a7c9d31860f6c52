"""What the app is about, as frozen values: users, import templates, their columns and records. No I/O."""

import enum
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

CellValue = str | int | float | bool | None
"""A stored cell. Dates and times are ISO text: 2026-01-31, 2026-01-31T09:30:00, 09:30:00. Durations are
seconds.
"""


class ColumnType(enum.StrEnum):
    """What a column's cells hold. The value is what forms, the API and the database call it."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    DURATION = "duration"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    EMAIL = "email"
    LINK = "link"

    @property
    def sql_type(self) -> str:
        """The type of its typed column in a records table, in words SQLite and PostgreSQL share."""
        return {
            "integer": "BIGINT",
            "number": "DOUBLE PRECISION",
            "duration": "DOUBLE PRECISION",
            "boolean": "BOOLEAN",
        }.get(self, "TEXT")


TEXT_TYPES = (ColumnType.TEXT, ColumnType.CHOICE, ColumnType.EMAIL, ColumnType.LINK)
"""Those that are compared as people write them, letter by letter."""


@dataclass(frozen=True, slots=True)
class ColumnRules:
    """What a column's values must be like. A rule that is None or empty does not apply.

    `minimum` and `maximum` are written as the column's type is stored: "10", "2.5", "2026-01-31"; of a
    duration as it is shown, "36:00:00".
    `default` is what a blank cell becomes, written the same way ("true" or "false" for a boolean).
    `warnings` names the rules (of `RULE_NAMES`) that only warn: the row is imported all the same.
    """

    unique: bool = False
    minimum: str | None = None
    maximum: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    choices: tuple[str, ...] = ()
    default: str | None = None
    warnings: frozenset[str] = frozenset()

    @classmethod
    def from_json(cls, text: str) -> "ColumnRules":
        """The rules stored as `to_json` wrote them."""
        stored = json.loads(text)
        known = {f.name for f in fields(cls)}
        values = {name: value for name, value in stored.items() if name in known}
        values["choices"] = tuple(values.get("choices", ()))
        values["warnings"] = frozenset(values.get("warnings", ()))
        return cls(**values)

    def to_json(self) -> str:
        """Only what is set, so that an empty set of rules is `{}`."""
        blank = ColumnRules()
        values = {k: v for k, v in asdict(self).items() if v != getattr(blank, k)}
        return json.dumps(values, default=sorted, ensure_ascii=False)


RULE_NAMES = ("required", "unique", "minimum", "maximum", "min_length", "max_length", "pattern", "choices")


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was answered of a column when an import asked, for all workbooks that come."""

    decimal_sign: str = ""
    day_order: str = ""
    currency: str = ""
    merged_amount: str = ""
    time_zone: str = ""
    month_language: str = ""
    calendar: str = ""
    error_cells: str = ""
    not_headers: tuple[str, ...] = ()
    """Headers that do not mean it, although they are like its name."""
    matches: tuple[tuple[str, str], ...] = ()
    """Texts that mean one of its choices: each with the choice."""

    @classmethod
    def from_json(cls, text: str) -> "Remembered":
        """What `to_json` wrote."""
        stored = json.loads(text)
        known = {f.name for f in fields(cls)}
        values = {name: value for name, value in stored.items() if name in known}
        others, matches = tuple(values.get("not_headers", ())), tuple(values.get("matches", {}).items())
        return cls(**{**values, "not_headers": others, "matches": matches})

    def to_json(self) -> str:
        """Only what is known."""
        return json.dumps(self.to_dict(), ensure_ascii=False)

    def to_dict(self) -> dict[str, Any]:
        """Only what is known, as JSON has it."""
        known = {name: value for name, value in asdict(self).items() if value}
        if self.not_headers:
            known["not_headers"] = list(self.not_headers)
        if self.matches:
            known["matches"] = dict(self.matches)
        return known


@dataclass(frozen=True, slots=True)
class TemplateColumn:
    """One column of an import template. `id` also names its typed column in the records table: c{id}."""

    id: int
    name: str
    type: ColumnType
    position: int
    required: bool = False
    rules: ColumnRules = field(default_factory=ColumnRules)
    aliases: tuple[str, ...] = ()
    """Other headers that mean this column."""
    remembered: Remembered = field(default_factory=Remembered)

    @property
    def key(self) -> str:
        """Its name in SQL, in staging files and in JSON."""
        return f"c{self.id}"


@dataclass(frozen=True, slots=True)
class ImportTemplate:
    """What a user defines: a named, ordered list of columns that workbooks are checked against."""

    id: int
    user_id: int
    name: str
    description: str
    created_at: str
    updated_at: str
    columns: tuple[TemplateColumn, ...] = ()
    record_count: int = 0
    records_version: int = 0
    """Another number after each change of its records."""
    has_header: bool = True
    """Whether its files have a header row. Where they have none, columns are known by their letters."""
    deleted_at: str | None = None
    """Since when it lies in the bin; None for one that is in use."""


@dataclass(frozen=True, slots=True)
class DataRecord:
    """One stored row of a template. `values` is keyed by `TemplateColumn.key`; times are whole seconds."""

    id: int
    position: int
    import_id: int | None
    created_at: str
    updated_at: str
    revision: int
    """1 at first, and a higher number after each change of its values."""
    values: Mapping[str, CellValue]


@dataclass(frozen=True, slots=True)
class User:
    """Someone with an account."""

    id: int
    email: str
    created_at: str
    disabled_at: str | None = None
    """Since when nobody may come in with it; None for an account that is open."""


class TokenScope(enum.StrEnum):
    """What an access token may be used for."""

    READ = "read"
    IMPORT = "import"
    WRITE = "write"

    @property
    def text(self) -> str:
        """What it allows, exactly."""
        return {
            "read": "Look at templates, records and jobs, and download exports.",
            "import": "Upload workbooks, and follow the jobs.",
            "write": "Add, change and delete templates, columns and records.",
        }[self]


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What lets a program in as its owner, within its scopes. The secret itself is stored nowhere."""

    id: int
    user_id: int
    name: str
    scopes: frozenset[TokenScope]
    beginning: str
    """The first characters of the secret, by which its owner knows it."""
    created_at: str
    expires_at: str | None


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """What an account is asked for beside its password: six digits from an app on a phone."""

    user_id: int
    secret: str
    """What the app computes its codes from, in base 32."""
    created_at: str
    recovery_codes: int
    """How many codes are left for when the phone is lost."""


@dataclass(frozen=True, slots=True)
class Import:
    """One import that was carried out: where its records came from."""

    id: int
    job_id: str
    import_template_id: int
    file_name: str
    created_at: str
    summary: Mapping[str, Any]

"""Forms: the values as sent, and a sentence for each field that will not do."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from starlette.datastructures import FormData
from starlette.requests import Request

from xlsapp.errors import Refused
from xlsapp.models import ColumnType, ImportTemplate, TemplateColumn
from xlsapp.problems import Message

# Ten fields for each of 500 columns, and some to spare.
MAX_FORM_FIELDS = 20_000
# Columns that nothing was written in yet, and one too many: those come back in the form, with a sentence.
SPARE_COLUMNS = 10


@dataclass(slots=True)
class Form:
    """A simple form: a text for each field."""

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    sent: frozenset[str] = frozenset()
    """The fields that the request had."""

    @classmethod
    async def read(cls, request: Request[Any], *names: str) -> Self:
        """The named fields of a request, stripped, but for passwords."""
        data = await request.form(max_fields=MAX_FORM_FIELDS, max_files=0)
        keep = [name for name in names if "password" in name]
        values = {name: _text(data, name, strip=name not in keep) for name in names}
        return cls(values, sent=frozenset(name for name in names if name in data))

    def all_errors(self) -> dict[str, str]:
        """Each field that will not do, by its name; what is about the whole form has none."""
        return self.errors


@dataclass(slots=True)
class ColumnForm:
    """One column in the template form. `index` is its place in the form's field names."""

    index: int
    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    evidence: tuple[Message, ...] = ()
    """What a sample workbook shows of the column."""
    doubt: Message | None = None
    """What in the sample does not fit."""

    @classmethod
    def blank(cls, index: int) -> Self:
        """A new column."""
        return cls(index, {**dict.fromkeys(COLUMN_FIELDS, ""), "type": ColumnType.TEXT.value})

    @classmethod
    def of(cls, index: int, column: TemplateColumn) -> Self:
        """A stored column."""
        rules = column.rules
        values = {
            "id": str(column.id),
            "source": "",
            "name": column.name,
            "type": column.type.value,
            "required": "on" if column.required else "",
            "unique": "on" if rules.unique else "",
            "choices": "\n".join(rules.choices),
            "aliases": "\n".join(column.aliases),
            "aliases_before": "\n".join(column.aliases),
            **{name: _shown(getattr(rules, name)) for name in TEXT_RULES},
            "warnings": " ".join(sorted(rules.warnings)),
        }
        return cls(index, values)

    @property
    def is_blank(self) -> bool:
        """Whether nothing was written, so that it is not a column."""
        return not any(self.values[name] for name in COLUMN_FIELDS if name not in NOT_WRITTEN)


TEXT_RULES = ("minimum", "maximum", "min_length", "max_length", "pattern", "default")
AS_TYPED = ("pattern", "default")
NOT_WRITTEN = ("type", "required", "source", "aliases_before")
COLUMN_FIELDS = (
    "id",
    "source",
    "name",
    "type",
    "required",
    "unique",
    "choices",
    "aliases",
    "aliases_before",
    "warnings",
    *TEXT_RULES,
)


@dataclass(slots=True)
class TemplateForm:
    """The form of an import template: its name, its description, and its columns in order."""

    values: dict[str, str]
    columns: list[ColumnForm]
    errors: dict[str, str] = field(default_factory=dict)
    action: str = "save"
    confirmed: bool = False
    sample_id: str = ""
    """The sample workbook that the columns were proposed from."""
    error_cells: str = ""
    """What becomes of the sample's cells that cannot be imported: `blank`, or their rows are left out."""

    @classmethod
    def blank(cls) -> Self:
        """For a new template, with room for three columns."""
        return cls({"name": "", "description": ""}, [ColumnForm.blank(index) for index in range(3)])

    @classmethod
    def of(cls, template: ImportTemplate) -> Self:
        """For a stored template."""
        columns = [ColumnForm.of(index, column) for index, column in enumerate(template.columns)]
        return cls({"name": template.name, "description": template.description}, columns)

    @classmethod
    async def read(cls, request: Request[Any]) -> Self:
        """As it was sent."""
        data = await request.form(max_fields=MAX_FORM_FIELDS, max_files=0)
        pattern = re.compile(r"columns-(\d{1,6})-(\w+)")
        sent: dict[int, dict[str, str]] = {}
        for key in data:
            if (match := pattern.fullmatch(key)) and match[2] in COLUMN_FIELDS:
                column = sent.setdefault(int(match[1]), dict.fromkeys(COLUMN_FIELDS, ""))
                column[match[2]] = _column_text(data, key, match[2])
        most = request.state["app"].settings.imports.max_columns
        if len(sent) > most + SPARE_COLUMNS:  # before a page is made of them
            raise Refused(Message("form.many_columns", {"most": most, "count": len(sent)}))
        columns = [ColumnForm(index, sent[number]) for index, number in enumerate(sorted(sent))]
        return cls(
            {"name": _text(data, "name"), "description": _text(data, "description")},
            columns,
            action=_text(data, "action") or "save",
            confirmed=_text(data, "confirmed") == "yes",
            sample_id=_text(data, "sample_id"),
            error_cells=_text(data, "error_cells"),
        )

    def all_errors(self) -> dict[str, str]:
        """Each field that will not do, by its name; what is about the whole form has none."""
        found = dict(self.errors)
        for column in self.columns:
            found |= {f"columns-{column.index}-{name}": text for name, text in column.errors.items()}
        return found

    def rearrange(self) -> bool:
        """Carry out what the buttons beside the columns ask for. False when the form is to be saved."""
        verb, _, number = self.action.partition(":")
        place = small_number(number)
        if place is not None and place >= len(self.columns):
            place = None
        if verb == "add_column":
            self.columns.append(ColumnForm.blank(len(self.columns)))
        elif verb == "remove_column" and place is not None:
            del self.columns[place]
        elif verb == "move_up" and place:
            self.columns.insert(place - 1, self.columns.pop(place))
        elif verb == "move_down" and place is not None:
            self.columns.insert(place + 1, self.columns.pop(place))
        elif verb.startswith("save"):
            return False
        for index, column in enumerate(self.columns):
            column.index = index
        return True

    def hidden_fields(self) -> list[tuple[str, str]]:
        """All of it as hidden fields, for a page that asks once more."""
        fields = list(self.values.items())
        for column in self.columns:
            fields += [
                (f"columns-{column.index}-{name}", value) for name, value in column.values.items() if value
            ]
        return fields


def small_number(text: str) -> int | None:
    """A number of up to nine digits; None for any other text. Python reads no more than 4,300 of them."""
    return int(text) if text.isdecimal() and len(text) < 10 else None


def row_id(text: str) -> int | None:
    """An id of the database's; None for any other text."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _text(data: FormData | Mapping[str, Any], name: str, *, strip: bool = True) -> str:
    value = data.get(name, "")
    if not isinstance(value, str):
        return ""
    value = value.replace("\r\n", "\n").replace("\x00", "")
    return value.strip() if strip else value


def _column_text(data: FormData, key: str, name: str) -> str:
    """A field of a column. Spaces mean something in a pattern and in a default."""
    if name == "warnings":
        return _words(data, key)
    text = _text(data, key, strip=name not in AS_TYPED)
    return "" if text.isspace() else text


def _words(data: FormData, name: str) -> str:
    """The values of checkboxes that share a name, as one text."""
    return " ".join(value for value in data.getlist(name) if isinstance(value, str))


def _shown(value: Any) -> str:
    return "" if value is None else str(value)

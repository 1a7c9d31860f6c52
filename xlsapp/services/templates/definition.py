"""What somebody wants a template to be, whoever asks; and the one place that says whether it can be so."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from xlsapp.errors import Refused
from xlsapp.models import (
    RULE_NAMES,
    CellValue,
    ColumnRules,
    ColumnType,
    ImportTemplate,
    Remembered,
    TemplateColumn,
)
from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.entered import as_entered, parse_text
from xlsapp.spreadsheet.cells.rules import PatternError, bound, compile_pattern
from xlsapp.spreadsheet.cells.values import MAX_TEXT_LENGTH, as_text
from xlsapp.spreadsheet.reading.deciding import ANSWERS, KNOWN
from xlsapp.spreadsheet.reading.headers import RESERVED, normalised
from xlsapp.spreadsheet.writing.cell_kinds import no_character

MAX_NAME_LENGTH = 100
MAX_DESCRIPTION_LENGTH = 2000
MAX_CHOICES = 1000
MAX_CHOICE_LENGTH = 1000
MAX_PATTERN_LENGTH = 1000
MAX_BOUND_LENGTH = 100
MAX_ALIASES = 100
# What a cell holds: a sample's header is kept whole, and the workbook that it came from must still fit.
MAX_ALIAS_LENGTH = MAX_TEXT_LENGTH
SHOWN_LENGTH = 40
RESERVED_PREFIX = "__"

TEXTUAL = {ColumnType.TEXT, ColumnType.EMAIL, ColumnType.LINK, ColumnType.CHOICE}
ORDERED = set(ColumnType) - TEXTUAL - {ColumnType.BOOLEAN}

# The rules that only some types have. All others are for every type.
TYPES_WITH_RULE = {
    "minimum": ORDERED,
    "maximum": ORDERED,
    "min_length": TEXTUAL,
    "max_length": TEXTUAL,
    "pattern": TEXTUAL,
    "choices": {ColumnType.CHOICE},
}


@dataclass(frozen=True, slots=True)
class ColumnDraft:
    """A column as somebody wants it. Values may be written in any way that its type can be read from."""

    name: str = ""
    type: str = ColumnType.TEXT.value
    id: int = 0
    """Of the stored column that it is; 0 for a new one."""
    required: bool = False
    aliases: tuple[str, ...] = ()
    unique: bool = False
    minimum: CellValue = None
    maximum: CellValue = None
    min_length: CellValue = None
    max_length: CellValue = None
    pattern: str | None = None
    choices: tuple[str, ...] = ()
    default: CellValue = None
    warnings: tuple[str, ...] = ()
    remembered: Mapping[str, Any] | None = None
    """What imports need not ask of it. None for what is known already."""

    @classmethod
    def of(cls, column: TemplateColumn) -> Self:
        """A stored column as it is."""
        rules: dict[str, Any] = {rule.name: getattr(column.rules, rule.name) for rule in fields(ColumnRules)}
        rules["warnings"] = tuple(sorted(column.rules.warnings))
        return cls(column.name, column.type.value, column.id, column.required, column.aliases, **rules)

    def as_type(self, name: str) -> Self:
        """The same column of another type: without the rules that this type does not have."""
        blank = ColumnDraft()
        foreign = {rule: getattr(blank, rule) for rule in TYPES_WITH_RULE if not has_rule(name, rule)}
        return replace(self, type=name, remembered={}, **foreign)


@dataclass(frozen=True, slots=True)
class TemplateDraft:
    """A template as somebody wants it, its columns in their order."""

    name: str
    description: str = ""
    columns: tuple[ColumnDraft, ...] = ()

    @classmethod
    def of(cls, template: ImportTemplate) -> Self:
        """A stored template as it is."""
        return cls(template.name, template.description, tuple(map(ColumnDraft.of, template.columns)))


@dataclass(frozen=True, slots=True)
class DraftProblem:
    """What will not do, and which member of the draft it is about."""

    steps: tuple[str | int, ...]
    message: Message

    @property
    def path(self) -> str:
        """Where it is: name, columns/3/pattern."""
        return "/".join(map(str, self.steps))


class DraftRefused(Refused):
    """A draft that will not do. Has all that is wrong with it."""

    def __init__(self, problems: Iterable[DraftProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems[0].message)


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft that was looked at: its columns, or every problem in it."""

    columns: tuple[TemplateColumn, ...]
    problems: tuple[DraftProblem, ...]


def check(draft: TemplateDraft, *, max_columns: int) -> Checked:
    """The columns that a draft describes, or all that will not do: at most one problem for each member."""
    problems = [*text_problems(draft), *_count_problems(draft, max_columns)]
    readings = [_ColumnReading(place, column) for place, column in enumerate(draft.columns)]
    columns = tuple(reading.column() for reading in readings)
    for place, (reading, found) in enumerate(zip(readings, _header_problems(draft), strict=True)):
        members = {**found, **reading.problems}
        problems += [DraftProblem(("columns", place, name), message) for name, message in members.items()]
    return Checked(() if problems else columns, tuple(problems))


def text_problems(draft: TemplateDraft) -> list[DraftProblem]:
    """What is wrong with a template's own texts."""
    name, description = draft.name.strip(), draft.description.strip()
    found = {}
    if not name:
        found["name"] = Message("draft.no_name")
    elif len(name) > MAX_NAME_LENGTH:
        found["name"] = _too_long(name, MAX_NAME_LENGTH)
    if len(description) > MAX_DESCRIPTION_LENGTH:
        found["description"] = _too_long(description, MAX_DESCRIPTION_LENGTH)
    return [DraftProblem((member,), message) for member, message in found.items()]


def header_problems(draft: TemplateDraft) -> list[DraftProblem]:
    """What is wrong with the headers that mean columns."""
    return [
        DraftProblem(("columns", place, member), message)
        for place, found in enumerate(_header_problems(draft))
        for member, message in found.items()
    ]


def has_rule(type_name: str, rule: str) -> bool:
    """Whether columns of this type can have such a rule."""
    return rule not in TYPES_WITH_RULE or type_name in TYPES_WITH_RULE[rule]


def _count_problems(draft: TemplateDraft, max_columns: int) -> list[DraftProblem]:
    if not draft.columns:
        return [DraftProblem(("columns",), Message("draft.no_columns"))]
    if (count := len(draft.columns)) > max_columns:
        many = Message("draft.many_columns", {"most": max_columns, "count": count})
        return [DraftProblem(("columns",), many)]
    return []


def _too_long(text: str, most: int) -> Message:
    return Message("draft.too_long", {"most": most, "length": len(text)})


def _about_long(text: str, most: int) -> dict[str, str | int]:
    """Which one of several texts is too long: its beginning says it."""
    return {"beginning": text[:SHOWN_LENGTH], "most": most, "length": len(text)}


def _header_problems(draft: TemplateDraft) -> list[dict[str, Message]]:
    """Every header must mean one column: names and aliases are compared as the import compares them."""
    meant: dict[str, list[ColumnDraft]] = {}
    for column in draft.columns:
        for header in set(map(normalised, (column.name, *column.aliases))):
            meant.setdefault(header, []).append(column)
    return [_headers_of(column, meant) for column in draft.columns]


def _headers_of(column: ColumnDraft, meant: Mapping[str, Sequence[ColumnDraft]]) -> dict[str, Message]:
    found = {}
    name = column.name.strip()
    if not normalised(name):
        found["name"] = Message("draft.column.no_name")
    elif len(name) > MAX_NAME_LENGTH:
        found["name"] = _too_long(name, MAX_NAME_LENGTH)
    elif normalised(name).startswith(RESERVED_PREFIX):
        found["name"] = Message("draft.column.reserved_name", {"prefix": RESERVED_PREFIX})
    elif strange := no_character(name):
        found["name"] = Message("draft.column.unwritable_name", {"found": strange})
    elif len(meant[normalised(name)]) > 1:
        found["name"] = Message("draft.column.name_again", {"name": name})
    aliases = list(filter(normalised, column.aliases))
    if len(aliases) > MAX_ALIASES:
        found["aliases"] = Message("draft.column.many_headers", {"most": MAX_ALIASES, "count": len(aliases)})
    for alias in aliases:
        others = [other.name for other in meant[normalised(alias)] if other is not column]
        if normalised(alias) in RESERVED:  # other headers may begin so: nobody chooses what files have
            found["aliases"] = Message("draft.column.reserved_header", {"prefix": RESERVED_PREFIX})
        elif len(alias) > MAX_ALIAS_LENGTH:
            found["aliases"] = Message("draft.column.long_header", _about_long(alias, MAX_ALIAS_LENGTH))
        elif others:
            about = {"header": alias, "column": others[0].strip()}
            found["aliases"] = Message("draft.column.header_again", about)
    return found


class _ColumnReading:
    """Reads one column's draft, and keeps what is wrong with it, by its member."""

    def __init__(self, position: int, draft: ColumnDraft) -> None:
        self._position, self._draft = position, draft
        self.problems: dict[str, Message] = {}

    def column(self) -> TemplateColumn:
        """The column. It means nothing when there are problems."""
        draft = self._draft
        try:
            column_type = ColumnType(draft.type)
        except ValueError:
            self.problems["type"] = Message("draft.column.no_such_type")
            return TemplateColumn(draft.id, draft.name, ColumnType.TEXT, self._position)
        return TemplateColumn(
            id=draft.id,
            name=draft.name.strip(),
            type=column_type,
            position=self._position,
            required=draft.required,
            rules=self._rules(column_type),
            # Blanks make no difference in headers, and each stands on one line of the form.
            aliases=tuple(filter(None, (" ".join(alias.split()) for alias in draft.aliases))),
            remembered=self._remembered(column_type),
        )

    def _remembered(self, column_type: ColumnType) -> Remembered:
        given = dict(self._draft.remembered or {})
        others = tuple(given.pop("not_headers", ()))
        for about, answer in given.items():
            if answer and (about not in KNOWN.get(column_type, ()) or answer not in ANSWERS[about]):
                said = {"about": about, "answer": str(answer)[:SHOWN_LENGTH], "type": column_type.value}
                self.problems["remembered"] = Message("draft.column.remembered", said)
                return Remembered()
        return Remembered(**given, not_headers=others)

    def _rules(self, column_type: ColumnType) -> ColumnRules:
        draft = self._draft
        for rule in TYPES_WITH_RULE:
            if getattr(draft, rule) not in (None, "", ()) and not has_rule(column_type, rule):
                about = {"rule": rule, "type": column_type.value}
                self.problems[rule] = Message("draft.rule.foreign", about)
        rules: dict[str, Any] = {
            "unique": draft.unique,
            "warnings": self._warnings(),
            "default": self._value("default", column_type),
        }
        if column_type in ORDERED:
            rules |= {name: self._value(name, column_type) for name in ("minimum", "maximum")}
            self._check_range(rules, "minimum", "maximum", column_type)
        if column_type in TEXTUAL:
            rules |= {name: self._length(name) for name in ("min_length", "max_length")}
            self._check_range(rules, "min_length", "max_length", ColumnType.INTEGER)
            rules["pattern"] = self._pattern()
        if column_type is ColumnType.CHOICE:
            rules["choices"] = self._choices()
            if rules["default"] and rules["default"] not in rules["choices"]:
                self.problems["default"] = Message("draft.rule.default", {"default": rules["default"]})
        return ColumnRules(**rules)

    def _warnings(self) -> frozenset[str]:
        if unknown := [name for name in self._draft.warnings if name not in RULE_NAMES]:
            about = {"name": unknown[0], "rules": list(RULE_NAMES)}
            self.problems["warnings"] = Message("draft.rule.unknown", about)
        return frozenset(self._draft.warnings)

    def _value(self, name: str, column_type: ColumnType) -> str | None:
        """A value of the column's own type, as it is stored."""
        given = getattr(self._draft, name)
        if given is None or given == "":
            return None
        if name in ("minimum", "maximum") and isinstance(given, str) and len(given) > MAX_BOUND_LENGTH:
            self.problems[name] = _too_long(given, MAX_BOUND_LENGTH)
            return None
        text = str(given).lower() if isinstance(given, bool) else as_text(given)
        if text.isspace():
            self.problems[name] = Message("draft.rule.only_spaces")
            return None
        value, problem = parse_text(column_type, given if type(given) in (int, float) else text)
        if problem:
            self.problems[name] = problem
            return None
        return as_entered(column_type, value)

    def _length(self, name: str) -> int | None:
        text = as_text(getattr(self._draft, name)).strip()
        if not text:
            return None
        if not text.isdecimal() or len(text) > 9 or int(text) > MAX_TEXT_LENGTH:
            self.problems[name] = Message("draft.rule.no_length", {"most": MAX_TEXT_LENGTH})
            return None
        return int(text)

    def _check_range(self, rules: dict[str, Any], low: str, high: str, column_type: ColumnType) -> None:
        least, most = rules[low], rules[high]
        in_order = None in (least, most) or bound(column_type, str(least)) <= bound(column_type, str(most))
        if not in_order:
            self.problems[high] = Message("draft.rule.range", {"least": least, "most": most})

    def _pattern(self) -> str | None:
        pattern = self._draft.pattern or None
        if pattern and len(pattern) > MAX_PATTERN_LENGTH:
            self.problems["pattern"] = _too_long(pattern, MAX_PATTERN_LENGTH)
        elif pattern:
            try:
                compile_pattern(pattern)
            except PatternError as error:
                self.problems["pattern"] = Message("draft.rule.pattern", {"reason": str(error)})
        return pattern

    def _choices(self) -> tuple[str, ...]:
        choices = tuple(dict.fromkeys(self._draft.choices))
        # A cell is read without spaces at its ends, and the form has a line for each choice.
        unusable = next((each for each in choices if each != each.strip() or "\n" in each), None)
        if not choices:
            self.problems["choices"] = Message("draft.choices.none")
        elif len(choices) > MAX_CHOICES:
            counts = {"most": MAX_CHOICES, "count": len(choices)}
            self.problems["choices"] = Message("draft.choices.many", counts)
        elif long := [choice for choice in choices if len(choice) > MAX_CHOICE_LENGTH]:
            self.problems["choices"] = Message("draft.choices.long", _about_long(long[0], MAX_CHOICE_LENGTH))
        elif "" in choices:
            self.problems["choices"] = Message("draft.choices.blank")
        elif unusable is not None:
            about = {"choice": unusable, "better": " ".join(unusable.split())}
            self.problems["choices"] = Message("draft.choices.unusable", about)
        return choices

"""What somebody wants a template to be, whoever asks; and the one place that says whether it can be so."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from xlsapp.errors import Refused
from xlsapp.messages.saying import say
from xlsapp.models import RULE_NAMES, CellValue, ColumnRules, ColumnType, ImportTemplate, TemplateColumn
from xlsapp.spreadsheet.cells.entered import parse_text
from xlsapp.spreadsheet.cells.rules import PatternError, compile_pattern
from xlsapp.spreadsheet.cells.values import MAX_TEXT_LENGTH, as_text
from xlsapp.spreadsheet.reading.headers import normalised

MAX_NAME_LENGTH = 100
MAX_DESCRIPTION_LENGTH = 2000
MAX_CHOICES = 1000
RESERVED_PREFIX = "__"

ORDERED = {ColumnType.INTEGER, ColumnType.NUMBER, ColumnType.DATE, ColumnType.DATETIME, ColumnType.TIME}
TEXTUAL = {ColumnType.TEXT, ColumnType.EMAIL, ColumnType.LINK, ColumnType.CHOICE}

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
        return replace(self, type=name, **foreign)


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
    message: str

    @property
    def path(self) -> str:
        """Where it is: name, columns/3/pattern."""
        return "/".join(map(str, self.steps))


class DraftRefused(Refused):
    """A draft that will not do. Has all that is wrong with it."""

    def __init__(self, problems: Iterable[DraftProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{problem.path}: {problem.message}" for problem in self.problems))


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft that was looked at: its columns, or every problem in it."""

    columns: tuple[TemplateColumn, ...]
    problems: tuple[DraftProblem, ...]


def check(draft: TemplateDraft, *, max_columns: int) -> Checked:
    """The columns that a draft describes, or all that will not do: at most one problem for each member."""
    problems = [*text_problems(draft), *_count_problems(draft, max_columns)]
    readings = [_Reading(place, column) for place, column in enumerate(draft.columns)]
    columns = tuple(reading.column() for reading in readings)
    for place, (reading, found) in enumerate(zip(readings, _header_problems(draft), strict=True)):
        members = {**found, **reading.problems}
        problems += [DraftProblem(("columns", place, name), text) for name, text in members.items()]
    return Checked(() if problems else columns, tuple(problems))


def text_problems(draft: TemplateDraft) -> list[DraftProblem]:
    """What is wrong with a template's own texts."""
    name, description = draft.name.strip(), draft.description.strip()
    found = {}
    if not name:
        found["name"] = "Give the template a name."
    elif len(name) > MAX_NAME_LENGTH:
        found["name"] = f"Use at most {MAX_NAME_LENGTH} characters; these are {len(name)}."
    if len(description) > MAX_DESCRIPTION_LENGTH:
        found["description"] = (
            f"Use at most {MAX_DESCRIPTION_LENGTH:,} characters; these are {len(description):,}."
        )
    return [DraftProblem((member,), text) for member, text in found.items()]


def has_rule(type_name: str, rule: str) -> bool:
    """Whether columns of this type can have such a rule."""
    return rule not in TYPES_WITH_RULE or type_name in TYPES_WITH_RULE[rule]


def _count_problems(draft: TemplateDraft, max_columns: int) -> list[DraftProblem]:
    if not draft.columns:
        return [DraftProblem(("columns",), "Add at least one column.")]
    count = len(draft.columns)
    if count > max_columns:
        text = f"A template can have {max_columns} columns; these are {count}."
        return [DraftProblem(("columns",), text)]
    return []


def _header_problems(draft: TemplateDraft) -> list[dict[str, str]]:
    """Every header must mean one column: names and aliases are compared as the import compares them."""
    headers = Counter(
        header
        for column in draft.columns
        for header in set(map(normalised, (column.name, *column.aliases)))
        if header
    )
    return [_headers_of(column, headers) for column in draft.columns]


def _headers_of(column: ColumnDraft, headers: Counter[str]) -> dict[str, str]:
    found = {}
    name = column.name.strip()
    if not normalised(name):
        found["name"] = "Give the column a name: it is the header in your workbooks."
    elif len(name) > MAX_NAME_LENGTH:
        found["name"] = f"Use at most {MAX_NAME_LENGTH} characters; these are {len(name)}."
    elif normalised(name).startswith(RESERVED_PREFIX):
        found["name"] = "Names that begin with “__” are kept for the app itself."
    elif headers[normalised(name)] > 1:
        found["name"] = f"Another column is called “{name}” too. Each needs a name of its own."
    for alias in column.aliases:
        if normalised(alias).startswith(RESERVED_PREFIX):
            found["aliases"] = "Headers that begin with “__” are kept for the app itself."
        elif headers[normalised(alias)] > 1:
            found["aliases"] = f"“{alias}” means another column too. Each header can mean one."
    return found


class _Reading:
    """Reads one column's draft, and keeps what is wrong with it: member → sentence."""

    def __init__(self, position: int, draft: ColumnDraft) -> None:
        self._position, self._draft = position, draft
        self.problems: dict[str, str] = {}

    def column(self) -> TemplateColumn:
        """The column. It means nothing when there are problems."""
        draft = self._draft
        try:
            column_type = ColumnType(draft.type)
        except ValueError:
            self.problems["type"] = "Choose one of the types."
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
        )

    def _rules(self, column_type: ColumnType) -> ColumnRules:
        draft = self._draft
        for rule in TYPES_WITH_RULE:
            if getattr(draft, rule) not in (None, "", ()) and not has_rule(column_type, rule):
                self.problems[rule] = (
                    f"“{rule}” is no rule for the type “{column_type.label}”. "
                    "Leave it out, or take another type."
                )
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
                self.problems["default"] = f"“{rules['default']}” is not one of the choices."
        return ColumnRules(**rules)

    def _warnings(self) -> frozenset[str]:
        if unknown := [name for name in self._draft.warnings if name not in RULE_NAMES]:
            self.problems["warnings"] = f"“{unknown[0]}” is no rule. There are: {', '.join(RULE_NAMES)}."
        return frozenset(self._draft.warnings)

    def _value(self, name: str, column_type: ColumnType) -> str | None:
        """A value of the column's own type, as it is stored."""
        given = getattr(self._draft, name)
        if given is None or given == "":
            return None
        text = str(given).lower() if isinstance(given, bool) else as_text(given)
        if text.isspace():
            self.problems[name] = "There are only spaces in this. Write a value, or leave it out."
            return None
        value, problem = parse_text(column_type, text)
        if problem:
            self.problems[name] = say(problem)
            return None
        return str(value).lower() if column_type is ColumnType.BOOLEAN else str(value)

    def _length(self, name: str) -> int | None:
        text = as_text(getattr(self._draft, name)).strip()
        if not text:
            return None
        if not text.isdecimal() or len(text) > 9 or int(text) > MAX_TEXT_LENGTH:
            self.problems[name] = (
                f"Write a whole number from 0 to {MAX_TEXT_LENGTH}, the most characters that fit in a cell."
            )
            return None
        return int(text)

    def _check_range(self, rules: dict[str, Any], low: str, high: str, column_type: ColumnType) -> None:
        least, most = rules[low], rules[high]
        if least is None or most is None:
            return
        numeric = column_type in (ColumnType.INTEGER, ColumnType.NUMBER)
        if (float(least) > float(most)) if numeric else (str(least) > str(most)):
            self.problems[high] = f"{most} is less than {least}."

    def _pattern(self) -> str | None:
        pattern = self._draft.pattern or None
        if pattern:
            try:
                compile_pattern(pattern)
            except PatternError as error:
                self.problems["pattern"] = f"This is not a regular expression: {error}."
        return pattern

    def _choices(self) -> tuple[str, ...]:
        choices = tuple(dict.fromkeys(self._draft.choices))
        # A cell is read without spaces at its ends, and the form has a line for each choice.
        unusable = next((each for each in choices if each != each.strip() or "\n" in each), None)
        if not choices:
            self.problems["choices"] = "List the choices, one on each line."
        elif len(choices) > MAX_CHOICES:
            self.problems["choices"] = f"List at most {MAX_CHOICES:,} choices; these are {len(choices):,}."
        elif "" in choices:
            self.problems["choices"] = "One of the choices is empty. Leave it out."
        elif unusable is not None:
            self.problems["choices"] = (
                f"“{unusable}” has a line break, or spaces at its ends, and no cell could hold it. "
                f"Write it like “{' '.join(unusable.split())}”."
            )
        return choices

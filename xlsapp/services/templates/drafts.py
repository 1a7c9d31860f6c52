"""What somebody wants a template to be, whoever asks; and what can be wrong with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from xlsapp.errors import Refused
from xlsapp.models import CellValue, ColumnRules, ColumnType, ImportTemplate, TemplateColumn
from xlsapp.problems import Message

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
    has_header: bool = True
    """Whether its files have a header row; else their columns are known by their letters."""

    @classmethod
    def of(cls, template: ImportTemplate) -> Self:
        """A stored template as it is."""
        columns = tuple(map(ColumnDraft.of, template.columns))
        return cls(template.name, template.description, columns, template.has_header)


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


def has_rule(type_name: str, rule: str) -> bool:
    """Whether columns of this type can have such a rule."""
    return rule not in TYPES_WITH_RULE or type_name in TYPES_WITH_RULE[rule]

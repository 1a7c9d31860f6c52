"""The one place that says whether a template can be what somebody wants; for its names, with naming.py."""

from dataclasses import dataclass, replace
from typing import Any

from xlsapp.models import RULE_NAMES, ColumnRules, ColumnType, Remembered, TemplateColumn
from xlsapp.problems import Message
from xlsapp.services.templates.drafts import (
    ORDERED,
    TEXTUAL,
    TYPES_WITH_RULE,
    ColumnDraft,
    DraftProblem,
    TemplateDraft,
    has_rule,
)
from xlsapp.services.templates.naming import (
    SHOWN_LENGTH,
    about_long,
    headers_checked,
    text_problems,
    too_long,
)
from xlsapp.spreadsheet.cells.entered import as_entered, parse_text
from xlsapp.spreadsheet.cells.rules import PatternError, bound, compile_pattern
from xlsapp.spreadsheet.cells.values import MAX_TEXT_LENGTH, as_text, no_character
from xlsapp.spreadsheet.reading.deciding import ANSWERS, KNOWN

MAX_CHOICES = 1000
MAX_CHOICE_LENGTH = 1000
MAX_PATTERN_LENGTH = 1000
MAX_BOUND_LENGTH = 100


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
    for place, (reading, found) in enumerate(zip(readings, headers_checked(draft), strict=True)):
        members = {**found, **reading.problems}
        problems += [DraftProblem(("columns", place, name), message) for name, message in members.items()]
    return Checked(() if problems else columns, tuple(problems))


def _count_problems(draft: TemplateDraft, max_columns: int) -> list[DraftProblem]:
    if not draft.columns:
        return [DraftProblem(("columns",), Message("draft.no_columns"))]
    if (count := len(draft.columns)) > max_columns:
        many = Message("draft.many_columns", {"most": max_columns, "count": count})
        return [DraftProblem(("columns",), many)]
    return []


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
        matches = tuple(dict(given.pop("matches", {})).items())
        choices = self._draft.choices if column_type is ColumnType.CHOICE else ()
        for found, choice in matches:
            if choice not in choices:
                said = {"found": found[:SHOWN_LENGTH], "choice": choice[:SHOWN_LENGTH]}
                self.problems["remembered"] = Message("draft.column.no_match", said)
                return Remembered()
        for about, answer in given.items():
            if answer and (about not in KNOWN.get(column_type, ()) or answer not in ANSWERS[about]):
                said = {"about": about, "answer": str(answer)[:SHOWN_LENGTH], "type": column_type.value}
                self.problems["remembered"] = Message("draft.column.remembered", said)
                return Remembered()
        return Remembered(**given, not_headers=others, matches=matches)

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
        return self._with_default_checked(column_type, ColumnRules(**rules))

    def _with_default_checked(self, column_type: ColumnType, rules: ColumnRules) -> ColumnRules:
        """The rules, which a default must keep as any cell has to: a blank one would break them else."""
        if rules.default is not None and not self.problems:
            bare = TemplateColumn(0, "", column_type, self._position, rules=replace(rules, default=None))
            _, broken = parse_text(bare, rules.default)
            if broken:
                self.problems["default"] = broken
        return rules

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
            self.problems[name] = too_long(given, MAX_BOUND_LENGTH)
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
            self.problems["pattern"] = too_long(pattern, MAX_PATTERN_LENGTH)
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
            self.problems["choices"] = Message("draft.choices.long", about_long(long[0], MAX_CHOICE_LENGTH))
        elif "" in choices:
            self.problems["choices"] = Message("draft.choices.blank")
        elif unusable is not None:
            about = {"choice": unusable, "better": " ".join(unusable.split())}
            self.problems["choices"] = Message("draft.choices.unusable", about)
        elif strange := no_character("".join(choices)):
            choice = next(filter(no_character, choices))[:SHOWN_LENGTH]
            about = {"choice": choice, "found": strange}
            self.problems["choices"] = Message("draft.choices.unwritable", about)
        return choices

"""A column's rules, applied to values that already have its type."""

from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from typing import Any, TypeVar

import re2

from xlsapp.models import CellValue, ColumnType, TemplateColumn
from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.cell_types import Rejected, is_blank, read_cell
from xlsapp.spreadsheet.cells.durations import checked_seconds, parse_duration
from xlsapp.spreadsheet.cells.text_values import FIRST, SECOND
from xlsapp.spreadsheet.cells.values import as_text
from xlsapp.visible import visible

Check = Callable[[Any], bool]
Given = TypeVar("Given")

NUMERIC = (ColumnType.INTEGER, ColumnType.NUMBER)

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False


class PatternError(ValueError):
    """A pattern that is no regular expression. The text says why."""


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> Any:
    """A regular expression that takes linear time on any text (RE2). Raises PatternError."""
    try:
        return re2.compile(pattern, _OPTIONS)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        raise PatternError(reason.decode() if isinstance(reason, bytes) else str(reason)) from None


def rules_of(column: TemplateColumn) -> list[tuple[str, Check, Message]]:
    """The column's rules: name, whether a stored value keeps it, and what to say `about` one that does not.

    `required` and `unique` are not among them: those are not about one value.
    """
    rules, found = column.rules, []
    if rules.minimum is not None:
        least = bound(column.type, rules.minimum)
        broken = Message("rule.minimum", {"minimum": rules.minimum})
        found.append(("minimum", lambda v: v >= least, broken))
    if rules.maximum is not None:
        most = bound(column.type, rules.maximum)
        broken = Message("rule.maximum", {"maximum": rules.maximum})
        found.append(("maximum", lambda v: v <= most, broken))
    if rules.min_length is not None:
        shortest = rules.min_length
        broken = Message("rule.min_length", {"least": shortest})
        found.append(("min_length", lambda v: len(v) >= shortest, broken))
    if rules.max_length is not None:
        longest = rules.max_length
        broken = Message("rule.max_length", {"most": longest})
        found.append(("max_length", lambda v: len(v) <= longest, broken))
    if rules.pattern:
        fullmatch = compile_pattern(rules.pattern).fullmatch
        broken = Message("rule.pattern", {"pattern": rules.pattern})
        found.append(("pattern", lambda v: fullmatch(v) is not None, broken))
    if column.type is ColumnType.CHOICE and "choices" in rules.warnings:
        choices = frozenset(rules.choices)
        found.append(("choices", choices.__contains__, Message("rule.choices")))
    return found


def default_of(column: TemplateColumn) -> CellValue:
    """What a blank cell becomes, as it is stored; None when it stays blank."""
    text = _as_compared(column, column.rules.default)
    return None if not text else read_cell(column, text)


def stored_value(column: TemplateColumn, given: CellValue) -> CellValue:
    """What someone typed, or a program sent, as it is stored.

    Blank gives the default, or None. Raises Rejected for a broken rule.

    A rule that only warns does not stop it.
    """
    given = _as_compared(column, given)
    if is_blank(given):
        value = default_of(column)
        if value is None and column.required:
            raise Rejected("required", Message("rule.required"))
        return value
    value = _read(column, given)
    for rule, keeps, broken in rules_of(column):
        if rule not in column.rules.warnings and not keeps(value):
            raise Rejected(rule, broken.about(as_text(given)[:60]))
    return value


def _as_compared(column: TemplateColumn, given: Given) -> Given | str:
    """A text of a unique column without outer blanks and what nobody sees: it is compared with others."""
    return visible(given) if column.rules.unique and isinstance(given, str) else given


def _read(column: TemplateColumn, given: CellValue) -> CellValue:
    """One value; a text by the first convention, or by the second where the first cannot read it.

    A duration may also be given as its seconds, as it is stored; a cell's number is none.
    """
    if column.type is ColumnType.DURATION and type(given) in (int, float):
        with suppress(ValueError, OverflowError):
            return checked_seconds(given)  # type: ignore[arg-type]
    try:
        return read_cell(column, given, FIRST)
    except Rejected as rejected:
        if not isinstance(given, str) or column.type is ColumnType.TIME:
            raise  # whether 9.30 is a time, only a column shows
        try:
            return read_cell(column, given, SECOND)
        except Rejected:
            raise rejected from None


def bound(kind: ColumnType, text: str) -> Any:
    """A rule's limit as the values of a type are compared with it."""
    if kind is ColumnType.DURATION:
        return parse_duration(text)
    return float(text) if kind in NUMERIC else text

"""What a column asks of its cells, in plain words: for the notes, prompts, errors and the “Read me” sheet."""

from collections.abc import Iterator

from xlsapp.messages.saying import say
from xlsapp.models import ColumnType, TemplateColumn
from xlsapp.problems import Message
from xlsapp.spreadsheet.writing.text import shortened

# Excel's own limits for the words of a data validation.
MAX_TITLE, MAX_PROMPT, MAX_ERROR = 32, 255, 225
CHOICES_SHOWN = 8


def about(column: TemplateColumn) -> str:
    """What a column holds, and its rules, but for whether it is required."""
    return " ".join(map(say, [_holds(column), *_rules(column)]))


def note(column: TemplateColumn) -> str:
    """The note on a column's header."""
    required = Message("column.required") if column.required else Message("column.may_be_blank")
    return "\n".join([f"{say(_holds(column))} {say(required)}", *map(say, _rules(column))])


def prompt(column: TemplateColumn) -> str:
    """What is shown beside a cell that is selected; nothing where there is nothing to say."""
    rules = column.rules
    limits = (rules.minimum, rules.maximum, rules.min_length, rules.max_length, rules.pattern)
    if column.type is ColumnType.TEXT and not column.required and not rules.unique and limits == (None,) * 5:
        return ""
    required = [Message("column.required")] if column.required else []
    return shortened(" ".join(map(say, [_holds(column), *required, *_rules(column)])), MAX_PROMPT)


def error(column: TemplateColumn) -> str:
    """What is shown when a cell is given something that will not do."""
    spans = {name: list(span.values()) for name, span in _spans(column).items()}
    return shortened(say(Message("column.mend", {"type": column.type.value, **spans})), MAX_ERROR)


def title(column: TemplateColumn) -> str:
    """A column's name, as short as the title of a prompt has to be."""
    return shortened(column.name, MAX_TITLE)


def _holds(column: TemplateColumn) -> Message:
    return Message("column.holds", {"type": column.type.value})


def _rules(column: TemplateColumn) -> Iterator[Message]:
    """Each of a column's rules, but for whether it is required."""
    rules, spans = column.rules, _spans(column)
    if "between" in spans:
        yield Message("column.between", spans["between"])
    if "length" in spans:
        yield Message("column.length", spans["length"])
    if rules.choices:
        more = max(0, len(rules.choices) - CHOICES_SHOWN)
        yield Message("column.choices", {"shown": list(rules.choices[:CHOICES_SHOWN]), "more": more})
    if rules.pattern:
        yield Message("column.pattern", {"pattern": rules.pattern})
    if rules.unique:
        yield Message("column.unique")
    if rules.default:
        yield Message("column.default", {"default": _shown(rules.default)})
    if rules.warnings:
        yield Message("column.kept", {"rules": sorted(rules.warnings)})


def _spans(column: TemplateColumn) -> dict[str, dict[str, str | int | None]]:
    """How large and how long a value may be, where there is a limit."""
    rules = column.rules
    spans: dict[str, dict[str, str | int | None]] = {
        "between": {"least": _shown(rules.minimum), "most": _shown(rules.maximum)},
        "length": {"least": rules.min_length, "most": rules.max_length},
    }
    return {name: span for name, span in spans.items() if set(span.values()) != {None}}


def _shown(value: str | None) -> str | None:
    """A stored limit as people write it."""
    return None if value is None else value.replace("T", " ") if value[4:5] == "-" else value

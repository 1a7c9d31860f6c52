"""What a column asks of its cells, in plain words: for the notes, prompts, errors and the “Read me” sheet."""

from xlsapp.models import ColumnType, TemplateColumn
from xlsapp.spreadsheet.writing.text import shortened

# Excel's own limits for the words of a data validation.
MAX_TITLE, MAX_PROMPT, MAX_ERROR = 32, 255, 225
CHOICES_SHOWN = 8

TYPES = {
    ColumnType.TEXT: "Text",
    ColumnType.INTEGER: "A whole number",
    ColumnType.NUMBER: "A number",
    ColumnType.DATE: "A date, such as 2026-01-31",
    ColumnType.DATETIME: "A date and time, such as 2026-01-31 09:30",
    ColumnType.TIME: "A time of day, such as 09:30",
    ColumnType.BOOLEAN: "TRUE or FALSE",
    ColumnType.CHOICE: "One of the choices in its list",
    ColumnType.EMAIL: "An e-mail address, such as ada@example.com",
    ColumnType.LINK: "A web address, such as https://example.com",
}
HOW_TO_MEND = {
    ColumnType.TEXT: "Write a text",
    ColumnType.INTEGER: "Write a whole number in digits",
    ColumnType.NUMBER: "Write a number in digits",
    ColumnType.DATE: "Write a date like 2026-01-31",
    ColumnType.DATETIME: "Write a date and time like 2026-01-31 09:30",
    ColumnType.TIME: "Write a time of day like 09:30",
    ColumnType.BOOLEAN: "Choose TRUE or FALSE",
    ColumnType.CHOICE: "Choose one from the list",
    ColumnType.EMAIL: "Write an e-mail address like ada@example.com",
    ColumnType.LINK: "Write a web address like https://example.com",
}


def rule_sentences(column: TemplateColumn) -> list[str]:
    """Each of a column's rules as a sentence, but for whether it is required."""
    rules, sentences = column.rules, []
    if span := _span(_shown(rules.minimum), _shown(rules.maximum)):
        sentences.append(f"{span}.")
    if span := _span(rules.min_length, rules.max_length):
        sentences.append(f"{span} characters.")
    if rules.choices:
        shown = ", ".join(rules.choices[:CHOICES_SHOWN])
        more = len(rules.choices) - CHOICES_SHOWN
        sentences.append(f"The choices are: {shown}{f' and {more:,} more' if more > 0 else ''}.")
    if rules.pattern:
        sentences.append(f"It has the form {rules.pattern}.")
    if rules.unique:
        sentences.append("No value may stand here twice.")
    if rules.default:
        sentences.append(f"Left blank in a new row, it becomes “{_shown(rules.default)}”.")
    if rules.warnings:
        named = ", ".join(name.replace("_", " ") for name in sorted(rules.warnings))
        sentences.append(f"What breaks these rules is kept, with a warning: {named}.")
    return sentences


def note(column: TemplateColumn) -> str:
    """The note on a column's header."""
    required = "Required." if column.required else "May be left blank."
    return "\n".join([f"{TYPES[column.type]}. {required}", *rule_sentences(column)])


def prompt(column: TemplateColumn) -> str:
    """What is shown beside a cell that is selected; nothing where there is nothing to say."""
    rules = column.rules
    limits = (rules.minimum, rules.maximum, rules.min_length, rules.max_length, rules.pattern)
    if column.type is ColumnType.TEXT and not column.required and not rules.unique and limits == (None,) * 5:
        return ""
    required = " Required." if column.required else ""
    return shortened(
        f"{TYPES[column.type]}.{required} {' '.join(rule_sentences(column))}".strip(), MAX_PROMPT
    )


def error(column: TemplateColumn) -> str:
    """What is shown when a cell is given something that will not do."""
    rules = column.rules
    parts = [HOW_TO_MEND[column.type]]
    if span := _span(_shown(rules.minimum), _shown(rules.maximum)):
        parts.append(span.lower())
    if span := _span(rules.min_length, rules.max_length):
        parts.append(f"of {span.lower()} characters")
    words = f"{', '.join(parts)}."
    if column.type is ColumnType.INTEGER:
        words += " It can have 15 digits at most: Excel loses those after them."
    if column.type in (ColumnType.DATE, ColumnType.DATETIME):
        words += " Excel knows no dates before 1900: such a one stays a text, and can be kept."
    return shortened(words, MAX_ERROR)


def title(column: TemplateColumn) -> str:
    """A column's name, as short as the title of a prompt has to be."""
    return shortened(column.name, MAX_TITLE)


def _span(least: object, most: object) -> str:
    if least is not None and most is not None:
        return f"{least} to {most}"
    if least is not None:
        return f"At least {least}"
    return f"At most {most}" if most is not None else ""


def _shown(value: str | None) -> str | None:
    """A stored limit as people write it."""
    return None if value is None else value.replace("T", " ") if value[4:5] == "-" else value

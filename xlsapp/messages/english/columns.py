"""What a column is and asks of its cells: on pages, and in the workbooks that are written."""

from collections.abc import Callable, Mapping, Sequence

TYPES = {
    "text": "Text",
    "integer": "Whole number",
    "number": "Number",
    "date": "Date",
    "datetime": "Date and time",
    "time": "Time",
    "duration": "Duration",
    "boolean": "Yes or no",
    "choice": "Choice",
    "email": "E-mail",
    "link": "Link",
}
HOLDS = {
    "text": "Text",
    "integer": "A whole number",
    "number": "A number",
    "date": "A date, such as 2026-01-31",
    "datetime": "A date and time, such as 2026-01-31 09:30",
    "time": "A time of day, such as 09:30",
    "duration": "A duration, such as 36:00:00",
    "boolean": "TRUE or FALSE",
    "choice": "One of the choices in its list",
    "email": "An e-mail address, such as ada@example.com",
    "link": "A web address, such as https://example.com",
}
HOW_TO_MEND = {
    "text": "Write a text",
    "integer": "Write a whole number in digits",
    "number": "Write a number in digits",
    "date": "Write a date like 2026-01-31",
    "datetime": "Write a date and time like 2026-01-31 09:30",
    "time": "Write a time of day like 09:30",
    "duration": "Write a duration like 36:00:00",
    "boolean": "Choose TRUE or FALSE",
    "choice": "Choose one from the list",
    "email": "Write an e-mail address like ada@example.com",
    "link": "Write a web address like https://example.com",
}
WHAT_EXCEL_CANNOT = {
    "duration": " Excel shows a negative one as #####, and keeps it.",
    "integer": " It can have 15 digits at most: Excel loses those after them.",
    "date": " Excel knows no dates before 1900: such a one stays a text, and can be kept.",
    "datetime": " Excel knows no dates before 1900: such a one stays a text, and can be kept.",
}


def _span(least: object, most: object) -> str:
    if least is not None and most is not None:
        return f"{least} to {most}"
    return f"At least {least}" if least is not None else f"At most {most}"


def _length(least: object, most: object) -> str:
    last = least if most is None else most
    return f"{_span(least, most)} {'character' if last == 1 else 'characters'}"


def _choices(shown: Sequence[str], more: int) -> str:
    return f"The choices are: {', '.join(shown)}{f' and {more:,} more' if more else ''}."


def _kept(rules: Sequence[str]) -> str:
    named = ", ".join(rule.replace("_", " ") for rule in rules)
    return f"What breaks these rules is kept, with a warning: {named}."


def _mend(type: str, between: Sequence[object] | None = None, length: Sequence[object] | None = None) -> str:
    parts = [HOW_TO_MEND[type]]
    if between:
        parts.append(_span(*between).lower())
    if length:
        parts.append(f"of {_length(*length).lower()}")
    return f"{', '.join(parts)}.{WHAT_EXCEL_CANNOT.get(type, '')}"


WORDS: Mapping[str, str | Callable[..., str]] = {
    "column.type": lambda type: TYPES[type],
    "column.holds": lambda type: f"{HOLDS[type]}.",
    "column.required": "Required.",
    "column.may_be_blank": "May be left blank.",
    "column.between": lambda least, most: f"{_span(least, most)}.",
    "column.length": lambda least, most: f"{_length(least, most)}.",
    "column.choices": _choices,
    "column.pattern": "It has the form {pattern}.",
    "column.unique": "No value may stand here twice.",
    "column.default": "Left blank in a new row, it becomes “{default}”.",
    "column.kept": _kept,
    "column.mend": _mend,
    "readme.sheet": "Read me",
    "readme.what_it_is": "What it is",
    "readme.how_to_use_it": "How to use it",
    "readme.upload": (
        "Fill in or change the rows of the first sheet, and upload this workbook: every problem is then "
        "shown by cell."
    ),
    "readme.header": (
        "Keep the header row as it is. Columns may change places, and you may add columns of your own: those "
        "are left alone."
    ),
    "readme.notes": (
        "Select a header's cell to read what its column asks for. Cells with a list offer it at a small "
        "arrow."
    ),
    "readme.ids": (
        "Hidden columns at the end say which record a row is. Leave them as they are, and a changed row "
        "updates its record."
    ),
    "readme.new_rows": "A row without them becomes a new record. Do not copy them along with a row.",
    "readme.as_text": (
        "Numbers of more than 15 digits and dates before March 1900 stand as text, as Excel would change "
        "them."
    ),
    "readme.column": "Column",
    "readme.holds": "What it holds",
    "readme.required": "Required",
    "readme.is_required": "required",
}

"""From the template form's texts to columns: every field checked, each fault beside its field."""

from collections import Counter
from typing import Any

from xlsapp.models import RULE_NAMES, ColumnRules, ColumnType, ImportTemplate, TemplateColumn
from xlsapp.spreadsheet.cells.entered import parse_text
from xlsapp.spreadsheet.cells.rules import PatternError, compile_pattern
from xlsapp.spreadsheet.reading.headers import normalised
from xlsapp.web.http.forms import (
    MAX_CHOICES,
    MAX_DESCRIPTION_LENGTH,
    MAX_NAME_LENGTH,
    ColumnForm,
    TemplateForm,
    small_number,
)

ORDERED = {ColumnType.INTEGER, ColumnType.NUMBER, ColumnType.DATE, ColumnType.DATETIME, ColumnType.TIME}
TEXTUAL = {ColumnType.TEXT, ColumnType.EMAIL, ColumnType.LINK, ColumnType.CHOICE}
RESERVED_PREFIX = "__"


def check(form: TemplateForm, *, max_columns: int) -> list[TemplateColumn]:
    """The form's columns. What will not do is noted in the form's errors; blank columns are left out."""
    form.columns = [column for column in form.columns if not column.is_blank]
    _check_template(form, max_columns)
    columns = [_column(position, column) for position, column in enumerate(form.columns)]
    _check_names(form)
    return columns


def keep_new_aliases(form: TemplateForm, template: ImportTemplate) -> None:
    """Put into the form the aliases that its columns were given after it had been opened."""
    stored = {str(column.id): column for column in template.columns}
    for column in form.columns:
        if column.values["id"] not in stored:
            continue
        aliases = stored[column.values["id"]].aliases
        known = set(
            map(normalised, _lines(column.values["aliases"] + "\n" + column.values["aliases_before"]))
        )
        new = [alias for alias in aliases if normalised(alias) not in known]
        column.values["aliases"] = "\n".join([*_lines(column.values["aliases"]), *new])
        column.values["aliases_before"] = "\n".join(aliases)


def _check_template(form: TemplateForm, max_columns: int) -> None:
    name, description = form.values["name"], form.values["description"]
    if not name:
        form.errors["name"] = "Give the template a name."
    elif len(name) > MAX_NAME_LENGTH:
        form.errors["name"] = f"Use at most {MAX_NAME_LENGTH} characters; these are {len(name)}."
    if len(description) > MAX_DESCRIPTION_LENGTH:
        form.errors["description"] = (
            f"Use at most {MAX_DESCRIPTION_LENGTH:,} characters; these are {len(description):,}."
        )
    if not form.columns:
        form.errors["columns"] = "Add at least one column."
    elif len(form.columns) > max_columns:
        form.errors["columns"] = f"A template can have {max_columns} columns; these are {len(form.columns)}."


def _check_names(form: TemplateForm) -> None:
    """Every header must mean one column: names and aliases are compared as the import compares them."""
    headers = Counter(
        header
        for column in form.columns
        for header in set(map(normalised, (column.values["name"], *_lines(column.values["aliases"]))))
        if header
    )
    for column in form.columns:
        name = column.values["name"]
        if "name" in column.errors:
            continue
        if not name:
            column.errors["name"] = "Give the column a name: it is the header in your workbooks."
        elif len(name) > MAX_NAME_LENGTH:
            column.errors["name"] = f"Use at most {MAX_NAME_LENGTH} characters; these are {len(name)}."
        elif normalised(name).startswith(RESERVED_PREFIX):
            column.errors["name"] = "Names that begin with “__” are kept for the app itself."
        elif headers[normalised(name)] > 1:
            column.errors["name"] = f"Another column is called “{name}” too. Each needs a name of its own."
        for alias in _lines(column.values["aliases"]):
            if normalised(alias).startswith(RESERVED_PREFIX):
                column.errors["aliases"] = "Headers that begin with “__” are kept for the app itself."
            elif headers[normalised(alias)] > 1:
                column.errors["aliases"] = f"“{alias}” means another column too. Each header can mean one."


def _column(position: int, form: ColumnForm) -> TemplateColumn:
    try:
        column_type = ColumnType(form.values["type"])
    except ValueError:
        form.errors["type"] = "Choose one of the types."
        column_type = ColumnType.TEXT
    return TemplateColumn(
        id=small_number(form.values["id"]) or 0,
        name=form.values["name"],
        type=column_type,
        position=position,
        required=bool(form.values["required"]),
        rules=_rules(form, column_type),
        aliases=tuple(_lines(form.values["aliases"])),
    )


def _rules(form: ColumnForm, column_type: ColumnType) -> ColumnRules:
    """The rules that apply to the column's type; the others are dropped."""
    rules: dict[str, Any] = {
        "unique": bool(form.values["unique"]),
        "warnings": frozenset(form.values["warnings"].split()) & set(RULE_NAMES),
        "default": _value(form, "default", column_type),
    }
    if column_type in ORDERED:
        rules |= {name: _value(form, name, column_type) for name in ("minimum", "maximum")}
        _check_range(form, rules, "minimum", "maximum", column_type)
    if column_type in TEXTUAL:
        rules |= {name: _length(form, name) for name in ("min_length", "max_length")}
        _check_range(form, rules, "min_length", "max_length", ColumnType.INTEGER)
        rules["pattern"] = _pattern(form)
    if column_type is ColumnType.CHOICE:
        rules["choices"] = _choices(form)
        if rules["default"] and rules["default"] not in rules["choices"]:
            form.errors["default"] = f"“{rules['default']}” is not one of the choices."
    return ColumnRules(**rules)


def _value(form: ColumnForm, name: str, column_type: ColumnType) -> str | None:
    """A value of the column's own type, as it is stored."""
    text = form.values[name]
    if not text:
        return None
    value, problem = parse_text(column_type, text)
    if problem:
        form.errors[name] = problem
        return None
    return str(value).lower() if column_type is ColumnType.BOOLEAN else str(value)


def _length(form: ColumnForm, name: str) -> int | None:
    text = form.values[name]
    if not text:
        return None
    length = small_number(text)
    if length is None or length > 32767:
        form.errors[name] = "Write a whole number from 0 to 32767, the most characters that fit in a cell."
        return None
    return length


def _check_range(
    form: ColumnForm, rules: dict[str, Any], low: str, high: str, column_type: ColumnType
) -> None:
    least, most = rules[low], rules[high]
    if least is None or most is None:
        return
    numeric = column_type in (ColumnType.INTEGER, ColumnType.NUMBER)
    if (float(least) > float(most)) if numeric else (str(least) > str(most)):
        form.errors[high] = f"{most} is less than {least}."


def _pattern(form: ColumnForm) -> str | None:
    text = form.values["pattern"]
    try:
        compile_pattern(text)
    except PatternError as error:
        form.errors["pattern"] = f"This is not a regular expression: {error}."
    return text or None


def _choices(form: ColumnForm) -> tuple[str, ...]:
    choices = tuple(dict.fromkeys(_lines(form.values["choices"])))
    if not choices:
        form.errors["choices"] = "List the choices, one on each line."
    elif len(choices) > MAX_CHOICES:
        form.errors["choices"] = f"List at most {MAX_CHOICES:,} choices; these are {len(choices):,}."
    return choices


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]

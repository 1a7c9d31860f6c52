"""An import template as it stands in a file: names as in the form, only what is set, all of it checked."""

import json
import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from xlsapp.errors import Refused
from xlsapp.models import ColumnRules, ImportTemplate, TemplateColumn
from xlsapp.web.http.forms import ColumnForm, TemplateForm

TRUE_OR_FALSE = ("required", "unique")
LISTS = ("choices", "aliases", "warnings")
COLUMN_KEYS = ("name", "type", "required", "aliases", *(rule.name for rule in fields(ColumnRules)))
TEMPLATE_KEYS = ("name", "description", "columns")


def as_mapping(template: ImportTemplate) -> dict[str, Any]:
    """What goes into the file: no ids, so that it can be made again elsewhere."""
    return {
        "name": template.name,
        "description": template.description,
        "columns": [_column(column) for column in template.columns],
    }


def _column(column: TemplateColumn) -> dict[str, Any]:
    rules = {rule.name: getattr(column.rules, rule.name) for rule in fields(ColumnRules)}
    everything = {"required": column.required, "aliases": column.aliases, **rules}
    everything["warnings"] = sorted(column.rules.warnings)
    given = {key: value for key, value in everything.items() if value and key not in LISTS}
    lists = {key: list(everything[key]) for key in LISTS if everything[key]}
    return {"name": column.name, "type": column.type.value, **given, **lists}


def as_toml(mapping: Mapping[str, Any]) -> str:
    """The mapping as TOML. Knows what is in it: texts, numbers, true and false, lists of texts."""
    lines = [f"{key} = {_toml(mapping[key])}" for key in ("name", "description")]
    for column in mapping["columns"]:
        lines += ["", "[[columns]]", *(f"{key} = {_toml(value)}" for key, value in column.items())]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    # JSON's texts, numbers and lists are TOML's, but for the one character that only TOML escapes.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def form_of(mapping: Mapping[str, Any]) -> TemplateForm:
    """The template form, filled in from a file: whatever `check` finds there, it finds here.

    Raises Refused for keys that mean nothing, and for values of the wrong kind, all listed at once.
    """
    problems = [f"“{key}” means nothing here." for key in mapping if key not in TEMPLATE_KEYS]
    columns = mapping.get("columns", [])
    if not isinstance(columns, list) or not all(isinstance(column, dict) for column in columns):
        problems.append("“columns” must be a list of columns.")
        columns = []
    forms = [_column_form(index, column, problems) for index, column in enumerate(columns)]
    values = {key: _text(f"“{key}”", mapping.get(key, ""), problems) for key in ("name", "description")}
    if problems:
        raise Refused("\n".join(["The file was not imported:", *(f"  - {problem}" for problem in problems)]))
    return TemplateForm(values, forms)


def _column_form(index: int, column: Mapping[str, Any], problems: list[str]) -> ColumnForm:
    form = ColumnForm.blank(index)
    for key, value in column.items():
        label = f"column {index + 1}, “{key}”"
        if key not in COLUMN_KEYS:
            problems.append(f"{label} means nothing here.")
        elif key in TRUE_OR_FALSE:
            if not isinstance(value, bool):
                problems.append(f"{label} must be true or false.")
            form.values[key] = "on" if value else ""
        elif key in LISTS:
            if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
                problems.append(f"{label} must be a list of texts.")
            else:
                form.values[key] = (" " if key == "warnings" else "\n").join(map(_one_line, value))
        else:
            form.values[key] = _text(label, value, problems)
    return form


def _text(label: str, value: Any, problems: list[str]) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        problems.append(f"{label} must be a text or a number.")
        return ""
    return str(value).strip()


def _one_line(text: str) -> str:
    """A choice or an alias stands on a line of its own in the form."""
    return re.sub(r"\s+", " ", text)

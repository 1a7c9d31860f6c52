"""An import template as it stands in a file: names as in the API, and only what is set."""

import json
import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from xlsapp.errors import Refused
from xlsapp.models import ColumnRules, ImportTemplate, Remembered, TemplateColumn
from xlsapp.services.templates.drafts import ColumnDraft, TemplateDraft

TRUE_OR_FALSE = ("required", "unique")
TEXTS = ("name", "type", "pattern")
LISTS = ("choices", "aliases", "warnings")
COLUMN_KEYS = (
    "name",
    "type",
    "required",
    "aliases",
    "remembered",
    *(rule.name for rule in fields(ColumnRules)),
)
TEMPLATE_KEYS = ("name", "description", "has_header", "columns")


def as_mapping(template: ImportTemplate) -> dict[str, Any]:
    """What goes into the file: no ids, so that it can be made again elsewhere."""
    return {
        "name": template.name,
        "description": template.description,
        **({} if template.has_header else {"has_header": False}),
        "columns": [_column(column) for column in template.columns],
    }


def _column(column: TemplateColumn) -> dict[str, Any]:
    rules = {rule.name: getattr(column.rules, rule.name) for rule in fields(ColumnRules)}
    everything = {"required": column.required, "aliases": column.aliases, **rules}
    everything["warnings"] = sorted(column.rules.warnings)
    given = {key: value for key, value in everything.items() if value and key not in LISTS}
    lists = {key: list(everything[key]) for key in LISTS if everything[key]}
    known = column.remembered.to_dict()
    answers = {"remembered": known} if known else {}
    return {"name": column.name, "type": column.type.value, **given, **lists, **answers}


def as_toml(mapping: Mapping[str, Any]) -> str:
    """The mapping as TOML. Knows what is in it: texts, numbers, true and false, lists of texts, answers."""
    lines = [f"{key} = {_toml(mapping[key])}" for key in TEMPLATE_KEYS[:-1] if key in mapping]
    for column in mapping["columns"]:
        lines += ["", "[[columns]]", *(f"{key} = {_toml(value)}" for key, value in column.items())]
    return "\n".join(lines) + "\n"


def _toml_key(key: str) -> str:
    """A key as it is, where TOML takes it so."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _toml(key)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_toml_key(key)} = {_toml(each)}" for key, each in value.items()) + " }"
    # JSON's texts, numbers and lists are TOML's, but for the one character that only TOML escapes.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def draft_of(mapping: Mapping[str, Any]) -> TemplateDraft:
    """The template that a file describes.

    Raises Refused for keys that mean nothing, and for values of the wrong kind, all listed at once.
    """
    problems = [f"“{key}” means nothing here." for key in mapping if key not in TEMPLATE_KEYS]
    columns = mapping.get("columns", [])
    if not isinstance(columns, list) or not all(isinstance(column, dict) for column in columns):
        problems.append("“columns” must be a list of columns.")
        columns = []
    drafts = tuple(_column_draft(index, column, problems) for index, column in enumerate(columns))
    values = {key: mapping.get(key, "") for key in ("name", "description")}
    problems += [f"“{key}” must be a text." for key, value in values.items() if not isinstance(value, str)]
    has_header = mapping.get("has_header", True)
    if not isinstance(has_header, bool):
        problems.append("“has_header” must be true or false.")
    if problems:
        raise Refused("\n".join(["The file was not imported:", *(f"  - {problem}" for problem in problems)]))
    return TemplateDraft(values["name"], values["description"], drafts, has_header)


def _column_draft(index: int, column: Mapping[str, Any], problems: list[str]) -> ColumnDraft:
    values: dict[str, Any] = {}
    for key, value in column.items():
        label = f"column {index + 1}, “{key}”"
        if key not in COLUMN_KEYS:
            problems.append(f"{label} means nothing here.")
        elif wrong := _kind_problem(key, value):
            problems.append(f"{label} {wrong}")
        else:
            values[key] = tuple(value) if key in LISTS else value
    return ColumnDraft(**values)


def _kind_problem(key: str, value: Any) -> str | None:
    """Why a value cannot stand for a key; None if it can."""
    if key in TRUE_OR_FALSE:
        return None if isinstance(value, bool) else "must be true or false."
    if key in LISTS:
        texts = isinstance(value, list) and all(isinstance(each, str) for each in value)
        return None if texts else "must be a list of texts."
    if key == "remembered":
        return _answers_problem(value)
    if key in TEXTS:
        return None if isinstance(value, str) else "must be a text."
    if isinstance(value, bool) and key != "default":
        return "must be a text or a number."
    return None if isinstance(value, str | int | float) else "must be a text or a number."


def _answers_problem(value: Any) -> str | None:
    """Why a value cannot be what is remembered of a column; None if it can."""
    if not isinstance(value, dict):
        return "must be a table of answers."
    known = {each.name for each in fields(Remembered)}
    if unknown := [name for name in value if name not in known]:
        return f"has “{unknown[0]}”, which means nothing here."
    others = ("not_headers", "matches")
    wrong = [name for name, each in value.items() if name not in others and not isinstance(each, str)]
    if wrong:
        return f"has “{wrong[0]}”, which must be a text."
    matches = value.get("matches", {})
    if not isinstance(matches, dict) or not all(isinstance(each, str) for each in matches.values()):
        return "has “matches”, which must be a table of texts."
    return _kind_problem("aliases", value.get("not_headers", []))

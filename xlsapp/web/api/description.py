"""The API described to people, for its page: made of the same table as the API itself."""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from xlsapp.models import TokenScope
from xlsapp.web.api.openapi import PATH_PARAMETERS
from xlsapp.web.api.operation import Operation
from xlsapp.web.api.operations import OPERATIONS
from xlsapp.web.api.schemas import Schema, ref, resolved


def described() -> list[dict[str, Any]]:
    """Every operation, by resource."""
    return [
        {"name": name, "operations": [_shown(operation) for operation in operations]}
        for name, operations in groupby(OPERATIONS, key=lambda operation: operation.resource)
    ]


def _shown(operation: Operation) -> dict[str, Any]:
    return {
        "name": operation.name,
        "method": operation.method,
        "path": re.sub(r":\w+}", "}", operation.path).removeprefix("/v1"),
        "summary": operation.summary,
        "description": operation.description,
        "scopes": [scope.value for scope in TokenScope if scope in operation.scopes],
        "inputs": list(_inputs(operation)),
        "body_kind": operation.body_kind if operation.body else None,
        "status": operation.status,
        "outputs": list(_members("", operation.answer)) if operation.answer else [],
    }


def _inputs(operation: Operation) -> Iterator[dict[str, str]]:
    """Everything that can be sent: where it goes, its name, its kind, what it means."""
    for name in re.findall(r"{(\w+)", operation.path):
        yield _row("path", name, PATH_PARAMETERS[name])
    query = resolved(ref(operation.query))["properties"] if operation.query else {}
    for place, schemas in (("query", query), ("header", operation.headers)):
        for name, schema in schemas.items():
            yield _row(place, name, schema)
    if operation.body:
        yield from _members("body", operation.body)


def _members(place: str, model: type) -> Iterator[dict[str, str]]:
    """What must be there comes first."""
    schema = resolved(ref(model))
    required = schema.get("required", [])
    for name in sorted(schema["properties"], key=lambda name: name not in required):
        yield _row(place, name, schema["properties"][name])


def _row(place: str, name: str, schema: Schema) -> dict[str, str]:
    kind, description = _kind(schema), schema.get("description", "")
    return {"place": place, "name": name, "kind": kind, "description": description}


def _kind(schema: Schema) -> str:
    """A schema in a few words: “whole number, 1 to 1000”, “list of Column”."""
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[1])
    if "enum" in schema:
        return " | ".join(schema["enum"])
    if "anyOf" in schema:
        return " | ".join(map(_kind, schema["anyOf"]))
    kinds = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    words = {"integer": "whole number", "string": "text", "array": "list", "boolean": "true | false"}
    if kinds == ["array"]:
        return f"list of {_kind(schema['items'])}"
    if schema.get("format") in ("date-time", "binary"):
        words["string"] = {"date-time": "time in UTC", "binary": "file"}[schema["format"]]
    return " | ".join(words.get(kind, kind) for kind in kinds)

"""The OpenAPI 3.1 document, made of the table of operations and the schemas."""

import re
from functools import cache
from typing import Any

from xlsapp import __version__
from xlsapp.models import TokenScope
from xlsapp.web.api.operation import JSON, Operation
from xlsapp.web.api.operations import OPERATIONS
from xlsapp.web.api.representations import Failure
from xlsapp.web.api.schemas import READ_FROM_TEXTS, SCHEMAS, Schema, ref, resolved
from xlsapp.web.http.problem_details import KINDS, MEDIA_TYPE

ABOUT = (
    "Import templates, records, imports and exports for programs. Every request carries an access token, "
    "made on the account's page. What cannot be done is answered with a problem detail (RFC 9457). Later "
    "versions may add members to answers, and kinds, problems and rules to those there are: skip what you do "
    "not know."
)
ALWAYS = (401, 403, 429, 500, 503)
_ID: Schema = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}
PATH_PARAMETERS: dict[str, Schema] = {
    **dict.fromkeys(("template_id", "column_id", "record_id", "mend_id", "change_id", "view_id"), _ID),
    "job_id": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
}
# The document has their members where they are sent.
PARAMETERS = {model.__name__ for model in READ_FROM_TEXTS}
HEADERS = {
    "ETag": {"description": "The record's revision, in quotes.", "schema": {"type": "string"}},
    "Location": {"description": "Where it is to be found.", "schema": {"type": "string"}},
    "Retry-After": {"description": "How many seconds to wait.", "schema": {"type": "integer"}},
    "WWW-Authenticate": {"description": "How to send a token.", "schema": {"type": "string"}},
}

_OWN = {
    "operationId": "openapi.show",
    "summary": "This document",
    "security": [],
    "responses": {"200": {"description": "This document", "content": {JSON: {"schema": {"type": "object"}}}}},
}


@cache
def document(path_prefix: str) -> dict[str, Any]:
    """The whole document; `path_prefix` is where the app lives below its host name."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        path = re.sub(r":\w+}", "}", operation.path).removeprefix("/v1")
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation)
    paths["/openapi.json"] = {"get": _OWN}
    return {
        "openapi": "3.1.0",
        "info": {"title": "xlsapp", "version": __version__, "description": ABOUT},
        "servers": [{"url": f"{path_prefix}/api/v1"}],
        "tags": [{"name": name} for name in dict.fromkeys(each.resource for each in OPERATIONS)],
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in SCHEMAS.items() if name not in PARAMETERS},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An access token, with one of the scopes that the operation names.",
                }
            },
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    described = [operation.description, f"Scope: {_scopes(operation)}."]
    found: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.resource],
        "summary": operation.summary,
        "description": "\n\n".join(filter(None, described)),
        "security": [{"token": [scope]} for scope in TokenScope if scope in operation.scopes],
        "parameters": _parameters(operation),
        "responses": _responses(operation),
    }
    if operation.body:
        content = {operation.body_kind: {"schema": ref(operation.body)}}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _scopes(operation: Operation) -> str:
    return " or ".join(scope for scope in TokenScope if scope in operation.scopes)


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    names = re.findall(r"{(\w+)", operation.path)
    found = [{"name": n, "in": "path", "required": True, "schema": PATH_PARAMETERS[n]} for n in names]
    query = resolved(ref(operation.query))["properties"] if operation.query else {}
    for place, schemas in (("query", query), ("header", operation.headers)):
        for name, schema in schemas.items():
            described = {"description": schema["description"]} if "description" in schema else {}
            plain = {key: value for key, value in schema.items() if key != "description"}
            style = {"style": "deepObject", "explode": True} if schema["type"] == "object" else {}
            found.append(
                {"name": name, "in": place, "required": False, "schema": plain, **style, **described}
            )
    return found


def _responses(operation: Operation) -> dict[str, Any]:
    success: dict[str, Any] = {"description": operation.summary}
    if operation.answer:
        success["content"] = {JSON: {"schema": ref(operation.answer)}}
    elif operation.files:
        success["content"] = {kind: {} for kind in operation.files}
    headers = [*(["Location"] if operation.status in (201, 202) else []), *operation.answer_headers]
    if headers:
        success["headers"] = {name: HEADERS[name] for name in headers}
    codes = {*ALWAYS, *operation.may_fail_with}
    if "{" in operation.path:
        codes.add(404)
    if operation.query or operation.body:
        codes.add(422)
    if operation.body:
        codes |= {400, 408, 413, 415}
    failures = {str(code): _failure(code) for code in sorted(codes)}
    return {str(operation.status): success, **failures}


def _failure(code: int) -> dict[str, Any]:
    title, what_to_do = KINDS[code]
    found: dict[str, Any] = {
        "description": f"{title}. {what_to_do}",
        "content": {MEDIA_TYPE: {"schema": ref(Failure)}},
    }
    if code in (429, 503):
        found["headers"] = {"Retry-After": HEADERS["Retry-After"]}
    if code == 401:
        found["headers"] = {"WWW-Authenticate": HEADERS["WWW-Authenticate"]}
    return found

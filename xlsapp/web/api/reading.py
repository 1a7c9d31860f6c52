"""What a request brings: a JSON body, parameters, fields of a form, each held to its schema."""

import asyncio
import json
import math
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from xlsapp.errors import TooLarge
from xlsapp.web.api.checking import faults
from xlsapp.web.api.failures import ApiFailure, invalid_body, invalid_parameters
from xlsapp.web.api.schemas import Schema, ref

# As much as a page's form may hold: a template with 500 columns and all of their rules.
MAX_JSON_BYTES = 4 * 1024 * 1024

# What takes longer to look through than a hop to a thread does.
LARGE_BYTES = 16 * 1024

NOT_JSON = "The body is not JSON in UTF-8: {reason}."


async def read_json(request: Request[Any], schema_name: str) -> Any:
    """The body, as the schema has it. Raises ApiFailure with everything that is wrong, or TooLarge."""
    require_media_type(request, "application/json")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_JSON_BYTES:
            raise TooLarge(f"This body is larger than {MAX_JSON_BYTES // 1_048_576} MB. Send less at a time.")
    if len(body) > LARGE_BYTES:
        return await asyncio.to_thread(_checked, bytes(body), schema_name)
    return _checked(bytes(body), schema_name)


def require_media_type(request: Request[Any], wanted: str) -> None:
    """Raise ApiFailure unless the body is said to be of this kind."""
    sent, _ = parse_options_header(request.headers.get("content-type", ""))
    if sent.decode("latin-1") != wanted:
        raise ApiFailure(415, f"Send a body of the kind {wanted}, and say so in the header Content-Type.")


def read_query(request: Request[Any], schemas: Mapping[str, Schema]) -> dict[str, Any]:
    """The query's parameters that have a schema, in their types. Others are not looked at."""
    pairs = [(name, value) for name, value in request.query_params.multi_items() if name in schemas]
    return read_texts(pairs, schemas)


def read_texts(pairs: Iterable[tuple[str, str]], schemas: Mapping[str, Schema]) -> dict[str, Any]:
    """Parameters or fields as values of their types; a list is sent by repeating it. Raises ApiFailure."""
    sent: dict[str, list[str]] = {}
    for name, value in pairs:
        sent.setdefault(name, []).append(value)
    values, wrong = {}, []
    for name, texts in sent.items():
        schema = schemas.get(name)
        if schema is None:
            wrong.append((name, f"This means nothing here. There are: {', '.join(schemas)}."))
            continue
        is_list = schema["type"] == "array"
        typed: Any = texts if is_list else _typed(texts[-1], schema["type"])
        found = [fault.detail for fault in faults(typed, schema)]
        if len(texts) > 1 and not is_list:
            found = ["Send this once."]
        wrong += [(name, detail) for detail in found]
        values[name] = typed
    if wrong:
        raise invalid_parameters((name if name.isprintable() else "?", detail) for name, detail in wrong)
    return values


def _typed(text: str, kind: str) -> Any:
    """A text as the type that it stands for; as it is where it does not read so."""
    if kind == "integer" and text.removeprefix("-").isdecimal() and text.isascii() and len(text) < 20:
        return int(text)
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return text


def _checked(body: bytes, schema_name: str) -> Any:
    try:
        value = json.loads(body.decode(), parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise ApiFailure(400, NOT_JSON.format(reason="it is nested too deeply")) from None
    except ValueError as error:  # what wrong UTF-8, wrong JSON and numbers of thousands of digits raise
        raise ApiFailure(400, NOT_JSON.format(reason=_reason(error))) from None
    if found := list(faults(value, ref(schema_name))):
        raise invalid_body(found)
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _reason(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}, column {error.colno}, cannot be read"
    return "a text is not UTF-8" if isinstance(error, UnicodeDecodeError) else "a number cannot be read"

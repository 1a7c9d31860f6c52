"""What a request brings: a JSON body, parameters, fields of a form, each typed by its model."""

import asyncio
import json
import math
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn, TypeVar

from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from xlsapp.problems import Message
from xlsapp.web.api.bodies import Body
from xlsapp.web.api.checking import Mistake, Mistaken, held_to
from xlsapp.web.api.failures import ApiFailure, invalid_body, invalid_parameters
from xlsapp.web.api.schemas import inside, ref

B = TypeVar("B", bound=Body)

# As much as a page's form may hold: a template with 500 columns and all of their rules.
MAX_JSON_BYTES = 4 * 1024 * 1024

# What takes longer to look through than a hop to a thread does.
LARGE_BYTES = 16 * 1024


async def read_json(request: Request[Any], model: type[B]) -> B:
    """The body. Raises ApiFailure with everything that is wrong."""
    require_media_type(request, "application/json")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
    if len(body) > LARGE_BYTES:
        return await asyncio.to_thread(_checked, bytes(body), model)
    return _checked(bytes(body), model)


def require_media_type(request: Request[Any], wanted: str) -> None:
    """Raise ApiFailure unless the body is said to be of this kind."""
    sent, _ = parse_options_header(request.headers.get("content-type", ""))
    if sent.decode("latin-1") != wanted:
        raise ApiFailure(415, Message("body.other_kind", {"wanted": wanted}))


def read_query(request: Request[Any], model: type[B]) -> B:
    """The query's parameters. Raises ApiFailure with all that will not do."""
    return read_texts((((name,), value) for name, value in request.query_params.multi_items()), model)


def read_texts(pairs: Iterable[tuple[Sequence[str], str]], model: type[B]) -> B:
    """Parameters or fields, each a path of names and a text. A list is sent by repeating it.

    Raises ApiFailure with all that will not do.
    """
    sent: dict[tuple[str, ...], list[str]] = {}
    for path, text in pairs:
        sent.setdefault(tuple(path), []).append(text)
    members: dict[str, Any] = {}
    wrong: list[Mistake] = []
    # Those of objects first: a text that stands in an object's place is wrong, and says so.
    for path, texts in sorted(sent.items(), key=lambda item: len(item[0]), reverse=True):
        schema: Any = ref(model)
        for step in path:
            schema = inside(schema, step) if schema else None
        is_list = bool(schema) and schema["type"] == "array"
        if schema and len(texts) > 1 and not is_list:
            wrong.append(Mistake(path, Message("body.repeated")))
        target = members
        for step in path[:-1]:
            target = target.setdefault(step, {})
        target[path[-1]] = texts if is_list else _typed(texts[-1], schema["type"] if schema else "string")
    try:
        found = held_to(model, members)
    except Mistaken as mistaken:
        known = {each.path for each in wrong}
        wrong += [each for each in mistaken.mistakes if each.path not in known]
    if wrong:
        raise invalid_parameters((parameter(each.path), each.message) for each in wrong)
    return found


def parameter(path: Sequence[str | int]) -> str:
    """A path as a query has it: filter[Orders][from]. An item of a list goes by the list's name."""
    first, *others = (step for step in path if isinstance(step, str))
    name = first + "".join(f"[{step}]" for step in others)
    return name if name.isprintable() else "?"


def _typed(text: str, kind: str | list[str]) -> Any:
    """A text as the type that it stands for; as it is where it does not read so."""
    if kind == "integer" and text.removeprefix("-").isdecimal() and text.isascii() and len(text) < 20:
        return int(text)
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return text


def _checked(body: bytes, model: type[B]) -> B:
    try:
        value = json.loads(body.decode(), parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise ApiFailure(400, Message("body.not_json", {"reason": "nested"})) from None
    except ValueError as error:  # what wrong UTF-8, wrong JSON and numbers of thousands of digits raise
        raise ApiFailure(400, Message("body.not_json", _reason(error))) from None
    try:
        return held_to(model, value)
    except Mistaken as mistaken:
        raise invalid_body(mistaken.mistakes) from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _reason(error: ValueError) -> dict[str, Any]:
    if isinstance(error, json.JSONDecodeError):
        return {"reason": "syntax", "line": error.lineno, "column": error.colno}
    return {"reason": "encoding" if isinstance(error, UnicodeDecodeError) else "number"}

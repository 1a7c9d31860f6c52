"""Values held to JSON Schemas: as much of them as schemas.py uses, each fault in a sentence."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from xlsapp.web.api.schemas import NO_NULLS, SCHEMAS, WITH_A_LETTER, Schema

KINDS = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]").search
UNSTORABLE = "There is a null character or half a character in this text. Remove it."


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: the keys and indexes that lead there."""

    path: tuple[str | int, ...]
    detail: str

    @property
    def pointer(self) -> str:
        """The path as a JSON Pointer in a URI fragment: #/columns/0/name."""
        return "#" + "".join(f"/{_escaped(str(step))}" for step in self.path)


def faults(value: Any, schema: Schema, path: tuple[str | int, ...] = ()) -> Iterator[Fault]:
    """Everything in a value that its schema does not allow."""
    schema = SCHEMAS[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
    allowed = schema.get("type", [])
    kinds = [allowed] if isinstance(allowed, str) else allowed
    kind = next((kind for kind in kinds if _is(value, kind)), None)
    if kind is None:
        yield Fault(path, f"This must be {_listed([KINDS[kind] for kind in kinds])}.")
    elif "enum" in schema and value not in schema["enum"]:
        yield Fault(path, f"This must be {_listed([f'“{each}”' for each in schema['enum']])}.")
    elif kind == "string":
        yield from (Fault(path, detail) for detail in _text_faults(value, schema))
    elif kind in ("integer", "number"):
        yield from (Fault(path, detail) for detail in _number_faults(value, schema))
    elif kind == "array":
        yield from (Fault(path, detail) for detail in _length_faults(value, schema))
        for index, item in enumerate(value):
            yield from faults(item, schema["items"], (*path, index))
    elif kind == "object":
        yield from _object_faults(value, schema, path)


def _object_faults(value: Mapping[str, Any], schema: Schema, path: tuple[str | int, ...]) -> Iterator[Fault]:
    known = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    for name in schema.get("required", []):
        if name not in value:
            yield Fault((*path, name), "This is missing.")
    for name, member in value.items():
        if not _is_storable(name):
            yield Fault(path, UNSTORABLE)
        elif name in known:
            yield from faults(member, known[name], (*path, name))
        elif others is False:
            yield Fault((*path, name), f"This means nothing here. There are: {', '.join(known)}.")
        elif others is not True:
            yield from faults(member, others, (*path, name))


def _text_faults(value: str, schema: Schema) -> Iterator[str]:
    most = schema.get("maxLength")
    if not _is_storable(value):
        yield UNSTORABLE
    elif most is not None and len(value) > most:
        yield f"Use at most {most:,} characters; these are {len(value):,}."
    elif len(value) < schema.get("minLength", 0):
        yield "This is empty. Fill it in."
    elif pattern := schema.get("pattern"):
        if pattern == WITH_A_LETTER:
            if not value.strip():
                yield "This is empty. Fill it in."
        elif pattern != NO_NULLS and not _compiled(pattern).search(value):
            yield f"This must look like {pattern}."


def _number_faults(value: float, schema: Schema) -> Iterator[str]:
    least, most = schema.get("minimum"), schema.get("maximum")
    if (least is not None and value < least) or (most is not None and value > most):
        yield f"This must be {least:,} to {most:,}."


def _length_faults(value: list[Any], schema: Schema) -> Iterator[str]:
    if len(value) < schema.get("minItems", 0):
        yield f"Give at least {schema['minItems']}."
    elif len(value) > schema.get("maxItems", math.inf):
        yield f"Give at most {schema['maxItems']:,}; these are {len(value):,}."


def _is(value: Any, kind: str) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            # 1.0 is a whole number too, as JSON Schema has it.
            whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
            return whole and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
    return value is None


def _is_storable(text: str) -> bool:
    """Whether a text is whole: JSON can write half of a surrogate pair, which UTF-8 cannot."""
    return not _UNSTORABLE(text)


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")

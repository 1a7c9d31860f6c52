"""What programs send, held to its model: every mistake at once, each with its place and what to say of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from xlsapp.problems import Message
from xlsapp.web.api.bodies import Body
from xlsapp.web.api.kinds import WITH_A_LETTER, is_storable
from xlsapp.web.api.schemas import Schema, inside, ref, resolved

B = TypeVar("B", bound=Body)
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, and where: the keys and indexes that lead there."""

    path: Path
    message: Message

    @property
    def pointer(self) -> str:
        """The path as a JSON Pointer in a URI fragment: #/columns/0/name."""
        return "#" + "".join(f"/{_escaped(str(step))}" for step in self.path)


class Mistaken(Exception):
    """What was sent is not as its model has it. Has everything that is wrong."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        super().__init__()
        self.mistakes = list(mistakes)


def no_such_column(name: str) -> Message:
    """What is said of a name that no column of the template has; it is quoted if that can be read."""
    return Message("body.no_such_column", {"name": name} if name.isprintable() else {})


def held_to(model: type[B], value: Any) -> B:
    """What was sent, typed. Raises Mistaken."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Mistaken(_mistakes(model, error)) from None


def _mistakes(model: type[Body], error: ValidationError) -> Iterable[Mistake]:
    """One for each place, however many kinds a value there could have been of."""
    found: dict[Path, Message] = {}
    for each in error.errors(include_url=False):
        path, schema = _place(ref(model), each)
        # A text that is too long is no number either, and says so: that it is too long is what matters.
        if path not in found or found[path].code == "body.kind":
            found[path] = _message(each, schema)
    return [Mistake(path, message) for path, message in found.items()]


def _place(schema: Schema, error: ErrorDetails) -> tuple[Path, Schema]:
    """Where in the body an error is, and the schema there; of a name that is none, where the name stands."""
    path: list[str | int] = []
    steps = error["loc"][:-2] if error["loc"][-1:] == ("[key]",) else error["loc"]
    for step in steps:
        inner = inside(schema, step)
        if inner is None:  # one of the kinds that the value could be of
            break
        if inner is not False or is_storable(str(step)):
            path.append(step)
        if inner is False:
            break
        schema = inner
    return tuple(path), resolved(schema)


def _message(error: ErrorDetails, schema: Schema) -> Message:
    """What is said of one of pydantic's errors."""
    value, context = error["input"], error.get("ctx", {})
    match error["type"]:
        case "missing":
            return Message("body.missing")
        case "extra_forbidden" if is_storable(str(error["loc"][-1])):
            return Message("body.unknown", {"names": list(schema["properties"])})
        case "extra_forbidden" | "string_unicode" | "unstorable":
            return Message("body.unstorable")
        case "literal_error":
            return Message("body.word", {"words": schema.get("enum") or [schema["const"]]})
        case "string_too_long":
            return Message("body.too_long", {"most": context["max_length"], "count": len(value)})
        case "string_pattern_mismatch" if not is_storable(value):
            return Message("body.unstorable")
        case "string_pattern_mismatch" if context["pattern"] == WITH_A_LETTER:
            return Message("body.blank")
        case "string_pattern_mismatch":
            return Message("body.pattern", {"pattern": context["pattern"]})
        case "greater_than_equal" | "less_than_equal":
            return Message("body.range", {"least": schema["minimum"], "most": schema["maximum"]})
        case "too_short":
            return Message("body.too_few", {"least": context["min_length"]})
        case "too_long":
            return Message("body.too_many", {"most": context["max_length"], "count": len(value)})
    return Message("body.kind", {"kinds": _kinds(schema)})


def _kinds(schema: Mapping[str, Any]) -> list[str]:
    kinds = schema["type"]
    return [kinds] if isinstance(kinds, str) else list(kinds)


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")

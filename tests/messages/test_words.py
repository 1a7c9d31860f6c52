"""Every code once, as its reader sees it. A code without words fails here, and words without a code."""

import ast
import json
import re
from pathlib import Path

import pytest

from tests.messages.examples import EXAMPLES
from xlsapp.errors import Refused
from xlsapp.messages.english import WORDS
from xlsapp.messages.saying import say
from xlsapp.problems import Message

REFUSALS = {kind.__name__ for kind in (Refused, *Refused.__subclasses__())}
AT_THE_PROMPT = {"backups", "moving", "moves", "fitting"}
PACKAGE = Path(__file__).parent.parent.parent / "xlsapp"


def codes_in(path: Path) -> set[str]:
    """The codes of the messages that a module makes; they must be written out."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Message":
            code = node.args[0]
            assert isinstance(code, ast.Constant), f"{path}:{node.lineno} puts a code together"
            found.add(code.value)
    return found


def test_every_code_has_words_and_all_words_have_a_code():
    made = set().union(*map(codes_in, PACKAGE.rglob("*.py")))

    assert made == set(WORDS)


def test_what_is_refused_below_the_pages_is_a_code():
    # What `backup`, `restore` and `move` refuse is said at the prompt alone, by modules of their own.
    rooms = [PACKAGE / room for room in ("db", "jobs", "repositories", "services", "spreadsheet")]
    modules = [path for room in rooms for path in room.rglob("*.py") if path.stem not in AT_THE_PROMPT]
    said = [
        f"{path}:{node.lineno}"
        for path in modules
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REFUSALS
        if node.args and isinstance(node.args[0], ast.Constant | ast.JoinedStr)
    ]

    assert said == []


def test_every_code_is_shown_here():
    assert {message.code for message, _ in EXAMPLES} == set(WORDS)


@pytest.mark.parametrize(("message", "sentence"), EXAMPLES, ids=[message.code for message, _ in EXAMPLES])
def test_a_message_reads_well_after_it_was_stored(message, sentence):
    stored = json.loads(json.dumps(message.to_dict()))

    assert say(Message.from_dict(stored)) == sentence


# What is more than one wherever it is said.
SEVERAL = {
    ("headers.again", "count"), ("reading.headers_in_order", "count"), ("proposal.headers_in_order", "count"),
    ("row.ambiguous_keys", "count"), ("evidence.choices", "count"), ("evidence.choices", "cells"),
    ("evidence.type", "cells"), ("evidence.empty_cells", "rows"), ("import.too_many_deletes", "stored"),
    ("proposal.many_columns", "count"), ("body.wrong_key", "most"),
}  # fmt: skip
SEVERAL_OF_ONE = re.compile(
    r"(?<![\d,.:–-])\b1 (?!(?:is|was|has|of|and|to)\b)(?:[a-z-]+ )?(?!is\b|was\b|has\b|does\b|as\b)[a-z-]+s\b"
    r"|(?<![\d,.])\b1(?: [a-z-]+){0,2} (?:are|were|have)\b"
).search
A_NUMBER_OF = re.compile("(?:[Rr]ow|[Ll]ine|[Rr]ecord) 1").sub


def test_one_of_a_thing_is_said_as_one():
    said = {
        (message.code, name): say(Message(message.code, {**message.parameters, name: 1}))
        for message, _ in EXAMPLES
        for name, value in message.parameters.items()
        if type(value) is int and (message.code, name) not in SEVERAL
    }

    assert {place: text for place, text in said.items() if SEVERAL_OF_ONE(A_NUMBER_OF("row", text))} == {}


def test_a_code_of_a_later_version_does_not_break_a_page():
    assert say(Message("some.day", {"x": 1})) == "This version has no words for “some.day”."

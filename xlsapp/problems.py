"""What is to be said to users, as data: a code and its parameters. `messages/` has the words for each."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell a user. The parameters are JSON: texts, numbers, lists of them.

    The code is written out where a message is made, never put together: a test looks for its words.
    """

    code: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As it is stored and sent."""
        return {"code": self.code, "parameters": dict(self.parameters)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """What `to_dict` wrote."""
        return cls(stored["code"], stored.get("parameters", {}))

    def about(self, value: str) -> Self:
        """The same of a value, which is one more parameter."""
        return replace(self, parameters={**self.parameters, "value": value})


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a workbook something stands."""

    sheet: str
    row: int
    """As Excel counts."""
    column: str
    """The name of the template's column; nothing when it is about the whole row."""
    cell: str
    """A reference to the cell, or to the row: Sheet1!C17, Sheet1!17:17."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one cell or row of a workbook; or only to be known of it, with the severity
    `warning`.
    """

    code: str
    parameters: Mapping[str, Any]
    place: Place
    value: str
    """What stands there, whole, as Excel would show it."""
    rule: str
    """Which rule is broken: problems of one rule are shown together."""
    severity: str = "problem"

    @property
    def message(self) -> Message:
        """What to say of it."""
        return Message.from_dict({"code": self.code, "parameters": self.parameters})


def sentence(words: str) -> Message:
    """A sentence as it is: one that an older version stored, or that is said where users are spoken to."""
    return Message("stored.sentence", {"sentence": words})

"""What is to be said to users, as data: a code and its parameters. `messages/` has the words for each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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


def sentence(words: str) -> Message:
    """A sentence that an older version made and stored, which knew no codes."""
    return Message("stored.sentence", {"sentence": words})

"""A message in its reader's words, made where it is shown: on pages, in lists, by the API, at the prompt."""

from collections.abc import Mapping

from xlsapp.messages.english import WORDS
from xlsapp.messages.english.phrases import Counted
from xlsapp.problems import Message


def say(message: Message) -> str:
    """The message as a sentence, or several."""
    words = WORDS.get(message.code)
    if words is None:  # stored by another version, which knew more
        return f"This version has no words for “{message.code}”."
    if not isinstance(words, str):
        return words(**message.parameters)
    parameters = message.parameters.items()
    return words.format_map({name: Counted(n) if type(n) is int else n for name, n in parameters})


def said(messages: Mapping[str, Message]) -> dict[str, str]:
    """Each of the messages as a sentence, under the same name."""
    return {name: say(message) for name, message in messages.items()}

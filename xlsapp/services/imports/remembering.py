"""What a template remembers of answers: shown, and taken back."""

from dataclasses import dataclass, replace
from typing import Any

from xlsapp.db.connection import Connection
from xlsapp.errors import Refused
from xlsapp.messages.saying import say
from xlsapp.models import ImportTemplate, Remembered, TemplateColumn
from xlsapp.problems import Message
from xlsapp.repositories import import_templates, template_columns
from xlsapp.services.imports.answers import HEADER, known_of, said_of_all
from xlsapp.services.imports.options import ImportOptions
from xlsapp.spreadsheet.cells.cldr import languages
from xlsapp.visible import visible

MATCH = "match"
# Of one column: as many spellings as a person looks through on a page.
MOST_MATCHES = 200


@dataclass(frozen=True, slots=True)
class Known:
    """One thing that is remembered."""

    column: TemplateColumn
    about: str
    answer: str
    text: str


def remembered_of(template: ImportTemplate) -> list[Known]:
    """All that a template remembers, in the order of its columns. (Headers that mean one are its aliases.)"""
    return [known for column in template.columns for known in _of(column)]


async def remember_choices(tx: Connection, template: ImportTemplate, options: ImportOptions) -> None:
    """Let a template know what an upload says of how all its columns are to be read."""
    for column in template.columns:
        said = {about: said for about, said in said_of_all(options).items() if about in known_of(column)}
        if known := {about: answer for about, answer in said.items() if answer}:
            answers: dict[str, Any] = known
            await template_columns.remember(tx, column, replace(column.remembered, **answers))


def without(column: TemplateColumn, about: str, answer: str) -> Remembered:
    """What is left when one thing is taken back."""
    known = column.remembered
    if about == HEADER:
        return replace(known, not_headers=tuple(header for header in known.not_headers if header != answer))
    if about == MATCH:
        return replace(known, matches=tuple(each for each in known.matches if each[0] != answer))
    blank: dict[str, Any] = {about: ""} if about in known_of(column) else {}
    return replace(known, **blank)


async def remember_match(
    tx: Connection, template: ImportTemplate, column_id: int, *, found: str, choice: str
) -> None:
    """Let a template know that a text means one of a column's choices, for all workbooks that come.

    Raises Refused when it is no choice, or more is known already than can be.
    """
    present = await import_templates.find(tx, template.user_id, template.id)
    column = next((each for each in present.columns if each.id == column_id), None)
    if column is None or choice not in column.rules.choices or not visible(found):
        raise Refused(Message("remembered.no_choice"))
    others = tuple((text, meant) for text, meant in column.remembered.matches if text != found)
    if len(others) >= MOST_MATCHES:
        raise Refused(Message("remembered.many_matches", {"most": MOST_MATCHES, "column": column.name}))
    known = replace(column.remembered, matches=(*others, (found, choice)))
    await template_columns.remember(tx, column, known)


def _of(column: TemplateColumn) -> list[Known]:
    known = [(about, str(getattr(column.remembered, about))) for about in known_of(column)]
    values = [
        Known(column, about, answer, say(Message("question.answer", _named(about, answer))))
        for about, answer in known
        if answer
    ]
    others = [
        Known(column, HEADER, header, say(Message("remembered.not_header", {"header": header})))
        for header in column.remembered.not_headers
    ]
    matches = [
        Known(column, MATCH, found, say(Message("remembered.match", {"found": found, "choice": choice})))
        for found, choice in column.remembered.matches
    ]
    return [*values, *others, *matches]


def _named(about: str, answer: str) -> dict[str, str]:
    return {"about": about, "answer": answer, "name": languages().get(answer, "")}

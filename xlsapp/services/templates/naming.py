"""The rules for a template's own texts, and for the headers that mean its columns."""

from collections.abc import Mapping, Sequence

from xlsapp.problems import Message
from xlsapp.services.templates.drafts import ColumnDraft, DraftProblem, TemplateDraft
from xlsapp.spreadsheet.cells.values import MAX_TEXT_LENGTH, no_character
from xlsapp.spreadsheet.reading.headers import RESERVED, normalised

MAX_NAME_LENGTH = 100
MAX_DESCRIPTION_LENGTH = 2000
MAX_ALIASES = 100
# What a cell holds: a sample's header is kept whole, and the workbook that it came from must still fit.
MAX_ALIAS_LENGTH = MAX_TEXT_LENGTH
RESERVED_PREFIX = "__"
SHOWN_LENGTH = 40


def text_problems(draft: TemplateDraft) -> list[DraftProblem]:
    """What is wrong with a template's own texts."""
    name, description = draft.name.strip(), draft.description.strip()
    found = {}
    if not name:
        found["name"] = Message("draft.no_name")
    elif len(name) > MAX_NAME_LENGTH:
        found["name"] = too_long(name, MAX_NAME_LENGTH)
    if len(description) > MAX_DESCRIPTION_LENGTH:
        found["description"] = too_long(description, MAX_DESCRIPTION_LENGTH)
    return [DraftProblem((member,), message) for member, message in found.items()]


def header_problems(draft: TemplateDraft) -> list[DraftProblem]:
    """What is wrong with the headers that mean columns."""
    return [
        DraftProblem(("columns", place, member), message)
        for place, found in enumerate(headers_checked(draft))
        for member, message in found.items()
    ]


def headers_checked(draft: TemplateDraft) -> list[dict[str, Message]]:
    """Every header must mean one column: names and aliases are compared as the import compares them."""
    meant: dict[str, list[ColumnDraft]] = {}
    for column in draft.columns:
        for header in set(map(normalised, (column.name, *column.aliases))):
            meant.setdefault(header, []).append(column)
    return [_headers_of(column, meant) for column in draft.columns]


def _headers_of(column: ColumnDraft, meant: Mapping[str, Sequence[ColumnDraft]]) -> dict[str, Message]:
    found = {}
    name = column.name.strip()
    if not normalised(name):
        found["name"] = Message("draft.column.no_name")
    elif len(name) > MAX_NAME_LENGTH:
        found["name"] = too_long(name, MAX_NAME_LENGTH)
    elif normalised(name).startswith(RESERVED_PREFIX):
        found["name"] = Message("draft.column.reserved_name", {"prefix": RESERVED_PREFIX})
    elif strange := no_character(name):
        found["name"] = Message("draft.column.unwritable_name", {"found": strange})
    elif len(meant[normalised(name)]) > 1:
        found["name"] = Message("draft.column.name_again", {"name": name})
    aliases = list(filter(normalised, column.aliases))
    if len(aliases) > MAX_ALIASES:
        found["aliases"] = Message("draft.column.many_headers", {"most": MAX_ALIASES, "count": len(aliases)})
    for alias in aliases:
        others = [other.name for other in meant[normalised(alias)] if other is not column]
        if normalised(alias) in RESERVED:  # other headers may begin so: nobody chooses what files have
            found["aliases"] = Message("draft.column.reserved_header", {"prefix": RESERVED_PREFIX})
        elif len(alias) > MAX_ALIAS_LENGTH:
            found["aliases"] = Message("draft.column.long_header", about_long(alias, MAX_ALIAS_LENGTH))
        elif others:
            about = {"header": alias, "column": others[0].strip()}
            found["aliases"] = Message("draft.column.header_again", about)
    return found


def too_long(text: str, most: int) -> Message:
    """What is said of the only text that it can be about."""
    return Message("draft.too_long", {"most": most, "length": len(text)})


def about_long(text: str, most: int) -> dict[str, str | int]:
    """Which one of several texts is too long: its beginning says it."""
    return {"beginning": text[:SHOWN_LENGTH], "most": most, "length": len(text)}

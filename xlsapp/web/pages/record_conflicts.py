"""A record that somebody else has changed since its form was opened: both values, and a choice."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from starlette.requests import Request
from starlette.responses import Response

from xlsapp.messages.saying import say
from xlsapp.models import CellValue, ImportTemplate
from xlsapp.problems import Message
from xlsapp.services.records.changes import Changed
from xlsapp.services.records.opened import Conflict, Opened
from xlsapp.spreadsheet.cells.entered import as_entered
from xlsapp.web.http.forms import MAX_FORM_FIELDS, Form
from xlsapp.web.http.responses import page
from xlsapp.web.pages.record_grid import GridPlace, cell_text

OPENED, ASKED, CHOICE = "opened", "asked", "choice."
"""Fields of a record's form beside its values: how it was opened, what was asked about, and the answers."""

MINE, THEIRS = "mine", "theirs"


@dataclass(frozen=True, slots=True)
class Choices:
    """What a record's form says beside its values."""

    opened: Opened | None
    """None where it comes from a page of an older version."""
    theirs: frozenset[str] = frozenset()
    """The keys of values that are to stay as somebody else has stored them."""
    undecided: frozenset[str] = frozenset()
    """Those that were asked about, and not answered."""

    @classmethod
    async def read(cls, request: Request[Any]) -> Self:
        """As they were sent."""
        data = await request.form(max_fields=MAX_FORM_FIELDS, max_files=0)
        asked = {key: data.get(CHOICE + key) for key in str(data.get(ASKED, "")).split()}
        return cls(
            Opened.from_text(str(data.get(OPENED, ""))),
            theirs=frozenset(key for key, answer in asked.items() if answer == THEIRS),
            undecided=frozenset(key for key, answer in asked.items() if answer not in (MINE, THEIRS)),
        )

    def left_of(self, values: Mapping[str, CellValue]) -> Mapping[str, CellValue]:
        """The values that are meant to be stored."""
        return {key: value for key, value in values.items() if key not in self.theirs}


async def ask(
    request: Request[Any], template: ImportTemplate, changed: Changed, choices: Choices
) -> Response:
    """The page that shows both values of each conflict. What else was changed goes along with the answer."""
    conflicts = {conflict.column.key: conflict for conflict in changed.conflicts}
    mine = {**changed.wanted, **{key: conflict.mine for key, conflict in conflicts.items()}}
    return await page(
        request,
        "data_records/conflict.html",
        http_status=409,
        template=template,
        record=changed.record,
        conflicts=changed.conflicts,
        form=Form(errors={CHOICE + key: _said(each, choices) for key, each in conflicts.items()}),
        is_asked_again=bool(choices.undecided),
        others=len(changed.wanted),
        hidden_fields=[
            *((c.key, as_entered(c.type, mine[c.key])) for c in template.columns if c.key in mine),
            (OPENED, Opened.of(template.columns, changed.record).to_text()),
            (ASKED, " ".join(conflicts)),
        ],
        place=GridPlace.of(request, template),
        cell_text=cell_text,
    )


def _said(conflict: Conflict, choices: Choices) -> str:
    return say(Message("record.choose") if conflict.column.key in choices.undecided else said_of(conflict))


def said_of(conflict: Conflict) -> Message:
    """What somebody else has stored."""
    text = cell_text(conflict.column, conflict.theirs)
    return Message("record.changed_meanwhile", {"value": text if len(text) <= 60 else text[:59] + "…"})

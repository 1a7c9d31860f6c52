"""A block of cells from a spreadsheet program, pasted into the grid or a form: all of it, or nothing."""

from dataclasses import dataclass
from typing import Any, Self

from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import Response

from xlsapp.context import App
from xlsapp.models import ImportTemplate, TemplateColumn
from xlsapp.services.records.bulk import MOST
from xlsapp.services.records.pasting import Pasted, Target, cells_of, paste
from xlsapp.web.http.forms import Form, small_number
from xlsapp.web.http.loading import load_template
from xlsapp.web.http.responses import page
from xlsapp.web.pages.data_records import PAGE_SIZE, back_to_place
from xlsapp.web.pages.record_grid import GridPlace

MOST_WRONG_SHOWN = 50
ADDED = "new"
"""In the place of the first record: all rows become new ones."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a block goes: into records from one on, and into columns from one on."""

    column: TemplateColumn
    first: str
    """The first record's id; or ADDED."""
    adds: bool
    """Whether rows below the last record of the page become new ones."""

    @classmethod
    def of(cls, template: ImportTemplate, sent: QueryParams | FormData) -> Self:
        """What a request says; the first column, and new records, where it says nothing."""
        column = next((c for c in template.columns if c.key == sent.get("column")), template.columns[0])
        return cls(column, str(sent.get("first") or ADDED), sent.get("adds") == "on")

    def columns(self, template: ImportTemplate) -> list[TemplateColumn]:
        """The columns from the first on."""
        return list(template.columns[template.columns.index(self.column) :])


async def new(request: Request[Any]) -> Response:
    """The form for a block."""
    template = await load_template(request)
    if not template.columns:
        return back_to_place(request, template, notice="There is no column to paste into.", tone="plain")
    asked = Asked.of(template, request.query_params)
    return await _form_page(request, template, asked, "", await _shown(request, template))


async def create(request: Request[Any]) -> Response:
    """Store a block, if every cell of it will do."""
    app: App = request.state["app"]
    template = await load_template(request)
    data = await request.form(max_fields=PAGE_SIZE * 2 + 20, max_files=0)
    if not template.columns:
        return back_to_place(request, template, notice="There is no column to paste into.", tone="plain")
    asked, targets = Asked.of(template, data), _targets(data)
    text = str(data.get("block", "")).replace("\x00", "")
    ids = [str(record_id) for record_id, _ in targets]
    into = targets[ids.index(asked.first) :] if asked.first in ids else []
    pasted = await paste(
        app.records,
        template,
        cells_of(text),
        asked.columns(template),
        into,
        adds=asked.adds or asked.first == ADDED,
    )
    if not pasted.is_stored:
        return await _form_page(request, template, asked, text, targets, pasted)
    return back_to_place(request, template, notice=_notice(pasted))


def _notice(pasted: Pasted) -> str:
    parts = [
        f"{number:,} {'record is' if number == 1 else 'records are'} {what}"
        for number, what in ((pasted.changed, "changed"), (pasted.added, "added"))
        if number
    ]
    return f"{' and '.join(parts)}." if parts else "The records have these values already."


def _targets(data: FormData) -> list[Target]:
    """The records of the page that it was pasted on, each with its revision then."""
    pairs = [str(text).partition(":") for text in data.getlist("record")[:PAGE_SIZE]]
    return [(int(i), small_number(r)) for i, _, r in pairs if i.isascii() and i.isdecimal() and len(i) < 19]


async def _shown(request: Request[Any], template: ImportTemplate) -> list[Target]:
    """The records of the page that a request came from."""
    app: App = request.state["app"]
    place = GridPlace.of(request, template)
    cursor = await place.cursor(app.records, template)
    found = await app.records.page(template, place.view.selection, cursor, size=PAGE_SIZE)
    return [(record.id, record.revision) for record in found.records]


async def _form_page(
    request: Request[Any],
    template: ImportTemplate,
    asked: Asked,
    text: str,
    targets: list[Target],
    pasted: Pasted | None = None,
) -> Response:
    block = cells_of(text)
    wrong = sorted({row for row, _ in pasted.problems} | set(pasted.row_problems)) if pasted else []
    return await page(
        request,
        "record_pastes/new.html",
        http_status=422 if pasted else 200,
        template=template,
        place=GridPlace.of(request, template),
        form=Form(
            {
                "block": text,
                "column": asked.column.key,
                "first": asked.first,
                "adds": "on" if asked.adds else "",
            }
        ),
        columns=asked.columns(template)[: max(map(len, block), default=0)],
        targets=targets,
        block=block,
        pasted=pasted,
        wrong_rows=wrong[:MOST_WRONG_SHOWN],
        more_wrong=max(0, len(wrong) - MOST_WRONG_SHOWN),
        most=MOST,
        added=ADDED,
    )

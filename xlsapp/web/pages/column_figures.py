"""What the columns of a view hold, in figures and small pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xlsapp.context import App
from xlsapp.models import ColumnType, ImportTemplate, TemplateColumn
from xlsapp.services.records.column_figures import Bar, Figures
from xlsapp.web.http.forms import small_number
from xlsapp.web.http.loading import load_template
from xlsapp.web.http.responses import page
from xlsapp.web.pages.record_grid import GridPlace, cell_text, load_chips, query_of

COLUMNS_ON_PAGE = 12
PATIENCE_SECONDS = 0.03  # for small templates: theirs are there at once
HEIGHT = 100

WORDS = {  # type → what the least and the greatest value are called
    **dict.fromkeys((ColumnType.INTEGER, ColumnType.NUMBER), ("Smallest", "Largest")),
    **dict.fromkeys((ColumnType.DATE, ColumnType.DATETIME, ColumnType.TIME), ("Earliest", "Latest")),
    ColumnType.DURATION: ("Shortest", "Longest"),
    **dict.fromkeys((ColumnType.BOOLEAN, ColumnType.CHOICE)),
}


@dataclass(frozen=True, slots=True)
class Card:
    """One column: its figures, None while they are worked out, and its bars as they are drawn."""

    column: TemplateColumn
    figures: Figures | None
    ends: tuple[str, str] | None
    bars: Sequence[tuple[Bar, float]]
    """Each with its height, of `HEIGHT`."""
    most: Bar | None


async def index(request: Request[Any]) -> Response:
    """The figures of some columns; those that are not there yet are worked out, and the page asks again."""
    app: App = request.state["app"]
    template = await load_template(request)
    view = GridPlace.of(request, template).view
    first = small_number(request.query_params.get("column", "1")) or 1
    first = min(first, max(len(template.columns), 1)) - 1
    columns = template.columns[first : first + COLUMNS_ON_PAGE]
    figures = await app.records.figures(template, columns, view.selection, patience_seconds=PATIENCE_SECONDS)
    before, after = max(first - COLUMNS_ON_PAGE, 0), first + COLUMNS_ON_PAGE
    return await page(
        request,
        "column_figures/index.html",
        template=template,
        view=view,
        records_url=_records(app, template) + query_of(view.fields),
        chips=await load_chips(app, template, view),
        cards=[_card(column, figures[column.key]) for column in columns],
        first=first,
        previous_url=query_of([*view.fields, ("column", str(before + 1))]) if first else None,
        next_url=query_of([*view.fields, ("column", str(after + 1))])
        if after < len(template.columns)
        else None,
        cell_text=cell_text,
        height=HEIGHT,
    )


def _records(app: App, template: ImportTemplate) -> str:
    return app.url_for("data_records.index", template_id=template.id)


def _card(column: TemplateColumn, figures: Figures | None) -> Card:
    bars = figures.bars if figures else ()
    most = max(bars, key=lambda bar: bar.number, default=None)
    highest = most.number if most else 1
    heights = [(bar, round(HEIGHT * bar.number / (highest or 1), 2)) for bar in bars]
    return Card(column, figures, WORDS.get(column.type, ("First, A to Z", "Last, A to Z")), heights, most)

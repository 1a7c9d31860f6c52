"""What the columns of a view hold, in figures: worked out one after the other, kept until they change."""

import math
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from xlsapp.db.connection import Connection, Database
from xlsapp.models import CellValue, ColumnType, ImportTemplate, TemplateColumn
from xlsapp.repositories.records import figures as rows
from xlsapp.repositories.records.figures import Bounds
from xlsapp.repositories.records.selection import Selection
from xlsapp.services.records.derived import Change, Derived, Piece
from xlsapp.services.records.scanning import scan
from xlsapp.spreadsheet.cells.durations import duration_text

MOST_KEPT = 500
TOP = 6
ABOUT_BARS = 20
MOST_BARS = 60

# A second to a century.
DURATION_STEPS = (
    *(1, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400),
    *(86_400 * days for days in (2, 5, 10, 50, 100, 500, 1000, 5000, 36_525)),
)
NUMBERS = (ColumnType.INTEGER, ColumnType.NUMBER)
MOMENTS = (ColumnType.DATE, ColumnType.DATETIME)
YEAR, MONTH, DAY, HOUR = 4, 7, 10, 2


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a column's scale, in words, and how many values are in it."""

    label: str
    number: int


@dataclass(frozen=True, slots=True)
class Figures:
    """One column. `bars` is empty without a scale; numbers and durations have a `mean` and a `total`."""

    records: int
    filled: int
    distinct: int
    smallest: CellValue
    largest: CellValue
    mean: float | None
    total: float | None
    top: Sequence[tuple[CellValue, int]]
    bars: Sequence[Bar]

    @property
    def blank(self) -> int:
        """In how many records the column has no value."""
        return self.records - self.filled


FindIds = Callable[[ImportTemplate, Selection], Awaitable[Sequence[int] | None]]
"""The ids of a selection's records if there are few, else None."""


class ColumnFigures:
    """The figures that were looked at last."""

    def __init__(self, db: Database, *, find_ids: FindIds) -> None:
        self._db = db
        self._find_ids = find_ids
        self._figures = Derived(db, self._work_out, most=MOST_KEPT, follows=_still_true)

    async def get(
        self,
        template: ImportTemplate,
        columns: Iterable[TemplateColumn],
        selection: Selection,
        *,
        patience_seconds: float,
    ) -> Mapping[str, Figures | None]:
        """The figures by column; None for those that are not there within so many seconds, but will be."""
        in_any_order = replace(selection, sort=None, descending=False)
        keys = {column.key: (column.key, in_any_order) for column in columns}
        for key in keys.values():
            self._figures.prepare(template, key)
        if any(self._figures.get(template, key) is None for key in keys.values()):
            await self._figures.wait(template, patience_seconds)
        found = {name: self._figures.get(template, key) for name, key in keys.items()}
        return {name: piece.value if piece else None for name, piece in found.items()}

    def follow(self, change: Change) -> None:
        """Keep what a change has not touched."""
        self._figures.follow(change)

    async def ready(self) -> None:
        """Wait for what is being worked out."""
        await self._figures.ready()

    async def close(self) -> None:
        """Stop."""
        await self._figures.close()

    async def _work_out(self, template: ImportTemplate, key: tuple[str, Selection]) -> Figures:
        column = next(c for c in template.columns if c.key == key[0])
        selection = key[1]
        ids = await self._find_ids(template, selection)
        if ids is None:

            async def look(conn: Connection, range_: range) -> Bounds:
                return await rows.bounds_between(conn, template, column, selection, range_)

            bounds = _together(await scan(self._db, template, look))
        else:
            async with self._db.read_much(template.user_id) as conn:
                bounds = await rows.bounds_among(conn, template, column, ids)
        scale = _scale(column, bounds)
        async with self._db.read_much(template.user_id) as conn:
            groups = await rows.groups(
                conn,
                template,
                column,
                selection,
                ids,
                parts=scale.parts if scale else None,
                top=TOP,
            )
        return Figures(
            bounds.records,
            bounds.filled,
            groups.distinct,
            bounds.smallest,
            bounds.largest,
            bounds.total / bounds.filled if bounds.total is not None and bounds.filled else None,
            bounds.total if bounds.filled else None,
            groups.top,
            scale.bars(dict(groups.parts)) if scale else (),
        )


@dataclass(frozen=True, slots=True)
class _Scale:
    """How a column's values are parted, and each part with its label."""

    parts: rows.Parts
    labels: Mapping[CellValue, str]
    """In their order."""

    def bars(self, numbers: Mapping[CellValue, int]) -> list[Bar]:
        last = next(reversed(self.labels))
        # Rounding may put the greatest value past the last part.
        beyond = sum(n for part, n in numbers.items() if part not in self.labels)
        return [
            Bar(text, numbers.get(p, 0) + (beyond if p == last else 0)) for p, text in self.labels.items()
        ]


def _scale(column: TemplateColumn, bounds: Bounds) -> _Scale | None:
    low, high = bounds.smallest, bounds.largest
    if isinstance(low, int | float) and isinstance(high, int | float) and column.type in NUMBERS:
        return _number_scale(low, high, whole=column.type is ColumnType.INTEGER)
    if isinstance(low, int | float) and isinstance(high, int | float) and column.type is ColumnType.DURATION:
        return _duration_scale(low, high)
    if isinstance(low, str) and isinstance(high, str) and column.type in MOMENTS:
        return _calendar(low, high)
    if column.type is ColumnType.TIME and low is not None:
        return _Scale(rows.text_parts(HOUR), {f"{hour:02}": f"{hour:02}:00" for hour in range(24)})
    return None


def _number_scale(low: float, high: float, *, whole: bool) -> _Scale | None:
    """Parts of 1, 2 or 5 times a power of ten. None when there is nothing to part."""
    rough = high / ABOUT_BARS - low / ABOUT_BARS
    if not rough:
        return None
    power = 10.0 ** math.floor(math.log10(rough))
    step = next((power * times for times in (1, 2, 5) if power * times >= rough), power * 10)
    if whole:
        step = max(1, round(step))
    start = math.floor(low / step) * step if step else low
    if start + step == start:  # too close to be told apart
        return None
    edges = [start + step * n for n in range(math.floor((high - start) / step) + 2)]
    labels: dict[CellValue, str] = {}
    for n, edge in enumerate(edges[:-1]):
        alone = whole and step == 1
        labels[n] = _plain(edge) if alone else f"{_plain(edge)} to {_plain(edges[n + 1])}"
    return _Scale(rows.number_parts(start, step), labels)


def _duration_scale(low: float, high: float) -> _Scale | None:
    """Parts of whole minutes, hours or days. None where they are too many, or there is nothing to part."""
    step = next((step for step in DURATION_STEPS if (high - low) / step <= ABOUT_BARS), None)
    if step is None or low == high:
        return None
    start = math.floor(low / step) * step
    edges = [start + step * n for n in range(math.floor((high - start) / step) + 2)]
    labels: dict[CellValue, str] = {
        n: f"{duration_text(edge)} to {duration_text(edges[n + 1])}" for n, edge in enumerate(edges[:-1])
    }
    return _Scale(rows.number_parts(start, step), labels)


def _calendar(low: str, high: str) -> _Scale | None:
    """Days, months or years, none of them left out; decades would hide too much, so long times have none."""
    try:
        first, last = date.fromisoformat(low[:DAY]), date.fromisoformat(high[:DAY])
    except ValueError:
        return None
    if (last - first).days < MOST_BARS:
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        return _Scale(rows.text_parts(DAY), {day.isoformat(): day.isoformat() for day in days})
    months = [
        (n // 12, n % 12 + 1) for n in range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    ]
    if len(months) <= MOST_BARS:
        return _Scale(rows.text_parts(MONTH), {name: name for name in (f"{y:04}-{m:02}" for y, m in months)})
    years = [f"{year:04}" for year in range(first.year, last.year + 1)]
    return (
        _Scale(rows.text_parts(YEAR), {year: year for year in years}) if len(years) <= 2 * MOST_BARS else None
    )


def _plain(number: float) -> str:
    """A number as people write it: 1,500 or 0.25."""
    return f"{number:,.0f}" if number == int(number) and abs(number) < 1e15 else f"{number:,.6g}"


def _together(found: Sequence[Bounds]) -> Bounds:
    """The bounds of several ranges as one."""
    filled = [bounds for bounds in found if bounds.filled]
    totals = [bounds.total for bounds in found if bounds.total is not None]
    return Bounds(
        sum(bounds.records for bounds in found),
        sum(bounds.filled for bounds in found),
        min((b.smallest for b in filled), default=None),  # type: ignore[type-var]  # one type in a column
        max((b.largest for b in filled), default=None),  # type: ignore[type-var]
        math.fsum(totals) if totals else None,
    )


def _still_true(piece: Piece[Figures], key: tuple[str, Selection], change: Change) -> bool:
    """All records' figures stand when values of other columns were changed, and nothing was deleted."""
    return key[1].is_everything and not change.has_deleted and key[0] not in change.columns

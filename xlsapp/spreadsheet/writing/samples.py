"""Made-up rows that keep to a template's rules, so that a sample can be imported as it is."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path

from xlsapp.models import CellValue, ColumnType, TemplateColumn
from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.cell_types import Rejected, read_cell
from xlsapp.spreadsheet.cells.durations import parse_duration
from xlsapp.spreadsheet.cells.rules import default_of, rules_of
from xlsapp.spreadsheet.reading.options import Tell
from xlsapp.spreadsheet.sources.source import GivenRows
from xlsapp.spreadsheet.writing.made_up_texts import made_up_texts
from xlsapp.spreadsheet.writing.text import MAX_CELL_UNITS
from xlsapp.spreadsheet.writing.workbook import WorkbookPlan, Written, write_workbook
from xlsapp.visible import alike, visible

ROWS = 5

# What a text column may be about, by words in its name; the first that is met decides.
TEXTS: Sequence[tuple[tuple[str, ...], tuple[str, ...]]] = (
    (("first name", "given name", "forename"), ("Ada", "Grace", "Katherine", "Alan", "Radia")),
    (("last name", "surname", "family name"), ("Byron", "Hopper", "Johnson", "Turing", "Perlman")),
    (
        ("company", "organisation", "organization", "supplier"),
        ("Acre & Sons", "Blue Kite", "Corner House", "Dune", "Elm Row"),
    ),
    (("city", "town", "place"), ("Lisbon", "Oslo", "Vienna", "Porto", "Galway")),
    (("country",), ("Portugal", "Norway", "Austria", "Japan", "Ireland")),
    (
        ("street", "address"),
        ("12 Mill Lane", "3 High Street", "48 Park Road", "7 Harbour Way", "105 Elm Grove"),
    ),
    (("zip", "postcode", "postal"), ("01000", "0150", "1010", "4000", "00123")),
    (
        ("phone", "mobile"),
        ("+351 21 000 000", "+47 22 000 000", "+43 1 000000", "+81 3 0000 0000", "+353 91 000000"),
    ),
    (
        ("note", "comment", "remark", "description"),
        ("Prefers mail", "Moving in spring", "Pays at once", "Ask for Sam", "Calls often"),
    ),
    (("code", "number", "sku", "reference"), ("A-001", "A-002", "B-001", "B-002", "C-001")),
    (("name",), ("Ada Byron", "Grace Hopper", "Katherine Johnson", "Alan Turing", "Radia Perlman")),
)
PEOPLE = ("ada", "grace", "katherine", "alan", "radia")
# Of what stands before the @ of an address (RFC 5321, 4.5.3.1.1).
LONGEST_NAME = 64
FIRST_DAY = date(2026, 1, 15)
DAYS_APART = 37
COLUMNS_NAMED = 5
HOURS = (
    timedelta(hours=9, minutes=30),
    timedelta(hours=8),
    timedelta(hours=14, minutes=15),
    timedelta(hours=11),
    timedelta(hours=16, minutes=45),
)


def write_sample(target: Path, plan: WorkbookPlan, tell: Tell) -> Written:
    """Write a workbook with a few made-up rows to `target`."""
    rows = sample_rows(plan.columns)
    written = write_workbook(target, plan, GivenRows(rows), tell)
    if not rows:
        blank = [column.name for column in plan.columns if column.required and not _values(column)]
        found = {"columns": blank[:COLUMNS_NAMED], "more": len(blank[COLUMNS_NAMED:])}
        written.notes.append(Message("export.no_rows_made_up", found))
    elif blank := _left_blank(plan.columns, rows):
        found = {"columns": blank[:COLUMNS_NAMED], "more": len(blank[COLUMNS_NAMED:])}
        written.notes.append(Message("export.nothing_made_up", found))
    return written


def sample_rows(columns: Sequence[TemplateColumn]) -> list[list[CellValue]]:
    """Up to five rows. A cell is blank where nothing that we make up keeps to its column's rules; where it
    must not be, there are no rows.
    """
    made = [_values(column) for column in columns]
    if any(column.required and not values for column, values in zip(columns, made, strict=True)):
        return []
    rows = max(map(len, made), default=0)
    # A value that may stand there once cannot fill more rows than there are values.
    limits = [len(values) for column, values in zip(columns, made, strict=True) if column.required and values]
    return [
        [values[row] if row < len(values) else None for values in made] for row in range(min([rows, *limits]))
    ]


def _left_blank(columns: Sequence[TemplateColumn], rows: Sequence[Sequence[CellValue]]) -> list[str]:
    """The names of those that no value was made up for."""
    return [column.name for index, column in enumerate(columns) if all(row[index] is None for row in rows)]


def _values(column: TemplateColumn) -> list[CellValue]:
    """Values that keep to the rules; each one once if it may not stand there twice."""
    checks = [keeps for _, keeps, _ in rules_of(column)]
    good: list[CellValue] = []
    for value in _candidates(column):
        if len(good) == ROWS:
            break
        if not _is_of(column, value) or (column.rules.unique and _look(value) in map(_look, good)):
            continue
        if all(keeps(value) for keeps in checks):
            good.append(value)
    if not good and (default := default_of(column)) is not None:
        good = [default]
    if good and not column.rules.unique:
        good = [good[row % len(good)] for row in range(ROWS)]
    return good


def _look(value: CellValue) -> CellValue:
    """What a value is compared by where it may be there once."""
    return alike(value) if isinstance(value, str) else value


def _is_of(column: TemplateColumn, value: CellValue) -> bool:
    """Whether what was made up is a value of the column's type, and comes back as it is."""
    if column.type is ColumnType.TEXT and (
        not value or value != visible(str(value)) or len(str(value)) > MAX_CELL_UNITS
    ):
        return False
    if column.type not in (ColumnType.EMAIL, ColumnType.LINK):
        return True
    try:
        return read_cell(column, value) == value
    except Rejected:
        return False


def _candidates(column: TemplateColumn) -> Iterator[CellValue]:
    yield from _usual(column)
    if column.rules.pattern and column.type is not ColumnType.CHOICE:
        yield from made_up_texts(column.rules.pattern)


def _usual(column: TemplateColumn) -> Iterator[CellValue]:
    match column.type:
        case ColumnType.CHOICE:
            yield from column.rules.choices
        case ColumnType.BOOLEAN:
            yield from (True, False)
        case ColumnType.INTEGER:
            yield from map(int, _numbers(column, whole=True))
        case ColumnType.NUMBER:
            yield from _numbers(column, whole=False)
        case ColumnType.DATE:
            yield from (moment.date().isoformat() for moment in _moments(column))
        case ColumnType.DATETIME:
            yield from (moment.isoformat() for moment in _moments(column))
        case ColumnType.TIME:
            yield from (moment.time().isoformat() for moment in _moments(column))
        case ColumnType.DURATION:
            yield from _spans(column)
        case ColumnType.EMAIL:
            yield from _with_length(column, [f"{person}@example.com" for person in PEOPLE], _address)
        case ColumnType.LINK:
            yield from _with_length(column, [f"https://example.com/{person}" for person in PEOPLE], _link)
        case _:
            yield from _fitting(column, _texts(column.name))


def _with_length(
    column: TemplateColumn, usual: Sequence[str], make: Callable[[str, int], str]
) -> Iterator[str]:
    """The usual texts; then those that `make` makes of a letter, of the least and the greatest length."""
    yield from usual
    for length in (column.rules.min_length, column.rules.max_length):
        if length is not None and length <= MAX_CELL_UNITS:
            yield from (make(letter, length) for letter in "abcde")


def _address(letter: str, length: int) -> str:
    """An e-mail address of this length, from 3 to 254."""
    domain = next((d for d in ("example.com", "b.org", "b") if len(d) < length - 1), "b")
    name = letter * min(length - 1 - len(domain), LONGEST_NAME)
    labels = "mail." * length
    labels = labels[len(labels) - (length - len(f"{name}@{domain}")) :]
    return f"{name}@{'m' * labels.startswith('.')}{labels.removeprefix('.')}{domain}"


def _link(letter: str, length: int) -> str:
    """A link of this length, at least 8."""
    return f"{'https://example.com/' if length > 20 else 'http://'}".ljust(length, letter)


def _texts(name: str) -> Sequence[str]:
    lowered = name.casefold()
    for words, texts in TEXTS:
        if any(word in lowered for word in words):
            return texts
    return [f"{name} {number}" for number in range(1, ROWS + 1)]


def _fitting(column: TemplateColumn, texts: Sequence[str]) -> Iterator[str]:
    """The texts; then shorter and longer ones, for columns that ask for a length."""
    yield from texts
    least, most = column.rules.min_length or 0, column.rules.max_length
    for number, text in enumerate(texts):
        if most is not None and len(text) > most:
            yield text[:most].strip()
        if most is not None:
            yield "ABCDEFGHIJ"[number] * max(1, least)
        if len(text) < least:
            yield (f"{text} " * least)[:least].strip().ljust(least, ".")


def _numbers(column: TemplateColumn, *, whole: bool) -> Iterator[float]:
    """Numbers between the limits, spread over what lies between them if that is little."""
    least, most = (
        None if limit is None else float(limit) for limit in (column.rules.minimum, column.rules.maximum)
    )
    steps = (12, 3, 40, 7, 25) if whole else (12.5, 3.75, 40, 7.2, 25.9)
    if least is None and most is None:
        yield from steps
        return
    start = least if least is not None else (most or 0) - max(steps)
    room = most - start if most is not None else max(steps)
    for step in steps:
        yield start + min(step, room)
    for share in range(ROWS):
        value = start + room * share / (ROWS - 1)
        yield float(round(value)) if whole else round(value, 2)
    yield from (limit for limit in (least, most) if limit is not None)


def _spans(column: TemplateColumn) -> Iterator[float]:
    """Seconds between the limits: some hours, or steps from a limit."""
    yield from (float(hours.total_seconds()) for hours in HOURS)
    least, most = (
        parse_duration(limit) if limit else None for limit in (column.rules.minimum, column.rules.maximum)
    )
    for number in range(ROWS):
        if least is not None:
            yield least + 60.0 * number
            yield round(least + 0.001 * number, 3)
        elif most is not None:
            yield most - 60.0 * number


def _moments(column: TemplateColumn) -> Iterator[datetime]:
    """Moments from the first that is allowed, or up to the last."""
    if column.type is ColumnType.TIME:
        start = datetime.combine(FIRST_DAY, datetime.min.time())
        yield from (start + hours for hours in HOURS)
        yield from _near_limits(
            column, lambda text: datetime.fromisoformat(f"{FIRST_DAY}T{text}"), timedelta(minutes=1)
        )
        return
    for number, hours in enumerate(HOURS):
        yield datetime.combine(FIRST_DAY, datetime.min.time()) + timedelta(days=DAYS_APART * number) + hours
    yield from _near_limits(column, datetime.fromisoformat, timedelta(days=1))


def _near_limits(column: TemplateColumn, parse, step: timedelta) -> Iterator[datetime]:  # type: ignore[no-untyped-def]
    rules = column.rules
    with suppress(OverflowError):  # there are no days before 0001-01-01, or after 9999-12-31
        for number in range(ROWS):
            if rules.minimum is not None:
                yield parse(rules.minimum) + number * step
            elif rules.maximum is not None:
                yield parse(rules.maximum) - number * step

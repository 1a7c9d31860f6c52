"""Random samples: headers that repeat, lack, or are numbers; cells of any type; several sheets; or no header.

Each is proposed for and imported; what comes out is compared with what was written, read here by itself.
"""

import csv
import datetime as dt
import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from xlsapp.messages.saying import say
from xlsapp.models import ColumnType, TemplateColumn
from xlsapp.services.templates.definition import check
from xlsapp.services.templates.drafts import ColumnDraft, TemplateDraft
from xlsapp.spreadsheet.files.workbook_error import WorkbookError
from xlsapp.spreadsheet.proposing.column_proposals import ProposedColumn
from xlsapp.spreadsheet.proposing.proposals import Proposal, propose
from xlsapp.spreadsheet.reading.deciding import ERROR_CELLS, UPLOAD, Settled
from xlsapp.spreadsheet.reading.headers import normalised
from xlsapp.spreadsheet.reading.problem_log import ProblemLog
from xlsapp.spreadsheet.reading.reader import ReadLimits, ReadOptions, read_workbook
from xlsapp.visible import alike

WORDS = "Ada Grace Alan Edsger Barbara Donald Ulm Köln São Łódź done open n/a % ? x 東京".split()  # noqa: SIM905
HEADERS = [
    *(
        "Name",
        "Name",
        "name ",
        "Qtr 1",
        "Qtr 1",
        "Qtr 1",
        "Qtr 1 (2)",
        "",
        "",
        "",
        "A",
        "B",
        "Id",
        "Order no",
    ),
    *("E-mail", "Date", "Total", 1, 2, 3, 2019, 2020, 12.5, "12", "1", "__x", "___", "_id", "\u200b", "A\nB"),
    *("Very long " * 15 + "1", "Very long " * 15 + "2", "x" * 150, "x" * 150, "#", "№", "Zip code", True),
    *(dt.date(2024, 1, 1), "Amount €", "  ", "=", "yes", "a (2)", "a", "a", "Column C", "\ufeffName", "NAME"),
]


@dataclass(frozen=True)
class Cell:
    """What is written into a file, and what is meant by it."""

    written: Any
    meant: Any


Grid = list[list[Cell]]
BLANK = Cell(None, None)
ERROR, TOO_MUCH = "no value", "too many fields"
ERRORS = ("#REF!", "#DIV/0!", "#N/A", "#VALUE!", "#NAME?", "#NUM!")
LONG = "z" * 32_768
TABLE = "Table"


def plain(value: Any) -> Cell:
    return Cell(value, value)


def cells_of(chance: random.Random, kind: str, count: int) -> list[Cell]:
    return [MAKERS[kind](chance, number) for number in range(count)]


def _date(chance: random.Random) -> dt.date:
    return dt.date(2000, 1, 1) + dt.timedelta(days=chance.randrange(10_000))


def _comma(chance: random.Random) -> Cell:
    number = round(chance.uniform(1, 99), 2) + 1000 * chance.randrange(1, 9)
    return Cell(
        f"{number:,.2f}".replace(",", " ").replace(".", ",").replace(" ", "."), float(f"{number:.2f}")
    )


def _day_first(chance: random.Random) -> Cell:
    day = _date(chance).replace(day=chance.randrange(13, 29))
    return Cell(f"{day:%d/%m/%Y}", day)


def _moment(chance: random.Random) -> dt.datetime:
    return dt.datetime.combine(_date(chance), dt.time(chance.randrange(24), chance.randrange(60)))


def _error(chance: random.Random) -> Cell:
    """A cell that no column takes."""
    return Cell(chance.choice([*ERRORS, LONG]), ERROR)


def _of_any(chance: random.Random, number: int) -> Cell:
    kind = chance.choice([kind for kind in MAKERS if kind not in ("any", "nearly", "errors")])
    return MAKERS[kind](chance, number)


MAKERS: dict[str, Any] = {
    "word": lambda chance, n: plain(chance.choice(WORDS)),
    "few": lambda chance, n: plain(chance.choice(["open", "Open ", "done", "in progress"])),
    "sentence": lambda chance, n: plain(" ".join(chance.choices(WORDS[:11], k=3))),
    "count": lambda chance, n: plain(n + 1),
    "integer": lambda chance, n: plain(chance.randrange(-50, 5000)),
    "large": lambda chance, n: plain(chance.randrange(10**13, 10**15)),
    "digits": lambda chance, n: Cell(str(chance.randrange(1, 900)), None),
    "zip": lambda chance, n: plain(f"0{chance.randrange(1000, 9999)}"),
    "code": lambda chance, n: plain(f"A-{n:04}"),
    "blanks": lambda chance, n: plain(f" {chance.choice(WORDS)}  {n} "),
    "float": lambda chance, n: plain(round(chance.uniform(-100, 100), 3)),
    "comma": lambda chance, n: _comma(chance),
    "date": lambda chance, n: plain(_date(chance)),
    "iso": lambda chance, n: Cell((day := _date(chance)).isoformat(), day),
    "day first": lambda chance, n: _day_first(chance),
    "moment": lambda chance, n: plain(_moment(chance)),
    "time": lambda chance, n: plain(dt.time(chance.randrange(24), chance.randrange(60))),
    "answer": lambda chance, n: plain(chance.random() < 0.5),
    "yes": lambda chance, n: Cell((yes := chance.choice(["yes", "no", "Yes"])), yes.lower() == "yes"),
    "one": lambda chance, n: plain(chance.randrange(2)),
    "email": lambda chance, n: plain(f"{chance.choice('abcdef')}{n}@example.com"),
    "named email": lambda chance, n: Cell(f"Ada <a{n % 7}@example.com>", f"a{n % 7}@example.com"),
    "link": lambda chance, n: plain(f"https://example.com/{n}"),
    "long": lambda chance, n: plain("y" * chance.randrange(1, 3000)),
    "nothing": lambda chance, n: BLANK,
    "spaces": lambda chance, n: Cell("  ", None),
    "errors": lambda chance, n: _error(chance) if chance.random() < 0.3 else plain(n),
    "any": _of_any,
    "nearly": lambda chance, n: plain("n/a") if n == 7 else plain(n),
}


def random_grid(chance: random.Random) -> Grid:
    """A table, perhaps below a title, perhaps without a header, with gaps in it."""
    width, height = chance.randrange(1, 9), chance.choice([1, 2, 3, 5, 12, 25, 60])
    columns = []
    for _ in range(width):
        cells = cells_of(chance, chance.choice(list(MAKERS)), height)
        gaps = chance.choice([0, 0, 0, 0.1, 0.6])
        columns.append([BLANK if chance.random() < gaps else cell for cell in cells])
    rows: Grid = [list(row) for row in zip(*columns, strict=True)]
    if chance.random() < 0.8:
        rows.insert(0, [plain(chance.choice(HEADERS)) for _ in range(width)])
        if chance.random() < 0.1 and height > 5:  # the header once more
            rows.insert(4, rows[0])
        if chance.random() < 0.1:
            rows.insert(0, [plain("A title"), *[BLANK] * (width - 1)])
    if chance.random() < 0.1:
        rows.insert(chance.randrange(len(rows) + 1), [BLANK] * width)
    return rows


def write_sample(folder: Path, chance: random.Random, grid: Grid) -> tuple[Path, Grid]:
    """The grid as a file, and as it stands in there: a text file has texts alone."""
    if chance.random() < 0.3:
        path = folder / "sample.csv"
        texts = [[Cell(_in_csv(cell.written), cell.meant) for cell in row] for row in grid]
        # One file has one decimal sign: 1.234 beside 12,50 is a thousand.
        texts = [[BLANK if type(c.meant) is float and "," in c.written else c for c in row] for row in texts]
        # An error of Excel's is a text in there.
        texts = [[Cell(LONG, ERROR) if c.meant == ERROR else c for c in row] for row in texts]
        broken = [n > 5 and len(row) > 1 and chance.random() < 0.02 for n, row in enumerate(texts)]
        with path.open("w", newline="", encoding="utf-8-sig") as file:
            for row, is_broken in zip(texts, broken, strict=True):
                csv.writer(file).writerow([*(cell.written for cell in row), *["too much"] * is_broken])
        return path, [
            [Cell(c.written, TOO_MUCH) for c in row] if is_broken else row
            for row, is_broken in zip(texts, broken, strict=True)
        ]
    # Openpyxl cuts longer texts.
    grid = [[Cell(ERRORS[0], ERROR) if cell.written == LONG else cell for cell in row] for row in grid]
    path, book = folder / "sample.xlsx", Workbook()
    sheets = chance.randrange(1, 4)
    place = chance.randrange(sheets)
    for number in range(sheets):
        sheet = book.create_sheet(TABLE if number == place else f"Sheet {number}")
        rows = grid if number == place else [[plain("Read me")], [plain("and this")]][: chance.randrange(3)]
        for row_number, row in enumerate(rows, 1):
            for column, cell in enumerate(row, 1):
                target = sheet.cell(row_number, column)
                target.value = cell.written
                if type(cell.written) is str and cell.meant != ERROR:
                    target.data_type = "s"
    book.remove(book.worksheets[0])
    book.save(path)
    return path, grid


def _in_csv(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case dt.datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}"
        case _:
            return str(value)


def columns_of(proposal: Proposal) -> list[TemplateColumn]:
    """What is saved where nothing in the page's form is changed. Its own check has to agree."""
    drafts = tuple(
        ColumnDraft(
            name=c.name,
            type=c.type.value,
            required=c.required,
            unique=c.unique,
            choices=c.choices,
            aliases=() if normalised(c.name) == normalised(c.header) else (c.header,),
        )
        for c in proposal.columns
    )
    checked = check(TemplateDraft("Sample", columns=drafts), max_columns=500)
    assert not checked.problems, [(problem.path, say(problem.message)) for problem in checked.problems]
    return [
        TemplateColumn(n, c.name, c.type, c.position, c.required, c.rules, c.aliases)
        for n, c in enumerate(checked.columns, 1)
    ]


def imported(
    path: Path, folder: Path, columns: list[TemplateColumn], options: ReadOptions, *, leaves_out: bool
) -> list[list[Any]]:
    """The values that an import stores, perhaps of the right rows alone."""
    log = ProblemLog(folder / "problems", limit=100)
    try:
        found, conn = read_workbook(
            path, columns, options, ReadLimits(), folder / "staging", log, lambda progress: None
        )
    finally:
        log.close()
    assert leaves_out or not log.logged.problem_count, log.logged.groups()
    names = ["row", *(column.key for column in columns)]
    assert not found.header.missing, found.header.missing
    right = "WHERE row NOT IN (SELECT row FROM rejected)"
    staged = conn.execute(f"SELECT {', '.join(names)} FROM staged {right} ORDER BY row")
    rows = [list(row)[1:] for row in staged]
    conn.close()
    return rows


def expected(grid: Grid, proposal: Proposal, *, blank: bool) -> list[list[Any]]:
    """What must be stored, by the grid alone: of cells without a value blank ones, or not their rows."""
    top = grid[proposal.header_row - 1] if proposal.header_row else [plain("x") for _ in grid[0]]
    places = [place for place, cell in enumerate(top) if _is_named(cell)]
    body = grid[proposal.header_row :]
    if not proposal.header_row:
        places = [place for place in places if any(not _is_empty(row[place]) for row in body)]
    assert len(places) == len(proposal.columns), (places, [c.header for c in proposal.columns])
    rows = []
    for row in body:
        meant = [row[place].meant for place in places]
        if TOO_MUCH in meant or (ERROR in meant and not blank):
            continue
        row = [BLANK if cell.meant == ERROR else cell for cell in row]
        is_again = proposal.header_row and _is_header_again([(row[p], top[p]) for p in places])
        if is_again or all(_is_empty(row[place]) for place in places):
            continue
        rows.append([_value(row[p], c) for p, c in zip(places, proposal.columns, strict=True)])
    return rows


def _is_header_again(cells: list[tuple[Cell, Cell]]) -> bool:
    """Whether each cell is as its header, and some are names or they are many: no row by chance."""
    headers = [normalised(_text(header.written)) for _, header in cells]
    names = [header for header in headers if re.search(r"[^\W\d_]", header) and header != "true"]
    is_enough = bool(names) or len(set(headers)) == len(headers) >= 3
    return is_enough and all(cell.written == header.written for cell, header in cells)


def _is_empty(cell: Cell) -> bool:
    return cell.written is None or (type(cell.written) is str and not cell.written.strip())


def _is_named(cell: Cell) -> bool:
    text = _text(cell.written)
    return not _is_empty(cell) and len(text) < len(LONG) and bool(text.strip("\u200b\ufeff \n"))


def _text(written: Any) -> str:
    match written:
        case bool():
            return "TRUE" if written else "FALSE"
        case float() if written.is_integer():
            return str(int(written))
        case dt.datetime() if written.time() != dt.time():
            return f"{written:%Y-%m-%d %H:%M:%S}"
        case dt.date():
            return f"{written:%Y-%m-%d}"
        case dt.time():
            return f"{written:%H:%M:%S}"
        case _:
            return str(written)


def _value(cell: Cell, column: ProposedColumn) -> Any:
    """What a cell is worth in a column of a type."""
    if _is_empty(cell):
        return None
    value, text = cell.meant, _text(cell.written)
    match column.type:
        case ColumnType.TEXT:
            return text
        case ColumnType.CHOICE:
            return next(choice for choice in column.choices if choice.casefold() == text.strip().casefold())
        case ColumnType.INTEGER | ColumnType.NUMBER:
            return float(text) if value is None or type(value) is str else float(value)
        case ColumnType.DATE | ColumnType.DATETIME if not isinstance(value, dt.date):
            value = dt.datetime.fromisoformat(text)
        case ColumnType.BOOLEAN:
            return (
                int(value)
                if type(value) in (bool, int)
                else int(text.casefold() in ("yes", "true", "1", "x"))
            )
        case ColumnType.EMAIL | ColumnType.LINK:
            return value
    if column.type is ColumnType.TIME:
        return (value if isinstance(value, dt.time) else dt.time.fromisoformat(text)).isoformat()
    moment = value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
    return moment.date().isoformat() if column.type is ColumnType.DATE else moment.isoformat()


def check_sample(folder: Path, seed: int) -> str:
    """Propose a template for a random sample, and import the sample into it. Raises AssertionError."""
    chance = random.Random(seed)
    path, grid = write_sample(folder, chance, random_grid(chance))
    try:
        proposal = propose(path, 500, 10**9, lambda progress: None)
    except WorkbookError as refused:
        return "refused: " + say(refused.message)
    if proposal.format != "csv" and proposal.sheet != TABLE:
        assert len(grid) < 4 or sum(not _is_empty(cell) for row in grid[1:] for cell in row) < 5
        return "another sheet"
    if not proposal.header_row and any(row[0].meant == TOO_MUCH for row in grid):
        return "without a header, no row is too long"
    columns, blank = columns_of(proposal), chance.random() < 0.5
    leaves_out = proposal.broken_rows is not None or (proposal.error_cells is not None and not blank)
    said = {(c.id, ERROR_CELLS): Settled("blank", UPLOAD) for c in columns if blank}
    sheet = "" if path.suffix == ".csv" else proposal.sheet
    options = ReadOptions(sheet=sheet, header_row=proposal.header_row, settled=said)
    try:
        same = imported(path, folder, columns, options, leaves_out=leaves_out)
    except WorkbookError as refused:
        raise AssertionError(say(refused.message)) from refused
    wanted = expected(grid, proposal, blank=blank)
    assert same == wanted, [(a, b) for a, b in zip(same, wanted, strict=False) if a != b][:3] or (
        len(same),
        len(wanted),
    )
    for place, column in enumerate(columns):
        if column.rules.unique:
            values = [alike(str(row[place])) for row in same]
            assert len(set(values)) == len(values), column.name
    options = ReadOptions(has_header=proposal.header_row != 0, settled=said)
    later = imported(path, folder, columns, options, leaves_out=leaves_out)
    assert later == same, (later[:2], same[:2])
    return "imported"

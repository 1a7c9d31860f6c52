"""The sheets beside the data: “Read me”, with the rules in plain words, and the hidden lists of choices."""

from collections.abc import Sequence

from xlsapp.messages.saying import say
from xlsapp.models import TemplateColumn
from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.values import column_letters
from xlsapp.spreadsheet.writing.package_parts import DECLARATION, MAIN, Style
from xlsapp.spreadsheet.writing.text import text_element, units
from xlsapp.spreadsheet.writing.validations import BOOLEANS, lists_of
from xlsapp.spreadsheet.writing.words import about

HOW_TO = (Message("readme.upload"), Message("readme.header"), Message("readme.notes"))
WITH_IDS = (Message("readme.ids"), Message("readme.new_rows"))
AS_TEXT = Message("readme.as_text")
TITLES = (Message("readme.column"), Message("readme.holds"), Message("readme.required"))

WIDTHS = (28, 90, 12)
ROW_HEIGHT = 15
# Excel's own limit, in points.
MAX_ROW_HEIGHT = 409.5

_Row = Sequence[tuple[str, Style]]


def readme_name() -> str:
    """What the “Read me” sheet is called."""
    return say(Message("readme.sheet"))


def readme(name: str, description: str, columns: Sequence[TemplateColumn], *, with_ids: bool) -> str:
    """The “Read me” sheet."""
    what_it_is = [line for line in description.splitlines() if line.strip()]
    how_to = list(map(say, [*HOW_TO, *(WITH_IDS if with_ids else ()), AS_TEXT]))
    rows: list[_Row] = [[(name, Style.TITLE)]]
    parts = (Message("readme.what_it_is"), what_it_is), (Message("readme.how_to_use_it"), how_to)
    for title, sentences in parts:
        labels = [say(title), *[""] * len(sentences)]
        rows += [
            [(label, Style.SUBTITLE), (text, Style.WRAPPED)]
            for label, text in zip(labels, sentences, strict=False)
        ]
        rows.append([])
    rows.append([(header, Style.HEADER) for header in map(say, TITLES)])
    rows += [_about(column) for column in columns]
    widths = "".join(
        f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
        for number, width in enumerate(WIDTHS, 1)
    )
    body = "".join(_row(number, row) for number, row in enumerate(rows, 1))
    return (
        f'{DECLARATION}<worksheet xmlns="{MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        '<sheetViews><sheetView showGridLines="0" workbookViewId="0"/></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="{ROW_HEIGHT}"/><cols>{widths}</cols>'
        f'<sheetData>{body}</sheetData><pageSetup fitToHeight="0"/></worksheet>'
    )


def lists(columns: Sequence[TemplateColumn]) -> str | None:
    """The hidden sheet with a list in each of its columns; None when no column has one."""
    all_lists = lists_of(columns)
    if not all_lists:
        return None
    longest = max(map(len, all_lists))
    rows = "".join(
        f'<row r="{row + 1}">'
        + "".join(
            _choice(f"{column_letters(index)}{row + 1}", choices, row)
            for index, choices in enumerate(all_lists)
            if row < len(choices)
        )
        + "</row>"
        for row in range(longest)
    )
    return f'{DECLARATION}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def _about(column: TemplateColumn) -> _Row:
    required = say(Message("readme.is_required")) if column.required else ""
    return [(column.name, Style.SUBTITLE), (about(column), Style.WRAPPED), (required, Style.WRAPPED)]


def _row(number: int, cells: _Row) -> str:
    written = "".join(
        f'<c r="{column_letters(index)}{number}" s="{style}" t="inlineStr"><is>{text_element(text)}</is></c>'
        for index, (text, style) in enumerate(cells)
        if text
    )
    # Not every program finds the height of wrapped text by itself.
    lines = max((_lines(text, width) for (text, _), width in zip(cells, WIDTHS, strict=False)), default=1)
    height = f' ht="{min(lines * ROW_HEIGHT, MAX_ROW_HEIGHT)}" customHeight="1"' if lines > 1 else ""
    return f'<row r="{number}"{height}>{written}</row>'


def _lines(text: str, width: int) -> int:
    return 1 + units(text) // width


def _choice(name: str, choices: Sequence[str], row: int) -> str:
    if choices is BOOLEANS:
        # A real boolean, which Excel shows in its own language.
        return f'<c r="{name}" t="b"><v>{1 - row}</v></c>'
    return f'<c r="{name}" s="{Style.TEXT}" t="inlineStr"><is>{text_element(choices[row])}</is></c>'

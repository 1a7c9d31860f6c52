"""The sheets beside the data: “Read me”, with the rules in plain words, and the hidden lists of choices."""

from collections.abc import Sequence

from xlsapp.models import TemplateColumn
from xlsapp.spreadsheet.cells.values import column_letters
from xlsapp.spreadsheet.writing.package_parts import DECLARATION, MAIN, Style
from xlsapp.spreadsheet.writing.text import text_element, units
from xlsapp.spreadsheet.writing.validations import BOOLEANS, lists_of
from xlsapp.spreadsheet.writing.words import TYPES, rule_sentences

README_SHEET = "Read me"

HOW_TO = (
    "Fill in or change the rows of the first sheet, and upload this workbook: every problem is then shown by "
    "cell.",
    "Keep the header row as it is. Columns may change places, and you may add columns of your own: those are "
    "left alone.",
    "Select a header's cell to read what its column asks for. Cells with a list offer it at a small arrow.",
)
WITH_IDS = (
    "Two hidden columns at the end say which record a row is. Leave them as they are, and a changed row "
    "updates its record.",
    "A row without them becomes a new record. Do not copy them along with a row.",
)
AS_TEXT = (
    "Numbers of more than 15 digits and dates before March 1900 stand as text, as Excel would change them."
)

WIDTHS = (28, 90, 12)
ROW_HEIGHT = 15

_Row = Sequence[tuple[str, Style]]


def readme(name: str, description: str, columns: Sequence[TemplateColumn], *, with_ids: bool) -> str:
    """The “Read me” sheet."""
    about = [line for line in description.splitlines() if line.strip()]
    how_to = [*HOW_TO, *(WITH_IDS if with_ids else ()), AS_TEXT]
    rows: list[_Row] = [[(name, Style.TITLE)]]
    for label, sentences in (("What it is", about), ("How to use it", how_to)):
        labels = [label, *[""] * len(sentences)]
        rows += [
            [(label, Style.SUBTITLE), (text, Style.WRAPPED)]
            for label, text in zip(labels, sentences, strict=False)
        ]
        rows.append([])
    rows.append([(header, Style.HEADER) for header in ("Column", "What it holds", "Required")])
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
    words = " ".join([f"{TYPES[column.type]}.", *rule_sentences(column)])
    return [
        (column.name, Style.SUBTITLE),
        (words, Style.WRAPPED),
        ("required" if column.required else "", Style.WRAPPED),
    ]


def _row(number: int, cells: _Row) -> str:
    written = "".join(
        f'<c r="{column_letters(index)}{number}" s="{style}" t="inlineStr"><is>{text_element(text)}</is></c>'
        for index, (text, style) in enumerate(cells)
        if text
    )
    # Not every program finds the height of wrapped text by itself.
    lines = max((_lines(text, width) for (text, _), width in zip(cells, WIDTHS, strict=False)), default=1)
    height = f' ht="{lines * ROW_HEIGHT}" customHeight="1"' if lines > 1 else ""
    return f'<row r="{number}"{height}>{written}</row>'


def _lines(text: str, width: int) -> int:
    return 1 + units(text) // width


def _choice(name: str, choices: Sequence[str], row: int) -> str:
    if choices is BOOLEANS:
        # A real boolean, which Excel shows in its own language.
        return f'<c r="{name}" t="b"><v>{1 - row}</v></c>'
    return f'<c r="{name}" s="{Style.TEXT}" t="inlineStr"><is>{text_element(choices[row])}</is></c>'

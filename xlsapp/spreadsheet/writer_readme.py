"""The sheets beside the data: “Read me”, with the rules in plain words, and the hidden lists of choices."""

from collections.abc import Sequence

from xlsapp.models import TemplateColumn
from xlsapp.spreadsheet.values import column_letters
from xlsapp.spreadsheet.workbook_xml import DECLARATION, MAIN, Style
from xlsapp.spreadsheet.workbook_xml_validations import BOOLEANS, lists_of
from xlsapp.spreadsheet.writer_text import text_element
from xlsapp.spreadsheet.writer_words import TYPES, rule_sentences

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

_Row = Sequence[tuple[str, Style]]


def readme(name: str, description: str, columns: Sequence[TemplateColumn], *, with_ids: bool) -> str:
    """The “Read me” sheet."""
    rows: list[_Row] = [[(name, Style.TITLE)]]
    rows += [
        [("", Style.WRAPPED), (line, Style.WRAPPED)] for line in description.splitlines() if line.strip()
    ]
    rows += [[], [("How to use it", Style.SUBTITLE)]]
    sentences = (*HOW_TO, *(WITH_IDS if with_ids else ()), AS_TEXT)
    rows += [[("", Style.WRAPPED), (sentence, Style.WRAPPED)] for sentence in sentences]
    rows += [[], [(header, Style.HEADER) for header in ("Column", "What it holds", "Required")]]
    rows += [_about(column) for column in columns]
    body = "".join(_row(number, row) for number, row in enumerate(rows, 1))
    return (
        f'{DECLARATION}<worksheet xmlns="{MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        '<sheetViews><sheetView showGridLines="0" workbookViewId="0"/></sheetViews>'
        '<cols><col min="1" max="1" width="28" customWidth="1"/>'
        '<col min="2" max="2" width="90" customWidth="1"/>'
        '<col min="3" max="3" width="12" customWidth="1"/></cols>'
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
    return f'<row r="{number}">{written}</row>'


def _choice(name: str, choices: Sequence[str], row: int) -> str:
    if choices is BOOLEANS:
        # A real boolean, which Excel shows in its own language.
        return f'<c r="{name}" t="b"><v>{1 - row}</v></c>'
    return f'<c r="{name}" s="{Style.TEXT}" t="inlineStr"><is>{text_element(choices[row])}</is></c>'

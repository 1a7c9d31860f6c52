"""The sheet “Problems”: what is wrong with which cell, each with a link to it.

It brings no styles: its formats are those of its texts, so that the workbook's own stay as they are.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from xlsapp.spreadsheet.cells.values import column_letters
from xlsapp.spreadsheet.files.marked_sheets import TITLE
from xlsapp.spreadsheet.marking.marks import Remark
from xlsapp.spreadsheet.writing.package_parts import DECLARATION, quoted
from xlsapp.spreadsheet.writing.text import attribute_text, element_text, shortened, text_element

# What Excel takes of links on one sheet.
MOST_LINKS = 65_000
MOST_VALUE_UNITS = 250
WIDTHS = (12, 24, 30, 100)


@dataclass(frozen=True, slots=True)
class SheetWords:
    """What the sheet says beside the problems themselves."""

    introduction: tuple[str, ...]
    """Sentences, each in a row of its own."""
    headers: tuple[str, str, str, str]
    """Above the cells, their columns, what they hold, and what is wrong."""
    warning: str
    """What stands before a text that only warns."""


def problems_sheet(
    remarks: Iterable[Remark], sheet: str, words: SheetWords, namespaces: tuple[str, str]
) -> Iterator[bytes]:
    """Its part, piece by piece. `namespaces` are those of the workbook: of its elements and relationships."""
    columns = "".join(
        f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
        for number, width in enumerate(WIDTHS, 1)
    )
    top = len(words.introduction) + 3
    yield (
        f'{DECLARATION}<worksheet xmlns="{namespaces[0]}" xmlns:r="{namespaces[1]}"><sheetViews>'
        f'<sheetView workbookViewId="0"><pane ySplit="{top}" topLeftCell="A{top + 1}" '
        f'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>{columns}</cols><sheetData>'
        f"{_row(1, [_bold(TITLE, 14)])}"
    ).encode()
    for number, text in enumerate(words.introduction, 2):
        yield _row(number, [text_element(text)]).encode()
    yield _row(top, [_bold(text, 11) for text in words.headers]).encode()
    links: list[str] = []
    for number, remark in enumerate(remarks, top + 1):
        place = f"{column_letters(remark.index or 0)}{remark.row}"
        shown = place if remark.index is not None else f"{remark.row}:{remark.row}"
        if len(links) < MOST_LINKS:
            target = attribute_text(f"{quoted(sheet)}!{place}")
            links.append(f'<hyperlink ref="A{number}" location="{target}" display="{shown}"/>')
        text = f"{words.warning} {remark.text}" if remark.warning else remark.text
        value = shortened(remark.value, MOST_VALUE_UNITS)
        cells = [_link(shown), *map(text_element, (remark.column, value, shortened(text, 30_000)))]
        yield _row(number, cells).encode()
    yield f"</sheetData><hyperlinks>{''.join(links)}</hyperlinks></worksheet>".encode()


def _row(number: int, texts: list[str]) -> str:
    cells = "".join(
        f'<c r="{column_letters(index)}{number}" t="inlineStr"><is>{text}</is></c>'
        for index, text in enumerate(texts)
        if text != "<t></t>"
    )
    return f'<row r="{number}">{cells}</row>'


def _bold(text: str, size: int) -> str:
    return f'<r><rPr><b/><sz val="{size}"/><rFont val="Calibri"/></rPr><t>{element_text(text)}</t></r>'


def _link(text: str) -> str:
    return (
        '<r><rPr><u/><sz val="11"/><color rgb="FF0563C1"/><rFont val="Calibri"/></rPr>'
        f"<t>{element_text(text)}</t></r>"
    )

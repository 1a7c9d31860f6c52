"""The first sheet of a workbook: everything around its rows."""

from collections.abc import Iterable, Mapping, Sequence
from unicodedata import category

from xlsapp.models import ColumnType, TemplateColumn
from xlsapp.spreadsheet.cells.values import column_letters
from xlsapp.spreadsheet.reading.headers import HIDDEN_HEADERS
from xlsapp.spreadsheet.writing.cell_kinds import INTEGERS, KINDS, TEXTS, CellKind
from xlsapp.spreadsheet.writing.package_parts import DECLARATION, MAIN, RELATIONSHIPS, Sheet, Style, quoted
from xlsapp.spreadsheet.writing.readme import readme_name
from xlsapp.spreadsheet.writing.text import element_text, shortened, text_element, units
from xlsapp.spreadsheet.writing.validations import LISTS_SHEET, validations

MAX_SHEET_NAME = 31
NARROWEST, WIDEST = 9, 60
# What Excel has at a cell's sides: five pixels, where a character takes seven.
PADDING = 0.7109375
# Beside a header there is the arrow of its filter.
ARROW = 4
WIDTHS = {
    ColumnType.DATE: 12,
    ColumnType.DATETIME: 20,
    ColumnType.TIME: 11,
    ColumnType.DURATION: 16,
    ColumnType.BOOLEAN: 10,
}
# How long moments are that are stored in whole seconds, and how much wider the others are shown.
WHOLE_SECONDS = {ColumnType.DATETIME: 19, ColumnType.TIME: 8}
MILLISECONDS = 4
UNLIKELY_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


class DataSheet:
    """The sheet with the records of a template: its name, its columns, and the XML before and after its rows.

    With ids, hidden columns stand last, by which the import finds the records again.
    """

    def __init__(self, title: str, columns: Sequence[TemplateColumn], *, rows: int, with_ids: bool) -> None:
        self.name = sheet_name(title)
        self.columns = columns
        self._rows = rows
        self._hidden = HIDDEN_HEADERS if with_ids else ()
        self._last = column_letters(len(columns) + len(self._hidden) - 1)

    @property
    def kinds(self) -> list[CellKind]:
        """How the cells of each of its columns are written."""
        hidden = [INTEGERS, TEXTS, INTEGERS] if self._hidden else []
        return [*(KINDS[column.type] for column in self.columns), *hidden]

    def entry(self) -> Sheet:
        """The sheet in the workbook, with its filter and the header row that is printed on every page."""
        name = quoted(self.name)
        return Sheet(
            self.name,
            defined_names=(
                # Over the hidden columns, too: what sorts by the filter's arrows moves this range alone.
                ("_xlnm._FilterDatabase", f"{name}!$A$1:${self._last}${self._rows + 1}"),
                ("_xlnm.Print_Titles", f"{name}!$1:$1"),
            ),
        )

    def head(self, widths: Sequence[float]) -> str:
        """All that stands before the first record: the header row is the last of it."""
        columns = "".join(
            f'<col min="{number}" max="{number}" width="{width + PADDING}" '
            f'style="{KINDS[column.type].style}" customWidth="1"/>'
            for number, (column, width) in enumerate(zip(self.columns, widths, strict=True), 1)
        )
        if self._hidden:
            first, end = len(self.columns) + 1, len(self.columns) + len(self._hidden)
            columns += (
                f'<col min="{first}" max="{end}" width="{NARROWEST + PADDING}" hidden="1" customWidth="1"/>'
            )
        headers = "".join(
            f'<c r="{column_letters(index)}1" s="{Style.HEADER}" t="inlineStr">'
            f"<is>{text_element(name)}</is></c>"
            for index, name in enumerate([*(column.name for column in self.columns), *self._hidden])
        )
        return (
            f'{DECLARATION}<worksheet xmlns="{MAIN}" xmlns:r="{RELATIONSHIPS}">'
            '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
            f'<dimension ref="A1:{self._last}{self._rows + 1}"/>'
            '<sheetViews><sheetView tabSelected="1" workbookViewId="0">'
            '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
            '<selection pane="bottomLeft" activeCell="A2" sqref="A2"/></sheetView></sheetViews>'
            f'<sheetFormatPr defaultRowHeight="15"/><cols>{columns}</cols>'
            f'<sheetData><row r="1">{headers}</row>'
        )

    def tail(self) -> str:
        """All that stands after the last record."""
        return (
            f'</sheetData><autoFilter ref="A1:{self._last}{self._rows + 1}"/>{validations(self.columns)}'
            '<pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>'
            '<pageSetup orientation="landscape" fitToHeight="0"/>'
            f"<headerFooter><oddFooter>{element_text('&L&A&RPage &P of &N')}</oddFooter></headerFooter>"
            # No green corners on numbers that are text on purpose.
            '<ignoredErrors><ignoredError sqref="A1:XFD1048576" numberStoredAsText="1"/></ignoredErrors>'
            '<legacyDrawing r:id="rId1"/></worksheet>'
        )


def sheet_name(title: str) -> str:
    """A template's name as Excel takes it for a sheet; “Records” where nothing is left of it."""
    spaced = (" " if category(c) == "Zs" else c for c in title.translate(UNLIKELY_IN_NAMES))
    cleaned = " ".join("".join(filter(str.isprintable, spaced)).split())
    name = shortened(cleaned.strip("' "), MAX_SHEET_NAME).strip("' ")
    taken = {readme_name().casefold(), LISTS_SHEET.casefold(), "history"}  # “History” is Excel's own
    return "Records" if not name or name.casefold() in taken else name


def column_widths(
    columns: Sequence[TemplateColumn],
    rows: Iterable[Sequence[object]],
    longest: Mapping[int, int] | None = None,
) -> list[float]:
    """A width for each column that suits its header and its values, in characters.

    These are the longest of the columns that were measured, by their ids, and for texts those of some rows.
    """
    widths, values = [], list(zip(*rows, strict=True))
    for index, column in enumerate(columns):
        shown = (value for value in (values[index] if values else ()) if value is not None)
        length = max(
            (longest or {}).get(column.id, 0), max((_length(str(value)) for value in shown), default=0)
        )
        content = min(length + 2, WIDEST)
        if usual := WIDTHS.get(column.type):
            content = usual + MILLISECONDS * (length > WHOLE_SECONDS.get(column.type, length))
        widths.append(float(max(NARROWEST, min(units(column.name) + ARROW, WIDEST), content)))
    return widths


def _length(text: str) -> int:
    """The length of a text's longest line."""
    return max(map(units, text.split("\n"))) if "\n" in text else units(text)

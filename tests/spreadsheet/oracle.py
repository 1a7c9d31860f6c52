"""The same workbook as ours, written by XlsxWriter: for comparison, and for the bench."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from xlsapp.models import ColumnType, TemplateColumn
from xlsapp.spreadsheet.reading.headers import HIDDEN_HEADERS
from xlsapp.spreadsheet.writing.words import error, note, prompt, title

LAST_ROW = 1_048_575
FORMATS = {
    ColumnType.INTEGER: "0",
    ColumnType.NUMBER: "General",
    ColumnType.DATE: "yyyy-mm-dd",
    ColumnType.DATETIME: "yyyy-mm-dd hh:mm:ss",
    ColumnType.TIME: "hh:mm:ss",
    ColumnType.BOOLEAN: '"TRUE";"TRUE";"FALSE"',
}
PARSERS: dict[ColumnType, Callable[[str], Any]] = {
    ColumnType.DATE: dt.date.fromisoformat,
    ColumnType.DATETIME: dt.datetime.fromisoformat,
    ColumnType.TIME: dt.time.fromisoformat,
}


def write_with_xlsxwriter(
    path: Path,
    sheet_name: str,
    columns: Sequence[TemplateColumn],
    rows: Iterable[Sequence[Any]],
    *,
    count: int,
    widths: Sequence[float],
) -> None:
    """Rows of ordinary values, each with a record's id, `updated_at` and revision at its end."""
    book = xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_urls": False})
    formats = {code: book.add_format({"num_format": code}) for code in ("@", *FORMATS.values())}
    formats["boolean"] = book.add_format({"align": "center", "num_format": FORMATS[ColumnType.BOOLEAN]})
    header = book.add_format(
        {"bold": True, "bg_color": "#EDF1EF", "bottom": 1, "bottom_color": "#7A8A84", "num_format": "@"}
    )
    sheet = book.add_worksheet(sheet_name)
    readme = book.add_worksheet("Read me")
    lists = book.add_worksheet("Lists")
    lists.hide()
    styles = [_style(formats, column) for column in columns]
    _around(sheet, columns, styles, widths, count)
    _validate(sheet, columns, lists, formats["@"])
    for index, column in enumerate(columns):
        sheet.write_string(0, index, column.name, header)
        sheet.write_comment(0, index, note(column), {"x_scale": 2})
    for index, name in enumerate(HIDDEN_HEADERS, len(columns)):
        sheet.write_string(0, index, name, header)
    _write_rows(sheet, columns, rows, styles, formats)
    readme.hide_gridlines(2)
    readme.fit_to_pages(1, 0)
    readme.set_column(0, 0, 28)
    readme.set_row(0, 30)
    readme.write_string(0, 0, sheet_name, header)
    book.close()


def _style(formats: dict[str, Format], column: TemplateColumn) -> Format:
    if column.type is ColumnType.BOOLEAN:
        return formats["boolean"]
    return formats[FORMATS.get(column.type, "@")]


def _around(
    sheet: Worksheet,
    columns: Sequence[TemplateColumn],
    styles: Sequence[Format],
    widths: Sequence[float],
    count: int,
) -> None:
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&A&RPage &P of &N")
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.autofilter(0, 0, count, len(columns) + 2)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    for index, (style, width) in enumerate(zip(styles, widths, strict=True)):
        sheet.set_column(index, index, width, style)
    sheet.set_column(len(columns), len(columns) + 2, 9, None, {"hidden": True})


def _validate(
    sheet: Worksheet, columns: Sequence[TemplateColumn], lists: Worksheet, text_format: Format
) -> None:
    """Data validations down to the last row, with lists on a sheet of their own."""
    place, found = 0, []
    for column in columns:
        choices = (True, False) if column.type is ColumnType.BOOLEAN else column.rules.choices
        if choices:
            found.append(choices)
    for row in range(max(map(len, found), default=0)):
        for place, choices in enumerate(found):
            if row < len(choices):
                lists.write(row, place, choices[row], text_format if isinstance(choices[row], str) else None)
    place = 0
    for index, column in enumerate(columns):
        options: dict[str, Any] = {
            "ignore_blank": not column.required,
            "error_title": title(column),
            "error_message": error(column),
        }
        if words := prompt(column):
            options |= {"input_title": title(column), "input_message": words}
        if column.type is ColumnType.BOOLEAN or column.rules.choices:
            count = 2 if column.type is ColumnType.BOOLEAN else len(column.rules.choices)
            letter = chr(65 + place)
            options |= {"validate": "list", "source": f"='Lists'!${letter}$1:${letter}${count}"}
            place += 1
        else:
            options |= _limits(column)
        sheet.data_validation(1, index, LAST_ROW, index, options)


def _limits(column: TemplateColumn) -> dict[str, Any]:
    rules = column.rules
    least, most = (_formula(column, limit) if limit else None for limit in (rules.minimum, rules.maximum))
    match column.type:
        case ColumnType.INTEGER:
            span = ("integer", least or "-999999999999999", most or "999999999999999")
        case ColumnType.NUMBER:
            span = ("decimal", least or "-9.99999999999999E+307", most or "9.99999999999999E+307")
        case ColumnType.DATE:
            span = ("date", least or "=1", most or "=2958465")
        case ColumnType.DATETIME:
            span = ("date", least or "=1", most or "=2958465.99999999")
        case ColumnType.TIME:
            span = ("time", least or "=0", most or "=0.999999988425926")
        case _:
            span = (
                "length",
                str(max(rules.min_length or 0, int(column.required))),
                str(rules.max_length or 32767),
            )
    options = {"validate": span[0], "criteria": "between", "minimum": span[1], "maximum": span[2]}
    if column.type in (ColumnType.DATE, ColumnType.DATETIME) and not rules.minimum:
        options["error_type"] = "warning"
    return options


def _formula(column: TemplateColumn, limit: str) -> str:
    """A limit as XlsxWriter takes it: days since the end of 1899 for a date."""
    if column.type not in (ColumnType.DATE, ColumnType.DATETIME):
        return limit
    days = (dt.datetime.fromisoformat(limit) - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1)
    return f"={days:g}" if days == int(days) else f"={days}"


def _write_rows(
    sheet: Worksheet,
    columns: Sequence[TemplateColumn],
    rows: Iterable[Sequence[Any]],
    styles: Sequence[Format],
    formats: dict[str, Format],
) -> None:
    def number(row: int, place: int, value: float, style: Format) -> None:
        sheet.write_number(row, place, value, style)

    def moment(parse: Callable[[str], Any]) -> Callable[[int, int, str, Format], None]:
        return lambda row, place, value, style: sheet.write_datetime(row, place, parse(value), style)

    def boolean(row: int, place: int, value: object, style: Format) -> None:
        sheet.write_boolean(row, place, bool(value), style)

    writers: dict[ColumnType, Callable[..., Any]] = {
        ColumnType.INTEGER: number,
        ColumnType.NUMBER: number,
        ColumnType.BOOLEAN: boolean,
        **{kind: moment(parse) for kind, parse in PARSERS.items()},
    }
    cells = [
        *((writers.get(c.type, sheet.write_string), style) for c, style in zip(columns, styles, strict=True)),
        (number, formats["0"]),
        (sheet.write_string, formats["@"]),
        (number, formats["0"]),
    ]
    for row_number, row in enumerate(rows, 1):
        for place, (value, (write, style)) in enumerate(zip(row, cells, strict=True)):
            if value is not None:
                write(row_number, place, value, style)

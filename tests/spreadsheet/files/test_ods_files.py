"""ods files that are not as their format says are refused in words that lead to the place; blank cells cost
nothing.
"""

import pytest
from python_calamine import CalamineWorkbook

from tests.spreadsheet.containers import ods, ods_row
from tests.spreadsheet.patient import repeated_cell
from tests.spreadsheet.refusals import refused
from xlsapp.spreadsheet.files import ods_extent
from xlsapp.spreadsheet.files.memory import Memory
from xlsapp.spreadsheet.files.ods_copy import copy_of
from xlsapp.spreadsheet.files.packages import Package
from xlsapp.spreadsheet.reading.options import ReadLimits

TEXT = '<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>'
NO_NUMBER = '<table:table-cell office:value-type="float" office:value="1.000,5"/>'
BLANKS = repeated_cell(3) + "<table:covered-table-cell/>" + "<table:table-cell></table:table-cell>"


def row(cells, attributes=""):
    return f"<table:table-row {attributes}>{cells}</table:table-row>"


def repeated(count, cell=TEXT):
    return cell.replace("<table:table-cell", f'<table:table-cell table:number-columns-repeated="{count}"')


@pytest.fixture
def book(tmp_path):
    """Keeps an ods file whose third row is given."""

    def store(*rows):
        path = tmp_path / "book.ods"
        path.write_bytes(ods(ods_row("Name"), ods_row("Ada"), *rows))
        return path

    return store


@pytest.mark.parametrize("count", ["-1", "0", "1e30", "abc", "", "1.5", "9" * 20, "9" * 5_000])
def test_a_count_that_is_none_is_said_with_its_cell_or_row(read, book, count):
    quoted = count if len(count) < 40 else "9" * 39 + "…"

    with refused(f"Cell B3 of the sheet “Sheet1” is said to be there “{quoted}” times.*from 1 on"):
        read(book(row(TEXT + repeated(count))), "Name")
    with refused(f"Row 3 of the sheet “Sheet1” is said to be there “{quoted}” times.*from 1 on"):
        read(book(row(TEXT, f'table:number-rows-repeated="{count}"')), "Name")


def test_blank_cells_and_rows_may_be_there_0_times(read, book):
    blank = row(repeated_cell(2), 'table:number-rows-repeated="0"')

    result = read(book(blank, row(TEXT + repeated_cell(0)), blank), "Name")

    assert result.values == [("Ada",), ("x",)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            row(TEXT.replace("</text:p></table:table-cell>", "")),
            "beyond row 3 .*“Sheet1”: a tag is never closed",
        ),
        (TEXT.join(("<table:table-row>", "")), "beyond row 3 .*a tag is never closed"),
        ("<table:table-row><table:table-cell", "beyond row 3 .*a character"),
        (ods_row("Bob & Co"), "beyond row 3 .*a character stands there that must not"),
        (ods_row("Bob &nbsp; Co"), "beyond row 3 .*an abbreviation"),
        (row(TEXT + NO_NUMBER), "Cell B3 of the sheet “Sheet1” .*a number, and “1.000,5” is none"),
        (ods_row("a", 'b<text:s text:c="many"/>'), "Cell B3 of the sheet “Sheet1” .*“many” blanks"),
        (row(TEXT, 'table:number-rows-repeated="7"') + ods_row("a & b"), "beyond row 10 "),
    ],
)
def test_what_is_against_the_format_is_said_with_its_place(read, book, content, words):
    with refused(words):
        read(book(content), "Name")


@pytest.mark.parametrize("quote", ['"', "'"])
def test_repeated_cells_are_counted_however_their_attributes_are_written(read, book, quote):
    many = row(repeated(15), 'table:number-rows-repeated="1000000"').replace('="', '= "').replace('"', quote)

    with refused("1,000,00. rows of 15 columns"):
        read(book(many), "Name", limits=ReadLimits(memory=Memory(400_000_000)))


def test_blank_cells_behind_the_last_filled_one_are_left_out_of_what_is_read(read, book):
    cells = TEXT + BLANKS + TEXT.replace("x", "y") + BLANKS
    path = book(*[row(cells)] * 150_000)
    with Package(path, max_unpacked_bytes=1 << 30) as package:
        assert ods_extent.ask(package.stream("content.xml"), Memory())

    path.write_bytes(copy_of(path).getvalue())

    with Package(path, max_unpacked_bytes=1 << 30) as package:
        assert not ods_extent.ask(package.stream("content.xml"), Memory())
    with CalamineWorkbook.from_path(str(path)) as copied:
        rows = copied.get_sheet_by_index(0).to_python()[2:]
    assert rows == [["x", "", "", "", "", "", "y"]] * 150_000

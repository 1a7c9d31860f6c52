"""The choices of an import, typed: which of them go together with each other and with a template."""

from dataclasses import replace

import pytest

from xlsapp.errors import Refused
from xlsapp.models import ColumnType, ImportTemplate, TemplateColumn
from xlsapp.services.imports.options import Blank, ImportOptions, Merged, Mode, Times, require_columns

CODES = ImportTemplate(1, 1, "Codes", "", "", "", (TemplateColumn(7, "Code", ColumnType.TEXT, 0),))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (ImportOptions(mode=Mode.REPLACE, valid_only=True), "mode"),
        (ImportOptions(keys=(7, 8)), "keys"),
        (ImportOptions(sheet="x" * 256), "sheet"),
        (ImportOptions(encoding="klingon"), "encoding"),
        (ImportOptions(delimiter="x"), "delimiter"),
        (ImportOptions(header_row=-1), "header_row"),
        (ImportOptions(header_row=1_048_577), "header_row"),
        (ImportOptions(confirm_deletes=-1), "confirm_deletes"),
    ],
)
def test_choices_that_cannot_be_made_are_refused_by_name(wrong, field):
    assert list(wrong.problems(CODES)) == [field]


def test_all_that_will_not_do_is_found_at_once():
    wrong = ImportOptions(Mode.REPLACE, keys=(8,), valid_only=True, delimiter="x", header_row=-1, dates="x")

    assert set(wrong.problems(CODES)) == {"mode", "keys", "delimiter", "header_row", "dates"}


def test_a_template_without_columns_takes_no_workbook():
    require_columns(CODES)
    with pytest.raises(Refused, match=r"options\.no_columns"):
        require_columns(replace(CODES, columns=()))


def test_choices_that_will_do_come_back_from_the_queue_as_they_were():
    options = ImportOptions(
        Mode.REPLACE,
        Blank.ERASE,
        (7,),
        header_row=3,
        delimiter="tab",
        times=Times.UTC,
        merged=Merged.FIRST,
        confirm_deletes=0,
    )

    assert options.problems(CODES) == {}
    assert ImportOptions.from_dict(options.to_dict()) == options

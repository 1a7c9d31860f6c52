"""What can be asked for at an export, and how it is kept until the job runs."""

import json
from dataclasses import replace

import pytest

from xlsapp.errors import Refused
from xlsapp.messages.saying import say
from xlsapp.models import ColumnType, ImportTemplate, TemplateColumn
from xlsapp.repositories.records.selection import Condition, Operator, Selection
from xlsapp.services.exports.kinds import ExportFormat, ExportKind
from xlsapp.services.exports.options import ExportOptions

NAME = TemplateColumn(7, "Name", ColumnType.TEXT, 0)
PEOPLE = ImportTemplate(
    id=1, user_id=1, name="People", description="", created_at="", updated_at="", columns=(NAME,)
)


@pytest.mark.parametrize("kind", [ExportKind.TEMPLATE, ExportKind.SAMPLE])
def test_only_records_can_be_a_csv_file_and_the_member_is_named(kind):
    with pytest.raises(Refused) as refused:
        ExportOptions(kind, ExportFormat.CSV).check(PEOPLE)

    assert refused.value.field == "format"
    assert say(refused.value.message).startswith("Only records can be exported as csv")
    with pytest.raises(Refused):
        ExportOptions(kind, ExportFormat.JSONL).check(PEOPLE)


@pytest.mark.parametrize("kind", [ExportKind.DATA, ExportKind.VIEW])
def test_records_can_be_either(kind):
    for file_format in ExportFormat:
        ExportOptions(kind, file_format).check(PEOPLE)


@pytest.mark.parametrize(
    ("file_format", "delimiter", "code"),
    [
        ("xlsx", ";", "export.only_csv"),
        ("jsonl", ";", "export.only_csv"),
        ("csv", "|", "export.no_such_delimiter"),
    ],
)
def test_only_a_csv_file_has_one_of_two_separators(file_format, delimiter, code):
    with pytest.raises(Refused) as refused:
        ExportOptions(ExportKind.DATA, ExportFormat(file_format), delimiter=delimiter).check(PEOPLE)

    assert (refused.value.field, refused.value.message.code) == ("delimiter", code)
    ExportOptions(ExportKind.DATA, ExportFormat.CSV, delimiter=";").check(PEOPLE)


@pytest.mark.parametrize("kind", ExportKind)
def test_a_template_without_columns_has_no_export(kind):
    with pytest.raises(Refused, match=r"export\.no_columns"):
        ExportOptions(kind).check(replace(PEOPLE, columns=()))


@pytest.mark.parametrize(
    "columns", [(), (replace(NAME, id=8, type=ColumnType.DATE),)], ids=["gone", "retyped"]
)
@pytest.mark.parametrize(
    "view",
    [Selection(conditions=(Condition(NAME, Operator.CONTAINS, ("x",)),)), Selection(sort=NAME)],
    ids=["filter", "sort"],
)
def test_a_view_whose_column_went_while_the_job_waited_is_no_other_view(view, columns):
    stored = json.loads(json.dumps(ExportOptions(ExportKind.VIEW, selection=view).to_dict()))

    with pytest.raises(Refused) as refused:
        ExportOptions.from_dict(replace(PEOPLE, columns=columns), stored)

    assert "“Name”" in say(refused.value.message)
    del stored["view"]["names"]  # as an older version queued it
    with pytest.raises(Refused) as refused:
        ExportOptions.from_dict(replace(PEOPLE, columns=columns), stored)
    assert "a column" in say(refused.value.message)


def test_what_was_asked_for_is_kept():
    found = Selection("ada", (Condition(NAME, Operator.CONTAINS, ("x",)),), sort=NAME, descending=True)
    asked = ExportOptions(ExportKind.VIEW, ExportFormat.CSV, found, ";")

    stored = json.loads(json.dumps(asked.to_dict()))

    assert ExportOptions.from_dict(PEOPLE, stored) == asked


def test_an_export_that_was_queued_before_there_was_csv_is_a_workbook():
    assert ExportOptions.from_dict(PEOPLE, {"kind": "data", "view": ""}) == ExportOptions(ExportKind.DATA)

"""The second step of an import: what each staged row would do to the records.

The plan is made by the engine that holds the records: see staging_areas.py.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from xlsapp.db.beside import Beside
from xlsapp.models import ColumnType, ImportTemplate
from xlsapp.problems import Message
from xlsapp.repositories.merging.merging import Found, MergePlan, Merging
from xlsapp.repositories.merging.planning import make_plan
from xlsapp.repositories.reviewing.tables import forget_on_the_way, make_tables, note_records
from xlsapp.services.imports.findings import log_findings
from xlsapp.services.imports.options import Blank, ImportOptions, Mode
from xlsapp.services.imports.request import ImportRequest
from xlsapp.spreadsheet.cells.rules import default_of
from xlsapp.spreadsheet.files.formats import Format
from xlsapp.spreadsheet.reading.headers import HeaderCheck
from xlsapp.spreadsheet.reading.options import TableRead
from xlsapp.spreadsheet.reading.problem_groups import Logged
from xlsapp.spreadsheet.reading.problem_log import ProblemLog
from xlsapp.visible import Looks

NOTHING_KNOWN: Mapping[int, Looks] = MappingProxyType({})

IN_ALL_FORMATS = (ColumnType.NUMBER,)
SHORTENED = {Format.ODS.value: (*IN_ALL_FORMATS, ColumnType.DATETIME)}
"""A file's format → the types whose last digits LibreOffice does not save."""


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What is to be planned, and where its problems are listed."""

    problems: Path
    max_problems: int
    merging: Merging
    header: HeaderCheck
    staged: Logged
    """The problems of the first step."""
    keeps: bool = False
    """Whether a review is to be made of it, if the rows allow for one."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What will become of the staged rows, and all problems of both steps."""

    plan: MergePlan
    problems: Logged


def plan(conn: Beside, request: PlanRequest) -> Planned:
    """Plan what is staged, and add to the list of problems what speaks against it. It blocks."""
    made = make_plan(conn, request.merging)
    problems = request.staged
    if made.findings:
        log = ProblemLog.go_on(request.problems, limit=request.max_problems, logged=request.staged)
        log_findings(conn, made.findings, request.merging, request.header, log)
        problems = log.close()
    planned = Planned(made, problems)
    if request.keeps or why_stopped(request.merging, planned):
        make_tables(conn)
        note_records(conn, request.merging)
        forget_on_the_way(conn, request.merging)
    return planned


def merging_of(request: ImportRequest, read: TableRead) -> Merging:
    """What the choices of an import ask of the records."""
    header = read.header
    return merging_for(
        request.template,
        request.options,
        in_file=read.columns,
        has_ids=header.record_id is not None,
        has_ages=header.updated_at is not None,
        file_format=read.format,
        file_name=request.file_name,
        imported_by=request.actor.user_id if request.actor else request.template.user_id,
        looks=read.looks,
    )


def merging_for(
    template: ImportTemplate,
    options: ImportOptions,
    *,
    in_file: Collection[int],
    has_ids: bool,
    has_ages: bool,
    file_format: str,
    file_name: str,
    imported_by: int,
    looks: Mapping[int, Looks] = NOTHING_KNOWN,
) -> Merging:
    """The same of what a workbook has: columns by their ids, records' ids and ages."""
    matches = options.mode is not Mode.ADD
    defaults = {column: default_of(column) for column in template.columns}
    return Merging(
        template,
        columns=tuple(column for column in template.columns if column.id in in_file),
        defaults={column: value for column, value in defaults.items() if value is not None},
        matches=matches,
        has_ids=matches and has_ids,
        has_ages=matches and has_ids and has_ages,
        file_name=file_name,
        imported_by=imported_by,
        keys=tuple(options.key_columns(template)) if matches else (),
        looks=looks,
        shortens=SHORTENED.get(file_format, IN_ALL_FORMATS),
        keeps_blanks=options.blank is Blank.KEEP,
        leaves_out=options.valid_only,
        removes_others=options.mode is Mode.REPLACE,
        only_known=options.mode is Mode.UPDATE_ONLY,
    )


def why_not_matched(options: ImportOptions, merging: Merging) -> Message | None:
    """Why there is no way to tell which row is which record; None when there is, or when nobody asks."""
    if not merging.matches:
        return None
    if len(merging.keys) < len(set(options.keys)):
        return Message("import.keys_gone")
    if lacking := [key for key in merging.keys if key not in merging.columns]:
        return Message("import.key_missing", {"column": lacking[0].name})
    if not merging.keys and not merging.has_ids and merging.template.record_count:
        return Message("import.no_keys")
    return None


def why_stopped(merging: Merging, planned: Planned) -> Message | None:
    """Why nothing is imported because of single rows; None where it is, perhaps without them.

    Without a row that may be any of several records, Replace would delete all of these but one.
    """
    if merging.leaves_out:
        unclear = (Found.CLASH, Found.AMBIGUOUS_KEYS) if merging.removes_others else (Found.CLASH,)
        return Message("import.records_clash") if planned.plan.has_found(*unclear) else None
    count = planned.problems.problem_count
    return Message("import.stopped", {"problems": count}) if count else None


def why_not_deleted(request: ImportRequest, made: MergePlan) -> Message | None:
    """Why so many records must not be deleted; None when they may."""
    confirmed = request.options.confirm_deletes == made.deleted
    if confirmed or made.deleted * 100 <= request.settings.max_delete_percent * made.stored:
        return None
    return Message("import.too_many_deletes", {"deleted": made.deleted, "stored": made.stored})

"""Give a workbook back with its problems marked, or the rows that were left out. Knows nothing of jobs."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

from xlsapp.config import ImportSettings
from xlsapp.messages.saying import say
from xlsapp.problems import Message, Problem
from xlsapp.sandbox.child.bounds import bounds
from xlsapp.sandbox.sandbox import Limits, Sandbox
from xlsapp.services.allowances import Allowance
from xlsapp.services.child_work import EndedEarly, OnProgress, Work, ignore, run_in_child
from xlsapp.services.imports.receipt import ImportReceipt
from xlsapp.services.marking.receipt import MarkingReceipt
from xlsapp.spreadsheet.cells.values import column_index
from xlsapp.spreadsheet.files.formats import Format
from xlsapp.spreadsheet.files.memory import Memory
from xlsapp.spreadsheet.files.workbook_error import CannotRead, WorkbookError
from xlsapp.spreadsheet.files.workbooks import open_file
from xlsapp.spreadsheet.marking.marked_workbook import mark_workbook
from xlsapp.spreadsheet.marking.marks import Remark, marks_of
from xlsapp.spreadsheet.marking.plain_copy import copy_sheet
from xlsapp.spreadsheet.marking.problems_sheet import SheetWords
from xlsapp.spreadsheet.reading.listed_problems import read_problems
from xlsapp.spreadsheet.reading.options import Tell

MAX_LETTERS_IN_FILE_NAME = 80
KEPT_SUFFIXES = (".xlsx", ".xlsm", ".xltx", ".xltm")


@dataclass(frozen=True, slots=True)
class MarkingRequest:
    """Which workbook is to be marked with what."""

    workbook: Path
    problems: Path
    """The list of its problems."""
    target: Path
    file_name: str
    """What its user calls the workbook."""
    imported: ImportReceipt
    """What the import said of it."""
    only_left_out: bool = False
    """Whether it is to have the rows alone that the import has left out."""
    encoding: str = ""
    delimiter: str = ""
    settings: ImportSettings = field(default_factory=ImportSettings)


@dataclass(frozen=True, slots=True)
class _Marked:
    """What the child process says of its work."""

    cells: int = 0
    rows: int | None = None
    is_copy: bool = False
    """Whether it is a new workbook with the same values."""
    refusal: Message | None = None


def can_be_marked(receipt: ImportReceipt) -> bool:
    """Whether an import has left something in the workbook that its user can mend: problems in its rows."""
    stopped = not receipt.success or receipt.is_check
    left_out = receipt.counts is not None and receipt.counts.rejected > 0
    return receipt.how is not None and receipt.problems.problems_listed > 0 and (stopped or left_out)


def has_left_out(receipt: ImportReceipt) -> bool:
    """Whether it has imported the other rows, and left some out."""
    return receipt.success and not receipt.is_check and can_be_marked(receipt)


async def mark(
    sandbox: Sandbox, request: MarkingRequest, *, on_progress: OnProgress = ignore
) -> MarkingReceipt:
    """Write the marked workbook to the request's target. Raises ChildLost: then it can be tried again."""
    settings = request.settings
    limits = Limits(memory_mb=settings.max_memory_mb, seconds=settings.max_seconds)
    allowance = Allowance.of(request.workbook, settings)
    try:
        marked = await run_in_child(
            sandbox,
            Work.MARKING,
            mark_within_bounds,
            request,
            limits=limits,
            allowance=allowance,
            on_progress=on_progress,
        )
    except EndedEarly as ended:
        request.target.unlink(missing_ok=True)
        return MarkingReceipt(reasons=(ended.message,))
    if marked.refusal:
        request.target.unlink(missing_ok=True)
        return MarkingReceipt(reasons=(marked.refusal,))
    return MarkingReceipt(
        file_name=file_name_of(
            request.file_name,
            request.imported,
            only_left_out=request.only_left_out,
            is_copy=marked.is_copy,
        ),
        size_bytes=request.target.stat().st_size,
        cells=marked.cells,
        rows=marked.rows,
        notes=tuple(_notes(request, marked)),
    )


def mark_within_bounds(request: MarkingRequest, allowance: Allowance, tell: Tell) -> _Marked:
    """What the child process does: mark with no more than it is allowed."""
    with bounds(seconds=allowance.seconds, memory_bytes=allowance.memory_bytes):
        try:
            return _mark(request, allowance)
        except WorkbookError as error:
            return _Marked(refusal=error.message)


def _mark(request: MarkingRequest, allowance: Allowance) -> _Marked:
    remarks = list(_remarks(request.problems, only_left_out=request.only_left_out))
    cells, how = len(marks_of(remarks)), request.imported.how
    if how and how.format == Format.XLSX and not request.only_left_out:
        with suppress(CannotRead):
            _mark_file(request, request.workbook, remarks)
            return _Marked(cells)
    copy = request.target.with_suffix(".copy")
    try:
        moved = _copy(request, copy, {each.row for each in remarks}, allowance)
        if request.only_left_out:
            remarks = [replace(each, row=moved[each.row]) for each in remarks if each.row in moved]
        _mark_file(request, copy, remarks)
    except CannotRead:
        return _Marked(refusal=Message("marking.cannot_be_read"))
    finally:
        copy.unlink(missing_ok=True)
    return _Marked(cells, rows=len(moved) if request.only_left_out else None, is_copy=True)


def _mark_file(request: MarkingRequest, source: Path, remarks: Sequence[Remark]) -> None:
    most = request.settings.max_unpacked_mb * 1_000_000
    sheet = request.imported.how.sheet if request.imported.how else ""
    mark_workbook(source, request.target, sheet, remarks, _words(request), max_unpacked_bytes=most)


def _copy(
    request: MarkingRequest, target: Path, rows: Collection[int], allowance: Allowance
) -> Mapping[int, int]:
    """Write the values to `target`, or those of some rows alone. Returned is where these are."""
    how, only = request.imported.how, rows if request.only_left_out else None
    sheet, header_row = (how.sheet, how.header_row) if how else ("", 0)
    with ExitStack() as stack:
        file = open_file(
            request.workbook,
            stack,
            max_unpacked_bytes=request.settings.max_unpacked_mb * 1_000_000,
            memory=Memory(allowance.file_bytes, allowance.shared_bytes),
            encoding=request.encoding,
            delimiter=request.delimiter,
        )
        return file.read(
            stack, lambda book: copy_sheet(book, sheet, target, only=only, header_row=header_row)
        )


def _remarks(problems: Path, *, only_left_out: bool) -> Iterator[Remark]:
    """What is listed, in words: of all rows, or of those alone that were left out."""
    rows: Collection[int] | None = None
    if only_left_out:
        rows = {each.place.row for batch in read_problems(problems) for each in batch if _stops(each)}
    for batch in read_problems(problems):
        for problem in batch:
            if rows is None or problem.place.row in rows:
                yield _remark(problem)


def _stops(problem: Problem) -> bool:
    return problem.severity == "problem"


def _remark(problem: Problem) -> Remark:
    place = problem.place
    cell = place.cell.rpartition("!")[2]
    index = None if ":" in cell else column_index(cell)
    return Remark(
        place.row, index, place.column, problem.value, say(problem.message), warning=not _stops(problem)
    )


def _words(request: MarkingRequest) -> SheetWords:
    about = {"name": request.file_name, "left_out": request.only_left_out}
    titles = ("cell", "column", "value", "problem")
    cell, column, value, problem = (say(Message("marking.header", {"of": of})) for of in titles)
    introduction = (say(Message("marking.about", about)), say(Message("marking.what_to_do")))
    return SheetWords(introduction, (cell, column, value, problem), say(Message("marking.warning")))


def _notes(request: MarkingRequest, marked: _Marked) -> Iterator[Message]:
    found, how = request.imported.problems, request.imported.how
    if marked.is_copy and not request.only_left_out and how:
        if how.format == Format.XLSX:
            yield Message("marking.values_only")
        else:
            yield Message("marking.other_format", {"format": how.format})
    if found.problem_count + found.warning_count > found.problems_listed:
        more = found.problem_count + found.warning_count - found.problems_listed
        yield Message("marking.not_all", {"listed": found.problems_listed, "more": more})


def file_name_of(
    file_name: str, imported: ImportReceipt, *, only_left_out: bool, is_copy: bool = False
) -> str:
    """What the marked workbook is called. A file of another format is always a copy."""
    is_own = not is_copy and not only_left_out and imported.how and imported.how.format == Format.XLSX
    name = PurePath(file_name or "workbook")
    suffix = name.suffix if is_own and name.suffix.lower() in KEPT_SUFFIXES else ".xlsx"
    what = say(Message("marking.file_name", {"left_out": only_left_out}))
    return f"{name.stem[:MAX_LETTERS_IN_FILE_NAME]} ({what}){suffix}"

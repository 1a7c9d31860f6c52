"""What an import did, or why it did nothing, as data: stored, sent, and said in words where it is read."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Self

from xlsapp.problems import Message, sentence
from xlsapp.repositories.merging.merging import MergePlan, OlderForm, Shortened
from xlsapp.services.imports.options import Mode
from xlsapp.services.imports.questions import Question, guesses_of
from xlsapp.services.imports.request import ImportRequest
from xlsapp.spreadsheet.reading.deciding import CURRENCY, DAY_ORDER, DECIMAL_SIGN, MERGED_AMOUNT
from xlsapp.spreadsheet.reading.problem_groups import Logged
from xlsapp.spreadsheet.reading.reader import TableRead

VERSION = 2
"""Of what is stored. The first one had no number, and finished sentences in the place of messages."""

OF_NOTES = {
    DECIMAL_SIGN: "reading.convention",
    DAY_ORDER: "reading.convention",
    CURRENCY: "reading.currencies",
    MERGED_AMOUNT: "reading.merged_numbers",
}
"""What a question is about → the code of the note on it."""

FIRST_MODES = {"Add": Mode.ADD, "Add or update": Mode.UPDATE, "Replace all": Mode.REPLACE}
"""What the first version stored."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows by what became of them.

    They add up: rows = created + updated + unchanged + not_found + rejected + held_back + blank + totals +
    headers_again + above_header.
    """

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    not_found: int = 0
    """Rows that are no record, where only known ones change."""
    rejected: int = 0
    blank: int = 0
    totals: int = 0
    headers_again: int = 0
    above_header: int = 0
    hidden: int = 0
    """How many of them nobody sees in the sheet."""
    deleted: int = 0
    """Records that were deleted."""
    held_back: int = 0
    """Right rows of an import that others stopped."""

    @property
    def imported(self) -> int:
        """How many rows are in the records now as the workbook has them."""
        return self.created + self.updated + self.unchanged


@dataclass(frozen=True, slots=True)
class ProblemsFound:
    """The problems and warnings, counted exactly. The list of them is a file of its own."""

    groups: tuple[Mapping[str, Any], ...] = ()
    """The largest ones, problems before warnings, as the problem log gives them."""
    more_groups: int = 0
    problem_count: int = 0
    warning_count: int = 0
    problem_limit: int = 0
    """How many can be listed."""
    problems_listed: int = 0

    @classmethod
    def of(cls, logged: Logged, *, limit: int) -> Self:
        """What a log holds."""
        return cls(
            groups=tuple(logged.groups()),
            more_groups=logged.more_groups,
            problem_count=logged.problem_count,
            warning_count=logged.warning_count,
            problem_limit=limit,
            problems_listed=logged.listed,
        )


@dataclass(frozen=True, slots=True)
class HowItWasRead:
    """Where in the workbook the table was found, and which of its headers is which column."""

    format: str
    sheet: str
    header_row: int
    encoding: str
    delimiter: str
    columns: Mapping[str, Sequence[Any]]
    """`matched` and `extra` headers; `missing` columns, with those headers that may mean them."""

    @classmethod
    def of(cls, read: TableRead) -> Self:
        """What the reading of a workbook found."""
        return cls(
            format=read.format,
            sheet=read.sheet,
            header_row=read.header.row,
            encoding=read.encoding,
            delimiter=read.delimiter,
            columns={
                "matched": list(read.header.matched),
                "extra": read.header.shown_extra(),
                "missing": read.header.missing_dicts(),
            },
        )


@dataclass(frozen=True, slots=True)
class ImportReceipt:
    """What an import did; with reasons, why it did nothing."""

    mode: Mode
    reasons: tuple[Message, ...] = ()
    counts: Counts | None = None
    """None when the rows were not compared with the records."""
    problems: ProblemsFound = field(default_factory=ProblemsFound)
    how: HowItWasRead | None = None
    """None when there was no table to be found."""
    notes: tuple[Message, ...] = ()
    questions: tuple[Question, ...] = ()
    """What has to be answered before it can be imported."""
    guessed: tuple[Question, ...] = ()
    """What was read as usual because the request was not to ask."""
    is_check: bool = False
    """Nothing was to be written: the counts are what an import would do."""
    is_reviewed: bool = False
    """Its rows are kept, to be looked at, mended and applied."""

    @property
    def success(self) -> bool:
        """Whether the rows are in the records; of a check, whether they could be compared with them."""
        return not self.reasons

    @property
    def processed_count(self) -> int:
        """How many rows are in the records now as the workbook has them."""
        return self.counts.imported if self.success and self.counts and not self.is_check else 0

    @property
    def summary(self) -> Message:
        """What it did, in short."""
        if not self.success or not self.counts:
            return Message("import.nothing")
        shown = ["created", "updated", "unchanged", "rejected", "deleted"]
        if self.mode is Mode.UPDATE_ONLY:
            shown.append("not_found")
        found = {name: getattr(self.counts, name) for name in shown}
        return Message("import.checked", found) if self.is_check else Message("import.done", found)

    def to_dict(self) -> dict[str, Any]:
        """As it is stored and sent: JSON."""
        return {
            "version": VERSION,
            "success": self.success,
            "summary": self.summary.to_dict(),
            "reasons": [reason.to_dict() for reason in self.reasons],
            "processed_count": self.processed_count,
            "counts": asdict(self.counts) if self.counts else {},
            "mode": self.mode.value,
            **asdict(self.problems),
            **(asdict(self.how) if self.how else {}),
            "notes": [note.to_dict() for note in self.notes],
            "questions": [question.to_dict() for question in self.questions],
            "guessed": [question.to_dict() for question in self.guessed],
            **({"check": True} if self.is_check else {}),
            **({"review": True} if self.is_reviewed else {}),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """What `to_dict` wrote, of this version or the first one."""
        first = "version" not in stored
        mode = FIRST_MODES.get(stored["mode"], stored["mode"])
        notes = stored.get("notes", ())
        return cls(
            mode=Mode(mode),
            reasons=tuple(map(Message.from_dict, stored.get("reasons", ()))),
            counts=Counts(**_members(Counts, stored["counts"])) if stored["counts"] else None,
            problems=ProblemsFound(
                **{**_members(ProblemsFound, stored), "groups": tuple(stored.get("groups", ()))}
            ),
            how=HowItWasRead(**_members(HowItWasRead, stored)) if "sheet" in stored else None,
            notes=tuple(sentence(note) if first else Message.from_dict(note) for note in notes),
            questions=tuple(map(Question.from_dict, stored.get("questions", ()))),
            guessed=tuple(map(Question.from_dict, stored.get("guessed", ()))),
            is_check=stored.get("check", False),
            is_reviewed=stored.get("review", False),
        )


def receipt_of(
    request: ImportRequest,
    read: TableRead | None,
    problems: Logged,
    *,
    plan: MergePlan | None = None,
    reason: Message | None = None,
    questions: Sequence[Question] = (),
    more_notes: Sequence[Message] = (),
) -> ImportReceipt:
    """The receipt of an import by how far it came: with a reason, its plan was not carried out."""
    done = plan if plan and not reason else None
    of_plan = (
        *map(_older_form_note, done.older_forms if done else ()),
        *map(_shortened_note, done.shortened if done else ()),
    )
    return ImportReceipt(
        mode=request.options.mode,
        reasons=(reason,) if reason else (),
        counts=_counts(read, plan, is_carried_out=reason is None) if read and plan else None,
        problems=ProblemsFound.of(problems, limit=request.settings.max_problems),
        how=HowItWasRead.of(read) if read else None,
        notes=(*(_notes(request, read, questions) if read else ()), *of_plan, *more_notes),
        questions=tuple(questions),
        guessed=tuple(guesses_of(read)) if read and request.options.guess else (),
    )


def _counts(read: TableRead, plan: MergePlan, *, is_carried_out: bool) -> Counts:
    found = Counts(
        rows=read.rows,
        created=plan.created,
        updated=plan.updated,
        unchanged=plan.unchanged,
        not_found=plan.not_found,
        rejected=plan.rejected,
        blank=read.rows - read.header.row - read.staged - read.totals - read.headers_again,
        totals=read.totals,
        headers_again=read.headers_again,
        above_header=read.header.row,
        hidden=read.hidden,
        deleted=plan.deleted,
    )
    if is_carried_out:
        return found
    return replace(found, created=0, updated=0, unchanged=0, deleted=0, held_back=found.imported)


def _notes(request: ImportRequest, read: TableRead, questions: Sequence[Question]) -> tuple[Message, ...]:
    """What is asked of a column was not decided, and so there is no note on how it was read."""
    ids_unused = request.options.mode is Mode.ADD and read.header.record_id is not None
    asked = {(OF_NOTES.get(question.about), question.column) for question in questions}
    notes = [note for note in read.notes if (note.code, note.parameters.get("column")) not in asked]
    return (*notes, *([Message("import.ids_unused")] if ids_unused else []))


def _older_form_note(form: OlderForm) -> Message:
    """Which records were known by what was stored once in the place of a row's key."""
    about = {"column": form.column.name, "records": form.records, "old": form.old[:60], "new": form.new[:60]}
    return Message("import.older_form", about)


def _shortened_note(found: Shortened) -> Message:
    return Message("import.shortened", {"column": found.column.name, "values": found.values})


def _members(kind: type[Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """What a dataclass has of what is stored: an older version had less, a newer one may have more."""
    return {f.name: stored[f.name] for f in fields(kind) if f.name in stored}

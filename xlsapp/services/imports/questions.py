"""What an import asks where nobody has decided how a value is meant: questions and answers, as data."""

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from xlsapp.models import TemplateColumn
from xlsapp.problems import Message
from xlsapp.repositories.merging.merging import Found, MergePlan
from xlsapp.services.imports.answers import HEADER, MODE, is_known_other, question_id
from xlsapp.services.imports.options import Mode
from xlsapp.services.imports.request import ImportRequest
from xlsapp.spreadsheet.cells.cldr import languages
from xlsapp.spreadsheet.cells.rules import default_of
from xlsapp.spreadsheet.reading.deciding import (
    CALENDAR,
    CURRENCY,
    DAY_ORDER,
    DECIMAL_SIGN,
    ERROR_CELLS,
    MERGED_AMOUNT,
    MONTH_LANGUAGE,
    Undecided,
)
from xlsapp.spreadsheet.reading.headers import likely_headers, normalised, uncut
from xlsapp.spreadsheet.reading.options import TableRead

# A page with more of them helps nobody: the first are asked, and the others after them.
MOST_QUESTIONS = 50

# From this likeness on, a header beside a missing column is perhaps that column, misspelt.
MISSPELT = 0.75
ADD_NOTHING = frozenset({"name", "number", "no", "nr", "address"})
"""Words behind a header that make it no other one: City name, Phone no., E-mail address."""


@dataclass(frozen=True, slots=True)
class Question:
    """What nobody has decided about a column. Of a header, an empty text is an answer, too: none of them."""

    about: str
    column_id: int
    column: str
    message: Message
    answers: tuple[str, ...]
    """Of `question.which_header`, all other headers of the workbook are answers, too."""
    suggested: str
    examples: tuple[Mapping[str, Any], ...] = field(default=())
    """Cells: their row, their text, and what it is under each of the answers."""

    @property
    def id(self) -> str:
        """What it is called in an answer."""
        return question_id(self.about, self.column_id)

    def to_dict(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "id": self.id,
            "about": self.about,
            "column_id": self.column_id,
            "column": self.column,
            **self.message.to_dict(),
            "answers": list(self.answers),
            "suggested": self.suggested,
            "examples": list(self.examples),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """What `to_dict` wrote."""
        return cls(
            about=stored["about"],
            column_id=stored["column_id"],
            column=stored["column"],
            message=Message.from_dict(stored),
            answers=tuple(stored["answers"]),
            suggested=stored["suggested"],
            examples=tuple(stored["examples"]),
        )


def questions_of(request: ImportRequest, read: TableRead, *, lacking: Collection[int] = ()) -> list[Question]:
    """All that is to be asked of a workbook. `lacking` are ids of columns that it cannot do without."""
    found = [*_about_headers(request, read, lacking), *map(_about_values, read.undecided)]
    return found[:MOST_QUESTIONS]


def about_mode(request: ImportRequest, read: TableRead, plan: MergePlan) -> list[Question]:
    """Whether rows that were to be added are to change the records that they are already, where most are."""
    stored = {
        finding.columns[0]: finding.rows
        for finding in reversed(plan.findings)
        if finding.what is Found.STORED and not finding.only_warns
    }
    column, rows = max(stored.items(), key=lambda pair: pair[1], default=(None, 0))
    if request.options.mode is not Mode.ADD or request.options.guess or not column or 2 * rows <= read.staged:
        return []
    about = {"column": column.name, "rows": rows, "of": read.staged}
    answers = (Mode.UPDATE.value,)
    return [
        Question(MODE, column.id, column.name, Message("question.mode", about), answers, Mode.UPDATE.value)
    ]


def about_errors(request: ImportRequest, read: TableRead, problems: int) -> list[Question]:
    """Whether cells without a value are to be blank, where they are all that is wrong with a workbook."""
    template, options = request.template, request.options
    must_be_filled = {
        column.id
        for column in template.columns
        if column.required and "required" not in column.rules.warnings and default_of(column) is None
    }
    must_be_filled.update(options.keys if options.mode is not Mode.ADD else ())
    concerned = {each.column_id for each in read.unreadable}
    if options.guess or options.valid_only or must_be_filled & concerned:
        return []
    if sum(read.unreadable.values()) != problems:
        return []
    return [*map(_about_values, read.unreadable)][:MOST_QUESTIONS]


def guesses_of(read: TableRead) -> list[Question]:
    """What was not asked, as the request was to guess: it was read as usual. (A month that means two is a
    problem then.)
    """
    return [_about_values(each) for each in read.undecided if each.about != MONTH_LANGUAGE]


def _about_values(undecided: Undecided) -> Question:
    about = {"column": undecided.column}
    messages = {
        DECIMAL_SIGN: Message("question.decimal_sign", about),
        DAY_ORDER: Message("question.day_order", about),
        CURRENCY: Message("question.currency", about),
        MERGED_AMOUNT: Message("question.merged_amount", about),
        CALENDAR: Message("question.calendar", about),
        ERROR_CELLS: Message("question.error_cells", about),
        MONTH_LANGUAGE: Message("question.month_language", {**about, "names": _named(undecided.answers)}),
    }
    return Question(
        undecided.about,
        undecided.column_id,
        undecided.column,
        messages[undecided.about],
        undecided.answers,
        undecided.suggested,
        tuple({**asdict(each), "readings": list(each.readings)} for each in undecided.examples),
    )


def _named(codes: Iterable[str]) -> dict[str, str]:
    return {code: languages()[code] for code in codes if code in languages()}


def _about_headers(request: ImportRequest, read: TableRead, lacking: Collection[int]) -> list[Question]:
    """Which of the headers that were left alone means a missing column."""
    offered, taken, asked = uncut(read.header.shown_extra()), set[str](), []
    # A file that was exported from here had all columns: what it lacks was perhaps renamed.
    is_ours = read.header.record_id is not None
    for column in sorted(read.header.missing, key=lambda column: column.id not in lacking):
        is_lacking = column.id in lacking
        if not is_lacking and question_id(HEADER, column.id) in request.options.answers:
            continue
        left = [header for header in offered if is_lacking or not is_known_other(column.remembered, header)]
        likely = likely_headers(column, left)
        near = [header for header in likely if _is_misspelt(column.name, header)]
        if not left or not (is_lacking or is_ours or near):
            continue
        answers = near if near and not is_lacking and not is_ours else likely
        free = [header for header in answers if header not in taken]
        only = left if is_ours and len(left) == len(read.header.missing) == 1 else []
        suggested = next(iter(free or only), "")
        taken.add(suggested)
        asked.append(_about_header(column, answers, suggested, any_header=is_lacking or is_ours))
    return asked


def _about_header(
    column: TemplateColumn, answers: list[str], suggested: str, *, any_header: bool
) -> Question:
    about = {"column": column.name, "headers": answers}
    message = Message("question.which_header", about) if any_header else Message("question.header", about)
    return Question(HEADER, column.id, column.name, message, (*answers, ""), suggested)


def _is_misspelt(name: str, header: str) -> bool:
    """Whether a header is perhaps a name that is misspelt or written out. Other digits make another one."""
    if _without_last_word(header) == normalised(name) or _without_last_word(name) == normalised(header):
        return True
    wanted, found = (re.sub(r"[\W_]+", "", normalised(text)) for text in (name, header))
    if re.findall(r"\d+", wanted) != re.findall(r"\d+", found):
        return False
    return difflib.SequenceMatcher(None, wanted, found).ratio() >= MISSPELT


def _without_last_word(header: str) -> str:
    """A header without a last word that adds nothing; "" where it has none."""
    first, _, last = normalised(header).rstrip(".").rpartition(" ")
    return first if last in ADD_NOTHING else ""

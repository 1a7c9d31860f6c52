"""What is settled about how a workbook is read: by what this upload says, else by what its template knows.

An answer is to a question that the import asked, or would ask: `decimal_sign:12` is about the column 12.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from xlsapp.errors import Refused
from xlsapp.models import ImportTemplate, Remembered, TemplateColumn
from xlsapp.problems import Message
from xlsapp.services.imports.options import Blank, ImportOptions, Merged, Mode, SameFile, Times
from xlsapp.spreadsheet.reading.deciding import (
    ANSWERS,
    DAY_ORDER,
    DECIMAL_SIGN,
    KNOWN,
    TEMPLATE,
    TIME_ZONE,
    UPLOAD,
    Settled,
)
from xlsapp.spreadsheet.reading.headers import MAX_HEADER_SHOWN, normalised
from xlsapp.spreadsheet.reading.options import ReadOptions

HEADER = "header"
MODE = "mode"
"""Whether rows that are records already, by a unique column, change these after all."""
SAME_FILE = "same_file:0"
"""Whether the very file that was imported before is imported again: a question about no column."""
WITHOUT_UNDO = "without_undo:0"
"""Whether to import what is too much to be taken back: a question about no column, too."""
AGAIN = "import"
_OF_TIMES = {Times.REMEMBERED: "", Times.WRITTEN: "as_written", Times.UTC: "as_utc"}


def question_id(about: str, column_id: int) -> str:
    """What a question is called in an answer."""
    return f"{about}:{column_id}"


def columns_to_read(template: ImportTemplate, options: ImportOptions) -> tuple[TemplateColumn, ...]:
    """The template's columns, each with the header that was said to mean it."""
    said = ((c, options.answers.get(question_id(HEADER, c.id), "")) for c in template.columns)
    return tuple(
        replace(column, aliases=(*column.aliases, header)) if header else column for column, header in said
    )


def read_options(template: ImportTemplate, options: ImportOptions) -> ReadOptions:
    """How the workbook is to be read."""
    makes_none = options.mode is Mode.UPDATE_ONLY
    compares = makes_none or (options.mode is not Mode.ADD and template.record_count > 0)
    settled = {
        (column.id, about): known
        for column in template.columns
        for about in known_of(column)
        if (known := _settled(column, about, options))
    }
    return ReadOptions(
        sheet=options.sheet,
        header_row=options.header_row,
        has_header=template.has_header,
        encoding=options.encoding,
        delimiter=options.delimiter,
        blanks_may_stay=compares and options.blank is Blank.KEEP,
        keys=frozenset(options.keys if options.mode is not Mode.ADD else ()),
        by_record_id=options.mode is not Mode.ADD,
        may_lack_required=makes_none
        or (compares and options.mode is Mode.UPDATE and options.blank is Blank.KEEP),
        settled=settled,
        fill_merged=options.merged is Merged.ALL,
        asks=not options.guess,
    )


def _settled(column: TemplateColumn, about: str, options: ImportOptions) -> Settled | None:
    """What is known of a column: said for it, for the whole upload, or remembered. None when it is not."""
    said = options.answers.get(question_id(about, column.id)) or said_of_all(options).get(about)
    if said:
        return Settled(said, UPLOAD)
    answer = str(getattr(column.remembered, about))
    return Settled(answer, TEMPLATE) if answer in ANSWERS[about] else None


def said_of_all(options: ImportOptions) -> dict[str, str]:
    """What an upload says of all columns that it can be said of; nothing where it leaves it open."""
    return {DECIMAL_SIGN: options.decimal, DAY_ORDER: options.dates, TIME_ZONE: _OF_TIMES[options.times]}


def known_of(column: TemplateColumn) -> tuple[str, ...]:
    """What can be known of a column's values."""
    return KNOWN.get(column.type, ())


class AnswersRefused(Refused):
    """Answers that will not do. Has all that is wrong with them, by the question's name."""

    def __init__(self, problems: Mapping[str, Message]) -> None:
        self.problems = problems
        super().__init__(next(iter(problems.values())), field="answers")


@dataclass(frozen=True, slots=True)
class CheckedAnswers:
    """What answers settle of the columns, and what is wrong with the others, by the question's name."""

    found: tuple[tuple[TemplateColumn, str, str], ...]
    """A column, what the answer is about, the answer."""
    problems: Mapping[str, Message]


def check_answers(template: ImportTemplate, answers: Mapping[str, str]) -> CheckedAnswers:
    """Which answers there are to questions that can be asked; the others are problems."""
    columns = {str(column.id): column for column in template.columns}
    found, problems = [], {}
    for name, answer in answers.items():
        about, _, column_id = name.partition(":")
        column = columns.get(column_id)
        if name in (SAME_FILE, WITHOUT_UNDO) and answer == AGAIN:
            continue
        if column is not None and about == MODE and column.rules.unique and answer == Mode.UPDATE:
            found.append((column, about, answer))
        elif column is None or (about != HEADER and about not in ANSWERS):
            problems[name] = Message("answers.no_question", {"question": name[:60]})
        elif (about == HEADER and len(answer) < MAX_HEADER_SHOWN) or (
            about in known_of(column) and answer in ANSWERS[about]
        ):
            found.append((column, about, answer))
        else:
            problems[name] = Message("answers.no_answer", {"answer": answer[:60], "question": name})
    return CheckedAnswers(tuple(found), problems)


def as_answered(options: ImportOptions) -> ImportOptions:
    """The choices with what was answered about the mode, and the same file, in their places."""
    if options.answers.get(SAME_FILE) == AGAIN:
        left = {name: answer for name, answer in options.answers.items() if name != SAME_FILE}
        options = replace(options, same_file=SameFile.TAKEN, answers=left)
    if options.answers.get(WITHOUT_UNDO) == AGAIN:
        left = {name: answer for name, answer in options.answers.items() if name != WITHOUT_UNDO}
        options = replace(options, without_undo=True, answers=left)
    said = [name.partition(":") for name, answer in options.answers.items() if answer == Mode.UPDATE]
    keys = tuple(int(column_id) for about, _, column_id in said if about == MODE)
    if not keys:
        return options
    left = {name: answer for name, answer in options.answers.items() if not name.startswith(f"{MODE}:")}
    return replace(options, mode=Mode.UPDATE, keys=keys, answers=left)


def remembered(column: TemplateColumn, about: str, answer: str, offered: tuple[str, ...]) -> TemplateColumn:
    """A column that knows an answer. `offered` are the headers that might have meant it."""
    if about != HEADER:
        known: dict[str, Any] = {about: answer}
        return replace(column, remembered=replace(column.remembered, **known))
    if answer:
        alias = " ".join(answer.split())  # an alias has no line breaks: the template's form has one on a line
        return replace(column, aliases=tuple(dict.fromkeys([*column.aliases, alias])))
    others = tuple(dict.fromkeys([*column.remembered.not_headers, *offered]))
    return replace(column, remembered=replace(column.remembered, not_headers=others))


def is_known_other(remembered: Remembered, header: str) -> bool:
    """Whether somebody has said that a header does not mean the column."""
    return normalised(header) in map(normalised, remembered.not_headers)

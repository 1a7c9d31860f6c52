"""What jobs did, as programs get it. Later versions may add members, and earlier ones have stored fewer."""

from typing import Annotated, NotRequired

from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict

from xlsapp.services.exports.kinds import ExportFormat
from xlsapp.web.api.kinds import OneOf, Text, Type, Whole, YesOrNo

described = with_config(ConfigDict(use_attribute_docstrings=True))

Severity = Annotated[str, OneOf(("problem", "warning"))]


@described
class ImportCounts(TypedDict, total=False):
    """Rows of the workbook. rows = created + updated + unchanged + not_found + held_back + rejected + blank +
    totals + headers_again + above_header; nothing is counted of a workbook that could not be read."""

    rows: Whole
    """From the first to the last that has anything in it."""
    created: Whole
    """Became new records."""
    updated: Whole
    """Changed a record."""
    unchanged: Whole
    """Found their record as it was."""
    not_found: Whole
    """Are no record, and made none, with the mode `update_only`."""
    rejected: Whole
    """Have a problem."""
    held_back: Whole
    """Were right, and were not imported because others were not."""
    blank: Whole
    totals: Whole
    """Rows that a table of the sheet declares as its totals."""
    headers_again: Whole
    """Rows with the header once more."""
    above_header: Whole
    """Up to the header's row."""
    hidden: Whole
    """Are hidden in the workbook, and count among the others."""
    deleted: Whole
    """Records that were deleted, with the mode `replace`."""


@described
class ProblemCell(TypedDict):
    """One cell of a group."""

    cell: Text
    """Such as Sheet1!C17."""
    value: Text
    """What it holds."""
    message: Text
    """What is wrong and how to mend it."""
    code: NotRequired[Text]
    """What is wrong, in a word that stays when sentences are said better."""
    parameters: NotRequired[dict[str, object]]
    """What the sentence says of this cell."""


@described
class ProblemGroup(TypedDict):
    """What is wrong with the cells of one column in the same way."""

    severity: Severity
    column: Text
    rule: Text
    """Which rule is broken. Later versions may know others."""
    title: Text
    count: Whole
    """How many cells."""
    rows: Text
    """Their rows, as far as there is room: 3, 7–12 and more."""
    cells: list[ProblemCell]
    """The first of them."""
    code: NotRequired[Text]
    """What the title says, in a word that stays when it is said better."""
    parameters: NotRequired[dict[str, object]]
    """What the title says of this group."""
    ranges: NotRequired[list[list[Whole]]]
    """Their rows, from the first to the last of each range."""
    more_ranges: NotRequired[YesOrNo]
    """Whether there are more ranges than these."""


@described
class MissingColumn(TypedDict):
    """A column of the template that the workbook does not have."""

    column_id: Whole
    name: Text
    required: YesOrNo
    suggestions: list[Text]
    """Headers of the workbook that may be meant, the likeliest first."""


@described
class MatchedColumns(TypedDict):
    """How the workbook's headers were understood."""

    matched: list[Text]
    """Names of the columns that were found."""
    extra: list[Text]
    """Headers that mean no column."""
    missing: list[MissingColumn]


@described
class Message(TypedDict):
    """What a sentence says, as data."""

    code: Text
    """A word that stays when the sentence is said better. Later versions may know others."""
    parameters: dict[str, object]


@described
class ImportMessages(TypedDict):
    """The sentences of an import as data."""

    summary: Message
    reasons: list[Message]
    """Why nothing was imported: what the job's `error_message` says."""
    notes: list[Message]


@described
class QuestionCell(TypedDict):
    """A cell that can be read in several ways."""

    row: Whole
    text: Text
    """What it holds."""
    readings: list[Text]
    """What it is under each of the answers, in their order; nothing where none changes it."""


@described
class PossibleAnswer(TypedDict):
    """What can be answered."""

    answer: Text
    """To be sent. Of a header it is the header, or nothing where none is meant."""
    text: Text
    """In words."""


@described
class Question(TypedDict):
    """What nobody has decided about a column, and the file does not show."""

    id: Text
    """What it is called in `answers`: decimal_sign:12."""
    about: Text
    """`decimal_sign`, `day_order`, `currency`, `merged_amount`, `error_cells`, `header`, `mode`,
    `same_file` and `without_undo`, which are about no column; there may be others."""
    column_id: Whole
    column: Text
    code: Text
    """What is asked, in a word that stays when it is said better."""
    parameters: dict[str, object]
    question: Text
    """What is asked, in a sentence."""
    answers: list[PossibleAnswer]
    suggested: Text
    """The answer that the file as a whole speaks for, without proof. It may be nothing."""
    examples: list[QuestionCell]


@described
class ImportReceipt(TypedDict):
    """What an import did, or why it did nothing. `problems` of the job lists every problem."""

    success: YesOrNo
    summary: Text
    """What it did, in a sentence."""
    processed_count: Whole
    """How many rows are in the records now as the workbook has them."""
    counts: ImportCounts
    groups: list[ProblemGroup]
    """Problems before warnings, the largest groups first."""
    more_groups: NotRequired[Whole]
    """How many groups are not among them."""
    problem_count: NotRequired[Whole]
    warning_count: NotRequired[Whole]
    problem_limit: NotRequired[Whole]
    """The most that are listed."""
    problems_listed: NotRequired[Whole]
    """How many problems and warnings are listed."""
    mode: NotRequired[Text]
    """How rows became records, in words."""
    notes: NotRequired[list[Text]]
    """What else is worth to know, in sentences."""
    format: NotRequired[Text]
    """What kind of file it was."""
    sheet: NotRequired[Text]
    header_row: NotRequired[Whole]
    encoding: NotRequired[Text]
    """Of a csv file."""
    delimiter: NotRequired[Text]
    """Of a csv file."""
    columns: NotRequired[MatchedColumns]
    messages: NotRequired[ImportMessages]
    """The same as the sentences."""
    version: NotRequired[Whole]
    """Of the receipt as it was stored."""
    questions: NotRequired[list[Question]]
    """What has to be answered before it can be imported, by the job's `answers` or at the next upload."""
    guessed: NotRequired[list[Question]]
    """What was not asked because of `guess`: the first answer was taken."""
    check: NotRequired[YesOrNo]
    """Nothing was to be written: the counts are what an import would do."""
    review: NotRequired[YesOrNo]
    """The rows are kept as long as the job, to be looked at, mended and applied."""


@described
class ExportMessages(TypedDict):
    """The sentences of an export as data."""

    summary: Message
    reasons: list[Message]
    """Why nothing was written: what the job's `error_message` says."""
    notes: list[Message]


@described
class ExportReceipt(TypedDict):
    """What an export wrote, or why it wrote nothing."""

    success: YesOrNo
    summary: Text
    """What it wrote, in a sentence."""
    file_name: Text
    """What the file is called; empty when there is none."""
    format: Annotated[str, OneOf(ExportFormat)]
    size_bytes: Whole
    processed_count: Whole
    """How many records or rows are in the file."""
    notes: list[Text]
    """What else is worth to know, in sentences."""
    messages: NotRequired[ExportMessages]
    """The same as the sentences."""
    version: NotRequired[Whole]
    """Of the receipt as it was stored."""


@described
class MarkingReceipt(TypedDict):
    """A workbook that is given back with its problems marked, or why there is none."""

    success: YesOrNo
    summary: Text
    """What there is now, in a sentence."""
    file_name: Text
    """What the file is called; empty when there is none."""
    size_bytes: Whole
    processed_count: Whole
    """How many cells are marked."""
    notes: list[Text]
    """What else is worth to know, in sentences."""
    messages: ExportMessages
    """The same as the sentences."""
    version: Whole
    """Of the receipt as it was stored."""


@described
class UndoMessages(TypedDict):
    """The sentences of an undo as data."""

    summary: Message
    reasons: list[Message]
    """Why nothing was taken back: what the job's `error_message` says."""


@described
class UndoReceipt(TypedDict):
    """What taking a change back did."""

    success: YesOrNo
    summary: Text
    """What it did, in a sentence."""
    processed_count: Whole
    """How many records are others now."""
    change_id: Whole
    """What was to be taken back."""
    undo_id: Whole | None
    """The change that has taken it back; null where there was nothing to do."""
    changed: Whole
    """Records that got their values back."""
    deleted: Whole
    """Records that the change had created, and that are gone again."""
    returned: Whole
    """Records that the change had deleted, and that are there again."""
    touched: Whole
    """Records that were changed since, and stayed as they are."""
    clashes: Whole
    """Records that stayed, as another one has a value that may be there once."""
    left: Whole
    """Both of these."""
    already: Whole
    """Records that were as before already."""
    columns: Whole
    """Removed columns that are there again."""
    messages: UndoMessages
    version: Whole
    """Of the receipt as it was stored."""


@described
class ProposedColumn(TypedDict):
    """A column as a sample workbook has it."""

    name: Text
    type: Type
    required: YesOrNo
    unique: YesOrNo
    choices: list[Text]


@described
class ProposalMessages(TypedDict):
    """The sentences of a proposal as data."""

    summary: Message
    reasons: list[Message]
    """Why there is no proposal: what the job's `error_message` says."""


@described
class ProposalReceipt(TypedDict):
    """What a template for a sample workbook may look like, or that there is no proposal."""

    success: YesOrNo
    summary: Text
    """What was found, in a sentence."""
    processed_count: Whole
    """How many rows were looked at."""
    columns: list[ProposedColumn]
    messages: NotRequired[ProposalMessages]
    """The same as the sentences."""
    version: NotRequired[Whole]
    """Of the receipt as it was stored."""

"""What programs send to reviews, and what they get of them."""

from typing import Annotated

from pydantic import ConfigDict, Field, with_config
from pydantic.json_schema import SkipJsonSchema
from typing_extensions import TypedDict

from xlsapp.repositories.reviewing.kinds import Kind
from xlsapp.services.records.views import MAX_LENGTH
from xlsapp.services.reviews.mending import MendKind
from xlsapp.spreadsheet.cells.values import MAX_TEXT_LENGTH
from xlsapp.web.api.bodies import Body
from xlsapp.web.api.kinds import Between, JobId, Key, Moment, OneOf, Text, Value, Whole, YesOrNo
from xlsapp.web.api.parameters import Query
from xlsapp.web.api.receipts import Message
from xlsapp.web.api.representations import Job

__all__ = ["Applied", "Job", "NewMend", "Review", "ReviewedRows", "RowsWanted"]

MAX_RULE = 40

described = with_config(ConfigDict(use_attribute_docstrings=True))


class RowsWanted(Query):
    """Of a review's rows."""

    kind: Annotated[str, OneOf(Kind)] = Kind.ALL.value
    """What would become of them; when it is not sent, `all` but records that would be deleted."""
    q: Annotated[Text, Field(max_length=MAX_LENGTH)] = ""
    """Rows that have this in a text."""
    column: Text = ""
    """Rows with a problem in this column; of `changed`, those that change it."""
    rule: Annotated[Text, Field(max_length=MAX_RULE)] = ""
    """Rows with a problem of this kind."""
    sort: Text = ""
    """The column that they are sorted by. Without it, they come in the order of the sheet."""
    desc: YesOrNo = False
    """The other way round."""
    limit: Annotated[int, Between(1, 1000)] = 100
    """How many at the most; 100 when it is not sent."""
    cursor: Annotated[Text, Field(max_length=2000)] = ""
    """`next_cursor` of the page before."""


class NewMend(Body):
    """What is to be mended."""

    kind: Annotated[str, OneOf(MendKind)]
    """`cell` gives one cell a text. `replace`, `trim` (cut blanks), `default` and `blank` mend all cells of a
    column with a kind of problem. `leave_out` leaves their rows out, or one row."""
    column: Text = ""
    """The column's name; nothing where it is about rows as a whole."""
    rule: Annotated[Text, Field(max_length=MAX_RULE)] = ""
    """The kind of problem, as in `problems`."""
    row: Annotated[int, Between(1, 1_048_576)] | SkipJsonSchema[None] = None
    """The row of one cell, or one that is left out."""
    found: Annotated[Text, Field(max_length=MAX_TEXT_LENGTH)] | SkipJsonSchema[None] = None
    """With `replace`: only cells with this text."""
    text: Annotated[Text, Field(max_length=MAX_TEXT_LENGTH)] = ""
    """With `cell` and `replace`: what is to stand there."""
    remember: YesOrNo = False
    """With `replace` and `found`, in a column of choices: whether the template is to know it from now on."""
    seen: Whole | SkipJsonSchema[None] = None
    """The row's `revision` as it was seen: 422 when somebody has mended the row since."""


class Applied(Body):
    """What is to be applied."""

    revision: Whole
    """The review's, as it was looked at."""


@described
class RowCounts(TypedDict):
    """Rows by what would become of them. All but `deleted`, which counts records, add up to `rows`."""

    rows: Whole
    new: Whole
    changed: Whole
    same: Whole
    deleted: Whole
    problems: Whole
    left_out: Whole
    blank: Whole
    others: Whole
    """The header, what stands above it, and rows that are no records."""


@described
class FrequentText(TypedDict):
    """What stands in several cells."""

    text: Text
    cells: Whole


@described
class ReviewProblems(TypedDict):
    """Problems of one kind in one column."""

    column: Text
    """Nothing where it is about rows as a whole."""
    rule: Text
    rows: Whole
    texts: list[FrequentText]
    """The most frequent ones of these cells."""


@described
class Mend(TypedDict):
    """What was mended."""

    id: Whole
    kind: Annotated[str, OneOf(MendKind)]
    summary: Text
    """In a sentence."""
    cells: Whole
    """How many cells, or rows that were left out."""
    made_at: Moment


@described
class Review(TypedDict):
    """What an import would do, and what of it was mended."""

    job_id: JobId
    revision: Whole
    """Another one after each mend."""
    counts: RowCounts
    problems: list[ReviewProblems]
    """The largest groups first."""
    mends: list[Mend]
    """The newest first."""
    can_be_applied: YesOrNo
    why_not: Message | None
    """Why it cannot be applied."""
    applied_by: JobId | None
    """The job that applies it, or did."""
    expires_at: Moment


@described
class ReviewedProblem(TypedDict):
    """What is wrong with a cell, or a row."""

    rule: Text
    is_warning: YesOrNo
    message: Text
    code: Text
    """What is wrong, in a word that stays when sentences are said better."""
    parameters: dict[str, object]


@described
class ReviewedCell(TypedDict):
    """One cell."""

    value: Value
    """As it would be stored."""
    old: Value
    """As it is stored, of a row that is a record already."""
    text: Text | None
    """What stands in the workbook, where that is wrong."""
    problems: list[ReviewedProblem]


@described
class ReviewedRow(TypedDict):
    """One row of the sheet, or a record that would be deleted."""

    row: Whole
    """As Excel counts; 0 of a record that would be deleted."""
    kind: Annotated[str, OneOf(Kind)]
    record_id: Whole | None
    revision: Whole
    """Another one after each mend of it."""
    cells: dict[Key, ReviewedCell]
    """By the columns' names."""
    problems: list[ReviewedProblem]
    """What is wrong with the row as a whole."""


@described
class ReviewedRows(TypedDict):
    """Some rows of a review."""

    rows: list[ReviewedRow]
    next_cursor: Text | None
    """Send it as `cursor` to get the next page; null when this is the last."""

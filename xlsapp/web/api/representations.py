"""What programs get. Later versions may add members, kinds and rules beside them; none is taken away.

The names of the classes are those of the schemas in the document, which clients are made from: they stay.
"""

from typing import Annotated, NotRequired

from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict

from xlsapp.jobs.status import JobKind, Status
from xlsapp.models import TokenScope
from xlsapp.web.api.kinds import (
    Aliases,
    Between,
    Bound,
    Choices,
    JobId,
    Length,
    Moment,
    Name,
    OneOf,
    Pattern,
    Text,
    Type,
    Value,
    Warnings,
    Whole,
    YesOrNo,
)
from xlsapp.web.api.receipts import (
    ExportReceipt,
    ImportReceipt,
    MarkingReceipt,
    Message,
    ProposalReceipt,
    Severity,
    UndoReceipt,
)

described = with_config(ConfigDict(use_attribute_docstrings=True))


@described
class Remembered(TypedDict):
    """What imports need not ask of a column."""

    decimal_sign: NotRequired[Text]
    """Of numbers in texts: `point` or `comma`."""
    day_order: NotRequired[Text]
    """Of dates in texts: `day_first` or `month_first`."""
    currency: NotRequired[Text]
    """Where there are several: `without` takes the numbers."""
    merged_amount: NotRequired[Text]
    """Of numbers in merged cells: `first_row` or `all_rows`."""
    time_zone: NotRequired[Text]
    """Of times that name their zone: `as_written` or `as_utc`."""
    month_language: NotRequired[Text]
    """The language's code where a month's word means two: `pl`, `hr`."""
    calendar: NotRequired[Text]
    """Of dates in digits of Nepal and India: `gregorian`."""
    error_cells: NotRequired[Text]
    """Of cells with errors, which are problems otherwise: `blank`."""
    not_headers: NotRequired[list[Text]]
    """Headers that do not mean it, although they are like its name."""
    matches: NotRequired[dict[str, Text]]
    """Texts that mean one of its choices, each with the choice."""


@described
class Column(TypedDict):
    """A column of a template."""

    id: Whole
    key: Text
    """Its name in filters and sorts: c and its id."""
    position: Whole
    """Its place, from 0 on."""
    name: Name
    """The header in workbooks."""
    type: Type
    required: YesOrNo
    """Whether a cell must be filled in."""
    aliases: Aliases
    """Other headers that mean this column."""
    unique: YesOrNo
    """Whether no two records may hold the same value."""
    minimum: Bound
    """As the column's type is stored: 10, 2.5, 2026-01-31."""
    maximum: Bound
    """As the column's type is stored: 10, 2.5, 2026-01-31."""
    min_length: Length
    max_length: Length
    pattern: Pattern
    """A regular expression (RE2) for the whole text."""
    choices: Choices
    """For the type choice."""
    default: Value
    """What a blank cell becomes."""
    warnings: Warnings
    """Rules that only warn: the row is imported all the same."""
    remembered: Remembered
    """What was answered when imports asked, and is not asked again."""


@described
class Columns(TypedDict):
    """A template's columns."""

    columns: list[Column]


@described
class Template(TypedDict):
    """A template with its columns."""

    id: Whole
    name: Name
    """Its name; no two of one's templates share one."""
    description: Text
    created_at: Moment
    updated_at: Moment
    record_count: Whole
    """How many records it has."""
    has_header: YesOrNo
    """Whether its files have a header row."""
    columns: list[Column]


@described
class Templates(TypedDict):
    """All one's templates."""

    templates: list[Template]
    """By name."""


@described
class StoredRecord(TypedDict):
    """Without the scope `read` there are its id, times and revision alone."""

    id: Whole
    created_at: Moment
    updated_at: Moment
    revision: Whole
    """1 at first, and a higher number after each change of its values."""
    position: NotRequired[Whole]
    """Its place in the order of the workbooks."""
    import_id: NotRequired[Whole | None]
    """The import that wrote it last."""
    values: NotRequired[dict[str, Value]]
    """A value for each column, by the column's name."""


@described
class Record(TypedDict):
    """A record of a template."""

    id: Whole
    position: Whole
    """Its place in the order of the workbooks."""
    import_id: Whole | None
    """The import that wrote it last."""
    created_at: Moment
    updated_at: Moment
    revision: Whole
    """1 at first, and a higher number after each change of its values."""
    values: dict[str, Value]
    """A value for each column, by the column's name."""


@described
class Records(TypedDict):
    """Some of the records."""

    records: list[Record]
    next_cursor: Text | None
    """Send it as `cursor` to get the next page; null when this is the last."""
    total: Whole
    """How many records fit, on all pages together."""
    total_is_exact: YesOrNo
    """Whether there are not more than that: beyond 10,000 they are not counted."""


@described
class Import(TypedDict):
    """An import that was carried out."""

    id: Whole
    job_id: JobId
    template_id: Whole
    file_name: Text
    created_at: Moment
    summary: ImportReceipt
    """What it did, as the job's `result` says it."""


@described
class Imports(TypedDict):
    """A template's imports."""

    imports: list[Import]
    """Those carried out, newest first."""


@described
class JobLinks(TypedDict):
    """`problems` of an import; `download` of an export that is completed."""

    self: Text
    problems: NotRequired[Text]
    download: NotRequired[Text]


@described
class Job(TypedDict):
    """What was queued, and how far it is. Later versions may know other kinds."""

    job_id: JobId
    kind: Annotated[str, OneOf(JobKind)]
    template_id: Whole | None
    """Null for a proposal: its template is not made yet."""
    template_name: Text
    file_name: Text | None
    """The workbook that was uploaded."""
    status: Annotated[str, OneOf(Status)]
    is_final: YesOrNo
    """Whether it is completed or failed, and will not change again."""
    created_at: Moment
    updated_at: Moment
    started_at: Moment | None
    completed_at: Moment | None
    expires_at: Moment
    """When the job, its problems and its file are gone."""
    progress: Text | None
    """How far it is, in a sentence."""
    progress_message: Message | None
    """What `progress` says, as data."""
    error_message: Text | None
    """Why it failed, in a sentence or several."""
    error_messages: list[Message]
    """What `error_message` says, as data; empty when the job has not failed."""
    result: ImportReceipt | ExportReceipt | ProposalReceipt | MarkingReceipt | UndoReceipt | None
    """What it did, with counts and the first problems; null as long as it is not known."""
    options: dict[str, object]
    """What was chosen when it was started."""
    links: JobLinks


@described
class Jobs(TypedDict):
    """Those of the last day."""

    jobs: list[Job]
    """Newest first."""


@described
class Problem(TypedDict):
    """What is wrong with a workbook, or odd, at one place."""

    severity: Severity
    sheet: Text
    row: Whole
    """As Excel counts; 0 when it is not about one row."""
    cell: Text
    """Such as Sheet1!C17."""
    column: Text
    rule: Text
    """Which rule is broken."""
    value: Text
    """What the cell holds."""
    message: Text
    """What is wrong and how to mend it."""
    code: Text
    """What is wrong, in a word that stays when sentences are said better."""
    parameters: dict[str, object]
    """What the sentence says of this cell or row."""


@described
class Problems(TypedDict):
    """Some of an import's problems."""

    problems: list[Problem]
    next_cursor: Text | None
    """Send it as `cursor` to get the next page; null when this is the last."""
    total: Whole
    """How many are listed, on all pages together."""


@described
class Token(TypedDict):
    """The token that the request came with."""

    name: Text
    scopes: list[Annotated[str, OneOf(TokenScope)]]
    expires_at: Moment | None
    email: Text
    """Whose token it is."""


@described
class Fault(TypedDict):
    """One thing that will not do in what was sent."""

    detail: Text
    """What is wrong, and how to mend it."""
    code: Text
    """What is wrong, in a word that stays when sentences are said better."""
    parameters: dict[str, object]
    """What the sentence says of this place."""
    pointer: NotRequired[Text]
    """Where in the body, as a JSON Pointer: #/columns/0/name."""
    parameter: NotRequired[Text]
    """Which parameter, header or field of the form."""


@described
class Failure(TypedDict):
    """A problem detail as RFC 9457 has it."""

    type: Text
    """Where this kind of failure is described."""
    title: Text
    """What kind it is, in a few words."""
    status: Annotated[int, Between(400, 599)]
    detail: Text
    """What happened, and what to do next."""
    code: Text
    """What `detail` says, or its first sentence, in a word that stays when sentences are said better."""
    parameters: dict[str, object]
    """What the sentence says of this request."""
    errors: NotRequired[list[Fault]]
    changes: NotRequired[list[Text]]
    """What would happen to stored data, with status 409."""
    change_messages: NotRequired[list[Message]]
    """The same as data."""

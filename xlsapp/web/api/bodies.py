"""What programs send: the bodies of requests. A member that is not here means nothing, and is refused."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

from xlsapp.models import ColumnType
from xlsapp.services.exports.kinds import CSV_DELIMITERS, ExportFormat, ExportKind
from xlsapp.services.imports.options import (
    DATES,
    DECIMALS,
    DELIMITERS,
    ENCODINGS,
    MAX_SHEET_LENGTH,
    RANGES,
    SAME_FILE,
    TIMES,
    Blank,
    Merged,
    Mode,
)
from xlsapp.services.imports.remembering import MOST_MATCHES
from xlsapp.services.records.bulk import MOST, Act
from xlsapp.services.records.saved_views import MAX_NAME_LENGTH as VIEW_NAME_LENGTH
from xlsapp.services.records.views import MAX_LENGTH
from xlsapp.services.templates.naming import MAX_DESCRIPTION_LENGTH, MAX_NAME_LENGTH
from xlsapp.spreadsheet.reading.deciding import (
    ANSWERS,
    CALENDAR,
    CURRENCY,
    DAY_ORDER,
    DECIMAL_SIGN,
    ERROR_CELLS,
    MERGED_AMOUNT,
    TIME_ZONE,
)
from xlsapp.web.api.kinds import (
    Aliases,
    Between,
    Bound,
    Choices,
    Compared,
    Key,
    Length,
    Name,
    OneOf,
    Pattern,
    Text,
    Type,
    Value,
    Warnings,
    YesOrNo,
)

MAX_FILTER_VALUES = 100
MAX_ANSWER = 200


class Body(BaseModel):
    """Known members and no others."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    @property
    def sent(self) -> dict[str, Any]:
        """The members that were sent, as they were sent."""
        return self.model_dump(by_alias=True, exclude_unset=True)


class RememberedAnswers(Body):
    """What imports need not ask of a column. It replaces all that is known."""

    decimal_sign: Annotated[str, OneOf(ANSWERS[DECIMAL_SIGN])] = ""
    """Of numbers in texts."""
    day_order: Annotated[str, OneOf(ANSWERS[DAY_ORDER])] = ""
    """Of dates in texts."""
    currency: Annotated[str, OneOf(ANSWERS[CURRENCY])] = ""
    """Where there are several."""
    merged_amount: Annotated[str, OneOf(ANSWERS[MERGED_AMOUNT])] = ""
    """For which rows numbers in merged cells hold."""
    time_zone: Annotated[str, OneOf(ANSWERS[TIME_ZONE])] = ""
    """What times become that name their zone."""
    month_language: Annotated[Text, Field(max_length=20)] = ""
    """The language's code where a month's word means two: `pl`, `hr`."""
    calendar: Annotated[str, OneOf(ANSWERS[CALENDAR])] = ""
    """Of dates in digits of Nepal and India."""
    error_cells: Annotated[str, OneOf(ANSWERS[ERROR_CELLS])] = ""
    """What cells with errors are imported as."""
    not_headers: Aliases = []
    """Headers that do not mean it, although they are like its name."""
    matches: Annotated[dict[Key, Text], Field(max_length=MOST_MATCHES)] = {}
    """Texts that mean one of its choices, each with the choice."""


class NewColumn(Body):
    """The type is `text` when it is not sent."""

    name: Name
    """The header in workbooks."""
    type: Type = ColumnType.TEXT.value
    required: YesOrNo = False
    """Whether a cell must be filled in."""
    aliases: Aliases = []
    """Other headers that mean this column."""
    unique: YesOrNo = False
    """Whether no two records may hold the same value."""
    minimum: Bound = None
    """As the column's type is stored: 10, 2.5, 2026-01-31."""
    maximum: Bound = None
    """As the column's type is stored: 10, 2.5, 2026-01-31."""
    min_length: Length = None
    max_length: Length = None
    pattern: Pattern = None
    """A regular expression (RE2) for the whole text."""
    choices: Choices = []
    """For the type choice."""
    default: Value = None
    """What a blank cell becomes."""
    warnings: Warnings = []
    """Rules that only warn: the row is imported all the same."""
    remembered: RememberedAnswers = RememberedAnswers()
    """What imports need not ask of it."""


class ColumnChange(NewColumn):
    """What is to be another; what is left out stays. Null takes a rule away."""

    name: Name = ""
    """The header in workbooks."""
    position: Annotated[int, Between(0, 10_000)] = 0
    """Its place, from 0 on."""


class TemplateChange(Body):
    """What is to be another; what is left out stays."""

    name: Name = ""
    """Its name; no two of one's templates share one."""
    description: Annotated[Text, Field(max_length=MAX_DESCRIPTION_LENGTH)] = ""
    has_header: YesOrNo = True
    """Whether its files have a header row. Where they have none, columns are known by their letters, which
    are names or other names of theirs."""


class NewTemplate(TemplateChange):
    """A template with its columns in their order."""

    name: Name
    """Its name; no two of one's templates share one."""
    columns: Annotated[list[NewColumn], Field(min_length=1, max_length=500)]


class RecordValues(Body):
    """Columns that are left out stay as they are."""

    values: dict[Key, Value]
    """A value for each column, by the column's name. Dates and times are written 2026-01-31,
    2026-01-31T09:30:00, 09:30:00."""


class BulkOperation(Body):
    """One of many changes."""

    op: Annotated[str, OneOf(Act)]
    """`create` adds a record, `update` changes one, `delete` takes one away; `upsert` changes the record that
    has the same values in the columns `keys`, or adds one."""
    id: Annotated[int, Between(1, 10**18 - 1)] | None = None
    """The record's, to update or delete it."""
    revision: Annotated[int, Between(1, 10**18 - 1)] | None = None
    """Only if the record has this revision."""
    values: dict[Key, Value] = {}
    """As for one record. Columns that are left out stay as they are; of a new record they are blank, or get
    their default."""


class Bulk(Body):
    """Changes of many records."""

    operations: Annotated[list[BulkOperation], Field(min_length=1, max_length=MOST)]
    atomic: YesOrNo = True
    """All of them or nothing, which is so when it is not sent; otherwise those that will do."""
    keys: Annotated[list[Annotated[Text, Field(max_length=MAX_NAME_LENGTH)]], Field(max_length=500)] = []
    """Names of the columns by which an upsert finds its record."""


class Filter(Body):
    """What is asked of one column: a record fits when all of it is so."""

    contains: Annotated[Text, Field(max_length=MAX_LENGTH)] = ""
    """Texts: has this in it, in upper or lower case."""
    is_: Compared = Field("", alias="is")
    """All but choices and yes or no: is this."""
    from_: Compared = Field("", alias="from")
    """Numbers, dates, times: is this or more."""
    to: Compared = ""
    """Numbers, dates, times: is this or less."""
    one_of: Annotated[
        list[Annotated[Text, Field(max_length=MAX_LENGTH)] | YesOrNo], Field(max_length=MAX_FILTER_VALUES)
    ] = []
    """Choices, and yes or no: is one of these."""
    blank: YesOrNo = False
    """True finds empty cells, false all others."""


class Wanted(Body):
    """Which records are meant, and in which order."""

    q: Annotated[Text, Field(max_length=MAX_LENGTH)] = ""
    """A search over all texts, in upper or lower case."""
    filter: dict[Key, Filter] = {}
    """What is asked of columns, by their names or keys: `contains`, `is`, `from`, `to`, `one_of`, `blank`.
    Records that fit all of it are found."""
    sort: Text = ""
    """The column to sort by, by its name or key; without it, the order of the workbooks."""
    dir: Annotated[str, OneOf(("asc", "desc"))] = "asc"
    """The direction; `asc` when it is not sent. Empty cells come last."""
    import_: Annotated[str, Field(strict=True, pattern="^(none|[1-9][0-9]{0,17})$")] = Field(
        "none", alias="import"
    )
    """Only what this import brought, by its id; `none` for what no import did."""
    view: Annotated[Text, Field(max_length=VIEW_NAME_LENGTH)] = ""
    """A saved view, by its name, which has all of this already: nothing else of it is sent beside it."""


class NewView(Wanted):
    """What is to be kept under a name."""

    name: Annotated[Text, Field(min_length=1, max_length=VIEW_NAME_LENGTH)]
    """A view that has this name already shows this from then on."""


class NewExport(Wanted):
    """What is to be written, and as which kind of file."""

    kind: Annotated[str, OneOf(ExportKind)]
    """`data` has all records, `view` those that the other members ask for, in their order; `template` is a
    blank workbook to fill in, `sample` one with made-up rows."""
    format: Annotated[str, OneOf(ExportFormat)] = ExportFormat.XLSX.value
    """`xlsx` when it is not sent; `csv` and `jsonl`, JSON lines, for records only."""
    delimiter: Annotated[str, OneOf(CSV_DELIMITERS)] = CSV_DELIMITERS[0]
    """What stands between the values of a csv file; `,` when it is not sent."""


class ImportChoices(Body):
    """How a workbook is to be imported: the fields beside it."""

    mode: Annotated[str, OneOf(Mode)] = Mode.ADD.value
    """How rows become records; `add` when it is not sent."""
    blank: Annotated[str, OneOf(Blank)] = Blank.KEEP.value
    """What an empty cell does to a known record; `keep` when it is not sent."""
    keys: Annotated[list[Annotated[Text, Field(max_length=MAX_NAME_LENGTH)]], Field(max_length=500)] = []
    """Names of the columns that tell which record a row is. Send the field once for each."""
    valid_only: YesOrNo = False
    """Import the rows that are right, and only report the others."""
    sheet: Annotated[Text, Field(max_length=MAX_SHEET_LENGTH)] = ""
    """The sheet's name, where the wrong one is found."""
    header_row: Annotated[int, Between(*RANGES["header_row"])] | SkipJsonSchema[None] = None
    """The header's row, as Excel counts."""
    encoding: Annotated[str, OneOf(ENCODINGS[1:])] = ""
    """Of a csv file, where the wrong one is found."""
    delimiter: Annotated[str, OneOf(DELIMITERS[1:])] = ""
    """Of a csv file, where the wrong one is found."""
    times: Annotated[str, OneOf(TIMES)] = ""
    """What a time becomes that names its zone. When it is not sent, what the template remembers; as it is
    written where it remembers nothing."""
    merged: Annotated[str, OneOf(Merged)] = Merged.ALL.value
    """For which rows the value of cells that are merged downwards holds; `all` when it is not sent."""
    confirm_deletes: Annotated[int, Between(*RANGES["confirm_deletes"])] | SkipJsonSchema[None] = None
    """With `replace`: how many records may be deleted."""
    decimal: Annotated[str, OneOf(DECIMALS[1:])] = ""
    """The decimal sign of numbers that are written as texts, in all columns."""
    dates: Annotated[str, OneOf(DATES[1:])] = ""
    """What comes first in dates that are written as texts, in all columns."""
    answers: Annotated[list[Annotated[Text, Field(pattern="^[a-z_]+:[0-9]+=")]], Field(max_length=500)] = []
    """Answers to questions that an import of such a workbook has asked, as id=answer:
    decimal_sign:12=comma. Send the field once for each."""
    guess: YesOrNo = False
    """Do not ask: read as usual, with a decimal point and the day first, what nobody has decided."""
    check: YesOrNo = False
    """Write nothing: the job says what the import would do, and its rows can be reviewed."""
    same_file: Annotated[str, OneOf(SAME_FILE)] = ""
    """What happens where the very same file was imported before, is to be added again, and records of it are
    still there: the import asks, or refuses. When it is not sent, it goes on, and says so in its notes."""
    without_undo: YesOrNo = False
    """Import also what changes or deletes so much that it cannot be taken back. Otherwise that is asked."""


class Answers(Body):
    """What a job has asked, answered."""

    answers: Annotated[dict[Key, Annotated[Text, Field(max_length=MAX_ANSWER)]], Field(max_length=500)]
    """Each question's id, and one of its answers. Of a header, every header of the workbook is one; nothing
    says that none is meant."""
    remember: YesOrNo = True
    """Whether the template remembers it, so that it is not asked again."""


class Marking(Body):
    """Which rows of an import's workbook are to be given back, with their problems marked."""

    rows: Annotated[str, OneOf(("all", "left_out"))] = "all"
    """`left_out`: those alone that were not imported, of an import with `valid_only`."""


class ImportForm(ImportChoices):
    """A workbook and how it is to be imported."""

    workbook: Annotated[
        str,
        WithJsonSchema(
            {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}
        ),
    ]
    """The file: .xlsx, .xlsm, .xlsb, .xls, .ods or .csv."""

"""What the API takes and gives, as JSON Schemas: the document shows them, bodies are held to them."""

from typing import Any

from xlsapp.jobs.status import JobKind, Status
from xlsapp.models import RULE_NAMES, ColumnType, TokenScope
from xlsapp.services.exports.kinds import ExportFormat, ExportKind
from xlsapp.services.imports.options import DELIMITERS, ENCODINGS, Blank, Mode
from xlsapp.services.records.views import MAX_LENGTH
from xlsapp.services.templates.definition import MAX_CHOICES, MAX_DESCRIPTION_LENGTH, MAX_NAME_LENGTH
from xlsapp.spreadsheet.cells.values import MAX_TEXT_LENGTH

Schema = dict[str, Any]

MOST_ID = 10**18 - 1
MAX_CHOICE_LENGTH = 1000

# What a database cannot store, and a sentence cannot show.
NO_NULLS = r"^[^\u0000]*$"
WITH_A_LETTER = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"


def text(description: str = "", *, most: int | None = None, blank: bool = True, **more: Any) -> Schema:
    """A text; not a blank one unless it may be."""
    limits = {"maxLength": most} if most else {}
    pattern = NO_NULLS if blank else WITH_A_LETTER
    return {"type": "string", "pattern": pattern, **limits, **_described(description), **more}


def whole(description: str = "", *, least: int = 0, most: int = MOST_ID) -> Schema:
    """A whole number within bounds."""
    return {"type": "integer", "minimum": least, "maximum": most, **_described(description)}


def one_of(values: Any, description: str = "") -> Schema:
    """One of some words."""
    return {"type": "string", "enum": [str(value) for value in values], **_described(description)}


def yes_or_no(description: str = "") -> Schema:
    """True or false."""
    return {"type": "boolean", **_described(description)}


def moment(description: str = "") -> Schema:
    """A time in UTC."""
    return {"type": "string", "format": "date-time", **_described(description)}


def or_null(schema: Schema) -> Schema:
    """The same, or null."""
    return {**schema, "type": [schema["type"], "null"]}


def list_of(items: Schema, description: str = "", **more: Any) -> Schema:
    """A list."""
    return {"type": "array", "items": items, **_described(description), **more}


def known(properties: Schema, *, required: tuple[str, ...] = (), description: str = "") -> Schema:
    """What a program sends: these members and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
        **_described(description),
    }


def given(properties: Schema, description: str = "") -> Schema:
    """What a program gets: all of these; later versions may add others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        **_described(description),
    }


def ref(name: str) -> Schema:
    """One of SCHEMAS, by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def _described(description: str) -> Schema:
    return {"description": description} if description else {}


def page_of(name: str, member: str, **more: Schema) -> Schema:
    """Some of a list, and how to get the next."""
    cursor = or_null(text("Send it as `cursor` to get the next page; null when this is the last."))
    return given({member: list_of(ref(name)), "next_cursor": cursor, **more})


_BOUND: Schema = {
    "type": ["string", "number", "null"],
    "maxLength": 100,
    "pattern": NO_NULLS,
    "description": "As the column's type is stored: 10, 2.5, 2026-01-31.",
}
_LENGTH = or_null(whole(most=MAX_TEXT_LENGTH))
_HEADER = text(most=MAX_NAME_LENGTH, blank=False)

RULES: Schema = {
    "unique": yes_or_no("Whether no two records may hold the same value."),
    "minimum": _BOUND,
    "maximum": _BOUND,
    "min_length": _LENGTH,
    "max_length": _LENGTH,
    "pattern": or_null(text("A regular expression (RE2) for the whole text.", most=1000)),
    "choices": list_of(
        text(most=MAX_CHOICE_LENGTH, blank=False), "For the type choice.", maxItems=MAX_CHOICES
    ),
    "default": {
        "type": ["string", "number", "boolean", "null"],
        "maxLength": MAX_TEXT_LENGTH,
        "pattern": NO_NULLS,
        "description": "What a blank cell becomes.",
    },
    "warnings": list_of(one_of(RULE_NAMES), "Rules that only warn: the row is imported all the same."),
}

COLUMN: Schema = {
    "name": text("The header in workbooks.", most=MAX_NAME_LENGTH, blank=False),
    "type": one_of(ColumnType),
    "required": yes_or_no("Whether a cell must be filled in."),
    "aliases": list_of(_HEADER, "Other headers that mean this column.", maxItems=100),
    **RULES,
}

TEMPLATE: Schema = {
    "name": text("Its name; no two of one's templates share one.", most=MAX_NAME_LENGTH, blank=False),
    "description": text(most=MAX_DESCRIPTION_LENGTH),
}

VALUE: Schema = {
    "type": ["string", "number", "boolean", "null"],
    "maxLength": MAX_TEXT_LENGTH,
    "pattern": NO_NULLS,
    "description": "Dates and times are written 2026-01-31, 2026-01-31T09:30:00, 09:30:00.",
}

VALUES: Schema = {
    "type": "object",
    "additionalProperties": VALUE,
    "description": "A value for each column, by the column's name.",
}

IMPORT_FORM: Schema = {
    "workbook": {
        "type": "string",
        "format": "binary",
        "contentMediaType": "application/octet-stream",
        "description": "The file: .xlsx, .xlsm, .xlsb, .xls, .ods or .csv.",
    },
    "mode": one_of(Mode, "How rows become records; `add` when it is not sent."),
    "blank": one_of(Blank, "What an empty cell does to a known record; `keep` when it is not sent."),
    "keys": list_of(
        text(most=MAX_NAME_LENGTH),
        "Names of the columns that tell which record a row is. Send the field once for each.",
        maxItems=500,
    ),
    "valid_only": yes_or_no("Import the rows that are right, and only report the others."),
    "sheet": text("The sheet's name, where the wrong one is found.", most=255),
    "header_row": whole("The header's row, as Excel counts.", least=1, most=1_048_576),
    "encoding": one_of(ENCODINGS[1:], "Of a csv file, where the wrong one is found."),
    "delimiter": one_of(DELIMITERS[1:], "Of a csv file, where the wrong one is found."),
    "confirm_deletes": whole("With `replace`: how many records may be deleted.", most=10**9),
}

MAX_FILTER_VALUES = 100
_COMPARED: Schema = {"type": ["string", "number"], "maxLength": MAX_LENGTH, "pattern": NO_NULLS}

OPERATOR_SCHEMAS: Schema = {
    "contains": text("Texts: has this in it, in upper or lower case.", most=MAX_LENGTH),
    "is": {**_COMPARED, "description": "All but choices and yes or no: is this."},
    "from": {**_COMPARED, "description": "Numbers, dates, times: is this or more."},
    "to": {**_COMPARED, "description": "Numbers, dates, times: is this or less."},
    "one_of": list_of(
        {"type": ["string", "boolean"], "maxLength": MAX_LENGTH, "pattern": NO_NULLS},
        "Choices, and yes or no: is one of these.",
        maxItems=MAX_FILTER_VALUES,
    ),
    "blank": yes_or_no("True finds empty cells, false all others."),
}

# The members of a view: as parameters of a query, and in the body of an export.
VIEW: Schema = {
    "q": text("A search over all texts, in upper or lower case.", most=MAX_LENGTH),
    "filter": {
        "type": "object",
        "additionalProperties": known(OPERATOR_SCHEMAS),
        "description": "What is asked of columns, by their names or keys: `contains`, `is`, `from`, `to`, "
        "`one_of`, `blank`. Records that fit all of it are found.",
    },
    "sort": text("The column to sort by, by its name or key; without it, the order of the workbooks."),
    "dir": one_of(("asc", "desc"), "The direction; `asc` when it is not sent. Empty cells come last."),
    "import": {
        "type": "string",
        "pattern": "^(none|[1-9][0-9]{0,17})$",
        "description": "Only what this import brought, by its id; `none` for what no import did.",
    },
}

_JOB_ID: Schema = {"type": "string", "pattern": "^[0-9a-f]{16}$"}
_FREE: Schema = {"type": "object", "additionalProperties": True}

RECORD: Schema = {
    "id": whole(),
    "position": whole("Its place in the order of the workbooks."),
    "import_id": or_null(whole("The import that wrote it last.")),
    "created_at": moment(),
    "updated_at": moment(),
    "values": VALUES,
}

SCHEMAS: dict[str, Schema] = {
    "Template": given(
        {
            "id": whole(),
            **TEMPLATE,
            "created_at": moment(),
            "updated_at": moment(),
            "record_count": whole("How many records it has."),
            "columns": list_of(ref("Column")),
        }
    ),
    "Templates": given({"templates": list_of(ref("Template"), "By name.")}),
    "NewTemplate": known(
        {**TEMPLATE, "columns": list_of(ref("NewColumn"), minItems=1, maxItems=500)},
        required=("name", "columns"),
    ),
    "TemplateChange": known(TEMPLATE, description="What is to be another; what is left out stays."),
    "Column": given(
        {
            "id": whole(),
            "key": text("Its name in filters and sorts: c and its id."),
            "position": whole("Its place, from 0 on."),
            **COLUMN,
        }
    ),
    "Columns": given({"columns": list_of(ref("Column"))}),
    "NewColumn": known(COLUMN, required=("name",), description="The type is `text` when it is not sent."),
    "ColumnChange": known(
        {"position": whole("Its place, from 0 on.", most=10_000), **COLUMN},
        description="What is to be another; what is left out stays. Null takes a rule away.",
    ),
    "Record": given(RECORD),
    "StoredRecord": {
        **given(RECORD, "Without the scope `read` there are its id and times alone."),
        "required": ["id", "created_at", "updated_at"],
    },
    "Records": page_of(
        "Record",
        "records",
        total=whole("How many records fit, on all pages together."),
        total_is_exact=yes_or_no("Whether there are not more than that: beyond 10,000 they are not counted."),
    ),
    "RecordValues": known(
        {"values": VALUES}, required=("values",), description="Columns that are left out stay as they are."
    ),
    "Import": given(
        {
            "id": whole(),
            "job_id": _JOB_ID,
            "template_id": whole(),
            "file_name": text(),
            "created_at": moment(),
            "summary": {**_FREE, "description": "What it did, as the job's `result` says it."},
        }
    ),
    "Imports": given({"imports": list_of(ref("Import"), "Those carried out, newest first.")}),
    "ImportForm": known(IMPORT_FORM, required=("workbook",)),
    "NewExport": known(
        {
            "kind": one_of(
                ExportKind,
                "`data` has all records, `view` those that the members below ask for, in their order; "
                "`template` is a blank workbook to fill in, `sample` one with made-up rows.",
            ),
            "format": one_of(ExportFormat, "`xlsx` when it is not sent; `csv` for records only."),
            **VIEW,
        },
        required=("kind",),
    ),
    "Job": given(
        {
            "job_id": _JOB_ID,
            "kind": one_of(JobKind),
            "template_id": whole(),
            "template_name": text(),
            "file_name": or_null(text("The workbook that was uploaded.")),
            "status": one_of(Status),
            "is_final": yes_or_no("Whether it is completed or failed, and will not change again."),
            "created_at": moment(),
            "updated_at": moment(),
            "started_at": or_null(moment()),
            "completed_at": or_null(moment()),
            "expires_at": moment("When the job, its problems and its file are gone."),
            "progress": or_null(text("How far it is, in a sentence.")),
            "error_message": or_null(text("Why it failed, in a sentence.")),
            "result": {
                "type": ["object", "null"],
                "additionalProperties": True,
                "description": "What it did, with counts and the first problems.",
            },
            "options": {**_FREE, "description": "What was chosen when it was started."},
            "links": {
                "type": "object",
                "properties": {name: text() for name in ("self", "problems", "download")},
                "required": ["self"],
                "description": "`problems` of an import; `download` of an export that is completed.",
            },
        }
    ),
    "Jobs": given({"jobs": list_of(ref("Job"), "Those of the last day, newest first.")}),
    "Problem": given(
        {
            "severity": one_of(["problem", "warning"]),
            "sheet": text(),
            "row": whole("As Excel counts; 0 when it is not about one row."),
            "cell": text("Such as Sheet1!C17."),
            "column": text(),
            "rule": text("Which rule is broken."),
            "value": text("What the cell holds."),
            "message": text("What is wrong and how to mend it."),
            "code": text("What is wrong, in a word that stays when sentences are said better."),
            "parameters": {**_FREE, "description": "What the sentence says of this cell or row."},
        }
    ),
    "Problems": page_of("Problem", "problems", total=whole("How many are listed, on all pages together.")),
    "Token": given(
        {
            "name": text(),
            "scopes": list_of(one_of(TokenScope)),
            "expires_at": or_null(moment()),
            "email": text("Whose token it is."),
        }
    ),
    "Failure": {
        "type": "object",
        "description": "A problem detail as RFC 9457 has it.",
        "properties": {
            "type": text("Where this kind of failure is described."),
            "title": text("What kind it is, in a few words."),
            "status": whole(least=400, most=599),
            "detail": text("What happened, and what to do next."),
            "errors": list_of(
                {
                    "type": "object",
                    "properties": {
                        "detail": text("What is wrong, and how to mend it."),
                        "pointer": text("Where in the body, as a JSON Pointer: #/columns/0/name."),
                        "parameter": text("Which parameter, header or field of the form."),
                    },
                    "required": ["detail"],
                }
            ),
            "changes": list_of(text(), "What would happen to stored data, with status 409."),
        },
        "required": ["type", "title", "status", "detail"],
    },
}

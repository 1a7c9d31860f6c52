"""Everything the API can do, on one page: addresses, scopes, what goes in and what comes out.

Routes, the OpenAPI document and the page for people are made of this table.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xlsapp.models import TokenScope
from xlsapp.services.exports.kinds import ExportFormat
from xlsapp.web.api import (
    bodies,
    data_records,
    exports,
    import_templates,
    imports,
    jobs,
    parameters,
    representations,
    template_columns,
    tokens,
)
from xlsapp.web.api.bodies import Body
from xlsapp.web.api.idempotency import HEADER, MAX_KEY_LENGTH
from xlsapp.web.api.revisions import IF_MATCH
from xlsapp.web.api.schemas import Schema

READ, IMPORT, WRITE = ({scope} for scope in (TokenScope.READ, TokenScope.IMPORT, TokenScope.WRITE))
ANY = READ | IMPORT | WRITE

JSON, FORM = "application/json", "multipart/form-data"

IDEMPOTENCY_KEY: Schema = {
    HEADER: {
        "type": "string",
        "pattern": f"^[!-~]{{1,{MAX_KEY_LENGTH}}}$",
        "description": "Made up by you, another for each upload. Sent again with the same upload, it leads "
        "to the job of the first time.",
    }
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be done: `method` at `path`, by a token with one of the `scopes`.

    `body`, `query` and `answer` are their models. An operation without an answer sends one of `files`, or
    says 204.
    """

    method: str
    path: str
    name: str
    handler: Callable[[Request[Any]], Awaitable[Response]]
    scopes: set[TokenScope]
    summary: str
    answer: type | None = None
    status: int = 200
    body: type[Body] | None = None
    body_kind: str = JSON
    files: tuple[str, ...] = ()
    query: type[Body] | None = None
    headers: Mapping[str, Schema] = field(default_factory=dict)
    answer_headers: tuple[str, ...] = ()
    description: str = ""
    may_fail_with: tuple[int, ...] = ()

    @property
    def resource(self) -> str:
        """What it is about: templates, records, jobs."""
        return self.name.split(".", maxsplit=1)[0]


_TEMPLATE = "/v1/templates/{template_id:int}"
_COLUMN = _TEMPLATE + "/columns/{column_id:int}"
_RECORD = _TEMPLATE + "/records/{record_id:int}"
_JOB = "/v1/jobs/{job_id}"

OPERATIONS = (
    Operation(
        "GET",
        "/v1/token",
        "token.show",
        tokens.show,
        ANY,
        "What this token may be used for",
        representations.Token,
    ),
    Operation(
        "GET",
        "/v1/templates",
        "templates.index",
        import_templates.index,
        ANY,
        "All templates",
        representations.Templates,
    ),
    Operation(
        "POST",
        "/v1/templates",
        "templates.create",
        import_templates.create,
        WRITE,
        "Define a template",
        representations.Template,
        status=201,
        body=bodies.NewTemplate,
    ),
    Operation(
        "GET",
        _TEMPLATE,
        "templates.show",
        import_templates.show,
        ANY,
        "One template",
        representations.Template,
    ),
    Operation(
        "PATCH",
        _TEMPLATE,
        "templates.update",
        import_templates.update,
        WRITE,
        "Rename or describe a template",
        representations.Template,
        body=bodies.TemplateChange,
    ),
    Operation(
        "DELETE",
        _TEMPLATE,
        "templates.delete",
        import_templates.delete,
        WRITE,
        "Delete a template with its records",
        status=204,
    ),
    Operation(
        "GET",
        f"{_TEMPLATE}/columns",
        "columns.index",
        template_columns.index,
        ANY,
        "A template's columns",
        representations.Columns,
    ),
    Operation(
        "POST",
        f"{_TEMPLATE}/columns",
        "columns.create",
        template_columns.create,
        WRITE,
        "Add a column",
        representations.Column,
        status=201,
        body=bodies.NewColumn,
        may_fail_with=(409,),
    ),
    Operation(
        "PATCH",
        _COLUMN,
        "columns.update",
        template_columns.update,
        WRITE,
        "Change a column",
        representations.Column,
        body=bodies.ColumnChange,
        query=parameters.Confirmation,
        description="Where stored values would be lost, nothing is done and 409 says what would happen; "
        "confirm it then. Another type makes it another column, with an id of its own.",
        may_fail_with=(409,),
    ),
    Operation(
        "DELETE",
        _COLUMN,
        "columns.delete",
        template_columns.delete,
        WRITE,
        "Delete a column with all it holds",
        status=204,
        may_fail_with=(409,),
    ),
    Operation(
        "GET",
        f"{_TEMPLATE}/records",
        "records.index",
        data_records.index,
        READ,
        "Records, page by page",
        representations.Records,
        query=parameters.RecordsPage,
        description=data_records.FILTERS,
        may_fail_with=(414,),
    ),
    Operation(
        "POST",
        f"{_TEMPLATE}/records",
        "records.create",
        data_records.create,
        WRITE,
        "Add a record",
        representations.StoredRecord,
        status=201,
        body=bodies.RecordValues,
        answer_headers=("ETag",),
        description="Columns that are left out are blank, or get their default.",
    ),
    Operation(
        "GET",
        _RECORD,
        "records.show",
        data_records.show,
        READ,
        "One record",
        representations.Record,
        answer_headers=("ETag",),
    ),
    Operation(
        "PATCH",
        _RECORD,
        "records.update",
        data_records.update,
        WRITE,
        "Change a record",
        representations.StoredRecord,
        body=bodies.RecordValues,
        headers=IF_MATCH,
        answer_headers=("ETag",),
        description="With `If-Match`, 412 says that somebody has changed the record since.",
        may_fail_with=(412,),
    ),
    Operation(
        "DELETE",
        _RECORD,
        "records.delete",
        data_records.delete,
        WRITE,
        "Delete a record",
        status=204,
        headers=IF_MATCH,
        may_fail_with=(412,),
    ),
    Operation(
        "GET",
        f"{_TEMPLATE}/imports",
        "imports.index",
        imports.index,
        READ | IMPORT,
        "A template's latest imports",
        representations.Imports,
        query=parameters.Latest,
    ),
    Operation(
        "POST",
        f"{_TEMPLATE}/imports",
        "imports.create",
        imports.create,
        IMPORT,
        "Import a workbook",
        representations.Job,
        status=202,
        body=bodies.ImportForm,
        body_kind=FORM,
        headers=IDEMPOTENCY_KEY,
        description="The answer is a job. Follow it at the address in Location.",
        may_fail_with=(409, 507),
    ),
    Operation(
        "POST",
        f"{_TEMPLATE}/exports",
        "exports.create",
        exports.create,
        READ,
        "Export a workbook",
        representations.Job,
        status=202,
        body=bodies.NewExport,
        description=(
            "The answer is a job. When it is completed, its link `download` leads to the file. The same "
            "asked again within a minute, with no change in between, is answered with the same job."
        ),
    ),
    Operation(
        "GET",
        "/v1/jobs",
        "jobs.index",
        jobs.index,
        READ | IMPORT,
        "The jobs of the last day",
        representations.Jobs,
        query=parameters.JobsOfKind,
        description="Kinds may grow: jobs of a kind that came later are listed only when they are asked for.",
    ),
    Operation(
        "GET",
        _JOB,
        "jobs.show",
        jobs.show,
        READ | IMPORT,
        "One job",
        representations.Job,
        query=parameters.Wait,
        description="A job goes from pending to processing, and from there to completed or failed.",
    ),
    Operation(
        "GET",
        f"{_JOB}/problems",
        "jobs.problems",
        jobs.problems,
        READ | IMPORT,
        "An import's problems, page by page",
        representations.Problems,
        query=parameters.ProblemsPage,
    ),
    Operation(
        "POST",
        f"{_JOB}/answers",
        "jobs.answers",
        jobs.answers,
        IMPORT,
        "Answer what an import asked",
        representations.Job,
        status=202,
        body=bodies.Answers,
        description="The workbook is kept as long as the job that asked. The answer is the job that goes on "
        "with it, the same one for every time that it is asked for.",
        may_fail_with=(409,),
    ),
    Operation(
        "GET",
        f"{_JOB}/download",
        "jobs.download",
        jobs.download,
        READ,
        "An export's file",
        files=tuple(file_format.media_type for file_format in ExportFormat),
        description="In parts, by `Range`; by its `ETag` in `If-None-Match` not again (304), and in "
        "`If-Match` no other file (412).",
        may_fail_with=(412, 416),
    ),
)

"""Everything the API can do, on one page: addresses, scopes, what goes in and what comes out.

Routes, the OpenAPI document and the page for people are made of this table; a part of it is in
record_operations.py.
"""

from xlsapp.services.exports.kinds import ExportFormat
from xlsapp.web.api import (
    bin_models,
    bodies,
    exports,
    import_templates,
    imports,
    jobs,
    parameters,
    representations,
    template_columns,
    tokens,
)
from xlsapp.web.api.history_operations import HISTORY
from xlsapp.web.api.idempotency import HEADER, MAX_KEY_LENGTH
from xlsapp.web.api.operation import ANY, FORM, IMPORT, JSON, READ, TEMPLATE, WRITE, Operation
from xlsapp.web.api.record_operations import RECORD_OPERATIONS
from xlsapp.web.api.review_operations import REVIEWS
from xlsapp.web.api.schemas import Schema

__all__ = ["FORM", "JSON", "OPERATIONS", "Operation"]

IDEMPOTENCY_KEY: Schema = {
    HEADER: {
        "type": "string",
        "pattern": f"^[!-~]{{1,{MAX_KEY_LENGTH}}}$",
        "description": "Made up by you, another for each upload. Sent again with the same upload, it leads "
        "to the job of the first time.",
    }
}

_COLUMN = TEMPLATE + "/columns/{column_id:int}"
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
        TEMPLATE,
        "templates.show",
        import_templates.show,
        ANY,
        "One template",
        representations.Template,
    ),
    Operation(
        "PATCH",
        TEMPLATE,
        "templates.update",
        import_templates.update,
        WRITE,
        "Rename or describe a template",
        representations.Template,
        body=bodies.TemplateChange,
    ),
    Operation(
        "DELETE",
        TEMPLATE,
        "templates.delete",
        import_templates.delete,
        WRITE,
        "Delete a template with its records",
        status=204,
        description="It goes to the bin, and can be brought back for `history.days`.",
    ),
    Operation(
        "GET",
        "/v1/bin",
        "bin.index",
        import_templates.index_bin,
        READ,
        "Deleted templates",
        bin_models.Bin,
    ),
    Operation(
        "POST",
        "/v1/bin/{template_id:int}/restore",
        "bin.restore",
        import_templates.restore,
        WRITE,
        "Bring a deleted template back",
        representations.Template,
        description="With all that it had; under a numbered name where its own was given to another one.",
    ),
    Operation(
        "DELETE",
        "/v1/bin/{template_id:int}",
        "bin.delete",
        import_templates.erase,
        WRITE,
        "Erase a deleted template for good",
        status=204,
    ),
    Operation(
        "GET",
        f"{TEMPLATE}/columns",
        "columns.index",
        template_columns.index,
        ANY,
        "A template's columns",
        representations.Columns,
    ),
    Operation(
        "POST",
        f"{TEMPLATE}/columns",
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
    *RECORD_OPERATIONS,
    Operation(
        "GET",
        f"{TEMPLATE}/imports",
        "imports.index",
        imports.index,
        READ | IMPORT,
        "A template's latest imports",
        representations.Imports,
        query=parameters.Latest,
    ),
    Operation(
        "POST",
        f"{TEMPLATE}/imports",
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
        f"{TEMPLATE}/exports",
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
        "POST",
        f"{_JOB}/marked_workbooks",
        "jobs.mark",
        jobs.mark,
        READ,
        "Give an import's workbook back with its problems marked",
        representations.Job,
        status=202,
        body=bodies.Marking,
        description="An xlsx file is the very one that was sent, with colours, notes and a first sheet of "
        "problems; of another file, its values. The answer is a job of the kind `marking`, whose `download` "
        "is the workbook; the same one for every time that it is asked for within an hour. What was sent is "
        "kept as long as the import's job.",
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
    *REVIEWS,
    *HISTORY,
)

"""Imports: a workbook comes in as a form, and a job takes it; those that were carried out."""

from typing import Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from xlsapp.context import App
from xlsapp.jobs.import_job import start_import
from xlsapp.jobs.status import new_job_id
from xlsapp.messages.results import result_shown
from xlsapp.models import Import, ImportTemplate
from xlsapp.problems import Message
from xlsapp.repositories import imports
from xlsapp.services.imports.answers import as_answered, check_answers
from xlsapp.services.imports.options import (
    Blank,
    ImportOptions,
    Merged,
    Mode,
    SameFile,
    Times,
    require_columns,
)
from xlsapp.web.api import representations
from xlsapp.web.api.access import token_of
from xlsapp.web.api.bodies import ImportChoices
from xlsapp.web.api.checking import no_such_column
from xlsapp.web.api.failures import invalid_parameters
from xlsapp.web.api.idempotency import HEADER, check_key, claim_of
from xlsapp.web.api.jobs import accepted
from xlsapp.web.api.parameters import Latest
from xlsapp.web.api.reading import read_query, read_texts, require_media_type
from xlsapp.web.api.receipts import ImportReceipt
from xlsapp.web.http.access import require_user
from xlsapp.web.http.loading import load_template
from xlsapp.web.http.uploads import Upload, receive_workbook


async def index(request: Request[Any]) -> Response:
    """A template's latest imports, newest first."""
    app: App = request.state["app"]
    template = await load_template(request)
    limit = read_query(request, Latest).limit
    async with app.db.read() as conn:
        found = await imports.list_for(conn, template.id, limit=limit)
    shown: representations.Imports = {"imports": [_import_json(each) for each in found]}
    return JSONResponse(shown)


async def create(request: Request[Any]) -> Response:
    """Keep the uploaded workbook and queue its import; or lead to the job that its key led to before."""
    app: App = request.state["app"]
    user = require_user(request)
    template = await load_template(request)
    key = request.headers.get(HEADER)
    if key is not None:
        check_key(key)  # before the upload is waited for
    require_media_type(request, "multipart/form-data")
    job_id = new_job_id()
    async with app.files.while_receiving(job_id, user.id):
        upload = await receive_workbook(request, job_id, fingerprinted=key is not None)
        options = _options(_choices(upload, template), template)
        claim = claim_of(app, user, template.id, key=key, upload=upload, fields=options.to_dict())
        if claim and (first := await claim.first_job()):
            await app.files.remove_work(job_id)
            return await accepted(request, first)
        try:
            await start_import(
                app,
                user,
                template,
                job_id=job_id,
                file_name=upload.file_name,
                options=options,
                token=token_of(request).name,
            )
        except BaseException:
            if claim:
                await claim.give_up()
            raise
    return await accepted(request, job_id)


def _choices(upload: Upload, template: ImportTemplate) -> ImportChoices:
    """The form's fields. Raises ApiFailure with all that will not do."""
    if not upload.file_name:
        raise invalid_parameters([("workbook", Message("body.no_workbook"))])
    if not upload.size_bytes:
        raise invalid_parameters([("workbook", Message("body.empty_workbook", {"name": upload.file_name}))])
    require_columns(template)
    pairs = [((name,), value) for name, values in upload.fields.items() for value in values]
    return read_texts(pairs, ImportChoices)


def _options(choices: ImportChoices, template: ImportTemplate) -> ImportOptions:
    """The choices, with columns by their names. Raises ApiFailure."""
    ids = {column.name: column.id for column in template.columns}
    options = ImportOptions(
        mode=Mode(choices.mode),
        blank=Blank(choices.blank),
        keys=tuple(ids[name] for name in choices.keys if name in ids),
        valid_only=choices.valid_only,
        sheet=choices.sheet,
        header_row=choices.header_row,
        encoding=choices.encoding,
        delimiter=choices.delimiter,
        times=Times(choices.times),
        merged=Merged(choices.merged),
        confirm_deletes=choices.confirm_deletes,
        decimal=choices.decimal,
        dates=choices.dates,
        answers=dict(_answer(text) for text in choices.answers),
        guess=choices.guess,
        check=choices.check,
        same_file=SameFile(choices.same_file),
        without_undo=choices.without_undo,
    )
    problems = options.problems(template)
    wrong_answers = check_answers(template, options.answers).problems.values()
    if unknown := [name for name in choices.keys if name not in ids]:
        problems["keys"] = no_such_column(unknown[0])
    if problems or wrong_answers:
        raise invalid_parameters([*problems.items(), *(("answers", problem) for problem in wrong_answers)])
    return as_answered(options)


def _answer(text: str) -> tuple[str, str]:
    question, _, answer = text.partition("=")
    return question, answer


def _import_json(each: Import) -> representations.Import:
    return {
        "id": each.id,
        "job_id": each.job_id,
        "template_id": each.import_template_id,
        "file_name": each.file_name,
        "created_at": each.created_at,
        "summary": cast(ImportReceipt, result_shown(each.summary)),
    }

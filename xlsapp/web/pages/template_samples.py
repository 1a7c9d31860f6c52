"""A template from a sample workbook: upload one, see what was found in it, edit, save, import it."""

import asyncio
import re
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xlsapp.context import App
from xlsapp.errors import NotFound
from xlsapp.jobs.import_job import start_import
from xlsapp.jobs.live.announcing import state_topic
from xlsapp.jobs.live.hub import Closed
from xlsapp.jobs.proposal_job import forget_proposal, options_of, proposal_of, start_proposal
from xlsapp.jobs.showing import shown
from xlsapp.jobs.status import JobKind, JobStatus, new_job_id
from xlsapp.messages.saying import say
from xlsapp.models import ImportTemplate, User
from xlsapp.repositories import import_templates
from xlsapp.services.imports.options import ImportOptions
from xlsapp.services.templates import saving
from xlsapp.services.templates.definition import DraftRefused
from xlsapp.spreadsheet.files.delimited import ENCODINGS
from xlsapp.spreadsheet.proposing.column_proposals import ProposedColumn
from xlsapp.spreadsheet.proposing.proposals import Proposal, SampleOptions
from xlsapp.spreadsheet.reading.headers import normalised
from xlsapp.web.http.access import require_session, require_user
from xlsapp.web.http.forms import COLUMN_FIELDS, ColumnForm, Form, TemplateForm, small_number
from xlsapp.web.http.responses import page, redirect
from xlsapp.web.http.uploads import receive_workbook
from xlsapp.web.pages.import_templates import form_context
from xlsapp.web.pages.template_columns import draft_of, place

# Most samples are done by then: their page comes at once, without a page that says “wait”.
PATIENCE_SECONDS = 1.5

# Names that spreadsheet programs give to sheets by themselves say nothing.
NAMELESS = re.compile(
    r"(sheet|tabelle|feuil|feuille|hoja|foglio|blad|ark|planilha|taul|лист)\s*\d*", re.IGNORECASE
)
FIELDS = ("encoding", "delimiter")
GONE = "The sample workbook is not kept any more. Your template is saved: upload the workbook here."


async def new(request: Request[Any]) -> Response:
    """The page to drop a workbook on."""
    require_user(request)
    return await _upload_page(request, Form(dict.fromkeys(FIELDS, "")))


async def create(request: Request[Any]) -> Response:
    """Keep the sample, and have it looked at."""
    app: App = request.state["app"]
    user = require_user(request)
    sample_id = new_job_id()
    with app.files.while_receiving(sample_id, user.id) as path:
        upload = await receive_workbook(request, path)
        form = Form({name: upload.value(name).strip() for name in FIELDS})
        if not upload.file_name:
            form.errors["workbook"] = "Choose a workbook to look at."
        elif not upload.size_bytes:
            form.errors["workbook"] = f"“{upload.file_name}” is empty. Choose a workbook with rows in it."
        form.errors |= _problems(form)
        if form.errors:
            path.unlink(missing_ok=True)
            return await _upload_page(request, form, http_status=422)
        options = SampleOptions(**form.values)
        await start_proposal(app, user, job_id=sample_id, file_name=upload.file_name, options=options)
    return redirect(request, "template_samples.show", sample_id=sample_id)


async def show(request: Request[Any]) -> Response:
    """The template form, filled in from the sample; until that is done, how far it is."""
    app: App = request.state["app"]
    user = require_user(request)
    sample = await _looked_at(request, request.path_params["sample_id"])
    if sample is None:
        raise NotFound("sample")
    if not sample.is_final:
        return await page(request, "template_samples/wait.html", status=shown(sample))
    proposal = proposal_of(sample)
    if proposal is None:
        form = Form(asdict(options_of(sample)), {"workbook": shown(sample).error_message or ""})
        return await _upload_page(request, form, sample=sample)
    async with app.db.read() as conn:
        taken = {template.name for template in await import_templates.list_for(conn, user.id)}
    return await _form_page(request, _form_of(sample, proposal, taken), sample)


async def create_template(request: Request[Any]) -> Response:
    """Save the template, and import the sample into it if that was asked for; or show the form again.

    A sample that is not kept any more, or is not one's own, makes no difference to the template.
    """
    app: App = request.state["app"]
    user = require_user(request)
    form = await TemplateForm.read(request)
    sample = await _find(app, user, form.sample_id)
    proposal = proposal_of(sample) if sample else None
    if form.rearrange():
        return await _form_page(request, form, sample)
    if proposal:
        _keep_headers(form, proposal)
    try:
        template = await saving.create_template(
            app.db, user, draft_of(form), max_columns=app.settings.imports.max_columns
        )
    except DraftRefused as refused:
        place(form, refused)
        return await _form_page(request, form, sample, http_status=422)
    if form.action != "save_and_import":
        if sample:
            await forget_proposal(app, sample.job_id)
        return redirect(
            request, "import_templates.show", notice="Your template is ready.", template_id=template.id
        )
    job_id = await _import(app, user, sample, template) if sample else None
    if job_id is None:
        return redirect(request, "imports.new", notice=GONE, template_id=template.id)
    return redirect(request, "jobs.show", template_id=template.id, job_id=job_id)


async def _find(app: App, user: User, sample_id: str) -> JobStatus | None:
    """The job of a user's sample; None when it is unknown, used, expired, or somebody else's."""
    found = await app.statuses.get_status(sample_id)
    return found if found and found.kind is JobKind.PROPOSAL and found.user_id == user.id else None


async def _looked_at(request: Request[Any], sample_id: str) -> JobStatus | None:
    """The job of a sample, waited for a moment if it still runs."""
    app: App = request.state["app"]
    user, session = require_user(request), require_session(request)
    # Watched before it is looked at, so that no change falls between the two.
    with app.hub.watch(state_topic(sample_id), session_id=session.id) as mailbox:
        sample = await _find(app, user, sample_id)
        with suppress(TimeoutError, Closed):
            async with asyncio.timeout(PATIENCE_SECONDS):
                while sample and not sample.is_final:
                    await mailbox.get()
                    sample = await _find(app, user, sample_id)
    return sample


async def _import(app: App, user: User, sample: JobStatus, template: ImportTemplate) -> str | None:
    """Import a sample's file into a template. Returns the job's id; None when the file is gone."""
    job_id = new_job_id()
    with app.files.while_receiving(job_id, user.id) as path:
        try:
            await asyncio.to_thread(Path.rename, app.files.sample(sample.job_id), path)
        except FileNotFoundError:
            return None
        options = _import_options(options_of(sample))
        file_name = sample.file_name or ""
        await start_import(app, user, template, job_id=job_id, file_name=file_name, options=options)
    await forget_proposal(app, sample.job_id)
    return job_id


def _import_options(said: SampleOptions) -> ImportOptions:
    """How a sample is imported: as it was looked at."""
    return ImportOptions(encoding=said.encoding, delimiter=said.delimiter)


def _problems(form: Form) -> dict[str, str]:
    """All that cannot be said of a file, by field."""
    problems = _import_options(SampleOptions(**form.values)).problems()
    return {field: say(message) for field, message in problems.items()}


def _form_of(sample: JobStatus, proposal: Proposal, taken: set[str]) -> TemplateForm:
    columns = [_column_form(index, column) for index, column in enumerate(proposal.columns)]
    values = {"name": _free_name(_name_of(sample, proposal), taken), "description": ""}
    return TemplateForm(values, columns, sample_id=sample.job_id)


def _column_form(index: int, column: ProposedColumn) -> ColumnForm:
    values = {
        **dict.fromkeys(COLUMN_FIELDS, ""),
        "source": str(index),
        "name": column.name,
        "type": column.type.value,
        "required": "on" if column.required else "",
        "unique": "on" if column.unique else "",
        "choices": "\n".join(column.choices),
    }
    return ColumnForm(index, values, evidence=column.evidence, doubt=column.doubt)


def _keep_headers(form: TemplateForm, proposal: Proposal) -> None:
    """A column that was renamed still means its header in the sample, and in workbooks like it."""
    for column in form.columns:
        source = _source(column, proposal)
        if source is None or not column.values["name"]:
            continue
        known = [column.values["name"], *column.values["aliases"].split("\n")]
        if normalised(source.header) not in map(normalised, known):
            column.values["aliases"] = "\n".join(filter(None, [column.values["aliases"], source.header]))


def _source(column: ColumnForm, proposal: Proposal) -> ProposedColumn | None:
    """The column of the sample that a column of the form came from."""
    place = small_number(column.values["source"])
    return proposal.columns[place] if place is not None and place < len(proposal.columns) else None


def _name_of(sample: JobStatus, proposal: Proposal) -> str:
    """What the rows may be called: as the sheet is, or else the file."""
    if proposal.format != "csv" and not NAMELESS.fullmatch(proposal.sheet.strip()):
        return proposal.sheet.strip()
    stem = re.sub(r"[_\s]+", " ", Path(sample.file_name or "").stem).strip()
    return (stem[:1].upper() + stem[1:])[:80] or "Workbook"


def _free_name(name: str, taken: set[str]) -> str:
    number = 2
    free = name
    while free in taken:
        free, number = f"{name} {number}", number + 1
    return free


async def _upload_page(
    request: Request[Any], form: Form, *, sample: JobStatus | None = None, http_status: int = 200
) -> Response:
    app: App = request.state["app"]
    return await page(
        request,
        "template_samples/new.html",
        http_status=http_status,
        form=form,
        sample=sample,
        max_upload_bytes=app.settings.imports.max_upload_mb * 1_000_000,
        encodings=[("", "Detect"), *ENCODINGS.items()],
    )


async def _form_page(
    request: Request[Any], form: TemplateForm, sample: JobStatus | None, *, http_status: int = 200
) -> Response:
    proposal = proposal_of(sample) if sample else None
    for column in form.columns if proposal else ():
        if proposal and (source := _source(column, proposal)):
            column.evidence, column.doubt = source.evidence, source.doubt
    return await page(
        request,
        "template_samples/show.html",
        http_status=http_status,
        form=form,
        sample=sample,
        found=proposal,
        **form_context(request.state["app"]),
    )

"""A template from a sample workbook: upload one, see what was found in it, edit, save, import it."""

import asyncio
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xlsapp.context import App
from xlsapp.errors import NotFound
from xlsapp.jobs.import_job import start_import
from xlsapp.jobs.live.announcing import state_topic
from xlsapp.jobs.live.hub import Closed
from xlsapp.jobs.proposal_job import edits_in, forget_proposal, options_of, proposal_of, start_proposal
from xlsapp.jobs.showing import shown
from xlsapp.jobs.status import JobKind, JobStatus, new_job_id
from xlsapp.messages.saying import say
from xlsapp.models import ImportTemplate, User
from xlsapp.repositories import import_templates
from xlsapp.services.imports.answers import question_id
from xlsapp.services.imports.options import ImportOptions, outside
from xlsapp.services.templates import saving
from xlsapp.services.templates.drafts import DraftRefused
from xlsapp.spreadsheet.files.delimited import ENCODINGS
from xlsapp.spreadsheet.proposing.proposals import Proposal, SampleOptions
from xlsapp.spreadsheet.reading.deciding import ERROR_CELLS
from xlsapp.spreadsheet.reading.headers import NO_HEADER
from xlsapp.web.http.access import require_session, require_user
from xlsapp.web.http.forms import Form, TemplateForm, small_number
from xlsapp.web.http.responses import page, redirect
from xlsapp.web.http.uploads import receive_workbook
from xlsapp.web.pages.import_templates import form_context
from xlsapp.web.pages.sample_edits import edits_of, with_edits
from xlsapp.web.pages.sample_forms import form_of, keep_headers, source_of
from xlsapp.web.pages.template_columns import draft_of, place

# Most samples are done by then: their page comes at once, without a page that says “wait”.
PATIENCE_SECONDS = 1.5

FIELDS = ("encoding", "delimiter")
LOOK = ("sheet", "header_row", "answer")
"""How a sample is to be looked at; the answer to whether row 1 holds names is the header row."""
LEAVE_OUT = "leave_out"
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
    async with app.files.while_receiving(sample_id, user.id):
        upload = await receive_workbook(request, sample_id)
        form = Form({name: upload.value(name).strip() for name in FIELDS})
        if not upload.file_name:
            form.errors["workbook"] = "Choose a workbook to look at."
        elif not upload.size_bytes:
            form.errors["workbook"] = f"“{upload.file_name}” is empty. Choose a workbook with rows in it."
        options = SampleOptions(encoding=form.values["encoding"], delimiter=form.values["delimiter"])
        form.errors |= _problems(options)
        if form.errors:
            await app.files.remove_work(sample_id)
            return await _upload_page(request, form, http_status=422)
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
        said = options_of(sample)
        form = Form(
            {name: getattr(said, name) for name in FIELDS}, {"workbook": shown(sample).error_message or ""}
        )
        return await _upload_page(request, form, sample=sample)
    proposed = form_of(sample, proposal, await _names_taken(app, user))
    return await _form_page(request, with_edits(proposed, proposal, edits_in(sample)), sample)


async def looks(request: Request[Any]) -> Response:
    """Look at a kept sample once more: at another sheet, or with another header row, or with none."""
    app: App = request.state["app"]
    user = require_user(request)
    sample = await _find(app, user, request.path_params["sample_id"])
    proposal = proposal_of(sample) if sample else None
    if sample is None or proposal is None:
        raise NotFound("sample")
    form, look = await TemplateForm.read(request), await Form.read(request, *LOOK)
    return await _look_again(request, sample, proposal, form, look)


async def create_template(request: Request[Any]) -> Response:
    """Save the template, and import the sample into it if that was asked for; or show the form again.

    A sample that is not kept any more, or is not one's own, makes no difference to the template.
    """
    app: App = request.state["app"]
    user = require_user(request)
    form = await TemplateForm.read(request)
    sample = await _find(app, user, form.sample_id)
    proposal = proposal_of(sample) if sample else None
    look = await Form.read(request, *LOOK)
    if form.rearrange():
        return await _form_page(request, form, sample, look=look if look.sent else None)
    if sample and proposal and any(look.values[name] != said for name, said in _said(sample, proposal, look)):
        return await _look_again(request, sample, proposal, form, look)
    if proposal:
        keep_headers(form, proposal)
    try:
        template = await saving.create_template(
            app.db,
            user,
            replace(draft_of(form), has_header=proposal is None or proposal.header_row != NO_HEADER),
            max_columns=app.settings.imports.max_columns,
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
    job_id = None
    if sample and proposal:
        blank = form.error_cells != LEAVE_OUT
        job_id = await _import(app, user, sample, proposal, template, blank=blank)
    if job_id is None:
        return redirect(request, "imports.new", notice=GONE, template_id=template.id)
    return redirect(request, "jobs.show", template_id=template.id, job_id=job_id)


async def _look_again(
    request: Request[Any], sample: JobStatus, proposal: Proposal, form: TemplateForm, look: Form
) -> Response:
    """Have a sample looked at as its page says now. What was typed there is kept as far as it fits."""
    app: App = request.state["app"]
    user = require_user(request)
    if look.values["answer"]:
        look.values["header_row"] = look.values["answer"]
    number = small_number(look.values["header_row"])
    options = replace(options_of(sample), sheet=look.values["sheet"], header_row=number)
    look.errors = _problems(options)
    if look.values["header_row"] and number is None:
        look.errors["header_row"] = say(outside("header_row"))
    proposed = form_of(sample, proposal, await _names_taken(app, user))
    if look.errors:
        return await _form_page(
            request, form if form.columns else proposed, sample, look=look, http_status=422
        )
    job_id, edits = new_job_id(), edits_of(form, proposed, proposal)
    async with app.files.while_receiving(job_id, user.id):
        try:
            await app.files.start_from_sample(sample.job_id, job_id)
        except FileNotFoundError:
            raise NotFound("sample") from None
        file_name = sample.file_name or ""
        await start_proposal(app, user, job_id=job_id, file_name=file_name, options=options, edits=edits)
    return redirect(request, "template_samples.show", sample_id=job_id)


def _said(sample: JobStatus, proposal: Proposal, look: Form) -> list[tuple[str, str]]:
    """What the page said of how the sample was looked at, where it was sent back."""
    return [(name, said) for name, said in _look_of(sample, proposal).values.items() if name in look.sent]


async def _names_taken(app: App, user: User) -> set[str]:
    async with app.db.read() as conn:
        return {template.name for template in await import_templates.list_for(conn, user.id)}


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


async def _import(
    app: App, user: User, sample: JobStatus, proposal: Proposal, template: ImportTemplate, *, blank: bool
) -> str | None:
    """Import a sample's file into a template. Returns the job's id; None when the file is gone.

    Cells without a value are imported as `blank`, or their rows are left out.
    """
    job_id = new_job_id()
    async with app.files.while_receiving(job_id, user.id):
        try:
            await app.files.start_from_sample(sample.job_id, job_id, last=True)
        except FileNotFoundError:
            return None
        sheet = "" if proposal.format == "csv" else proposal.sheet
        seen = replace(options_of(sample), sheet=sheet, header_row=proposal.header_row)
        options = _with_errors(_import_options(seen), proposal, template, blank=blank)
        file_name = sample.file_name or ""
        await start_import(app, user, template, job_id=job_id, file_name=file_name, options=options)
    await forget_proposal(app, sample.job_id)
    return job_id


def _import_options(said: SampleOptions) -> ImportOptions:
    """How a sample is imported: as it was looked at."""
    return ImportOptions(**asdict(said))


def _with_errors(
    options: ImportOptions, proposal: Proposal, template: ImportTemplate, *, blank: bool
) -> ImportOptions:
    """With what becomes of all that cannot be imported: what was said of cells, and broken rows left out."""
    if not proposal.error_cells:
        return replace(options, valid_only=proposal.broken_rows is not None)
    if not blank:
        return replace(options, valid_only=True)
    answers = {question_id(ERROR_CELLS, column.id): "blank" for column in template.columns}
    return replace(options, answers=answers, valid_only=proposal.broken_rows is not None)


def _problems(said: SampleOptions) -> dict[str, str]:
    """All that cannot be said of a file, by field."""
    return {field: say(message) for field, message in _import_options(said).problems().items()}


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
    request: Request[Any],
    form: TemplateForm,
    sample: JobStatus | None,
    *,
    look: Form | None = None,
    http_status: int = 200,
) -> Response:
    """The template form. `look` is how the sample is to be looked at again, if that will not do."""
    proposal = proposal_of(sample) if sample else None
    for column in form.columns if proposal else ():
        if proposal and (source := source_of(column, proposal)):
            column.evidence, column.doubt = source.evidence, source.doubt
    return await page(
        request,
        "template_samples/show.html",
        http_status=http_status,
        form=form,
        sample=sample,
        found=proposal,
        look=look or _look_of(sample, proposal),
        **form_context(request.state["app"]),
    )


def _look_of(sample: JobStatus | None, proposal: Proposal | None) -> Form:
    """How a sample was looked at."""
    if sample is None or proposal is None:
        return Form({"sheet": "", "header_row": ""})
    said = options_of(sample).header_row
    return Form({"sheet": proposal.sheet, "header_row": "" if said is None else str(said)})

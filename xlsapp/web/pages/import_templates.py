"""Import templates: list, define, change, remove."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xlsapp.context import App
from xlsapp.errors import NotFound, Refused
from xlsapp.jobs.answering import forget_asked
from xlsapp.jobs.showing import shown_all
from xlsapp.messages.saying import say
from xlsapp.models import ColumnType, ImportTemplate
from xlsapp.problems import Message
from xlsapp.repositories import import_templates, imports, template_columns
from xlsapp.repositories.history import changes
from xlsapp.services.imports.remembering import remembered_of, without
from xlsapp.services.templates.drafts import DraftRefused
from xlsapp.services.templates.saving import change_template, create_template
from xlsapp.web.http.access import require_user
from xlsapp.web.http.auditing import note
from xlsapp.web.http.forms import TemplateForm
from xlsapp.web.http.loading import change_staging, load_template
from xlsapp.web.http.responses import page, redirect
from xlsapp.web.pages.template_columns import draft_of, keep_new_aliases, place

LATEST = 5


async def home(request: Request[Any]) -> Response:
    """The first page there is to see."""
    return redirect(request, "import_templates.index")


async def index(request: Request[Any]) -> Response:
    """All one's templates."""
    app: App = request.state["app"]
    user = require_user(request)
    async with app.db.read() as conn:
        templates = await import_templates.list_for(conn, user.id)
        binned = len(await import_templates.list_binned(conn, user.id))
    return await page(request, "import_templates/index.html", templates=templates, binned=binned)


async def show(request: Request[Any]) -> Response:
    """One template: its columns, what can be done with it, and what was done lately."""
    app: App = request.state["app"]
    user = require_user(request)
    template = await load_template(request)
    async with app.db.read() as conn:
        latest = await imports.list_for(conn, template.id, limit=LATEST)
        made = await changes.of_imports(conn, template.id, {each.id for each in latest})
    found = await app.statuses.list_for(user.id)
    jobs = shown_all([job for job in found if job.import_template_id == template.id])
    return await page(
        request,
        "import_templates/show.html",
        template=template,
        jobs=jobs[:LATEST],
        imports=latest,
        changes=made,
        remembered=remembered_of(template),
    )


async def forget(request: Request[Any]) -> Response:
    """Take back something that is remembered, of a column mostly: the next workbook asks again."""
    app: App = request.state["app"]
    template = await load_template(request)
    data = await request.form(max_files=0)
    if data.get("about") == "header_row":
        async with app.db.write() as tx:
            await import_templates.remember_header(tx, template.user_id, template.id, has_header=True)
        return redirect(request, "import_templates.show", notice="It is forgotten.", template_id=template.id)
    columns = [column for column in template.columns if column.key == data.get("column")]
    if not columns:
        raise NotFound("column")
    known = without(columns[0], str(data.get("about", "")), str(data.get("answer", "")))
    async with app.db.write() as tx:
        await template_columns.remember(tx, columns[0], known)
    return redirect(request, "import_templates.show", notice="It is forgotten.", template_id=template.id)


async def new(request: Request[Any]) -> Response:
    """The form for a new template."""
    require_user(request)
    return await _form_page(request, "import_templates/new.html", TemplateForm.blank())


async def create(request: Request[Any]) -> Response:
    """Store a new template; or show the form again, rearranged or with its errors."""
    app: App = request.state["app"]
    user = require_user(request)
    form = await TemplateForm.read(request)
    if form.rearrange():
        return await _form_page(request, "import_templates/new.html", form)
    try:
        template = await create_template(
            app.db, user, draft_of(form), max_columns=app.settings.imports.max_columns
        )
    except DraftRefused as refused:
        place(form, refused)
        return await _form_page(request, "import_templates/new.html", form, http_status=422)
    return redirect(
        request, "import_templates.show", notice="Your template is ready.", template_id=template.id
    )


async def edit(request: Request[Any]) -> Response:
    """The form for a stored template."""
    template = await load_template(request)
    form = TemplateForm.of(template)
    return await _form_page(request, "import_templates/edit.html", form, template=template)


async def update(request: Request[Any]) -> Response:
    """Change a template. Where stored data would be lost, first say so and ask."""
    app: App = request.state["app"]
    template = await load_template(request)
    form = await TemplateForm.read(request)
    if form.rearrange():
        return await _form_page(request, "import_templates/edit.html", form, template=template)
    keep_new_aliases(form, template)
    draft = draft_of(form)
    try:
        async with change_staging(app, template) as staging:
            lost = await change_template(
                app.records,
                app.sandbox,
                template,
                draft,
                max_columns=app.settings.imports.max_columns,
                confirmed=form.confirmed,
                staging=staging,
            )
    except Refused as refused:
        place(form, refused)
        return await _form_page(
            request, "import_templates/edit.html", form, template=template, http_status=422
        )
    if lost:
        return await page(
            request,
            "import_templates/confirm_change.html",
            template=template,
            changes=[{"text": say(message), "tone": "bad"} for message in lost],
            hidden=form.hidden_fields(),
        )
    return redirect(
        request, "import_templates.show", notice="Your changes are saved.", template_id=template.id
    )


async def confirm_delete(request: Request[Any]) -> Response:
    """Say what goes with the template, and ask."""
    app: App = request.state["app"]
    template, days = await load_template(request), app.settings.history.days
    return await page(request, "import_templates/confirm_delete.html", template=template, days=days)


async def delete(request: Request[Any]) -> Response:
    """Put a template into the bin, with its records."""
    app: App = request.state["app"]
    user = require_user(request)
    template = await load_template(request)
    async with app.db.write() as tx:
        await import_templates.move_to_bin(tx, user.id, template.id)
    note(request, Message("audit.template_removed", {"template": template.name}), template=template)
    await forget_asked(app, user, template.id)
    notice = f"“{template.name}” is in the bin, with its records."
    undo = app.url_for("bin.restore", template_id=template.id)
    return redirect(request, "import_templates.index", notice=notice, undo=undo)


async def _form_page(
    request: Request[Any],
    name: str,
    form: TemplateForm,
    *,
    http_status: int = 200,
    template: ImportTemplate | None = None,
) -> Response:
    return await page(
        request,
        name,
        http_status=http_status,
        form=form,
        template=template,
        **form_context(request.state["app"]),
    )


def form_context(app: App) -> dict[str, Any]:
    """What the template form needs beside the form itself."""
    return {
        "column_types": [
            (kind.value, say(Message("column.type", {"type": kind.value}))) for kind in ColumnType
        ],
        "max_columns": app.settings.imports.max_columns,
    }

"""The bin: templates that were deleted, to be brought back or erased."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xlsapp.context import App
from xlsapp.models import ImportTemplate
from xlsapp.problems import Message
from xlsapp.repositories import import_templates
from xlsapp.services.templates.bin import erased_at
from xlsapp.web.http.access import require_user
from xlsapp.web.http.auditing import note
from xlsapp.web.http.responses import page, redirect


async def index(request: Request[Any]) -> Response:
    """One's templates in the bin, and until when each can be brought back."""
    app: App = request.state["app"]
    async with app.db.read() as conn:
        found = await import_templates.list_binned(conn, require_user(request).id)
    binned = [(template, erased_at(template, app.settings.history)) for template in found]
    return await page(request, "import_templates/bin.html", binned=binned, days=app.settings.history.days)


async def restore(request: Request[Any]) -> Response:
    """Bring a template back, with all that it had."""
    app: App = request.state["app"]
    async with app.db.write() as tx:
        template = await import_templates.restore(
            tx, require_user(request).id, request.path_params["template_id"]
        )
    note(request, Message("audit.template_restored", {"template": template.name}), template=template)
    notice = f"“{template.name}” is back, with all its records."
    return redirect(request, "import_templates.show", notice=notice, template_id=template.id)


async def confirm_erase(request: Request[Any]) -> Response:
    """Say that there is no way back from here, and ask."""
    return await page(request, "import_templates/confirm_erase.html", template=await _load(request))


async def erase(request: Request[Any]) -> Response:
    """Erase a template in the bin for good."""
    app: App = request.state["app"]
    template = await _load(request)
    async with app.db.write() as tx:
        await import_templates.remove(tx, template.user_id, template.id)
    note(request, Message("audit.template_erased", {"template": template.name}), template=template)
    return redirect(request, "bin.index", notice=f"“{template.name}” is erased.")


async def _load(request: Request[Any]) -> ImportTemplate:
    """The template in the address, if it lies in the bin of who is signed in. Raises NotFound."""
    app: App = request.state["app"]
    async with app.db.read() as conn:
        return await import_templates.find_binned(
            conn, require_user(request).id, request.path_params["template_id"]
        )

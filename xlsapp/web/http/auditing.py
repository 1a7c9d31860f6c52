"""What a request has done, for the audit log."""

from typing import Any

from starlette.requests import Request

from xlsapp.context import App
from xlsapp.models import ImportTemplate, User
from xlsapp.problems import Message
from xlsapp.repositories.audit_entries import Noted


def note(
    request: Request[Any],
    what: Message,
    *,
    user: User | None = None,
    whom: User | None = None,
    template: ImportTemplate | None = None,
) -> None:
    """Note what was done: by who is signed in, or by `user`; to `whom`, if that is an account."""
    app: App = request.state["app"]
    user = user or request.scope["state"].get("user")
    app.audit.note(
        Noted(
            what,
            user_id=user.id if user else None,
            whom_id=whom.id if whom else None,
            template_id=template.id if template else None,
            address=address_of(request),
        )
    )


def address_of(request: Request[Any]) -> str:
    """Where a request comes from, as far as proxies that are trusted say."""
    return request.client.host if request.client else ""

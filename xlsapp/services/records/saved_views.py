"""Views that are kept under a name: their rules, whoever asks."""

from xlsapp.db.connection import Database
from xlsapp.errors import Refused
from xlsapp.models import ImportTemplate, User
from xlsapp.problems import Message
from xlsapp.repositories import saved_views
from xlsapp.repositories.records.selection import Selection
from xlsapp.repositories.saved_views import SavedView
from xlsapp.services.records import views

MAX_NAME_LENGTH = 60
# Of one person, for one template: as many tabs as anybody finds their way among.
MOST_VIEWS = 50


async def save_view(
    db: Database, user: User, template: ImportTemplate, *, name: str, selection: Selection
) -> SavedView:
    """Keep a selection under a name, in the place of the view that has it already.

    Raises Refused, which names the member, when the name will not do or there are too many.
    """
    name, stored = _checked(name), views.to_dict(selection)
    async with db.write() as tx:
        others = [v for v in await saved_views.list_for(tx, user.id, template.id) if v.name != name]
        if len(others) >= MOST_VIEWS:
            raise Refused(Message("view.many_saved", {"most": MOST_VIEWS}), field="name")
        view_id = await saved_views.put(tx, user.id, template.id, name=name, stored=stored)
    return SavedView(view_id, name, stored)


async def rename_view(db: Database, user: User, template: ImportTemplate, view_id: int, *, name: str) -> None:
    """Give a view another name. Raises NotFound, and Refused when the name will not do."""
    name = _checked(name)
    async with db.write() as tx:
        await saved_views.rename(tx, user.id, template.id, view_id, name=name)


def _checked(name: str) -> str:
    name = views.tidy(name)
    if not name:
        raise Refused(Message("view.no_name"), field="name")
    if len(name) > MAX_NAME_LENGTH:
        raise Refused(Message("view.name_too_long", {"most": MAX_NAME_LENGTH}), field="name")
    return name

"""The table `saved_views`: every function asks for whose they are, and finds nothing of anybody else's."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xlsapp.clock import utc_now
from xlsapp.db.connection import Connection
from xlsapp.db.errors import Taken
from xlsapp.errors import NotFound, Refused
from xlsapp.problems import Message


@dataclass(frozen=True, slots=True)
class SavedView:
    """A view of a template's records under a name; `stored` is what `views.to_dict` made of it."""

    id: int
    name: str
    stored: Mapping[str, Any]


async def list_for(conn: Connection, user_id: int, template_id: int) -> list[SavedView]:
    """A user's views of a template, by name."""
    rows = await conn.all(
        """
        SELECT id, name, view FROM saved_views
        WHERE import_template_id = :template_id AND user_id = :user_id
        """,
        template_id=template_id,
        user_id=user_id,
    )
    found = [SavedView(row["id"], row["name"], json.loads(row["view"])) for row in rows]
    return sorted(found, key=lambda view: view.name.casefold())


async def put(
    conn: Connection, user_id: int, template_id: int, *, name: str, stored: Mapping[str, Any]
) -> int:
    """Keep a view under a name, in the place of the one that has it. Returns its id."""
    kept = await conn.value(
        """
        INSERT INTO saved_views (import_template_id, user_id, name, view, created_at)
        VALUES (:template_id, :user_id, :name, :view, :now)
        ON CONFLICT (import_template_id, user_id, name) DO UPDATE SET view = excluded.view
        RETURNING id
        """,
        template_id=template_id,
        user_id=user_id,
        name=name,
        view=json.dumps(stored, ensure_ascii=False),
        now=utc_now(),
    )
    return int(kept)


async def rename(conn: Connection, user_id: int, template_id: int, view_id: int, *, name: str) -> None:
    """Give a view another name. Raises NotFound; and Refused when another one has that name."""
    try:
        renamed = await conn.run(
            """
            UPDATE saved_views SET name = :name
            WHERE id = :view_id AND import_template_id = :template_id AND user_id = :user_id
            """,
            name=name,
            view_id=view_id,
            template_id=template_id,
            user_id=user_id,
        )
    except Taken:
        raise Refused(Message("view.name_taken", {"name": name}), field="name") from None
    if not renamed:
        raise NotFound(f"view {view_id}")


async def remove(conn: Connection, user_id: int, template_id: int, view_id: int) -> None:
    """Keep a view no longer. Raises NotFound."""
    removed = await conn.run(
        """
        DELETE FROM saved_views
        WHERE id = :view_id AND import_template_id = :template_id AND user_id = :user_id
        """,
        view_id=view_id,
        template_id=template_id,
        user_id=user_id,
    )
    if not removed:
        raise NotFound(f"view {view_id}")

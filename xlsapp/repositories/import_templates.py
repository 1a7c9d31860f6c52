"""The table `import_templates`: every function asks for the owner, and finds nothing of anybody else's.

A template that was deleted lies in the bin, where nothing but the functions for the bin finds it.
"""

from dataclasses import replace
from itertools import chain, count

from xlsapp.clock import utc_now
from xlsapp.db.connection import Connection, Row
from xlsapp.db.errors import Taken
from xlsapp.errors import NotFound, Refused
from xlsapp.models import ImportTemplate, User
from xlsapp.problems import Message
from xlsapp.repositories import template_columns
from xlsapp.repositories.history import copies
from xlsapp.repositories.records import data_records

# Parts the name of a template in the bin from its id: nobody types it by chance.
BIN_MARK = "\u241f"

# A name has 100 characters at the most: see services/templates/naming.py.
LONGEST_NUMBERED = 92


async def list_for(conn: Connection, user_id: int) -> list[ImportTemplate]:
    """A user's templates by name, each with its columns."""
    rows = await conn.all(
        "SELECT * FROM import_templates WHERE user_id = :user_id AND deleted_at IS NULL", user_id=user_id
    )
    columns = await template_columns.list_for_user(conn, user_id)
    templates = [replace(_template(row), columns=columns.get(row["id"], ())) for row in rows]
    return sorted(templates, key=lambda template: template.name.casefold())


async def find(conn: Connection, user_id: int, template_id: int) -> ImportTemplate:
    """One of a user's templates, with its columns. Raises NotFound."""
    row = await conn.one(
        """
        SELECT * FROM import_templates
        WHERE id = :template_id AND user_id = :user_id AND deleted_at IS NULL
        """,
        template_id=template_id,
        user_id=user_id,
    )
    if row is None:
        raise NotFound(f"import template {template_id}")
    return replace(_template(row), columns=await template_columns.list_for(conn, template_id))


async def add(conn: Connection, user_id: int, *, name: str, description: str, has_header: bool = True) -> int:
    """A new template without columns, and its empty table of records. Returns its id."""
    now = utc_now()
    try:
        template_id = await conn.value(
            """
            INSERT INTO import_templates (user_id, name, description, created_at, updated_at, has_header)
            VALUES (:user_id, :name, :description, :now, :now, :has_header)
            RETURNING id
            """,
            user_id=user_id,
            name=name,
            description=description,
            now=now,
            has_header=has_header,
        )
    except Taken:
        raise _name_taken(name) from None
    await data_records.create_table(conn, template_id)
    return int(template_id)


async def change(conn: Connection, user_id: int, template_id: int, *, name: str, description: str) -> None:
    """Rename or describe a template."""
    try:
        await conn.run(
            """
            UPDATE import_templates SET name = :name, description = :description, updated_at = :now
            WHERE id = :template_id AND user_id = :user_id
            """,
            user_id=user_id,
            template_id=template_id,
            name=name,
            description=description,
            now=utc_now(),
        )
    except Taken:
        raise _name_taken(name) from None


async def remember_header(conn: Connection, user_id: int, template_id: int, *, has_header: bool) -> None:
    """Store whether a template's files have a header row."""
    await conn.run(
        """
        UPDATE import_templates SET has_header = :has_header
        WHERE id = :template_id AND user_id = :user_id
        """,
        user_id=user_id,
        template_id=template_id,
        has_header=has_header,
    )


async def hand_over(conn: Connection, owner: User, heir_id: int) -> int:
    """Give all templates of an account to another one, under numbered names where theirs are taken.

    Returns how many there were.
    """
    templates = await list_for(conn, owner.id)
    for template in templates:
        await conn.run(
            "UPDATE import_templates SET user_id = :heir_id, name = :name WHERE id = :template_id",
            heir_id=heir_id,
            name=await _free_name(conn, heir_id, template.name),
            template_id=template.id,
        )
    return len(templates)


async def move_to_bin(conn: Connection, user_id: int, template_id: int) -> None:
    """Put a template into the bin, with all that it has. Raises NotFound."""
    template = await find(conn, user_id, template_id)
    await conn.run(
        "UPDATE import_templates SET name = :name, deleted_at = :now WHERE id = :template_id",
        name=f"{template.name}{BIN_MARK}{template_id}",
        now=utc_now(),
        template_id=template_id,
    )


async def list_binned(conn: Connection, user_id: int) -> list[ImportTemplate]:
    """A user's templates in the bin, without their columns, under the names that they had; last in first."""
    rows = await conn.all(
        """
        SELECT * FROM import_templates WHERE user_id = :user_id AND deleted_at IS NOT NULL
        ORDER BY deleted_at DESC, id DESC
        """,
        user_id=user_id,
    )
    return [_binned(row) for row in rows]


async def find_binned(conn: Connection, user_id: int, template_id: int) -> ImportTemplate:
    """One of them. Raises NotFound."""
    found = [each for each in await list_binned(conn, user_id) if each.id == template_id]
    if not found:
        raise NotFound(f"import template {template_id} in the bin")
    return found[0]


async def restore(conn: Connection, user_id: int, template_id: int) -> ImportTemplate:
    """Take a template out of the bin, under a numbered name where its own is taken. Raises NotFound."""
    template = await find_binned(conn, user_id, template_id)
    await conn.run(
        "UPDATE import_templates SET name = :name, deleted_at = NULL WHERE id = :template_id",
        name=await _free_name(conn, user_id, template.name),
        template_id=template_id,
    )
    return await find(conn, user_id, template_id)


async def binned_before(conn: Connection, moment: str) -> list[ImportTemplate]:
    """Everybody's templates that lie in the bin since before a moment (UTC text), the oldest first."""
    rows = await conn.all(
        "SELECT * FROM import_templates WHERE deleted_at < :moment ORDER BY deleted_at, id", moment=moment
    )
    return [_binned(row) for row in rows]


async def remove(conn: Connection, user_id: int, template_id: int) -> None:
    """Remove a template, in the bin or not, with its columns, imports, records and their history.

    Raises NotFound.
    """
    has_history = await copies.has_table(conn, template_id)
    removed = await conn.run(
        "DELETE FROM import_templates WHERE id = :template_id AND user_id = :user_id",
        template_id=template_id,
        user_id=user_id,
    )
    if not removed:
        raise NotFound(f"import template {template_id}")
    await data_records.drop_table(conn, template_id)
    if has_history:
        await copies.drop_table(conn, template_id)


def _name_taken(name: str) -> Refused:
    return Refused(Message("draft.name_taken", {"name": name}), field="name")


async def _free_name(conn: Connection, user_id: int, name: str) -> str:
    """A name, or a numbered one where the user has a template of that name."""
    taken = {template.name for template in await list_for(conn, user_id)}
    numbered = (f"{name[:LONGEST_NUMBERED]} ({number})" for number in count(2))
    return next(each for each in chain([name], numbered) if each not in taken)


def _binned(row: Row) -> ImportTemplate:
    template = _template(row)
    return replace(template, name=template.name.removesuffix(f"{BIN_MARK}{template.id}"))


def _template(row: Row) -> ImportTemplate:
    return ImportTemplate(**{**row, "has_header": bool(row["has_header"])})

"""The table `changes`: one row for each change of a template's records. It is data's history, not jobs'.

Ids grow in the order in which a template's changes are committed, so a program can follow along by them.
"""

import enum
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from xlsapp.clock import utc_now
from xlsapp.db.connection import Connection, Row
from xlsapp.errors import NotFound
from xlsapp.models import ColumnRules, ColumnType, Remembered, TemplateColumn


class ChangeKind(enum.StrEnum):
    """What was done. The value is what the database and the API call it."""

    ADD = "add"
    """Records were added by hand, or by a program."""
    EDIT = "edit"
    DELETE = "delete"
    IMPORT = "import"
    COLUMNS = "columns"
    """A column was removed, or got another type."""
    UNDO = "undo"
    ERASE = "erase"
    """The history of a record was erased."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something, and with which access token if it is a program."""

    user_id: int
    token: str = ""


@dataclass(frozen=True, slots=True)
class RecordsChange:
    """One change, as it was noted."""

    id: int
    import_template_id: int
    kind: ChangeKind
    at: str
    user_id: int | None
    email: str | None
    """Of who it was; None where the account is gone."""
    token: str
    job_id: str | None
    import_id: int | None
    file_name: str
    undoes: int | None
    """The change that this one has taken back."""
    undone_by: int | None
    """The change that has taken this one back."""
    created: int
    changed: int
    deleted: int
    returned: int
    """How many deleted records an undo has brought back."""
    first_created: int | None
    last_created: int | None
    """The ids of records that were created are all that there are between these."""
    first_copy: int | None
    last_copy: int | None
    """Its copies are between these; some of another change may be, too."""
    before_first_row: int | None
    """What a created record's `position` is more than its row in the workbook."""
    bytes: int
    """What its copies take, about."""
    details: Mapping[str, Any]
    is_open: bool
    """Whether more of it may come: it goes on in further transactions."""
    is_whole: bool
    """Whether all its copies are there still."""


NUMBERS = ("created", "changed", "deleted", "returned", "bytes")

SELECT = """
    SELECT c.*, u.email FROM changes AS c LEFT JOIN users AS u ON u.id = c.user_id
    WHERE c.import_template_id = :template_id
"""


async def add(
    tx: Connection,
    template_id: int,
    kind: ChangeKind,
    actor: Actor,
    *,
    job_id: str | None = None,
    undoes: int | None = None,
    is_open: bool = False,
) -> int:
    """A new change, of nothing yet. Returns its id. The template's records are locked for others."""
    return int(
        await tx.value(
            """
            INSERT INTO changes (import_template_id, kind, at, user_id, token, job_id, undoes, is_open)
            VALUES (:template_id, :kind, :now, :user_id, :token, :job_id, :undoes, :is_open)
            RETURNING id
            """,
            template_id=template_id,
            kind=kind.value,
            now=utc_now(),
            user_id=actor.user_id,
            token=actor.token,
            job_id=job_id,
            undoes=undoes,
            is_open=is_open,
        )
    )


async def go_on(tx: Connection, change_id: int, *, more: Mapping[str, int], **members: Any) -> None:
    """Add to a change's numbers, and store members that are not None."""
    known = {name: value for name, value in members.items() if value is not None}
    if "details" in known:
        known["details"] = json.dumps(known["details"], ensure_ascii=False)
    sums = ", ".join(f"{name} = {name} + :{name}" for name in NUMBERS)
    sets = "".join(f", {name} = {_kept(name)}" for name in known)
    numbers = {name: more.get(name, 0) for name in NUMBERS}
    await tx.run(
        f"UPDATE changes SET {sums}{sets} WHERE id = :change_id", **numbers, **known, change_id=change_id
    )


def _kept(name: str) -> str:
    """The first of some ids stays what it was in an earlier transaction."""
    return f"COALESCE({name}, :{name})" if name.startswith("first_") else f":{name}"


def column_to_dict(column: TemplateColumn) -> dict[str, Any]:
    """A column as it was, for the details of the change that removes it."""
    return {
        "name": column.name,
        "type": column.type.value,
        "position": column.position,
        "required": column.required,
        "rules": column.rules.to_json(),
        "aliases": list(column.aliases),
        "remembered": column.remembered.to_json(),
    }


def column_from_dict(column_id: int, stored: Mapping[str, Any]) -> TemplateColumn:
    """What `column_to_dict` wrote."""
    return TemplateColumn(
        id=column_id,
        name=stored["name"],
        type=ColumnType(stored["type"]),
        position=stored["position"],
        required=stored["required"],
        rules=ColumnRules.from_json(stored["rules"]),
        aliases=tuple(stored["aliases"]),
        remembered=Remembered.from_json(stored["remembered"]),
    )


async def former_columns(conn: Connection, template_id: int) -> dict[int, TemplateColumn]:
    """The columns that were removed, or got another type, as far as it is known, by id."""
    rows = await conn.all(
        "SELECT details FROM changes WHERE import_template_id = :template_id AND kind = :kind",
        template_id=template_id,
        kind=ChangeKind.COLUMNS.value,
    )
    gone = [each for row in rows for each in json.loads(row["details"]).get("columns", ())]
    return {each["id"]: column_from_dict(each["id"], each["column"]) for each in gone}


async def forget(tx: Connection, change_id: int) -> None:
    """Remove a change in which nothing happened."""
    await tx.run("DELETE FROM changes WHERE id = :change_id", change_id=change_id)


async def find(conn: Connection, template_id: int, change_id: int) -> RecordsChange:
    """One change of a template. Raises NotFound."""
    row = await conn.one(f"{SELECT} AND c.id = :change_id", template_id=template_id, change_id=change_id)
    if row is None:
        raise NotFound(f"change {change_id}")
    return _change(row)


async def of_imports(
    conn: Connection, template_id: int, import_ids: Collection[int]
) -> dict[int, RecordsChange]:
    """The changes that imports were, as far as they are known still, by the imports' ids."""
    rows = await conn.all(
        f"{SELECT} AND {conn.dialect.among('c.import_id')}",
        template_id=template_id,
        ids=conn.dialect.listed(import_ids),
    )
    return {row["import_id"]: _change(row) for row in rows}


async def get_by_job(conn: Connection, template_id: int, job_id: str) -> RecordsChange | None:
    """The change that a job has made, or makes, if it is known still."""
    row = await conn.one(f"{SELECT} AND c.job_id = :job_id", template_id=template_id, job_id=job_id)
    return _change(row) if row else None


async def get_of_job(conn: Connection, job_id: str) -> RecordsChange | None:
    """The same of whichever template."""
    template_id = await conn.value(
        "SELECT import_template_id FROM changes WHERE job_id = :job_id", job_id=job_id
    )
    return await get_by_job(conn, template_id, job_id) if template_id is not None else None


async def close(tx: Connection, change_id: int) -> None:
    """Nothing more comes of a change, although it had not come to its end."""
    await tx.run("UPDATE changes SET is_open = FALSE WHERE id = :change_id", change_id=change_id)


async def list_before(
    conn: Connection, template_id: int, change_id: int | None, *, limit: int
) -> list[RecordsChange]:
    """Changes newest first: the latest, or those before one."""
    before = "AND c.id < :change_id" if change_id is not None else ""
    params = {"change_id": change_id} if change_id is not None else {}
    rows = await conn.all(
        f"{SELECT} {before} ORDER BY c.id DESC LIMIT :limit", template_id=template_id, limit=limit, **params
    )
    return list(map(_change, rows))


async def list_after(
    conn: Connection, template_id: int, change_id: int, *, limit: int
) -> list[RecordsChange]:
    """Changes oldest first, behind one, for who follows along: up to the first that is not over yet."""
    first_open = "SELECT MIN(o.id) FROM changes AS o WHERE o.import_template_id = :template_id AND o.is_open"
    rows = await conn.all(
        f"""
        {SELECT} AND c.id > :change_id AND c.id < COALESCE(({first_open}), c.id + 1)
        ORDER BY c.id LIMIT :limit
        """,
        template_id=template_id,
        change_id=change_id,
        limit=limit,
    )
    return list(map(_change, rows))


async def find_some(conn: Connection, template_id: int, ids: set[int]) -> dict[int, RecordsChange]:
    """Those of a template's changes that have these ids, by id."""
    rows = await conn.all(
        f"{SELECT} AND {conn.dialect.among('c.id')}", template_id=template_id, ids=conn.dialect.listed(ids)
    )
    return {row["id"]: _change(row) for row in rows}


async def creator_of(conn: Connection, template_id: int, record_id: int) -> RecordsChange | None:
    """The change that has created a record, if it is known still."""
    # What one change creates has ids of its own, all behind those before.
    row = await conn.one(
        f"{SELECT} AND c.first_created <= :record_id ORDER BY c.first_created DESC LIMIT 1",
        template_id=template_id,
        record_id=record_id,
    )
    return _change(row) if row and row["last_created"] >= record_id else None


async def note_undone(tx: Connection, change_id: int, by: int | None) -> None:
    """A change is taken back by another one; or holds again, with None."""
    await tx.run("UPDATE changes SET undone_by = :by WHERE id = :change_id", by=by, change_id=change_id)


def _change(row: Row) -> RecordsChange:
    members = {f.name: row[f.name] for f in fields(RecordsChange)}
    return RecordsChange(
        **{
            **members,
            "kind": ChangeKind(row["kind"]),
            "details": json.loads(row["details"]),
            "is_open": bool(row["is_open"]),
            "is_whole": bool(row["is_whole"]),
        }
    )

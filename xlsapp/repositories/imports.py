"""The table `imports`: the imports that were carried out, which records refer to."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from xlsapp.clock import utc_now
from xlsapp.db.connection import Connection, Row
from xlsapp.models import Import


async def list_for(conn: Connection, template_id: int, *, limit: int) -> list[Import]:
    """A template's latest imports, newest first."""
    rows = await conn.all(
        "SELECT * FROM imports WHERE import_template_id = :template_id ORDER BY id DESC LIMIT :limit",
        template_id=template_id,
        limit=limit,
    )
    return [_import(row) for row in rows]


async def find_some(conn: Connection, template_id: int, ids: Iterable[int]) -> dict[int, Import]:
    """Those of a template's imports that have these ids, by id."""
    rows = await conn.all(
        f"""
        SELECT * FROM imports WHERE import_template_id = :template_id AND {conn.dialect.among("id")}
        """,
        template_id=template_id,
        ids=conn.dialect.listed(ids),
    )
    return {row["id"]: _import(row) for row in rows}


async def get_by_job(conn: Connection, job_id: str) -> Import | None:
    """The import that a job carried out, if it has."""
    row = await conn.one("SELECT * FROM imports WHERE job_id = :job_id", job_id=job_id)
    return _import(row) if row else None


async def list_of_file(conn: Connection, template_id: int, file_hash: str, *, limit: int) -> list[Import]:
    """The latest imports of one file into a template, newest first."""
    rows = await conn.all(
        """
        SELECT * FROM imports WHERE import_template_id = :template_id AND file_hash = :file_hash
        ORDER BY id DESC LIMIT :limit
        """,
        template_id=template_id,
        file_hash=file_hash,
        limit=limit,
    )
    return [_import(row) for row in rows]


async def add(
    conn: Connection, *, job_id: str, template_id: int, user_id: int, file_name: str, file_hash: str = ""
) -> int:
    """A new import. Returns its id. A job carries out one import: the second one raises Taken.

    `file_hash` is the SHA-256 of its file; nothing where that is not known.
    """
    return int(
        await conn.value(
            """
            INSERT INTO imports (job_id, import_template_id, user_id, file_name, file_hash, created_at)
            VALUES (:job_id, :template_id, :user_id, :file_name, :file_hash, :now)
            RETURNING id
            """,
            job_id=job_id,
            template_id=template_id,
            user_id=user_id,
            file_name=file_name,
            file_hash=file_hash or None,
            now=utc_now(),
        )
    )


async def store_summary(conn: Connection, import_id: int, summary: Mapping[str, Any]) -> None:
    """Keep what an import did."""
    await conn.run(
        "UPDATE imports SET summary = :summary WHERE id = :import_id",
        import_id=import_id,
        summary=json.dumps(summary, ensure_ascii=False),
    )


def _import(row: Row) -> Import:
    return Import(
        id=row["id"],
        job_id=row["job_id"],
        import_template_id=row["import_template_id"],
        file_name=row["file_name"],
        created_at=row["created_at"],
        summary=json.loads(row["summary"]),
    )

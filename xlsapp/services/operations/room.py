"""What takes room, by what it is for: in the data folder, or in a PostgreSQL."""

import asyncio
from collections.abc import Mapping, Sequence

from xlsapp.db.connection import Database
from xlsapp.services.operations.disk import Disk

# What is in the data folder; all that is not named is `other`.
PARTS: Mapping[str, Sequence[str]] = {
    "data": ("data",),
    "jobs": ("queue", "status"),
    "uploads": ("uploads", "samples", "asked"),
    "staging": ("staging", "reviews"),
    "exports": ("exports",),
    "problems": ("reports",),
    "backups": ("backups",),
}

OF_FILES = ("uploads", "exports", "problems")

SCHEMAS = """
SELECT nspname AS name, CAST(sum(pg_total_relation_size(pg_class.oid)) AS BIGINT) AS size_bytes
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind = 'r' AND nspname <> 'information_schema' AND NOT starts_with(nspname, 'pg_')
GROUP BY nspname
"""

# A file with two names counts once, for the first of them.
FILES = """
SELECT name, CAST(sum(size_bytes) AS BIGINT) AS size_bytes
FROM (
    SELECT content, min(split_part(key, '/', 1)) AS name FROM files.names GROUP BY content
) AS named JOIN files.contents ON contents.id = content
GROUP BY name
"""


async def parts_of_folder(disk: Disk) -> dict[str, int]:
    """Bytes by the names of PARTS, and `other`."""
    entries = await asyncio.to_thread(disk.parts)
    parts = {name: sum(entries.get(entry, 0) for entry in held) for name, held in PARTS.items()}
    return {**parts, "other": sum(entries.values()) - sum(parts.values())}


async def parts_of_database(db: Database, *, with_files: bool) -> dict[str, int]:
    """The same of a database. Files may be elsewhere; what is left of those that were removed is `gone`."""
    async with db.read() as conn:
        size = int(await conn.value("SELECT pg_database_size(current_database())"))
        schemas = {row["name"]: row["size_bytes"] for row in await conn.all(SCHEMAS)}
        files = {row["name"]: row["size_bytes"] for row in await conn.all(FILES)}
    staging = sum(taken for name, taken in schemas.items() if name.startswith(("staging_", "review_")))
    parts = {
        "data": schemas.get("data", 0),
        "jobs": schemas.get("queue", 0) + schemas.get("status", 0),
        **{name: sum(files.get(entry, 0) for entry in PARTS[name]) for name in OF_FILES},
        "staging": staging,
    }
    if with_files:
        parts["gone"] = max(0, schemas.get("files", 0) - sum(files.values()))
    here = sum(parts.values()) - (0 if with_files else sum(files.values()))
    return {**parts, "other": max(0, size - here)}

"""Files of 100 MB in and out, in chunks in PostgreSQL and in what speaks like S3: seconds, and memory."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.postgres_cluster import durable_cluster
from tests.object_store import BUCKET, object_store

MEGABYTES = 100
WRITTEN_AT_ONCE = 512 * 1024
SENT_AT_ONCE = 256 * 1024


def run(*, rounds: int, megabytes: int = MEGABYTES) -> dict[str, Any]:
    """Medians over rounds, each in a process of its own; of the memory, the most."""
    found: dict[str, Any] = {"megabytes": megabytes}
    with durable_cluster() as cluster, cluster.database() as url, object_store() as store:
        for kind, environment in (("chunks", {}), ("objects", store.environment)):
            taken = [_in_process(kind, url, environment, megabytes) for _ in range(rounds)]
            found[kind] = {
                "in_seconds": statistics.median(each["in_seconds"] for each in taken),
                "sent_seconds": statistics.median(each["sent_seconds"] for each in taken),
                "fetched_seconds": statistics.median(each["fetched_seconds"] for each in taken),
                "memory_mb": max(each["memory_mb"] for each in taken),
            }
    return found


def table(found: dict[str, Any]) -> str:
    """The figures as lines of a table."""
    lines = [
        f"files of {found['megabytes']} MB | in | sent on | fetched | memory for it",
        "| ".join(["---"] * 5),
    ]
    for kind, words in (("chunks", "chunks in PostgreSQL"), ("objects", "objects over HTTP, in moto")):
        f = found[kind]
        lines.append(
            f"{words} | {f['in_seconds']:.2f} s | {f['sent_seconds']:.2f} s | {f['fetched_seconds']:.2f} s | "
            f"{f['memory_mb']:.0f} MB"
        )
    return "\n".join(lines)


def _in_process(kind: str, url: str, environment: Mapping[str, str], megabytes: int) -> dict[str, float]:
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return dict(pool.apply(_measured, (kind, url, dict(environment), megabytes)))


def _measured(kind: str, url: str, environment: dict[str, str], megabytes: int) -> dict[str, float]:
    os.environ.update(environment)
    return asyncio.run(_files(kind, url, megabytes))


async def _files(kind: str, url: str, megabytes: int) -> dict[str, float]:
    from xlsapp.db.postgres.database import PostgresDatabase
    from xlsapp.db.postgres.migrate import migrate
    from xlsapp.files.catalog import Catalog
    from xlsapp.files.chunks import ChunkContents
    from xlsapp.files.copies import Copies
    from xlsapp.files.objects import ObjectContents
    from xlsapp.files.shared import SharedFiles

    migrate(url)
    db = await PostgresDatabase.open(url)
    with tempfile.TemporaryDirectory() as folder:
        contents = ChunkContents(db) if kind == "chunks" else ObjectContents.at(f"s3://{BUCKET}/bench")
        files = SharedFiles(Catalog(db), contents, Copies(Path(folder)))
        await _keep(files, "uploads/small", 1)
        before = _peak_mb()
        figures = {"in_seconds": await _timed(_keep(files, "uploads/large", megabytes))}
        figures["sent_seconds"] = await _timed(_send(files, "uploads/large", megabytes))
        figures["fetched_seconds"] = await _timed(_fetch(files, "uploads/large", megabytes))
        figures["memory_mb"] = _peak_mb() - before
    await db.close()
    return figures


async def _keep(files: Any, key: str, megabytes: int) -> None:
    piece = os.urandom(WRITTEN_AT_ONCE)
    async with files.writing(key) as incoming:
        for _ in range(megabytes * 1024 * 1024 // WRITTEN_AT_ONCE):
            await incoming.write(piece)


async def _send(files: Any, key: str, megabytes: int) -> None:
    size = 0
    async with files.opened(key) as reader:
        while piece := await reader.read(SENT_AT_ONCE):
            size += len(piece)
    assert size == megabytes * 1024 * 1024


async def _fetch(files: Any, key: str, megabytes: int) -> None:
    async with files.fetched(key) as path:
        assert path.stat().st_size == megabytes * 1024 * 1024


async def _timed(work: Any) -> float:
    started = time.monotonic()
    await work
    return time.monotonic() - started


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

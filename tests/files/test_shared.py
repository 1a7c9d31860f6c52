"""Files that several machines share: in chunks in PostgreSQL."""

import asyncio

import pytest

from tests.files.conftest import BUCKET
from tests.files.contract import LONG, SharedFilesContract, content_of, keep
from xlsapp.db.errors import Unreachable
from xlsapp.files.copies import own_folder


@pytest.fixture
def chunks(postgres_db):
    from xlsapp.files.chunks import ChunkContents

    return ChunkContents(postgres_db)


@pytest.fixture
def files(shared, chunks):
    return shared(chunks)


@pytest.fixture
def all_settled(monkeypatch):
    """What is new is settled, too."""
    monkeypatch.setattr("xlsapp.files.catalog.SETTLING_SECONDS", 0)


async def tables(db) -> list[str]:
    async with db.read() as conn:
        rows = await conn.all("SELECT tablename FROM pg_tables WHERE tablename ~ '^chunks_' ORDER BY 1")
    return [row["tablename"] for row in rows]


@pytest.mark.usefixtures("all_settled")
class TestChunks(SharedFilesContract):
    pass


@pytest.mark.usefixtures("all_settled")
class TestObjects(SharedFilesContract):
    @pytest.fixture
    def files(self, shared, s3):
        from xlsapp.files.objects import ObjectContents

        return shared(ObjectContents.at(f"s3://{BUCKET}/tests", **s3))

    async def test_objects_go_some_time_after_their_last_name(self, files, later):
        await keep(files, "uploads/a", LONG)
        await keep(files, "uploads/b", LONG)
        contents = [await files.catalog.get(f"uploads/{name}") for name in "ab"]
        await files.remove("uploads/a")

        for _ in range(2):
            await later(hours=7)
            await files.sweep()

        with pytest.raises(Unreachable):
            await files.contents.reader(contents[0]).read(1)
        assert await content_of(files, "uploads/b") == LONG


async def test_a_file_that_is_new_may_belong_to_a_job_that_another_process_is_about_to_accept(files, later):
    await keep(files, "uploads/a", b"content")
    assert await files.settled() == []

    await later(hours=1)
    assert await files.settled() == ["uploads/a"]


async def test_bytes_go_some_time_after_the_last_name_and_a_day_goes_as_a_whole(files, later, postgres_db):
    await keep(files, "uploads/a", LONG)
    await keep(files, "uploads/b", LONG)
    async with postgres_db.write() as tx:
        day = await tx.value("UPDATE files.contents SET day = '20250131' RETURNING day")
        present = (await tables(postgres_db))[-1]
        await tx.run(f"ALTER TABLE files.{present} RENAME TO chunks_{day}")
    await files.remove("uploads/a")

    for _ in range(2):
        await files.sweep()
        await later(hours=7)
    await files.sweep()
    assert await content_of(files, "uploads/b") == LONG
    assert "chunks_20250131" in await tables(postgres_db)

    await files.remove("uploads/b")
    for _ in range(2):
        await files.sweep()
        await later(hours=7)
    await files.sweep()
    assert "chunks_20250131" not in await tables(postgres_db)


async def test_who_takes_longer_than_a_sweep_waits_is_told_so(files, later):
    with pytest.raises(Unreachable, match="given up"):
        async with files.writing("uploads/a") as incoming:
            await incoming.write(LONG)
            await later(hours=7)
            await files.sweep()

    assert await files.find("uploads/a") == {}


async def test_several_processes_make_a_days_table_at_once(postgres_db, shared):
    from xlsapp.files.chunks import ChunkContents

    async with postgres_db.write() as tx:
        for table in await tables(postgres_db):
            await tx.run(f"DROP TABLE files.{table}")
    several = [shared(ChunkContents(postgres_db)) for _ in range(4)]

    await asyncio.gather(*(keep(each, f"uploads/{n}", b"content") for n, each in enumerate(several)))

    assert len(await several[0].find(*(f"uploads/{n}" for n in range(4)))) == 4


async def test_what_is_looked_at_again_is_fetched_once(files, chunks, monkeypatch):
    await keep(files, "uploads/a", LONG)
    fetched = []

    async def fetch(self, content, path):
        fetched.append(content.id)
        path.write_bytes(b"a copy")

    monkeypatch.setattr(type(chunks), "fetch", fetch)
    for _ in range(3):
        async with files.fetched("uploads/a", again=True) as path:
            assert path.read_bytes() == b"a copy"

    assert len(fetched) == 1


async def test_copies_of_a_process_that_was_killed_go_at_the_next_start(tmp_path):
    left = tmp_path / "copies-left"
    left.mkdir()
    (left / "lock").touch()
    (left / "copy").write_bytes(LONG)

    with own_folder(tmp_path) as first, own_folder(tmp_path) as second:
        assert first.is_dir()
        assert second.is_dir()
        assert not left.exists()
    assert not first.exists()

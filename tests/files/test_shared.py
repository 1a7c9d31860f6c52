"""Files that several machines share: in chunks in PostgreSQL."""

import asyncio
from dataclasses import replace

import httpx
import pytest

from tests.files.contract import LONG, SharedFilesContract, content_of, keep
from tests.object_store import BUCKET
from tests.server import NO_TLS
from xlsapp.cli.check_postgres import files_tried
from xlsapp.cli.looked_at import BAD, OK
from xlsapp.config import FileSettings, Settings
from xlsapp.db.errors import FilesAway, Unreachable
from xlsapp.errors import ConfigurationError
from xlsapp.files.copies import own_folder
from xlsapp.files.served import Served


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

    async def test_a_browser_is_led_to_the_object_under_the_name_that_it_was_made_for(self, files):
        named = Served("Kunden ä-2026.csv", "text/csv")
        async with files.made("exports/a", named) as made:
            made.path.write_bytes(LONG)
        await keep(files, "uploads/a", LONG)

        assert await files.address("exports/a", named) is None  # as long as the setting does not say so
        signing = replace(files, gives_addresses=True)
        address = await signing.address("exports/a", named)
        assert await signing.address("exports/a", Served("other.csv", "text/csv")) is None
        assert await signing.address("uploads/a", named) is None

        async with httpx.AsyncClient(verify=NO_TLS) as browser:
            answer = await browser.get(address)
        assert answer.content == LONG
        assert answer.headers["content-disposition"] == named.disposition
        assert answer.headers["content-type"] == "text/csv"

    @pytest.mark.parametrize(
        ("url", "other", "why"),
        [
            ("s3://no-such-bucket/x", {}, "there is no such bucket"),
            (
                f"s3://{BUCKET}/x",
                {"endpoint": "http://127.0.0.1:1"},
                "the store does not answer as it should",
            ),
        ],
    )
    async def test_a_store_that_does_not_do_what_it_is_asked_may_do_it_another_time(
        self, shared, s3, url, other, why
    ):
        from xlsapp.files.objects import ObjectContents

        away = ObjectContents.at(url, **s3 | other)
        with pytest.raises(FilesAway) as fault:
            await keep(shared(away), "uploads/a", LONG)
        assert away.why_not(fault.value).startswith(why)
        with pytest.raises(FilesAway):
            await away.try_out()

    async def test_xlsapp_check_tries_the_store_out(self, s3, monkeypatch):
        for name, value in (("ENDPOINT", s3["endpoint"]), ("ALLOW_HTTP", "true"), ("REGION", s3["region"])):
            monkeypatch.setenv(f"AWS_{name}", value)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3["access_key_id"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3["secret_access_key"])

        found = [
            await asyncio.to_thread(files_tried, Settings(files=FileSettings(url)))
            for url in (f"s3://{BUCKET}/x", "s3://no-such-bucket/x", "floppy://a/b")
        ]

        assert [looked.state for looked in found] == [OK, BAD, BAD]
        assert "takes files and gives them back; browsers get them through the app" in found[0].text
        assert found[1].text == "files.url is of no use: there is no such bucket."

    async def test_what_is_no_address_of_a_store_is_said_at_the_start(self):
        from xlsapp.files.objects import ObjectContents

        with pytest.raises(ConfigurationError, match="is no address of a store of files"):
            ObjectContents.at("floppy://a/b")

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

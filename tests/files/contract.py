"""What all Files must pass. A test module subclasses this and gives a `files` fixture, whose keys begin with
`uploads/` and `exports/`.
"""

import pytest

from xlsapp.files.files import Files

# Longer than a chunk, and no multiple of it.
LONG = bytes(range(251)) * 5_000


async def keep(files: Files, key: str, content: bytes, *, piece_bytes: int = 100_000) -> None:
    async with files.writing(key) as incoming:
        for start in range(0, len(content), piece_bytes):
            await incoming.write(content[start : start + piece_bytes])


async def content_of(files: Files, key: str) -> bytes | None:
    async with files.fetched(key) as path:
        return path.read_bytes() if path.exists() else None


class FilesContract:
    """Needs the fixture `files`."""

    @pytest.mark.parametrize("content", [b"", b"short", LONG], ids=["empty", "short", "long"])
    async def test_what_came_in_is_what_is_read(self, files, content):
        await keep(files, "uploads/a", content)

        assert await content_of(files, "uploads/a") == content
        found = (await files.find("uploads/a"))["uploads/a"]
        assert found.size_bytes == len(content)
        async with files.opened("uploads/a") as reader:
            assert await reader.read(len(content) + 1) == content

    async def test_any_part_of_a_file_can_be_read(self, files):
        await keep(files, "uploads/a", LONG)

        async with files.opened("uploads/a") as reader:
            for start, size in [
                (0, 1),
                (262_143, 2),
                (300_000, 600_000),
                (len(LONG) - 3, 10),
                (1000, 70_000),
            ]:
                await reader.seek(start)
                assert await reader.read(size) == LONG[start : start + size]
            assert await reader.read(50) == LONG[71_000:71_050]

    async def test_what_a_child_has_made_is_kept_when_it_has_ended_well(self, files):
        async with files.made("exports/a") as made:
            made.path.write_bytes(LONG)
        async with files.made("exports/nothing"):
            pass

        assert await content_of(files, "exports/a") == LONG
        assert await files.find("exports/nothing") == {}

    async def test_what_was_kept_on_the_way_is_there_whatever_comes_after(self, files):
        with pytest.raises(ValueError, match="a crash"):
            async with files.made("exports/a") as made:
                await made.keep()
                made.path.write_bytes(b"first")
                await made.keep()
                made.path.write_bytes(LONG)
                await made.keep()
                raise ValueError("a crash")

        assert await content_of(files, "exports/a") == LONG

    async def test_a_file_that_is_not_there_is_said_to_be_missing(self, files):
        assert await content_of(files, "uploads/a") is None
        with pytest.raises(FileNotFoundError):
            async with files.opened("uploads/a"):
                pass
        with pytest.raises(FileNotFoundError):
            await files.copy("uploads/a", "uploads/b")
        with pytest.raises(FileNotFoundError):
            await files.move("uploads/a", "uploads/b")
        await files.remove("uploads/a")

    async def test_a_second_name_is_the_same_file_and_outlives_the_first(self, files):
        await keep(files, "uploads/a", b"content")
        await keep(files, "uploads/b", b"other")

        await files.copy("uploads/a", "uploads/b")

        found = await files.find("uploads/a", "uploads/b", "uploads/c")
        assert found["uploads/a"].content == found["uploads/b"].content
        await files.remove("uploads/a")
        assert await content_of(files, "uploads/a") is None
        assert await content_of(files, "uploads/b") == b"content"

    async def test_a_file_that_is_moved_has_its_new_name_alone(self, files):
        await keep(files, "uploads/a", b"content")
        await keep(files, "exports/a", b"other")

        await files.move("uploads/a", "exports/a")

        assert list(await files.find("uploads/a", "exports/a")) == ["exports/a"]
        assert await content_of(files, "exports/a") == b"content"

    async def test_another_file_may_take_a_name(self, files):
        await keep(files, "uploads/a", LONG)
        await keep(files, "uploads/a", b"newer")

        assert await content_of(files, "uploads/a") == b"newer"

    async def test_all_names_are_listed_and_what_is_removed_is_not(self, files):
        for key in ("uploads/a", "uploads/b", "exports/a"):
            await keep(files, key, b"content")
        await files.remove("uploads/b", "uploads/never")

        assert sorted(await files.settled()) == ["exports/a", "uploads/a"]

    async def test_who_reads_the_same_file_again_reads_the_same(self, files):
        await keep(files, "uploads/a", b"content")
        async with files.fetched("uploads/a", again=True) as first:
            async with files.fetched("uploads/a", again=True) as second:
                assert second.read_bytes() == b"content"
            assert first.read_bytes() == b"content"
        await keep(files, "uploads/a", b"newer")

        async with files.fetched("uploads/a", again=True) as path:
            assert path.read_bytes() == b"newer"


class SharedFilesContract(FilesContract):
    """What is more where several machines work on the same files."""

    async def test_a_file_that_came_in_by_half_is_not_there(self, files):
        with pytest.raises(ValueError, match="gone away"):
            async with files.writing("uploads/a") as incoming:
                await incoming.write(LONG)
                assert await files.find("uploads/a") == {}
                raise ValueError("gone away")

        assert await files.find("uploads/a") == {}
        assert await content_of(files, "uploads/a") is None

    async def test_what_attempts_have_made_lies_below_their_job_and_goes_with_it(self, files):
        for key in ("exports/a/1", "exports/a/2", "exports/ab/1"):
            await keep(files, key, key.encode())

        assert list(await files.find("exports/a")) == ["exports/a/1", "exports/a/2"]
        await files.remove("exports/a")
        assert list(await files.find("exports/a", "exports/ab")) == ["exports/ab/1"]

    async def test_a_copy_that_was_fetched_is_gone_afterwards(self, files):
        await keep(files, "uploads/a", LONG)
        async with files.fetched("uploads/a") as path:
            assert path.exists()
        assert not path.exists()

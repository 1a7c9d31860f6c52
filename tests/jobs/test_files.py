"""What the files of jobs take is known without looking at each of them for every upload."""

from pathlib import Path

import pytest

from xlsapp.db.runs import Run
from xlsapp.files.served import Served
from xlsapp.jobs.files import JobFiles, prepare_folders


@pytest.fixture
def files(tmp_path: Path) -> JobFiles:
    prepare_folders(tmp_path)
    return JobFiles.in_folder(tmp_path)


async def receive(files: JobFiles, job_id: str, content: bytes) -> None:
    async with files.receive(job_id) as incoming:
        await incoming.write(content)


async def taken(files: JobFiles) -> int:
    return await files.bytes_of(["done", "next", "runs"], ended={"done"})


async def test_files_of_ended_jobs_count_until_they_are_removed(files):
    async with files.make_export(Run("done", 1), Served("a.csv", "text/csv")) as made:
        made.path.write_bytes(b"12345")
    await receive(files, "done", b"123")
    await receive(files, "runs", b"1")
    assert await taken(files) == 9

    await files.remove_work("done")
    await receive(files, "runs", b"12")
    assert await taken(files) == 7

    await files.remove_all("done")
    assert await taken(files) == 2


async def test_a_kept_workbook_counts_once_and_until_it_is_forgotten(files):
    await receive(files, "done", b"123")
    await files.keep_asked("done")
    await files.remove_work("done")
    assert await taken(files) == 3

    await files.start_from_asked("done", "next")
    assert await taken(files) == 3  # the same file under two names

    await files.forget_asked(["done"])
    await files.remove_work("next")
    assert await taken(files) == 0


async def test_what_is_removed_while_it_is_looked_at_is_not_remembered(files, monkeypatch):
    await receive(files, "done", b"123")
    look = JobFiles._look

    async def look_and_lose(self, job_ids):
        found = await look(self, job_ids)
        await self.remove_work("done")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(JobFiles, "_look", look_and_lose)
        await files.bytes_of(["done"], ended={"done"})

    assert await taken(files) == 0


async def test_what_each_account_takes_is_found_for_all_at_once(files):
    await receive(files, "done", b"123")
    await receive(files, "runs", b"1")
    files.staging("runs").write_bytes(b"12")

    assert await files.bytes_by_owner({1: ["done", "gone"], 2: ["runs"], 3: []}) == {1: 3, 2: 3, 3: 0}

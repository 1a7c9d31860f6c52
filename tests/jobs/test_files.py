"""What the files of jobs take is known without looking at each of them for every upload."""

from pathlib import Path

import pytest

from xlsapp.jobs.files import JobFiles


@pytest.fixture
def files(tmp_path: Path) -> JobFiles:
    found = JobFiles(tmp_path)
    found.prepare()
    return found


def taken(files: JobFiles) -> int:
    return files.bytes_of(["done", "next", "runs"], ended={"done"})


def test_files_of_ended_jobs_count_until_they_are_removed(files):
    files.export("done").write_bytes(b"12345")
    files.upload("done").write_bytes(b"123")
    files.upload("runs").write_bytes(b"1")
    assert taken(files) == 9

    files.remove_work("done")
    files.upload("runs").write_bytes(b"12")
    assert taken(files) == 7

    files.remove_all("done")
    assert taken(files) == 2


def test_a_kept_workbook_counts_once_and_until_it_is_forgotten(files):
    files.upload("done").write_bytes(b"123")
    files.keep_asked("done")
    files.remove_work("done")
    assert taken(files) == 3

    files.start_from_asked("done", "next")
    assert taken(files) == 3  # the same file under two names

    files.forget_asked(["done"])
    files.remove_work("next")
    assert taken(files) == 0


def test_what_is_removed_while_it_is_looked_at_is_not_remembered(files, monkeypatch):
    files.upload("done").write_bytes(b"123")
    look = JobFiles._look

    def look_and_lose(self: JobFiles, job_id: str) -> dict[int, int]:
        found = look(self, job_id)
        self.remove_work(job_id)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(JobFiles, "_look", look_and_lose)
        files.bytes_of(["done"], ended={"done"})

    assert taken(files) == 0

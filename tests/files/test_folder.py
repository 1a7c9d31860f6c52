"""Files in a folder."""

import pytest

from tests.files.contract import FilesContract, keep
from xlsapp.errors import NoRoom
from xlsapp.files.folder import FolderFiles
from xlsapp.services.operations.disk import no_room


@pytest.fixture
def files(tmp_path):
    for folder in ("uploads", "exports"):
        (tmp_path / folder).mkdir()
    return FolderFiles(tmp_path, ("uploads", "exports"))


class TestFolderFiles(FilesContract):
    pass


async def test_a_file_is_worked_on_in_its_place(files, tmp_path):
    await keep(files, "uploads/a", b"content")

    async with files.fetched("uploads/a") as path:
        assert path == tmp_path / "uploads/a"


async def test_nothing_is_written_where_there_is_no_room(files, tmp_path):
    def full(needed_bytes: int) -> None:
        raise no_room()

    with pytest.raises(NoRoom):
        await keep(FolderFiles(tmp_path, files.folders, full), "uploads/a", b"content")

    assert (tmp_path / "uploads/a").read_bytes() == b""

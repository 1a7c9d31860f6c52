"""A file that another process writes is read while it grows, and anew where it is written anew."""

import threading
from contextlib import closing

import pytest

from xlsapp.services.engines.growing_file import GivenUp, GrowingFile, StartedAgain


def test_what_is_written_in_pieces_is_read_in_order(tmp_path):
    path = tmp_path / "rows.csv"
    growing = GrowingFile(path)
    went_on = threading.Event()

    def write():
        with path.open("wb", buffering=0) as file:
            file.write(b"row,c")
            file.write(b"1\n2,a")
            went_on.wait(10)
            file.write(b"da\n")
        growing.end()

    writing = threading.Thread(target=write)
    writing.start()

    with closing(growing):
        assert growing.readline() == b"row,c1\n"
        assert growing.read(3) == b"2,a"
        went_on.set()
        assert growing.read(3) + growing.read(3) + growing.read(3) == b"da\n"
    writing.join()


def test_another_file_of_the_name_is_read_from_its_beginning(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(b"row\n2\n")
    growing = GrowingFile(path)
    assert (growing.readline(), growing.read(9)) == (b"row\n", b"2\n")
    path.unlink()
    path.write_bytes(b"row\n3\n")
    growing.end()

    with closing(growing):
        with pytest.raises(StartedAgain):
            growing.read(9)
        assert (growing.readline(), growing.read(9), growing.read(9)) == (b"row\n", b"3\n", b"")


def test_who_waits_for_more_is_told_that_nobody_wants_it(tmp_path):
    growing = GrowingFile(tmp_path / "rows.csv")
    threading.Timer(0.05, growing.give_up).start()

    with pytest.raises(GivenUp):
        growing.readline()

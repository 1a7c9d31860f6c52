"""Programs that tests start beside the app."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tests.conftest import missing


def program(name: str) -> str:
    """Where a program is; the test is skipped, or fails under CI, where it is not."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        missing(name)
    assert found
    return found


@contextmanager
def running(command: Sequence[str], port: int, **options: Any) -> Iterator[None]:
    """A process that listens on a port, for as long as the block lasts."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )
    try:
        end = time.monotonic() + 30
        while not _listens(port):
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < end, "nothing listens"
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True

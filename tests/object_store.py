"""What speaks like S3, for tests: it keeps all in memory."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from tests.server import NO_TLS, free_port

BUCKET = "xlsapp"
REGION, KEY_ID, KEY = "eu-central-1", "anything", "anything"


@dataclass(frozen=True)
class ObjectStore:
    """A server with one bucket."""

    url: str
    process: subprocess.Popen[bytes]

    @property
    def environment(self) -> dict[str, str]:
        """How a process is told to reach it."""
        return {
            "AWS_ENDPOINT": self.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": KEY,
        }

    def stop(self) -> None:
        """Be there no more."""
        self.process.kill()
        self.process.wait(timeout=30)


@contextmanager
def object_store() -> Iterator[ObjectStore]:
    """One for as long as the block lasts."""
    port = free_port()
    arguments = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        store = ObjectStore(f"http://127.0.0.1:{port}", process)
        try:
            _make_bucket(store)
            yield store
        finally:
            store.stop()


def _make_bucket(store: ObjectStore) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            httpx.put(f"{store.url}/{BUCKET}", verify=NO_TLS).raise_for_status()
            return
        except httpx.TransportError:
            assert store.process.poll() is None
            assert time.monotonic() < end, "the S3 server did not start"
            time.sleep(0.1)

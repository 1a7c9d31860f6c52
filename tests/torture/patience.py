"""Files of less than 2 MB that mean harm, each imported, and looked at as a sample: what that takes."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.factories import make_workbook
from tests.server import Server, add_template, finished, job_of, new_file, run_import, upload
from tests.spreadsheet.abundant import ABUNDANT
from tests.spreadsheet.hostile import HOSTILE
from tests.spreadsheet.patient import PATIENT
from tests.torture.sockets import resident_mb
from xlsapp.sandbox.sandbox import Sandbox

MOST_BYTES = 2_000_000
MOST_SECONDS = 31
"""30, and what it takes to start a child and to end it."""
MOST_MB = 512
MOST_GROWTH_MB = 50
LOOKS_PER_SECOND = 50

FILES: dict[str, Callable[[], bytes]] = {
    **{name: make for name, (make, _) in {**PATIENT, **HOSTILE}.items()},
    **ABUNDANT,
}


@dataclass
class Peak:
    """The most memory that a child had."""

    megabytes: float = 0
    ended: threading.Event = field(default_factory=threading.Event)


@contextlib.contextmanager
def watching(sandbox: Sandbox) -> Iterator[Peak]:
    """Looks at the sandbox's children all the while. What they take in their last moments is not seen."""
    zygote = sandbox._zygote
    assert zygote is not None
    with watching_children(lambda: children_of(zygote._process.pid)) as peak:
        yield peak


@contextlib.contextmanager
def watching_children(children: Callable[[], list[int]]) -> Iterator[Peak]:
    """The same for whatever children there are."""
    peak = Peak()
    watch = threading.Thread(target=_watch, args=(children, peak))
    watch.start()
    try:
        yield peak
    finally:
        peak.ended.set()
        watch.join()


def children_of(process: int) -> list[int]:
    """The processes that a process, with whichever of its threads, has started."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for listed in Path(f"/proc/{process}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found += map(int, listed.read_text().split())
    return found


def _watch(children: Callable[[], list[int]], peak: Peak) -> None:
    while not peak.ended.wait(1 / LOOKS_PER_SECOND):
        for child in children():
            with contextlib.suppress(OSError):
                for line in Path(f"/proc/{child}/status").read_text().splitlines():
                    if line.startswith("VmHWM:"):
                        peak.megabytes = max(peak.megabytes, int(line.split()[1]) / 1024)


def patience(folder: Path, names: list[str] | None = None) -> Iterator[str]:
    """Give each file to a server, twice. Yields a line for each; raises AssertionError at the end."""
    broken = []
    with Server.started(folder, XLSAPP_JOBS__CONCURRENCY="1") as server, server.client() as client:
        server.sign_up(client)
        template_id = add_template(client, ({"name": "Name", "type": "text"},))
        good = make_workbook(folder, ["Name"], ["Ada"])
        for _ in range(3):
            assert run_import(client, template_id, new_file(good))["status"] == "completed"
            _looked_at(client, good)
        before = resident_mb(server)
        for name in names or FILES:
            path = folder / "hostile"
            path.write_bytes(FILES[name]())
            if path.stat().st_size > MOST_BYTES:
                continue
            for what, act in (("import", _imported), ("sample", _looked_at)):
                begun = time.monotonic()
                with watching_children(
                    lambda: [c for z in children_of(server.pid) for c in children_of(z)]
                ) as peak:
                    told = act(client, path, template_id)
                took = time.monotonic() - begun
                line = f"{name}, {what}: {took:.1f} s, {peak.megabytes:.0f} MB, "
                line += f"server {resident_mb(server):.0f} MB; {told}"
                if took > MOST_SECONDS or peak.megabytes > MOST_MB:
                    broken.append(line)
                yield line
        grown = resident_mb(server) - before
        yield f"The server grew by {grown:.0f} MB, from {before:.0f}."
        if grown > MOST_GROWTH_MB:
            broken.append(f"the server grew by {grown:.0f} MB")
        assert run_import(client, template_id, new_file(good))["status"] == "completed"
        assert " ERROR " not in server.log, server.log[-3000:]  # what children say is no error
    assert not broken, "\n".join(broken)


def _imported(client: httpx.Client, path: Path, template_id: int) -> str:
    answer = upload(client, template_id, path)
    if answer.status_code == 422:  # an empty one is no upload
        return "refused"
    return _told(finished(client, job_of(answer), seconds=120))


def _looked_at(client: httpx.Client, path: Path, template_id: int = 0) -> str:
    with path.open("rb") as file:
        answer = client.post("/template_samples", files={"workbook": (path.name, file)})
    if answer.status_code == 422:
        return "refused"
    return _told(finished(client, answer.headers["location"].rsplit("/", 1)[1], seconds=120))


def _told(state: dict[str, object]) -> str:
    return str(state["error_message"] or state["status"])[:150]

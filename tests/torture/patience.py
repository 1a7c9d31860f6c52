"""Files of less than 2 MB that would hold a seat: what their children take at the most."""

import contextlib
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.factories import import_files, make_customers
from tests.spreadsheet import patient
from xlsapp.app import PRELOADED
from xlsapp.db.database import Database
from xlsapp.db.migrate import migrate
from xlsapp.jobs.status import new_job_id
from xlsapp.messages.saying import say
from xlsapp.models import ColumnType
from xlsapp.sandbox.sandbox import Sandbox
from xlsapp.services.imports.importing import import_workbook
from xlsapp.services.imports.request import ImportRequest
from xlsapp.services.records.records import Records

MOST_SECONDS = 31
"""30, and what it takes to start a child and to end it."""
MOST_MB = 512
LOOKS_PER_SECOND = 50


@dataclass
class Peak:
    """The most memory that a child had."""

    megabytes: float = 0
    ended: threading.Event = field(default_factory=threading.Event)


@contextlib.contextmanager
def watching(sandbox: Sandbox) -> Iterator[Peak]:
    """Looks at the sandbox's children all the while. What they take in their last moments is not seen."""
    peak = Peak()
    zygote = sandbox._zygote
    assert zygote is not None
    watch = threading.Thread(target=_watch, args=(zygote._process.pid, peak))
    watch.start()
    try:
        yield peak
    finally:
        peak.ended.set()
        watch.join()


def _watch(zygote: int, peak: Peak) -> None:
    while not peak.ended.wait(1 / LOOKS_PER_SECOND):
        for child in Path(f"/proc/{zygote}/task/{zygote}/children").read_text().split():
            with contextlib.suppress(OSError):
                for line in Path(f"/proc/{child}/status").read_text().splitlines():
                    if line.startswith("VmHWM:"):
                        peak.megabytes = max(peak.megabytes, int(line.split()[1]) / 1024)


async def patience() -> list[str]:
    """Import each of the files. Returns what was seen, a line for each. Raises AssertionError."""
    seen = []
    with tempfile.TemporaryDirectory(prefix="xlsapp-torture-") as name:
        folder = Path(name)
        migrate(folder / "data.sqlite3", "data")
        db = await Database.open(folder / "data.sqlite3")
        records, sandbox = Records(db, folder), Sandbox(preload=PRELOADED)
        await sandbox.start()
        template = (await make_customers(db, [("Name", ColumnType.TEXT, False)])).template
        for file in patient.PATIENT:
            path, begun = patient.write(folder, file), time.monotonic()
            with watching(sandbox) as peak:
                request = ImportRequest(new_job_id(), template, file, import_files(path, folder))
                receipt = await import_workbook(records, sandbox, request)
            took, told = time.monotonic() - begun, " ".join(map(say, receipt.reasons)) or "imported"
            seen.append(f"{file}: {took:.1f} s, {peak.megabytes:.0f} MB; {told}")
            assert took < MOST_SECONDS, seen[-1]
            assert peak.megabytes < MOST_MB, seen[-1]
        await sandbox.close()
        await records.close()
        await db.close()
    return seen

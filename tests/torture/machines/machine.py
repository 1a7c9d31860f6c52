"""A machine of the torture: a process that serves, its own network and clock, and what may happen to it."""

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.server import Server
from tests.torture.kills import SteppingClock
from tests.torture.machines.network import Line

LONGEST_START_SECONDS = 300.0
FIRST = "tests.torture.machines.short_leases"


@dataclass
class Machine:
    """One of several over a database."""

    name: str
    server: Server
    line: Line
    clock: SteppingClock | None
    is_stopped: bool = False

    @classmethod
    def made(
        cls,
        folder: Path,
        name: str,
        database: str,
        line: Line,
        *,
        lease_seconds: float | None,
        minutes_off: float | None,
        environment: Mapping[str, str],
    ) -> "Machine":
        """Not started yet. Its clock is as wrong as is said, its leases are real ones unless they are not."""
        folder.mkdir()
        clock = None if minutes_off is None else SteppingClock(folder / "clock")
        server = Server(
            folder,
            {
                "XLSAPP_DATABASE__URL": (
                    f"postgresql://postgres@127.0.0.1:{line.port}/{database}?application_name={name}"
                ),
                "XLSAPP_SERVER__ROLE": name.rstrip("0123456789"),
                **environment,
                "RUN_FIRST": " ".join([*(["tests.stepping_clock.sitecustomize"] if clock else ()), FIRST]),
                **({"CLOCK_OFFSET": clock.environment["CLOCK_OFFSET"]} if clock else {}),
                **({"LEASE_SECONDS": str(lease_seconds)} if lease_seconds else {}),
            },
        )
        server.is_warm = True  # what is to run first runs in warm starts alone
        if clock and minutes_off:
            clock.step_to(minutes_off / 60)
        return cls(name, server, line, clock)

    @property
    def has_pages(self) -> bool:
        return self.name.startswith("web")

    def start(self) -> None:
        """Start, and wait until it answers."""
        self.server.start(seconds=LONGEST_START_SECONDS)

    def kill(self) -> None:
        """SIGKILL, though it may stand still."""
        self.server.kill()
        self.is_stopped = False

    def stop(self) -> None:
        """Let it stand still, with the processes that work for it."""
        self.is_stopped = True
        self._send(signal.SIGSTOP)

    def go(self) -> None:
        """Let it go on as if nothing had happened."""
        if self.is_stopped:
            self._send(signal.SIGCONT)
            self.is_stopped = False

    def _send(self, number: int) -> None:
        for pid in [self.server.pid, *_children(self.server.pid)]:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue


def _children(pid: int) -> list[int]:
    try:
        found = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []
    return found + [below for each in found for below in _children(each)]

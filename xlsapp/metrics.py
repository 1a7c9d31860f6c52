"""What is counted while the app runs, in the text format of Prometheus.

Each process counts for itself, and Prometheus names the process that it has asked. What lies in the database
is the same whoever is asked, and says so: `scope="all"`.
"""

import os
import socket
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from xlsapp import __version__

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Metrics:
    """Counts since the start. Everything happens in the event loop, so nothing is locked."""

    requests: Counter[str] = field(default_factory=Counter)
    """By the class of their answer: 2xx, 4xx."""
    jobs: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often jobs came to a state, by kind and state: counted once, by the process that has said so."""
    role: str = "both"

    def text(self, *, queued: int, active: int, watchers: int) -> str:
        """All of it, with what is so at this moment."""
        families = (
            ("info", "gauge", "The version that runs, where and as what.", {self._info(): 1}),
            ("requests_total", "counter", "Requests answered.", _labelled("status", self.requests)),
            ("jobs_total", "counter", "Jobs that came to a state.", _jobs(self.jobs)),
            (
                "queue_jobs",
                "gauge",
                "Jobs that wait or run, on all machines together.",
                {
                    f'{{state="{state}",scope="all"}}': count
                    for state, count in (("active", active), ("queued", queued))
                },
            ),
            ("watchers", "gauge", "Open live pages.", {"": watchers}),
            ("resident_bytes", "gauge", "Memory of the server, without its children.", _memory()),
        )
        return "".join(line for family in families for line in _lines(*family))

    def _info(self) -> str:
        return f'{{version="{__version__}",host="{socket.gethostname()}",role="{self.role}"}}'


def _lines(name: str, kind: str, text: str, values: Mapping[str, int]) -> Iterator[str]:
    yield f"# HELP xlsapp_{name} {text}\n# TYPE xlsapp_{name} {kind}\n"
    for labels, value in values.items():
        yield f"xlsapp_{name}{labels} {value}\n"


def _labelled(label: str, counts: Mapping[str, int]) -> dict[str, int]:
    return {f'{{{label}="{key}"}}': value for key, value in sorted(counts.items())}


def _jobs(counts: Mapping[tuple[str, str], int]) -> dict[str, int]:
    return {f'{{kind="{kind}",status="{status}"}}': value for (kind, status), value in sorted(counts.items())}


def _memory() -> dict[str, int]:
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # no disk is touched for it
            return {"": int(file.read().split()[1]) * PAGE_BYTES}
    except FileNotFoundError:  # only Linux tells
        return {}

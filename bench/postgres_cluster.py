"""A PostgreSQL of the run's own, as durable as one that people rely on; and what is used of the cores."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.postgres import Cluster, new_cluster

SETTINGS = {
    "listen_addresses": "''",
    "max_connections": "300",
    "shared_buffers": "1GB",
    "work_mem": "64MB",
    "max_wal_size": "4GB",
    "log_min_messages": "warning",
}
"""As docs/scale.md has them; what is not here is as it comes, and so `fsync` is on."""

TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def durable_cluster() -> Iterator[Cluster]:
    """The cluster, as long as the block lasts."""
    with new_cluster(SETTINGS) as cluster:
        yield cluster


def cpu_seconds(pid: int) -> float:
    """What a process has used of the cores, with all that it has started and that they have started."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = {int(c) for task in tasks for c in (task / "children").read_text().split()}
    except OSError:  # it has ended meanwhile
        return 0.0
    # Its own time, and that of those that it has waited for, in the system and outside.
    return sum(map(int, fields[11:15])) / TICKS + sum(map(cpu_seconds, children))

"""A server that is killed again and again while it is used, and what must be true afterwards.

Each round uploads workbooks and asks for exports from several threads, and sends SIGKILL at a random
moment: while a body arrives, between file, status and queue entry, while a job runs, while its rows are
merged, while its last state is stored. Its clock steps back and forth by hours meanwhile. Rows carry their
import's id, so that half of a workbook, or one imported twice, shows. On a machine that is busy with other
things rounds are longer: a job whose server is killed ten times before it could begin is given up, rightly.
"""

import os
import random
import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.factories import make_workbook
from tests.server import ROOT, Server, add_template, finished, job_of, new_file, upload

ROWS = 300
UPLOADERS = 3
LONGEST_ROUND_SECONDS = 0.8
# How long a server takes to start where nothing else is at work.
USUAL_START_SECONDS, LONGEST_START_SECONDS = 1.0, 300.0
MOST_SLOWNESS = 8.0
KILLS_A_LINE = 100
TURNED_AWAY = 429
# Well within the day that statuses are kept.
MOST_HOURS_OFF = 5


@dataclass
class Outcome:
    """What was seen, for the one who reads the test's output."""

    kills: int = 0
    accepted: int = 0
    states: Counter[str] = field(default_factory=Counter)
    states_when_killed: Counter[str] = field(default_factory=Counter)


def torture(folder: Path, *, kills: int, seed: int) -> Outcome:
    """Kill a server so many times while it is used, then check everything. Raises AssertionError."""
    chance = random.Random(seed)
    outcome = Outcome()
    books = [
        make_workbook(
            folder, ["Name", "Orders"], *([f"book {n}", row] for row in range(ROWS)), name=f"{n}.xlsx"
        )
        for n in range(UPLOADERS)
    ]
    clock = SteppingClock(folder / "clock_offset")
    with (
        Server.started(folder, XLSAPP_JOBS__ATTEMPTS="10", **clock.environment) as server,
        server.client() as client,
    ):
        server.sign_up(client)
        template_ids = [add_template(client) for _ in range(2)]
        # Its records grow no more: a job that takes too long each time would rightly be given up.
        exported_id = add_template(client)
        finished(client, job_of(upload(client, exported_id, books[0])))
        accepted: dict[str, int] = {}
        slowness = 1.0
        for _ in range(kills):
            cookies = dict(client.cookies)
            seconds = chance.uniform(0, LONGEST_ROUND_SECONDS * slowness)
            _use_and_kill(server, cookies, template_ids, exported_id, books, accepted, chance, clock, seconds)
            outcome.states_when_killed.update(_states(server))
            outcome.kills += 1
            if outcome.kills % KILLS_A_LINE == 0:
                print(f"{outcome.kills} kills, {len(accepted)} jobs accepted", flush=True)
            begun = time.monotonic()
            server.start(seconds=LONGEST_START_SECONDS)
            slowness = min(max(1.0, (time.monotonic() - begun) / USUAL_START_SECONDS), MOST_SLOWNESS)
        clock.step_to(MOST_HOURS_OFF + 1)  # whatever was to be done later is to be done now
        outcome.accepted = len(accepted)
        states = {job_id: finished(client, job_id, seconds=600) for job_id in accepted}
        outcome.states.update(state["status"] for state in states.values())
        _until_all_is_final(server)
        _check(server, states)
    return outcome


class SteppingClock:
    """The wall clock of a server, moved by hand."""

    def __init__(self, offset: Path) -> None:
        self._offset = offset
        self.environment = {
            "CLOCK_OFFSET": str(offset),
            "PYTHONPATH": os.pathsep.join([str(ROOT / "tests/stepping_clock"), str(ROOT)]),
        }
        self.step_to(0)

    def step_to(self, hours: float) -> None:
        """Let it be off by so many hours."""
        written = self._offset.with_suffix(".new")
        written.write_text(str(hours * 3600))
        written.replace(self._offset)


def _use_and_kill(
    server: Server,
    cookies: dict[str, str],
    template_ids: list[int],
    exported_id: int,
    books: list[Path],
    accepted: dict[str, int],
    chance: random.Random,
    clock: SteppingClock,
    seconds: float,
) -> None:
    """Use the server from several threads until it dies after so long; its clock steps in between."""
    users = []
    for book in books:
        template_id = exported_id if (exports := chance.random() < 0.2) else chance.choice(template_ids)
        arguments = (server, cookies, template_id, book, accepted)
        users.append(threading.Thread(target=_use, args=arguments, kwargs={"exports": exports}))
    for user in users:
        user.start()
    time.sleep(seconds / 2)
    clock.step_to(chance.uniform(-MOST_HOURS_OFF, MOST_HOURS_OFF))
    time.sleep(seconds / 2)
    server.kill()
    for user in users:
        user.join()


def _use(
    server: Server,
    cookies: dict[str, str],
    template_id: int,
    book: Path,
    accepted: dict[str, int],
    *,
    exports: bool,
) -> None:
    with server.client() as client:
        client.cookies.update(cookies)
        try:
            while True:
                if exports:
                    view = {"kind": "view", "view": f"q={time.monotonic_ns()}"}  # the same is not made twice
                    answer = client.post(f"/import_templates/{template_id}/exports", data=view)
                else:
                    answer = upload(client, template_id, new_file(book))
                if answer.status_code != TURNED_AWAY:
                    accepted[job_of(answer)] = template_id
                time.sleep(0.15)
        except httpx.TransportError:
            return  # killed: what was not answered was not accepted


def _states(server: Server) -> Counter[str]:
    """The states of unfinished jobs as the kill left them."""
    with closing(sqlite3.connect(server.data / "status.sqlite3")) as conn:
        rows = conn.execute(
            "SELECT value ->> 'status' FROM entries WHERE key LIKE 'job_status:%' AND NOT is_final"
        ).fetchall()
    return Counter(state for (state,) in rows)


def _until_all_is_final(server: Server) -> None:
    """Also jobs that were never answered end within a minute."""
    end = time.monotonic() + 60
    while _states(server):
        assert time.monotonic() < end, "a job hangs"
        time.sleep(0.2)


def _check(server: Server, states: dict[str, dict[str, Any]]) -> None:
    """Nothing lost, nothing doubled, no status that contradicts the data, no file left behind."""
    with closing(sqlite3.connect(server.data / "data.sqlite3")) as conn:
        imports = dict(conn.execute("SELECT job_id, id FROM imports").fetchall())
        templates = [number for (number,) in conn.execute("SELECT id FROM import_templates")]
        stored: Counter[int] = Counter()
        for template_id in templates:
            table = f"records_{template_id}"
            rows = conn.execute(f"SELECT import_id, COUNT(*) FROM {table} GROUP BY import_id").fetchall()
            stored.update(dict(rows))
            (counted,) = conn.execute(
                "SELECT record_count FROM import_templates WHERE id = ?", (template_id,)
            ).fetchone()
            assert counted == sum(count for _, count in rows), "the stored number of records is wrong"
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert set(stored) == set(imports.values()), "rows of an import that is not there, or none of one that is"
    assert set(stored.values()) <= {ROWS}, f"half a workbook, or one twice: {stored}"
    with closing(sqlite3.connect(server.data / "status.sqlite3")) as conn:
        all_states = dict(
            conn.execute(
                """
                SELECT value ->> 'job_id', value ->> 'status' FROM entries
                WHERE key LIKE 'job_status:import:%'
                """
            ).fetchall()
        )
    for job_id, state in all_states.items():
        assert (state == "completed") == (job_id in imports), f"job {job_id} says {state}"
    lost = [job_id for job_id, state in states.items() if state["status"] == "failed"]
    assert not lost, f"accepted, and not done: {[states[job_id]['error_message'] for job_id in lost[:3]]}"
    time.sleep(0.5)
    left = [path for folder in ("uploads", "staging") for path in (server.data / folder).iterdir()]
    assert left == [], f"left behind: {left}"
    exports = {job_id for job_id, state in states.items() if state["kind"] == "export"}
    there = {path.name for path in (server.data / "exports").iterdir()}
    assert exports <= there, f"exports without their file: {exports - there}"
    assert there <= _completed_exports(server), "files that belong to no export"


def _completed_exports(server: Server) -> set[str]:
    with closing(sqlite3.connect(server.data / "status.sqlite3")) as conn:
        found = conn.execute(
            """
            SELECT value ->> 'job_id' FROM entries
            WHERE key LIKE 'job_status:export:%' AND value ->> 'status' = 'completed'
            """
        ).fetchall()
    return {job_id for (job_id,) in found}

"""A disk that is filled and freed at random while people upload, export, edit and sign in.

What fills it takes a part of the reserve, and now and then the last byte. At the end nothing that was
accepted is lost, doubled or left behind; and while some of the reserve was left, small things went on.
"""

import random
import re
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.factories import make_workbook
from tests.server import PASSWORD, Server, add_template, job_of, new_file, run_import, upload
from xlsapp.services.operations.disk import Disk

DISK_MB, RESERVE_MB = 192, 48
# What is left of the reserve: more than two children write until they are ended, in a fifth of a second.
LEAST_MB = 24
SMALL_ROWS, LARGE_ROWS = 50, 4_000
# Of all files of the account, so that exports alone do not fill the disk.
QUOTA_MB = 60
BACK_SECONDS = 60
FULL = "disk is full"


@contextmanager
def small_disk(folder: Path, megabytes: int = DISK_MB) -> Iterator[None]:
    """A file system of its own. Raises PermissionError where none may be mounted."""
    folder.mkdir()
    size = f"size={megabytes}m,mode=700"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        raise PermissionError("no file system may be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@dataclass
class Seen:
    """What was accepted and answered, for the checks and for who reads the output."""

    fills: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    imports: dict[str, int] = field(default_factory=dict)
    """Rows of each accepted import."""
    exports: set[str] = field(default_factory=set)
    names: list[str] = field(default_factory=list)
    """Of records whose edit was answered as done."""
    wrong: list[str] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    back_seconds: float = 0


@dataclass
class Play:
    """One server on a small disk, and what goes on at it."""

    server: Server
    cookies: dict[str, str]
    email: str
    template_id: int
    books: dict[Path, int]
    over: threading.Event = field(default_factory=threading.Event)
    nothing_left: threading.Event = field(default_factory=threading.Event)
    """Whether even the reserve is taken, or was just now: then anything may fail, and nothing may be lost."""
    seen: Seen = field(default_factory=Seen)


def fill_and_free(folder: Path, *, seconds: float, seed: int) -> Seen:
    """Let it go on for so long, then check everything. Raises AssertionError, or PermissionError."""
    chance = random.Random(seed)
    small = make_workbook(
        folder, ["Name", "Orders"], *(["small", n] for n in range(SMALL_ROWS)), name="s.xlsx"
    )
    text = "x" * 8_000
    rows = [[f"{n} {text}", n] for n in range(LARGE_ROWS)]
    some = make_workbook(folder, ["Name", "Orders"], *rows[:SMALL_ROWS], name="m.xlsx")
    # Staged as a whole, and then refused: its records would fill the disk for good.
    large = make_workbook(folder, ["Name", "Orders"], *rows, ["last", "many"], name="l.xlsx")
    with (
        small_disk(folder / "data"),
        Server.started(
            folder,
            XLSAPP_SERVER__RESERVE_MB=str(RESERVE_MB),
            XLSAPP_JOBS__MAX_UNFINISHED_PER_ACCOUNT="12",  # all of them done within a minute
            XLSAPP_JOBS__MAX_FILES_MB_PER_ACCOUNT=str(QUOTA_MB),
        ) as server,
        server.client() as client,
    ):
        email = server.sign_up(client)
        books = {small: SMALL_ROWS, some: SMALL_ROWS, large: 0}
        play = Play(server, dict(client.cookies), email, add_template(client), books)
        acts = (_import, _import, _export, _edit, _sign_in, _read)
        threads = [
            threading.Thread(target=_again_and_again, args=(play, act, random.Random(f"{seed} {n}")))
            for n, act in enumerate(acts)
        ]
        for thread in threads:
            thread.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end or (_missed(play) and time.monotonic() < end + 3 * seconds):
            _fill_once(play, chance)
        play.over.set()
        for thread in threads:
            thread.join()
        _check(play, client, small)
    return play.seen


def _missed(play: Play) -> bool:
    """No upload has met a full disk yet: those that came then were one too many for their account."""
    return not play.seen.answers["import 507"]


def _fill_once(play: Play, chance: random.Random) -> None:
    filler = play.server.data / "filler"
    takes_all = chance.random() < 0.2
    leave = 0 if takes_all else chance.uniform(LEAST_MB, RESERVE_MB + 16)
    if takes_all:
        play.nothing_left.set()
    try:
        with filler.open("wb") as file:
            file.write(bytes(max(0, int(Disk(play.server.data, 0).free_bytes() - leave * 1_000_000))))
    except OSError:
        pass  # somebody else was quicker: it is full
    play.seen.fills += 1
    time.sleep(chance.uniform(0.3, 2.5))
    filler.unlink(missing_ok=True)
    time.sleep(chance.uniform(0.3, 2.5))
    play.nothing_left.clear()


def _again_and_again(play: Play, act: Callable[..., httpx.Response], chance: random.Random) -> None:
    with play.server.client() as client:
        client.cookies.update(play.cookies)
        while not play.over.is_set():
            tight = play.nothing_left.is_set()
            answer = act(play, client, chance)
            play.seen.answers[f"{act.__name__[1:]} {answer.status_code}"] += 1
            is_small = act in (_edit, _sign_in, _read)
            allowed = (200, 303) if is_small else (200, 303, 413, 429, 507)
            if answer.status_code not in allowed and not (tight or play.nothing_left.is_set()):
                play.seen.wrong.append(f"{act.__name__[1:]}: {answer.status_code}: {_sentence(answer)}")
            time.sleep(chance.uniform(0, 0.3))


def _sentence(answer: httpx.Response) -> str:
    return re.sub(r"<[^>]+>|\s+", " ", answer.text.partition("<main")[2])[:300]


def _import(play: Play, client: httpx.Client, chance: random.Random) -> httpx.Response:
    book = chance.choices(list(play.books), weights=(10, 1, 5))[0]
    file = new_file(book)
    try:
        answer = upload(client, play.template_id, file)
    finally:
        file.unlink()
    if answer.status_code == 303:
        play.seen.imports[job_of(answer)] = play.books[book]
    return answer


def _export(play: Play, client: httpx.Client, chance: random.Random) -> httpx.Response:
    view = {
        "kind": "view",
        "view": f"q=small&sort=c{chance.randint(1, 5)}&dir={chance.choice(['asc', 'desc'])}",
    }
    answer = client.post(f"/import_templates/{play.template_id}/exports", data=view)
    if answer.status_code == 303:
        play.seen.exports.add(job_of(answer))
    return answer


def _edit(play: Play, client: httpx.Client, chance: random.Random) -> httpx.Response:
    here = f"/import_templates/{play.template_id}/data_records"
    form = client.get(f"{here}/new")
    found = re.search(r'name="(c\d+)"', form.text)
    if not found:
        return form
    name = f"by hand {chance.getrandbits(64)}"
    answer = client.post(here, data={found[1]: name})
    if answer.status_code == 303:
        play.seen.names.append(name)
    return answer


def _sign_in(play: Play, client: httpx.Client, chance: random.Random) -> httpx.Response:
    with play.server.client() as other:
        return other.post("/sign_in", data={"email": play.email, "password": PASSWORD})


def _read(play: Play, client: httpx.Client, chance: random.Random) -> httpx.Response:
    pages = (f"/import_templates/{play.template_id}/data_records?q=small", "/jobs", "/account", "/up")
    return client.get(chance.choice(pages))


def _check(play: Play, client: httpx.Client, small: Path) -> None:
    """Back by itself, and nothing lost, doubled or left behind."""
    seen, begun = play.seen, time.monotonic()
    (play.server.data / "filler").unlink(missing_ok=True)
    while upload(client, play.template_id, small).status_code not in (303, 413):
        assert time.monotonic() < begun + BACK_SECONDS, "the server does not come back"
        time.sleep(0.5)
    seen.back_seconds = time.monotonic() - begun
    assert seen.wrong == [], "\n".join(seen.wrong[:5])
    with closing(sqlite3.connect(play.server.data / "data.sqlite3")) as conn:
        end = time.monotonic() + BACK_SECONDS
        while _unfinished(play.server):
            assert time.monotonic() < end, f"jobs hang: {_unfinished(play.server)}"
            time.sleep(0.5)
        done = dict(conn.execute("SELECT job_id, id FROM imports").fetchall())
        rows = dict(
            conn.execute(
                f"SELECT import_id, COUNT(*) FROM records_{play.template_id} GROUP BY import_id"
            ).fetchall()
        )
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert set(rows) - {None} == set(done.values()), "rows without an import, or an import without rows"
        for job_id in (*seen.imports, *seen.exports):
            state = client.get(f"/jobs/{job_id}/status").raise_for_status().json()
            is_done = state["status"] == "completed"
            told = "" if is_done else state["error_message"]
            seen.states[f"{state['kind']} {state['status']} {'full' if FULL in told else ''}"] += 1
            if job_id in seen.exports:
                there = (play.server.data / "exports" / job_id).exists()
                assert is_done == there, f"export {job_id} is {state['status']}; its file is there: {there}"
                assert is_done or FULL in told or "of the 60 MB" in told, told
                continue
            assert is_done == (job_id in done), f"import {job_id} is {state['status']}"
            assert not is_done or rows[done[job_id]] == seen.imports[job_id], "half a workbook, or one twice"
            assert is_done or FULL in told or seen.imports[job_id] == 0, told
        key = conn.execute("SELECT MIN(id) FROM template_columns").fetchone()[0]
        stored = {
            name
            for (name,) in conn.execute(
                f"SELECT c{key} FROM records_{play.template_id} WHERE import_id IS NULL"
            )
        }
        assert set(seen.names) <= stored, "an edit that was answered is lost"
    client.post("/account/jobs/remove")
    state = run_import(client, play.template_id, new_file(small))
    assert state["status"] == "completed", state
    left = [path for part in ("uploads", "staging") for path in (play.server.data / part).iterdir()]
    assert left == [], f"left behind: {left}"


def _unfinished(server: Server) -> list[str]:
    with closing(sqlite3.connect(server.data / "status.sqlite3")) as conn:
        return [
            job
            for (job,) in conn.execute(
                "SELECT value ->> 'job_id' FROM entries WHERE key LIKE 'job_status:%' AND NOT is_final"
            )
        ]

"""Those who use the machines while these are harmed: each asks any of them, and waits until it is done."""

import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.factories import make_workbook
from tests.server import Server, add_template, finished, job_of, new_file, upload
from tests.torture.machines.machine import Machine
from xlsapp.jobs.proposal_job import MOST_KEPT

COLUMNS = ({"name": "Name", "type": "text"}, {"name": "Orders", "type": "integer"})
FLAWS = 3
DONE_WITHIN_SECONDS = 300
PAUSE_SECONDS = (0.1, 1.0)
ANSWERS = {303: "accepted", 429: "later", 503: "not now"}
"""What may be said to who asks for something."""


@dataclass(frozen=True)
class Book:
    """A workbook to import: so many rows, whose orders are 0, 1, 2 and so on; and some that are none."""

    path: Path
    rows: int
    flaws: int = 0

    @classmethod
    def made(cls, folder: Path, rows: int, *, flaws: int = 0) -> "Book":
        path = folder / f"{rows}-{flaws}.xlsx"
        good = [(f"book {number % 50}", number) for number in range(rows)]
        make_workbook(folder, ["Name", "Orders"], *good, *([("wrong", "many")] * flaws), name=path.name)
        return cls(path, rows, flaws)


@dataclass
class Work:
    """What the machines were given to do, and what they said."""

    books: Sequence[Book]
    template_ids: list[int]
    exported_id: int
    """Of a template whose records stay as they are: the first book."""
    cookies: dict[str, str]
    accepted: dict[str, str] = field(default_factory=dict)
    """Each job's kind."""
    problems: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Of imports that leave rows out: their template, and how many."""
    exports: dict[str, int] = field(default_factory=dict)
    """How many records are to be in each."""
    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def prepared(cls, server: Server, books: Sequence[Book]) -> "Work":
        """An account with templates, one of which has records."""
        with server.client() as client:
            server.sign_up(client)
            ids = [add_template(client, COLUMNS) for _ in range(3)]
            work = cls(books, ids[:2], ids[2], dict(client.cookies))
            job_id = job_of(_upload(client, ids[2], books[0]))
            work.accepted[job_id] = "import"
            assert finished(client, job_id, seconds=DONE_WITHIN_SECONDS)["status"] == "completed"
        return work

    def keeps_no_more_of(self, job_id: str) -> bool:
        """Whether a job may be forgotten, done: samples are kept by age, and clocks differ."""
        kinds = Counter(self.accepted.copy().values())
        return self.accepted[job_id] == "proposal" and kinds["proposal"] > MOST_KEPT


def use(work: Work, machines: Sequence[Machine], chance: random.Random) -> None:
    """Ask for one thing after the other until it is over. What is not as it should be is noted."""
    acts = (_import, _import, _import, _export, _propose)
    while not work.over.wait(chance.uniform(*PAUSE_SECONDS)):
        try:
            with chance.choice(machines).server.client() as client:
                client.cookies.update(work.cookies)
                job_id = chance.choice(acts)(work, client, chance)
            if job_id:
                wait_until_final(work, machines, job_id, chance)
        except httpx.TransportError:
            work.answers["none"] += 1  # its machine was killed: what was not answered was not accepted
        except (AssertionError, KeyError, ValueError) as error:
            work.wrong.append(repr(error)[:500])


def wait_until_final(work: Work, machines: Sequence[Machine], job_id: str, chance: random.Random) -> None:
    """Ask any machine how a job is getting on. Its page is there all the time, or not now."""
    end = time.monotonic() + DONE_WITHIN_SECONDS
    while time.monotonic() < end:
        try:
            with chance.choice(machines).server.client() as client:
                client.cookies.update(work.cookies)
                answer = client.get(f"/jobs/{job_id}/status")
        except httpx.TransportError:
            time.sleep(0.2)
            continue
        if answer.status_code == 404 and work.keeps_no_more_of(job_id):
            return
        assert answer.status_code in (200, 503), f"job {job_id}: {answer.status_code} {answer.text[:300]}"
        if answer.status_code == 200 and answer.json()["is_final"]:
            state = answer.json()
            assert state["status"] == "completed", f"job {job_id}: {state['error_message']}"
            return
        time.sleep(0.2)
    raise AssertionError(f"job {job_id} hangs")


def _import(work: Work, client: httpx.Client, chance: random.Random) -> str | None:
    book, template_id = chance.choice(work.books), chance.choice(work.template_ids)
    job_id = _accepted(work, "import", _upload(client, template_id, book))
    if job_id and book.flaws:
        work.problems[job_id] = (template_id, book.flaws)
    return job_id


def _export(work: Work, client: httpx.Client, chance: random.Random) -> str | None:
    word = f"book {chance.randrange(50)}"
    view = {"kind": "view", "format": "csv", "view": f"q={word}"}
    answer = client.post(f"/import_templates/{work.exported_id}/exports", data=view)
    job_id = _accepted(work, "export", answer)
    if job_id:
        work.exports[job_id] = sum(word in f"book {number % 50}" for number in range(work.books[0].rows))
    return job_id


def _propose(work: Work, client: httpx.Client, chance: random.Random) -> str | None:
    path = chance.choice(work.books).path
    with path.open("rb") as file:
        answer = client.post("/template_samples", files={"workbook": (path.name, file)})
    return _accepted(work, "proposal", answer)


def _upload(client: httpx.Client, template_id: int, book: Book) -> httpx.Response:
    file, fields = new_file(book.path), {"valid_only": "on"} if book.flaws else {}
    try:
        return upload(client, template_id, file, **fields)
    finally:
        file.unlink()


def _accepted(work: Work, kind: str, answer: httpx.Response) -> str | None:
    """The job that was accepted, if one was."""
    said = ANSWERS.get(answer.status_code)
    assert said, f"{kind}: {answer.status_code} {answer.text[:300]}"
    work.answers[said] += 1
    if said != "accepted":
        return None
    place = answer.headers["location"]
    assert "sign_in" not in place, "somebody was signed out"
    job_id = place.rsplit("/", 1)[1]
    work.accepted[job_id] = kind
    return str(job_id)

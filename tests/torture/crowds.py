"""Many accounts that import, export, search and edit at once, one of them hostile; others are measured."""

import random
import re
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.factories import make_workbook
from tests.server import Server, add_template, finished, job_of, new_file, run_import, upload
from tests.spreadsheet import patient

COLUMNS = ({"name": "Name", "type": "text"}, {"name": "Orders", "type": "integer"})
# A person looks at what came, and then does something else.
PAUSE_SECONDS = (0.5, 3.0)
HOSTILE_HANDS = 8
PATIENT = (
    "an attribute of 900 MB",
    "38 million empty shared texts",
    "a million rows of 15 blank cells in an ods",
)
TURNED_AWAY = (303, 413, 429)


@dataclass
class Account:
    """Somebody, and what they have done."""

    number: int
    client: httpx.Client
    template_id: int
    rows: int = 0
    """Of accepted imports and edits."""


@dataclass
class Day:
    """What happened to all of them."""

    page_seconds: list[float] = field(default_factory=list)
    one_row_seconds: list[float] = field(default_factory=list)
    acts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def figures(self) -> str:
        """In one line."""
        pages, imports = (sorted(each) for each in (self.page_seconds, self.one_row_seconds))
        return (
            f"{len(pages):,} pages: half within {statistics.median(pages) * 1000:.0f} ms, 95 of 100 within "
            f"{pages[int(len(pages) * 0.95)] * 1000:.0f} ms; {len(imports)} imports of one row: half within "
            f"{statistics.median(imports):.2f} s, the slowest {imports[-1]:.2f} s; "
            f"{dict(sorted(self.acts.items()))}"
        )


def many_accounts(folder: Path, *, accounts: int, seconds: float, hostile_rows: int, seed: int) -> Day:
    """Let them be busy for so long, then check what each has. Raises AssertionError."""
    day, over = Day(), threading.Event()
    one_row = make_workbook(folder, ["Name", "Orders"], ["one", 1], name="one.xlsx")
    large = make_workbook(
        folder, ["Name", "Orders"], *([f"hostile {n}", n] for n in range(hostile_rows)), name="large.xlsx"
    )
    harmful = [_written(folder, name) for name in PATIENT]
    with Server.started(folder) as server:
        people = [_sign_up(server, number) for number in range(accounts)]
        enemy = _sign_up(server, accounts)
        assert run_import(enemy.client, enemy.template_id, large)["status"] == "completed"
        threads = [
            threading.Thread(target=_live, args=(person, one_row, day, over, random.Random(f"{seed} {n}")))
            for n, person in enumerate(people)
        ]
        threads += [
            threading.Thread(target=_harm, args=(server, enemy, harmful, over, random.Random(f"{seed} x{n}")))
            for n in range(HOSTILE_HANDS)
        ]
        for person in people[:2]:  # so that there is something to measure however short it is
            _import(person, one_row, day, random.Random(seed))
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        over.set()
        for thread in threads:
            thread.join()
        assert day.wrong == [], "\n".join(day.wrong[:5])
        for person in people:
            _check(person)
            person.client.close()
        enemy.client.close()
        assert " ERROR " not in server.log, server.log[-3000:]
    return day


def _written(folder: Path, name: str) -> Path:
    path = folder / f"{len(list(folder.iterdir()))}.xlsx"
    path.write_bytes(patient.PATIENT[name][0]())
    return path


def _sign_up(server: Server, number: int) -> Account:
    client = server.client()
    server.sign_up(client)
    return Account(number, client, add_template(client, COLUMNS))


def _live(person: Account, one_row: Path, day: Day, over: threading.Event, chance: random.Random) -> None:
    acts: tuple[Callable[..., None], ...] = (_import, _export, _edit, _search, _search, _look, _look, _look)
    while not over.wait(chance.uniform(*PAUSE_SECONDS)):
        act = chance.choice(acts)
        try:
            act(person, one_row, day, chance)
        except (AssertionError, httpx.HTTPError, KeyError) as error:
            day.wrong.append(f"account {person.number}, {act.__name__}: {error!r}"[:500])
        day.acts[act.__name__[1:]] += 1


def _import(person: Account, one_row: Path, day: Day, chance: random.Random) -> None:
    begun = time.monotonic()
    state = run_import(person.client, person.template_id, new_file(one_row))
    day.one_row_seconds.append(time.monotonic() - begun)
    assert state["status"] == "completed", state
    person.rows += 1


def _export(person: Account, one_row: Path, day: Day, chance: random.Random) -> None:
    here = f"/import_templates/{person.template_id}"
    job_id = job_of(person.client.post(f"{here}/exports", data={"kind": "data"}))
    state = finished(person.client, job_id)
    assert state["status"] == "completed", state
    assert person.client.get(f"{here}/jobs/{job_id}/download").status_code == 200


def _edit(person: Account, one_row: Path, day: Day, chance: random.Random) -> None:
    here = f"/import_templates/{person.template_id}/data_records"
    found = re.search(r'name="(c\d+)"', _page(person, f"{here}/new", day))
    assert found
    answer = person.client.post(here, data={found[1]: f"account {person.number}"})
    assert answer.status_code == 303, answer.status_code
    person.rows += 1


def _search(person: Account, one_row: Path, day: Day, chance: random.Random) -> None:
    page = _page(person, f"/import_templates/{person.template_id}/data_records?q=account", day)
    seen = set(re.findall(r"account (\d+)", page))
    assert seen <= {str(person.number)}, f"it sees what others have: {seen}"


def _look(person: Account, one_row: Path, day: Day, chance: random.Random) -> None:
    here = f"/import_templates/{person.template_id}"
    _page(
        person, chance.choice(("/import_templates", "/jobs", "/account", here, f"{here}/data_records")), day
    )


def _page(person: Account, address: str, day: Day) -> str:
    begun = time.monotonic()
    answer = person.client.get(address)
    day.page_seconds.append(time.monotonic() - begun)
    assert answer.status_code == 200, f"{address}: {answer.status_code}"
    return answer.text


def _harm(
    server: Server, enemy: Account, harmful: list[Path], over: threading.Event, chance: random.Random
) -> None:
    """Search and sort all it has, queue exports, upload what takes long; and never wait."""
    here = f"/import_templates/{enemy.template_id}"
    with server.client() as client:
        client.cookies.update(enemy.client.cookies)
        while not over.is_set():
            number = chance.randint(0, 10**6)
            match chance.randint(0, 3):
                case 0:
                    answer = upload(client, enemy.template_id, chance.choice(harmful))
                    assert answer.status_code in TURNED_AWAY, answer.status_code
                case 1:
                    view = {"kind": "view", "view": f"q={number}"}
                    answer = client.post(f"{here}/exports", data=view)
                    assert answer.status_code in TURNED_AWAY, answer.status_code
                case _:
                    client.get(f"{here}/data_records?q=e+{number % 100}&sort=c{number % 3}&dir=desc")


def _check(person: Account) -> None:
    """It has as many records as were accepted."""
    client, here = person.client, f"/import_templates/{person.template_id}"
    export = job_of(client.post(f"{here}/exports", data={"kind": "data", "format": "csv"}))
    assert finished(client, export, seconds=300)["status"] == "completed"
    lines = client.get(f"{here}/jobs/{export}/download").text.splitlines()
    assert len(lines) - 1 == person.rows, f"account {person.number}: {len(lines) - 1} of {person.rows} rows"

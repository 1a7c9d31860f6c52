"""What must be true of the database, the pages and the folders once all machines are well again."""

import csv
import io
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import psycopg

from tests.torture.machines.machine import Machine
from tests.torture.machines.people import Work
from xlsapp.files.copies import KEPT_FILES

# Their names are settled by then; see files/catalog.py.
LONG_AGO_SECONDS = 3600
TIDY_WITHIN_SECONDS = 150

STATES = """
SELECT value::json ->> 'job_id', value::json ->> 'kind', value::json ->> 'status',
    (value::json ->> 'attempt')::int
FROM status.entries WHERE starts_with(key, 'job_status:')
"""


def until_all_is_final(url: str, *, seconds: float) -> None:
    """Also jobs that were never answered for have an end, and nothing is left in the line."""

    def unfinished() -> list[Any]:
        with psycopg.connect(url) as conn:
            jobs = conn.execute(
                "SELECT key, status, attempts FROM queue.jobs"
                " WHERE status IN ('new', 'queued', 'active', 'aborting')"
            ).fetchall()
        states = [(job, kind, state) for job, kind, state, _ in _states(url) if not _is_final(state)]
        return [*states, *jobs]

    _until(lambda: not unfinished(), seconds, lambda: f"jobs hang: {unfinished()[:5]}")


def check_records(url: str, work: Work) -> None:
    """Each import is there whole and once, with its sum; and its status says so. No other record is there."""
    with psycopg.connect(url) as conn:
        imports = {
            number: (job_id, int(name.partition("-")[0]))  # as books are named
            for number, job_id, name in conn.execute("SELECT id, job_id, file_name FROM data.imports")
        }
        found: Counter[int] = Counter()
        for template_id in (*work.template_ids, work.exported_id):
            orders = _column_of(conn, template_id, "Orders")
            rows = conn.execute(
                f"SELECT import_id, count(*), sum({orders}), count(DISTINCT {orders}) "  # type: ignore[arg-type]
                f"FROM data.records_{template_id} GROUP BY import_id"
            ).fetchall()
            for number, count, total, different in rows:
                rows_wanted = imports[number][1]
                assert (count, different) == (rows_wanted, rows_wanted), f"import {number} has {count} rows"
                assert total == rows_wanted * (rows_wanted - 1) // 2, f"import {number} adds up to {total}"
                found[number] += 1
            kept = conn.execute(
                "SELECT record_count FROM data.import_templates WHERE id = %s", (template_id,)
            ).fetchone()
            assert kept == (sum(count for _, count, _, _ in rows),), "the stored number of records is wrong"
    assert found == Counter(dict.fromkeys(imports, 1)), "an import without its records, or in two templates"
    _check_states(url, work, {job_id for job_id, _ in imports.values()})


def _check_states(url: str, work: Work, imported: set[str]) -> None:
    states = {job_id: (kind, state) for job_id, kind, state, _ in _states(url)}
    for job_id, (kind, state) in states.items():
        assert _is_final(state), f"job {job_id} is {state}"
        if kind == "import":
            assert (state == "completed") == (job_id in imported), f"import {job_id} says {state}"
    lost = [job_id for job_id in work.accepted if states.get(job_id, ("", "completed"))[1] != "completed"]
    assert not lost, f"accepted, and not done: {lost[:5]}"
    gone = {job_id for job_id in work.accepted if job_id not in states}
    kinds = {work.accepted[job_id] for job_id in gone}
    assert kinds <= {"proposal"}, f"accepted, and forgotten: {gone}"  # of these the newest alone are kept


def check_pages(work: Work, machine: Machine) -> None:
    """What jobs have made can be fetched: every export whole, every list with all its problems."""
    with machine.server.client() as client:
        client.cookies.update(work.cookies)
        for job_id, count in work.exports.items():
            answer = client.get(f"/import_templates/{work.exported_id}/jobs/{job_id}/download")
            assert answer.status_code == 200, f"export {job_id} cannot be fetched: {answer.status_code}"
            lines = list(csv.reader(io.StringIO(answer.text)))
            assert len(lines) - 1 == count, f"export {job_id} has {len(lines) - 1} of {count} records"
        for job_id, (template_id, flaws) in work.problems.items():
            answer = client.get(f"/import_templates/{template_id}/jobs/{job_id}/problems")
            lines = list(csv.reader(io.StringIO(answer.text)))
            assert len(lines) - 1 == flaws, f"import {job_id} lists {len(lines) - 1} of {flaws} problems"


def check_nothing_left(url: str, work: Work, machines: Sequence[Machine]) -> None:
    """No staging schema, no file that nobody needs, nothing in the folders to work in."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("UPDATE files.names SET named_at = named_at - %s", (LONG_AGO_SECONDS,))

    def left() -> list[str]:
        with psycopg.connect(url) as conn:
            schemas = conn.execute("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, 'staging_')")
            found = [name for (name,) in schemas]
            names = [key for (key,) in conn.execute("SELECT key FROM files.names")]
        return [*found, *(set(names) - _wanted(url, work, names)), *_in_folders(machines)]

    _until(lambda: not left(), TIDY_WITHIN_SECONDS, lambda: f"left behind: {left()[:5]}")


def _wanted(url: str, work: Work, names: list[str]) -> set[str]:
    """The files that are to be there: of each job what its last attempt has made, samples, and the workbooks
    of imports with problems, for their reviews.
    """
    states = _states(url)
    completed = {job_id: (kind, attempt) for job_id, kind, state, attempt in states if state == "completed"}
    wanted = {f"asked/{job_id}" for job_id in work.problems}
    for job_id, (kind, attempt) in completed.items():
        if kind == "export":
            wanted.add(f"exports/{job_id}/{attempt}")
        elif kind == "proposal":
            wanted.add(f"samples/{job_id}")
        else:
            # One whose records an earlier attempt has stored has the list of that one.
            lists = [name for name in names if name.startswith(f"reports/{job_id}/")]
            wanted |= set(lists if len(lists) == 1 else ())
    return wanted


def _in_folders(machines: Sequence[Machine]) -> list[str]:
    """Of each process one folder. With its lock in it, an empty one, and lists of problems that it keeps."""
    left = []
    for machine in machines:
        folders = list((machine.server.data / "work").glob("copies-*"))
        left += [str(folder) for folder in folders[1:]]
        for folder in folders:
            files = [path for path in folder.rglob("*") if path.name not in ("lock", "staging")]
            left += map(str, files if len(files) > (KEPT_FILES if machine.has_pages else 0) else ())
    return left


def _states(url: str) -> list[tuple[str, str, str, int]]:
    with psycopg.connect(url) as conn:
        return conn.execute(STATES).fetchall()


def _column_of(conn: psycopg.Connection[Any], template_id: int, name: str) -> str:
    query = "SELECT id FROM data.template_columns WHERE import_template_id = %s AND name = %s"
    found = conn.execute(query, (template_id, name)).fetchone()
    assert found
    return f"c{found[0]}"


def _is_final(state: str) -> bool:
    return state in ("completed", "failed")


def _until(holds: Callable[[], bool], seconds: float, complaint: Callable[[], str]) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, complaint()
        time.sleep(0.3)

"""How the next job is found in the file."""

import contextlib
import sqlite3

from xlsapp.sqlite_queue import turns


async def test_who_is_next_is_found_without_a_look_at_all_who_wait(queue, queue_file):
    """By what SQLite would do: every step goes through an index that holds just the rows it needs."""
    values = dict.fromkeys(["queue", "low", "high", "claim", "limit", "now", "in_small_seat"], 1)
    with contextlib.closing(sqlite3.connect(queue_file)) as db:
        for statement in (turns.TAKE_NEXT, turns.TAKE_NEXT_SMALL, turns.TAKE_FIRST):
            steps = [row[3] for row in db.execute("EXPLAIN QUERY PLAN " + statement, values)]
            scans = [step for step in steps if step.startswith("SCAN")]
            assert set(scans) <= {"SCAN owners", "SCAN groups", "SCAN firsts"}
            assert not [step for step in steps if "jobs_by_key" in step]

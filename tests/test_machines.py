"""The program on several machines, each a process of its own with a folder of its own, over one database."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import psycopg
import pytest

from tests.factories import make_workbook
from tests.postgres import Cluster
from tests.server import (
    PASSWORD,
    Server,
    add_template,
    finished,
    job_of,
    run_export,
    run_import,
    template_fields,
    upload,
)


@dataclass(frozen=True)
class Machines:
    """Two that have pages, and one that does the jobs."""

    one: Server
    other: Server
    worker: Server
    database_url: str


@pytest.fixture(scope="module")
def machines(postgres: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """All of them at work."""
    with ExitStack() as stack:
        url = stack.enter_context(postgres.database())
        started = [
            stack.enter_context(
                Server.started(
                    tmp_path_factory.mktemp(role), XLSAPP_DATABASE__URL=url, XLSAPP_SERVER__ROLE=role
                )
            )
            for role in ("web", "web", "worker")
        ]
        yield Machines(*started, url)


def test_what_is_asked_of_one_machine_is_done_by_another_and_told_by_a_third(machines, tmp_path):
    asked, other = machines.one, machines.other
    book = make_workbook(tmp_path, ["Name", "Orders"], *([f"Ada {n}", n] for n in range(100)))
    with asked.client() as client, other.client() as elsewhere:
        asked.sign_up(client)
        template_id = add_template(client)
        job_id = job_of(upload(client, template_id, book))
        elsewhere.cookies.update(client.cookies)
        state = finished(elsewhere, job_id)
        exported = run_export(elsewhere, template_id)

    assert state["status"] == "completed", state
    assert state["result"]["counts"]["created"] == 100
    assert exported.is_success and exported.content.startswith(b"PK")


def test_who_signs_out_at_one_machine_is_signed_out_at_all(machines):
    here, there = machines.one, machines.other
    with here.client() as client, there.client() as elsewhere:
        here.sign_up(client)
        elsewhere.cookies.update(client.cookies)
        assert elsewhere.get("/account").is_success
        client.post("/sign_out")

        assert elsewhere.get("/account").status_code == 303


def test_wrong_passwords_are_counted_for_all_machines_together(machines):
    first, second = machines.one, machines.other
    with first.client() as client:
        email = first.sign_up(client)
    with first.client() as client, second.client() as elsewhere:  # browsers that are not known
        wrong = {"email": email, "password": "not the one"}
        answers = [(client, elsewhere)[n % 2].post("/sign_in", data=wrong).status_code for n in range(12)]

    assert answers == [422] * 10 + [429] * 2


def test_a_machine_that_does_jobs_answers_how_it_is_and_nothing_else(machines):
    with machines.worker.client() as client:
        assert client.get("/up").is_success
        assert client.get("/sign_in").status_code == 404
        assert client.get("/api/v1/import_templates").status_code == 404


def test_a_template_has_as_many_columns_as_a_row_of_the_database_holds_with_any_texts(machines, tmp_path):
    columns = [{"name": f"Column {n}", "type": "text"} for n in range(441)]
    book = make_workbook(
        tmp_path, [column["name"] for column in columns[1:]], ["a text that is longer than 24 bytes"] * 440
    )
    with machines.one.client() as client:
        machines.one.sign_up(client)
        refused = client.post("/import_templates", data=template_fields("Too wide", columns))
        template_id = add_template(client, columns[1:])
        state = run_import(client, template_id, book)

    assert refused.status_code == 422
    assert "A template can have 440 columns; these are 441. Remove some" in refused.text
    assert state["status"] == "completed", state


def test_who_looks_after_them_sees_all_machines_and_what_the_database_holds(machines):
    with machines.one.client() as client:
        machines.one.sign_up(client)
        run_export(client, add_template(client))
        with psycopg.connect(machines.database_url) as conn:
            (first,) = conn.execute("SELECT email FROM data.users ORDER BY id LIMIT 1").fetchone()
        client.post("/sign_in", data={"email": first, "password": PASSWORD})
        page = client.get("/administration").text

    seen = re.findall(r'<th scope="row" class="table__found">[^<]+</th>\s+<td>(pages|jobs)</td>', page)
    assert sorted(seen) == ["jobs", "pages", "pages"]
    assert "What PostgreSQL holds" in page and "pg_dump" in page and "xlsapp backup" not in page
    assert re.search(r"Accounts and records</dt><dd>[1-9][\d.,]* (KB|MB)", page)


def test_a_machine_has_few_connections(machines):
    with psycopg.connect(machines.database_url) as conn:
        (used,) = conn.execute(
            "SELECT COUNT(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name LIKE 'xlsapp%'"
        ).fetchone()

    assert used <= 5 + 5 + 7

"""Two machines with pages and one that does the jobs, over one PostgreSQL and one store of files."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.async_api import expect

from tests.browser.conftest import window
from tests.browser.test_main_job import export_data, make_template, sign_up, states_until_final
from tests.factories import make_workbook
from tests.object_store import BUCKET, ObjectStore, object_store
from tests.postgres import Cluster
from tests.server import (
    Server,
    add_template,
    finished,
    job_of,
    run_export,
    run_import,
    upload,
)


@dataclass(frozen=True)
class Machines:
    """They share nothing but the database and the store."""

    one: Server
    other: Server
    worker: Server
    store: ObjectStore


@pytest.fixture(scope="module")
def machines(postgres: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """All of them at work."""
    with ExitStack() as stack:
        store = stack.enter_context(object_store())
        environment = {
            **store.environment,
            "XLSAPP_DATABASE__URL": stack.enter_context(postgres.database()),
            "XLSAPP_FILES__URL": f"s3://{BUCKET}/files",
            "XLSAPP_FILES__DOWNLOADS": "signed",
            "XLSAPP_JOBS__ATTEMPTS": "1",
        }
        started = [
            stack.enter_context(
                Server.started(
                    tmp_path_factory.mktemp(f"machine-{role}"), **environment, XLSAPP_SERVER__ROLE=role
                )
            )
            for role in ("web", "web", "worker")
        ]
        yield Machines(*started, store)


async def test_a_browser_uploads_at_one_machine_watches_at_another_and_downloads_from_the_store(
    browser, machines, tmp_path
):
    book = make_workbook(
        tmp_path, ["Name", "Since", "Orders"], *([f"Person {n}", None, n] for n in range(99))
    )
    there = machines.other.url
    async with window(browser, machines.one.url) as page:
        await sign_up(page)
        await make_template(page)
        await page.get_by_role("link", name="Import").first.click()
        await page.set_input_files("input[name=workbook]", book)
        watching = await page.context.new_page()
        with machines.worker.jobs_held():
            await page.get_by_role("button", name=re.compile("^Import|^Upload")).click()
            await page.wait_for_url(re.compile("/jobs/[0-9a-f]{16}$"))
            await watching.goto(page.url.replace(machines.one.url, there))
            await watching.evaluate("window.sameDocument = true")
            seen = asyncio.create_task(states_until_final(watching))
            await asyncio.sleep(0)
        assert (await seen)[-1] == "completed"
        assert await watching.evaluate("window.sameDocument") is True

        await watching.get_by_role("link", name=re.compile("records", re.IGNORECASE)).first.click()
        await expect(watching.get_by_text("Person 0", exact=True)).to_be_visible()
        assert watching.url.startswith(there)

        fetched = []
        page.on("request", lambda request: fetched.append(request.url))
        export = await export_data(page, tmp_path)
    assert load_workbook(export).worksheets[0].max_row == 100
    assert [url for url in fetched if url.startswith(machines.store.url)]


async def test_every_kind_of_file_goes_from_machine_to_machine(machines, tmp_path):
    await asyncio.to_thread(_every_kind_of_file, machines, tmp_path)


def _every_kind_of_file(machines: Machines, tmp_path: Path) -> None:
    asked, other = machines.one, machines.other
    wrong = make_workbook(tmp_path, ["Name", "Orders"], *([f"Ada {n}", "many"] for n in range(30)))
    with asked.client() as client, other.client() as elsewhere:
        asked.sign_up(client)
        elsewhere.cookies.update(client.cookies)
        template_id = add_template(client)
        refused = run_import(client, template_id, wrong)
        job = f"/import_templates/{template_id}/jobs/{refused['job_id']}"
        problems = elsewhere.get(f"{job}/problems?format=csv")
        with wrong.open("rb") as file:
            sampled = client.post("/template_samples", files={"workbook": ("wrong.xlsx", file)})
        proposal = finished(elsewhere, sampled.headers["location"].rsplit("/", 1)[1])
        led = run_export(elsewhere, template_id)
        part = elsewhere.get(str(led.request.url), headers={"Range": "bytes=0-1"})

    assert refused["status"] == "failed"
    assert problems.text.count("many") >= 30
    assert proposal["status"] == "completed", proposal
    assert led.status_code == 303
    assert led.headers["location"].startswith(machines.store.url)
    assert led.headers["cache-control"] == "no-store"
    assert (part.status_code, part.content) == (206, b"PK")


async def test_a_store_that_does_not_answer_is_said_and_records_go_on(machines, tmp_path):
    """It does not come back: nothing may follow in this module."""
    await asyncio.to_thread(_without_the_store, machines, tmp_path)


def _without_the_store(machines: Machines, tmp_path: Path) -> None:
    book = make_workbook(tmp_path, ["Name", "Orders"], ["Ada", 1])
    with machines.one.client() as client, machines.other.client() as elsewhere:
        machines.one.sign_up(client)
        elsewhere.cookies.update(client.cookies)
        template_id = add_template(client)
        run_export(client, template_id)
        machines.store.stop()

        refused = upload(client, template_id, book)
        records = elsewhere.get(f"/import_templates/{template_id}/data_records")
        again = elsewhere.post(f"/import_templates/{template_id}/exports", data={"kind": "sample"})
        export = finished(client, job_of(again))

    assert refused.status_code == 503
    assert "The files cannot be reached at the moment, and nothing was changed." in refused.text
    assert refused.headers["retry-after"] == "10"
    assert records.is_success
    assert export["status"] == "failed"
    assert export["error_message"].startswith("The files could not be reached, and nothing was changed.")

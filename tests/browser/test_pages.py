"""Every page, light and dark, wide and narrow: open to everybody, as wide as its window, and small."""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.conftest import window
from tests.browser.visits import Weight, look_at
from tests.factories import make_workbook
from tests.server import Server, add_template, run_export, run_import

# Style and script of a page, before they are packed. The grid, with editing, pasting and undo, has most.
MAX_BYTES = 46_000

COLUMNS = (
    {"name": "Name", "type": "text", "required": "on"},
    {"name": "E-mail", "type": "email", "unique": "on"},
    {"name": "Customer since", "type": "date"},
    {"name": "Plan", "type": "choice", "choices": "Free\nTeam\nCompany"},
    {"name": "Seats", "type": "integer", "minimum": "1"},
    {"name": "Active", "type": "boolean"},
)
HEADERS = [column["name"] for column in COLUMNS]
MISTAKES = (
    (0, None), (2, "31/02/2026"), (3, "Gold"), (4, "a few"), (5, "perhaps"),
    (2, "soon"), (3, "Teams"), (4, 0), (2, "2026-13-01"),
)  # fmt: skip


def customers(first: int, count: int, *, mistakes: bool = False) -> list[list[Any]]:
    """Made-up customers; with `mistakes`, one in seven has a cell that will not do."""
    plans = ("Free", "Team", "Company")
    rows: list[list[Any]] = [
        [f"Ada {n}", f"ada{n}@example.com", date(2020, 1, 1 + n % 28), plans[n % 3], n % 50 + 1, n % 2 == 0]
        for n in range(first, first + count)
    ]
    if mistakes:
        for number, row in enumerate(rows[3::7]):
            place, value = MISTAKES[number % len(MISTAKES)]
            row[place] = value
    return rows


@dataclass
class World:
    """An account in which a good deal has happened, and a window in which its owner is signed in."""

    page: Page
    paths: dict[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(browser, server: Server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    with server.client() as client:
        server.sign_up(client, "ada@example.com")
        template_id = add_template(client, COLUMNS, "Customers")
        template = f"/import_templates/{template_id}"
        form = client.get(f"{template}/data_records/new").text
        _name, _email, _since, plan, seats, *_ = re.findall(r'name="(c\d+)"', form)
        view = f"q=ada1&sort={seats}&dir=desc&{seats}.from=2"

        def imported(*rows: Any, **fields: Any) -> str:
            path = make_workbook(folder, *rows, name=f"{fields.pop('name')}.xlsx")
            return f"{template}/jobs/{run_import(client, template_id, path, **fields)['job_id']}"

        client.post(f"/import_templates/{add_template(client, name='Suppliers of before')}/delete")
        paths = {
            "second-factor": "/account/second_factor",
            "templates": "/import_templates",
            "template-new": "/import_templates/new",
            "template": template,
            "template-edit": f"{template}/edit",
            "template-delete": f"{template}/delete",
            "bin": "/import_templates/bin",
            "import": f"{template}/imports/new",
            "job-completed": imported(HEADERS, *customers(0, 300), name="customers"),
            "job-failed": imported(HEADERS, *customers(1000, 300, mistakes=True), name="march"),
            "job-warnings": imported(
                HEADERS, *customers(2000, 300, mistakes=True), name="april", valid_only="on"
            ),
            "job-headers": imported(["Full name", "Mail"], ["Ada", "a@b.example"], name="contacts"),
            "job-gone": f"{template}/jobs/{'0' * 16}",
            "sample-new": "/template_samples/new",
            "sample": sample_of(
                client, make_workbook(folder, HEADERS, *customers(0, 60), name="sample.xlsx")
            ),
            "records": f"{template}/data_records",
            "records-found": f"{template}/data_records?{view}&filter={plan}",
            "records-none": f"{template}/data_records?q=nobody",
            "record-edit": f"{template}/data_records/1/edit",
            "record-delete": f"{template}/data_records/1/delete",
            "records-delete": f"{template}/record_deletions/new?q=ada1&all=yes",
            "figures": f"{template}/figures",
            "account": "/account",
            "error-404": "/nowhere",
        }
        run_export(client, template_id)
        paths["jobs"] = "/jobs"
        paths["review"] = f"{paths['job-failed']}/review"
        async with window(browser, server.url) as page:
            await page.context.add_cookies(cookies_of(client))
            yield World(page, paths)


SIGNED_IN = (
    "templates", "template-new", "template", "template-edit", "template-delete", "bin", "import",
    "job-completed", "job-failed", "job-warnings", "job-headers", "job-gone", "jobs", "sample-new", "sample",
    "records", "records-found", "records-none", "record-edit", "record-delete", "records-delete", "figures",
    "account", "second-factor", "review", "error-404",
)  # fmt: skip


@pytest.mark.parametrize("name", SIGNED_IN)
async def test_everybody_can_use_the_page(world, name):
    weight = Weight(world.page)

    await world.page.goto(world.paths[name])

    await look_at(world.page, name)
    assert await weight.of_style_and_script() <= MAX_BYTES
    assert len(weight.hosts()) == 1


async def test_everybody_can_use_a_form_that_comes_back_with_errors(world):
    page = world.page
    await page.goto(world.paths["template-new"])
    await page.locator("[name=columns-0-name]").fill("Plan")
    await page.locator("[name=columns-0-type]").select_option("choice")
    await page.locator("[name=columns-1-name]").fill("plan")
    await page.locator("form.form").evaluate("(form) => (form.noValidate = true)")
    await page.get_by_role("button", name="Save the template").click()

    await expect(page.get_by_text("List the choices, one on each line.")).to_be_visible()
    await look_at(page, "template-errors")


async def test_everybody_can_use_what_is_shown_at_first(browser, server):
    async with window(browser, server.url) as page:
        for name, path in (("sign-in", "/sign_in"), ("sign-up", "/sign_up")):
            await page.goto(path)
            await look_at(page, name)
        with server.client() as client:
            server.sign_up(client)
            await page.context.add_cookies(cookies_of(client))
        for name, path in (("templates-empty", "/import_templates"), ("jobs-empty", "/jobs")):
            await page.goto(path)
            await look_at(page, name)


async def test_everybody_can_use_what_the_first_account_sees(browser, tmp_path):
    full = {"XLSAPP_SERVER__RESERVE_MB": "1000000"}
    with Server.started(tmp_path, **full) as server, server.client() as client:
        server.sign_up(client, "ada.lovelace.and.many.other.names@a-long-host-name.example.com")
        async with window(browser, server.url) as page:
            await page.context.add_cookies(cookies_of(client))
            await page.goto("/administration")
            await look_at(page, "administration")


async def test_a_printed_job_shows_every_problem_and_no_buttons(world):
    page = world.page
    await page.goto(world.paths["job-failed"])
    last = page.locator(".group").last.locator("tbody tr").first
    await expect(last).to_be_hidden()

    await page.emulate_media(media="print")

    await expect(last).to_be_visible()
    await expect(page.get_by_role("link", name="Upload the corrected workbook")).to_be_hidden()
    await expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    await page.emulate_media(media="screen")


def sample_of(client: httpx.Client, path: Path) -> str:
    """The page of a sample that has been looked at."""
    with path.open("rb") as file:
        page = client.post("/template_samples", files={"workbook": (path.name, file)}).headers["location"]
    while 'id="job_status_' in client.get(page).text:
        pass
    return str(page)


def cookies_of(client: httpx.Client) -> list[Any]:
    """A client's cookies as a browser takes them."""
    url = str(client.base_url)
    return [{"name": name, "value": value, "url": url} for name, value in client.cookies.items()]

"""Every page, light and dark, wide and narrow: open to everybody, as wide as its window, and small."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page

from tests.browser.conftest import window
from tests.browser.visits import Weight, look_at
from tests.factories import make_workbook
from tests.server import Server, add_template, run_export, run_import

MAX_BYTES = 40_000

COLUMNS = (
    {"name": "Name", "type": "text", "required": "on"},
    {"name": "E-mail", "type": "email", "unique": "on"},
    {"name": "Customer since", "type": "date"},
    {"name": "Plan", "type": "choice", "choices": "Free\nTeam\nCompany"},
    {"name": "Seats", "type": "integer", "minimum": "1"},
    {"name": "Active", "type": "boolean"},
)
HEADERS = [column["name"] for column in COLUMNS]
MISTAKES = ((0, None), (2, "31/02/2026"), (3, "Gold"), (4, "a few"), (5, "perhaps"))


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
        server.sign_up(client)
        template_id = add_template(client, COLUMNS, "Customers")
        template = f"/import_templates/{template_id}"

        def imported(*rows: Any, **fields: Any) -> str:
            path = make_workbook(folder, *rows, name=f"{fields.pop('name')}.xlsx")
            return f"{template}/jobs/{run_import(client, template_id, path, **fields)['job_id']}"

        paths = {
            "templates": "/import_templates",
            "template-new": "/import_templates/new",
            "template": template,
            "template-edit": f"{template}/edit",
            "template-delete": f"{template}/delete",
            "import": f"{template}/imports/new",
            "job-completed": imported(HEADERS, *customers(0, 300), name="customers"),
            "job-failed": imported(HEADERS, *customers(1000, 300, mistakes=True), name="march"),
            "job-warnings": imported(
                HEADERS, *customers(2000, 300, mistakes=True), name="april", valid_only="on"
            ),
            "job-headers": imported(["Full name", "Mail"], ["Ada", "a@b.example"], name="contacts"),
            "job-gone": f"{template}/jobs/{'0' * 16}",
            "account": "/account",
            "error-404": "/nowhere",
        }
        run_export(client, template_id)
        paths["jobs"] = "/jobs"
        async with window(browser, server.url) as page:
            url = str(client.base_url)
            cookies = [{"name": n, "value": v, "url": url} for n, v in client.cookies.items()]
            await page.context.add_cookies(cookies)
            yield World(page, paths)


SIGNED_IN = (
    "templates", "template-new", "template", "template-edit", "template-delete", "import", "job-completed",
    "job-failed", "job-warnings", "job-headers", "job-gone", "jobs", "account", "error-404",
)  # fmt: skip


@pytest.mark.parametrize("name", SIGNED_IN)
async def test_everybody_can_use_the_page(world, name):
    weight = Weight(world.page)

    await world.page.goto(world.paths[name])

    await look_at(world.page, name)
    assert await weight.of_style_and_script() <= MAX_BYTES
    assert len(weight.hosts()) == 1

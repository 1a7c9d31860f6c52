"""Whatever goes wrong has a page in the same design, which says what to do next."""

import re
import sqlite3
from contextlib import closing

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.conftest import window
from tests.browser.visits import look_at
from tests.factories import make_workbook
from tests.server import PASSWORD, Server, add_template, finished, job_of, upload

COLUMNS = (
    {"name": "Name", "type": "text", "required": "on"},
    {"name": "Born", "type": "date", "required": "on"},
)


@pytest.fixture(scope="module")
def small_server(tmp_path_factory):
    """A server that takes files up to 1 MB, and forgives three wrong passwords."""
    folder = tmp_path_factory.mktemp("small")
    limits = {"XLSAPP_IMPORTS__MAX_UPLOAD_MB": "1", "XLSAPP_AUTH__MAX_FAILURES_PER_ACCOUNT": "3"}
    with Server.started(folder, **limits) as server:
        yield server


@pytest.fixture
def grace(small_server):
    with small_server.client() as client:
        client.email = small_server.sign_up(client)
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser, small_server, grace, enter):
    """A page without JavaScript, of somebody who is signed in: what the server itself has to say."""
    async with window(browser, small_server.url, java_script_enabled=False) as opened:
        await enter(opened, grace)
        yield opened


async def seen_with_javascript(browser, page, name: str) -> None:
    """The same page in a window with JavaScript, which the scan needs."""
    content = await page.content()
    async with window(browser, page.url) as scanned:
        await scanned.route(page.url, lambda route: route.fulfill(body=content, content_type="text/html"))
        await scanned.goto(page.url)
        await look_at(scanned, name)


async def test_a_file_that_is_too_large(page, grace, browser, tmp_path):
    path = tmp_path / "large.csv"
    path.write_bytes(b"Name\n" + b"Ada\n" * 300_000)
    form = f"/import_templates/{add_template(grace, COLUMNS)}/imports/new"
    await page.goto(form)
    await page.set_input_files("input[name=workbook]", path)

    await page.get_by_role("button", name="Import", exact=True).click()

    await expect(page.get_by_role("heading", name="This is too large")).to_be_visible()
    await expect(page.get_by_text("larger than 1 MB")).to_be_visible()
    await seen_with_javascript(browser, page, "error-413")
    await page.get_by_role("link", name="Go back").click()
    await expect(page).to_have_url(re.compile(form))


async def test_a_choice_that_cannot_be(page, grace, browser, tmp_path):
    template_id = add_template(grace, COLUMNS)
    book = make_workbook(tmp_path, ["Customer", "Day"], ["Ada", None])
    job_id = job_of(upload(grace, template_id, book))
    finished(grace, job_id)
    await page.goto(f"/import_templates/{template_id}/jobs/{job_id}")
    for select in await page.locator("form.form select").all():
        await select.select_option("Customer")

    await page.get_by_role("button", name="Go on with the import").click()

    await expect(page.get_by_role("heading", name="This cannot be done")).to_be_visible()
    await expect(page.get_by_text("“Customer” means the column “Born” already")).to_be_visible()
    await seen_with_javascript(browser, page, "error-422")
    await page.get_by_role("link", name="Go back").click()
    await expect(page.get_by_role("button", name="Go on with the import")).to_be_visible()


async def test_too_many_wrong_passwords(page, grace, browser):
    await page.context.clear_cookies()
    await page.goto("/sign_in")
    for _ in range(4):
        await page.get_by_label("E-mail").fill(grace.email)
        await page.get_by_label("Password").fill("not this one")
        await page.get_by_role("button", name="Sign in").click()

    await expect(page.get_by_role("alert")).to_contain_text(re.compile("Try again in .* minutes?"))
    await seen_with_javascript(browser, page, "error-429")


async def test_a_session_that_has_ended(page, grace, browser, small_server):
    form = f"/import_templates/{add_template(grace, COLUMNS)}/edit"
    await page.goto(form)
    grace.post("/sign_out")

    await page.get_by_role("button", name="Save the template").click()

    await expect(page.get_by_text("nothing was saved. Sign in to go on.")).to_be_visible()
    await seen_with_javascript(browser, page, "session-ended")
    await page.get_by_label("E-mail").fill(grace.email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page).to_have_url(re.compile(f"{form}$"))


async def test_an_upload_after_the_session_has_ended(browser, small_server, grace, enter, tmp_path):
    path = tmp_path / "long.csv"
    path.write_bytes(b"Name\n" + b"Ada Byron\n" * 90_000)
    async with window(browser, small_server.url) as page:
        await enter(page, grace)
        await page.goto(f"/import_templates/{add_template(grace, COLUMNS)}/imports/new")
        await page.set_input_files("input[name=workbook]", path)
        grace.post("/sign_out")

        await page.get_by_role("button", name="Import", exact=True).click()

        await expect(page.get_by_text("Sign in to go on.")).to_be_visible()


async def test_a_fault_of_ours(page, grace, browser, small_server):
    with closing(sqlite3.connect(small_server.data / "data.sqlite3")) as conn:
        conn.execute("ALTER TABLE import_templates RENAME TO elsewhere")
        try:
            await page.goto("/import_templates")
        finally:
            conn.execute("ALTER TABLE elsewhere RENAME TO import_templates")

    await expect(page.get_by_role("heading", name="Something broke on our side")).to_be_visible()
    reference = re.search(r"quote (\w{8})", await page.locator("main").inner_text())[1]
    assert f"Fault {reference}" in small_server.log
    await seen_with_javascript(browser, page, "error-500")

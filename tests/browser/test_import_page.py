"""The import page: a drop zone, the bytes as they leave, a check of size, the choices of last time."""

import re

import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.conftest import window
from tests.factories import make_workbook
from tests.server import add_template, run_import

COLUMNS = ({"name": "Name", "type": "text", "required": "on"}, {"name": "Size", "type": "integer"})

DROP = """
([names, text]) => {
  const transfer = new DataTransfer();
  for (const name of names) transfer.items.add(new File([text], name));
  const zone = document.querySelector("[data-drop]");
  zone.dispatchEvent(new DragEvent("dragover", { dataTransfer: transfer, bubbles: true, cancelable: true }));
  const over = zone.hasAttribute("data-over");
  zone.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
  return over;
}
"""


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser, server, ada, enter):
    """The import page of a template of Ada's."""
    async with window(browser, server.url) as opened:
        await enter(opened, ada)
        await opened.goto(f"/import_templates/{add_template(ada, COLUMNS)}/imports/new")
        yield opened


def import_button(page: Page):
    return page.get_by_role("button", name="Import", exact=True)


async def test_a_file_that_is_dropped_is_imported(page):
    lit_up = await page.evaluate(DROP, [["stock.csv", "second.csv"], "Name,Size\nAda,1\n"])
    await import_button(page).click()

    assert lit_up
    await expect(page.get_by_role("heading", name="Imported stock.csv")).to_be_visible()


async def test_the_page_after_an_upload_is_fetched_once(page):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url.rsplit('/', 2)[1]}"))
    await page.evaluate(DROP, [["stock.csv"], "Name,Size\nAda,1\n"])
    await import_button(page).click()
    await expect(page.get_by_role("heading", name="Imported stock.csv")).to_be_visible()

    assert asked.count("GET jobs") == 1


async def test_a_file_that_is_too_large_is_refused_before_a_byte_is_sent(page):
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    await page.locator("upload-form").evaluate("(form) => (form.dataset.maxBytes = 1_000_000)")
    await page.evaluate(DROP, [["large.csv"], "x" * 1_500_000])

    error = page.locator("#workbook_error")
    await expect(error).to_contain_text("“large.csv” has 1.5 MB; 100 MB are allowed.")
    await import_button(page).click()
    await expect(page.locator("#workbook")).to_be_focused()
    assert await page.locator("#workbook").get_attribute("aria-invalid") == "true"
    assert "POST" not in sent

    await page.evaluate(DROP, [["small.csv"], "Name\nAda\n"])
    await expect(error).to_have_count(0)


async def test_the_bytes_are_counted_as_they_leave_and_can_be_stopped(page):
    cdp = await page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 400_000}
    await cdp.send("Network.emulateNetworkConditions", slow)
    await page.get_by_label("Add or update").check()
    await page.evaluate(DROP, [["large.csv"], "Name,Size\n" + "Ada Byron,1\n" * 250_000])
    await import_button(page).click()

    await expect(page.get_by_role("progressbar")).to_be_visible()
    await expect(page.get_by_text(re.compile(r"Uploading: [1-9][\d.]* MB of 3\.0 MB"))).to_be_visible()
    stop = page.get_by_role("button", name="Stop the upload")
    await expect(stop).to_be_focused()
    await stop.click()

    await expect(import_button(page)).to_be_focused()
    assert await page.get_by_label("Add or update").is_checked()


async def test_an_upload_that_the_network_cuts_off_says_so(page):
    await page.route("**/imports", lambda route: route.abort("connectionreset"))
    await page.evaluate(DROP, [["stock.csv"], "Name\nAda\n"])
    await import_button(page).click()

    await expect(page.locator("#workbook_error")).to_contain_text("the connection was lost")
    await page.unroute("**/imports")
    await import_button(page).click()
    await expect(page.get_by_role("heading", name="Imported stock.csv")).to_be_visible()


async def test_the_choices_of_last_time_come_back(page):
    form = page.url
    await page.get_by_label("Add or update").check()
    await page.get_by_role("group", name=re.compile("same record")).get_by_label("Name").check()
    await page.get_by_text("When the wrong table is found").click()
    await page.get_by_label("Header row").fill("1")
    await page.evaluate(DROP, [["stock.csv"], "Name\nAda\n"])
    await import_button(page).click()
    await expect(page.get_by_role("heading", name="Imported stock.csv")).to_be_visible()

    await page.goto(form)

    assert await page.get_by_label("Add or update").is_checked()
    await expect(page.get_by_label("Header row")).to_be_visible()
    assert await page.get_by_label("Header row").input_value() == "1"
    await page.get_by_role("button", name="Start from the defaults").click()
    assert await page.get_by_label("Add", exact=True).is_checked()
    assert await page.get_by_label("Header row").input_value() == ""


async def test_a_failed_import_is_uploaded_again_with_the_same_choices(page, ada, tmp_path):
    book = make_workbook(tmp_path, ["Name", "Size"], [None, 1])
    template_id = int(re.search(r"/import_templates/(\d+)/", page.url)[1])
    failed = run_import(ada, template_id, book, mode="update", sheet="Sheet1")
    await page.goto(f"/import_templates/{template_id}/jobs/{failed['job_id']}")

    await page.get_by_role("link", name="Upload the corrected workbook").click()

    assert await page.get_by_label("Add or update").is_checked()
    assert await page.get_by_label("Sheet", exact=False).first.input_value() == "Sheet1"


async def test_a_form_that_comes_back_keeps_the_file(page):
    await page.get_by_text("When the wrong table is found").click()
    await page.get_by_label("Header row").fill("none")
    await page.evaluate(DROP, [["stock.csv"], "Name\nAda\n"])
    await import_button(page).click()
    await expect(page.get_by_text("Write a whole number from 0 to 1,048,576.")).to_be_visible()

    await page.get_by_label("Header row").fill("1")
    await import_button(page).click()

    await expect(page.get_by_role("heading", name="Imported stock.csv")).to_be_visible()

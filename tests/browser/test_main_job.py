"""The main job in a real browser, as a newcomer does it, without reading anything first."""

import asyncio
import json
import re
from itertools import count

from openpyxl import load_workbook
from playwright.async_api import Page, expect

from tests.factories import make_workbook
from tests.server import PASSWORD

_numbers = count(1)


async def sign_up(page: Page) -> str:
    email = f"browser{next(_numbers)}@example.com"
    await page.goto("/sign_up")
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Make the account").click()
    await expect(page).to_have_url(re.compile("/import_templates$"))
    return email


async def make_template(page: Page, name: str = "Customers") -> None:
    await page.goto("/import_templates/new")
    await page.locator("[name=name]").fill(name)
    for index, (column, kind) in enumerate((("Name", "text"), ("Since", "date"), ("Orders", "integer"))):
        await page.locator(f"[name=columns-{index}-name]").fill(column)
        await page.locator(f"[name=columns-{index}-type]").select_option(kind)
    await page.locator("[name=columns-0-required]").check()
    await page.get_by_role("button", name="Save").first.click()
    await expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


async def test_fr18_from_signing_up_to_a_round_trip_without_a_reload(page, server, tmp_path):
    rows = [[f"Person {n}", None, n] for n in range(1_000)]
    book = make_workbook(tmp_path, ["Name", "Since", "Orders"], *rows)
    await sign_up(page)
    await make_template(page)

    # Upload, and watch the states go by on the page that was loaded once.
    await page.get_by_role("link", name="Import").first.click()
    await page.add_init_script("window.loads = (window.loads || 0) + 1")
    await page.set_input_files("input[name=workbook]", book)
    with server.jobs_held():
        await page.get_by_role("button", name=re.compile("^Import|^Upload")).click()
        await page.wait_for_url(re.compile("/jobs/[0-9a-f]{16}$"))
        watching = asyncio.create_task(states_until_final(page))
        await page.evaluate("window.sameDocument = true")
    seen = await watching

    assert seen[-1] == "completed", seen
    assert set(seen) <= {"pending", "processing", "completed"}
    assert len(seen) > 1, "a change came without a reload"
    assert await page.evaluate("window.sameDocument") is True

    await page.get_by_role("link", name=re.compile("records", re.IGNORECASE)).first.click()
    await expect(page.get_by_text("Person 0", exact=True)).to_be_visible()

    # Out again, and in again: nothing changes.
    export = await export_data(page, tmp_path)
    sheet = load_workbook(export).worksheets[0]
    assert sheet.max_row == 1_001
    result = await import_again(page, export)

    assert (result["created"], result["updated"], result["deleted"]) == (0, 0, 0), result
    assert result["unchanged"] == 1_000


async def states_until_final(page: Page) -> list[str]:
    """The states that the page shows, one after the other."""
    states = await page.evaluate(
        """
        () => new Promise((resolve) => {
          const seen = [];
          const look = () => {
            const status = document.querySelector("[id^=job_status_]");
            if (status && seen.at(-1) !== status.dataset.status) seen.push(status.dataset.status);
            if (status && status.hasAttribute("data-final")) resolve(seen);
            else setTimeout(look, 5);
          };
          look();
        })
        """
    )
    return list(states)


async def export_data(page: Page, folder):
    await page.goto("/import_templates")
    await page.get_by_role("link", name="Customers").first.click()
    await page.locator("form[action$='/exports']:has([value=data]) button").first.click()
    await page.wait_for_url(re.compile("/jobs/[0-9a-f]{16}$"))
    await states_until_final(page)
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name=re.compile("Download")).first.click()
    download = await waiting.value
    assert re.fullmatch(r"customers-\d{4}-\d\d-\d\d\.xlsx", download.suggested_filename)
    path = folder / download.suggested_filename
    await download.save_as(path)
    return path


async def import_again(page: Page, path) -> dict[str, int]:
    await page.goto("/import_templates")
    await page.get_by_role("link", name="Customers").first.click()
    await page.get_by_role("link", name="Import").first.click()
    await page.locator("input[name=mode][value=update]").check(force=True)
    await page.set_input_files("input[name=workbook]", path)
    await page.get_by_role("button", name=re.compile("^Import|^Upload")).click()
    await page.wait_for_url(re.compile("/jobs/[0-9a-f]{16}$"))
    await states_until_final(page)
    job_id = page.url.rsplit("/", 1)[1]
    response = await page.request.get(f"/jobs/{job_id}/status")
    state = json.loads(await response.text())
    assert state["status"] == "completed", state
    return state["result"]["counts"]

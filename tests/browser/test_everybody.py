"""From the first page to the records: with the keyboard alone, and in a browser without JavaScript."""

import asyncio
import os
import re
from itertools import count

from playwright.async_api import FileChooser, Locator, Page, expect

from tests.browser.conftest import window
from tests.factories import make_workbook
from tests.server import PASSWORD

_numbers = count(1)


def address(who: str) -> str:
    return f"{who}{next(_numbers)}-{os.getpid()}@example.com"


async def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus, which must be seen."""
    for _ in range(80):
        await page.keyboard.press("Tab")
        if await target.evaluate("(element) => element === document.activeElement"):
            outline = await target.evaluate("(e) => getComputedStyle(e).outlineStyle")
            assert outline != "none", "the focus cannot be seen"
            return
    raise AssertionError(f"{target} cannot be reached with Tab")


async def test_with_the_keyboard_alone(browser, server, tmp_path):
    book = make_workbook(tmp_path, ["Name", "Born"], ["Ada", None], ["Grace", None], name="people.xlsx")
    async with window(browser, server.url) as page:
        press, write = page.keyboard.press, page.keyboard.type
        # Asked for early: the browser is told without an answer, and a quick Enter would open a real dialog.
        choosers: asyncio.Queue[FileChooser] = asyncio.Queue()
        page.on("filechooser", lambda chooser: choosers.put_nowait(chooser))  # noqa: PLW0108 (it needs a function)
        await page.goto("/sign_up")
        await tab_to(page, page.get_by_label("E-mail"))
        await write(address("keys"))
        await press("Tab")
        await write(PASSWORD)
        await press("Enter")

        await tab_to(page, page.get_by_role("link", name="Define the columns yourself"))
        await press("Enter")
        await expect(page).to_have_url(re.compile("/import_templates/new$"))
        await press("Tab")
        await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        await press("Enter")
        await tab_to(page, page.get_by_label("Name", exact=True).first)
        await write("People")
        await tab_to(page, page.locator("[name=columns-0-name]"))
        await write("Name")
        await tab_to(page, page.locator("[name=columns-0-required]"))
        await press("Space")
        await tab_to(page, page.locator("[name=columns-1-name]"))
        await write("Born")
        await press("Alt+ArrowUp")
        await press("Tab")
        await write("Date")
        await tab_to(page, page.get_by_role("button", name="Save the template"))
        await press("Enter")

        await expect(page.get_by_role("heading", name="People")).to_be_visible()
        await tab_to(page, page.get_by_role("link", name="Import a workbook"))
        await press("Enter")
        file = page.get_by_label("Workbook", exact=True)
        await tab_to(page, file)
        await press("Enter")
        await (await asyncio.wait_for(choosers.get(), 30)).set_files(book)
        await press("Tab")
        await press("ArrowDown")
        assert await page.get_by_label("Add or update").is_checked()
        await press("ArrowUp")
        await press("Enter")

        await expect(page.get_by_role("heading", name="Imported people.xlsx")).to_be_visible()
        await tab_to(page, page.get_by_role("link", name="View the records"))
        await press("Enter")
        await expect(page.get_by_text("Grace")).to_be_visible()
        await tab_to(page, page.get_by_role("button", name=re.compile("account menu")))
        await press("Enter")
        await tab_to(page, page.get_by_role("button", name="Sign out"))
        await press("Enter")
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_without_javascript(browser, server, tmp_path):
    wrong = make_workbook(tmp_path, ["Full name", "Born"], ["Ada", "31/02/2026"], name="wrong.xlsx")
    right = make_workbook(tmp_path, ["Full name", "Born"], ["Ada", "1815-12-10"], name="right.xlsx")
    async with window(browser, server.url, java_script_enabled=False) as page:
        await page.goto("/sign_up")
        await page.get_by_label("E-mail").fill(address("plain"))
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Make the account").click()
        await page.get_by_role("link", name="Define the columns yourself").click()

        # Columns are moved, added and removed at the server; what was typed stays.
        await page.locator("[name=name]").fill("People")
        await page.locator("[name=columns-0-name]").fill("Born")
        await page.locator("[name=columns-0-type]").select_option("date")
        await page.locator("[name=columns-1-name]").fill("Name")
        await page.locator("[name=columns-1-required]").check()
        await page.get_by_role("button", name="Move down column A").click()
        await page.get_by_role("button", name="Add a column").click()
        await page.get_by_role("button", name="Remove column D").click()
        assert await page.locator(".sheet__row--names span").all_inner_texts() == ["1", "Name *", "Born", ""]
        await page.get_by_role("button", name="Save the template").click()

        # A header that is not known is told, and the import goes on from there.
        await page.get_by_role("link", name="Import a workbook").click()
        await page.set_input_files("input[name=workbook]", wrong)
        await page.get_by_role("button", name="Import", exact=True).click()
        await expect(page.get_by_text("Is “Full name” your column “Name”?")).to_be_visible(timeout=15_000)
        await page.get_by_role("button", name="Go on with the import").click()

        await expect(page.get_by_text("“31/02/2026” is not a date").first).to_be_visible(timeout=15_000)
        await expect(page.locator("code", has_text="Sheet1!B2")).to_be_visible()
        await page.get_by_role("link", name="Upload the corrected workbook").click()
        await page.set_input_files("input[name=workbook]", right)
        await page.get_by_role("button", name="Import", exact=True).click()

        await expect(page.get_by_role("heading", name="Imported right.xlsx")).to_be_visible(timeout=15_000)
        await page.get_by_role("link", name="View the records").click()
        await expect(page.get_by_text("1815-12-10")).to_be_visible()


async def test_a_template_from_a_sample_without_javascript(browser, server, tmp_path):
    book = make_workbook(tmp_path, ["Name", "Size"], *(["Ada", n] for n in range(9)), name="sizes.xlsx")
    async with window(browser, server.url, java_script_enabled=False) as page:
        await page.goto("/sign_up")
        await page.get_by_label("E-mail").fill(address("plain"))
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Make the account").click()
        await page.get_by_role("link", name="Start from a workbook").click()
        await page.set_input_files("input[name=workbook]", book)
        await page.get_by_role("button", name="Look at the workbook").click()
        await expect(page.get_by_text("9 of 9 are whole numbers.")).to_be_visible(timeout=15_000)

        await page.get_by_role("button", name="Move up column B").click()
        await expect(page.get_by_text("9 of 9 are whole numbers.")).to_be_visible()
        await page.get_by_role("button", name="Save, and import sizes.xlsx").click()

        await expect(page.get_by_role("heading", name="Imported sizes.xlsx")).to_be_visible(timeout=15_000)

"""The template form: columns come, go and move by mouse, keyboard or finger, beside a picture of them."""

import re
from datetime import date

import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.conftest import SCREENSHOTS, window
from tests.browser.visits import barriers
from tests.factories import make_workbook
from tests.server import add_template

COLUMNS = tuple({"name": name, "type": "text"} for name in ("Ann", "Ben", "Cleo", "Dan"))
TALL = {"width": 1280, "height": 1400}


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser, server, ada, enter):
    """The form of a template of Ada's with four columns."""
    async with window(browser, server.url, has_touch=True, viewport=TALL) as opened:
        await enter(opened, ada)
        await opened.goto(f"/import_templates/{add_template(ada, COLUMNS)}/edit")
        yield opened


async def names(page: Page) -> list[str]:
    """The columns as the form has them."""
    return [await field.input_value() for field in await page.locator("[name^=columns-][name$=-name]").all()]


async def picture(page: Page) -> list[str]:
    """The header row as it is drawn."""
    return await page.locator(".sheet__row--names span").all_inner_texts()


async def test_the_picture_of_the_header_row_follows_every_change(page):
    assert await picture(page) == ["1", "Ann", "Ben", "Cleo", "Dan"]

    await page.locator("[name=columns-1-name]").fill("Since")
    await page.locator("[name=columns-1-type]").select_option("date")
    await page.locator("[name=columns-0-required]").check()
    await page.get_by_role("button", name="Add a column").click()
    await page.keyboard.type("New one")
    await page.get_by_role("button", name="Remove column C").click()

    assert await picture(page) == ["1", "Ann *", "Since", "Dan", "New one"]
    assert (await page.locator(".sheet__row--letters span").all_inner_texts())[1:] == ["A", "B", "C", "D"]
    assert (await page.locator(".sheet__row--examples span").all_inner_texts())[2] == "2026-01-31"
    await page.get_by_role("button", name="Save the template").click()
    cells = page.get_by_role("region", name=re.compile("^Columns of")).get_by_role("rowheader")
    await expect(cells).to_have_text(["Ann", "Since", "Dan", "New one"])


async def test_columns_move_by_keyboard_and_say_where_to(page):
    await page.locator("[name=columns-2-name]").focus()
    await page.keyboard.press("Alt+ArrowUp")
    await page.keyboard.press("Alt+ArrowUp")

    assert await names(page) == ["Cleo", "Ann", "Ben", "Dan"]
    await expect(page.locator("[data-announce]")).to_have_text("“Cleo” moved to place 1 of 4.")
    await expect(page.locator("[name=columns-0-name]")).to_be_focused()

    # By their buttons, with the keyboard: focus stays with the column, also at the end of the list.
    await page.get_by_role("button", name="Move down column C").focus()
    await page.keyboard.press("Enter")
    assert await names(page) == ["Cleo", "Ann", "Dan", "Ben"]
    await expect(page.get_by_role("button", name="Move up column D")).to_be_focused()
    await page.get_by_role("button", name="Remove column D").focus()
    await page.keyboard.press("Space")
    assert await names(page) == ["Cleo", "Ann", "Dan"]
    await expect(page.get_by_role("button", name="Remove column C")).to_be_focused()


async def test_a_column_is_dragged_by_its_letter(page):
    letters = page.locator("[data-letter]")
    start, end = await letters.nth(0).bounding_box(), await letters.nth(2).bounding_box()
    await page.mouse.move(start["x"] + 8, start["y"] + 8)
    await page.mouse.down()
    await page.mouse.move(end["x"] + 8, end["y"] + 30, steps=12)
    await page.mouse.up()

    assert await names(page) == ["Ben", "Cleo", "Ann", "Dan"]
    assert await picture(page) == ["1", "Ben", "Cleo", "Ann", "Dan"]


async def test_a_column_is_dragged_with_a_finger(page):
    letters = page.locator("[data-letter]")
    start, end = await letters.nth(3).bounding_box(), await letters.nth(1).bounding_box()
    cdp = await page.context.new_cdp_session(page)

    async def touch(kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x + 8, "y": y} for x, y in points]
        await cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    await touch("touchStart", (start["x"], start["y"] + 8))
    for step in range(1, 11):
        y = start["y"] + 8 + (end["y"] - start["y"] - 20) * step / 10
        await touch("touchMove", (start["x"], y))
    await touch("touchEnd")

    assert await names(page) == ["Ann", "Dan", "Ben", "Cleo"]


async def test_rules_are_shown_for_the_types_that_have_them(page):
    column = page.locator("[data-column]").first
    await column.get_by_text("Rules and other names").click()
    await expect(column.get_by_label("Longest, in characters")).to_be_visible()
    await expect(column.get_by_label("Smallest", exact=True)).to_be_hidden()

    await page.locator("[name=columns-0-type]").select_option("integer")

    await expect(column.get_by_label("Smallest", exact=True)).to_be_visible()
    await expect(column.get_by_label("Longest, in characters")).to_be_hidden()


async def test_a_sample_workbook_becomes_a_template_with_its_records(page, tmp_path):
    rows = ([f"Ada {n}", date(2026, 1, 1 + n % 28), "Free" if n % 2 else "Team"] for n in range(30))
    book = make_workbook(tmp_path, ["Customer", "Since", "Plan"], *rows, name="customers.xlsx")
    await page.goto("/import_templates")
    await page.get_by_role("link", name="Template from a workbook").click()
    await page.set_input_files("input[name=workbook]", book)
    await page.get_by_role("button", name="Look at the workbook").click()

    await expect(page.get_by_text("30 of 30 are dates.")).to_be_visible()
    assert await picture(page) == ["1", "Customer *", "Since *", "Plan *"]
    await page.locator("[name=columns-0-name]").fill("Name")
    await page.get_by_role("button", name="Move up column C").click()
    evidence = page.locator("[data-column]").nth(1).locator(".column__evidence")
    await expect(evidence).to_contain_text("2 different texts in 30 cells: Team, Free.")
    await page.get_by_role("button", name="Save, and import customers.xlsx").click()

    await expect(page.get_by_role("heading", name="Imported customers.xlsx")).to_be_visible()
    await expect(page.locator(".receipt tfoot td")).to_have_text("31")


async def test_a_sample_that_takes_long_says_how_far_it_is(page, tmp_path):
    path = tmp_path / "long.csv"
    rows = (f"{n % 999}.{n % 997:03},{n % 991}.{n % 983:03},{n % 977}.{n % 971:03}\n" for n in range(250_000))
    path.write_text("A,B,C\n" + "".join(rows))
    await page.goto("/template_samples/new")
    await page.set_input_files("input[name=workbook]", path)
    await page.get_by_role("button", name="Look at the workbook").click()

    await expect(page.get_by_role("heading", name="Looking at long.csv")).to_be_visible(timeout=20_000)
    await expect(page.get_by_text(re.compile(r"Looking at row [\d,]+"))).to_be_visible()
    assert await barriers(page) == []
    await page.screenshot(path=SCREENSHOTS / "sample-wait-light-1280.png")
    await expect(page.get_by_text("250,000 of 250,000 are numbers").first).to_be_visible(timeout=30_000)

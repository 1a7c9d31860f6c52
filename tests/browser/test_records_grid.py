"""The grid of records in a real browser: found, sorted, edited in place by mouse and keyboard, deleted."""

import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

import httpx
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import window
from tests.browser.test_pages import COLUMNS, HEADERS, cookies_of, customers
from tests.browser.visits import look_at
from tests.factories import make_workbook
from tests.server import add_template, run_import

_numbers = count(1)
NAME, MAIL, SINCE, PLAN, SEATS, ACTIVE = range(6)


@dataclass
class Grid:
    """A page of 120 customers of one's own."""

    page: Page
    path: str
    client: httpx.Client
    """Somebody else, with the same account."""

    def cell(self, row: int, column: int) -> Locator:
        return self.page.locator("tbody tr").nth(row).locator("td").nth(column)

    @property
    def rows(self) -> Locator:
        return self.page.locator("tbody td:nth-child(2)")

    async def names(self) -> list[str]:
        return await self.rows.all_inner_texts()

    async def saved(self, row: int, column: int) -> str:
        """What the server shows after a reload."""
        await self.page.reload()
        return await self.cell(row, column).inner_text()


@pytest_asyncio.fixture(loop_scope="session")
async def opened(browser, server, tmp_path):
    """Opens the grid in a window with some options."""
    with server.client() as client:
        server.sign_up(client)
        template_id = add_template(client, COLUMNS, f"Customers {next(_numbers)}")
        book = make_workbook(tmp_path, HEADERS, *customers(0, 120), name="customers.xlsx")
        run_import(client, template_id, book)
        path = f"/import_templates/{template_id}/data_records"

        @asynccontextmanager
        async def opened(**options):
            async with window(browser, server.url, **options) as page:
                await page.context.add_cookies(cookies_of(client))
                await page.goto(path)
                yield Grid(page, path, client)

        yield opened


async def test_search_sort_filter_and_pages_are_in_the_address(opened):
    async with opened() as grid:
        page = grid.page
        await page.get_by_role("searchbox").fill("ada 1")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status").filter(has_text="of 120 records")).to_contain_text("31")
        await (
            page.get_by_role("columnheader", name="Seats")
            .get_by_role("link", name="Seats", exact=True)
            .click()
        )
        await expect(page.get_by_role("columnheader", name="Seats")).to_have_attribute(
            "aria-sort", "ascending"
        )
        await page.get_by_role("link", name="Filter by Plan").click()
        await page.get_by_label("Team", exact=True).check()
        await page.get_by_role("button", name="Filter", exact=True).click()

        await expect(page.get_by_role("list", name="Filters in use").get_by_role("listitem")).to_have_count(3)
        assert await grid.names() == [
            "Ada 100",
            "Ada 1",
            "Ada 103",
            "Ada 106",
            "Ada 109",
            "Ada 10",
            "Ada 112",
            "Ada 13",
            "Ada 115",
            "Ada 16",
            "Ada 118",
            "Ada 19",
        ]
        address = page.url
        await page.get_by_role("link", name="Remove: Plan is “Team”").click()
        await expect(page.get_by_role("list", name="Filters in use").get_by_role("listitem")).to_have_count(1)
        await page.goto(address)
        assert len(await grid.names()) == 12
        await page.get_by_role("link", name="Clear all").click()
        await page.get_by_role("link", name="Next").click()
        await page.get_by_role("link", name="Next").click()
        await expect(grid.rows).to_have_count(20)
        await page.get_by_role("link", name="Previous").click()
        await expect(grid.rows).to_have_count(50)


async def test_cells_are_edited_with_the_keyboard_alone(opened):
    async with opened() as grid:
        press, write = grid.page.keyboard.press, grid.page.keyboard.type
        await grid.page.locator("[data-all]").focus()
        while not await grid.cell(0, NAME).evaluate("(cell) => cell === document.activeElement"):
            await press("Tab")
        await press("ArrowDown")
        await press("ArrowRight")
        await expect(grid.cell(1, MAIL)).to_be_focused()
        await press("Home")
        await press("F2")
        await write("Ada Lovelace")
        await press("Tab")
        await expect(grid.cell(1, MAIL)).to_be_focused()
        await press("End")
        await press("Enter")
        await press("ArrowUp")
        await press("Enter")
        await expect(grid.cell(1, ACTIVE)).to_be_focused()
        await press("ArrowLeft")
        await press("Enter")
        await write("none of these")
        await press("Escape")
        await expect(grid.cell(1, SEATS)).to_be_focused()
        await expect(grid.cell(1, SEATS)).to_have_text("2")
        await press("ArrowLeft")
        await press("ArrowLeft")
        await press("Enter")
        await write("12102015")
        await press("Enter")
        await expect(grid.cell(1, SINCE)).to_have_text("2015-12-10")

        assert await grid.saved(1, NAME) == "Ada Lovelace"
        assert await grid.cell(1, SINCE).inner_text() == "2015-12-10"
        assert await grid.cell(1, SEATS).inner_text() == "2"
        assert await grid.cell(1, ACTIVE).inner_text() == "Yes"


async def test_a_broken_rule_is_said_at_the_cell_and_what_was_typed_stays(opened):
    async with opened() as grid:
        page = grid.page
        for column, text, reason in (
            (SEATS, "0", "It must be at least 1."),
            (NAME, "", "empty"),
            (MAIL, "ada7@example.com", "is in record"),
        ):
            await grid.cell(0, column).dblclick()
            field = grid.cell(0, column).locator("input")
            await field.fill(text)
            await field.press("Enter")
            await expect(page.get_by_role("alert")).to_contain_text(reason)
            await expect(field).to_have_value(text)
            await expect(field).to_have_attribute("aria-invalid", "true")
            if column == SEATS:
                await look_at(page, "records-edit")
                await page.set_viewport_size({"width": 1280, "height": 800})
            await field.press("Escape")

        assert await grid.saved(0, SEATS) == "1"
        assert await grid.cell(0, MAIL).inner_text() == "ada0@example.com"


async def test_going_elsewhere_saves_and_a_lost_server_is_said(opened):
    async with opened() as grid:
        await grid.cell(2, PLAN).dblclick()
        await grid.cell(2, PLAN).locator("select").select_option("Company")
        await grid.page.get_by_role("heading", name="Records").click()
        await expect(grid.cell(2, PLAN)).to_have_text("Company")
        await grid.page.context.set_offline(True)
        await grid.cell(2, NAME).dblclick()
        await grid.cell(2, NAME).locator("input").fill("Typed while offline")
        await grid.page.keyboard.press("Enter")
        await expect(grid.page.get_by_role("alert")).to_contain_text("did not answer")
        await grid.page.context.set_offline(False)
        await grid.page.keyboard.press("Enter")
        await expect(grid.cell(2, NAME)).to_have_text("Typed while offline")

        assert await grid.saved(2, NAME) == "Typed while offline"


async def test_what_somebody_else_has_changed_is_asked_about(opened):
    async with opened() as grid:
        page = grid.page
        row = page.locator("tbody tr").first
        heads = page.locator("thead th")
        columns = [await heads.nth(n + 1).get_attribute("data-column") for n in (NAME, SEATS)]
        name, seats = (f"{grid.path}/1/cells/{column}" for column in columns)

        def somebody_else(cell: str, text: str) -> None:
            grid.client.post(cell, data={"value": text}).raise_for_status()

        somebody_else(name, "Theirs")
        somebody_else(seats, "9")
        field = grid.cell(0, NAME).locator("input")
        await grid.cell(0, NAME).dblclick()
        await field.fill("Mine")
        await field.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("“Theirs” is stored now")
        await field.press("Tab")
        await page.keyboard.press("Enter")
        await expect(grid.cell(0, NAME)).to_have_text("Mine")
        await grid.cell(0, SEATS).dblclick()
        await grid.cell(0, SEATS).locator("input").fill("12")
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Keep that").click()
        await expect(grid.cell(0, SEATS)).to_have_text("9")
        assert await grid.saved(0, NAME) == "Mine"

        await row.get_by_role("link", name="Edit record").click()
        await page.get_by_label("Name").fill("Mine again")
        await page.get_by_label("Seats").fill("20")
        somebody_else(name, "Theirs, a longer text that has to be broken into several lines on a telephone")
        somebody_else(seats, "21")
        await page.get_by_role("button", name="Save the record").click()
        await expect(page.get_by_role("heading", name="Changed meanwhile")).to_be_visible()
        await page.get_by_role("group", name="Name").get_by_label("What you wrote").check()
        await look_at(page, "record-conflict")
        await page.get_by_role("group", name="Seats").get_by_label("What is stored now").check()
        await page.get_by_role("button", name="Save the record").click()
        await expect(page.get_by_text("The record is saved.")).to_be_visible()
        assert (await grid.cell(0, NAME).inner_text(), await grid.cell(0, SEATS).inner_text()) == (
            "Mine again",
            "21",
        )


async def test_a_block_from_a_spreadsheet_program_is_pasted_on_a_cell(opened):
    async with opened() as grid:
        page = grid.page

        async def paste(row: int, column: int, text: str) -> None:
            await grid.cell(row, column).click()
            await grid.cell(row, column).evaluate(
                """(cell, text) => {
                    const clipboardData = new DataTransfer();
                    clipboardData.setData("text/plain", text);
                    const how = { clipboardData, bubbles: true, cancelable: true };
                    cell.dispatchEvent(new ClipboardEvent("paste", how));
                }""",
                text,
            )

        await paste(1, PLAN, "Team\t70\r\nFree\t71\r\n")
        await expect(page.get_by_text("2 records are changed.")).to_be_visible()
        assert [await grid.cell(n, SEATS).inner_text() for n in (1, 2)] == ["70", "71"]

        await paste(0, PLAN, "Team\tmany\nNone\t0")
        await expect(page.get_by_role("alert")).to_contain_text("Nothing was stored.")
        await expect(page.locator(".pasted__wrong")).to_have_count(3)
        await page.get_by_role("textbox", name="Cells").fill("Team\t90")
        await page.get_by_role("button", name="Store the cells").click()
        await expect(grid.cell(0, SEATS)).to_have_text("90")


async def test_markup_in_headers_and_cells_is_text(opened):
    async with opened() as grid:
        await (
            grid.page.get_by_role("navigation", name="Where you are")
            .get_by_role("link", name="Customers")
            .click()
        )
        await grid.page.get_by_role("link", name="Edit", exact=True).click()
        await grid.page.locator("[name=columns-0-name]").fill("<img src=x onerror=alert(1)>")
        await grid.page.get_by_role("button", name="Save the template").click()
        await grid.page.goto(grid.path)
        nasty = "\"'><script>document.title = 1</script><b>bold"
        await grid.cell(0, NAME).dblclick()
        await grid.cell(0, NAME).locator("input").fill(nasty)
        await grid.page.keyboard.press("Enter")

        await expect(grid.cell(0, NAME)).to_have_text(nasty)
        assert await grid.saved(0, NAME) == nasty
        assert await grid.page.locator("table img, table script, table b").count() == 0
        await grid.cell(0, NAME).dblclick()
        await expect(grid.cell(0, NAME).locator("input")).to_have_value(nasty)
        assert await grid.page.title() != "1"


async def test_selected_records_are_deleted(opened):
    async with opened() as grid:
        page = grid.page
        delete = page.get_by_role("button", name=re.compile("Delete selected"))
        await expect(delete).to_be_disabled()
        await page.get_by_label("Select record 2", exact=True).check()
        await page.get_by_label("Select record 5", exact=True).check()
        await expect(delete).to_have_text("Delete selected (2)")
        await delete.click()
        await expect(page.get_by_role("heading", name="Delete 2 records")).to_be_visible()
        await page.get_by_role("button", name="Delete 2 records").click()

        await expect(page.get_by_text("2 records are deleted.")).to_be_visible()
        assert (await grid.names())[:4] == ["Ada 0", "Ada 2", "Ada 3", "Ada 5"]
        await page.get_by_label("Select all on this page").check()
        await expect(delete).to_have_text("Delete selected (50)")


async def test_the_header_and_the_first_column_stay_in_sight(opened):
    async with opened(viewport={"width": 700, "height": 500}) as grid:
        box = grid.page.get_by_role("region", name=re.compile("Records of"))
        before = await grid.page.get_by_role("columnheader", name="Seats").bounding_box()
        await box.evaluate("(box) => box.scrollTo(200, 300)")

        after = await grid.page.get_by_role("columnheader", name="Seats").bounding_box()
        number = await grid.page.locator("tbody th").nth(12).bounding_box()
        edge = await box.bounding_box()
        assert before and after and number and edge
        assert (after["y"], after["x"] < before["x"]) == (before["y"], True)
        assert abs(number["x"] - edge["x"]) < 2


async def test_all_of_it_without_javascript(opened):
    async with opened(java_script_enabled=False) as grid:
        page = grid.page
        await page.get_by_role("searchbox").fill("ada 11")
        await page.get_by_role("button", name="Search").click()
        await page.get_by_label("Filter by", exact=True).select_option("Seats")
        await page.get_by_role("button", name="Choose the filter").click()
        await page.get_by_label("From", exact=True).fill("13")
        await page.get_by_role("button", name="Filter", exact=True).click()
        assert await grid.names() == [f"Ada {n}" for n in range(112, 120)]
        await page.get_by_role("link", name="Edit record 113").click()
        await page.get_by_label("Name").fill("Ada the eleventh")
        await page.get_by_role("button", name="Save the record").click()
        await expect(page.get_by_text("The record is saved.")).to_be_visible()
        assert await grid.names() == [f"Ada {n}" for n in range(113, 120)]
        await page.get_by_label("Select record 114", exact=True).check()
        await page.get_by_role("button", name="Delete selected").click()
        await page.get_by_role("button", name="Delete this record").click()
        await expect(page.get_by_text("1 record is deleted.")).to_be_visible()
        await page.get_by_role("button", name="Delete all 6 found").click()
        await page.get_by_role("button", name="Delete 6 records").click()
        await expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()

        await page.get_by_role("link", name="Show all records").click()
        await page.get_by_text("Export", exact=True).click()
        await page.get_by_role("button", name="As csv", exact=True).click()
        await expect(page.get_by_role("heading", name=re.compile("Export"))).to_be_visible()


async def test_figures_come_with_a_picture_and_its_text(opened):
    async with opened() as grid:
        await grid.page.get_by_role("link", name="Figures").click()

        seats = grid.page.get_by_role("region", name="Seats")
        await expect(seats.get_by_role("img", name=re.compile("Histogram of Seats"))).to_be_visible()
        await expect(seats.get_by_role("definition").get_by_text("23", exact=True)).to_be_visible()
        await expect(
            grid.page.get_by_role("region", name="Active").get_by_role("row", name="Yes 60")
        ).to_be_visible()
        await expect(grid.page.get_by_role("region", name="E-mail")).to_contain_text(
            "Every value is there once."
        )

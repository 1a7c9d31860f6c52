"""What a page shows is true, whoever comes late, comes back, was asleep, offline, or is elsewhere."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Page, WebSocketRoute, expect

from tests.browser.conftest import SCREENSHOTS, window
from tests.browser.visits import barriers
from tests.factories import make_workbook
from tests.server import Server, add_template, finished, job_of, upload

COLUMNS = (
    {"name": "Name", "type": "text"},
    {"name": "When", "type": "date"},
    {"name": "Size", "type": "number"},
)


@pytest.fixture(scope="module")
def long_file(tmp_path_factory) -> Path:
    """A workbook whose import takes some seconds, and tells how far it is."""
    path = tmp_path_factory.mktemp("long") / "long.csv"
    rows = (f"Person number {n},{n % 28 + 1:02}/{n % 12 + 1:02}/2025,{n / 7:.3f}\n" for n in range(200_000))
    path.write_text("Name,When,Size\n" + "".join(rows))
    return path


@pytest.fixture(scope="module")
def short_file(tmp_path_factory) -> Path:
    return make_workbook(tmp_path_factory.mktemp("short"), ["Name"], ["Ada"], name="short.xlsx")


@pytest.fixture
def template_id(ada) -> int:
    return add_template(ada, COLUMNS)


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser, server, ada, enter):
    """A page of somebody who is signed in."""
    async with window(browser, server.url) as opened:
        await enter(opened, ada)
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def mortal(browser, tmp_path, enter):
    """A server that a test may kill, with somebody signed in, in httpx and in a page."""
    with Server.started(tmp_path) as server, server.client() as client:
        server.sign_up(client)
        async with window(browser, server.url) as opened:
            await enter(opened, client)
            yield server, client, opened


def start(client: httpx.Client, template_id: int, path: Path) -> str:
    """Start an import. Returns the address of its page."""
    return f"/import_templates/{template_id}/jobs/{job_of(upload(client, template_id, path))}"


def status(page: Page):
    return page.locator("[id^=job_status_]")


async def is_running(page: Page) -> None:
    await expect(status(page)).to_have_attribute("data-status", "processing")


async def has_completed(page: Page) -> None:
    await expect(status(page)).to_have_attribute("data-status", "completed", timeout=30_000)


SPOKEN = """
window.spoken = [];
new MutationObserver((changes) => {
  for (const { target } of changes) if (target.id === "announcer") spoken.push(target.textContent);
}).observe(document, { subtree: true, childList: true });
"""


async def test_one_job_is_watched_to_its_end_over_one_socket(page, ada, template_id, long_file):
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    await page.add_init_script(SPOKEN)
    await page.add_init_script(
        """
        window.shift = 0;
        new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.shift += entry.value)))
          .observe({ type: "layout-shift", buffered: true });
        """
    )

    await page.goto(start(ada, template_id, long_file))

    await is_running(page)
    await expect(page).to_have_title(re.compile("^Importing long.csv"))
    assert "processing" in await icon(page)
    await page.screenshot(path=SCREENSHOTS / "job-processing-light-1280.png")
    await expect(page.locator("#running_jobs")).to_have_text("1 running")
    await expect(page.get_by_text(re.compile(r"Checking row [\d,]+"))).to_be_visible()
    await has_completed(page)
    await expect(page).to_have_title(re.compile("^Imported long.csv"))
    assert "completed" in await icon(page)
    await expect(page.locator("#running_jobs")).to_have_text("")
    await expect(page.locator(".receipt tfoot td")).to_have_text("200,001")
    assert len(sockets) == 1, sockets
    assert await page.evaluate("window.shift") == 0
    # A screen reader hears the states, not each of the rows.
    spoken = await page.evaluate("window.spoken")
    assert [text for text in spoken if "row" in text and "Checking" in text] == []
    assert spoken[-1].startswith("Imported long.csv. 200,000 rows imported")
    assert len(spoken) <= 3, spoken


async def test_everybody_can_use_the_page_of_a_job_that_waits_or_runs(
    page, server, ada, template_id, short_file
):
    with server.jobs_held():
        running, waiting = [start(ada, template_id, short_file) for _ in range(2)]
        await page.goto(waiting)
        await expect(status(page)).to_have_attribute("data-status", "pending")
        assert await barriers(page) == []
        await page.screenshot(path=SCREENSHOTS / "job-pending-light-1280.png")

        await page.goto(running)
        await is_running(page)
        assert await barriers(page) == []


async def icon(page: Page) -> str:
    return str(await page.locator("link[rel=icon]").get_attribute("href"))


async def test_who_comes_late_and_who_opens_a_second_tab_see_the_same(
    page, server, ada, template_id, short_file
):
    with server.jobs_held():
        path = start(ada, template_id, short_file)
        await page.goto(path)
        await is_running(page)
        second = await page.context.new_page()
        await second.goto(path)
        await is_running(second)

    await has_completed(page)
    await has_completed(second)
    late = await page.context.new_page()
    await late.goto(path)

    texts = [await tab.locator(".receipt").inner_text() for tab in (page, second, late)]
    assert len(set(texts)) == 1
    await expect(late.locator(".toast")).to_have_count(0)


async def test_a_server_that_dies_and_comes_back_is_followed(mortal, long_file):
    server, client, page = mortal
    await page.goto(start(client, add_template(client, COLUMNS), long_file))
    await is_running(page)

    server.kill()
    await expect(page.locator("#connection")).to_contain_text("cannot be reached", timeout=15_000)
    server.start()

    await has_completed(page)
    await expect(page.locator("#connection")).to_have_count(0)
    await expect(page.locator(".receipt tfoot td")).to_have_text("200,001")


async def test_a_laptop_that_slept_catches_up_when_it_wakes(page, server, ada, template_id, short_file):
    asleep = False

    def carry(socket: WebSocketRoute) -> None:
        """A socket that is dead while its laptop sleeps, and does not know it afterwards."""
        dead = asleep
        server = socket.connect_to_server()

        def deliver(message: str | bytes) -> None:
            nonlocal dead
            dead = dead or asleep
            if not dead:
                socket.send(message)

        server.on_message(deliver)

    await page.route_web_socket(re.compile("/live$"), carry)
    await page.clock.install()
    with server.jobs_held():
        await page.goto(start(ada, template_id, short_file))
        await is_running(page)
        asleep = True
    finished(ada, page.url[-16:])
    await is_running(page)
    asleep = False
    await page.clock.fast_forward("01:00:00")

    await has_completed(page)


async def test_offline_is_said_and_caught_up_with(page, server, ada, template_id, short_file):
    with server.jobs_held():
        await page.goto(start(ada, template_id, short_file))
        await is_running(page)

        await page.context.set_offline(True)
        await expect(page.locator("#connection")).to_contain_text("You are offline")
    finished(ada, page.url.rsplit("/", 1)[1])
    await page.context.set_offline(False)

    await has_completed(page)
    await expect(page.locator("#connection")).to_have_count(0)


async def test_the_end_of_a_job_is_told_wherever_one_is(page, server, ada, template_id, short_file):
    with server.jobs_held():
        first = start(ada, template_id, short_file)
        await page.goto(first)
        await page.goto("/import_templates")
        await expect(page.locator("#running_jobs")).to_have_text("1 running")

    await expect(page.locator(".toast--completed")).to_contain_text("Imported short.xlsx", timeout=30_000)
    await expect(page.locator("#running_jobs")).to_have_text("")
    await expect(page.locator(".toast--completed a")).to_have_attribute("href", first)


async def test_on_the_page_of_one_job_the_end_of_another_is_told(page, server, ada, template_id, short_file):
    other = add_template(ada, ({"name": "Name", "type": "text"},))
    with server.jobs_held():
        start(ada, other, short_file)
        await page.goto(start(ada, template_id, short_file))
        second = start(ada, other, short_file)

    await has_completed(page)
    await expect(page.locator(f".toast a[href='{second}']")).to_have_count(1, timeout=15_000)
    assert await page.locator(f".toast a[href='{page.url}']").count() == 0


async def test_an_end_that_nobody_heard_is_told_on_the_next_page(page, server, ada, template_id, short_file):
    with server.jobs_held():
        path = start(ada, template_id, short_file)
        await page.goto(path)
        await is_running(page)
        await page.goto("about:blank")
    finished(ada, path[-16:])

    await page.goto("/account")

    await expect(page.locator(".toast--completed")).to_contain_text("Imported short.xlsx")


async def test_the_browser_s_own_notice_comes_when_the_tab_is_hidden(
    page, server, ada, template_id, short_file
):
    await page.add_init_script(
        """
        window.notices = [];
        window.Notification = class extends Notification {
          static get permission() { return "granted"; }
          constructor(text, options) { super(text, options); window.notices.push([text, options.tag]); }
        };
        Object.defineProperty(document, "hidden", { get: () => true });
        """
    )
    with server.jobs_held():
        await page.goto(start(ada, template_id, short_file))
        await is_running(page)
    await has_completed(page)

    job_id = page.url.rsplit("/", 1)[1]
    assert await page.evaluate("window.notices") == [
        ["Imported short.xlsx. 1 row imported: 1 created.", job_id]
    ]


async def test_the_list_of_jobs_is_live(page, server, ada, template_id, short_file):
    await page.goto("/jobs")
    await expect(page.get_by_role("heading", name="No jobs at the moment")).to_be_visible()

    with server.jobs_held():
        job_id = start(ada, template_id, short_file).rsplit("/", 1)[1]

        row = page.locator(f"#job_row_{job_id}")
        await expect(row).to_have_attribute("data-status", "processing")
        await expect(page.get_by_role("heading", name="No jobs at the moment")).to_be_hidden()
    await expect(row).to_have_attribute("data-status", "completed", timeout=30_000)
    await expect(row).to_contain_text("1 created")


async def test_signing_out_elsewhere_ends_the_pages_of_this_browser(
    page, server, ada, template_id, short_file
):
    with server.jobs_held():
        job = start(ada, template_id, short_file)
        await page.goto("/import_templates/new")
        await page.locator("[name=name]").fill("Half-typed")
        watching = await page.context.new_page()
        await watching.goto(job)
        await is_running(watching)

        ada.post("/sign_out")

    # A job's page goes to the sign-in page, and from there back to the job; what was typed elsewhere stays.
    await watching.wait_for_url(re.compile(r"/sign_in\?next="))
    await expect(watching.get_by_text("Sign in to go on")).to_be_visible()
    await expect(page.locator("#connection")).to_contain_text("You are signed out")
    assert await page.locator("[name=name]").input_value() == "Half-typed"


async def test_a_job_that_has_expired_meanwhile_says_so(mortal, long_file):
    server, client, page = mortal
    path = start(client, add_template(client, COLUMNS), long_file)
    await page.goto(path)
    await is_running(page)

    server.kill()
    with closing(sqlite3.connect(server.data / "status.sqlite3")) as conn, conn:
        conn.execute("DELETE FROM entries WHERE key LIKE 'job%'")
    (server.data / "queue.sqlite3").unlink()
    server.start()

    await expect(page.get_by_role("heading", name="This job is not here")).to_be_visible(timeout=20_000)


async def test_without_javascript_a_job_s_page_reloads_itself(
    browser, server, ada, template_id, short_file, enter
):
    async with window(browser, server.url, java_script_enabled=False) as page:
        await enter(page, ada)
        with server.jobs_held():
            await page.goto(start(ada, template_id, short_file))
            await expect(page.get_by_text("Running", exact=True)).to_be_visible()

        await expect(page.get_by_text("Completed", exact=True)).to_be_visible(timeout=30_000)
        await expect(page.get_by_role("heading", name="Imported short.xlsx")).to_be_visible()


async def test_times_are_in_the_reader_s_own_zone(browser, server, ada, template_id, short_file, enter):
    path = start(ada, template_id, short_file)
    async with window(browser, server.url, timezone_id="Asia/Kathmandu", locale="en-GB") as page:
        await enter(page, ada)
        await page.goto(path)
        times = page.locator(".status__times time")

        await expect(times.first).to_have_text(re.compile(r"^\d+ s ago$"))
        assert "GMT+5:45" in str(await times.first.get_attribute("title"))

"""A real Chromium, driven by Playwright: one for all tests here, which run in one event loop."""

import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from tests.conftest import missing

HERE = Path(__file__).parent
SCREENSHOTS = HERE.parent / "screenshots"

# On a machine that is busy with other things five seconds, Playwright's own, are not much.
expect.set_options(timeout=15_000)

# By these names Debian has Chromium. The first is the engine alone, without windows that nobody sees,
# for a third of the processor time.
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser")
# The flags keep it from calling its maker.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One event loop for all tests of this folder, because the browser they share lives in one."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            item.add_marker(pytest.mark.browser)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The browser. Each test has windows of its own, with cookies and storage of their own."""
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        missing("Chromium")
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield launched
        await launched.close()


@asynccontextmanager
async def window(browser: Browser, url: str, **options: Any) -> AsyncIterator[Page]:
    """A page of 1280 pixels, or as `options` have it. A fault in a script, or a refusal by our
    Content-Security-Policy, fails the test."""
    # Motion, sixty times a second without a graphics card, takes half a core while a test waits.
    usual = {"viewport": {"width": 1280, "height": 800}, "accept_downloads": True, "reduced_motion": "reduce"}
    options = {**usual, **options}
    context = await browser.new_context(base_url=url, **options)
    faults: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            faults.append(message.text)

    context.on("weberror", lambda error: faults.append(str(error.error)))
    context.on("console", note)
    try:
        yield await context.new_page()
    finally:
        await context.close()
    assert faults == []


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser, server) -> AsyncIterator[Page]:
    """A window for somebody who is not signed in yet."""
    async with window(browser, server.url) as opened:
        yield opened


@pytest.fixture
def enter() -> Callable[[Page, Any], Any]:
    """Signs a page in as an httpx client is, without going through the form."""

    async def enter(page: Page, client: Any) -> None:
        url = str(client.base_url)
        await page.context.add_cookies(
            [{"name": name, "value": value, "url": url} for name, value in client.cookies.items()]
        )

    return enter

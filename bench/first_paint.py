"""How soon a page can be seen: first contentful paint in Chromium on loopback, and what happens before.

`python -m bench.first_paint` prints the medians. Needs Chromium; nothing else should be at work.
"""

import asyncio
import os
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, async_playwright

from tests.browser.conftest import FLAGS
from tests.factories import make_workbook
from tests.server import Server, add_template, run_import

ROUNDS = 9

PAINT = """
() => new Promise((resolve) => {
  const tell = (entry) => resolve({
    paint: entry.startTime, html: performance.getEntriesByType("navigation")[0].responseEnd,
  });
  new PerformanceObserver((list) => tell(list.getEntriesByName("first-contentful-paint")[0]))
    .observe({ type: "paint", buffered: true });
})
"""


async def measure(
    browser: Browser, url: str, cookies: list[Any], path: str, *, again: bool
) -> dict[str, float]:
    """One visit with an empty cache, or a second one, when the browser has the style sheets."""
    context = await browser.new_context(base_url=url)
    await context.add_cookies(cookies)
    page = await context.new_page()
    if again:
        await page.goto("/account")
    await page.goto(path)
    times: dict[str, float] = await page.evaluate(PAINT)
    await context.close()
    return times


def paths(folder: Path, client: Any) -> Iterator[tuple[str, str]]:
    """The pages that a user meets in the main job."""
    template_id = add_template(client)
    template = f"/import_templates/{template_id}"
    job = run_import(client, template_id, make_workbook(folder, ["Name"], ["Ada"]))
    yield "templates", "/import_templates"
    yield "template form", f"{template}/edit"
    yield "import form", f"{template}/imports/new"
    yield "job", f"{template}/jobs/{job['job_id']}"
    yield "records", f"{template}/data_records"


async def main() -> None:
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with (
        tempfile.TemporaryDirectory() as name,
        Server.started(Path(name)) as server,
        server.client() as client,
    ):
        server.sign_up(client)
        pages = list(paths(Path(name), client))
        cookies = [{"name": n, "value": v, "url": server.url} for n, v in client.cookies.items()]
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
            print(f"{'':16}{'first visit':>24}{'later':>24}")
            for label, path in pages:
                line = f"{label:16}"
                for again in (False, True):
                    times = [
                        await measure(browser, server.url, cookies, path, again=again) for _ in range(ROUNDS)
                    ]
                    paint = statistics.median(t["paint"] for t in times)
                    html = statistics.median(t["html"] for t in times)
                    line += f"{paint:8.0f} ms (html {html:3.0f} ms)"
                print(line)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())

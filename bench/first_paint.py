"""How soon a page can be seen: first contentful paint in Chromium on loopback, and what happens before.

Needs Chromium; nothing else should be at work.
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

from bench.imports import held
from tests.browser.conftest import FLAGS
from tests.factories import make_workbook
from tests.server import Server, add_template, run_import

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
    yield "figures", f"{template}/figures"


def run(*, rounds: int) -> dict[str, Any]:
    """Medians of three visits a round, by page."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    return {"visits": 3 * rounds, "pages": asyncio.run(_pages(program, 3 * rounds)) if program else None}


def table(figures: dict[str, Any]) -> str:
    """The figures for people."""
    lines = [f"First contentful paint in Chromium, medians of {figures['visits']} visits; milliseconds"]
    if figures["pages"] is None:
        return f"{lines[0]}: not measured, since there is no Chromium here"
    lines.append(f"  {'':16}{'first visit':>24}{'later':>24}")
    for name, visits in figures["pages"].items():
        cells = "".join(f"{v['paint']:10.0f} (html {v['html']:4.0f})" for v in visits.values())
        lines.append(f"  {name:16}{cells}")
    slowest = max(v["paint"] for visits in figures["pages"].values() for v in visits.values())
    return "\n".join([*lines, held(slowest, 500, "ms, the slowest first contentful paint")])


async def _pages(program: str, visits: int) -> dict[str, dict[str, dict[str, float]]]:
    found: dict[str, dict[str, dict[str, float]]] = {}
    with (
        tempfile.TemporaryDirectory() as name,
        Server.started(Path(name)) as server,
        server.client() as client,
    ):
        server.sign_up(client)
        cookies = [{"name": n, "value": v, "url": server.url} for n, v in client.cookies.items()]
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
            for label, path in paths(Path(name), client):
                found[label] = {}
                for when in ("first visit", "later"):
                    times = [
                        await measure(browser, server.url, cookies, path, again=when == "later")
                        for _ in range(visits)
                    ]
                    found[label][when] = {
                        k: statistics.median(t[k] for t in times) for k in ("paint", "html")
                    }
            await browser.close()
    return found

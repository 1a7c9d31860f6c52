"""What browser tests look at on any page: who can use it, whether it fits, how much it weighs."""

from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, Response

_axe = Axe()

NARROW, WIDE = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
LOOKS = (("light", WIDE), ("dark", NARROW), ("dark", WIDE), ("light", NARROW))


async def barriers(page: Page) -> list[str]:
    """What axe-core finds on a page that keeps somebody from using it: a line each."""
    result = (await _axe.run(page)).response
    return [
        f"{violation['id']}: {violation['help']} {[node['target'] for node in violation['nodes']]}"
        for violation in result["violations"]
    ]


async def sideways(page: Page) -> int:
    """How many pixels the page itself can be scrolled sideways."""
    root = "document.documentElement"
    return int(await page.evaluate(f"{root}.scrollWidth - {root}.clientWidth"))


class Weight:
    """The bytes of style and script that a page loads, as they are before compression."""

    def __init__(self, page: Page) -> None:
        self._responses: list[Response] = []
        page.on("response", self._note)

    def _note(self, response: Response) -> None:
        self._responses.append(response)

    async def of_style_and_script(self) -> int:
        """Of all that was loaded so far, each address once."""
        wanted = {r.url: r for r in self._responses if r.request.resource_type in ("stylesheet", "script")}
        return sum([len(await response.body()) for response in wanted.values()])

    def hosts(self) -> set[str]:
        """Where all of the page came from."""
        return {response.url.split("/")[2] for response in self._responses}


async def photograph(page: Page, folder: Path, name: str) -> None:
    """Keep a picture of the whole page."""
    folder.mkdir(exist_ok=True)
    scheme = "dark" if await page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") else "light"
    width: Any = (page.viewport_size or {}).get("width")
    await page.screenshot(path=folder / f"{name}-{scheme}-{width}.png", full_page=True)

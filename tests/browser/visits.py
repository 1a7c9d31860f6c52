"""What browser tests look at on any page: who can use it, whether it fits, how much it weighs."""

from typing import Literal

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, Response, ViewportSize

from tests.browser.conftest import SCREENSHOTS

_SCRIPT = Axe().axe_script

NARROW: ViewportSize = {"width": 360, "height": 740}
WIDE: ViewportSize = {"width": 1280, "height": 800}
Scheme = Literal["light", "dark"]
LOOKS: tuple[tuple[ViewportSize, Scheme, Scheme], ...] = ((WIDE, "light", "dark"), (NARROW, "dark", "light"))
# In its other colours, a page of the same width differs in nothing else that axe-core has rules about.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
# A dozen rows of a table stand for all: the others are made alike, and each cell takes long to look at.
ALIKE = "tbody tr:nth-child(n + 13)"


async def barriers(page: Page, rules: list[str] | None = None) -> list[str]:
    """What keeps somebody from using a page, as axe-core finds it by these rules, or all: a line each."""
    if await page.evaluate("typeof axe") == "undefined":
        await page.evaluate(_SCRIPT)
    options = {"resultTypes": ["violations"], **({"runOnly": rules} if rules else {})}
    scan = "([context, options]) => axe.run(context, options)"
    result = await page.evaluate(scan, [{"exclude": [[ALIKE]]}, options])
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


async def look_at(page: Page, name: str) -> None:
    """All that is promised of every page, light and dark, wide and narrow; and a picture of each width."""
    for size, scheme, other in LOOKS:
        # Reduced motion: a colour half-way between two looks is no colour of either.
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await page.set_viewport_size(size)
        assert await sideways(page) == 0, f"{name} can be scrolled sideways at {size['width']} pixels"
        assert await barriers(page) == [], f"{name}, {scheme}, {size['width']} pixels"
        picture = SCREENSHOTS / f"{name}-{scheme}-{size['width']}.png"
        await page.screenshot(path=picture, full_page=True)

        await page.emulate_media(color_scheme=other, reduced_motion="reduce")
        assert await barriers(page, COLOUR_RULES) == [], f"{name}, {other}, {size['width']} pixels"

"""What people do with a grid of records, as addresses: each kind many times, and never twice the same."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from html import unescape

import httpx

from bench.app import COLUMNS

TIMES = 40
PACE_SECONDS = 2.0
"""Between two sorts by other columns: a person looks at the first one."""
LARGE = 50_000
TEXTS = (0, 1, 2, 3)  # places of the columns of texts
DAYS = (7, 8)
PATIENCE_SECONDS = 120

FIRST_SEARCH = "search, before it is prepared"
"""Nobody has looked at the records since the server's start or an import, and the first look is a search."""

Kind = Callable[[], list[float]]


class GridVisits:
    """A reader of one template's records. Each method gives the milliseconds of each of its pages.

    `times` is how often each kind of page is asked for, a multiple of 4.
    """

    def __init__(self, client: httpx.Client, template_id: int, records: int, *, times: int = TIMES) -> None:
        self._client = client
        self._times = times
        self._pace_seconds = PACE_SECONDS if records > LARGE else 0.0
        self.template = f"/import_templates/{template_id}"
        self.records = f"{self.template}/data_records"
        page = client.get(f"{self.records}/new").raise_for_status()
        self.keys = re.findall(r'name="(c\d+)"', page.text)

    def kinds(self) -> dict[str, Kind]:
        """The kinds of pages, in the order in which they are looked at."""
        return {
            FIRST_SEARCH: lambda: self.times(["?q=late0"]),
            "first page": lambda: self.times([""] * self._times),
            "next page": lambda: self.walk(""),
            "search, rare": self.rare_searches,
            "search, frequent": lambda: self.times(f"?q={text}" for text in self.frequent()),
            "search, none": lambda: self.times(f"?q=zq{n}x" for n in range(self._times)),
            "sort, first time": self.first_sorts,
            "sort, again": lambda: self.times(f"?sort={key}&dir=desc" for key in self.keys * 4),
            "sort, next page": lambda: self.walk(f"?sort={self.keys[4]}"),
            "filter, few found": lambda: self.times(self.filters(few=True)),
            "filter, many found": lambda: self.times(self.filters(few=False)),
            "filter, next page": lambda: self.walk(f"?{self.keys[6]}.from=500"),
            "filter and sort": lambda: self.times(
                f"{f}&sort={self.keys[0]}" for f in self.filters(few=False)
            ),
            "search and sort": lambda: self.times(
                f"?q=paid{100 + n}&sort={self.keys[4]}" for n in range(self._times)
            ),
            "edit a cell": self.edits,
            "first page after an edit": self.pages_after_edits,
            "search after an edit": self.searches_after_edits,
        }

    def times(self, queries: Iterable[str]) -> list[float]:
        return [self.timed(self.records + query)[0] for query in queries]

    def walk(self, query: str) -> list[float]:
        """From page to page, as its link leads."""
        took, address = [], self.records + query
        page = self._client.get(address).raise_for_status()
        for _ in range(self._times):
            link = re.search(r'rel="next" href="([^"]+)"', page.text)
            milliseconds, page = self.timed(unescape(link[1]) if link else address)
            took.append(milliseconds)
        return took

    def frequent(self) -> Iterator[str]:
        words = ("late", "paid", "calls", "often", "prefers", "mail", "asks", "discount", "since", "moving")
        yield from (word[start : start + size] for size in (4, 3) for word in words for start in (0, 1))

    def filters(self, *, few: bool) -> Iterator[str]:
        """Of texts, numbers and days by turns."""
        for n in range(self._times // 4):
            text, day = self.keys[TEXTS[n % 4]], self.keys[DAYS[n % 2]]
            yield f"?{text}.contains={'ta49' if few else 'a'}{n}"
            start, end = (100 * n, 100 * n + 5) if few else (300 * n, 9000)
            yield f"?{self.keys[4]}.from={start}&{self.keys[4]}.to={end}"
            yield (
                f"?{day}.from={1960 + n}-01-01&{day}.to={1960 + n}-01-05"
                if few
                else f"?{day}.from={1960 + n}-01-01"
            )
            yield f"?{self.keys[5]}.is=0.{n}12345" if few else f"?{self.keys[6]}.from={100 + n}"

    def rare_searches(self) -> list[float]:
        time.sleep(self._pace_seconds)  # a person types
        return self.times(f"?q=paid{4000 + n}" for n in range(self._times))

    def first_sorts(self) -> list[float]:
        took = []
        for key in self.keys:
            took += self.times([f"?sort={key}"])
            time.sleep(self._pace_seconds)
        return took

    def edits(self) -> list[float]:
        took = []
        for n in range(self._times):
            started = time.perf_counter()
            self._edit(n)
            took.append((time.perf_counter() - started) * 1000)
        return took

    def pages_after_edits(self) -> list[float]:
        return [self._after_edit(n, "") for n in range(self._times)]

    def searches_after_edits(self) -> list[float]:
        return [self._after_edit(n, f"?q=discount{n + 77}") for n in range(self._times)]

    def figures(self) -> tuple[list[float], float]:
        """Milliseconds of each page of figures while they are worked out, and seconds until all are there."""
        started, took = time.perf_counter(), []
        while time.perf_counter() - started < PATIENCE_SECONDS:
            milliseconds, page = self.timed(f"{self.template}/figures")
            took.append(milliseconds)
            if "data-waits" not in page.text:
                return took, time.perf_counter() - started
            time.sleep(self._pace_seconds / 4)
        raise AssertionError("the figures were not there in time")

    def _edit(self, number: int) -> None:
        cell = f"{self.records}/{number * 7 + 1}/cells/{self.keys[6][1:]}"
        self._client.post(cell, data={"value": str(number)}).raise_for_status()

    def _after_edit(self, number: int, query: str) -> float:
        self._edit(number + self._times)
        return self.timed(self.records + query)[0]

    def timed(self, address: str) -> tuple[float, httpx.Response]:
        started = time.perf_counter()
        page = self._client.get(address).raise_for_status()
        return (time.perf_counter() - started) * 1000, page


def percentile(values: list[float], share: float) -> float:
    """Of a list that is not empty."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def summary(values: list[float]) -> dict[str, float]:
    """Median, 95th percentile, the slowest, and how many there were."""
    return {
        "p50": statistics.median(values),
        "p95": percentile(values, 0.95),
        "slowest": max(values),
        "pages": len(values),
    }


COLUMN_FORMS = tuple({"name": name, "type": kind} for name, kind in COLUMNS)

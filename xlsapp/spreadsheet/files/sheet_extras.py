"""What a sheet of an xlsx file says beside its cells: which are merged, where links lead, rows of totals."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.sax.saxutils import unescape

from xlsapp.spreadsheet.cells.values import column_index
from xlsapp.spreadsheet.files.packages import Package, relationships

# A sheet may have 65,530 links; a hostile one more, over a million cells each.
MAX_LINKED_CELLS = 100_000
MAX_MERGES = 100_000

_MERGE = re.compile(rb'<mergeCell\b[^>]*\bref="([A-Z]+\d+):([A-Z]+\d+)"')
_LINKING = re.compile(
    rb'<c\b[^>]*?\br="([A-Z]+)(\d+)"[^>]*><f\b[^>]*>HYPERLINK\((?:"|&quot;)([^<]*?)(?:"|&quot;)[,)]'
)
_LINKS = re.compile(rb"<hyperlinks\b.*?</hyperlinks>", re.DOTALL)
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})(?::([A-Z]{1,3})(\d{1,7}))?")

Links = Mapping[int, Mapping[int, str]]
"""Column, counted from 0 → row, as Excel counts → where a link leads."""


@dataclass(frozen=True, slots=True)
class Area:
    """Cells from one corner to the other: rows as Excel counts, columns counted from 0, both ends within."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(frozen=True, slots=True)
class SheetExtras:
    """What there is beside the cells of one sheet."""

    merges: tuple[Area, ...] = ()
    links: Links = field(default_factory=dict)


def area_of(reference: str) -> Area | None:
    """A reference, B2 or A1:C7, as an area."""
    match = _CELL.fullmatch(reference)
    if match is None:
        return None
    first, last = (column_index(letters + "1") for letters in (match[1], match[3] or match[1]))
    return Area(int(match[2]), first, int(match[4] or match[2]), last)


def extras_of(package: Package, part: str, tail: bytes) -> SheetExtras:
    """What the tail of a sheet's part, behind its rows, says."""
    merges = []
    for number, (first, last) in enumerate(_MERGE.findall(tail)):
        area = area_of(f"{first.decode()}:{last.decode()}")
        if area and number < MAX_MERGES:
            merges.append(area)
    return SheetExtras(tuple(merges), _links(package, part, tail))


def linking_formulas(piece: bytes) -> dict[int, dict[int, str]]:
    """The cells of a piece whose formula is a link to an address that stands in it."""
    found: dict[int, dict[int, str]] = {}
    for letters, row, target in _LINKING.findall(piece):
        address = unescape(target.decode(), {"&quot;": '"'}).replace('""', '"')
        found.setdefault(column_index(letters.decode() + row.decode()), {})[int(row)] = address
    return found


def has_links(package: Package, part: str) -> bool:
    """Whether a sheet may have links that lead out of the workbook."""
    return any(kind.endswith("/hyperlink") for kind, _ in _related(package, part).values())


def totals_rows(package: Package, part: str) -> frozenset[int]:
    """The rows that the sheet's tables declare as their totals."""
    rows: set[int] = set()
    for kind, target in _related(package, part).values():
        if kind.endswith("/table") and target in package:
            table = package.xml(target)
            area = area_of(table.get("ref", ""))
            count = table.get("totalsRowCount", "0")
            if area and count.isdecimal() and int(count) <= area.last_row - area.first_row:
                rows.update(range(area.last_row - int(count) + 1, area.last_row + 1))
    return frozenset(rows)


def _related(package: Package, part: str) -> Mapping[str, tuple[str, str]]:
    folder, _, name = part.rpartition("/")
    related = f"{folder}/_rels/{name}.rels".lstrip("/")
    return relationships(package, related, folder) if related in package else {}


def _links(package: Package, part: str, tail: bytes) -> Links:
    match = _LINKS.search(tail)
    if match is None:
        return {}
    targets = link_targets(package, part)
    found: dict[int, dict[int, str]] = {}
    for row, column, target in _linked_cells(match[0], targets):
        found.setdefault(column, {})[row] = target
    return found


def link_targets(package: Package, part: str) -> Mapping[str, str]:
    """Relationship id → the address outside the workbook to which it leads."""
    folder, _, name = part.rpartition("/")
    related = f"{folder}/_rels/{name}.rels".lstrip("/")
    if related not in package:
        return {}
    return {
        element.get("Id", ""): element.get("Target", "")
        for element in package.xml(related)
        if element.get("Type", "").endswith("/hyperlink") and element.get("TargetMode") == "External"
    }


def _linked_cells(links: bytes, targets: Mapping[str, str]) -> Iterator[tuple[int, int, str]]:
    """Row, column and address of each linked cell."""
    given = 0
    for element in ElementTree.fromstring(re.sub(rb"\b\w+:(?=\w+=)", b"", links)):  # noqa: S314
        area, target = area_of(element.get("ref", "")), targets.get(element.get("id", ""), "")
        if area is None or not target:
            continue
        if location := element.get("location", ""):
            target = f"{target}#{location}"
        for row in range(area.first_row, area.last_row + 1):
            for column in range(area.first_column, area.last_column + 1):
                given += 1
                if given > MAX_LINKED_CELLS:
                    return
                yield row, column, target

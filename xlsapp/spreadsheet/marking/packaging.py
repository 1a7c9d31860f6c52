"""What a package says of its parts: which relationships there are, and of what kind each part is."""

from collections.abc import Iterable, Iterator
from posixpath import relpath

from xlsapp.spreadsheet.files.packages import Package, relationships
from xlsapp.spreadsheet.marking.xml_parts import (
    Element,
    before_end,
    children,
    require_utf8,
    root_prefix,
)
from xlsapp.spreadsheet.writing.package_parts import DECLARATION

_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES_PART = "[Content_Types].xml"


def rels_part(part: str) -> str:
    """Where a part's relationships lie."""
    folder, _, name = part.rpartition("/")
    return f"{folder}/_rels/{name}.rels".lstrip("/")


def related(package: Package, part: str) -> dict[str, tuple[str, str]]:
    """Relationship id → its type and the part it leads to; nothing where a part has none."""
    rels = rels_part(part)
    return relationships(package, rels, part.rpartition("/")[0]) if rels in package else {}


def related_part(package: Package, part: str, kind: str) -> str:
    """The part of a kind that another one leads to; "" where there is none."""
    found = (target for type_, target in related(package, part).values() if type_.endswith(f"/{kind}"))
    return next((target for target in found if target in package), "")


class Relationships:
    """A part's relationships, to which some are added."""

    def __init__(self, package: Package, part: str) -> None:
        self.part = rels_part(part)
        self._folder = part.rpartition("/")[0]
        self.xml = (
            package.read(self.part)
            if self.part in package
            else f'{DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships"/>'.encode()
        )
        require_utf8(self.xml)
        self._ids = {element.attribute("Id") for element in _listed(self.xml)}

    def add(self, kind: str, target: str) -> str:
        """Lead to another part. Returns the relationship's id."""
        name = next(
            f"rId{number}" for number in range(1, len(self._ids) + 2) if f"rId{number}" not in self._ids
        )
        self._ids.add(name)
        p = root_prefix(self.xml).decode()
        path = relpath("/" + target, "/" + self._folder)
        entry = f'<{p}Relationship Id="{name}" Type="{kind}" Target="{path}"/>'
        self.xml = before_end(self.xml, entry.encode())
        return name


def with_types(
    types: bytes, overrides: Iterable[tuple[str, str]], defaults: Iterable[tuple[str, str]]
) -> bytes:
    """[Content_Types].xml with parts (path, kind) and suffixes (suffix, kind) that it may not have yet."""
    require_utf8(types)
    p = root_prefix(types).decode()
    found = list(_listed(types))
    suffixes = {each.attribute("Extension").lower() for each in found if each.name == "Default"}
    parts = {each.attribute("PartName").lower() for each in found if each.name == "Override"}
    new = [
        f'<{p}Default Extension="{suffix}" ContentType="{kind}"/>'
        for suffix, kind in defaults
        if suffix not in suffixes
    ]
    new += [
        f'<{p}Override PartName="/{part}" ContentType="{kind}"/>'
        for part, kind in overrides
        if f"/{part}".lower() not in parts
    ]
    return before_end(types, "".join(new).encode())


def free_name(package: Package, pattern: str) -> tuple[str, int]:
    """The first of the names `xl/comments1.xml`, `xl/comments2.xml` … that is free, and its number."""
    number = 1
    while pattern.format(number) in package:
        number += 1
    return pattern.format(number), number


def _listed(xml: bytes) -> Iterator[Element]:
    return children(xml) if b"</" in xml else iter(())

"""A part's XML, changed in one place while the rest stays to the byte: found by tags, and not parsed.

A part may call its elements what it likes (`<x:sheets>`): its prefix is that of its root.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from xml.sax.saxutils import unescape

from xlsapp.spreadsheet.files.workbook_error import CannotRead

# A tag with its attributes, in which ">" may stand between quotes; or what is no tag.
_TAG = re.compile(
    rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>"
    rb"""|<(?P<end>/?)(?P<name>[A-Za-z_][\w:.-]*)(?P<rest>(?:[^<>"']|"[^"]*"|'[^']*')*)>""",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(rb"""([\w:.-]+)\s*=\s*("[^"]*"|'[^']*')""")
_ENTITIES = {"&quot;": '"', "&apos;": "'"}


@dataclass(frozen=True, slots=True)
class Element:
    """An element of a text, with all that is in it: where it begins and ends there."""

    name: str
    """Without a prefix."""
    start: int
    end: int
    tag: bytes
    """Its first tag."""

    def attribute(self, name: str) -> str:
        """An attribute, "" where it has none. A name without a prefix is found with every one."""
        return attributes(self.tag).get(name, "")


def root_prefix(xml: bytes) -> bytes:
    """What a part writes before the names of its elements: nothing, or `x:`. Raises CannotRead."""
    for match in _TAG.finditer(xml):
        if match["name"]:
            prefix, colon, _ = match["name"].rpartition(b":")
            return bytes(prefix + colon)
    raise CannotRead("a part without an element")


def require_utf8(xml: bytes) -> None:
    """Raises CannotRead for a part in another encoding: what we put into it would be none."""
    start = xml[:200]
    declared = re.search(rb"""encoding=["']([\w-]+)["']""", start)
    if b"\x00" in start or (declared and declared[1].lower() not in (b"utf-8", b"us-ascii")):
        raise CannotRead("a part that is not in UTF-8")


def attributes(tag: bytes) -> dict[str, str]:
    """A tag's attributes, without prefixes; a namespace's declaration is left out."""
    found = {}
    for key, value in _ATTRIBUTE.findall(tag):
        if not key.startswith(b"xmlns"):
            text = unescape(value[1:-1].decode("utf-8", "replace"), _ENTITIES)
            found[key.decode().rpartition(":")[2]] = text
    return found


def with_attribute(tag: bytes, name: str, value: str) -> bytes:
    """A tag with another value of an attribute."""
    new = f' {name}="{value}"'.encode()
    changed, count = re.subn(rf"""\s{name}\s*=\s*("[^"]*"|'[^']*')""".encode(), lambda _: new, tag, count=1)
    if count:
        return changed
    end = len(tag) - (2 if tag.endswith(b"/>") else 1)
    return tag[:end] + new + tag[end:]


def elements(xml: bytes, start: int = 0, end: int | None = None) -> Iterator[Element]:
    """The elements that follow one another in a text, without those that are in them. Raises CannotRead."""
    depth, began, name, tag = 0, 0, "", b""
    for match in _TAG.finditer(xml, start, len(xml) if end is None else end):
        if not match["name"]:
            continue
        if match["end"]:
            depth -= 1
            if depth < 0:
                return
            if depth == 0:
                yield Element(name, began, match.end(), tag)
            continue
        if depth == 0:
            began, tag, name = match.start(), match[0], match["name"].decode().rpartition(":")[2]
        if match["rest"].endswith(b"/"):
            if depth == 0:
                yield Element(name, began, match.end(), tag)
        else:
            depth += 1
    if depth:
        raise CannotRead("a part whose elements do not end")


def inside(xml: bytes, element: Element | None = None) -> tuple[int, int]:
    """Where the inside of an element begins and ends; of the root, without one. Raises CannotRead."""
    if element is None:
        root = next((match for match in _TAG.finditer(xml) if match["name"]), None)
        stop = xml.rfind(b"</")
        if root is None or stop < root.end():
            raise CannotRead("a part without anything in it")
        return root.end(), stop
    if element.tag.endswith(b"/>"):
        return element.end, element.end
    return element.start + len(element.tag), xml.rfind(b"</", element.start, element.end)


def children(xml: bytes, element: Element | None = None) -> Iterator[Element]:
    """The elements right in an element, or in the root."""
    start, end = inside(xml, element)
    return elements(xml, start, end)


def replaced(xml: bytes, changes: dict[tuple[int, int], bytes]) -> bytes:
    """A text with other bytes in some places, by where these begin and end."""
    pieces, at = [], 0
    for (start, end), new in sorted(changes.items()):
        pieces += [xml[at:start], new]
        at = end
    return b"".join([*pieces, xml[at:]])


def before_end(xml: bytes, new: bytes) -> bytes:
    """A part with something new at the end of its root."""
    xml, end = _opened(xml)
    return xml[:end] + new + xml[end:]


def _opened(xml: bytes) -> tuple[bytes, int]:
    """A part whose root can take something, and where that goes: `<Relationships/>` cannot."""
    root = next((match for match in _TAG.finditer(xml) if match["name"]), None)
    if root is None:
        raise CannotRead("a part without an element")
    if root[0].endswith(b"/>"):
        xml = xml[: root.end() - 2] + b"></" + root["name"] + b">" + xml[root.end() :]
        return xml, root.end() - 1
    return xml, inside(xml)[1]


def placed(xml: bytes, new: bytes, is_later: Callable[[str], bool]) -> bytes:
    """A part with something new in its root, before the first of its elements that must come later."""
    xml, end = _opened(xml)
    start, _ = inside(xml)
    at = next((each.start for each in elements(xml, start, end) if is_later(each.name)), end)
    return xml[:at] + new + xml[at:]

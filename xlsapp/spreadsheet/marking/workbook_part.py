"""The workbook's own part, with a first sheet more: every place that counts sheets counts on."""

from collections.abc import Iterator

from xlsapp.spreadsheet.files.marked_sheets import NAME
from xlsapp.spreadsheet.files.workbook_error import CannotRead
from xlsapp.spreadsheet.marking.xml_parts import (
    Element,
    attributes,
    children,
    elements,
    inside,
    placed,
    replaced,
    require_utf8,
    root_prefix,
    with_attribute,
)
from xlsapp.spreadsheet.writing.package_parts import quoted
from xlsapp.spreadsheet.writing.text import attribute_text, element_text

SHEET_NAME = "Problems"
# What stands before a workbook's names (ECMA-376 part 1, 18.2.27).
_BEFORE_NAMES = frozenset(
    {
        *("fileVersion", "fileSharing", "workbookPr", "workbookProtection", "bookViews", "sheets"),
        *("functionGroups", "externalReferences", "definedNames", "AlternateContent", "revisionPtr"),
    }
)


def with_first_sheet(workbook: bytes, relationship: str, namespace: str) -> bytes:
    """The part with our sheet before all others, under the id of its relationship. Raises CannotRead."""
    require_utf8(workbook)
    p = root_prefix(workbook).decode()
    found = {element.name: element for element in children(workbook)}
    if "sheets" not in found:
        raise CannotRead("a workbook without sheets")
    sheets = list(children(workbook, found["sheets"]))
    taken = {sheet.attribute("name").casefold() for sheet in sheets}
    numbers = [int(sheet.attribute("sheetId")) for sheet in sheets if sheet.attribute("sheetId").isdecimal()]
    name = next(name for name in _names() if name.casefold() not in taken)
    start, _ = inside(workbook, found["sheets"])
    sheet = (
        f'<{p}sheet xmlns:r="{namespace}" name="{attribute_text(name)}" '
        f'sheetId="{max(numbers, default=0) + 1}" r:id="{relationship}"/>'
    )
    changes = {(start, start): sheet.encode()}
    for view in _in(workbook, found.get("bookViews")):
        changes[view.start, view.start + len(view.tag)] = _shifted_view(view.tag)
    for each in _in(workbook, found.get("definedNames")):
        if local := each.attribute("localSheetId"):
            tag = with_attribute(each.tag, "localSheetId", str(int(local) + 1))
            changes[each.start, each.start + len(each.tag)] = tag
    ours = f'<{p}definedName name="{NAME}" hidden="1">{element_text(quoted(name) + "!$A$1")}</{p}definedName>'
    if "definedNames" in found:
        _, end = inside(workbook, found["definedNames"])
        changes[end, end] = ours.encode()
        return replaced(workbook, changes)
    block = f"<{p}definedNames>{ours}</{p}definedNames>".encode()
    return placed(replaced(workbook, changes), block, lambda name: name not in _BEFORE_NAMES)


def _names() -> Iterator[str]:
    yield SHEET_NAME
    number = 1
    while True:
        number += 1
        yield f"{SHEET_NAME} {number}"


def _in(xml: bytes, element: Element | None) -> Iterator[Element]:
    return elements(xml, *inside(xml, element)) if element else iter(())


def _shifted_view(tag: bytes) -> bytes:
    """A window that shows the sheet which it showed before; its row of tabs begins with the first."""
    shown = attributes(tag).get("activeTab", "0")
    moved = with_attribute(tag, "activeTab", str(int(shown) + 1))
    return with_attribute(moved, "firstSheet", "0") if b"firstSheet" in tag else moved

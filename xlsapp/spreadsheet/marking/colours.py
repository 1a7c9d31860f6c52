"""Colours of marked cells: as conditional formats, so that no cell and no style of the workbook is touched.

They are known again by their condition, which is true of every cell and says nothing but whose they are.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from xml.sax.saxutils import unescape

from xlsapp.spreadsheet.cells.values import column_letters
from xlsapp.spreadsheet.marking.marks import Mark
from xlsapp.spreadsheet.marking.xml_parts import Element, children, placed, replaced

CONDITION = '"xlsapp"<>""'
_WRITTEN = "&quot;xlsapp&quot;&lt;&gt;&quot;&quot;"

# As Excel's own styles “Bad” and “Neutral” have them.
COLOURS = (("FF9C0006", "FFFFC7CE"), ("FF7F6000", "FFFFEB9C"))
"""Of problems and of warnings: letters, and what is behind them."""

# A rule with more areas is slow to read for programs that look at each of them for each cell.
AREAS_IN_RULE = 400

_FORMULA = re.compile(rb"<(?:[\w.-]+:)?formula>([^<]*)</")
# What stands before the conditional formats of a sheet (ECMA-376 part 1, 18.3.1.99), behind its rows.
_BEFORE = frozenset(
    {
        *("sheetCalcPr", "sheetProtection", "protectedRanges", "scenarios", "autoFilter", "sortState"),
        *("dataConsolidate", "customSheetViews", "mergeCells", "phoneticPr", "conditionalFormatting"),
    }
)
_STYLES_BEFORE = frozenset(
    {"numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs"}
)


def formats(prefix: str) -> list[bytes]:
    """The formats of problems and of warnings."""
    p = prefix
    return [
        f'<{p}dxf><{p}font><{p}color rgb="{letters}"/></{p}font><{p}fill><{p}patternFill patternType="solid">'
        f'<{p}bgColor rgb="{behind}"/></{p}patternFill></{p}fill></{p}dxf>'.encode()
        for letters, behind in COLOURS
    ]


def with_formats(styles: bytes, prefix: str) -> tuple[bytes, int]:
    """The styles part with these formats, and the number of the first; those from earlier serve again."""
    new = formats(prefix)
    listed = next((each for each in children(styles) if each.name == "dxfs"), None)
    if listed is None:
        block = f'<{prefix}dxfs count="{len(new)}">'.encode() + b"".join(new) + f"</{prefix}dxfs>".encode()
        return placed(styles, block, lambda name: name not in _STYLES_BEFORE), 0
    there = [styles[each.start : each.end] for each in children(styles, listed)]
    if new[0] in there and there[there.index(new[0]) : there.index(new[0]) + 2] == new:
        return styles, there.index(new[0])
    block = f'<{prefix}dxfs count="{len(there) + len(new)}">'.encode()
    block += b"".join([*there, *new]) + f"</{prefix}dxfs>".encode()
    return replaced(styles, {(listed.start, listed.end): block}), len(there)


def without_ours(tail: bytes) -> bytes:
    """What follows a sheet's rows, without the colours of an earlier time."""
    changes = {}
    for element in _conditional(tail):
        rules = list(children(tail, element))
        ours = [rule for rule in rules if _is_ours(tail[rule.start : rule.end])]
        if ours and len(ours) == len([rule for rule in rules if rule.name == "cfRule"]):
            changes[element.start, element.end] = b""
        elif ours:
            changes |= {(rule.start, rule.end): b"" for rule in ours}
    return replaced(tail, changes)


def with_colours(tail: bytes, prefix: str, marks: Sequence[Mark], *, first_format: int, width: int) -> bytes:
    """What follows a sheet's rows, with the colours of marks; a row is coloured up to `width` columns."""
    priority = 1 + max((_priority(tail, element) for element in _conditional(tail)), default=0)
    pieces = []
    for is_warning in (False, True):
        areas = list(_areas([mark for mark in marks if mark.warning is is_warning], width))
        for start in range(0, len(areas), AREAS_IN_RULE):
            of_rule = " ".join(areas[start : start + AREAS_IN_RULE])
            pieces.append(
                f'<{prefix}conditionalFormatting sqref="{of_rule}"><{prefix}cfRule type="expression" '
                f'dxfId="{first_format + is_warning}" priority="{priority}">'
                f"<{prefix}formula>{_WRITTEN}</{prefix}formula>"
                f"</{prefix}cfRule></{prefix}conditionalFormatting>"
            )
            priority += 1
    return placed(tail, "".join(pieces).encode(), lambda name: name not in _BEFORE)


def _conditional(tail: bytes) -> list[Element]:
    return [element for element in children(tail) if element.name == "conditionalFormatting"]


def _is_ours(rule: bytes) -> bool:
    formula = _FORMULA.search(rule)
    return formula is not None and unescape(formula[1].decode(), {"&quot;": '"'}) == CONDITION


def _priority(tail: bytes, element: Element) -> int:
    found = [rule.attribute("priority") for rule in children(tail, element) if rule.name == "cfRule"]
    return max((int(each) for each in found if each.isdecimal()), default=0)


def _areas(marks: Sequence[Mark], width: int) -> Iterator[str]:
    """The cells as few areas: neighbours in a column are one."""
    for mark in marks:
        if mark.is_row:
            end = column_letters(max(mark.index, width - 1))
            yield f"{column_letters(mark.index)}{mark.row}:{end}{mark.row}"
    cells = sorted((mark.index, mark.row) for mark in marks if not mark.is_row)
    for _, run in groupby(enumerate(cells), lambda pair: (pair[1][0], pair[1][1] - pair[0])):
        below = [cell for _, cell in run]
        index, first = below[0]
        letters, last = column_letters(index), below[-1][1]
        yield f"{letters}{first}" if first == last else f"{letters}{first}:{letters}{last}"

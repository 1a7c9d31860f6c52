"""Text as a workbook's XML has it, so that every reader gets back the very same characters."""

import re

# Excel's own limit for one cell, in UTF-16 code units: an emoji counts as two.
MAX_CELL_UNITS = 32_767

# What XML cannot hold is written _xHHHH_; a text that looks like this already has its underscore written so
# (ECMA-376 part 1, 22.9.2.19). A bare carriage return would come back as a line feed.
_CODED = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_NO_BLANKS = re.compile("[\t\n]")


def element_text(text: str) -> str:
    """A text to stand between two tags."""
    text = markup_escaped(text)
    # isprintable() knows all the characters that are coded, and takes a nanosecond for each.
    return text if text.isprintable() and "_x" not in text else _CODED.sub(_code, text)


def markup_escaped(text: str) -> str:
    """A text with nothing in it that could be taken for a tag or an entity."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def attribute_text(text: str) -> str:
    """A text to stand in an attribute, between double quotes."""
    # XML makes spaces of line feeds and tabs in attributes.
    return _NO_BLANKS.sub(_code, element_text(text)).replace('"', "&quot;")


def text_element(text: str) -> str:
    """A `<t>` element. Blanks at its ends are lost without `xml:space`."""
    space = "" if text == text.strip() else ' xml:space="preserve"'
    return f"<t{space}>{element_text(text)}</t>"


def units(text: str) -> int:
    """A text's length as Excel counts it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def shortened(text: str, most: int) -> str:
    """A text of at most `most` characters as Excel counts them, with … where it was cut."""
    if units(text) <= most:
        return text
    cut = text[: most - 1]
    while units(cut) > most - 1:
        cut = cut[:-1]
    return cut.rstrip() + "…"


def _code(match: re.Match[str]) -> str:
    return f"_x{ord(match[0]):04X}_"

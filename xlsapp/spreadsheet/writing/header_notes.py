"""Notes on the header cells: their texts, and the drawing that Excel wants to have for each of them."""

from collections.abc import Sequence

from xlsapp.spreadsheet.cells.values import column_letters
from xlsapp.spreadsheet.writing.package_parts import DECLARATION, MAIN
from xlsapp.spreadsheet.writing.text import text_element

# A note's width in pixels, how many characters fit into it; the height of its lines, and of the sheet's rows.
_WIDTH = 300
_CHARACTERS_A_LINE = 44
_LINE_PIXELS, _ROW_PIXELS = 18, 20

_SHAPE = (
    '<v:shape id="_x0000_s{number}" type="#_x0000_t202" '
    'style="position:absolute;width:{width}px;height:{height}px;z-index:{order};visibility:hidden" '
    'fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/>'
    '<v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
    '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
    '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
    "<x:Anchor>{left}, 15, 1, 4, {right}, {offset}, {bottom}, 4</x:Anchor>"
    "<x:AutoFill>False</x:AutoFill><x:Row>0</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
)


def comments(notes: Sequence[str]) -> str:
    """The comments part: a note for each of the first cells of row 1."""
    rows = "".join(
        f'<comment ref="{column_letters(index)}1" authorId="0"><text><r>'
        '<rPr><sz val="9"/><color indexed="81"/><rFont val="Tahoma"/><family val="2"/></rPr>'
        f"{text_element(note)}</r></text></comment>"
        for index, note in enumerate(notes)
    )
    return (
        f'{DECLARATION}<comments xmlns="{MAIN}"><authors><author></author></authors>'
        f"<commentList>{rows}</commentList></comments>"
    )


def drawing(notes: Sequence[str], widths: Sequence[float]) -> str:
    """The drawing part, in the VML that notes have always had. `widths` are those of the sheet's columns."""
    shapes = "".join(_shape(index, note, widths) for index, note in enumerate(notes))
    return (
        '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
        'xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit">'
        '<o:idmap v:ext="edit" data="1"/></o:shapelayout><v:shapetype id="_x0000_t202" '
        'coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>'
        f'<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>{shapes}</xml>'
    )


def _shape(index: int, note: str, widths: Sequence[float]) -> str:
    lines = sum(1 + len(line) // _CHARACTERS_A_LINE for line in note.split("\n"))
    right, offset = _right_edge(index + 1, widths)
    return _SHAPE.format(
        number=1025 + index,
        order=index + 1,
        column=index,
        width=_WIDTH,
        height=(lines + 1) * _LINE_PIXELS,
        left=index + 1,
        right=right,
        offset=offset,
        bottom=2 + lines * _LINE_PIXELS // _ROW_PIXELS,
    )


def _right_edge(left: int, widths: Sequence[float]) -> tuple[int, int]:
    """The column in which a note ends that begins in column `left`, and how many pixels within it."""
    missing = _WIDTH
    for index, width in enumerate(widths[left:], left):
        pixels = round(width * 7) + 5
        if pixels > missing:
            return index, missing
        missing -= pixels
    columns, pixels = divmod(missing, 64)  # beyond the table all are 64 pixels wide
    return len(widths) + columns, pixels

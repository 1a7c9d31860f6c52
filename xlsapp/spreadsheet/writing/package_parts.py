"""The small parts of a workbook: what is in the package, its sheets, its styles."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from xlsapp.spreadsheet.writing.text import attribute_text, element_text

DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

COMMENTS_PART = "xl/comments1.xml"
DRAWING_PART = "xl/drawings/vmlDrawing1.vml"


class Style(enum.IntEnum):
    """The formats of cells: their places in the styles part."""

    NUMBER = 0
    TEXT = 1
    INTEGER = 2
    DATE = 3
    DATETIME = 4
    DATETIME_MS = 5
    TIME = 6
    TIME_MS = 7
    BOOLEAN = 8
    HEADER = 9
    TITLE = 10
    SUBTITLE = 11
    WRAPPED = 12
    DURATION = 13
    DURATION_MS = 14


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of the workbook. `defined_names` are (name, what it stands for), known in this sheet alone."""

    name: str
    hidden: bool = False
    defined_names: tuple[tuple[str, str], ...] = ()


def quoted(sheet_name: str) -> str:
    """A sheet's name as formulas have it."""
    return "'" + sheet_name.replace("'", "''") + "'"


def content_types(sheets: Sequence[Sheet]) -> str:
    """[Content_Types].xml."""
    parts = [("xl/workbook.xml", "sheet.main"), ("xl/styles.xml", "styles"), (COMMENTS_PART, "comments")]
    parts += [(sheet_part(index), "worksheet") for index in range(len(sheets))]
    overrides = "".join(
        f'<Override PartName="/{part}" ContentType="{_TYPE}.{kind}+xml"/>' for part, kind in parts
    )
    return (
        f'{DECLARATION}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/>'
        f"{overrides}</Types>"
    )


def relationships(targets: Sequence[tuple[str, str]]) -> str:
    """A .rels part. `targets` are (kind, target); the ids are rId1, rId2 …"""
    rows = "".join(
        f'<Relationship Id="rId{number}" Type="{RELATIONSHIPS}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'{DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships">{rows}</Relationships>'


def package_relationships() -> str:
    """_rels/.rels."""
    return relationships([("officeDocument", "xl/workbook.xml")])


def workbook_relationships(sheets: Sequence[Sheet]) -> str:
    """xl/_rels/workbook.xml.rels."""
    targets = [("worksheet", sheet_part(index).removeprefix("xl/")) for index in range(len(sheets))]
    return relationships([*targets, ("styles", "styles.xml")])


def sheet_relationships() -> str:
    """The .rels part of the first sheet: its drawing, which is rId1, and the notes in it."""
    return relationships([("vmlDrawing", "../drawings/vmlDrawing1.vml"), ("comments", "../comments1.xml")])


def sheet_part(index: int) -> str:
    """Where a sheet lies in the package. Counted from 0."""
    return f"xl/worksheets/sheet{index + 1}.xml"


def workbook(sheets: Sequence[Sheet]) -> str:
    """xl/workbook.xml."""
    entries = "".join(
        f'<sheet name="{attribute_text(sheet.name)}" sheetId="{number}"'
        f'{" state=" + chr(34) + "hidden" + chr(34) if sheet.hidden else ""} r:id="rId{number}"/>'
        for number, sheet in enumerate(sheets, 1)
    )
    names = "".join(
        f'<definedName name="{name}" localSheetId="{index}"'
        f"{' hidden=' + chr(34) + '1' + chr(34) if name.endswith('_FilterDatabase') else ''}>"
        f"{element_text(target)}</definedName>"
        for index, sheet in enumerate(sheets)
        for name, target in sheet.defined_names
    )
    return (
        f'{DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONSHIPS}">'
        '<bookViews><workbookView xWindow="0" yWindow="0" windowWidth="24000" windowHeight="12000"/>'
        "</bookViews>"
        f"<sheets>{entries}</sheets><definedNames>{names}</definedNames></workbook>"
    )


# Formats of our own have numbers from 164 on; 0 is General, 1 is 0, 49 is text.
_NUMBER_FORMATS = {
    164: "yyyy-mm-dd",
    165: "yyyy-mm-dd hh:mm:ss",
    166: "yyyy-mm-dd hh:mm:ss.000",
    167: "hh:mm:ss",
    168: "hh:mm:ss.000",
    170: "[h]:mm:ss",
    171: "[h]:mm:ss.000",
    # Excel shows a boolean in its own language, whatever the format; LibreOffice would show 1 and 0.
    169: "&quot;TRUE&quot;;&quot;TRUE&quot;;&quot;FALSE&quot;",
}
_FONT = '<name val="Calibri"/><family val="2"/>'
_FONTS = (
    f'<font><sz val="11"/>{_FONT}</font>',
    f'<font><b/><sz val="11"/>{_FONT}</font>',
    f'<font><b/><sz val="16"/>{_FONT}</font>',
)
_FILLS = (
    '<fill><patternFill patternType="none"/></fill>',
    '<fill><patternFill patternType="gray125"/></fill>',
    '<fill><patternFill patternType="solid"><fgColor rgb="FFEDF1EF"/></patternFill></fill>',
)
_NO_BORDER = "<border><left/><right/><top/><bottom/><diagonal/></border>"
_LINE_BELOW = (
    '<border><left/><right/><top/><bottom style="thin"><color rgb="FF7A8A84"/></bottom><diagonal/></border>'
)
_WRAP = '<alignment vertical="top" wrapText="1"/>'
# Style → number format, font, fill, border, alignment.
_FORMATS = {
    Style.NUMBER: (0, 0, 0, 0, ""),
    Style.TEXT: (49, 0, 0, 0, ""),
    Style.INTEGER: (1, 0, 0, 0, ""),
    Style.DATE: (164, 0, 0, 0, ""),
    Style.DATETIME: (165, 0, 0, 0, ""),
    Style.DATETIME_MS: (166, 0, 0, 0, ""),
    Style.TIME: (167, 0, 0, 0, ""),
    Style.TIME_MS: (168, 0, 0, 0, ""),
    Style.BOOLEAN: (169, 0, 0, 0, '<alignment horizontal="center"/>'),
    Style.HEADER: (49, 1, 2, 1, ""),
    Style.TITLE: (49, 2, 0, 0, ""),
    Style.SUBTITLE: (49, 1, 0, 0, '<alignment vertical="top"/>'),
    Style.WRAPPED: (49, 0, 0, 0, _WRAP),
    Style.DURATION: (170, 0, 0, 0, ""),
    Style.DURATION_MS: (171, 0, 0, 0, ""),
}


def styles() -> str:
    """xl/styles.xml."""
    formats = "".join(
        f'<numFmt numFmtId="{number}" formatCode="{code}"/>' for number, code in _NUMBER_FORMATS.items()
    )
    cells = "".join(_cell_format(*_FORMATS[style]) for style in Style)
    return (
        f'{DECLARATION}<styleSheet xmlns="{MAIN}">'
        f'<numFmts count="{len(_NUMBER_FORMATS)}">{formats}</numFmts>'
        f'<fonts count="{len(_FONTS)}">{"".join(_FONTS)}</fonts>'
        f'<fills count="{len(_FILLS)}">{"".join(_FILLS)}</fills>'
        f'<borders count="2">{_NO_BORDER}{_LINE_BELOW}</borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{len(Style)}">{cells}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
        "</styleSheet>"
    )


def _cell_format(number_format: int, font: int, fill: int, border: int, alignment: str) -> str:
    attributes = f'numFmtId="{number_format}" fontId="{font}" fillId="{fill}" borderId="{border}" xfId="0"'
    applied = "".join(
        f' apply{what}="1"'
        for what, on in (
            ("NumberFormat", number_format),
            ("Font", font),
            ("Fill", fill),
            ("Border", border),
            ("Alignment", alignment),
        )
        if on
    )
    return f"<xf {attributes}{applied}>{alignment}</xf>" if alignment else f"<xf {attributes}{applied}/>"

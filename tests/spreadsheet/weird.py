"""Files of every kind, spoilt by chance: cut, bits turned, parts and words exchanged, names that lie."""

import datetime as dt
import io
import random
import re
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import xlsxwriter

from tests.spreadsheet.containers import ODS_HEAD, ODS_TAIL, ods, ods_row, xls
from tests.spreadsheet.xlsb import write_xlsb

COLUMNS = (
    *(("Name", "text"), ("Orders", "integer"), ("Paid", "number"), ("Since", "date"), ("Seen", "datetime")),
    *(("At", "time"), ("Took", "duration"), ("Active", "boolean"), ("Mail", "email")),
)
HEADERS = [name for name, _ in COLUMNS]
ROWS = [
    [
        *(f"Name {n}", n, n / 7, dt.date(2024, 1, 1 + n), dt.datetime(2024, 1, 31, n, 30), dt.time(9, n)),
        *(dt.timedelta(hours=n * 5 - 20, milliseconds=n), n % 2 == 0, f"a{n}@example.com"),
    ]
    for n in range(20)
]
ENDINGS = (
    "csv",
    "tsv",
    "txt",
    "xlsx",
    "xlsm",
    "xlsb",
    "xls",
    "ods",
    "fods",
    "html",
    "xml",
    "json",
    "pdf",
    "",
)
TEXTS = [[str(value) for value in row] for row in ROWS]

# What programs and people write where nobody expects it.
WORDS = (
    *(
        "9" * 5000,
        "-" + "1" * 400 + ".5",
        "1e999",
        "-1e-320",
        "NaN",
        "INF",
        "0x10",
        "1_000",
        "--5",
        "%",
        "٣٫٥",
    ),
    *(
        "2024-13-45",
        "0000-00-00",
        "9999-12-31T23:59:60",
        "24:00:00.0000001",
        "-0:00",
        "99999999:59:59",
        "P",
        "PT",
    ),
    *(
        "PT9999999999999H",
        "1 h 1 h",
        "\U0010ffff",
        "\ud7ff",
        "\x00",
        "\u202e",
        "",
        " ",
        "\t",
        "\r\n",
        '"',
        "'",
        "<",
    ),
    *(
        "&#0;",
        "&#xFFFE;",
        "&amp",
        "]]>",
        "<!DOCTYPE a>",
        "_x0000_",
        "#N/A",
        "=1+1",
        "२०८०-०१-०१",
        "true",
        "e",
        "1,5",
    ),
    *("4294967295", "-2147483649", "1048577", "XFE1", "A0", "A99999999999", "ZZZZZ1", "1:1", "a" * 33_000),
)


def bases(folder: Path) -> dict[str, bytes]:
    """A good file of each kind that can be made here."""
    book = _xlsx(folder)
    lines = [HEADERS, *TEXTS]
    plain = "\n".join(",".join(line) for line in lines)
    cells: dict[tuple[int, int], str | float] = {
        (y, x): value if isinstance(value, float) else str(value)
        for y, line in enumerate([HEADERS, *ROWS])
        for x, value in enumerate(line)
    }
    table = "".join(ods_row(*line) for line in lines)
    marked = "".join("<tr>" + "".join(f"<td>{each}</td>" for each in line) + "</tr>" for line in lines)
    numbers = [[*line[:1], *((n + 0.25, 1) for n, _ in enumerate(line[1:]))] for line in TEXTS]
    binary = write_xlsb(folder / "base.xlsb", {"S": ("sheet1.bin", [HEADERS, *numbers])}, formats=("h:mm",))
    return {
        "csv": plain.encode(),
        "csv in UTF-16": plain.encode("utf-16"),
        "csv with semicolons": "\r\n".join(";".join(f'"{v}"' for v in line) for line in lines).encode(
            "cp1252"
        ),
        "tsv": plain.replace(",", "\t").encode(),
        "4,000 columns": (
            "\n".join(",".join(f"{p}{n}" for n in range(4000)) for p in ("c", "", "x"))
        ).encode(),
        "xlsx": book,
        "xlsb": binary.read_bytes(),
        "xls": xls(cells),
        "ods": ods(table),
        "fods": f'<?xml version="1.0"?>{ODS_HEAD}{table}{ODS_TAIL}'.encode(),
        "html": f"<html><body><table>{marked}</table></body></html>".encode(),
        "Excel 2003": (
            '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook '
            f'xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Table>{marked}</Table></Workbook>'
        ).encode(),
        "nothing": b"",
    }


def weird_file(known: dict[str, bytes], seed: str) -> tuple[str, bytes]:
    """A name and what is in the file, always the same for a seed."""
    chance = random.Random(seed)
    kind = chance.choice(list(known))
    content = known[kind]
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        content = chance.choice(SPOILS)(content, chance, known)
    return f"{kind.replace(' ', '-')}-{seed}.{chance.choice(ENDINGS)}", content


Spoil = Callable[[bytes, random.Random, dict[str, bytes]], bytes]


def _cut(content: bytes, chance: random.Random, known: dict[str, bytes]) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _turned_bits(content: bytes, chance: random.Random, known: dict[str, bytes]) -> bytes:
    spoilt = bytearray(content)
    for _ in range(chance.choice([1, 3, 20]) if spoilt else 0):
        spoilt[chance.randrange(len(spoilt))] ^= 1 << chance.randrange(8)
    return bytes(spoilt)


def _moved(content: bytes, chance: random.Random, known: dict[str, bytes]) -> bytes:
    """A stretch is gone, doubled, or put elsewhere."""
    a, b, c = sorted(chance.randrange(len(content) + 1) for _ in range(3))
    return chance.choice(
        [
            content[:a] + content[b:],
            content[:b] + content[a:b] * chance.choice([1, 2, 50]) + content[b:],
            content[:a] + content[b:c] + content[a:b] + content[c:],
        ]
    )


def _spliced(content: bytes, chance: random.Random, known: dict[str, bytes]) -> bytes:
    other = chance.choice(list(known.values()))
    return content[: chance.randrange(len(content) + 1)] + other[chance.randrange(len(other) + 1) :]


def _other_word(content: bytes, chance: random.Random, known: dict[str, bytes]) -> bytes:
    """A number or a word is another one."""
    found = list(re.finditer(rb"[\w.:@-]{1,40}", content[:200_000]))
    if not found:
        return content
    place = chance.choice(found)
    word = chance.choice(WORDS).encode("utf-8", "surrogatepass")
    return content[: place.start()] + word + content[place.end() :]


def _in_a_part(content: bytes, chance: random.Random, known: dict[str, bytes]) -> bytes:
    """One part of a zip is spoilt, doubled, gone, or of another; the zip is right."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as old:
            parts = [(name, old.read(name)) for name in old.namelist()]
    except Exception:
        return _turned_bits(content, chance, known)
    place = chance.randrange(len(parts)) if parts else 0
    for name, data in parts[place : place + 1]:
        spoil = chance.choice([_cut, _turned_bits, _moved, _other_word, _other_word, _other_word])
        changed = chance.choice([(name, spoil(data, chance, known)), (chance.choice(parts)[0], data)])
        parts[place : place + 1] = chance.choice(
            [[changed], [changed], [changed], [], [changed, (name, data)]]
        )
    buffer = io.BytesIO()
    packing = chance.choice([zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
    with zipfile.ZipFile(buffer, "w", packing) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of two parts with one name
        for name, data in parts:
            archive.writestr(name, data)
    return buffer.getvalue()


SPOILS: tuple[Spoil, ...] = (
    *(_cut, _turned_bits, _moved, _spliced, _other_word, _other_word, _in_a_part, _in_a_part, _in_a_part),
)


def _xlsx(folder: Path) -> bytes:
    path = folder / "base.xlsx"
    formats = {
        dt.date: "yyyy-mm-dd",
        dt.datetime: "yyyy-mm-dd hh:mm",
        dt.time: "h:mm",
        dt.timedelta: "[h]:mm:ss.000",
    }
    with xlsxwriter.Workbook(path) as book:
        kinds = {kind: book.add_format({"num_format": code}) for kind, code in formats.items()}
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADERS)
        for y, line in enumerate(ROWS, 1):
            for x, value in enumerate(line):
                sheet.write(y, x, value, kinds.get(type(value)))
        sheet.write_formula(1, 12, "=1/0", None, "#DIV/0!")
        sheet.merge_range("A30:A32", "merged")
        sheet.write_url("I3", "https://example.com/?a=1")
        sheet.data_validation("H2:H9", {"validate": "list", "source": ["yes", "no"]})
        book.add_worksheet().write(4, 3, "x")
    return path.read_bytes()

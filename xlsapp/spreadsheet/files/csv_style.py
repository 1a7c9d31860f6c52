"""How a text file writes its rows: the sign that parts fields, and blanks around quotation marks."""

import codecs
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import re2

DELIMITERS = ",;\t|"
SAMPLE_CHARACTERS = 64 * 1024
BLOCK_BYTES = 1 << 20

# Excel's own way to name the sign, in a first line that is no row.
_NAMED = re.compile(r'\ufeff?"?sep=(.)"?[\r\n]*', re.IGNORECASE)
_OPENING = re.compile(' *"')
_BYTES = re2.Options()
_BYTES.encoding = re2.Options.Encoding.LATIN1
_LINE_END = re.compile(r"\r\n|\r|\n")


def named_delimiter(first_line: str) -> str:
    """The sign that a first line “sep=;” names; "" when the line is a row."""
    match = _NAMED.fullmatch(first_line)
    return match[1] if match else ""


def likely_delimiter(sample: str) -> str:
    """The sign that parts most records into the same number of fields.

    Records, not lines: a line end or a sign within quotation marks parts nothing.
    """
    return max(DELIMITERS, key=lambda delimiter: _agreement(sample, delimiter))


def _agreement(sample: str, delimiter: str) -> tuple[float, float, int]:
    """Which share of records has the usual number of fields, how many fields have stray marks, and how many
    there are.
    """
    widths, stray = _plain_widths(sample, delimiter) if '"' not in sample else _widths(sample, delimiter)
    if len(sample) >= SAMPLE_CHARACTERS and len(widths) > 1:
        widths.pop()  # it is cut
    several = Counter(width for width in widths if width > 1)
    if not several:
        return 0, 0, 0
    width, count = several.most_common(1)[0]
    return count / len(widths), -stray / sum(widths), width


def _plain_widths(sample: str, delimiter: str) -> tuple[list[int], int]:
    return [line.count(delimiter) + 1 for line in _LINE_END.split(sample) if line], 0


def _widths(sample: str, delimiter: str) -> tuple[list[int], int]:
    """The number of fields of each record, and how many fields have quotation marks within."""
    sign = re.escape(delimiter)
    field = re.compile(rf'( *"(?:[^"]|"")*" *(?=[{sign}\r\n]|$)|[^{sign}\r\n]*)({sign}|\r\n|\r|\n|$)')
    widths, width, stray = [], 0, 0
    for text, end in field.findall(sample):
        width += 1
        stray += '"' in text and not text.lstrip(" ").startswith('"')
        if end != delimiter:
            if width > 1 or text:
                widths.append(width)
            width = 0
    return widths, stray


def has_blanks_around_marks(path: Path, encoding: str, delimiter: str) -> bool:
    """Whether blanks may stand between a sign and a quotation mark anywhere in a file."""
    sign = re.escape(delimiter).encode()
    around = re2.compile(b'(?:^|[%b\r\n]) +"|" +[%b\r\n]' % (sign, sign), _BYTES)
    with _bytes_of(path, encoding) as file:
        before = b""
        while block := file.read(BLOCK_BYTES):
            if b'"' in block:
                data = before + block
                if any(_stands_at_sign(data, match, sign) for match in around.finditer(data)):
                    return True
            before = block[-16:]
    return False


@contextmanager
def _bytes_of(path: Path, encoding: str) -> Iterator[IO[bytes]]:
    """The text in an encoding whose signs and marks are ASCII."""
    with path.open("rb") as file:
        yield (
            file
            if not encoding.startswith("utf-16")
            else codecs.EncodedFile(file, "utf-8", encoding, "replace")
        )


def _stands_at_sign(data: bytes, match: Any, sign: bytes) -> bool:
    """Not within a text, where two marks are one: said, ""hi"" , and left."""
    start, end = match.span()
    if data[start : start + 1] == b'"':
        return data[start - 1 : start] != b'"'
    return data[end : end + 1] != b'"' or data[end + 1 : end + 2] in (b'"', sign, b"\r", b"\n", b"")


def without_blanks_around_marks(lines: Iterable[str], delimiter: str) -> Iterator[str]:
    """Lines as the csv module understands them: marks stand right at the signs, not as in  a, "b" ,c."""
    closing = re.compile(rf'((?:[^"]|"")*")(?: *(?=[{re.escape(delimiter)}\r\n]|$))?')
    is_open = False
    for line in lines:
        if is_open or '"' in line:
            line, is_open = _marks_at_signs(line, delimiter, closing, is_open=is_open)
        yield line


def _marks_at_signs(
    line: str, delimiter: str, closing: re.Pattern[str], *, is_open: bool
) -> tuple[str, bool]:
    """One line, and whether a quotation mark is open at its end; `is_open` says so of its beginning."""
    parts, place = [], 0
    while place < len(line):
        if not is_open and (match := _OPENING.match(line, place)):
            parts.append('"')
            place, is_open = match.end(), True
        if is_open:
            match = closing.match(line, place)
            if match is None:  # it goes on in the next line
                return "".join(parts) + line[place:], True
            parts.append(match[1])
            place, is_open = match.end(), False
        end = line.find(delimiter, place) + 1 or len(line)
        parts.append(line[place:end])
        place = end
    return "".join(parts), is_open

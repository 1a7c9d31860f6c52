"""What the user chooses at an upload: how rows become records, and how the file is to be read."""

import enum
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from xlsapp.errors import Refused
from xlsapp.models import ImportTemplate, TemplateColumn
from xlsapp.problems import Message
from xlsapp.spreadsheet.files import delimited


class Mode(enum.StrEnum):
    """How rows become records."""

    ADD = "add"
    UPDATE = "update"
    UPDATE_ONLY = "update_only"
    REPLACE = "replace"


class Blank(enum.StrEnum):
    """What an empty cell does to a known record."""

    KEEP = "keep"
    ERASE = "erase"


class Times(enum.StrEnum):
    """What a time becomes that names its zone, such as 10:00+02:00."""

    REMEMBERED = ""
    """What the template remembers; as it is written where it remembers nothing."""
    WRITTEN = "written"
    UTC = "utc"


class Merged(enum.StrEnum):
    """The rows for which the value of cells holds that are merged downwards."""

    ALL = "all"
    FIRST = "first"


class SameFile(enum.StrEnum):
    """What happens where the very same file was imported before, and is to be added again."""

    TAKEN = ""
    """It is imported, and the receipt says so."""
    ASK = "ask"
    REFUSE = "refuse"


MODES = tuple(Mode)
BLANKS = tuple(Blank)
TIMES = (Times.WRITTEN, Times.UTC)
MERGED = tuple(Merged)
SAME_FILE = (SameFile.ASK, SameFile.REFUSE)
ENCODINGS = ("", *delimited.ENCODINGS)
DELIMITERS = ("", ",", ";", "tab", "|")
DECIMALS = ("", "point", "comma")
DATES = ("", "day_first", "month_first")
ADDED_LATER = ("decimal", "dates", "answers", "guess", "check", "same_file", "without_undo")
MAX_SHEET_LENGTH = 255
RANGES = {"header_row": (0, 1_048_576), "confirm_deletes": (0, 10**9)}


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """The choices of one import. The defaults add every row, and find the table by themselves."""

    mode: Mode = Mode.ADD
    blank: Blank = Blank.KEEP
    keys: tuple[int, ...] = ()
    """Ids of the columns that tell which record a row is, where it does not carry the record's own id."""
    valid_only: bool = False
    sheet: str = ""
    header_row: int | None = None
    """0 where there is none: columns are known by their letters."""
    encoding: str = ""
    delimiter: str = ""
    times: Times = Times.REMEMBERED
    merged: Merged = Merged.ALL
    confirm_deletes: int | None = None
    """How many records the user has agreed to have deleted."""
    decimal: str = ""
    """The decimal sign of all numbers that are written as texts."""
    dates: str = ""
    """Whether the day or the month comes first in all dates that are written as texts."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """To questions about single columns: see answers.py."""
    guess: bool = False
    """Do not ask: read as usual what nobody has decided."""
    check: bool = False
    """Write nothing: what the workbook would do is kept for a review."""
    same_file: SameFile = SameFile.TAKEN
    without_undo: bool = False
    """Import also what is too much to be taken back."""

    def problems(self, template: ImportTemplate | None = None) -> dict[str, Message]:
        """All that will not do for a template, by the member that it is about."""
        found = {}
        if self.mode is Mode.REPLACE and self.valid_only:
            found["mode"] = Message("options.replace_valid_only")
        known = {column.id for column in template.columns} if template else set()
        if unknown := [key for key in self.keys if key not in known]:
            found["keys"] = no_such_key(str(unknown[0]))
        if len(self.sheet) > MAX_SHEET_LENGTH:
            about = {"most": MAX_SHEET_LENGTH, "length": len(self.sheet)}
            found["sheet"] = Message("options.long_sheet", about)
        if self.encoding not in ENCODINGS:
            found["encoding"] = Message("options.no_such_encoding")
        if self.delimiter not in DELIMITERS:
            found["delimiter"] = Message("options.no_such_separator")
        for name, words in (("decimal", DECIMALS), ("dates", DATES)):
            if getattr(self, name) not in words:
                found[name] = Message("answers.none_of_them")
        for name, (least, most) in RANGES.items():
            number = getattr(self, name)
            if number is not None and not least <= number <= most:
                found[name] = outside(name)
        return found

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """As `to_dict` wrote them."""
        return cls(
            **{
                **stored,
                "mode": Mode(stored.get("mode", Mode.ADD)),
                "blank": Blank(stored.get("blank", Blank.KEEP)),
                "keys": tuple(stored.get("keys", ())),
                "times": Times(stored.get("times", Times.REMEMBERED)),
                "merged": Merged(stored.get("merged", Merged.ALL)),
                "same_file": SameFile(stored.get("same_file", SameFile.TAKEN)),
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """For the queue and the status: JSON-ready. Of what was added later, only what was chosen."""
        members = asdict(self)
        return {name: value for name, value in members.items() if value or name not in ADDED_LATER}

    def key_columns(self, template: ImportTemplate) -> list[TemplateColumn]:
        """The key columns that the template still has."""
        return [column for column in template.columns if column.id in self.keys]


def require_columns(template: ImportTemplate) -> None:
    """Raise Refused where no workbook can be imported, as there is nothing to hold it to."""
    if not template.columns:
        raise Refused(Message("options.no_columns"))


def no_such_key(key: str) -> Message:
    """What is said of a key column that the template does not have."""
    return Message("options.no_such_key", {"key": key})


def outside(name: str) -> Message:
    """What is said of a number that is none, or not one of those that there can be."""
    least, most = RANGES[name]
    return Message("options.outside", {"least": least, "most": most})

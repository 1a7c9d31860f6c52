"""What the user chooses at an upload: how rows become records, and how the file is to be read."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from xlsapp.errors import Refused
from xlsapp.models import CellValue, ImportTemplate, TemplateColumn
from xlsapp.spreadsheet.cells.rules import default_of
from xlsapp.spreadsheet.files import delimited


class Mode(enum.StrEnum):
    """How rows become records."""

    ADD = "add"
    UPDATE = "update"
    REPLACE = "replace"

    @property
    def label(self) -> str:
        """The mode's name for people."""
        return {"add": "Add", "update": "Add or update", "replace": "Replace all"}[self]

    @property
    def text(self) -> str:
        """What will happen, exactly."""
        return {
            "add": "Every row becomes a new record. Records that are there already stay as they are.",
            "update": "A row that is a record already changes it. Every other row becomes a new record. "
            "Records that are not in the workbook stay as they are.",
            "replace": "A row that is a record already changes it. Every other row becomes a new record. "
            "Records that are not in the workbook are deleted.",
        }[self]


class Blank(enum.StrEnum):
    """What an empty cell does to a known record."""

    KEEP = "keep"
    ERASE = "erase"


MODES = tuple(Mode)
BLANKS = tuple(Blank)
ENCODINGS = ("", *delimited.ENCODINGS)
DELIMITERS = ("", ",", ";", "tab", "|")


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
    encoding: str = ""
    delimiter: str = ""
    confirm_deletes: int | None = None
    """How many records the user has agreed to have deleted."""

    @classmethod
    def from_form(cls, values: Mapping[str, str], keys: Sequence[str], template: ImportTemplate) -> Self:
        """The choices as a form, or the API, sends them. Raises Refused, which names the field."""
        mode = _one_of(Mode, values.get("mode") or Mode.ADD, "mode", "Choose what should happen.")
        blank = _one_of(Blank, values.get("blank") or Blank.KEEP, "blank", "Choose what an empty cell does.")
        valid_only = bool(values.get("valid_only"))
        if mode is Mode.REPLACE and valid_only:
            raise Refused(
                "Records that are not in the workbook are deleted, so every row must be right. Choose "
                "one of the two.",
                field="mode",
            )
        known = {str(column.id): column.id for column in template.columns}
        if unknown := [key for key in keys if key not in known]:
            raise Refused(
                f"There is no column “{unknown[0]}” in this template any more. Choose again.", field="keys"
            )
        if values.get("encoding", "") not in ENCODINGS:
            raise Refused("Choose one of the encodings.", field="encoding")
        if values.get("delimiter", "") not in DELIMITERS:
            raise Refused("Choose one of the separators.", field="delimiter")
        return cls(
            mode=mode,
            blank=blank,
            keys=tuple(known[key] for key in keys),
            valid_only=valid_only,
            sheet=values.get("sheet", "")[:255],
            header_row=_whole_number(values, "header_row", least=1, most=1_048_576),
            encoding=values.get("encoding", ""),
            delimiter=values.get("delimiter", ""),
            confirm_deletes=_whole_number(values, "confirm_deletes", least=0, most=10**9),
        )

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """As `to_dict` wrote them."""
        return cls(
            **{
                **stored,
                "mode": Mode(stored.get("mode", Mode.ADD)),
                "blank": Blank(stored.get("blank", Blank.KEEP)),
                "keys": tuple(stored.get("keys", ())),
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """For the queue and the status: JSON-ready."""
        return asdict(self)

    def to_form(self) -> dict[str, str]:
        """For the upload form, so that the same choices can be made again. A confirmation is not repeated."""
        return {
            "mode": self.mode.value,
            "blank": self.blank.value,
            "keys": ",".join(map(str, self.keys)),
            "valid_only": "on" if self.valid_only else "",
            "sheet": self.sheet,
            "header_row": str(self.header_row or ""),
            "encoding": self.encoding,
            "delimiter": self.delimiter,
        }

    def key_columns(self, template: ImportTemplate) -> list[TemplateColumn]:
        """The key columns that the template still has."""
        return [column for column in template.columns if column.id in self.keys]

    def defaults_for_known(self, columns: Sequence[TemplateColumn]) -> dict[TemplateColumn, CellValue]:
        """What a known record's blanks become where they are erased and must not be blank."""
        if self.blank is Blank.KEEP:
            return {}
        found = {column: default_of(column) for column in columns if column.required}
        return {column: default for column, default in found.items() if default is not None}


def _one_of(kind: type[Any], value: str, field: str, sentence: str) -> Any:
    try:
        return kind(value)
    except ValueError:
        raise Refused(sentence, field=field) from None


def _whole_number(values: Mapping[str, str], name: str, *, least: int, most: int) -> int | None:
    text = values.get(name, "").replace(",", "").strip()
    if not text:
        return None
    if not text.isdecimal() or not least <= int(text[:12]) <= most:
        raise Refused(f"Write a whole number from {least:,} to {most:,}.", field=name)
    return int(text)

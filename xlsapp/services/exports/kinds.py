"""What an export can hold, and the kinds of file that it can be."""

import enum


class ExportKind(enum.StrEnum):
    """What an export holds."""

    TEMPLATE = "template"
    DATA = "data"
    VIEW = "view"
    SAMPLE = "sample"

    @property
    def has_records(self) -> bool:
        """Whether it holds records, which can be written as csv and JSON lines too."""
        return self in (ExportKind.DATA, ExportKind.VIEW)


class ExportFormat(enum.StrEnum):
    """The kind of file. The value is its suffix, too."""

    XLSX = "xlsx"
    CSV = "csv"
    JSONL = "jsonl"

    @property
    def media_type(self) -> str:
        """What browsers are told that it is."""
        match self:
            case ExportFormat.CSV:
                return "text/csv; charset=utf-8"
            case ExportFormat.JSONL:
                return "application/jsonl"
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


CSV_DELIMITERS = (",", ";")
"""What may stand between the values of a csv file; the first if nobody asks. Excel wants the second where a
comma is the decimal sign."""

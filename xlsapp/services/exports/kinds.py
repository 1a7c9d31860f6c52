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
        """Whether it holds records, which can be written as csv too."""
        return self in (ExportKind.DATA, ExportKind.VIEW)


class ExportFormat(enum.StrEnum):
    """The kind of file. The value is its suffix, too."""

    XLSX = "xlsx"
    CSV = "csv"

    @property
    def media_type(self) -> str:
        """What browsers are told that it is."""
        if self is ExportFormat.CSV:
            return "text/csv; charset=utf-8"
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

"""Why a file as a whole cannot be read."""


class WorkbookError(Exception):
    """The workbook as a whole cannot be imported. The text is a sentence for its user."""

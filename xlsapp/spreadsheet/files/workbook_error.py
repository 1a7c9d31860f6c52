"""Why a file as a whole cannot be read, or not by one of the readers."""

from xlsapp.problems import Message


class WorkbookError(Exception):
    """The workbook as a whole cannot be imported, and what to tell its user."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


def damaged() -> WorkbookError:
    """A file that is not whole: what to raise wherever one finds out."""
    return WorkbookError(Message("file.damaged"))


def protected() -> WorkbookError:
    """A file behind a password."""
    return WorkbookError(Message("file.protected"))


class CannotRead(Exception):
    """This reader cannot make sense of the file, for the reason given; another one may."""

"""That a workbook is refused, in the words its user reads."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from xlsapp.messages.saying import say
from xlsapp.spreadsheet.files.workbook_error import WorkbookError


@contextmanager
def refused(words: str) -> Iterator[None]:
    """What is done within raises a WorkbookError whose sentence has the words (a regular expression)."""
    with pytest.raises(WorkbookError) as error:
        yield
    sentence = say(error.value.message)
    assert re.search(words, sentence), sentence

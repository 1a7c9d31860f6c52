"""An import that takes too much says of what, and what helps."""

import pytest

from xlsapp.sandbox.failures import Crashed, OutOfMemory, TimedOut
from xlsapp.services.imports.importing import ended_early


@pytest.mark.parametrize(
    ("error", "comparing", "told"),
    [
        (OutOfMemory(), False, "Reading this workbook takes more memory"),
        (OutOfMemory(), True, "Comparing this workbook with the records takes more memory"),
        (TimedOut(), False, "Reading this workbook takes longer"),
        (TimedOut(), True, "comparing it with the records went past"),
        (Crashed(), False, "could not be read"),
    ],
)
def test_the_sentence_says_what_took_too_much(error, comparing, told):
    assert told in (ended_early(error, comparing=comparing) or "")


def test_a_crash_after_reading_is_ours_and_not_the_workbooks():
    assert ended_early(Crashed(), comparing=True) is None

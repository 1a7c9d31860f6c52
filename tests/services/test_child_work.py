"""What takes too much says of what, and what helps; and how far a child is, whatever it is at."""

import time

import pytest

from xlsapp.messages.saying import say
from xlsapp.sandbox.failures import Crashed, OutOfMemory, TimedOut
from xlsapp.sandbox.sandbox import Limits
from xlsapp.services.child_work import EndedEarly, Work, meaning, run_in_child


@pytest.mark.parametrize(
    ("error", "work", "told"),
    [
        (OutOfMemory(), Work.READING, "Reading this workbook takes more memory"),
        (OutOfMemory(), Work.PROPOSING, "Reading this workbook takes more memory"),
        (OutOfMemory(), Work.COMPARING, "Comparing this workbook with the records takes more memory"),
        (OutOfMemory(), Work.WRITING, "Writing this export takes more memory"),
        (TimedOut(), Work.READING, "Reading this workbook takes longer than 7 seconds"),
        (TimedOut(), Work.COMPARING, "comparing it with the records went past 7 seconds"),
        (TimedOut(), Work.WRITING, "Writing this export takes longer than 7 seconds"),
        (Crashed(), Work.READING, "could not be read"),
        (Crashed(), Work.WRITING, "could not be written"),
    ],
)
def test_the_sentence_says_what_took_too_much(error, work, told):
    message = meaning(error, work, Limits(seconds=7))

    assert message and told in say(message)


def test_a_crash_after_reading_is_ours_and_not_the_workbooks():
    assert meaning(Crashed(), Work.COMPARING, Limits()) is None


def read_on(report):
    report({"row": 12_000})
    time.sleep(60)


async def test_the_last_part_of_a_whole_is_judged_by_what_all_of_it_may_take(sandbox):
    heard = []

    async def listen(progress):
        heard.append(say(progress))

    with pytest.raises(EndedEarly) as ended:
        await run_in_child(
            sandbox,
            Work.READING,
            read_on,
            limits=Limits(seconds=3),
            seconds_in_all=300,
            on_progress=listen,
        )

    assert heard == ["Checking row 12,000"]
    assert "takes longer than 300 seconds" in say(ended.value.message)

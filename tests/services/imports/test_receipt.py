"""A receipt is data: it survives being stored, and so does what the first version stored."""

import json

from tests.services.imports.old_summary import OLD_SUMMARY
from xlsapp.messages.results import result_shown
from xlsapp.problems import Message
from xlsapp.services.imports.options import Mode
from xlsapp.services.imports.receipt import Counts, ImportReceipt


def stored(receipt):
    return json.loads(json.dumps(receipt.to_dict()))


async def test_a_receipt_is_the_same_after_it_was_stored(desk, workbook):
    people = await desk("Name", ("Orders", "integer"), "City")
    path = workbook(["Name", "Orders", "Ctiy"], ["Ada", 1, "x"], ["Grace", "many", None])

    done = await people.run(path, valid_only=True, guess=True)
    stopped = await people.run(path)
    unread = await people.run(workbook(["Other"], ["x"]))

    assert (done.success, stopped.success, unread.success) == (True, False, False)
    for result in (done, stopped, unread):
        assert ImportReceipt.from_dict(stored(result.receipt)) == result.receipt


async def test_a_receipt_holds_no_sentence_and_is_shown_with_both(desk, workbook):
    people = await desk("Name", ("Orders", "integer"))

    result = await people.run(workbook(["Name", "Orders"], ["Ada", 1], ["Grace", "many"]))

    kept = stored(result.receipt)
    assert kept["version"] == 2
    assert (kept["mode"], kept["summary"]) == ("add", {"code": "import.nothing", "parameters": {}})
    assert kept["reasons"] == [{"code": "import.stopped", "parameters": {"problems": 1}}]
    assert kept["counts"]["held_back"] == kept["counts"]["rejected"] == 1
    shown = result_shown(kept)
    assert (shown["mode"], shown["summary"]) == ("Add", "Nothing was imported.")
    assert shown["messages"]["reasons"] == kept["reasons"]


def test_what_the_first_version_stored_is_shown_as_it_was():
    assert result_shown(OLD_SUMMARY) == OLD_SUMMARY


def test_what_the_first_version_stored_can_be_read():
    receipt = ImportReceipt.from_dict(OLD_SUMMARY)

    assert (receipt.success, receipt.mode, receipt.processed_count) == (True, Mode.UPDATE, 2)
    assert receipt.counts == Counts(rows=4, created=1, updated=1, rejected=1, above_header=1)
    assert receipt.how and receipt.how.columns["extra"] == ["Remarks"]
    shown = result_shown(stored(receipt))
    assert {name: shown[name] for name in OLD_SUMMARY if name != "counts"} == {
        name: value for name, value in OLD_SUMMARY.items() if name != "counts"
    }


def test_what_a_later_version_adds_is_passed_over():
    receipt = ImportReceipt(Mode.ADD, counts=Counts(rows=2, created=1), notes=(Message("import.ids_unused"),))
    later = stored(receipt) | {"version": 3, "some": "more"}
    later["counts"]["restored"] = 5

    assert ImportReceipt.from_dict(later) == receipt

"""A template's history: what was done to its records, taking it back, and a record's own past."""

import re
from html import unescape

import pytest

from tests.factories import make_workbook
from tests.server import add_template, finished, job_of, run_import
from xlsapp.web.pages import changes

COLUMNS = ({"name": "Name", "type": "text", "unique": "on"}, {"name": "Orders", "type": "integer"})


class Ledger:
    """A template with three records of a workbook."""

    def __init__(self, client, folder):
        self.client, self.folder = client, folder
        self.id = add_template(client, COLUMNS, f"Ledger {folder.name}")
        self.path = f"/import_templates/{self.id}"
        self.first = self.load(["Ada", 1], ["Bo", 2], ["Cy", 3], name="first.xlsx")
        form = client.get(f"{self.path}/data_records/new").text
        self.name, self.orders = re.findall(r'name="(c\d+)"', form)

    def load(self, *rows, name="again.xlsx", **fields):
        book = make_workbook(self.folder, ["Name", "Orders"], *rows, name=name)
        state = run_import(self.client, self.id, book, **fields)
        assert state["status"] == "completed", state
        return state["job_id"]

    def update(self, *rows):
        return self.load(*rows, mode="update", keys=self.name.removeprefix("c"))

    def edit(self, record_id, name, orders):
        sent = {self.name: name, self.orders: orders}
        assert self.client.post(f"{self.path}/data_records/{record_id}", data=sent).status_code == 303

    def get(self, path):
        page = self.client.get(f"{self.path}{path}", follow_redirects=True)
        assert page.status_code == 200, page.text
        return page.text


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace(" ,", ",")


@pytest.fixture
def ledger(ada, tmp_path):
    return Ledger(ada, tmp_path)


def test_an_import_is_taken_back_from_its_jobs_page_and_what_was_touched_since_is_listed(ledger):
    job_id = ledger.update(["Ada", 10], ["Bo", 20], ["Di", 4])
    ledger.edit(2, "Bo", 21)

    job_page = ledger.get(f"/jobs/{job_id}")
    change_page = text_of(ledger.get(f"/changes/of_job/{job_id}"))
    action = re.search(r'action="([^"]+/undo)"', ledger.get(f"/changes/of_job/{job_id}"))[1]
    answer = ledger.client.post(action)
    after = text_of(ledger.client.get(answer.headers["location"]).text)
    again = ledger.client.post(action)

    assert f"/changes/of_job/{job_id}" in job_page
    assert "1 record gets its values back." in change_page
    assert "1 record is deleted again." in change_page
    assert "1 record was changed since, and stays as it is." in change_page
    assert "1 record is as before, 1 record is gone again, 1 record was left as it is." in after
    assert "Bo · 2 Bo · 21 It was changed since." in after
    records = text_of(ledger.get("/data_records"))
    assert "Di" not in records and "21" in records
    assert answer.status_code == again.status_code == 303
    history = text_of(ledger.get("/changes"))
    assert history.count("Taken back") == 1
    assert "Import of again.xlsx (taken back)" in history


def test_what_is_many_is_taken_back_by_a_job(ledger, monkeypatch):
    job_id = ledger.load(*([f"N{number}", number] for number in range(changes.AT_ONCE)), ["Last", 0])
    change = ledger.client.get(f"{ledger.path}/changes/of_job/{job_id}").headers["location"]

    undo = finished(ledger.client, job_of(ledger.client.post(f"{change}/undo")))
    page = text_of(ledger.get(f"/jobs/{undo['job_id']}"))

    assert (undo["kind"], undo["status"], undo["result"]["deleted"]) == (
        "undo",
        "completed",
        changes.AT_ONCE + 1,
    )
    assert "Took back again.xlsx" in page and "1,001 records are gone again." in page
    assert undo["result"]["left"] == 0


def test_a_records_history_says_who_changed_what_and_restores_older_values(ledger):
    ledger.update(["Ada", 10])
    ledger.edit(1, "Ada L.", 11)

    page = ledger.get("/data_records/1/history")
    copies = re.findall(r'name="copy" value="(\d+)"', page)
    restored = ledger.client.post(
        f"{ledger.path}/data_records/1/history/restore", data={"copy": copies[-1], "column": ledger.orders}
    )

    text = text_of(page)
    assert "Orders: 10 → 11" in text and "Orders: 1 → 10" in text and "Name: Ada → Ada L." in text
    assert "Import of again.xlsx, row 2" in text
    assert "Import of first.xlsx, row 2 has created it" in text
    assert restored.status_code == 303
    assert "“Orders” is “1” again." in ledger.client.get(restored.headers["location"]).text
    assert "11 → 1" in text_of(ledger.get("/data_records/1/history"))


def test_an_older_value_is_not_restored_against_the_rules(ledger):
    ledger.edit(1, "Eve", 1)
    ledger.edit(2, "Ada", 2)
    (copy, *_) = re.findall(r'name="copy" value="(\d+)"', ledger.get("/data_records/1/history"))

    restored = ledger.client.post(
        f"{ledger.path}/data_records/1/history/restore", data={"copy": copy, "column": ledger.name}
    )

    assert "“Ada”" in ledger.client.get(restored.headers["location"]).text
    assert "Eve" in text_of(ledger.get("/data_records"))


def test_the_history_of_a_deleted_record_stays_until_it_is_erased_and_that_is_noted(ledger):
    ledger.edit(3, "Cyrus", 3)
    ledger.client.post(f"{ledger.path}/data_records/3/delete")

    before = text_of(ledger.get("/data_records/3/history"))
    asked = ledger.get("/data_records/3/history/erase")
    erased = ledger.client.post(f"{ledger.path}/data_records/3/history/erase")

    assert "It is deleted." in before and "Cyrus" in before
    assert "for good" in asked
    assert "What record 3 was before is erased." in ledger.client.get(erased.headers["location"]).text
    after = text_of(ledger.get("/data_records/3/history"))
    assert "Cyrus" not in after and "what it was before is not known any more" in after
    assert "History of a record erased" in text_of(ledger.get("/changes"))


def test_a_record_that_never_was_has_no_history(ledger):
    assert ledger.client.get(f"{ledger.path}/data_records/99/history").status_code == 404
    assert ledger.client.get(f"{ledger.path}/changes/99999").status_code == 404


def undo_of(page):
    """The address behind the “Undo” of a page's notice."""
    form = re.search(r'<form class="notice__undo" method="post" action="([^"]+)">', page)
    assert form, text_of(page)[:400]
    return unescape(form[1])


def test_a_notice_offers_to_take_back_what_it_says_and_then_that(ledger):
    deleted = ledger.client.post(f"{ledger.path}/data_records/2/delete?search=&dir=desc")
    page = ledger.client.get(deleted.headers["location"]).text
    undone = ledger.client.post(undo_of(page), data={"back": "records"})
    back = ledger.client.get(undone.headers["location"]).text
    redone = ledger.client.post(undo_of(back), data={"back": "records"})
    at_last = ledger.client.get(redone.headers["location"]).text

    assert "Bo" not in text_of(page)
    assert undone.headers["location"] == deleted.headers["location"]
    assert "1 record is there again." in text_of(back) and "Bo" in text_of(back)
    assert "1 record is gone again." in text_of(at_last)


def test_a_cell_says_how_it_is_taken_back(ledger):
    script = {"Accept": "application/json"}
    address = f"{ledger.path}/data_records/1/cells/{ledger.orders.removeprefix('c')}"
    saved = ledger.client.post(address, data={"value": "7"}, headers=script).json()
    same = ledger.client.post(address, data={"value": "7"}, headers=script).json()

    undone = ledger.client.post(saved["undo"], headers=script).json()
    again = ledger.client.post(saved["undo"], headers=script).json()

    assert same["undo"] is None
    assert (undone["changed"], again["changed"], again["left"]) == (1, 0, 0)
    assert "Orders 1 " in text_of(ledger.get("/data_records/1/history"))

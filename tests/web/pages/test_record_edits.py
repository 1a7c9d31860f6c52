"""Many records changed at once, and blocks of cells pasted, on pages without JavaScript."""

import re
from html import unescape

import pytest

from tests.factories import make_workbook
from tests.server import add_template, run_import

COLUMNS = (
    {"name": "Code", "type": "text", "required": "on", "unique": "on"},
    {"name": "City", "type": "text", "max_length": "12"},
    {"name": "Seats", "type": "integer", "minimum": "1"},
    {"name": "Since", "type": "date"},
)
ROWS = (
    ["A", "Oslo", 1, "2026-01-31"],
    ["B", "Old Oslo", 2, None],
    ["C", "Bergen", 3, None],
    ["D", None, 4, None],
)


class Table:
    """A template's records, as its pages show them."""

    def __init__(self, client, template_id):
        self.client = client
        self.base = f"/import_templates/{template_id}"
        form = client.get(f"{self.base}/data_records/new").text
        self.keys = dict(
            zip(("Code", "City", "Seats", "Since"), re.findall(r'name="(c\d+)"', form), strict=True)
        )

    def rows(self):
        page = self.client.get(f"{self.base}/data_records").text
        assert "<tr data-record" in page, page
        cells = re.findall(r"<tr data-record.*?</tr>", page, re.DOTALL)
        found = [
            [unescape(c.strip()) for c in re.findall(r"<td(?! class=\"grid__origin)[^>]*>(.*?)</td>", r)]
            for r in cells
        ]
        return [row[:4] for row in found]

    def edit(self, column, query="", **fields):
        data = {"column": self.keys[column], "all": "yes", **fields}
        return self.client.post(f"{self.base}/record_edits{query}", data=data)

    def confirm(self, page, **more):
        fields = re.findall(r'<input type="hidden" name="([\w.]+)" value="([^"]*)"', page.text)
        action = re.search(r'action="([^"]*record_edits[^"]*)"', page.text)
        data = {}
        for name, value in fields:
            data.setdefault(name, []).append(unescape(value))
        return self.client.post(unescape(action[1]), data={**data, **more})

    def paste(self, block, **fields):
        form = self.client.get(f"{self.base}/record_pastes/new").text
        records = re.findall(r'name="record" value="([^"]+)"', form)
        return self.client.post(
            f"{self.base}/record_pastes", data={"record": records, "block": block, **fields}
        )


@pytest.fixture
def table(ada, tmp_path):
    template_id = add_template(ada, COLUMNS, f"Seats {tmp_path.name}")
    state = run_import(ada, template_id, make_workbook(tmp_path, [c["name"] for c in COLUMNS], *ROWS))
    assert state["status"] == "completed", state
    return Table(ada, template_id)


def text_of(page):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", "", page.text)))


def test_a_column_of_what_was_found_is_set_after_its_count_was_shown(table):
    form = table.client.get(
        f"{table.base}/record_edits/new", params={"all": "yes", "column": table.keys["Seats"]}
    )
    assert "Set “Seats” to one value" in text_of(form)

    asked = table.edit("Seats", f"?{table.keys['Seats']}.from=2&q=o", action="set", value="7")

    assert "1 record of 1 is changed. Nothing is stored yet." in text_of(asked)
    assert [row[2] for row in table.rows()] == ["1", "2", "3", "4"]
    done = table.confirm(asked)
    assert done.status_code == 303
    assert "seats.from" not in done.headers["location"]
    assert [row[2] for row in table.rows()] == ["1", "7", "3", "4"]


def test_text_is_found_and_replaced_and_what_breaks_a_rule_is_listed(table):
    asked = table.edit("City", action="replace", find="oslo", replacement="Christiania", any_case="on")

    assert "1 record of 4 is changed, and 1 record cannot be" in text_of(asked)
    assert "Old Christiania" in text_of(asked)
    assert "Change only the right 1 record" in text_of(asked)
    table.confirm(asked)
    assert [row[1] for row in table.rows()] == ["Christiania", "Old Oslo", "Bergen", ""]


def test_a_value_that_may_be_there_once_cannot_be_set_everywhere(table):
    asked = table.edit("Code", action="set", value="X")

    assert "1 record of 4 is changed, and 3 records cannot be" in text_of(asked)
    wrong = table.edit("Seats", action="set", value="0")
    assert wrong.status_code == 422
    assert "must be at least 1" in text_of(wrong)
    nothing = table.edit("City", action="replace", find="", replacement="x")
    assert nothing.status_code == 422


def test_selected_records_alone_are_changed_and_not_once_their_number_is_another(table):
    asked = table.client.post(
        f"{table.base}/record_edits",
        data={"column": table.keys["Since"], "id": ["1", "3"], "action": "set", "value": "2026-02-01"},
    )
    assert "2 records of 2 are changed" in text_of(asked)
    table.client.post(f"{table.base}/data_records/3/delete")

    late = table.confirm(asked)
    assert late.status_code == 409
    assert "1 record of 1 is changed" in text_of(late)
    assert table.confirm(late).is_redirect
    assert [row[3] for row in table.rows()] == ["2026-02-01", "", ""]


def test_a_block_is_stored_as_a_whole(table):
    stored = table.paste('Rome\t11\r\n"Paris"\t12\r\n', first="2", column=table.keys["City"])

    assert stored.status_code == 303
    assert [row[1:3] for row in table.rows()] == [["Oslo", "1"], ["Rome", "11"], ["Paris", "12"], ["", "4"]]


def test_problems_of_a_block_are_shown_at_their_cells_and_nothing_is_stored(table):
    before = table.rows()

    refused = table.paste("Rome\tnone\nA city with a long name\t0", first="2", column=table.keys["City"])

    assert refused.status_code == 422
    assert len(re.findall(r'class="pasted__wrong"', refused.text)) == 3
    assert "“none” is not a whole number" in text_of(refused)
    assert "A city with a long name" in refused.text
    long = table.paste("Rome\nParis\nBern", first="3", column=table.keys["City"])
    assert "The block has 3 rows, and from that record on there are 2 on the page" in text_of(long)
    assert "and from that column on there is 1" in text_of(
        table.paste("a\tb", first="1", column=table.keys["Since"])
    )
    assert table.rows() == before


def test_rows_below_the_last_record_become_new_ones_where_that_is_asked(table):
    twice = table.paste("E\tRome\nA\tBern", column=table.keys["Code"])
    assert twice.status_code == 422
    lacking = table.paste("Rome\nBern", first="4", column=table.keys["City"], adds="on")
    assert "“Code”, beside the block" in text_of(lacking)

    added = table.paste("D\tRome\nE\tBern\t5", first="4", column=table.keys["Code"], adds="on")

    assert added.status_code == 303
    assert [row[:3] for row in table.rows()][3:] == [["D", "Rome", "4"], ["E", "Bern", "5"]]


def test_a_record_that_was_changed_since_the_page_was_loaded_is_not_pasted_over(table):
    form = table.client.get(f"{table.base}/record_pastes/new").text
    records = re.findall(r'name="record" value="([^"]+)"', form)
    table.client.post(f"{table.base}/data_records/1/cells/{table.keys['City'][1:]}", data={"value": "Theirs"})

    late = table.client.post(
        f"{table.base}/record_pastes",
        data={"record": records, "block": "Mine", "first": "1", "column": table.keys["City"]},
    )

    assert late.status_code == 422
    assert "changed since" in text_of(late)
    assert table.rows()[0][1] == "Theirs"

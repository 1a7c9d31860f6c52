"""The page of records: found, sorted, filtered, paged, changed and deleted, all of it without JavaScript."""

import re
from html import unescape

import pytest

from tests.factories import make_workbook
from tests.server import add_template, run_import
from tests.web.api.conftest import failure

COLUMNS = (
    {"name": "Name", "type": "text", "required": "on"},
    {"name": "Plan", "type": "choice", "choices": "Free\nTeam"},
    {"name": "Seats", "type": "integer", "minimum": "1"},
    {"name": "Since", "type": "date"},
    {"name": "Active", "type": "boolean"},
    {"name": "Mail", "type": "email", "unique": "on"},
)
HEADERS = [column["name"] for column in COLUMNS]


class Grid:
    """The page of a template's records, as its reader sees it."""

    def __init__(self, client, template_id):
        self.client = client
        self.path = f"/import_templates/{template_id}/data_records"
        form = client.get(f"{self.path}/new").text
        self.keys = dict(zip(HEADERS, re.findall(r'name="(c\d+)"', form), strict=True))

    def __call__(self, query="", **named):
        """A page; `named` are parts of its address, with names of columns instead of keys."""
        parts = {f"{self.keys[n.split('.')[0]]}.{n.split('.')[1]}": v for n, v in named.items()}
        page = self.client.get(self.path + query, params=parts or None, follow_redirects=True)
        assert page.status_code == 200, page.text
        return page

    def names(self, page):
        return [unescape(row) for row in re.findall(r"</th>\s*<td[^>]*>(.*?)</td>", page.text)]

    def link(self, page, text):
        """The address of the link whose tag has a text in or around it."""
        found = re.search(rf'<a [^>]*href="([^"]+)"[^>]*>(?:<[^>]*>|\s)*{re.escape(text)}', page.text)
        assert found, f"no link {text}"
        return unescape(found[1]).removeprefix(self.path)


@pytest.fixture
def grid(ada, tmp_path):
    """120 records: Ada 0 to Ada 99 from one workbook, Bob 0 to Bob 19 from another."""
    template_id = add_template(ada, COLUMNS, f"People {tmp_path.name}")
    for name, count in (("Ada", 100), ("Bob", 20)):
        rows = [
            [
                f"{name} {n}",
                ("Free", "Team")[n % 2],
                n + 1,
                f"2026-01-{n % 28 + 1:02}",
                n % 2 == 0,
                f"{name}{n}@a.example",
            ]
            for n in range(count)
        ]
        state = run_import(ada, template_id, make_workbook(tmp_path, HEADERS, *rows, name=f"{name}.xlsx"))
        assert state["status"] == "completed", state
    return Grid(ada, template_id)


def test_pages_lead_forth_and_back_through_all_records(grid):
    first = grid()
    second = grid(grid.link(first, "Next"))
    third = grid(grid.link(second, "Next"))

    seen = [name for page in (first, second, third) for name in grid.names(page)]
    assert seen == [f"Ada {n}" for n in range(100)] + [f"Bob {n}" for n in range(20)]
    assert grid.names(grid(grid.link(third, "Previous"))) == grid.names(second)
    assert grid.names(grid(grid.link(third, "First"))) == grid.names(first)
    assert "<b>120</b> records" in first.text
    assert 'rel="next"' not in third.text


def test_a_header_sorts_upwards_then_downwards_then_not_at_all(grid):
    up = grid(grid.link(grid(), "Seats"))
    down = grid(grid.link(up, "Seats"))
    as_before = grid(grid.link(down, "Seats"))

    assert grid.names(up)[:3] == ["Ada 0", "Bob 0", "Ada 1"]
    assert 'aria-sort="ascending" class="table__number"' in up.text
    assert grid.names(down)[:2] == ["Ada 99", "Ada 98"]
    assert grid.names(grid(grid.link(down, "Next")))[0] == "Ada 49"
    assert grid.names(as_before) == grid.names(grid())


def test_a_search_and_filters_narrow_the_records_and_each_can_be_taken_back(grid):
    found = grid(
        "?q=bob&" + f"{grid.keys['Plan']}.one_of=Team&{grid.keys['Seats']}.from=3&{grid.keys['Seats']}.to=10"
    )

    assert grid.names(found) == [f"Bob {n}" for n in (3, 5, 7, 9)]
    assert "<b>4</b> of 120 records" in found.text
    assert "Seats from 3 and up to 10" in found.text
    removed = re.search(r'href="([^"]+)"\s+aria-label="Remove: Seats', found.text)
    wider = grid(unescape(removed[1]).removeprefix(grid.path))
    assert len(grid.names(wider)) == 10


def test_the_panel_of_a_column_sends_its_filters_with_the_rest_of_the_view(grid):
    page = grid(f"?q=ada&sort={grid.keys['Seats']}&filter={grid.keys['Since']}")
    panel = re.search(r'<form class="card panel".*?</form>', page.text, re.S)[0]
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', panel))

    assert fields == {"q": "ada", "sort": grid.keys["Seats"]}
    fields |= {f"{grid.keys['Since']}.from": "2026-01-27", f"{grid.keys['Since']}.is": ""}
    assert grid.names(grid.client.get(grid.path, params=fields)) == [
        "Ada 26",
        "Ada 27",
        "Ada 54",
        "Ada 55",
        "Ada 82",
        "Ada 83",
    ]


def test_a_filter_that_will_not_do_is_shown_with_the_reason(grid):
    page = grid(**{"Seats.from": "many"})

    assert "“many” is not a whole number" in page.text
    assert 'value="many"' in page.text
    assert "<b>120</b> records" in page.text


def test_what_an_import_brought(grid):
    brought = grid(grid.link(grid("?q=bob"), "Bob.xlsx"))

    assert "<b>20</b> of 120 records" in brought.text
    assert re.search(r"Bob\.xlsx was imported .*See its receipt", brought.text, re.S)
    assert "Nothing found" in grid("?import=none").text
    assert "From an import that is not there" in grid("?import=999999").text

    deletions = grid.path.replace("data_records", "record_deletions/new")
    question = grid.client.get(f"{deletions}?{brought.url.query.decode()}&all=yes")
    assert "From Bob.xlsx" in question.text


def test_odd_addresses_show_what_is_left_of_them(grid):
    for odd in (
        "?after=%00&before=x",
        "?after=bnVsbA",
        "?sort=c999999999",
        "?page=7",
        "?q=" + "x" * 300,
        "?" + "&" * 3000,
    ):
        assert len(grid.names(grid(odd))) == 50, odd


def test_a_record_is_added_changed_and_deleted_and_its_page_comes_back(grid):
    place = f"?q=zoe&sort={grid.keys['Seats']}"
    values = {
        grid.keys[n]: v
        for n, v in zip(HEADERS, ["Zoe", "Team", "3", "2026-02-03", "true", "z@a.example"], strict=True)
    }

    added = grid.client.post(grid.path + place, data=values)
    page = grid(place)
    edit = grid.link(page, "Edit record")
    form = grid.client.get(grid.path + edit)
    assert '<option value="true" selected>Yes</option>' in form.text
    assert "It was added by hand" in form.text
    changed = grid.client.post(
        grid.path + edit.replace("/edit", ""), data=values | {grid.keys["Name"]: "Zoe B"}
    )

    assert added.headers["location"] == changed.headers["location"] == grid.path + place
    assert grid.names(grid(place)) == ["Zoe B"]
    question = grid.client.get(grid.path + edit.replace("/edit", "/delete"))
    assert (question.status_code, "Zoe B" in question.text) == (200, True)
    gone = grid.client.post(grid.path + edit.replace("/edit", "/delete"))
    assert gone.headers["location"] == grid.path + place
    assert "Nothing found" in grid(place).text


def test_a_value_that_may_be_there_once_is_refused_by_hand_too(grid):
    values = {grid.keys["Name"]: "Zoe", grid.keys["Mail"]: "Bob3@a.example"}

    refused = grid.client.post(grid.path, data=values)

    assert refused.status_code == 422
    assert "is in record 104 already" in unescape(refused.text)


def test_a_cell_is_saved_in_place_or_says_why_not(grid):
    cell = lambda name: f"{grid.path}/3/cells/{grid.keys[name][1:]}"  # noqa: E731

    saved = grid.client.post(cell("Active"), data={"value": "false"})
    answers = [
        grid.client.post(cell(name), data={"value": value})
        for name, value in (("Name", ""), ("Seats", "0"), ("Plan", "Gold"), ("Mail", "Bob3@a.example"))
    ]

    assert "/changes/" in saved.json()["undo"]
    shown = {name: value for name, value in saved.json().items() if name != "undo"}
    assert (saved.status_code, shown) == (200, {"html": "No", "value": "false", "revision": 2})
    assert [answer.status_code for answer in answers] == [422] * 4
    assert all(failure(answer, 422)["detail"].endswith(".") for answer in answers)
    assert grid.client.post(f"{grid.path}/3/cells/999999", data={"value": "x"}).status_code == 404
    assert grid.client.post(cell("Name").replace("/3/", "/999999/"), data={"value": "x"}).status_code == 404


def test_selected_records_are_deleted_after_a_question(grid):
    question = grid.client.get(
        grid.path.replace("data_records", "record_deletions/new"), params={"id": [2, 4], "q": "ada"}
    )
    assert "Delete 2 records" in question.text
    action = unescape(re.search(r'action="([^"]*record_deletions[^"]*)"', question.text)[1])

    done = grid.client.post(action, data={"id": [2, 4], "count": 2})

    assert done.headers["location"] == f"{grid.path}?q=ada"
    assert grid.names(grid())[:3] == ["Ada 0", "Ada 2", "Ada 4"]
    assert "<b>118</b> records" in grid().text


def test_all_that_was_found_is_deleted_unless_it_has_changed_since(grid):
    deletions = grid.path.replace("data_records", "record_deletions")
    question = grid.client.get(f"{deletions}/new?q=bob&all=yes")
    assert "Delete 20 records" in question.text
    assert "20 of 120" in question.text
    grid.client.post(grid.path, data={grid.keys["Name"]: "Bob the last"})

    late = grid.client.post(f"{deletions}?q=bob", data={"all": "yes", "count": 20})
    assert late.status_code == 409
    assert "Nothing was deleted" in late.text
    grid.client.post(f"{deletions}?q=bob", data={"all": "yes", "count": 21})

    assert "<b>100</b> records" in grid().text
    nothing = grid.client.get(f"{deletions}/new", follow_redirects=True)
    assert "No record is selected" in nothing.text


def test_empty_pages_say_what_to_do(ada, grid):
    empty = add_template(ada, COLUMNS, "Empty")

    assert "No records yet" in ada.get(f"/import_templates/{empty}/data_records").text
    nothing = grid("?q=nobody+at+all")
    assert "Nothing found" in nothing.text
    assert grid.link(nothing, "Clear the search") == ""


def test_long_texts_are_cut_and_whole_on_their_own_page(grid):
    grid.client.post(grid.path, data={grid.keys["Name"]: "long " * 100, grid.keys["Mail"]: ""})
    page = grid("?q=long")

    assert re.search(r"<td data-cut>(long )+.{0,5}…</td>", page.text)
    assert ("long " * 100).strip() in grid.client.get(grid.path + grid.link(page, "Edit record")).text


class TwoForms:
    """A record whose form is opened twice, and sent twice."""

    def __init__(self, grid):
        self.grid, self.client = grid, grid.client
        row = re.search(r'data-record="(\d+)" data-revision="(\d+)"', grid().text)
        self.path, self.revision = f"{grid.path}/{row[1]}", row[2]

    def opened(self):
        """The fields of a form, as a browser would send them."""
        page = self.client.get(f"{self.path}/edit").text
        fields = dict(re.findall(r'<input[^>]* name="([\w.]+)"[^>]* value="([^"]*)"', page))
        fields |= dict(re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\n(.*?)</textarea>', page))
        for name, options in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', page, re.DOTALL):
            fields[name] = re.search(r'value="([^"]*)" selected', options)[1]
        return {name: unescape(value) for name, value in fields.items()}

    def send(self, fields, **named):
        return self.client.post(
            self.path, data={**fields, **{self.grid.keys[n]: v for n, v in named.items()}}
        )

    def stored(self, *names):
        form = self.opened()
        return [form[self.grid.keys[name]] for name in names]


@pytest.fixture
def forms(grid):
    return TwoForms(grid)


def test_what_nobody_else_touched_is_saved_without_a_question(forms):
    mine, theirs = forms.opened(), forms.opened()

    assert forms.send(theirs, Plan="Team", Since="").status_code == 303
    assert forms.send(mine, Seats="77").status_code == 303

    assert forms.stored("Name", "Plan", "Seats", "Since") == ["Ada 0", "Team", "77", ""]


def test_what_two_have_changed_is_asked_about_with_both_values(forms):
    mine, theirs = forms.opened(), forms.opened()
    forms.send(theirs, Name="Theirs", Plan="Team")

    asked = forms.send(mine, Name="Mine", Seats="9")

    assert asked.status_code == 409
    assert "Mine" in asked.text
    assert "Theirs" in asked.text
    assert "Another value that you have changed is saved with it" in re.sub(r"\s+", " ", asked.text)
    assert forms.stored("Name", "Seats") == ["Theirs", "1"]
    hidden = dict(re.findall(r'<input type="hidden" name="([\w.]+)" value="([^"]*)"', asked.text))
    again = forms.client.post(forms.path, data=hidden)
    assert again.status_code == 409
    assert "Choose which of the two" in again.text
    assert forms.client.post(
        forms.path, data={**hidden, f"choice.{forms.grid.keys['Name']}": "mine"}
    ).is_redirect
    assert forms.stored("Name", "Plan", "Seats") == ["Mine", "Team", "9"]


def test_what_somebody_else_has_stored_can_be_left(forms):
    mine, theirs = forms.opened(), forms.opened()
    forms.send(theirs, Name="Theirs")
    asked = forms.send(mine, Name="Mine", Seats="9")
    hidden = dict(re.findall(r'<input type="hidden" name="([\w.]+)" value="([^"]*)"', asked.text))
    forms.send(forms.opened(), Seats="50")

    third = forms.client.post(forms.path, data={**hidden, f"choice.{forms.grid.keys['Name']}": "theirs"})

    assert third.status_code == 409
    assert "<legend>Seats</legend>" in third.text
    assert "<legend>Name</legend>" not in third.text
    assert forms.stored("Name", "Seats") == ["Theirs", "50"]


def test_a_cell_that_somebody_else_has_changed_is_not_written_over(forms):
    name, seats = (f"{forms.path}/cells/{forms.grid.keys[n][1:]}" for n in ("Name", "Seats"))
    mine = {"value": "Mine", "opened": "Ada 0", "revision": forms.revision}
    forms.send(forms.opened(), Name="Theirs")

    beside = forms.client.post(seats, data={"value": "5", "opened": "1", "revision": forms.revision})
    asked = forms.client.post(name, data=mine)

    assert beside.status_code == 200
    assert beside.json()["revision"] == int(forms.revision)
    assert failure(asked, 409)["code"] == "record.changed_meanwhile"
    theirs = asked.json()["theirs"]
    assert (theirs["html"], theirs["value"]) == ("Theirs", "Theirs")
    kept = forms.client.post(name, data={"value": "Mine", "opened": "Theirs", "revision": theirs["revision"]})
    assert kept.json()["revision"] == theirs["revision"] + 1
    assert forms.stored("Name", "Seats") == ["Mine", "5"]


def test_a_view_is_kept_under_a_name_as_a_tab_until_it_is_deleted(grid):
    views = grid.path.replace("data_records", "views")
    assert "Save view" not in grid().text, "there is nothing to keep"
    found = grid(**{"Plan.one_of": "Team", "Seats.from": "95"})
    view = unescape(re.search(r'name="view" value="([^"]+)">\s*<label', found.text)[1])

    saved = grid.client.post(views, data={"name": "Large teams", "view": view}, follow_redirects=True)
    assert "The view “Large teams” is saved." in saved.text
    assert grid.names(saved) == grid.names(found) == ["Ada 95", "Ada 97", "Ada 99"]
    tab = grid.link(grid(), "Large teams")
    assert grid.names(grid(tab)) == grid.names(found)

    (view_id,) = set(re.findall(r"/views/(\d+)", grid(tab).text))
    nameless = grid.client.post(f"{views}/{view_id}", data={"name": " ", "view": view})
    assert nameless.status_code == 422
    grid.client.post(f"{views}/{view_id}", data={"name": "Big teams", "view": view})
    assert grid.link(grid(), "Big teams") == tab
    grid.client.post(f"{views}/{view_id}/delete", data={"view": view})
    assert "Big teams" not in grid().text

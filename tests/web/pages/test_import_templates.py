"""The template form: works without JavaScript, keeps what was typed, and says what happens to data."""

import re

from tests.factories import make_workbook
from tests.server import add_template, fields_of, run_import, template_fields


def shown_columns(page: str) -> list[str]:
    """The column names in a form, in order."""
    found = dict(re.findall(r'name="columns-(\d+)-name"[^>]*?value="([^"]*)"', page.split("<template")[0]))
    return [found[number] for number in sorted(found, key=int)]


def test_columns_are_added_removed_and_moved_by_plain_buttons(ada):
    fields = template_fields("Stock", ({"name": "A", "type": "text"}, {"name": "B", "type": "date"}))

    def press(action: str) -> str:
        response = ada.post("/import_templates", data={**fields, "action": action})
        assert response.status_code == 200
        return response.text

    assert shown_columns(press("add_column")) == ["A", "B", ""]
    assert shown_columns(press("remove_column:0")) == ["B"]
    assert shown_columns(press("move_down:0")) == ["B", "A"]
    assert shown_columns(press("move_up:1")) == ["B", "A"]
    assert 'value="Stock"' in press("move_up:1")


def test_a_form_with_errors_comes_back_with_what_was_typed(ada):
    columns = (
        {"name": "Full name", "type": "text"},
        {"name": "FULL   name", "type": "date", "aliases": "__record_id"},
        {"name": "Plan", "type": "choice"},
        {"name": "Size", "type": "integer", "minimum": "9", "maximum": "3"},
        {"name": "Code", "type": "text", "pattern": "("},
    )

    response = ada.post("/import_templates", data=template_fields("", columns))

    assert response.status_code == 422
    for sentence in (
        "Give the template a name.",
        "Another column is called",
        "Headers that begin with “__” are kept",
        "List the choices",
        "3 is less than 9",
        "not a regular expression",
    ):
        assert sentence in response.text
    assert shown_columns(response.text) == ["Full name", "FULL   name", "Plan", "Size", "Code"]


def test_rules_that_the_form_hides_for_a_type_are_not_asked_for(ada):
    columns = ({"name": "Was a number", "type": "text", "minimum": "3", "choices": "A", "min_length": "2"},)

    made = ada.post("/import_templates", data=template_fields("Changed my mind", columns))

    assert made.status_code == 303
    shown = fields_of(ada.get(f"{made.headers['location'].partition('?')[0]}/edit").text)
    assert (shown["columns-0-minimum"], shown["columns-0-choices"]) == ("", "")
    assert shown["columns-0-min_length"] == "2"


def test_two_templates_cannot_have_the_same_name(ada):
    add_template(ada, name="Stock")

    response = ada.post("/import_templates", data=template_fields("Stock"))

    assert response.status_code == 422
    assert "You have a template called “Stock” already" in response.text


def edit_fields(page: str) -> dict[str, str]:
    """The stored columns' ids, by their place in the form."""
    return dict(re.findall(r'name="(columns-\d+-id)" value="(\d+)"', page))


def test_a_change_that_loses_data_says_so_first(ada, tmp_path):
    columns = (
        {"name": "Name", "type": "text"},
        {"name": "Size", "type": "text"},
        {"name": "Note", "type": "text"},
    )
    template_id = add_template(ada, columns)
    rows = [["Ada", "12", "x"], ["Grace", "about 7", None], ["Alan", None, None]]
    assert (
        run_import(ada, template_id, make_workbook(tmp_path, ["Name", "Size", "Note"], *rows))["status"]
        == "completed"
    )
    ids = edit_fields(ada.get(f"/import_templates/{template_id}/edit").text)
    changed = (
        {"name": "Size", "type": "integer", "id": ids["columns-1-id"]},
        {"name": "Full name", "type": "text", "id": ids["columns-0-id"]},
    )
    fields = template_fields("Changed", changed)

    asked = ada.post(f"/import_templates/{template_id}", data=fields)

    assert asked.status_code == 200
    assert "“Note” goes, with what it holds in 1 record" in asked.text
    assert "1 of 2 values can be read so" in asked.text
    assert "about 7" in asked.text
    assert "Note" in ada.get(f"/import_templates/{template_id}").text, "nothing has changed yet"

    done = ada.post(f"/import_templates/{template_id}", data={**fields, "confirmed": "yes"})

    assert done.status_code == 303
    page = ada.get(f"/import_templates/{template_id}/data_records").text
    assert "Full name" in page
    assert "Note" not in page
    assert "12" in page
    assert "about 7" not in page


def test_a_change_that_loses_nothing_is_just_saved(ada, tmp_path):
    template_id = add_template(ada, ({"name": "Name", "type": "text"},))
    run_import(ada, template_id, make_workbook(tmp_path, ["Name"], ["Ada"]))
    ids = edit_fields(ada.get(f"/import_templates/{template_id}/edit").text)
    columns = (
        {"name": "Full name", "type": "text", "id": ids["columns-0-id"]},
        {"name": "Born", "type": "date"},
    )

    response = ada.post(f"/import_templates/{template_id}", data=template_fields("Renamed", columns))

    assert response.status_code == 303
    assert "Ada" in ada.get(f"/import_templates/{template_id}/data_records").text


def test_a_template_s_column_cannot_be_another_template_s(ada):
    first, second = add_template(ada), add_template(ada)
    theirs = edit_fields(ada.get(f"/import_templates/{first}/edit").text)["columns-0-id"]

    response = ada.post(
        f"/import_templates/{second}",
        data=template_fields("Stolen", ({"name": "Name", "type": "text", "id": theirs},)),
    )

    assert response.status_code == 422


def test_a_deleted_template_comes_back_from_the_bin_with_all_it_had_until_it_is_erased(ada, tmp_path):
    template_id = add_template(ada, name="Going")
    run_import(ada, template_id, make_workbook(tmp_path, ["Name"], ["Ada"]))

    asked = ada.get(f"/import_templates/{template_id}/delete")
    gone = ada.post(f"/import_templates/{template_id}/delete")

    assert "1 record" in asked.text
    assert gone.status_code == 303
    listed = ada.get("/import_templates").text
    assert "“Going” is in the bin, with its records." in listed
    assert f"/import_templates/{template_id}/restore" in listed, "the notice offers to undo it"
    assert ada.get(f"/import_templates/{template_id}").status_code == 404
    assert ada.post(f"/import_templates/{template_id}/exports", data={"kind": "data"}).status_code == 404

    add_template(ada, name="Going")  # the name is free again
    assert "Going" in ada.get("/import_templates/bin").text
    back = ada.post(f"/import_templates/{template_id}/restore", follow_redirects=True)
    assert "“Going (2)” is back, with all its records." in back.text
    assert "Ada" in ada.get(f"/import_templates/{template_id}/data_records").text
    assert ada.post(f"/import_templates/{template_id}/restore").status_code == 404
    assert ada.post(f"/import_templates/{template_id}/erase").status_code == 404, "it is in use"

    ada.post(f"/import_templates/{template_id}/delete")
    assert "Nobody can bring it back" in ada.get(f"/import_templates/{template_id}/erase").text
    assert ada.post(f"/import_templates/{template_id}/erase").status_code == 303
    assert "The bin is empty" in ada.get("/import_templates/bin").text


def test_a_form_that_is_saved_keeps_the_other_names_that_were_added_meanwhile(ada, workbook):
    template_id = add_template(ada, ({"name": "Name", "type": "text", "required": "on", "aliases": "Old"},))
    page = ada.get(f"/import_templates/{template_id}/edit").text.split("<template")[0]
    before = dict(re.findall(r'name="(columns-0-(?:id|aliases_before))"\s+value="([^"]*)"', page))
    failed = run_import(ada, template_id, workbook(["Customer", "x"], ["Ada", 1]))
    (missing,) = failed["result"]["columns"]["missing"]
    ada.post(
        f"/import_templates/{template_id}/jobs/{failed['job_id']}/answers",
        data={f"header:{missing['column_id']}": "Customer", "remember": "on"},
    )

    fields = template_fields("T", ({"name": "Name", "type": "text", "aliases": "Other"},))
    saved = ada.post(f"/import_templates/{template_id}", data={**fields, **before})

    assert saved.status_code == 303
    page = ada.get(f"/import_templates/{template_id}/edit").text
    shown = re.search(r'<textarea id="columns-0-aliases"[^>]*>\s*(.*?)</textarea>', page, re.DOTALL)
    assert shown
    assert shown[1].split("\n") == ["Other", "Customer"], "what was removed is gone, what was added is there"

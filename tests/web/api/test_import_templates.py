"""Templates and their columns through the API: the same rules as on the pages, and no loss unasked."""

from tests.server import fields_of
from tests.web.api.conftest import failure, finished, make_token, program, upload


def test_a_template_comes_back_as_it_was_sent_and_stands_on_the_page(api, ada):
    columns = [
        {
            "name": "Grade",
            "type": "choice",
            "choices": ["Gold", "Silver"],
            "default": "Silver",
            "required": True,
            "aliases": ["Level", "Klasse"],
            "warnings": ["choices"],
            "remembered": {"matches": {"Oro": "Gold"}},
        },
        {
            "name": "Price",
            "type": "number",
            "minimum": 0.5,
            "maximum": "100",
            "unique": True,
            "remembered": {"decimal_sign": "comma", "not_headers": ["Prize"]},
        },
        {"name": "Code", "type": "text", "pattern": "[A-Z]{3}", "min_length": 3, "max_length": 3},
        {"name": "Active", "type": "boolean", "default": True},
    ]
    made = api.post("/templates", json={"name": " Prices ", "description": "Of things", "columns": columns})
    template = made.json()

    assert made.status_code == 201
    assert made.headers["location"] == f"/api/v1/templates/{template['id']}"
    assert api.get(f"/templates/{template['id']}").json() == template
    assert (template["name"], template["description"], template["record_count"]) == ("Prices", "Of things", 0)
    for column, sent in zip(template["columns"], columns, strict=True):
        shown = {**sent, "minimum": "0.5"} if "minimum" in sent else sent
        shown = {**shown, "default": "true"} if sent["name"] == "Active" else shown
        assert {name: column[name] for name in shown} == shown
    page = ada.get(f"/import_templates/{template['id']}").text
    assert "Prices" in page
    assert "Silver" in page


def test_files_without_a_header_row_are_said_of_a_template(api, ada):
    columns = [{"name": "Visits", "type": "integer", "aliases": ["A"]}, {"name": "B", "type": "integer"}]
    made = api.post("/templates", json={"name": "Counts", "has_header": False, "columns": columns}).json()
    path = f"/templates/{made['id']}"

    assert made["has_header"] is False
    job = finished(api, upload(api, path, b"1,5\n2,6\n"))
    assert job["result"]["counts"]["created"] == 2, job
    assert "Its files have none" in ada.get(f"/import_templates/{made['id']}").text
    assert api.patch(path, json={"description": "Of visits"}).json()["has_header"] is False
    assert api.patch(path, json={"has_header": True}).json()["has_header"] is True
    assert api.patch(path, json={"has_header": "no"}).status_code == 422
    assert api.get(path).json()["has_header"] is True


def test_a_template_that_will_not_do_is_refused_as_a_whole(api):
    api.post("/templates", json={"name": "Taken", "columns": [{"name": "Name"}]})
    wrong = [
        ({"name": "Taken", "columns": [{"name": "Name"}]}, {"#/name"}),
        ({"name": "  ", "columns": [{"name": "Name"}]}, {"#/name"}),
        ({"name": "x", "columns": []}, {"#/columns"}),
        ({"name": "x", "columns": [{"name": " "}]}, {"#/columns/0/name"}),
        ({"name": "x", "columns": [{"name": "A"}, {"name": "a"}]}, {"#/columns/0/name", "#/columns/1/name"}),
        ({"name": "x", "columns": [{"name": "A", "type": "money"}]}, {"#/columns/0/type"}),
        ({"name": "x", "columns": [{"name": "A", "type": "choice"}]}, {"#/columns/0/choices"}),
        ({"name": "x", "columns": [{"name": "A", "pattern": "("}]}, {"#/columns/0/pattern"}),
        (
            {"name": "x", "columns": [{"name": "A", "type": "date", "minimum": "soon"}]},
            {"#/columns/0/minimum"},
        ),
        (
            {"name": "x", "columns": [{"name": "A", "remembered": {"decimal_sign": "comma"}}]},
            {"#/columns/0/remembered"},
        ),
        (
            {"name": "x", "columns": [{"name": "A", "type": "number", "remembered": {"currency": {}}}]},
            {"#/columns/0/remembered/currency"},
        ),
        ({"name": "x", "columns": [{"name": "A"}], "user_id": 1}, {"#/user_id"}),
    ]
    for body, pointers in wrong:
        found = failure(api.post("/templates", json=body), 422)
        assert {error["pointer"] for error in found["errors"]} == pointers, body
    assert [template["name"] for template in api.get("/templates").json()["templates"]] == ["Taken"]


def test_nothing_that_is_sent_of_a_column_is_altered_or_dropped(api, ada):
    kept = [
        {"name": "Grade", "type": "choice", "choices": ["a  b", "a b"], "default": "a  b"},
        {"name": "Note", "pattern": "  y ", "default": "  y ", "aliases": ["h" * 300]},
    ]
    template = api.post("/templates", json={"name": "Kept", "columns": kept}).json()
    for sent, shown in zip(kept, template["columns"], strict=True):
        assert {name: shown[name] for name in sent} == sent
    note = f"/templates/{template['id']}/columns/{template['columns'][1]['id']}"
    refused = failure(api.patch(note, json={"minimum": 3, "choices": ["A"]}), 422)
    assert {error["pointer"] for error in refused["errors"]} == {"#/minimum", "#/choices"}
    dated = {"name": "Dated", "columns": [{"name": "Since", "type": "date", "pattern": "x"}]}
    (error,) = failure(api.post("/templates", json=dated), 422)["errors"]
    assert error["pointer"] == "#/columns/0/pattern"
    assert "“pattern” is no rule for the type “Date”" in error["detail"]

    # The page's form gives back what it was given; another type needs no rule to be cleared first.
    page = f"/import_templates/{template['id']}"
    fields = fields_of(ada.get(f"{page}/edit").text)
    assert ada.post(page, data=fields).status_code == 303
    assert api.get(f"/templates/{template['id']}").json()["columns"] == template["columns"]
    changed = api.patch(note, json={"type": "date", "default": None}).json()
    assert (changed["type"], changed["pattern"]) == ("date", None)


def test_a_value_that_breaks_a_pattern_is_shown_as_it_was_sent(api):
    code = {"name": "Code", "pattern": "[a-z]+"}
    template = api.post("/templates", json={"name": "Codes", "columns": [code]}).json()

    (error,) = failure(
        api.post(f"/templates/{template['id']}/records", json={"values": {"Code": " ab "}}), 422
    )["errors"]

    assert error["detail"] == "“ ab ” will not do. It must have the form “[a-z]+”."


def test_a_template_is_renamed_and_deleted_with_its_records(api, customers):
    api.post(f"{customers}/records", json={"values": {"Name": "Ada"}})

    assert api.patch(customers, json={"name": "Clients"}).json()["name"] == "Clients"
    assert api.patch(customers, json={"description": "Ours"}).json()["description"] == "Ours"
    assert api.get(customers).json()["name"] == "Clients"
    assert api.get(customers).json()["record_count"] == 1
    assert api.delete(customers).status_code == 204
    failure(api.get(customers), 404)
    failure(api.delete(customers), 404)


def test_columns_are_added_moved_changed_and_deleted(api, customers):
    made = api.post(f"{customers}/columns", json={"name": "Town", "default": "London"})
    town = made.json()
    path = f"{customers}/columns/{town['id']}"

    assert made.status_code == 201
    assert town["position"] == 5
    assert api.patch(path, json={"position": 0, "name": "City"}).json()["position"] == 0
    names = [column["name"] for column in api.get(f"{customers}/columns").json()["columns"]]
    assert names == ["City", "Name", "Since", "Orders", "Balance", "Active"]
    assert api.patch(path, json={"default": None}).json()["default"] is None
    assert api.delete(path).status_code == 204
    failure(api.patch(path, json={"name": "Town"}), 404)
    failure(api.delete(path), 404)
    refused = failure(api.post(f"{customers}/columns", json={"name": "name"}), 422)
    assert refused["errors"][0]["pointer"] == "#/name"


def test_stored_values_are_lost_only_when_that_is_confirmed(api, customers):
    api.post(f"{customers}/records", json={"values": {"Name": "Ada"}})
    api.post(f"{customers}/records", json={"values": {"Name": "7"}})
    (name, *_) = api.get(f"{customers}/columns").json()["columns"]
    path = f"{customers}/columns/{name['id']}"

    asked = failure(api.patch(path, json={"type": "integer", "required": False}), 409)
    assert "1 of 2 values can be read so" in asked["changes"][0]
    assert api.get(f"{customers}/columns").json()["columns"][0]["type"] == "text"

    changed = api.patch(f"{path}?confirm=true", json={"type": "integer", "required": False}).json()
    assert changed["type"] == "integer"
    assert changed["id"] != name["id"]
    records = api.get(f"{customers}/records").json()["records"]
    assert [record["values"]["Name"] for record in records] == [None, 7]


def test_the_last_column_stays(api):
    template = api.post("/templates", json={"name": "Narrow", "columns": [{"name": "Only"}]}).json()
    (column,) = template["columns"]

    refused = failure(api.delete(f"/templates/{template['id']}/columns/{column['id']}"), 409)

    assert "last column" in refused["detail"]


def test_a_token_is_told_what_it_is(server, ada):
    with program(server, make_token(ada, "import", name="Nightly")) as client:
        found = client.get("/token").json()

    assert (found["name"], found["scopes"]) == ("Nightly", ["import"])


def test_what_is_remembered_stays_with_a_column_until_it_is_changed_or_gets_another_type(api, ada):
    known = {"day_order": "month_first", "time_zone": "as_utc"}
    columns = [{"name": "At", "type": "datetime", "remembered": known}]
    template = api.post("/templates", json={"name": "Visits", "columns": columns}).json()
    path = f"/templates/{template['id']}/columns"

    renamed = api.patch(f"{path}/{template['columns'][0]['id']}", json={"name": "When"}).json()
    page = f"/import_templates/{template['id']}"
    form = {**fields_of(ada.get(f"{page}/edit").text), "description": "By form"}
    saved = ada.post(page, data=form)
    by_form = api.get(path).json()["columns"][0]
    other = api.patch(f"{path}/{renamed['id']}", json={"remembered": {"day_order": "day_first"}}).json()
    retyped = api.patch(f"{path}/{renamed['id']}", json={"type": "text"}).json()

    assert renamed["remembered"] == by_form["remembered"] == known
    assert saved.status_code == 303
    assert "Times that name their zone are stored as UTC" not in ada.get(page).text
    assert other["remembered"] == {"day_order": "day_first"}
    assert retyped["remembered"] == {}

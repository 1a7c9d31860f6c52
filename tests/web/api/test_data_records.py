"""Records through the API: found, changed and exported under the same rules as on the pages."""

import csv
import io

import pytest

from tests.web.api.conftest import failure, finished, upload


@pytest.fixture
def orders(api):
    """The path of a template with six records: four of an import, two by hand."""
    columns = [
        {"name": "Name"},
        {"name": "Grade [A–B]", "type": "choice", "choices": ["Gold", "Silver"]},
        {"name": "Orders", "type": "integer"},
        {"name": "Since", "type": "date"},
        {"name": "Active", "type": "boolean"},
    ]
    path = f"/templates/{api.post('/templates', json={'name': 'Orders', 'columns': columns}).json()['id']}"
    rows = "Name,Grade [A–B],Orders,Since,Active\nAda,Gold,3,2024-01-31,yes\nGrace,Silver,5,2023-05-01,no\n"
    rows += "Édith,,5,,yes\nAlan,Gold,,2022-02-02,\n"
    finished(api, upload(api, path, rows.encode()))
    for name, number in (("Ada L.", 7), ("100%_sure", None)):
        values = {"Name": name, "Orders": number}
        assert api.post(f"{path}/records", json={"values": values}).status_code == 201
    return path


def names_of(api, path, query="", **params):
    page = api.get(f"{path}/records{query}", params=params or None).raise_for_status().json()
    assert page["total_is_exact"]
    assert page["total"] == len(page["records"])
    return [record["values"]["Name"] for record in page["records"]]


def test_pages_follow_each_other_in_every_order_while_records_come_and_go(api, orders):
    for order in ({}, {"sort": "Orders"}, {"sort": "Orders", "dir": "desc"}, {"sort": "Name", "q": "a"}):
        everything = names_of(api, orders, **order)
        found, cursor, pages = [], {}, 0
        while cursor is not None:
            page = api.get(f"{orders}/records", params={**order, "limit": 2, **cursor}).json()
            assert page["total"] == len(everything)
            found += [record["values"]["Name"] for record in page["records"]]
            cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
            pages += 1
        assert found == everything
        assert pages == -(-len(everything) // 2)

    first = api.get(f"{orders}/records", params={"sort": "Name", "limit": 2}).json()
    for record in first["records"]:
        assert api.delete(f"{orders}/records/{record['id']}").status_code == 204
    rest = api.get(f"{orders}/records", params={"sort": "Name", "cursor": first["next_cursor"]}).json()
    assert [record["values"]["Name"] for record in rest["records"]] == ["Ada L.", "Alan", "Grace", "Édith"]


def test_search_filters_and_sort_find_what_the_page_finds(api, orders, ada):
    columns = api.get(orders).json()["columns"]
    key = {column["name"]: column["key"] for column in columns}
    import_id = api.get(f"{orders}/imports").json()["imports"][0]["id"]
    wanted = {
        "?q=ADA": ["Ada", "Ada L."],
        "?q=édith": ["Édith"],
        "?q=%25_": ["100%_sure"],
        "?filter[Orders][from]=4&filter[Orders][to]=6": ["Grace", "Édith"],
        "?filter[Orders][is]=3": ["Ada"],
        f"?filter[{key['Orders']}][is]=3": ["Ada"],
        "?filter[Grade [A–B]][one_of]=Gold&filter[Grade [A–B]][one_of]=Silver": ["Ada", "Grace", "Alan"],
        "?filter[Grade [A–B]][one_of][]=Gold": ["Ada", "Alan"],
        "?filter[Grade [A–B]][one_of][0]=Gold&filter[Grade [A–B]][one_of][1]=Silver": [
            "Ada",
            "Grace",
            "Alan",
        ],
        "?filter[Grade [A–B]][blank]=true": ["Édith", "Ada L.", "100%_sure"],
        "?filter[Grade [A–B]][blank]=false": ["Ada", "Grace", "Alan"],
        "?filter[Active][one_of]=false": ["Grace"],
        "?filter[Since][to]=2023-05-01&sort=Since": ["Alan", "Grace"],
        "?filter[Name][contains]=d&sort=Orders&dir=desc": ["Ada L.", "Édith", "Ada"],
        "?import=none": ["Ada L.", "100%_sure"],
        f"?import={import_id}&q=a": ["Ada", "Grace", "Alan"],
    }
    for query, names in wanted.items():
        assert names_of(api, orders, query) == names, query


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("filter[Nope][is]=1", "filter[Nope][is]"),
        ("filter[Orders][contains]=1", "filter[Orders][contains]"),
        ("filter[Orders][filled]=yes", "filter[Orders][filled]"),
        ("filter[Orders][from]=many", "filter[Orders][from]"),
        ("filter[Orders][from]=1&filter[Orders][from]=2", "filter[Orders][from]"),
        ("filter[Orders][from]=", "filter[Orders][from]"),
        ("filter[Orders][blank]=maybe", "filter[Orders][blank]"),
        ("filter[Orders]=1", "filter[Orders]"),
        ("filter=1", "filter"),
        ("filtre[Orders][is]=1", "filtre[Orders][is]"),
        ("sort=Nope", "sort"),
        ("dir=up", "dir"),
        ("import=0", "import"),
        ("q=" + "x" * 201, "q"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("cursor=nonsense", "cursor"),
        ("colour=red", "colour"),
    ],
)
def test_what_will_not_do_is_named_and_never_passed_over(api, orders, query, parameter):
    found = failure(api.get(f"{orders}/records?{query}"), 422)

    assert [error["parameter"] for error in found["errors"]] == [parameter]


def test_everything_that_will_not_do_is_listed_at_once(api, orders):
    query = "filter[Nope][is]=1&filter[Orders][from]=x&sort=Nope"

    found = failure(api.get(f"{orders}/records?{query}"), 422)

    named = {error["parameter"] for error in found["errors"]}
    assert named == {"filter[Nope][is]", "filter[Orders][from]", "sort"}


def test_a_value_that_may_be_there_once_stays_so(api):
    columns = [{"name": "Code", "unique": True}, {"name": "Text"}]
    path = f"/templates/{api.post('/templates', json={'name': 'Once', 'columns': columns}).json()['id']}"
    first, second = (
        api.post(f"{path}/records", json={"values": {"Code": code}}).json()["id"] for code in ("A", "B")
    )

    taken = [
        failure(api.post(f"{path}/records", json={"values": {"Code": "A"}}), 422),
        failure(api.patch(f"{path}/records/{second}", json={"values": {"Code": "A", "Text": "x"}}), 422),
    ]

    for found in taken:
        (error,) = found["errors"]
        assert error["pointer"] == "#/values/Code"
        assert f"record {first}" in error["detail"]
    assert [r["values"] for r in api.get(f"{path}/records").json()["records"]] == [
        {"Code": "A", "Text": None},
        {"Code": "B", "Text": None},
    ]
    assert api.patch(f"{path}/records/{first}", json={"values": {"Code": "A", "Text": "x"}}).is_success


def test_what_is_written_is_found_at_once(api, orders):
    assert names_of(api, orders, q="Lovelace") == []
    record = api.get(f"{orders}/records", params={"filter[Name][is]": "Ada"}).json()["records"][0]
    path = f"{orders}/records/{record['id']}"

    changed = api.patch(path, json={"values": {"Name": "Ada Lovelace"}}).json()

    assert changed["values"] == {**record["values"], "Name": "Ada Lovelace"}
    assert names_of(api, orders, q="Lovelace") == ["Ada Lovelace"]
    assert api.delete(path).status_code == 204
    assert names_of(api, orders, q="Lovelace") == []
    failure(api.delete(path), 404)


def test_an_export_has_the_records_that_its_body_asks_for(api, orders):
    view = {"q": "a", "filter": {"Orders": {"from": 3, "blank": False}}, "sort": "Orders", "dir": "desc"}

    job = finished(api, api.post(f"{orders}/exports", json={"kind": "view", "format": "csv", **view}))
    file = api.get(f"/jobs/{job['job_id']}/download")

    rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert [row[0] for row in rows[1:]] == ["Ada L.", "Grace", "Ada"]


def test_an_export_that_asks_for_what_is_not_there_is_refused(api, orders):
    wrong = [
        ({"kind": "view", "filter": {"Nope": {"is": 1}}}, "#/filter/Nope/is"),
        ({"kind": "view", "filter": {"Orders": {"from": "many"}}}, "#/filter/Orders/from"),
        ({"kind": "view", "filter": {"Orders": {"above": 1}}}, "#/filter/Orders/above"),
        ({"kind": "view", "sort": "Nope"}, "#/sort"),
        ({"kind": "data", "q": "a"}, "#/q"),
    ]
    for body, pointer in wrong:
        found = failure(api.post(f"{orders}/exports", json=body), 422)
        assert [error["pointer"] for error in found["errors"]] == [pointer]


def test_a_change_can_be_meant_for_one_revision_of_a_record(api, orders):
    first = api.get(f"{orders}/records", params={"limit": 1}).json()["records"][0]
    path = f"{orders}/records/{first['id']}"
    etag = api.get(path).headers["etag"]
    assert etag == f'"{first["revision"]}"'

    changed = api.patch(path, json={"values": {"Orders": 4}}, headers={"If-Match": f'W/"0", {etag}'})
    assert (changed.status_code, changed.headers["etag"]) == (200, f'"{first["revision"] + 1}"')
    assert changed.json()["revision"] == first["revision"] + 1

    for method, sent in (("PATCH", {"json": {"values": {"Orders": 5}}}), ("DELETE", {})):
        for tag in (etag, f"W/{changed.headers['etag']}", str(first["revision"] + 1)):
            late = api.request(method, path, headers={"If-Match": tag}, **sent)
            assert failure(late, 412)["code"] == "record.other_revision"
    assert api.get(path).json()["values"]["Orders"] == 4

    same = api.patch(path, json={"values": {"Orders": 4}}, headers={"If-Match": "*"})
    assert same.headers["etag"] == changed.headers["etag"]
    assert api.patch(path, json={"values": {"Orders": 6}}).json()["revision"] == first["revision"] + 2
    assert api.delete(path, headers={"If-Match": f'"{first["revision"] + 2}"'}).status_code == 204
    assert api.delete(path, headers={"If-Match": "*"}).status_code == 404


def test_many_changes_go_in_one_request(api, orders):
    path = f"{orders}/records/bulk"
    ids = {r["values"]["Name"]: r["id"] for r in api.get(f"{orders}/records").json()["records"]}
    operations = [
        {"op": "create", "values": {"Name": "Barbara", "Orders": 1}},
        {"op": "update", "id": ids["Ada"], "revision": 1, "values": {"Orders": "many"}},
        {"op": "update", "id": ids["Grace"], "revision": 1, "values": {"Orders": 6}},
        {"op": "upsert", "values": {"Name": "Alan", "Orders": 2}},
        {"op": "delete", "id": ids["Édith"]},
        {"op": "delete", "id": 10**9},
    ]
    before = api.get(f"{orders}/records").json()

    refused = failure(api.post(path, json={"operations": operations, "keys": ["Name"]}), 422)
    assert [error["pointer"] for error in refused["errors"]] == [
        "#/operations/1/values/Orders",
        "#/operations/5",
    ]
    assert api.get(f"{orders}/records").json() == before

    sent = {
        "json": {"operations": operations, "keys": ["Name"], "atomic": False},
        "headers": {"Idempotency-Key": "k"},
    }
    done, again = api.post(path, **sent), api.post(path, **sent)

    assert done.status_code == 200
    assert again.json() == done.json()
    results = done.json()["results"]
    assert [r["outcome"] for r in results] == ["created", "failed", "updated", "updated", "deleted", "failed"]
    assert [r.get("revision") for r in results] == [1, None, 2, 2, None, None]
    assert results[1]["errors"][0]["code"] == "cell.not_a_number"
    assert done.json()["counts"] == {"created": 1, "failed": 2, "updated": 2, "deleted": 1}
    stored = {
        r["values"]["Name"]: r["values"]["Orders"] for r in api.get(f"{orders}/records").json()["records"]
    }
    assert stored == {"Ada": 3, "Grace": 6, "Alan": 2, "Ada L.": 7, "100%_sure": None, "Barbara": 1}
    other = {**sent["json"], "atomic": True}
    assert failure(api.post(path, json=other, headers=sent["headers"]), 422)["code"] == "body.key_was_used"


def test_a_saved_view_is_asked_for_by_its_name_and_follows_its_columns(api, orders):
    kept = {"name": "Buyers", "filter": {"Orders": {"from": 4}}, "sort": "Orders", "dir": "desc"}
    assert api.post(f"{orders}/views", json=kept).status_code == 201
    key = next(c["id"] for c in api.get(orders).json()["columns"] if c["name"] == "Orders")
    api.patch(f"{orders}/columns/{key}", json={"name": "Bought"}).raise_for_status()

    assert names_of(api, orders, view="Buyers") == ["Ada L.", "Édith", "Grace"]
    job = finished(
        api, api.post(f"{orders}/exports", json={"kind": "view", "view": "Buyers", "format": "csv"})
    )
    rows = list(csv.reader(io.StringIO(api.get(f"/jobs/{job['job_id']}/download").text)))
    assert [row[0] for row in rows[1:]] == ["Ada L.", "Édith", "Grace"]

    beside = failure(api.get(f"{orders}/records", params={"view": "Buyers", "q": "a"}), 422)
    assert [error["code"] for error in beside["errors"]] == ["view.alone"]
    api.delete(f"{orders}/columns/{key}", params={"confirm": "true"}).raise_for_status()
    gone = failure(api.get(f"{orders}/records", params={"view": "Buyers"}), 422)
    assert [error["code"] for error in gone["errors"]] == ["view.saved_gone"]

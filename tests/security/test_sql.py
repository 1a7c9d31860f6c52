"""Texts that would be SQL if anything put them there: names, values, filters, ids."""

import re
import sqlite3
from contextlib import closing
from urllib.parse import quote, urlencode

import pytest

from tests.factories import make_workbook
from tests.server import PASSWORD, Server, add_template, run_export, run_import, template_fields
from xlsapp.db.copies import damage

NASTY = [
    "'; DROP TABLE users; --",
    '"; DELETE FROM import_templates; --',
    "x' OR '1'='1",
    "x') UNION SELECT email, password_hash FROM users --",
    "c1; ATTACH DATABASE '/tmp/evil' AS e",
    "records_1",
    "%' --",
    ":user_id",
    "?1",
    "$.a' || (SELECT 1) || '",
    "`rowid`",
    "[id]",
]

FILTERS = ("page", "q", "search", "sort", "order", "dir", "filter", "column", "c1", "from", "format", "kind")
FILTERS += ("after", "before", "import", "all", "ids")
OPERATORS = ("contains", "is", "from", "to", "one_of", "blank", "filled", "x' OR 1=1 --")


@pytest.fixture(scope="module")
def own_server(tmp_path_factory):
    patient = {
        "XLSAPP_AUTH__MAX_FAILURES_PER_ACCOUNT": "1000",
        "XLSAPP_AUTH__MAX_FAILURES_PER_ADDRESS": "1000",
    }
    with Server.started(tmp_path_factory.mktemp("sql"), **patient) as server:
        yield server


@pytest.fixture
def client(own_server):
    with own_server.client() as client:
        own_server.sign_up(client)
        yield client


def everything(server: Server) -> dict[str, int]:
    """Table → its number of rows."""
    with closing(sqlite3.connect(server.data / "data.sqlite3", timeout=30)) as conn:
        names = [name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        # The audit log notes the sign-up a moment later.
        names = [name for name in names if name not in ("audit_entries", "sqlite_sequence")]
        return {name: conn.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0] for name in names}


def test_names_and_values_are_kept_as_they_are(own_server, client, tmp_path):
    columns = tuple({"name": f"{text} {n}", "type": "text"} for n, text in enumerate(NASTY))
    answer = client.post("/import_templates", data=template_fields(NASTY[0], columns, description=NASTY[1]))
    template_id = int(answer.headers["location"].rsplit("/", 1)[1])
    book = make_workbook(tmp_path, [column["name"] for column in columns], NASTY, sheet="'; DROP TABLE x")

    state = run_import(client, template_id, book)
    exported = run_export(client, template_id)

    assert state["status"] == "completed", state
    assert exported.status_code == 200
    with closing(sqlite3.connect(own_server.data / "data.sqlite3", timeout=30)) as conn:
        names = [name for (name,) in conn.execute("SELECT name FROM template_columns ORDER BY position")]
        row = conn.execute(f"SELECT * FROM records_{template_id}").fetchone()
    assert names == [column["name"] for column in columns]
    assert set(NASTY) <= set(row)
    assert damage(own_server.data / "data.sqlite3") == []


@pytest.mark.parametrize("name", FILTERS)
def test_no_filter_reaches_the_database_as_sql(own_server, client, name):
    template_id = add_template(client)
    before = everything(own_server)
    for text in NASTY:
        for path in (f"/import_templates/{template_id}/data_records", "/import_templates", "/jobs"):
            answer = client.get(path, params={name: text})
            assert answer.status_code in (200, 404, 422), (path, text, answer.status_code)
            assert "@example.com" not in answer.text.split("<main")[-1]

    assert everything(own_server) == before
    assert "OperationalError" not in own_server.log


@pytest.mark.parametrize("operator", OPERATORS)
def test_no_filter_of_a_column_reaches_the_database_as_sql(own_server, client, operator):
    template_id = add_template(client)
    form = client.get(f"/import_templates/{template_id}/data_records/new").text
    keys = re.findall(r'name="(c\d+)"', form)
    before = everything(own_server)
    for text in NASTY:
        for key in keys:
            query = {f"{key}.{operator}": text, "sort": key, "q": text}
            for page in ("data_records", "record_deletions/new"):
                answer = client.get(f"/import_templates/{template_id}/{page}", params={**query, "all": "yes"})
                assert answer.status_code in (200, 303, 404, 422), (page, text, answer.status_code)
        export = {"kind": "view", "view": urlencode({f"{keys[0]}.{operator}": text, "q": text})}
        assert client.post(f"/import_templates/{template_id}/exports", data=export).status_code == 303

    assert keys
    assert everything(own_server) == before
    assert "OperationalError" not in own_server.log


@pytest.mark.parametrize("text", NASTY)
def test_no_id_reaches_the_database_as_sql(own_server, client, text):
    before = everything(own_server)
    text = quote(text, safe="")
    for path in (
        f"/import_templates/{text}",
        f"/import_templates/1/data_records/{text}/edit",
        f"/import_templates/1/jobs/{text}",
        f"/jobs/{text}/status",
    ):
        assert client.get(path).status_code == 404
    huge = client.get(f"/import_templates/{2**63}")
    huger = client.get(f"/import_templates/{10**40}/data_records/{10**40}/edit")

    assert huge.status_code == huger.status_code == 404
    assert everything(own_server) == before


@pytest.mark.parametrize("text", NASTY)
def test_nobody_signs_in_with_sql(own_server, visitor, text):
    for email, password in ((text, PASSWORD), (f"{text}@example.com", text), ("person1@example.com", text)):
        with own_server.client() as stranger:
            assert stranger.post("/sign_in", data={"email": email, "password": password}).status_code == 422

"""Exports through the pages: asked for, watched, downloaded, and kept from others."""

import csv
import html
import io
import json
import re
import sqlite3
import time
from contextlib import closing

import httpx
import openpyxl
import pytest

from tests.factories import make_workbook
from tests.server import Server, add_template, finished, job_of, run_export, run_import

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def template_id(ada: httpx.Client, tmp_path) -> int:
    """A template of ada's with two records."""
    made = add_template(ada)
    path = make_workbook(tmp_path, ["Name", "Orders"], ["Ada", 3], ["Grace", 5])
    assert run_import(ada, made, path)["status"] == "completed"
    return made


def asked(
    client: httpx.Client, template_id: int, *, kind: str, query: str = "", **more: str
) -> httpx.Response:
    return client.post(f"/import_templates/{template_id}/exports{query}", data={"kind": kind, **more})


def sheet_of(response: httpx.Response) -> list[tuple[object, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    return list(book.worksheets[0].iter_rows(values_only=True))


def test_the_template_s_page_offers_every_export(ada, template_id):
    page = ada.get(f"/import_templates/{template_id}").text

    for words in ("All records", "All records as csv", "Blank workbook", "Sample workbook"):
        assert words in page


@pytest.mark.parametrize(
    ("kind", "rows"), [("data", 2), ("template", 0), ("sample", 5)], ids=["data", "blank", "sample"]
)
def test_each_kind_is_a_job_with_a_workbook_at_its_end(ada, template_id, kind, rows):
    response = run_export(ada, template_id, kind)

    assert response.headers["content-type"] == XLSX
    assert response.headers["content-disposition"].startswith('attachment; filename="customers-')
    assert len(sheet_of(response)) == 1 + rows


@pytest.mark.parametrize("place", [{"query": "?format=csv"}, {"format": "csv"}], ids=["address", "body"])
def test_records_come_as_csv_too(ada, template_id, place):
    job_id = job_of(asked(ada, template_id, kind="data", **place))

    state = finished(ada, job_id)
    response = ada.get(f"/import_templates/{template_id}/jobs/{job_id}/download")

    assert state["result"]["file_name"].endswith(".csv")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [row[:3] for row in rows] == [["Name", "Since", "Orders"], ["Ada", "", "3"], ["Grace", "", "5"]]


def test_the_buttons_of_both_pages_lead_to_csv_with_semicolons_and_to_json_lines(ada, template_id):
    home = f"/import_templates/{template_id}"

    for page in (home, f"{home}/data_records"):
        links = map(html.unescape, re.findall(r'formaction="([^"]*exports[^"]*)"', ada.get(page).text))
        _, semicolons, lines = links
        kind = {"kind": "data"} if page == home else {"kind": "view", "view": ""}
        told = [ada.post(link, data=kind).headers["location"] for link in (semicolons, lines)]
        for job in told:
            finished(ada, job.rsplit("/", 1)[1])
        csv_file, json_file = (ada.get(f"{job}/download") for job in told)
        assert csv_file.text.splitlines()[1].startswith("Ada;;3;")
        assert json_file.headers["content-type"] == "application/jsonl"
        assert [json.loads(line)["Name"] for line in json_file.text.splitlines()] == ["Ada", "Grace"]


def test_the_records_as_their_page_shows_them(ada, template_id):
    form = ada.get(f"/import_templates/{template_id}/data_records/new").text
    name, _, orders, *_ = re.findall(r'name="(c\d+)"', form)
    view = f"{orders}.from=4&{name}.filled=yes&sort={name}&dir=desc&nonsense=1"

    response = ada.post(f"/import_templates/{template_id}/exports", data={"kind": "view", "view": view})
    state = finished(ada, job_of(response))
    download = ada.get(f"{response.headers['location']}/download")

    assert state["result"]["summary"] == "1 record is in the file, as the page showed."
    assert [row[0] for row in sheet_of(download)] == ["Name", "Grace"]


def test_the_job_s_page_offers_the_file_with_its_size_and_until_when(ada, template_id):
    job_id = job_of(asked(ada, template_id, kind="data"))
    state = finished(ada, job_id)

    page = ada.get(f"/import_templates/{template_id}/jobs/{job_id}").text

    assert f"Download {state['result']['file_name']}" in page
    assert "2 records are in the file." in page
    assert "The file is kept until" in page


def test_a_download_can_be_resumed(ada, template_id):
    whole = run_export(ada, template_id)

    part = ada.get(whole.url.path, headers={"Range": "bytes=100-199"})

    assert part.status_code == 206
    assert part.headers["content-range"] == f"bytes 100-199/{len(whole.content)}"
    assert part.content == whole.content[100:200]
    assert ada.get(whole.url.path, headers={"Range": "bytes=99999999-"}).status_code == 416


@pytest.mark.parametrize(
    ("header", "value", "status", "length"),
    [
        ("If-None-Match", "{etag}", 304, 0),
        ("If-None-Match", 'W/"x", W/{etag}', 304, 0),
        ("If-None-Match", "*", 304, 0),
        ("If-None-Match", '"other"', 200, None),
        ("If-Match", '"x", {etag}', 200, None),
        ("If-Match", "*", 200, None),
        ("If-Match", "W/{etag}", 412, None),
        ("If-Match", '"other"', 412, None),
        ("Range", "pages=1-2", 200, None),
        ("Range", "bytes=abc", 200, None),
        ("Range", "bytes=9-3", 200, None),
        ("Range", "bytes=-10", 206, 10),
        ("Range", "bytes=0-9,999999999-", 206, 10),
        ("Range", "bytes=999999999-", 416, None),
    ],
)
def test_a_download_answers_what_its_request_asks(ada, template_id, header, value, status, length):
    whole = run_export(ada, template_id)
    asked = {header: value.replace("{etag}", whole.headers["etag"]), "Accept": "application/json"}

    answer = ada.get(whole.url.path, headers=asked)

    assert answer.status_code == status
    if status == 200:
        assert answer.content == whole.content
    elif status < 400:
        assert len(answer.content) == length
        assert answer.headers["etag"] == whole.headers["etag"]
    else:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
        assert answer.headers.get("content-range") == (
            f"bytes */{len(whole.content)}" if status == 416 else None
        )


def test_odd_names_of_templates_give_safe_names_of_files(ada):
    template_id = add_template(ada, name='Größe "x"\\..\\ / ; filename=evil.exe')

    response = run_export(ada, template_id, "template")

    disposition = response.headers["content-disposition"]
    plain, real = disposition.split("; ")[1:]
    assert plain.startswith('filename="grosse-x-filename-evil-exe-blank-')
    assert real.startswith("filename*=utf-8''gr%C3%B6sse-x-filename-evil-exe-blank-")
    assert real.endswith(".xlsx")


@pytest.mark.parametrize(
    ("kind", "query", "sentence"),
    [
        ("", "", "Choose what to export"),
        ("everything", "", "Choose what to export"),
        ("data", "?format=pdf", "Choose what to export"),
        ("sample", "?format=csv", "Only records can be exported as csv"),
    ],
)
def test_what_there_is_not_is_refused_with_a_sentence(ada, template_id, kind, query, sentence):
    response = asked(ada, template_id, kind=kind, query=query)

    assert response.status_code == 422
    assert sentence in response.text


def test_others_can_neither_ask_nor_download(ada, eve, visitor, template_id):
    path = run_export(ada, template_id).url.path

    assert asked(eve, template_id, kind="data").status_code == 404
    assert eve.get(path).status_code == 404
    assert visitor.get(path).status_code == 303


def test_a_file_is_gone_when_its_job_has_expired(tmp_path):
    with Server.started(tmp_path) as server, server.client() as client:
        server.sign_up(client)
        template_id = add_template(client)
        path = run_export(client, template_id, "template").url.path
        job_id = path.split("/")[-2]
        server.stop()
        with closing(sqlite3.connect(server.data / "status.sqlite3")) as conn, conn:
            conn.execute("UPDATE entries SET expires_at = 1 WHERE key LIKE '%' || ?", [job_id])
        server.start()

        assert client.get(path).status_code == 404
        end = time.monotonic() + 10
        while list((server.data / "exports").iterdir()) and time.monotonic() < end:
            time.sleep(0.05)
        assert list((server.data / "exports").iterdir()) == []

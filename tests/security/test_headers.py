"""What every answer carries, and what no text of a user's can put there."""

import re
import sqlite3
from contextlib import closing

import httpx
import pytest
from openpyxl import load_workbook

from tests.factories import make_workbook
from tests.security.raw import head, send
from tests.server import Server, add_template, finished, job_of, run_import, template_fields, upload

STATIC = "/static/css/base.css"

NASTY_NAMES = [
    'quote".xlsx"; filename="other.exe',
    "line\r\nSet-Cookie: hacked=1\r\n\r\n<html>",
    "line\nX-Hacked: 1",
    "../../../etc/passwd",
    "..\\..\\windows\\system32",
    "semi;colon=1",
    "naïve – Ω 漢字 🎉",
    "%0d%0aX-Hacked: 1",
    "tab\tand\x00nul\x7f\x1b",
    "-rf",
    "…",
    "a" * 100,
]


def strict(response: httpx.Response) -> bool:
    """Whether an answer carries all that protects a page."""
    headers = response.headers
    policy = headers.get("content-security-policy", "")
    return (
        "default-src 'none'" in policy
        and "frame-ancestors 'none'" in policy
        and "unsafe" not in policy
        and headers.get("x-content-type-options") == "nosniff"
        and headers.get("referrer-policy") == "same-origin"
        and "camera=()" in headers.get("permissions-policy", "")
        and "server" not in headers
    )


def test_every_kind_of_answer_carries_the_strict_headers(ada, visitor):
    template_id = add_template(ada)
    answers = [
        visitor.get("/sign_in"),
        visitor.get("/import_templates"),  # 303
        visitor.get("/nowhere"),  # 404
        visitor.request("DELETE", "/sign_in"),  # 405
        visitor.post("/sign_in", content=b"a" * 20_000),  # 413
        visitor.post("/sign_in", data={"email": "a", "password": "b"}),  # 422
        visitor.post("/sign_in", headers={"Origin": "https://evil.example"}),  # 403
        visitor.get("/" + "a" * 10_000),  # 414
        visitor.get(STATIC),
        visitor.get("/static/nothing"),
        visitor.get("/up"),
        ada.get(f"/import_templates/{template_id}"),
        ada.get("/jobs", headers={"Accept": "application/json"}),
        ada.get("/jobs/unknown/status"),
    ]

    assert [(a.status_code, a.request.url.path[:40]) for a in answers if not strict(a)] == []
    assert {a.status_code for a in answers} == {200, 303, 403, 404, 405, 413, 414, 422}


def test_a_fault_shows_a_reference_and_nothing_of_its_inside(tmp_path):
    with Server.started(tmp_path) as server, server.client() as client:
        server.sign_up(client)
        with closing(sqlite3.connect(server.data / "data.sqlite3", timeout=30)) as conn, conn:
            conn.execute("ALTER TABLE template_columns RENAME TO lost")

        page = client.get("/import_templates")

        assert page.status_code == 500
        assert strict(page)
        assert "Something broke on our side" in page.text
        for inside in ("template_columns", "sqlite", "Traceback", str(server.data)):
            assert inside not in page.text
        reference = re.search(r"quote ([0-9a-f]{8})", page.text)
        assert reference
        assert f"Fault {reference[1]}" in server.log


def test_only_static_files_may_be_kept_by_a_cache(ada):
    assert ada.get("/import_templates").headers["cache-control"] == "no-store"
    assert "immutable" in ada.get(STATIC).headers["cache-control"]
    assert "set-cookie" not in ada.get(STATIC).headers


@pytest.mark.parametrize("name", NASTY_NAMES, ids=lambda name: ascii(name)[:20])
def test_no_name_of_a_template_gets_into_the_headers_of_its_download(ada, name):
    answer = ada.post("/import_templates", data=template_fields(name))
    assert answer.status_code == 303
    template_id = int(answer.headers["location"].rsplit("/", 1)[1])
    job_id = job_of(ada.post(f"/import_templates/{template_id}/exports", data={"kind": "template"}))
    assert finished(ada, job_id)["status"] == "completed"

    download = ada.get(f"/import_templates/{template_id}/jobs/{job_id}/download")

    assert download.status_code == 200
    assert "x-hacked" not in download.headers
    assert "set-cookie" not in download.headers
    disposition = download.headers["content-disposition"]
    assert disposition.startswith("attachment; filename")
    assert disposition.count('"') in (0, 2)
    assert not re.search(r"[\r\n\x00-\x08]|\.\.[/\\]", disposition)


@pytest.mark.parametrize("name", NASTY_NAMES, ids=lambda name: ascii(name)[:20])
def test_no_name_of_an_upload_gets_anywhere_but_onto_the_page(server, ada, tmp_path, name):
    template_id = add_template(ada)
    content = make_workbook(tmp_path, ["Name"], ["Ada"]).read_bytes()
    # As raw as HTTP allows: a quote and a line break as browsers escape them, the rest as it is.
    shown = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A").encode()
    body = (
        b'--edge\r\nContent-Disposition: form-data; name="workbook"; filename="' + shown + b'"\r\n\r\n'
        b"" + content + b"\r\n--edge--\r\n"
    )
    before = {path for path in server.data.rglob("*") if "queue" not in path.name}

    answer = ada.post(
        f"/import_templates/{template_id}/imports",
        content=body,
        headers={"Content-Type": "multipart/form-data; boundary=edge"},
    )
    state = finished(ada, job_of(answer))
    page = ada.get(answer.headers["location"])

    assert state["status"] == "completed", state
    assert page.status_code == 200
    assert strict(page)
    assert "/" not in state["file_name"]
    assert "\\" not in state["file_name"]
    assert state["file_name"].isprintable()
    after = {path for path in server.data.rglob("*") if "queue" not in path.name}
    assert {path.parent.name for path in after - before} <= {"reports", "exports", "data"}


def test_a_line_break_in_an_address_gets_into_no_header(server):
    for line in (
        "GET /import_templates?x=%0d%0aX-Hacked:%201",
        "GET /import_templates/%0d%0aX-Hacked:%201",
        "GET /sign_in?next=/%0d%0aX-Hacked:%201",
    ):
        answer = send(server, head(server, line))
        heading = answer.split(b"\r\n\r\n")[0].lower()
        assert b"\r\nx-hacked" not in heading


@pytest.mark.parametrize(
    "path",
    [
        "/static/../config.toml",
        "/static/..%2fconfig.toml",
        "/static/%2e%2e/config.toml",
        "/static/%2e%2e%2fconfig.toml",
        "/static/..%5cconfig.toml",
        "/static/css/../../../config.toml",
        "/static//etc/passwd",
        "/static/%2fetc/passwd",
        "/static/css/base.css%00.png",
        "/static/.",
        "/static/",
        "/static/css",
        "/static/css/",
        "//etc/passwd",
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
    ],
)
def test_no_path_leads_out_of_the_static_files(server, path):
    answer = send(server, head(server, f"GET {path}"))

    assert answer.split(b" ", 2)[1] in (b"404", b"400")
    assert b"root:" not in answer
    assert b"[server]" not in answer


@pytest.mark.parametrize(
    "job_id", ["..%2f..%2fsecret", "%2e%2e", "..%2f" * 6 + "etc%2fpasswd", "%00", "*", "_"]
)
def test_no_job_id_names_a_file(server, ada, job_id):
    template_id = add_template(ada)
    cookie = f"Cookie: xlsapp_session={ada.cookies['xlsapp_session']}"
    for path in ("", "/download", "/problems"):
        answer = send(
            server, head(server, f"GET /import_templates/{template_id}/jobs/{job_id}{path}", cookie)
        )
        assert answer.split(b" ", 2)[1] == b"404"


def test_formulas_come_out_as_text(ada, tmp_path):
    template_id = add_template(ada)
    nasty = [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "=cmd|' /C calc'!A0",
        '=HYPERLINK("http://evil.example")',
        "\t=1",
    ]
    columns = ada.get(f"/import_templates/{template_id}/data_records/new").text
    key = re.search(r'name="(c\d+)"', columns)
    assert key
    for value in nasty:
        answer = ada.post(f"/import_templates/{template_id}/data_records", data={key[1]: value})
        assert answer.status_code == 303, answer.text
    job_id = job_of(ada.post(f"/import_templates/{template_id}/exports", data={"kind": "data"}))
    assert finished(ada, job_id)["status"] == "completed"
    path = tmp_path / "out.xlsx"
    path.write_bytes(ada.get(f"/import_templates/{template_id}/jobs/{job_id}/download").content)

    cells = [cell for row in load_workbook(path).worksheets[0].iter_rows(min_row=2) for cell in row]

    assert [cell.value for cell in cells if cell.data_type == "f"] == []
    assert {value.strip() for value in nasty} <= {cell.value for cell in cells}


def test_formulas_in_a_csv_file_are_told_of(ada):
    """Texts come out of a csv file as they went in; who opens it is told."""
    template_id = add_template(ada)
    form = ada.get(f"/import_templates/{template_id}/data_records/new").text
    key = re.search(r'name="(c\d+)"', form)
    assert key
    for value in ("=1+1", "@SUM(A1)", "Ada"):
        ada.post(f"/import_templates/{template_id}/data_records", data={key[1]: value})

    answer = ada.post(f"/import_templates/{template_id}/exports?format=csv", data={"kind": "data"})
    state = finished(ada, job_of(answer))

    (note,) = state["result"]["notes"]
    assert "may take 2 texts in this file for formulas" in note
    assert "2 texts in this file" in ada.get(answer.headers["location"]).text


def test_formulas_in_a_list_of_problems_are_no_formulas(ada, tmp_path):
    template_id = add_template(ada)
    book = make_workbook(tmp_path, ["Name", "Orders"], ["Ada", "'=1+1"], ["Ada", "@SUM(A1)"], ["Ada", "-2+3"])
    answer = upload(ada, template_id, book)
    job_id = job_of(answer)
    assert finished(ada, job_id)["status"] == "failed"

    text = ada.get(f"/import_templates/{template_id}/jobs/{job_id}/problems?format=csv").text

    assert "SUM(A1)" in text
    for line in text.lstrip("\ufeff").splitlines()[1:]:
        for field in line.split(","):
            assert field.strip('"')[:1] not in ("=", "+", "@", "-"), line


def test_an_import_says_nothing_of_where_files_are(server, ada, tmp_path):
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 nothing of the kind")

    state = run_import(ada, add_template(ada), broken)

    assert state["status"] == "failed"
    assert str(server.data) not in str(state)
    assert "Traceback" not in str(state)

"""Forms as no browser sends them: whatever stands in a field, the answer is a page and never a fault."""

import re
from urllib.parse import quote

import pytest

from tests.factories import make_workbook
from tests.server import add_template, finished, job_of, template_fields, upload
from xlsapp.web.http.forms import COLUMN_FIELDS
from xlsapp.web.pages.imports import FIELDS

ODD = {
    "huge number": "9" * 5000,
    "large number": "9" * 20,
    "negative": "-1",
    "exponent": "1e400",
    "not a number": "NaN",
    "infinite": "-inf",
    "full-width digits": "１２",
    "superscript": "²",
    "arabic digits": "٣",
    "nul": "a\x00b",
    "controls": "\x01\x1b[31m\x7f\x85\u2028",
    "right to left": "\u202e\u2066abc",
    "combining": "e" + "\u0301" * 500,
    "emoji": "👩‍👩‍👧‍👦" * 20,
    "long": "x" * 50_000,
    "lines": "\n" * 2000,
    "json": '{"a": [1, null]}',
    "regex": "(a+)+$" * 50,
    "braces": "{{ config }}{% raw %}",
    "empty": "",
}


def template_forms(text: str) -> list[dict[str, str]]:
    """The template form with one field after the other replaced."""
    usual = template_fields("Usual", ({"name": "Name", "type": "text"},))
    fields = [f"columns-0-{name}" for name in COLUMN_FIELDS] + ["name", "description", "action", "confirmed"]
    forms = [{**usual, field: text} for field in fields]
    forms += [{**usual, "action": f"{verb}:{text}"} for verb in ("remove_column", "move_up", "move_down")]
    forms += [
        {**usual, "columns-0-type": kind, f"columns-0-{rule}": text}
        for kind in (
            "integer",
            "number",
            "date",
            "datetime",
            "time",
            "duration",
            "boolean",
            "choice",
            "email",
            "link",
        )
        for rule in ("minimum", "maximum", "default", "choices")
    ]
    return [*forms, {**usual, f"columns-{text[:20]}-name": "x"}]


@pytest.fixture(scope="module")
def tables(server):
    """Someone with a template that has a column of each type."""
    kinds = ("text", "integer", "number", "date", "datetime", "time", "duration", "boolean", "email", "link")
    with server.client() as client:
        server.sign_up(client)
        template_id = add_template(client, tuple({"name": kind, "type": kind} for kind in kinds))
        page = client.get(f"/import_templates/{template_id}/data_records/new").text
        yield client, template_id, re.findall(r'name="(c\d+)"', page)


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_odd_texts_are_answered_with_a_page(tables, tmp_path, text):
    client, template_id, keys = tables
    here = f"/import_templates/{template_id}"
    answers = [client.post("/import_templates", data=form) for form in template_forms(text)]
    answers += [client.post(here, data=form) for form in template_forms(text)[:12]]
    answers += [client.post(f"{here}/data_records", data={key: text}) for key in keys]
    answers += [client.post(f"{here}/exports", data={"kind": text})]
    book = make_workbook(tmp_path, ["text"], ["Ada"])
    answers += [upload(client, template_id, book, **{field: text}) for field in (*FIELDS, "keys")]
    answers += [client.post("/sign_in", data={"email": text, "password": "x", "next": text})]
    answers += [
        client.get(f"{here}/data_records", params={name: text[:3000]}) for name in ("page", "q", "sort")
    ]
    answers += [client.get(f"{here}/imports/new", params={"from": text[:3000]})]
    answers += [client.get(f"{here}/jobs/{quote(text[:3000], safe='')}")] if text else []

    faults = [
        (answer.request.url.path, answer.request.content[:200])
        for answer in answers
        if answer.status_code >= 500
    ]
    assert faults == []
    jobs = [job_of(answer) for answer in answers if "/jobs/" in answer.headers.get("location", "")]
    for job_id in jobs:
        assert "broke on our side" not in (finished(client, job_id)["error_message"] or "")


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("", b"email=a"),
        ("application/json", b'{"email": "a"}'),
        ("text/plain", b"email=a"),
        ("application/x-www-form-urlencoded", b"%ED%A0%80=%FF&&&=&=x&email=%zz&email"),
        ("application/x-www-form-urlencoded; charset=nonsense", b"email=a"),
        ("multipart/form-data", b"--x\r\n\r\n"),
        ("multipart/form-data; boundary=", b"--\r\n"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: nonsense\r\n\r\nx\r\n--x--"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\nno name\r\n--x--"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="email"; filename\r\n\r\n',
        ),
        ("multipart/form-data; boundary=" + "x" * 500, b"--x"),
        ("multipart/form-data; boundary=\xff", b"--\xff--"),
        ("\xff/\x80", b"x"),
    ],
)
def test_odd_bodies_are_answered_with_a_page(tables, content_type, content):
    client, template_id, _ = tables
    for path in (
        "/sign_in",
        "/sign_up",
        "/account/password",
        "/import_templates",
        f"/import_templates/{template_id}",
        f"/import_templates/{template_id}/data_records",
        f"/import_templates/{template_id}/imports",
        f"/import_templates/{template_id}/exports",
        "/template_samples",
    ):
        headers = {b"Content-Type": content_type.encode("latin-1")} if content_type else {}
        answer = client.post(path, content=content, headers=headers)
        assert 300 <= answer.status_code < 500, (path, answer.status_code)

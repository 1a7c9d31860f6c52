"""Uploads: what cannot be imported ends in a clear sentence and leaves nothing behind."""

import io
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.factories import make_workbook
from tests.server import Server, add_template, run_import, upload


@pytest.fixture(scope="module")
def small_server(tmp_path_factory):
    """A server that takes files up to 1 MB."""
    with Server.started(tmp_path_factory.mktemp("small"), XLSAPP_IMPORTS__MAX_UPLOAD_MB="1") as server:
        yield server


@pytest.fixture
def client(small_server):
    with small_server.client() as client:
        small_server.sign_up(client)
        yield client


def stored_uploads(server: Server) -> list[Path]:
    return list((server.data / "uploads").iterdir())


def sent(client: httpx.Client, template_id: int, name: str, content: bytes) -> httpx.Response:
    return client.post(
        f"/import_templates/{template_id}/imports", files={"workbook": (name, io.BytesIO(content))}
    )


def test_a_file_over_the_limit_is_refused_and_not_kept(client, small_server):
    template_id = add_template(client)

    response = sent(client, template_id, "large.xlsx", b"x" * 3_000_000)

    assert response.status_code == 413
    assert "larger than 1 MB" in response.text
    assert stored_uploads(small_server) == []


def test_a_body_that_hides_its_length_is_refused_once_it_is_too_large(client, small_server):
    template_id = add_template(client)
    boundary = "edge"
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="workbook"; filename="a.xlsx"\r\n\r\n'
    ).encode()

    def body():
        yield head
        for _ in range(40):
            yield b"x" * 100_000

    response = client.post(
        f"/import_templates/{template_id}/imports",
        content=body(),
        headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )

    assert response.status_code == 413
    assert stored_uploads(small_server) == []


def test_an_upload_that_breaks_off_leaves_nothing(client, small_server):
    template_id = add_template(client)

    def body():
        yield b'--edge\r\nContent-Disposition: form-data; name="workbook"; filename="a.xlsx"\r\n\r\nhalf'

    response = client.post(
        f"/import_templates/{template_id}/imports",
        content=body(),
        headers={"Content-Type": "multipart/form-data; boundary=edge"},
    )

    assert response.status_code == 422
    assert "did not arrive whole" in response.text
    assert stored_uploads(small_server) == []


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [("", b"", "Choose a workbook"), ("a.xlsx", b"", "“a.xlsx” is empty")],
    ids=["no file", "empty file"],
)
def test_a_form_without_a_workbook_comes_back(client, small_server, name, content, sentence):
    response = sent(client, add_template(client), name, content)

    assert response.status_code == 422
    assert sentence in response.text
    assert stored_uploads(small_server) == []


def test_several_files_at_once_are_refused_and_not_joined(client, small_server):
    template_id = add_template(client)
    files = [("workbook", ("a.csv", b"Name\nAda\n")), ("workbook", ("b.csv", b"Grace\n"))]

    response = client.post(f"/import_templates/{template_id}/imports", files=files)

    assert response.status_code == 422
    assert "one after the other" in response.text
    assert stored_uploads(small_server) == []


def damaged_zip(tmp_path: Path) -> bytes:
    content = make_workbook(tmp_path, ["Name"], ["Ada"]).read_bytes()
    return content[: len(content) // 2]


def password_protected(tmp_path: Path) -> bytes:
    """The container that Excel puts around an encrypted workbook, as far as readers look."""
    header = bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 504
    return header + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 4096


def not_a_workbook(tmp_path: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("holiday.txt", "sun")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [lambda _: b"Dear Ada, all is well. " * 20, damaged_zip, password_protected, not_a_workbook],
    ids=["text renamed .xlsx", "damaged zip", "password-protected", "another kind of zip"],
)
def test_what_is_no_workbook_fails_with_a_sentence_and_stores_nothing(
    client, small_server, tmp_path, content
):
    template_id = add_template(client)
    path = tmp_path / "odd.xlsx"
    path.write_bytes(content(tmp_path))

    state = run_import(client, template_id, path)

    assert state["status"] == "failed"
    assert len(state["error_message"]) > 20
    assert "broke on our side" not in state["error_message"], small_server.log
    assert "<b>0</b> records" in client.get("/import_templates").text
    assert stored_uploads(small_server) == []


def test_wrong_headers_and_no_rows_fail_with_a_sentence(client, tmp_path):
    template_id = add_template(client)

    headers = run_import(client, template_id, make_workbook(tmp_path, ["Nmae", "Since"], ["Ada", None]))
    no_rows = run_import(client, template_id, make_workbook(tmp_path, ["Name", "Since"]))

    assert headers["status"] == no_rows["status"] == "failed"
    assert "“Name”" in headers["error_message"]
    assert "no rows" in no_rows["error_message"].lower()


def test_a_template_with_500_columns_imports(client, tmp_path):
    columns = tuple({"name": f"Column {n}", "type": "integer"} for n in range(500))
    template_id = add_template(client, columns)

    state = run_import(
        client, template_id, make_workbook(tmp_path, [c["name"] for c in columns], list(range(500)))
    )

    assert state["status"] == "completed", state
    assert state["result"]["counts"]["created"] == 1
    assert client.get(f"/import_templates/{template_id}/data_records").status_code == 200
    too_many = (*columns, {"name": "One more", "type": "text"})
    fields = {"name": "T", "action": "save"} | {
        f"columns-{i}-{k}": v for i, column in enumerate(too_many) for k, v in column.items()
    }
    refused = client.post("/import_templates", data=fields)
    assert refused.status_code == 422
    assert "500 columns" in refused.text


def test_file_names_are_stored_bare(client, tmp_path):
    template_id = add_template(client)
    content = make_workbook(tmp_path, ["Name"], ["Ada"]).read_bytes()

    response = sent(client, template_id, "../../etc/passwd.xlsx", content)
    page = client.get(response.headers["location"]).text

    assert "passwd.xlsx" in page
    assert "etc" not in page


def test_a_header_row_may_have_blanks_and_other_columns(client, tmp_path):
    template_id = add_template(client)
    book = make_workbook(
        tmp_path, [None, "Name", None, "Remark", "Orders"], [None, "Ada", "?", "early", 3], name="odd.xlsx"
    )

    state = run_import(client, template_id, book)

    assert state["status"] == "completed", state
    assert state["result"]["columns"]["extra"] == ["Remark"]
    assert upload(client, template_id, book).status_code == 303

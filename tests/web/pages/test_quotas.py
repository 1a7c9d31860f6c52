"""What an account's files may take, and that the same file is not made twice."""

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.factories import make_workbook
from tests.server import Server, add_template, finished, job_of, new_file, run_import, upload
from tests.web.api.conftest import failure, make_token, program
from xlsapp.models import TokenScope

MOST_MB = 2
NO_ROOM = "of the 2 MB that an account has here"


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose accounts have little room."""
    folder = tmp_path_factory.mktemp("strict")
    with Server.started(folder, XLSAPP_JOBS__MAX_FILES_MB_PER_ACCOUNT=str(MOST_MB)) as running:
        yield running


@pytest.fixture
def client(strict: Server) -> Iterator[httpx.Client]:
    with strict.client() as client:
        strict.sign_up(client)
        yield client


def in_the_way(server: Server, job_id: str, megabytes: float) -> None:
    """Let an export have been so large."""
    (server.data / "exports" / job_id).write_bytes(bytes(int(megabytes * 1_000_000)))


def noise(folder: Path, megabytes: float) -> Path:
    """A file of no use."""
    path = folder / "noise.xlsx"
    path.write_bytes(os.urandom(int(megabytes * 1_000_000)))
    return path


def test_an_account_without_room_is_told_what_to_do_and_can_do_it(strict, client, tmp_path):
    template_id, book = add_template(client), make_workbook(tmp_path, ["Name"], ["Ada"])
    run_import(client, template_id, book)
    exported = job_of(client.post(f"/import_templates/{template_id}/exports", data={"kind": "data"}))
    finished(client, exported)
    in_the_way(strict, exported, MOST_MB)

    refused = upload(client, template_id, book)
    with book.open("rb") as file:
        sample = client.post("/template_samples", files={"workbook": (book.name, file)})
    export = client.post(f"/import_templates/{template_id}/exports", data={"kind": "template"})
    page = client.get("/account").text

    for answer in (refused, sample, export):
        assert answer.status_code == 413
        assert NO_ROOM in answer.text
        assert "Remove finished jobs" in answer.text
    assert "2.0 MB of the 2.0 MB that you have" in page
    assert list((strict.data / "uploads").iterdir()) == []
    with strict.client() as other:
        strict.sign_up(other)
        assert run_import(other, add_template(other), book)["status"] == "completed"

    assert client.post("/account/jobs/remove").status_code == 303

    assert not (strict.data / "exports" / exported).exists()
    assert client.get(f"/jobs/{exported}/status").status_code == 404
    assert run_import(client, template_id, new_file(book))["status"] == "completed"
    export = job_of(client.post(f"/import_templates/{template_id}/exports", data={"kind": "data"}))
    assert finished(client, export)["result"]["summary"].startswith("2 records")


@pytest.mark.parametrize("chunked", [False, True], ids=["its size is said", "its size is not said"])
def test_an_upload_that_does_not_go_beside_the_others_leaves_nothing(strict, client, tmp_path, chunked):
    template_id, book = add_template(client), noise(tmp_path, MOST_MB + 0.5)
    request = client.build_request(
        "POST", f"/import_templates/{template_id}/imports", files={"workbook": ("a.xlsx", book.read_bytes())}
    )
    body = request.read()
    pieces = (body[n : n + 65536] for n in range(0, len(body), 65536))
    headers = {"Content-Type": request.headers["content-type"]}

    answer = client.post(request.url, content=pieces if chunked else body, headers=headers)

    assert answer.status_code == 413
    assert NO_ROOM in answer.text
    assert list((strict.data / "uploads").iterdir()) == []


def test_programs_are_told_the_same_by_its_code(strict, client, tmp_path):
    template_id = add_template(client)
    token = make_token(client, *TokenScope)

    with program(strict, token) as api, noise(tmp_path, MOST_MB).open("rb") as file:
        answer = api.post(f"/templates/{template_id}/imports", files={"workbook": ("a.xlsx", file)})

    assert NO_ROOM in failure(answer, 413)["detail"]


def test_the_same_export_is_not_made_twice_until_something_has_changed(ada, tmp_path):
    template_id, book = add_template(ada), make_workbook(tmp_path, ["Name"], ["Ada"])
    run_import(ada, template_id, book)

    def ask(**what: str) -> str:
        return job_of(ada.post(f"/import_templates/{template_id}/exports", data={"kind": "data", **what}))

    first = ask()

    assert ask() == first
    assert finished(ada, first)["status"] == "completed"
    assert ask() == first
    assert ask(format="csv") != first
    assert ask(kind="view", view="q=Ada") not in (first, ask(kind="view", view="q=Grace"))
    run_import(ada, template_id, new_file(book))
    after = ask()
    assert after != first
    assert finished(ada, after)["result"]["summary"].startswith("2 records")
    ada.post("/account/jobs/remove")
    assert ask() != after


def test_programs_get_the_first_job_of_the_same_export(server, ada):
    template_id, token = add_template(ada), make_token(ada, *TokenScope)

    with program(server, token) as api:
        first, again = (api.post(f"/templates/{template_id}/exports", json={"kind": "data"}) for _ in "12")

    assert again.status_code == first.status_code == 202
    assert again.json()["job_id"] == first.json()["job_id"]

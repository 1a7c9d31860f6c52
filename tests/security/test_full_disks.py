"""A disk that is full, on a file system of its own: what has no room is refused, and all the rest goes on."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.cli.commands import xlsapp
from tests.conftest import missing
from tests.factories import make_workbook
from tests.server import PASSWORD, Server, add_template, finished, job_of, new_file, run_import, upload
from tests.web.api.conftest import make_token, program
from xlsapp.models import TokenScope
from xlsapp.services.operations.disk import Disk

DISK_MB, RESERVE_MB = 64, 8
FULL = "disk is full"
OWNER = "owner@example.com"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server whose data folder is on a small disk."""
    (tmp_path / "data").mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=700", "tmpfs", str(tmp_path / "data")],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        missing("the right to mount a small file system")
    try:
        with Server.started(tmp_path, XLSAPP_SERVER__RESERVE_MB=str(RESERVE_MB)) as running:
            yield running
    finally:
        subprocess.run(["umount", str(tmp_path / "data")], check=True)


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with server.client() as client:
        server.sign_up(client, OWNER)
        yield client


def fill(server: Server, *, leave_mb: float) -> Path:
    """What somebody else has put on the disk."""
    filler = server.data / "filler"
    filler.write_bytes(bytes(int(Disk(server.data, 0).free_bytes() - leave_mb * 1_000_000)))
    return filler


def new_record(client: httpx.Client, template_id: int) -> dict[str, str]:
    """The form of a new record, filled in."""
    form = client.get(f"/import_templates/{template_id}/data_records/new").text
    name = re.search(r'name="(c\d+)"', form)
    assert name
    return {name[1]: "Grace"}


def test_on_a_full_disk_uploads_are_refused_and_all_that_is_small_goes_on(server, client, tmp_path):
    template_id = add_template(client)
    book = make_workbook(tmp_path, ["Name"], ["Ada"])
    run_import(client, template_id, book)
    filler = fill(server, leave_mb=RESERVE_MB - 1)

    refused = upload(client, template_id, book)
    up = client.get("/up")
    administration = client.get("/administration").text
    with server.client() as other:
        signed_in = other.post("/sign_in", data={"email": OWNER, "password": PASSWORD})
    added = client.post(f"/import_templates/{template_id}/data_records", data=new_record(client, template_id))
    waiting = client.post(f"/import_templates/{template_id}/exports", data={"kind": "data"})
    time.sleep(3)
    meanwhile = client.get(f"/jobs/{job_of(waiting)}/status").json()

    assert refused.status_code == 507
    assert FULL in refused.text
    assert up.status_code == 200
    assert "The disk is full." in administration
    assert up.json() == {"status": "up", "disk": "full"}
    assert signed_in.status_code == 303
    assert added.status_code == 303
    assert meanwhile["status"] == "pending"
    assert list((server.data / "uploads").iterdir()) == []

    filler.unlink()

    assert finished(client, job_of(waiting))["status"] == "completed"
    assert run_import(client, template_id, new_file(book))["status"] == "completed"
    assert client.get("/up").json() == {"status": "up"}
    assert "The disk is full." not in client.get("/administration").text


def test_a_job_that_finds_no_room_ends_for_good_and_leaves_nothing(server, client, tmp_path):
    template_id = add_template(client)
    text = "x" * 30_000
    large = make_workbook(
        tmp_path, ["Name"], *([f"{number} {text}"] for number in range(2_000)), name="large.xlsx"
    )
    assert large.stat().st_size < 2_000_000

    state = run_import(client, template_id, large)

    assert state["status"] == "failed"
    assert FULL in state["error_message"]
    assert list((server.data / "staging").iterdir()) == []
    assert Disk(server.data, 0).free_bytes() > DISK_MB * 1_000_000 * 0.8

    server.kill()
    server.start()
    again = client.get(f"/jobs/{state['job_id']}/status").json()

    assert again["status"] == "failed"
    assert (
        run_import(client, template_id, make_workbook(tmp_path, ["Name"], ["Ada"]))["status"] == "completed"
    )


@pytest.mark.parametrize("says_its_size", [True, False], ids=["says its size", "says none"])
def test_an_upload_that_fills_the_disk_is_refused_with_a_sentence(server, client, tmp_path, says_its_size):
    template_id, large = add_template(client), tmp_path / "large.csv"
    large.write_bytes(b"Name\n" + os.urandom(20_000_000))
    fill(server, leave_mb=RESERVE_MB + 10)
    form = client.build_request("POST", "/", files={"workbook": (large.name, large.read_bytes())})
    body, kind = form.read(), {"Content-Type": form.headers["content-type"]}
    pieces = (body[start : start + 100_000] for start in range(0, len(body), 100_000))

    answer = client.post(
        f"/import_templates/{template_id}/imports", content=body if says_its_size else pieces, headers=kind
    )

    assert answer.status_code == 507
    assert FULL in answer.text
    assert list((server.data / "uploads").iterdir()) == []
    assert Disk(server.data, 0).free_bytes() > RESERVE_MB * 1_000_000


def test_a_child_that_runs_while_others_fill_the_disk_is_ended(server, client, tmp_path):
    template_id = add_template(client)
    large = tmp_path / "large.csv"
    large.write_text("Name,Orders\n" + "".join(f"{number},{number}\n" for number in range(300_000)))
    job_id = job_of(upload(client, template_id, large))
    while client.get(f"/jobs/{job_id}/status").json()["status"] == "pending":
        time.sleep(0.05)

    fill(server, leave_mb=RESERVE_MB - 1)
    state = finished(client, job_id)

    assert state["status"] == "failed"
    assert FULL in state["error_message"]
    assert list((server.data / "staging").iterdir()) == []


def test_even_a_disk_without_a_byte_left_is_told_in_a_sentence(server, client):
    template_id = add_template(client)
    filler = fill(server, leave_mb=0)

    answers = [
        client.post(f"/import_templates/{template_id}/data_records", data=new_record(client, template_id))
        for _ in range(50)
    ]
    filler.unlink()

    assert {answer.status_code for answer in answers} <= {303, 507}
    assert answers[-1].status_code == 507
    assert FULL in answers[-1].text
    assert client.get(f"/import_templates/{template_id}/data_records").status_code == 200


def test_the_api_and_the_check_say_that_the_disk_is_full(server, client, tmp_path):
    template_id = add_template(client)
    token = make_token(client, *TokenScope)
    fill(server, leave_mb=RESERVE_MB - 1)
    book = make_workbook(tmp_path, ["Name"], ["Ada"])

    with program(server, token) as api, book.open("rb") as file:
        answer = api.post(f"/templates/{template_id}/imports", files={"workbook": ("a.xlsx", file)})
    checked = xlsapp("check", data=server.data, XLSAPP_SERVER__RESERVE_MB=str(RESERVE_MB))

    assert answer.status_code == 507
    assert FULL in answer.json()["detail"]
    assert checked.returncode != 0
    assert "disk: is full" in checked.stdout

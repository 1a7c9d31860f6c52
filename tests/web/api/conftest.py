"""Programs with access tokens, as httpx clients of the API."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.factories import make_workbook
from tests.server import NO_TLS, Server
from xlsapp.messages.saying import say
from xlsapp.models import TokenScope
from xlsapp.problems import Message


def make_token(client: httpx.Client, *scopes: str, name: str = "a program", days: str = "90") -> str:
    """A token made on its owner's page."""
    fields = {"name": name, "days": days, **{f"scope_{scope}": "on" for scope in scopes}}
    response = client.post("/account/tokens", data=fields)
    assert response.status_code == 201, response.text
    match = re.search(r"xlsapp_[\w-]{43}", response.text)
    assert match
    return match[0]


def program(server: Server, token: str | None) -> httpx.Client:
    """A program with a token. It has no cookies and says nothing of where it comes from."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(base_url=f"{server.url}/api/v1", headers=headers, timeout=30, verify=NO_TLS)


@pytest.fixture
def api(server: Server, ada: httpx.Client) -> Iterator[httpx.Client]:
    """Ada's program, which may do everything."""
    with program(server, make_token(ada, *TokenScope)) as client:
        yield client


@pytest.fixture
def customers(api: httpx.Client) -> str:
    """The path of a template of Ada's, with a column of each common type."""
    response = api.post(
        "/templates",
        json={
            "name": "Customers",
            "columns": [
                {"name": "Name", "required": True},
                {"name": "Since", "type": "date"},
                {"name": "Orders", "type": "integer"},
                {"name": "Balance", "type": "number"},
                {"name": "Active", "type": "boolean"},
            ],
        },
    )
    assert response.status_code == 201, response.text
    return f"/templates/{response.json()['id']}"


def failure(response: httpx.Response, status: int) -> dict[str, Any]:
    """The problem detail that a response must be."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    found = response.json()
    assert found["status"] == status
    assert set(found) >= {"type", "title", "detail"}
    assert found["type"].endswith(f"/api#status_{status}")
    assert found["code"] != "stored.sentence"
    assert found["detail"].startswith(say(Message.from_dict(found)))
    return found


def upload(
    api: httpx.Client, path: str, workbook: bytes, key: str | None = None, **fields: Any
) -> httpx.Response:
    """A workbook sent to a template, with choices."""
    headers = {"Idempotency-Key": key} if key else {}
    return api.post(f"{path}/imports", files={"workbook": ("c.xlsx", workbook)}, data=fields, headers=headers)


def finished(api: httpx.Client, answer: httpx.Response) -> dict[str, Any]:
    """The last state of a job that was accepted."""
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert answer.headers["location"] == job["links"]["self"]
    while not job["is_final"]:
        job = api.get(f"/jobs/{job['job_id']}?wait=30").json()
    return job


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., bytes]:
    """Makes a workbook of some rows."""
    return lambda *rows: make_workbook(tmp_path, *rows).read_bytes()

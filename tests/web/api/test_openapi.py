"""The OpenAPI document says what the API does: it has every route, and schemathesis finds no difference."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.routing import Route

from tests.conftest import missing
from tests.server import Server
from tests.web.api.conftest import make_token
from xlsapp.models import TokenScope
from xlsapp.web.api.app import api_app

SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"
SETTINGS = Path(__file__).parent / "schemathesis.toml"


@pytest.fixture
def document(visitor):
    return visitor.get("/api/v1/openapi.json").raise_for_status().json()


def test_the_document_has_every_route_and_every_route_is_there(document):
    there = {
        (method, "/api" + re.sub(r":\w+}", "}", route.path))
        for route in api_app(max_upload_bytes=1).routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }
    (server,) = document["servers"]
    described = {
        (method.upper(), server["url"] + path)
        for path, operations in document["paths"].items()
        for method in operations
    }

    assert described == there
    assert len(described) > 20


def test_each_operation_says_which_scopes_it_needs(document):
    for path, operations in document["paths"].items():
        for operation in operations.values():
            scopes = [scope for need in operation["security"] for scope in need["token"]]
            assert set(scopes) <= set(TokenScope), path
            assert scopes or path == "/openapi.json"


def test_the_page_for_people_has_every_operation(document, visitor):
    page = visitor.get("/api").raise_for_status().text

    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if path != "/openapi.json":
                assert f'id="{operation["operationId"]}"' in page
                shown = re.search(
                    rf"{method.upper()}</span>\s*<code>{re.escape(path)}</code>", page, re.IGNORECASE
                )
                assert shown, path
    assert "<script" not in page.split("<main")[1]


def test_the_document_knows_where_the_app_lives(tmp_path):
    below = {"XLSAPP_SERVER__PATH_PREFIX": "/tools/xlsapp"}
    with Server.started(tmp_path, **below) as server, server.client() as client:
        document = client.get("/tools/xlsapp/api/v1/openapi.json").json()
        unknown = client.get("/tools/xlsapp/api/v1/nope")

    assert document["servers"] == [{"url": "/tools/xlsapp/api/v1"}]
    assert unknown.headers["content-type"] == "application/problem+json"
    assert unknown.json()["type"] == "/tools/xlsapp/api#status_404"


def test_schemathesis_finds_nothing(tmp_path):
    """Some 1,400 requests, right and wrong ones, made from the document; each answer is held to it."""
    if not SCHEMATHESIS.exists():
        missing("schemathesis")
    with Server.started(tmp_path, XLSAPP_API__MAX_REQUESTS_PER_MINUTE="1000000") as server:
        with server.client() as ada:
            server.sign_up(ada)
            token = make_token(ada, *TokenScope)
        found = subprocess.run(
            [
                *(SCHEMATHESIS, "--config-file", SETTINGS, "run", f"{server.url}/api/v1/openapi.json"),
                *("--header", f"Authorization: Bearer {token}", "--no-color", "--continue-on-failure"),
                *(
                    "--phases",
                    "coverage,fuzzing,stateful",
                    "--max-examples",
                    "3",
                    "--generation-deterministic",
                ),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    assert found.returncode == 0, found.stdout[-10_000:] + found.stderr
    assert "Traceback" not in server.log
    generated = re.search(r"(\d+) generated", found.stdout)
    assert generated
    assert int(generated[1]) > 1000

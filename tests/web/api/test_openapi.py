"""The OpenAPI document says what the API does: it has every route, and schemathesis finds no difference."""

import re

import pytest
from starlette.routing import Route

from tests.conftest import missing
from tests.server import Server
from tests.web.api.schemathesis import SCHEMATHESIS, tried
from xlsapp.models import TokenScope
from xlsapp.web.api.app import api_app


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
    """Some 1,600 requests to all operations, right and wrong ones; `make torture` makes up more."""
    if not SCHEMATHESIS.exists():
        missing("schemathesis")

    assert tried(tmp_path, phases="coverage") > 1000

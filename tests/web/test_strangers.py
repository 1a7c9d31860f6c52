"""Nobody sees what belongs to somebody else. Made from the route table: new routes are tried at once."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from starlette.routing import Mount, Route, WebSocketRoute
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.factories import make_workbook
from tests.server import add_template, finished, job_of, run_import
from tests.web.api.conftest import failure
from xlsapp.web.routes import routes

ROUTES = [route for route in routes(max_upload_bytes=1) if not isinstance(route, Mount)]
PAGES = [
    (method, route)
    for route in ROUTES
    if isinstance(route, Route)
    for method in sorted((route.methods or set()) - {"HEAD"})
]
SOCKETS = [route for route in ROUTES if isinstance(route, WebSocketRoute)]

# Routes that are for everybody, or show each signed-in user only what is their own.
FOR_ALL = {
    "/up",
    "/metrics",
    "/api",
    "/sign_in",
    "/sign_in/code",
    "/sign_in/with",
    "/sign_in/back",
    "/sign_in/link",
    "/sign_up",
    "/sign_out",
    "/new_password/{token}",  # whoever has the link, which is tried in test_administration.py
}
OWN_ONLY = {
    "/",
    "/account",
    "/account/password",
    "/account/second_factor",
    "/account/second_factor/recovery_codes",
    "/account/second_factor/delete",
    # The first account's: tried in test_administration.py.
    "/administration",
    "/administration/sign_up",
    "/administration/audit",
    "/account/jobs/remove",
    "/account/tokens",
    "/import_templates",
    "/import_templates/bin",
    "/import_templates/new",
    "/import_templates/from_sample",
    "/template_samples",
    "/template_samples/new",
    "/jobs",
    "/jobs/live",
    # Ends a session of one's own, if it is one; another's goes on. Tried in test_accounts.py.
    "/account/sessions/{session_id}/revoke",
}


SCRIPT = {"Accept": "application/json"}


def told_to_scripts(response: httpx.Response, status: int) -> None:
    """A problem detail, with its sentence also where the scripts of older pages look for it."""
    found = failure(response, status)
    assert found["error"] == found["detail"]


@dataclass
class Belongings:
    """What Ada has, as path parameters."""

    client: httpx.Client
    params: dict[str, object]

    def path(self, route: Route | WebSocketRoute) -> str:
        path = route.path
        for name, value in self.params.items():
            path = path.replace(f"{{{name}:int}}", str(value)).replace(f"{{{name}}}", str(value))
        assert "{" not in path, f"{route.path} has a parameter this test does not know: add one of Ada's"
        return path


@pytest.fixture(scope="module")
def belongings(server, tmp_path_factory) -> Iterator[Belongings]:
    with server.client() as client:
        server.sign_up(client)
        template_id = add_template(client)
        book = make_workbook(tmp_path_factory.mktemp("books"), ["Name"], ["Ada"])
        run_import(client, template_id, book)
        job_id = job_of(client.post(f"/import_templates/{template_id}/exports", data={"kind": "data"}))
        assert finished(client, job_id)["status"] == "completed"
        with book.open("rb") as file:
            sample = client.post("/template_samples", files={"workbook": (book.name, file)})
        client.post("/account/tokens", data={"name": "Hers", "days": "", "scope_read": "on"})
        token = re.search(r"/account/tokens/(\d+)/revoke", client.get("/account/tokens").text)
        assert token
        column = re.search(
            r'name="c(\d+)"', client.get(f"/import_templates/{template_id}/data_records/new").text
        )
        assert column
        change = re.search(r"/changes/(\d+)", client.get(f"/import_templates/{template_id}/changes").text)
        assert change
        client.post(f"/import_templates/{template_id}/views", data={"name": "Hers", "view": "q=ada"})
        listed = client.get(f"/import_templates/{template_id}/data_records?q=ada").text
        view = re.search(r"/views/(\d+)", listed)
        assert view
        params = {
            "change_id": change[1],
            "view_id": view[1],
            "template_id": template_id,
            "job_id": job_id,
            "record_id": 1,
            "mend_id": 1,
            "column_id": column[1],
            "token_id": token[1],
            "session_id": "0" * 32,
            "user_id": 1,
            "token": "0",
            "format": "csv",
            "sample_id": sample.headers["location"].rsplit("/", 1)[1],
        }
        yield Belongings(client, params)


def test_every_route_is_either_tried_or_named_here():
    guarded = [route for route in ROUTES if route.path not in FOR_ALL | OWN_ONLY]

    assert len(guarded) >= 15
    assert all("{" in route.path for route in guarded), "whose is what the new route shows?"
    assert {route.path for route in ROUTES} >= FOR_ALL | OWN_ONLY


def pages(*, but: set[str]):
    """Every method of every page, other than those at the paths `but`."""
    chosen = [(method, route) for method, route in PAGES if route.path not in but]
    return pytest.mark.parametrize(
        ("method", "route"), chosen, ids=lambda value: getattr(value, "path", value)
    )


@pages(but=FOR_ALL | OWN_ONLY)
def test_a_stranger_gets_404(method, route, belongings, eve):
    theirs = eve.request(method, belongings.path(route))
    nothing = eve.request(method, belongings.path(route), headers=SCRIPT)

    assert theirs.status_code == 404
    assert "Customers" not in theirs.text
    told_to_scripts(nothing, 404)


@pages(but=FOR_ALL | {"/"})
def test_who_is_not_signed_in_is_sent_to_sign_in(method, route, belongings, visitor):
    response = visitor.request(method, belongings.path(route))

    assert response.status_code == 303, response.text
    assert response.headers["location"].startswith("/sign_in")
    told_to_scripts(visitor.request(method, belongings.path(route), headers=SCRIPT), 401)


@pytest.mark.parametrize("route", [route for method, route in PAGES if method != "GET"], ids=lambda r: r.path)
def test_a_change_that_another_site_asks_for_is_refused(route, belongings):
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}):
        response = belongings.client.post(belongings.path(route), headers=headers)

        assert response.status_code == 403
        told_to_scripts(belongings.client.post(belongings.path(route), headers={**headers, **SCRIPT}), 403)


@pytest.mark.parametrize("route", SOCKETS, ids=lambda route: route.path)
async def test_a_socket_tells_a_stranger_nothing(route, belongings, server, eve, visitor):
    if route.path != "/jobs/live":
        assert await messages_until_closed(server, route, belongings, eve) == ([], 4404)
    assert await messages_until_closed(server, route, belongings, visitor) == ([], 4401)
    another_site = await messages_until_closed(
        server, route, belongings, belongings.client, origin="https://evil.example"
    )
    assert another_site == ([], 4403)


async def messages_until_closed(server, route, belongings, client, origin=None):
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    address = server.url.replace("http", "ws") + belongings.path(route)
    messages = []
    async with connect(
        address, origin=origin or server.url, additional_headers={"Cookie": cookies} if cookies else {}
    ) as socket:
        try:
            async with asyncio.timeout(5):
                while True:
                    messages.append(await socket.recv())
        except ConnectionClosed as closed:
            return messages, closed.rcvd.code if closed.rcvd else None


def test_the_templates_and_jobs_of_others_are_not_listed(belongings, eve):
    assert "Customers" not in eve.get("/import_templates").text
    assert str(belongings.params["job_id"]) not in eve.get("/jobs").text
    job_id = belongings.params["job_id"]
    assert failure(eve.get(f"/jobs/{job_id}/status"), 404)["job_id"] == job_id

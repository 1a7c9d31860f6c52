"""Every text that a user or a workbook can bring, on every page: none becomes an element or an attribute."""

import re
from html.parser import HTMLParser
from typing import NamedTuple

import httpx
import pytest
from openpyxl import Workbook
from starlette.routing import Route
from websockets.asyncio.client import connect

from tests.server import PASSWORD, add_template, finished, job_of, template_fields
from tests.web.test_strangers import FOR_ALL, PAGES, Belongings

# Breaks out of text, of both kinds of attributes, of scripts, styles, comments and Jinja, if anything does.
NASTY = "\"'>--></title></script></style><xss-probe onfocus=x>{{7*7}}`"
SHORT = "'\"><xss-probe onfocus=x>"  # what fits into a sheet's name, less what Excel forbids in one

# No route parameter of these holds a text of the user's.
STARTS = [route for method, route in PAGES if method == "GET" and isinstance(route, Route)]


class Elements(HTMLParser):
    """Finds what should not be there."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if tag == "xss-probe" or any("xss" in name or name.startswith("on") for name in names):
            self.found.append(self.get_starttag_text() or tag)
        for name, value in attrs:
            if name in ("href", "src", "action", "formaction") and re.match(
                r"\s*(javascript:|data:(?!image/))", value or ""
            ):
                self.found.append(f"{name}={value}")
        # Whatever is written in a script or a style would be no text any more.
        if tag in ("script", "style") and "src" not in names:
            self.found.append(self.get_starttag_text() or tag)


def harmless(text: str) -> bool:
    """Whether a page has no element, attribute or address that a text has brought."""
    found = Elements(text).found
    assert not found, found[:3]
    assert "49`" not in text, "a text was evaluated as a template"
    return True


COLUMNS = (
    {"name": NASTY, "type": "text", "required": "on", "aliases": f"alias {NASTY}"},
    {"name": f"number {NASTY}", "type": "integer"},
    {"name": f"choice {NASTY}", "type": "choice", "choices": f"{NASTY}\nother", "default": NASTY},
)


class Hostile(NamedTuple):
    """Who brought it all, and what there is of it."""

    client: httpx.Client
    template_id: int
    jobs: list[str]
    params: dict[str, object]


@pytest.fixture(scope="module")
def hostile(server, tmp_path_factory):
    """Someone whose every text is an attack: account, browser, template, records, workbooks, jobs."""
    folder = tmp_path_factory.mktemp("hostile")
    with server.client() as client:
        client.headers["User-Agent"] = NASTY
        server.sign_up(client, "\"'><xss-probe/onfocus=x>@example.com")
        fields = template_fields(NASTY, COLUMNS, description=f"description {NASTY}")
        answer = client.post("/import_templates", data=fields)
        assert answer.status_code == 303, answer.text
        template_id = int(answer.headers["location"].rsplit("/", 1)[1])
        good, bad = Workbook(), Workbook()
        for book, value in ((good, 3), (bad, f"many {NASTY}")):
            sheet = book.worksheets[0]
            sheet.title = SHORT
            sheet.append([NASTY, f"number {NASTY}", f"choice {NASTY}", f"extra {NASTY}"])
            sheet.append([f"cell {NASTY}", value, NASTY, NASTY])
        good.save(folder / "good.xlsx")
        bad.save(folder / "bad.xlsx")
        jobs = []
        for name in ("good.xlsx", "bad.xlsx"):
            with (folder / name).open("rb") as file:
                files = {"workbook": (f"{NASTY.replace('/', '')}.xlsx", file)}
                answer = client.post(f"/import_templates/{template_id}/imports", files=files)
            jobs.append(job_of(answer))
        states = [finished(client, job_id) for job_id in jobs]
        assert [state["status"] for state in states] == ["completed", "failed"], states
        with (folder / "good.xlsx").open("rb") as file:
            sample = client.post("/template_samples", files={"workbook": (f"{NASTY}.xlsx", file)})
        export = job_of(client.post(f"/import_templates/{template_id}/exports", data={"kind": "data"}))
        assert finished(client, export)["status"] == "completed"
        client.post(f"/import_templates/{template_id}/views", data={"name": NASTY[:60], "view": f"q={SHORT}"})
        params = {
            "sample_id": sample.headers["location"].rsplit("/", 1)[1],
            "template_id": template_id,
            "record_id": 1,
            "change_id": 1,
            "view_id": 1,
            "user_id": 1,
            "session_id": "0" * 32,
            "token": "0",
            "format": "csv",
        }
        yield Hostile(client, template_id, [*jobs, export], params)


@pytest.mark.parametrize("route", STARTS, ids=lambda route: route.path)
def test_no_text_of_a_user_becomes_part_of_a_page(hostile, route):
    for job_id in hostile.jobs:
        path = Belongings(hostile.client, {**hostile.params, "job_id": job_id}).path(route)
        answer = hostile.client.get(path)
        assert answer.status_code < 500, "another page was searched than the one that is meant"
        if answer.headers.get("content-type", "").startswith("text/html"):
            assert harmless(answer.text)
        if "job_id" not in route.path:
            break


def test_the_texts_are_there_and_can_be_read(hostile):
    client, template_id, jobs, params = hostile
    for path in (
        f"/template_samples/{params['sample_id']}",
        f"/import_templates/{template_id}",
        f"/import_templates/{template_id}/data_records",
        f"/import_templates/{template_id}/jobs/{jobs[0]}",
        f"/import_templates/{template_id}/jobs/{jobs[1]}",
        "/account",
    ):
        assert "&lt;xss-probe" in client.get(path).text, path


async def test_no_text_of_a_user_becomes_part_of_what_is_pushed(server, hostile):
    client, _, jobs, _ = hostile
    cookie = f"xlsapp_session={client.cookies['xlsapp_session']}"
    for job_id in jobs:
        assert harmless(client.get(f"/jobs/{job_id}/status").json()["html"])
        address = server.url.replace("http", "ws") + f"/jobs/{job_id}/live"
        async with connect(address, origin=server.url, additional_headers={"Cookie": cookie}) as socket:
            message = await socket.recv()
        assert "&lt;xss-probe" in message
        assert harmless(str(message))


def test_a_form_that_comes_back_shows_what_was_typed_as_text(hostile):
    client, template_id, _, _ = hostile
    again = template_fields(
        NASTY, ({"name": NASTY, "type": NASTY, "pattern": f"({NASTY}"},), description=NASTY
    )
    answers = [
        client.post("/sign_in", data={"email": NASTY, "password": NASTY, "next": f"/{NASTY}"}),
        client.post("/sign_up", data={"email": NASTY, "password": "short"}),
        client.post("/import_templates", data=again),
        client.post(f"/import_templates/{template_id}", data=again),
        client.post(f"/import_templates/{template_id}", data={**again, "action": "add_column"}),
        client.post(f"/import_templates/{template_id}/data_records", data={"c1": NASTY}),
        client.post(f"/import_templates/{template_id}/exports", data={"kind": NASTY}),
        client.post(f"/import_templates/{template_id}/imports", data={"mode": NASTY}, files={"x": b""}),
        client.post("/account/password", data={"current_password": NASTY, "new_password": NASTY}),
    ]

    assert {answer.status_code for answer in answers} <= {200, 303, 422}
    assert all(harmless(answer.text) for answer in answers)


@pytest.mark.parametrize(
    "path",
    [
        "/sign_in?next=/%22%27%3E%3Cxss-probe%20onfocus=x%3E",
        "/sign_in?next=javascript:alert(1)",
        "/%22%27%3E%3Cxss-probe%20onfocus=x%3E",
        "/import_templates?page=%22%27%3E%3Cxss-probe%20onfocus=x%3E",
        "/import_templates/{id}/data_records?page=%3Cxss-probe%3E&q=%22%3E%3Cxss-probe%3E&sort=%3Cxss-probe%3E",
        "/import_templates/{id}/imports/new?from=%22%3E%3Cxss-probe%3E",
        "/import_templates/{id}/jobs/%22%3E%3Cxss-probe%3E",
    ],
)
def test_no_address_becomes_part_of_a_page(hostile, visitor, path):
    client, template_id, _, _ = hostile
    for who in (client, visitor):
        answer = who.get(path.replace("{id}", str(template_id)), follow_redirects=True)
        assert harmless(answer.text)


def test_a_notice_shows_names_as_text(hostile):
    client = hostile.client
    answer = client.post("/import_templates", data=template_fields(f"notice {NASTY}", COLUMNS))
    gone = client.post(f"{answer.headers['location']}/delete", follow_redirects=True)

    assert "&lt;xss-probe" in gone.text
    assert harmless(gone.text)


def test_what_a_link_column_holds_never_runs(ada, tmp_path):
    """A link of a user's is followed only to http, https or mailto."""
    template_id = add_template(ada, ({"name": "Link", "type": "link"},))
    page = ada.get(f"/import_templates/{template_id}/data_records/new").text
    key = re.search(r'name="(c\d+)"', page)
    assert key
    for value in ("javascript:alert(1)", " JaVaScRiPt:alert(1)", "data:text/html,x", "java\tscript:alert(1)"):
        ada.post(f"/import_templates/{template_id}/data_records", data={key[1]: value})

    assert harmless(ada.get(f"/import_templates/{template_id}/data_records").text)


def test_signed_out_pages_are_searched_too():
    assert {route.path for route in STARTS} > FOR_ALL - {"/sign_out"}
    with pytest.raises(AssertionError):
        harmless("<p><xss-probe></p>")
    with pytest.raises(AssertionError):
        harmless('<a href="x" onclick="y">')
    assert harmless(f"<p>{PASSWORD}</p>")

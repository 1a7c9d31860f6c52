"""Pages of other sites: they cannot change anything, open a socket, or show ours in a frame."""

import pytest
from starlette.routing import Route
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.security.raw import connected, status_of, until_closed
from tests.server import PASSWORD, add_template
from tests.web.test_strangers import PAGES


def posted(server, client, *headers: str) -> int:
    """The status of a template's deletion, asked for with these headers alone."""
    template_id = add_template(client)
    lines = [
        f"POST /import_templates/{template_id}/delete HTTP/1.1",
        f"Cookie: xlsapp_session={client.cookies['xlsapp_session']}",
        "Content-Length: 0",
        "Connection: close",
        *headers,
    ]
    with connected(server) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return status_of(until_closed(connection))


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "",
        "http://{host}.evil.example",
        "http://evil.example/{host}",
        "http://evil.example#{host}",
        "http://{host}@evil.example",
        "http://x@{host}",
        "http://127.0.0.1",
        "http://localhost:{port}",
        "{host}",
        "//{host}",
        "http://[",
        "http://{host}/",
        "ftp://{host}",
    ],
)
def test_a_form_of_another_site_changes_nothing(server, ada, origin):
    host = f"127.0.0.1:{server.port}"
    shown = origin.format(host=host, port=server.port)

    assert posted(server, ada, f"Host: {host}", f"Origin: {shown}") == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ((), 403),
        (("Sec-Fetch-Site: cross-site",), 403),
        (("Sec-Fetch-Site: same-site",), 403),
        (("Sec-Fetch-Site: same-origin",), 303),
        (("Referer: {url}/jobs",), 403),
        (("Origin: {url}",), 303),
        (("Origin: {url}", "Sec-Fetch-Site: same-origin"), 303),
        (("Origin: https://evil.example", "Sec-Fetch-Site: same-origin"), 403),
        (("Origin: https://evil.example", "Origin: {url}"), 403),
        (("X-HTTP-Method-Override: GET",), 403),
    ],
)
def test_who_asks_has_to_be_one_of_our_own_pages(server, ada, headers, status):
    host = f"Host: 127.0.0.1:{server.port}"

    assert posted(server, ada, host, *(header.format(url=server.url) for header in headers)) == status


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None, "http://127.0.0.1:1"])
async def test_a_socket_of_another_site_is_told_nothing(server, ada, origin):
    cookie = f"xlsapp_session={ada.cookies['xlsapp_session']}"
    address = server.url.replace("http", "ws") + "/jobs/live"
    async with connect(address, origin=origin, additional_headers={"Cookie": cookie}) as socket:
        with pytest.raises(ConnectionClosed) as caught:
            await socket.recv()

    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 4403


def test_nothing_is_changed_by_looking(server, ada):
    """Any site can have a link followed: what is asked for by GET changes nothing."""
    changing = {route.path for method, route in PAGES if method == "POST" and isinstance(route, Route)}
    verbs = ("delete", "revoke", "sign_out", "password", "aliases")
    methods = {(method, route.path) for method, route in PAGES}

    assert changing
    assert {method for method, _ in methods} <= {"GET", "POST"}
    for method, path in methods:
        if method == "GET" and path.rsplit("/", 1)[1] in verbs:
            assert path.endswith("/delete"), f"{path} answers GET"  # asks once more, on a page
    template_id = add_template(ada)
    assert ada.get(f"/import_templates/{template_id}/delete").status_code == 200
    assert ada.get(f"/import_templates/{template_id}").status_code == 200


def test_signing_in_from_another_site_is_refused_too(server, visitor):
    email = server.sign_up(visitor)
    visitor.post("/sign_out")

    answer = visitor.post(
        "/sign_in",
        data={"email": email, "password": PASSWORD},
        headers={"Origin": "https://evil.example"},
    )

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers

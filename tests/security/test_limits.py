"""Too large, too slow, too much: each has an end, and the server goes on serving."""

import asyncio
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.security.raw import connected, head, send, status_of, until_closed
from tests.server import Server, add_template

MANY_PAUSES = 400


@pytest.fixture(scope="module")
def impatient_server(tmp_path_factory):
    """A server that waits a second for what is slow."""
    folder = tmp_path_factory.mktemp("impatient")
    with Server.started(folder, XLSAPP_SERVER__SLOW_REQUEST_SECONDS="1") as server:
        yield server


@pytest.fixture
def client(impatient_server):
    with impatient_server.client() as client:
        impatient_server.sign_up(client)
        yield client


def uploads_of(server: Server) -> list[Path]:
    return list((server.data / "uploads").iterdir())


def trickle(server: Server, start: bytes, drop: bytes, pause_seconds: float = 0.1) -> bytes:
    """Send a little at a time, for ever; returns what the server said when it had enough."""
    with connected(server) as connection:
        connection.sendall(start)
        connection.settimeout(pause_seconds)
        said = b""
        for _ in range(MANY_PAUSES):
            try:
                connection.sendall(drop)
                piece = connection.recv(65536)
            except TimeoutError:
                continue
            except (ConnectionResetError, BrokenPipeError):
                return said
            if not piece:
                return said
            said += piece
    raise AssertionError("the server never had enough")


def test_a_connection_that_asks_for_nothing_is_closed(impatient_server):
    with connected(impatient_server) as connection:
        assert until_closed(connection) == b""


def test_a_head_that_never_ends_is_closed(impatient_server):
    assert trickle(impatient_server, b"GET / HTTP/1.1\r\n", b"X: y\r\n") == b""


def test_a_second_head_that_never_ends_is_closed_too(impatient_server):
    first = head(impatient_server, "GET /up", close=False)

    said = trickle(impatient_server, first + b"GET / HTTP/1.1\r\n", b"X: y\r\n")

    assert said.count(b"HTTP/1.1 200") == 1


def test_a_body_that_stops_is_answered_and_closed(impatient_server):
    with connected(impatient_server) as connection:
        request = head(
            impatient_server,
            "POST /sign_in",
            "Content-Type: application/x-www-form-urlencoded",
            "Content-Length: 100",
            close=False,
        )
        connection.sendall(request + b"email=a")
        said = until_closed(connection)

    assert status_of(said) == 408
    assert b"came too slowly" in said


def test_a_body_that_trickles_is_answered_and_closed(impatient_server):
    start = head(
        impatient_server,
        "POST /sign_in",
        "Content-Type: application/x-www-form-urlencoded",
        "Content-Length: 10000",
        close=False,
    )

    assert status_of(trickle(impatient_server, start + b"email=", b"a")) == 408


def test_an_upload_that_stalls_leaves_nothing(impatient_server, client):
    template_id = add_template(client)
    part = b'--edge\r\nContent-Disposition: form-data; name="workbook"; filename="a.xlsx"\r\n\r\n'
    start = head(
        impatient_server,
        f"POST /import_templates/{template_id}/imports",
        f"Cookie: xlsapp_session={client.cookies['xlsapp_session']}",
        "Content-Type: multipart/form-data; boundary=edge",
        "Content-Length: 5000000",
        close=False,
    )

    assert status_of(trickle(impatient_server, start + part + b"x" * 1000, b"x")) == 408
    assert uploads_of(impatient_server) == []


def test_a_body_that_nobody_reads_is_not_received_for_ever(impatient_server):
    start = head(impatient_server, "POST /nowhere", "Content-Length: 4000000", close=False)

    assert status_of(trickle(impatient_server, start, b"x" * 1000)) == 404


def test_a_slow_but_steady_upload_is_received(impatient_server, client):
    """Slower than the patience in all, never slower than the least pace."""
    template_id = add_template(client)

    def body():
        yield b'--edge\r\nContent-Disposition: form-data; name="workbook"; filename="a.xlsx"\r\n\r\n'
        for _ in range(15):
            time.sleep(0.1)
            yield b"x" * 4000
        yield b"\r\n--edge--\r\n"

    response = client.post(
        f"/import_templates/{template_id}/imports",
        content=body(),
        headers={"Content-Type": "multipart/form-data; boundary=edge"},
    )

    assert response.status_code == 303


def test_many_slow_connections_keep_nobody_from_being_served(impatient_server, client):
    with ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(connected(impatient_server)).sendall(b"GET / HT")

        assert client.get("/import_templates").status_code == 200


@pytest.mark.parametrize(
    ("line", "headers", "statuses"),
    [
        ("GET /" + "a" * 10_000, (), {414}),
        ("GET /?q=" + "a" * 10_000, (), {414}),
        ("GET /" + "a" * 1_000_000, (), {400, 414}),
        ("GET /", ("X-Large: " + "a" * 20_000,), {400, 431}),
        ("GET /", tuple(f"X-{n}: {'a' * 50}" for n in range(400)), {400, 431}),
        ("GET /jobs/live", ("Upgrade: websocket", "X-Large: " + "a" * 20_000), {400, 431}),
        ("G€T /", (), {400}),
        ("GET /up", ("Content-Length: 1", "Content-Length: 2"), {400}),
        ("GET /up", ("Content-Length: 1", "Transfer-Encoding: chunked"), {400}),
        ("GET /up", ("Content-Length: -1",), {400}),
        ("GET /up", ("X : y",), {400}),
    ],
    ids=[
        "path",
        "query",
        "endless path",
        "header",
        "many headers",
        "socket's header",
        "method",
        "two lengths",
        "length and chunks",
        "negative length",
        "space in a name",
    ],
)
def test_odd_and_oversized_heads_are_refused(server, line, headers, statuses):
    try:
        answer = send(server, head(server, line, *headers))
    except (ConnectionResetError, BrokenPipeError):
        return  # refused while it was still being sent
    assert not answer or status_of(answer) in statuses


@pytest.mark.parametrize("path", ["/sign_in", "/sign_up", "/account/password", "/import_templates"])
@pytest.mark.parametrize("chunked", [False, True], ids=["with length", "chunked"])
def test_bodies_have_a_largest_size(server, ada, path, chunked):
    most = 16 * 1024 if path.startswith("/sign") else 4 * 1024 * 1024
    content = b"email=" + b"a" * (most + 1)
    pieces = [content[start : start + 65536] for start in range(0, len(content), 65536)]

    answer = ada.post(
        path,
        content=iter(pieces) if chunked else content,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert answer.status_code in (413, 400)  # 400: already a single field is too large


def test_forms_have_a_most_number_of_parts(ada, server):
    template_id = add_template(ada)
    fields = {f"field{number}": "x" for number in range(1500)}
    many = {f"columns-{number}-name": "x" for number in range(20_001)}

    upload = ada.post(
        f"/import_templates/{template_id}/imports", data=fields, files={"workbook": ("a.xlsx", b"x")}
    )
    template = ada.post("/import_templates", data=many)
    file_in_a_form = ada.post("/sign_in", files={"email": ("a", b"x")})

    assert upload.status_code == 422
    assert template.status_code == 400
    assert file_in_a_form.status_code == 400


def upload_head(client: httpx.Client, server: Server) -> bytes:
    """The head of an upload that says it is 50 MB."""
    return head(
        server,
        f"POST /import_templates/{add_template(client)}/imports",
        f"Cookie: xlsapp_session={client.cookies['xlsapp_session']}",
        "Content-Type: multipart/form-data; boundary=x",
        "Content-Length: 50000000",
        close=False,
    )


def test_a_form_of_too_many_parts_is_refused_without_the_rest_of_it(ada, server):
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'

    answer = send(server, upload_head(ada, server) + part * 1001)

    assert status_of(answer) == 422
    assert b"more than 1,000 fields" in answer


def test_a_form_holds_no_more_than_a_megabyte_beside_its_file(ada, server):
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"b" * 60_000 + b"\r\n"

    answer = send(server, upload_head(ada, server) + part * 18)

    assert status_of(answer) == 422
    assert b"larger than 1 MB beside the file" in answer
    assert uploads_of(server) == []


def test_a_form_with_too_many_columns_is_refused_before_a_page_is_made_of_it(ada):
    columns = {f"columns-{number}-type": "text" for number in range(19_000)}

    answer = ada.post("/import_templates", data=columns)

    assert answer.status_code == 422
    assert "A template can have 500 columns; these are 19,000" in answer.text
    assert len(answer.content) < 50_000


def test_an_account_has_only_so_many_jobs_that_are_not_done(tmp_path):
    most = {"XLSAPP_JOBS__MAX_UNFINISHED_PER_ACCOUNT": "3", "XLSAPP_SERVER__RESERVE_MB": "1000000"}
    with Server.started(tmp_path, **most) as server, server.client() as ada, server.client() as eve:
        answers = {}
        for name, client in (("ada", ada), ("eve", eve)):
            server.sign_up(client)
            address = f"/import_templates/{add_template(client)}/exports"
            # The disk is said to be full, so that all of them wait.
            views = [{"kind": "view", "view": f"q={number}"} for number in range(5)]
            answers[name] = [client.post(address, data=view) for view in views]

    for several in answers.values():
        assert [answer.status_code for answer in several] == [303, 303, 303, 429, 429]
        assert "3 of your jobs are not done yet" in several[3].text
        assert int(several[3].headers["retry-after"]) > 0


async def closed_with(server: Server, client: httpx.Client, *messages: str | bytes) -> int:
    """How a socket ends after these messages."""
    cookie = f"xlsapp_session={client.cookies['xlsapp_session']}"
    address = server.url.replace("http", "ws") + "/jobs/live"
    async with connect(address, origin=server.url, additional_headers={"Cookie": cookie}) as socket:
        await socket.recv()
        with pytest.raises(ConnectionClosed) as caught:
            for message in messages:
                await socket.send(message)
            async with asyncio.timeout(10):
                while True:
                    await socket.recv()
    assert caught.value.rcvd is not None
    return int(caught.value.rcvd.code)


async def test_an_account_has_only_so_many_sockets(tmp_path):
    environment = {"XLSAPP_SERVER__MAX_SOCKETS_PER_ACCOUNT": "2"}
    with Server.started(tmp_path, **environment) as server, server.client() as ada, server.client() as eve:
        server.sign_up(ada)
        server.sign_up(eve)
        async with socket_of(server, ada) as first, socket_of(server, ada) as second:
            await first.recv()
            await second.recv()
            async with socket_of(server, ada) as third:
                with pytest.raises(ConnectionClosed) as caught:
                    await third.recv()
            async with socket_of(server, eve) as others:
                await others.recv()
        async with socket_of(server, ada) as later:
            await later.recv()

    assert caught.value.rcvd.code == 1013


def socket_of(server: Server, client: httpx.Client) -> connect:
    """The socket of the page with all jobs."""
    cookie = f"xlsapp_session={client.cookies['xlsapp_session']}"
    address = server.url.replace("http", "ws") + "/jobs/live"
    return connect(address, origin=server.url, additional_headers={"Cookie": cookie})


async def test_sockets_take_small_messages_and_few(server, ada):
    assert await closed_with(server, ada, "x" * 5000) == 1009
    assert await closed_with(server, ada, *["x"] * 17) == 1008
    assert await closed_with(server, ada, *[b"x"] * 17) == 1008


async def test_pings_and_pieces_on_a_socket_are_messages_like_others(server, ada):
    for talk in (_pings, _pongs, _pieces):
        async with socket_of(server, ada) as socket:
            await socket.recv()
            with pytest.raises(ConnectionClosed) as caught:
                await talk(socket)
                async with asyncio.timeout(10):
                    while True:
                        await socket.recv()
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1008


async def _pings(socket):
    for _ in range(17):
        await socket.ping()


async def _pongs(socket):
    for _ in range(17):
        await socket.pong(b"unasked")


async def _pieces(socket):
    async def pieces():
        for _ in range(18):
            yield ""
            await asyncio.sleep(0)
        await asyncio.sleep(10)

    await socket.send(pieces())

"""Behind a proxy: nginx and Caddy with the examples of deploy/ as they are, and a path prefix."""

import os
import re
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from tests.factories import make_workbook
from tests.processes import program, running
from tests.server import PASSWORD, ROOT, Server, free_port

DEPLOY = ROOT / "deploy"

METRICS_TOKEN = "for-prometheus-alone"

_numbers = count(1)


def replaced(text: str, *changes: tuple[str, str]) -> str:
    """A text with each of the changes made exactly once, so that the rest of it is what is tried."""
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        text = text.replace(old, new)
    return text


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    options = "req -x509 -newkey rsa:2048 -nodes -days 2 -keyout key.pem -out cert.pem -subj /CN=127.0.0.1"
    names = ["-addext", "subjectAltName=IP:127.0.0.1"]
    command = [program("openssl"), *options.split(), *names]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder


@contextmanager
def nginx(folder: Path, certificate: Path, *, app_port: int, location: str) -> Iterator[str]:
    """nginx with the example, on other ports and with another certificate."""
    port = free_port()
    text = replaced(
        (DEPLOY / "nginx.conf").read_text(),
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        ("/etc/ssl/sheets.example.com.crt", str(certificate / "cert.pem")),
        ("/etc/ssl/sheets.example.com.key", str(certificate / "key.pem")),
        ("proxy_pass http://127.0.0.1:8000;", f"proxy_pass http://127.0.0.1:{app_port};"),
        ("    location / {", f"    location {location} {{"),
    )
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off;\npid {folder}/pid;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{text}}}\n"
    )
    command = [program("nginx"), "-p", str(folder), "-c", "nginx.conf", "-e", "error.log"]
    with running(command, port):
        yield f"https://127.0.0.1:{port}"


@contextmanager
def caddy(folder: Path, certificate: Path, *, app_port: int, location: str) -> Iterator[str]:
    """Caddy with the example, on other ports and with another certificate."""
    port = free_port()
    where = f"reverse_proxy {'' if location == '/' else location + '* '}127.0.0.1:{app_port}\n}}"
    text = replaced(
        (DEPLOY / "Caddyfile").read_text(),
        (
            "sheets.example.com {",
            f"https://127.0.0.1:{port} {{\n\ttls {certificate / 'cert.pem'} {certificate / 'key.pem'}",
        ),
        ("reverse_proxy 127.0.0.1:8000\n}", where),
    )
    options = "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}\n"
    (folder / "Caddyfile").write_text(options + text)
    command = [program("caddy"), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with running(command, port, env={**os.environ, **home}):
        yield f"https://127.0.0.1:{port}"


PROXIES = {"nginx": nginx, "caddy": caddy}


@dataclass
class Behind:
    """The app behind a proxy, as a browser sees it."""

    client: httpx.Client
    url: str
    prefix: str
    trust: ssl.SSLContext


@pytest.fixture(
    scope="module",
    params=[(proxy, prefix) for proxy in PROXIES for prefix in ("", "/xlsapp")],
    ids=lambda param: f"{param[0]} {'at a path' if param[1] else 'at the root'}",
)
def behind(request, tmp_path_factory, certificate) -> Iterator[Behind]:
    """Someone signed in through a proxy's example."""
    proxy, prefix = request.param
    folder = tmp_path_factory.mktemp("proxy")
    trust = ssl.create_default_context(cafile=str(certificate / "cert.pem"))
    with (
        Server.started(
            folder,
            XLSAPP_SERVER__TRUSTED_PROXIES="127.0.0.1",
            XLSAPP_SERVER__PATH_PREFIX=prefix,
            XLSAPP_IMPORTS__MAX_UPLOAD_MB="3",
            XLSAPP_SERVER__METRICS="true",
            XLSAPP_SERVER__METRICS_TOKEN=METRICS_TOKEN,
        ) as server,
        PROXIES[proxy](folder, certificate, app_port=server.port, location=f"{prefix}/") as url,
        httpx.Client(base_url=url, headers={"Origin": url}, verify=trust, timeout=30) as client,
    ):
        yield Behind(client, url, prefix, trust)


def sign_up(behind: Behind) -> httpx.Response:
    form = {"email": f"person{next(_numbers)}@example.com", "password": PASSWORD}
    return behind.client.post(f"{behind.prefix}/sign_up", data=form)


def make_template(behind: Behind) -> str:
    """A new template's address."""
    columns = {"columns-0-name": "Name", "columns-0-type": "text"}
    fields = {"name": f"Customers {next(_numbers)}", "action": "save", **columns}
    made = behind.client.post(f"{behind.prefix}/import_templates", data=fields)
    assert made.status_code == 303, made.text
    return made.headers["location"]


def test_signing_up_through_a_proxy_sets_cookies_for_https_and_the_path(behind):
    answer = sign_up(behind)
    cookies = answer.headers.get_list("set-cookie")

    assert answer.headers["location"] == f"{behind.prefix}/import_templates"
    assert all("Secure" in cookie for cookie in cookies)
    assert any(f"Path={behind.prefix or '/'};" in cookie for cookie in cookies)


def test_all_links_of_a_page_lead_through_the_proxy(behind):
    sign_up(behind)

    page = behind.client.get(f"{behind.prefix}/import_templates/new").text
    links = re.findall(r'(?:href|src|action)="(/[^"#?]*)', page)

    assert links
    assert all(link.startswith(f"{behind.prefix}/") for link in links)
    files = [link for link in links if "/static/" in link]
    assert {behind.client.get(link).status_code for link in files} == {200}


def test_an_upload_and_its_live_page_go_through_a_proxy(behind, tmp_path):
    sign_up(behind)
    template = make_template(behind)
    with make_workbook(tmp_path, ["Name"], ["Ada"]).open("rb") as file:
        sent = behind.client.post(f"{template}/imports", files={"workbook": ("a.xlsx", file)})
    assert sent.status_code == 303, sent.text
    job_id = sent.headers["location"].rsplit("/", 1)[1]

    cookie = "; ".join(f"{name}={value}" for name, value in behind.client.cookies.items())
    address = f"{behind.url}{behind.prefix}/jobs/{job_id}/live".replace("https", "wss")
    with connect(address, origin=behind.url, additional_headers={"Cookie": cookie}, ssl=behind.trust) as live:
        text = ""
        while "data-final" not in text:
            text = str(live.recv(timeout=30))

    assert 'data-status="completed"' in text


def test_a_file_that_is_too_large_gets_the_apps_own_sentence(behind):
    sign_up(behind)
    template = make_template(behind)

    answers = [
        behind.client.post(
            f"{template}/imports", files={"workbook": ("a.xlsx", bytes(megabytes * 1_000_000))}
        )
        for megabytes in (2, 5)
    ]

    assert [answer.status_code for answer in answers] == [303, 413]
    assert "larger than 3 MB" in answers[1].text


def test_the_metrics_are_shown_through_a_proxy_to_the_token_alone(behind):
    wrong, right = ({"Authorization": f"Bearer {token}"} for token in ("for-somebody-else", METRICS_TOKEN))

    assert behind.client.get(f"{behind.prefix}/metrics").status_code == 404
    for path in {"/metrics", f"{behind.prefix}/metrics"}:
        for headers in ({}, wrong, {"Host": "127.0.0.1"}, {"Host": "localhost"}):
            assert "xlsapp_watchers" not in behind.client.get(path, headers=headers).text
    shown = behind.client.get(f"{behind.prefix}/metrics", headers=right)
    assert shown.status_code == 200
    assert "xlsapp_watchers" in shown.text


def test_who_is_signed_out_comes_back_to_where_they_were(behind):
    behind.client.cookies.clear()

    away = behind.client.get(f"{behind.prefix}/jobs")

    assert away.headers["location"] == f"{behind.prefix}/sign_in?next={behind.prefix}/jobs"


@pytest.mark.parametrize("cut_off", [False, True], ids=["passed on", "cut off by the proxy"])
def test_the_app_lives_at_a_path_however_the_proxy_passes_it(tmp_path, cut_off):
    with (
        Server.started(tmp_path, XLSAPP_SERVER__PATH_PREFIX="/tools/xlsapp") as server,
        server.client() as client,
    ):
        asked = "" if cut_off else "/tools/xlsapp"
        form = {"email": "a@example.com", "password": PASSWORD}
        assert (
            client.post(f"{asked}/sign_up", data=form).headers["location"] == "/tools/xlsapp/import_templates"
        )
        page = client.get("/tools/xlsapp/import_templates").text

        assert "aria-current=page" in page
        assert client.get(f"{asked}/static/css/base.css").status_code == 200
        assert client.get(f"{asked}/nowhere").status_code == 404
        assert client.get(f"{asked}/up").json() == {"status": "up"}
        client.post("/tools/xlsapp/sign_out")
        away = client.get(f"{asked}/jobs").headers["location"]
        assert away == "/tools/xlsapp/sign_in?next=/tools/xlsapp/jobs"
        back = client.post(f"{asked}/sign_in", data={**form, "next": "/tools/xlsapp/jobs"})
        assert back.headers["location"] == "/tools/xlsapp/jobs"


@pytest.mark.parametrize("path", ["/xlsapp", "/xlsapp/"])
def test_the_path_itself_leads_to_the_first_page(tmp_path, path):
    with Server.started(tmp_path, XLSAPP_SERVER__PATH_PREFIX="/xlsapp") as server:
        answer = httpx.get(server.url + path, follow_redirects=True)

        assert answer.status_code == 200
        assert answer.url.path == "/xlsapp/sign_up"

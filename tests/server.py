"""A real server process, started as its users start it, and the steps that tests take with it."""

import html
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import httpx

from tests import warm_starts
from tests.warm_starts import CHEAP_PASSWORDS, ROOT, Program

START_SECONDS = 60.0
# `verify` of clients that speak plain HTTP: each would read all the certificates of the world, for 50 ms.
NO_TLS = False
PASSWORD = "correct horse battery"

_numbers = count(1)


@dataclass
class Server:
    """A server process on a data folder. `kill` and `start` may follow each other."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | Program | None = None
    port: int = 0
    is_warm: ClassVar[bool] = False
    """Whether starts are warm (warm_starts.py): those of tests are, but what measures a start must not be."""

    @classmethod
    @contextmanager
    def started(cls, folder: Path, **environment: str) -> Iterator["Server"]:
        """A server for as long as the block lasts."""
        server = cls(folder, environment)
        server.start()
        try:
            yield server
        finally:
            server.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text()

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self, *, seconds: float = START_SECONDS) -> None:
        """Start, and wait until pages are served, for so long at the most."""
        self.port = self.port or free_port()
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("XLSAPP_")},
            "XLSAPP_AUTH__SIGNUP": "open",
            "XLSAPP_AUTH__MAX_SIGN_UPS_PER_ADDRESS": "100000",
            "PYTHONPATH": str(CHEAP_PASSWORDS),
            **self.environment,
        }
        arguments = ["--port", str(self.port), "--data-dir", str(self.data)]
        with (self.folder / "server.log").open("ab") as log, open(os.devnull, "rb") as nothing:
            if self.is_warm and warm_starts.can_start(self.environment):
                self.process = warm_starts.start(arguments, environment, nothing, log, log)
            else:
                command = [sys.executable, "run.py", *arguments]
                self.process = subprocess.Popen(
                    command, cwd=ROOT, env=environment, stdin=nothing, stdout=log, stderr=log
                )
        end = time.monotonic() + seconds
        with self.client() as client:
            while time.monotonic() < end:
                if self.process.poll() is not None:
                    raise AssertionError(f"the server ended at once:\n{self.log}")
                try:
                    if client.get("/up", timeout=5).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                time.sleep(0.03)
        raise AssertionError(f"the server did not start:\n{self.log}")

    def stop(self) -> float:
        """SIGTERM, as a service manager does it. Returns how many seconds it took."""
        if self.process is None or self.process.poll() is not None:
            return 0.0
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)
        return time.monotonic() - started

    def kill(self) -> None:
        """SIGKILL: no chance to clean up."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(timeout=30)

    @contextmanager
    def jobs_held(self) -> Iterator[None]:
        """Jobs may begin meanwhile, and come no further until the block ends: nothing does their work."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        (starts_children,) = map(int, children)
        os.kill(starts_children, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(starts_children, signal.SIGCONT)

    def client(self) -> httpx.Client:
        """A browser, as far as httpx is one: it keeps cookies and says where its requests come from."""
        return httpx.Client(base_url=self.url, headers={"Origin": self.url}, timeout=30, verify=NO_TLS)

    def sign_up(self, client: httpx.Client, email: str | None = None) -> str:
        """A new account, signed in. Returns its address."""
        email = email or f"person{next(_numbers)}-{os.getpid()}@example.com"
        response = client.post("/sign_up", data={"email": email, "password": PASSWORD})
        assert response.status_code == 303, response.text
        return email


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


CUSTOMER_COLUMNS = (
    {"name": "Name", "type": "text", "required": "on"},
    {"name": "Since", "type": "date"},
    {"name": "Orders", "type": "integer"},
    {"name": "Balance", "type": "number"},
    {"name": "Active", "type": "boolean"},
)


def fields_of(page: str) -> dict[str, str]:
    """The form on a page as a browser would send it back."""
    form = page.split('<form class="form form--wide"')[1].split("</form>")[0]
    form = re.sub("<template>.*?</template>", "", form, flags=re.DOTALL)
    fields = {}
    for tag in re.findall(r"<input[^>]*>", form):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attributes.get("type") not in ("checkbox", "radio") or " checked" in tag:
            fields[attributes["name"]] = html.unescape(attributes.get("value", "on"))
    for name, options in re.findall(r'<select[^>]* name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        fields[name] = re.search(r'value="([^"]*)" selected', options)[1]
    for name, text in re.findall(r'<textarea[^>]* name="([^"]*)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL):
        fields[name] = html.unescape(text)
    return fields


def template_fields(
    name: str, columns: tuple[Mapping[str, str], ...] = CUSTOMER_COLUMNS, **more: str
) -> dict[str, str]:
    """The template form, filled in."""
    fields = {"name": name, "description": "", "action": "save", **more}
    for index, column in enumerate(columns):
        fields |= {f"columns-{index}-{key}": value for key, value in column.items()}
    return fields


def add_template(
    client: httpx.Client, columns: tuple[Mapping[str, str], ...] = CUSTOMER_COLUMNS, name: str | None = None
) -> int:
    """A template made through its form. Returns its id."""
    fields = template_fields(name or f"Customers {next(_numbers)}", columns)
    response = client.post("/import_templates", data=fields)
    assert response.status_code == 303, response.text
    return int(response.headers["location"].rsplit("/", 1)[1])


def upload(client: httpx.Client, template_id: int, path: Path, **fields: Any) -> httpx.Response:
    """The import form, filled in and sent."""
    with path.open("rb") as file:
        return client.post(
            f"/import_templates/{template_id}/imports", data=fields, files={"workbook": (path.name, file)}
        )


def new_file(path: Path) -> Path:
    """The same workbook as another file, as the very same one is asked about: its archive has a comment."""
    archive, mark = path.read_bytes(), secrets.token_bytes(8)
    new = path.with_stem(f"{path.stem}-{mark.hex()}")
    new.write_bytes(archive[:-2] + len(mark).to_bytes(2, "little") + mark)
    return new


def job_of(response: httpx.Response) -> str:
    """The id of the job that a POST went to."""
    assert response.status_code == 303, response.text
    match = re.fullmatch(r"/import_templates/\d+/jobs/([0-9a-f]{16})", response.headers["location"])
    assert match, response.headers["location"]
    return match[1]


def finished(client: httpx.Client, job_id: str, *, seconds: float = 60) -> dict[str, Any]:
    """A job's last state."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            state: dict[str, Any] = client.get(f"/jobs/{job_id}/status").raise_for_status().json()
        except httpx.TransportError:
            state = {"is_final": False}
        if state["is_final"]:
            return state
        time.sleep(0.05)
    raise AssertionError(f"job {job_id} did not finish: {state}")


def run_import(client: httpx.Client, template_id: int, path: Path, **fields: Any) -> dict[str, Any]:
    """Upload a workbook and wait for the job's last state."""
    return finished(client, job_of(upload(client, template_id, path, **fields)))


def run_export(client: httpx.Client, template_id: int, kind: str = "data") -> httpx.Response:
    """Export, wait, and download."""
    response = client.post(f"/import_templates/{template_id}/exports", data={"kind": kind})
    job_id = job_of(response)
    state = finished(client, job_id)
    assert state["status"] == "completed", state
    return client.get(f"/import_templates/{template_id}/jobs/{job_id}/download")

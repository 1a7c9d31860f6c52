"""deploy/compose.yaml, as far as it can be tried without an engine for containers.

It is read as compose reads it; then its services run as processes with the very settings that it gives them,
behind a real Caddy with its configuration.
"""

import os
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import httpx
import pytest
import yaml

from tests.factories import make_workbook
from tests.postgres import Cluster
from tests.processes import program, running
from tests.server import (
    NO_TLS,
    ROOT,
    Server,
    add_template,
    free_port,
    run_export,
    run_import,
)
from xlsapp import config

DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"] == "xlsapp"]
SECRETS = {"SITE": ":80", "POSTGRES_PASSWORD": "geheim-7f3a", "XLSAPP_AUTH__SECRET": "0123456789abcdef"}


def environment_of(name: str) -> dict[str, str]:
    """What a service finds in its environment, with what deploy/.env says."""
    given = SERVICES[name]["environment"]
    return {key: re.sub(r"\$\{(\w+):\?[^}]+\}", lambda found: SECRETS[found[1]], given[key]) for key in given}


def test_two_have_pages_two_work_and_each_setting_is_one():
    roles = []
    for name in OURS:
        settings = config.load(ROOT / "config.toml", environment=environment_of(name))
        roles.append(settings.server.role)
        assert settings.database.url == "postgresql://xlsapp@db/xlsapp"
        assert settings.server.trusted_proxies == [
            COMPOSE["networks"]["inside"]["ipam"]["config"][0]["subnet"]
        ]
        grace = int(SERVICES[name]["stop_grace_period"].removesuffix("s"))
        assert grace > settings.server.shutdown_grace_seconds

    assert sorted(roles) == ["web", "web", "worker", "worker"]


def test_what_it_names_is_there_and_no_secret_is_in_it():
    text = (DEPLOY / "compose.yaml").read_text()
    asked = dict(re.findall(r"\$\{(\w+)(:\?)[^}]+\}", text))
    offered = re.findall(r"^(\w+)=", (DEPLOY / "env.example").read_text(), re.MULTILINE)

    assert set(asked) == set(offered) == set(SECRETS)
    for service in SERVICES.values():
        assert re.fullmatch(r"xlsapp|[a-z]+:\d+(\.\d+)*", service["image"]), "an image without its version"
        assert service["networks"] == ["inside"]
        assert set(service.get("depends_on", ())) <= set(SERVICES)
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert (DEPLOY / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]
        build = service.get("build")
        assert not build or (DEPLOY / build["context"] / build["dockerfile"]).exists()
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["caddy"]
    assert "/deploy/.env" in (ROOT / ".gitignore").read_text().splitlines()


@dataclass(frozen=True)
class Started:
    """All services as processes."""

    servers: dict[str, Server]
    url: str


@pytest.fixture
def started(postgres: Cluster, postgres_url: str, tmp_path) -> Iterator[Started]:
    """The database is the tests' own, and ports are free ones; all else is as the file has it."""
    with ExitStack() as stack:
        servers = {}
        for name in OURS:
            (folder := tmp_path / name).mkdir()
            given = {key: text for key, text in environment_of(name).items() if key.startswith("XLSAPP_")}
            given |= {"XLSAPP_DATABASE__URL": postgres_url, "XLSAPP_SERVER__TRUSTED_PROXIES": "127.0.0.1"}
            servers[name] = stack.enter_context(Server.started(folder, **given))
        port = free_port()
        web = environment_of("caddy")["WEB"]
        for name in OURS:
            web = web.replace(f"{name}:8000", f"127.0.0.1:{servers[name].port}")
        command = [
            program("caddy"),
            "run",
            "--adapter",
            "caddyfile",
            "--config",
            str(DEPLOY / "compose.Caddyfile"),
        ]
        home = {"HOME": str(tmp_path), "SITE": f"http://127.0.0.1:{port}", "WEB": web}
        quiet = {**os.environ, **home, "XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
        stack.enter_context(running(command, port, env=quiet))
        yield Started(servers, f"http://127.0.0.1:{port}")


def test_it_works_as_one_and_goes_on_when_one_of_each_is_gone(started: Started, tmp_path):
    origin = {"Origin": started.url}
    with httpx.Client(base_url=started.url, headers=origin, timeout=30, verify=NO_TLS) as client:
        next(iter(started.servers.values())).sign_up(client)
        template_id = add_template(client)
        first = run_import(client, template_id, make_workbook(tmp_path, ["Name"], ["Ada"]))
        started.servers["web1"].kill()
        started.servers["worker1"].kill()
        # Until Caddy has looked at /up again: versions before 2.11.2 send no body to the other one
        # after they were refused a connection.
        answers = set()
        noticed = time.monotonic() + 3
        while time.monotonic() < noticed:
            answers.add(client.get(f"/import_templates/{template_id}").status_code)
        second = run_import(client, template_id, make_workbook(tmp_path, ["Name"], ["Grace"]))
        export = run_export(client, template_id)

    assert first["status"] == second["status"] == "completed"
    assert answers == {200}
    assert export.content.startswith(b"PK")

"""A real pgbouncer between the app and its database: it works in session mode, and the other is refused."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cli.commands import xlsapp
from tests.factories import make_workbook
from tests.postgres import Cluster
from tests.processes import program, running
from tests.server import Server, add_template, free_port, run_export, run_import
from xlsapp.db.postgres.server import hears


@contextmanager
def pooled(cluster: Cluster, url: str, mode: str) -> Iterator[str]:
    """The address of a database behind a pgbouncer of its own, for as long as the block lasts."""
    port = free_port()
    config = Path(cluster.folder) / f"pgbouncer-{port}.ini"
    config.write_text(
        f"""
        [databases]
        * = host={cluster.folder} user=postgres
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = {port}
        unix_socket_dir =
        auth_type = any
        pool_mode = {mode}
        """.replace("        ", "")
    )
    user = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
    with running([program("pgbouncer"), str(config)], port, user=user, cwd="/"):
        name = url.split("@/")[1].split("?")[0]
        yield f"postgresql://postgres@127.0.0.1:{port}/{name}"


def test_a_pooler_that_gives_sessions_is_no_obstacle(postgres: Cluster, postgres_url, tmp_path):
    with pooled(postgres, postgres_url, "session") as url:
        assert hears(url)
        with Server.started(tmp_path, XLSAPP_DATABASE__URL=url) as server, server.client() as client:
            server.sign_up(client)
            template_id = add_template(client)
            state = run_import(client, template_id, make_workbook(tmp_path, ["Name"], ["Ada"]))
            export = run_export(client, template_id)

    assert state["status"] == "completed", state
    assert export.content.startswith(b"PK")


def test_a_pooler_that_gives_none_is_said_to_be_one(postgres: Cluster, postgres_url, tmp_path):
    with pooled(postgres, postgres_url, "transaction") as url:
        started = xlsapp("serve", "--port", "0", data=tmp_path, XLSAPP_DATABASE__URL=url)
        looked = xlsapp("check", data=tmp_path, XLSAPP_DATABASE__URL=url)

    assert started.returncode == 2
    assert "pool_mode = session" in started.stderr
    assert "Traceback" not in started.stderr
    assert looked.returncode == 1
    assert "bad   pooler: " in looked.stdout

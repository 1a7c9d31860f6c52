"""A database that is away, at the start or later, is waited for; who asks meanwhile is told so, calmly."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.postgres import new_cluster
from tests.server import Server, free_port
from tests.web.api.conftest import make_token, program
from xlsapp.models import TokenScope

PAGE = {"Accept": "text/html"}
SENTENCE = "The database does not answer right now. In a moment it will"


@pytest.fixture
def cluster():
    """A PostgreSQL of one's own, to be stopped."""
    with new_cluster() as cluster:
        yield cluster


def test_a_database_that_is_away_is_waited_for_and_nobody_is_signed_out(cluster, tmp_path):
    with cluster.database() as url:
        cluster.stop("fast")
        server = Server(tmp_path, {"XLSAPP_DATABASE__URL": url}, port=free_port())
        starting = threading.Thread(target=server.start)
        starting.start()
        with server.client() as client:
            first = answered(client, "/up")
            assert (first.status_code, first.headers["content-type"]) == (503, "application/problem+json")
            page = client.get("/", headers=PAGE)
            assert (page.status_code, page.headers["retry-after"]) == (503, "10")
            assert SENTENCE in page.text
            assert "default-src 'none'" in page.headers["content-security-policy"]
            cluster.start()
            starting.join()
            server.sign_up(client)
            token = make_token(client, *TokenScope)

            cluster.stop("fast")
            with ThreadPoolExecutor() as at_once, program(server, token) as api:
                asked = (
                    at_once.submit(client.get, "/import_templates", headers=PAGE),
                    at_once.submit(client.post, "/sign_out", headers={"Accept": "application/json"}),
                    at_once.submit(api.get, "/templates"),
                )
                away, sent, told = (each.result() for each in asked)
            cluster.start()

            assert (away.status_code, sent.status_code, told.status_code) == (503, 503, 503)
            assert SENTENCE in away.text
            assert 'http-equiv="refresh"' in away.text
            assert told.json()["code"] == "request.not_now"
            assert sent.json()["code"] == "request.not_now_sent"
            assert client.get("/import_templates", headers=PAGE).status_code == 200
        server.stop()
        assert " Fault " not in server.log
        assert "PostgreSQL cannot be reached" in server.log


def answered(client, path):
    """The first answer, once there is one."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            return client.get(path, headers={"Accept": "*/*"})
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("nothing listens")

"""Requests made from the OpenAPI document by schemathesis; each answer is held to it."""

import re
import subprocess
import sys
from pathlib import Path

from tests.server import Server
from tests.web.api.conftest import make_token
from xlsapp.models import TokenScope

SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"
SETTINGS = Path(__file__).parent / "schemathesis.toml"


def tried(folder: Path, *, phases: str, examples: int = 1) -> int:
    """How many cases of these phases a new server answered as the document says; fails if one is not.

    `coverage` tries every rule of every operation, kept and broken; `fuzzing` makes up so many `examples` for
    each, and `stateful` follows what answers lead to.
    """
    with Server.started(folder, XLSAPP_API__MAX_REQUESTS_PER_MINUTE="1000000") as server:
        with server.client() as ada:
            server.sign_up(ada)
            token = make_token(ada, *TokenScope)
        found = subprocess.run(
            [
                *(SCHEMATHESIS, "--config-file", SETTINGS, "run", f"{server.url}/api/v1/openapi.json"),
                *("--header", f"Authorization: Bearer {token}", "--no-color", "--continue-on-failure"),
                *("--phases", phases, "--max-examples", str(examples), "--generation-deterministic"),
            ],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )

    assert found.returncode == 0, found.stdout[-10_000:] + found.stderr
    assert "Traceback" not in server.log
    generated = re.search(r"(\d+) generated", found.stdout)
    assert generated
    return int(generated[1])

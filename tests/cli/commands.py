"""The command line as a shell runs it."""

import os
import subprocess
import sys
from pathlib import Path

from tests.server import ROOT


def xlsapp(
    *arguments: str | Path, data: Path | None = None, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, on a data folder if one is given."""
    where = ["--data-dir", str(data)] if data else []
    clean = {name: value for name, value in os.environ.items() if not name.startswith("XLSAPP_")}
    return subprocess.run(
        [sys.executable, "run.py", *map(str, arguments), *where],
        cwd=ROOT,
        env={**clean, **environment},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def done(result: subprocess.CompletedProcess[str]) -> str:
    """What a command printed that must have worked."""
    assert result.returncode == 0, result.stderr
    return result.stdout

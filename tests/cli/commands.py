"""The command line as a shell runs it."""

import os
import subprocess
from pathlib import Path
from tempfile import TemporaryFile

from tests import warm_starts
from tests.warm_starts import ROOT


def xlsapp(
    *arguments: str | Path,
    data: Path | None = None,
    folder: Path = ROOT,
    stdin: str = "",
    **environment: str,
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder to its end, on a data folder if one is given. `environment` has settings."""
    assert warm_starts.can_start(environment)
    command = [*map(str, arguments), *(["--data-dir", str(data)] if data else [])]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("XLSAPP_")}
    with TemporaryFile() as typed, TemporaryFile() as output, TemporaryFile() as errors:
        typed.write(stdin.encode())
        typed.seek(0)
        streams, told = (typed, output, errors), {**clean, **environment}
        code = warm_starts.start(command, told, *streams, folder=folder).wait(timeout=60)
        for each in (output, errors):
            each.seek(0)
        return subprocess.CompletedProcess(command, code, output.read().decode(), errors.read().decode())


def done(result: subprocess.CompletedProcess[str]) -> str:
    """What a command printed that must have worked."""
    assert result.returncode == 0, result.stderr
    return result.stdout

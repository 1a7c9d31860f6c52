"""`make check`: packages with known holes. Where their database cannot be reached, it says so and passes."""

import json
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

PATIENCE_SECONDS = 120


def main() -> int:
    """1 when a package that we pin has a known hole."""
    requirements = Path(__file__).parent.parent / "requirements.txt"
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(requirements)]
        command += ["--disable-pip", "--no-deps", "--progress-spinner", "off"]
        command += ["--format", "json", "--output", str(report)]
        with suppress(subprocess.TimeoutExpired):
            subprocess.run(command, capture_output=True, timeout=PATIENCE_SECONDS, check=False)  # noqa: S603
        if not report.exists() or not report.stat().st_size:
            print("Known holes: the database of them cannot be reached; nothing was checked.")
            return 0
        packages = json.loads(report.read_text(encoding="utf-8"))["dependencies"]
    checked = [package for package in packages if "vulns" in package]
    holes = [(package, hole) for package in checked for hole in package["vulns"]]
    for package, hole in holes:
        mended = ", ".join(hole["fix_versions"]) or "nothing yet"
        print(f"{package['name']} {package['version']} has the hole {hole['id']}, mended in {mended}.")
    unknown = len(packages) - len(checked)
    print(f"Known holes: {len(holes)} in {len(checked)} packages; {unknown} could not be looked up.")
    return 1 if holes else 0


if __name__ == "__main__":
    sys.exit(main())

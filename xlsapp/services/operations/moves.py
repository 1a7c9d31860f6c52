"""Signs in a data folder that its data is on its way into it, or has gone. No server starts on it then."""

import json
import os
from pathlib import Path

from xlsapp.clock import utc_now
from xlsapp.errors import Refused

MOVING, MOVED = "moving", "moved"


def refuse_moved(root: Path) -> None:
    """Raise Refused where there is such a sign."""
    if (root / MOVING).exists():
        raise Refused(
            f"A move of data into {root} has not come to its end. Run `xlsapp move` as before: it begins "
            "anew, or ends what is left to do."
        )
    if place := moved_to(root):
        raise Refused(
            f"The data of {root} was moved to {place}: set database.url. What was left here is as it was "
            f"then; to work on it all the same, remove {root / MOVED} first."
        )


def moved_to(root: Path) -> str | None:
    """Where the data of a folder has gone; None where it is there."""
    try:
        return str(json.loads((root / MOVED).read_text(encoding="utf-8"))["place"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        return "another place"


def mark(root: Path, sign: str, place: str) -> None:
    """Leave a sign, safe from a power cut: where to, or where from."""
    partial = root / f"{sign}.partial"
    partial.touch(mode=0o600)
    with partial.open("w", encoding="utf-8") as file:
        json.dump({"place": place, "at": utc_now()}, file)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(root / sign)
    descriptor = os.open(root, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""A data folder's precious content as a folder of its own, and back. Blocks: not for the event loop."""

import hashlib
import json
import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from xlsapp import __version__
from xlsapp.clock import parse_utc, utc_now, utc_text
from xlsapp.db.copies import copy_database, damage
from xlsapp.db.data_folder import LOCK
from xlsapp.errors import Refused
from xlsapp.services.operations.moves import refuse_moved

MANIFEST = "backup.json"

# All that a backup may hold: files of these names. Whoever changed one could have put any other in.
NAMES = re.compile(r"data\.sqlite3|queue\.sqlite3|secret|uploads/[0-9a-f]{16}")

# Only there while a restore moves files; a server that finds it does not start.
HALF_RESTORED = "restoring"

# When a backup was made last, for who looks after the server.
LAST_BACKUP = "last_backup"

# A database and some room to work in, beside what a copy takes.
SPARE_BYTES = 16 * 1024 * 1024


def make_backup(root: Path, target: Path) -> list[str]:
    """Copy the data folder `root` to the new folder `target`, also while the app runs. Returns what is in it.

    Statuses, sign-ins and finished exports are left out: they last a day. Raises Refused with a sentence.
    """
    if not (root / "data.sqlite3").exists():
        raise Refused(f"There is nothing to back up: {root} has no data.sqlite3.")
    refuse_moved(root)
    if target.exists():
        raise Refused(f"{target} is there already. Name a folder that is not: each backup has its own.")
    # Under another name until it is whole: whoever finds a backup may rely on it.
    partial = target.with_name(f"{target.name}.partial")
    _remove(partial)
    partial.mkdir(mode=0o700, parents=True)
    _check_room(partial, _size(root))
    # In this order: a job that is done meanwhile is either still in the queue, with its upload, or has left
    # its mark in the data. One that is in both does nothing when it runs again.
    if (root / "queue.sqlite3").exists():
        copy_database(root / "queue.sqlite3", partial / "queue.sqlite3")
    _copy_uploads(root / "uploads", partial / "uploads")
    copy_database(root / "data.sqlite3", partial / "data.sqlite3")
    if (root / "secret").exists():
        _copy_file(root / "secret", partial / "secret")
    _check_databases(partial, "The copy")
    names = _write_manifest(partial)
    partial.rename(target)
    _sync(target.parent)
    with suppress(OSError):  # one may be allowed to read the folder alone
        (root / LAST_BACKUP).write_text(utc_now(), encoding="ascii")
    return names


def last_backup(root: Path) -> str | None:
    """When a backup was made last, as UTC text; None when that is not known."""
    try:
        return utc_text(parse_utc((root / LAST_BACKUP).read_text(encoding="ascii").strip()).timestamp())
    except (OSError, ValueError):
        return None


def restore_backup(source: Path, root: Path) -> Path | None:
    """Put what `make_backup` made in place of the data folder's content. Needs sole_use of it.

    Returns the folder that now keeps what was there before; None when there was nothing. Raises Refused
    with a sentence, and has then changed nothing.
    """
    manifest = _read_manifest(source)
    _check_files(source, manifest)
    fresh = root / HALF_RESTORED
    _remove(fresh)
    _check_room(root, _size(source))
    fresh.mkdir(mode=0o700)
    (fresh / "uploads").mkdir(mode=0o700)
    for name in manifest:
        _copy_file(source / name, fresh / name)
    # What was copied, and not what it was copied from: that may have changed since it was looked at.
    _check_files(fresh, manifest)
    _check_databases(fresh, "The backup")
    # From here on to the end a server would find half of each: it refuses to start while `fresh` is there.
    aside = root / f"replaced-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    # Statuses and sign-ins go too: they speak of users and jobs by numbers that may now be somebody else's.
    before = [path for path in sorted(root.iterdir()) if path.name not in KEPT and path != aside]
    before = [path for path in before if not path.name.startswith("replaced-")]
    for path in before:
        aside.mkdir(mode=0o700, exist_ok=True)
        path.rename(aside / path.name)
    for path in sorted(fresh.iterdir()):
        path.rename(root / path.name)
    _sync(root)
    fresh.rmdir()
    return aside if before else None


KEPT = {LOCK, HALF_RESTORED, "backups"}


def refuse_half_restored(root: Path) -> None:
    """Raise Refused when a restore was interrupted."""
    if (root / HALF_RESTORED).exists():
        raise Refused(
            f"A restore of {root} was interrupted. Run it again: what was there before is in the folder "
            "“replaced-…” beside."
        )


def _copy_uploads(uploads: Path, target: Path) -> None:
    target.mkdir(mode=0o700)
    for path in uploads.iterdir() if uploads.exists() else ():
        if not NAMES.fullmatch(f"uploads/{path.name}"):
            continue
        try:
            _copy_file(path, target / path.name)
        except FileNotFoundError:  # its job is done by now
            (target / path.name).unlink(missing_ok=True)


def _copy_file(source: Path, target: Path) -> None:
    # Neither a link nor a pipe that nobody writes to: what it leads to is no part of the folder.
    descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as reading:
        target.touch(mode=0o600)
        with target.open("wb") as writing:
            shutil.copyfileobj(reading, writing, 1024 * 1024)
            writing.flush()
            os.fsync(writing.fileno())


def _check_databases(folder: Path, what: str) -> None:
    for path in sorted(folder.glob("*.sqlite3")):
        if found := damage(path):
            raise Refused(f"{what} is damaged, and nothing was changed: {path.name}: {found[0]}.")
        _sync(path)


def _write_manifest(folder: Path) -> list[str]:
    files = {
        path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "sha256": _sha256(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    manifest = {"xlsapp": __version__, "made_at": utc_now(), "files": files}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    _sync(folder / MANIFEST)
    return list(files)


def _read_manifest(source: Path) -> dict[str, str]:
    """The SHA-256 of each file by its name, which is one of NAMES. Raises Refused."""
    try:
        files = json.loads((source / MANIFEST).read_bytes())["files"]
        hashes = {str(name): str(files[name]["sha256"]) for name in files}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise Refused(f"{source} is no backup: it has no readable {MANIFEST}.") from None
    for name in hashes:
        if not NAMES.fullmatch(name):
            shown = repr(name)[1:-1][:100]
            raise Refused(f"{source} is no backup, and nothing was changed: “{shown}” is never in one.")
    if "data.sqlite3" not in hashes:
        raise Refused("The backup is not whole, and nothing was changed: it has no data.sqlite3.")
    return hashes


def _check_files(folder: Path, manifest: dict[str, str]) -> None:
    if (folder / "uploads").is_symlink():
        raise Refused("The backup was changed, and nothing was restored: its folder “uploads” is a link.")
    for name, expected in manifest.items():
        path = folder / name
        if not _is_file(path) or _sha256(path) != expected:
            raise Refused(f"The backup is not whole, and nothing was changed: see {name} in it.")


def _is_file(path: Path) -> bool:
    """Whether it is a file itself: no link to one, no pipe, no device."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _check_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE_BYTES:
        raise Refused(
            f"There is too little room in {folder}: {(needed + SPARE_BYTES) // 1_000_000 + 1} MB are needed, "
            f"{free // 1_000_000} MB are free."
        )


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in _precious(folder))


def _precious(folder: Path) -> Iterator[Path]:
    yield from folder.glob("data.sqlite3*")
    yield from folder.glob("queue.sqlite3*")
    yield from (folder / "uploads").glob("*")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""The data folder with its SQLite files, as `xlsapp check` looks it over."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from xlsapp.cli.looked_at import BAD, NOTE, OK, LookedAt
from xlsapp.config import Settings
from xlsapp.db.copies import damage, user_version
from xlsapp.db.data_folder import is_in_use
from xlsapp.db.errors import DatabaseFault
from xlsapp.db.migrate import migrations, schema_version, too_new
from xlsapp.errors import Refused
from xlsapp.messages.saying import say
from xlsapp.services.operations.backups import refuse_half_restored
from xlsapp.services.operations.disk import Disk
from xlsapp.services.operations.moves import refuse_moved
from xlsapp.sqlite_queue.schema import SCHEMA_VERSION as QUEUE_VERSION


def look_over(settings: Settings) -> Iterator[LookedAt]:
    """Everything in it, one after the other."""
    root = settings.data_dir
    if not root.exists():
        yield LookedAt(NOTE, "data folder", f"{root} is not there yet; the first start makes it.")
        return
    try:
        refuse_half_restored(root)
        refuse_moved(root)
    except Refused as refused:
        yield LookedAt(BAD, "data folder", say(refused.message))
    running = "An xlsapp works on it now." if is_in_use(root) else "No xlsapp works on it now."
    yield LookedAt(OK, "data folder", f"{root}. {running}")
    yield from modes(root)
    for name in ("data", "status", "queue"):
        yield _database(root / f"{name}.sqlite3")
    yield disk(settings, stored_bytes=sum(path.stat().st_size for path in root.glob("*.sqlite3*")))


def modes(root: Path) -> Iterator[LookedAt]:
    """Nobody but the owner may look into the folder; and the owner should be who runs this."""
    mode = stat.S_IMODE(root.stat().st_mode)
    if mode & 0o077:
        yield LookedAt(BAD, "modes", f"others may look into {root}: run chmod 700 {root}")
    else:
        yield LookedAt(OK, "modes", f"only its owner may look into {root}.")
    secret = root / "secret"
    if secret.exists() and stat.S_IMODE(secret.stat().st_mode) & 0o077:
        yield LookedAt(BAD, "modes", f"others may read what signs the cookies: run chmod 600 {secret}")
    if root.stat().st_uid != os.geteuid():
        yield LookedAt(NOTE, "modes", f"{root} belongs to another user than the one who runs this.")
    if not os.access(root, os.W_OK):
        yield LookedAt(BAD, "modes", f"{root} cannot be written to.")


def _database(path: Path) -> LookedAt:
    if not path.exists():
        return LookedAt(NOTE, path.name, "is not there yet; the first start makes it.")
    if found := damage(path):
        return LookedAt(BAD, path.name, f"is damaged: {found[0]}. Restore a backup: see docs/backup.md.")
    try:
        version, known = _versions(path)
    except DatabaseFault as error:
        return LookedAt(BAD, path.name, f"cannot be read: {error}.")
    if version > known:
        return LookedAt(BAD, path.name, too_new(path, version, known))
    if version < known:
        return LookedAt(NOTE, path.name, f"is whole; the next start brings schema {version} to {known}.")
    return LookedAt(OK, path.name, f"is whole, {path.stat().st_size / 1e6:.1f} MB, schema {version}.")


def _versions(path: Path) -> tuple[int, int]:
    if path.stem == "queue":
        return user_version(path), QUEUE_VERSION
    return schema_version(path), max(migrations(path.stem))


def disk(settings: Settings, *, stored_bytes: int = 0) -> LookedAt:
    """Room for the largest upload with its staging file, and for a copy of what is stored here."""
    root = settings.data_dir
    room = Disk(root, settings.server.reserve_mb * 1_000_000)
    free = room.free_bytes()
    if room.is_full():
        text = f"is full: only {free / 1e6:,.0f} MB are free, and server.reserve_mb keeps"
        text += f" {settings.server.reserve_mb:,}. Uploads are refused and jobs wait until there is room."
        return LookedAt(BAD, "disk", text)
    wanted = stored_bytes + (settings.imports.max_upload_mb + settings.imports.max_unpacked_mb) * 1_000_000
    copied = " with a copy of the data" if stored_bytes else ""
    text = f"{free / 1e9:.1f} GB are free; the largest import{copied} takes {wanted / 1e9:.1f} GB."
    return LookedAt(OK if free >= wanted else BAD, "disk", text)

"""A data folder that commands may work on beside a running server."""

from pathlib import Path

from xlsapp.app import prepare
from xlsapp.config import Settings
from xlsapp.db.data_folder import sole_use
from xlsapp.db.migrate import migrations, schema_version
from xlsapp.errors import InUse


def prepare_beside_server(settings: Settings) -> None:
    """Bring the data folder up to date, unless a server has. Raises InUse when that is an older one."""
    root = settings.data_dir
    try:
        with sole_use(root):
            prepare(settings)
    except InUse:
        # Changing the tables under a running server would break it.
        if not all(_is_newest(root / f"{name}.sqlite3", name) for name in ("data", "status")):
            raise InUse(
                f"The xlsapp that works on {root} is of another version, or has just begun. Restart it with "
                "this version, or try again in a moment."
            ) from None


def _is_newest(path: Path, name: str) -> bool:
    return schema_version(path) == max(migrations(name))

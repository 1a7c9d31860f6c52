"""Where everything lies that outlives a process: a folder with SQLite files, or a PostgreSQL.

`database.url` decides. What follows from that is in the two modules here, and nowhere else in the app.
"""

from contextlib import AbstractAsyncContextManager, AbstractContextManager
from importlib import import_module
from typing import Protocol, cast

from xlsapp.config import Settings
from xlsapp.errors import ConfigurationError
from xlsapp.storage.storage import Purpose, Storage

__all__ = ["Purpose", "Storage", "engine_of", "require_postgres"]

NEEDED = "PostgreSQL needs packages that are not installed: pip install 'xlsapp[postgres]' adds them."


class Engine(Protocol):
    """A module here."""

    def in_use(self, settings: Settings) -> AbstractContextManager[None]:
        """Whoever serves uses it so long. Raises InUse where only one may."""

    def prepare(self, settings: Settings) -> None:
        """Bring it up to date, and make it if need be. Raises ConfigurationError, Away, or Refused."""

    def prepare_beside_server(self, settings: Settings) -> None:
        """The same for a command that works beside a running server. Raises InUse when that is older."""

    def opened(self, settings: Settings, purpose: Purpose) -> AbstractAsyncContextManager[Storage]:
        """Open it, as long as the block lasts."""


def engine_of(settings: Settings) -> Engine:
    """The one that the settings name. Raises ConfigurationError when its packages are missing."""
    if not settings.database.url:
        return cast(Engine, import_module("xlsapp.storage.on_sqlite"))
    require_postgres()
    return cast(Engine, import_module("xlsapp.storage.on_postgres"))


def require_postgres() -> None:
    """Raises ConfigurationError when the packages for PostgreSQL are missing."""
    try:
        import_module("xlsapp.storage.on_postgres")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("psycopg", "psycopg_pool"):
            raise ConfigurationError([NEEDED]) from error
        raise

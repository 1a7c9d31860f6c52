"""`xlsapp restore DIR`."""

import shlex
from argparse import Namespace

from xlsapp.cli.backup import URL
from xlsapp.cli.exit_codes import Exit
from xlsapp.config import Settings
from xlsapp.db.data_folder import sole_use
from xlsapp.errors import Refused
from xlsapp.services.operations.backups import restore_backup


def run(settings: Settings, options: Namespace) -> int:
    """Put a backup in place of the data folder's content. Refuses while the app runs."""
    if settings.database.url:
        dump = shlex.quote(str(options.folder))
        raise Refused(
            "The data is in PostgreSQL, and so is what restores it. Nothing was changed. Stop each xlsapp, "
            f"fill a new database: pg_restore --no-owner --dbname=NEW_URL {dump} -- and put NEW_URL in "
            f"the place of {URL}: see docs/scale.md."
        )
    with sole_use(settings.data_dir):
        aside = restore_backup(options.folder.absolute(), settings.data_dir)
    print(f"Restored {settings.data_dir} from {options.folder}. Everybody signs in again.")
    if aside:
        print(f"What was there before is in {aside}: delete it when you do not miss anything.")
    return Exit.DONE

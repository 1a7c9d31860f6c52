"""`xlsapp restore DIR`."""

from argparse import Namespace

from xlsapp.cli.exit_codes import Exit
from xlsapp.config import Settings
from xlsapp.db.data_folder import sole_use
from xlsapp.services.operations.backups import restore_backup


def run(settings: Settings, options: Namespace) -> int:
    """Put a backup in place of the data folder's content. Refuses while the app runs."""
    with sole_use(settings.data_dir):
        aside = restore_backup(options.folder.absolute(), settings.data_dir)
    print(f"Restored {settings.data_dir} from {options.folder}. Everybody signs in again.")
    if aside:
        print(f"What was there before is in {aside}: delete it when you do not miss anything.")
    return Exit.DONE

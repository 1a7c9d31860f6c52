"""`xlsapp backup DIR`."""

from argparse import Namespace

from xlsapp.cli.exit_codes import Exit
from xlsapp.config import Settings
from xlsapp.services.operations.backups import make_backup


def run(settings: Settings, options: Namespace) -> int:
    """Copy everything precious, whether or not the app runs."""
    names = make_backup(settings.data_dir, options.folder.absolute())
    uploads = sum(name.startswith("uploads/") for name in names)
    print(f"Backed up {settings.data_dir} to {options.folder}. The copy is whole.")
    if uploads:
        print(f"In it are {uploads} uploaded workbooks whose imports wait or run.")
    return Exit.DONE

"""`xlsapp backup DIR`."""

import shlex
from argparse import Namespace

from xlsapp.cli.exit_codes import Exit
from xlsapp.config import Settings
from xlsapp.errors import Refused
from xlsapp.services.operations.backups import make_backup

# The URL is in the environment, as a rule: it is nothing for a terminal, since it may hold a password.
URL = '"$XLSAPP_DATABASE__URL"'


def run(settings: Settings, options: Namespace) -> int:
    """Copy everything precious, whether or not the app runs."""
    if settings.database.url:
        file = shlex.quote(f"{options.folder}.dump")
        raise Refused(
            "The data is in PostgreSQL, and so is what backs it up. Nothing was copied. A copy as of now: "
            f"pg_dump --format=custom --file={file} {URL} -- and to lose nothing between two copies, "
            "pg_basebackup --pgdata=DIR --wal-method=stream with WAL archiving: see docs/scale.md."
        )
    names = make_backup(settings.data_dir, options.folder.absolute())
    uploads = sum(name.startswith("uploads/") for name in names)
    print(f"Backed up {settings.data_dir} to {options.folder}. The copy is whole.")
    if uploads:
        print(f"In it are {uploads} uploaded workbooks whose imports wait or run.")
    return Exit.DONE

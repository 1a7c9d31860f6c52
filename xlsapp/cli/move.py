"""`xlsapp move --to PLACE`."""

import asyncio
import logging
from argparse import Namespace
from pathlib import Path

from xlsapp.cli.exit_codes import Exit
from xlsapp.cli.progress import Progress
from xlsapp.config import Settings
from xlsapp.db.errors import DatabaseFault
from xlsapp.errors import Refused
from xlsapp.services.operations.moves import MOVED
from xlsapp.storage import require_postgres


def run(settings: Settings, options: Namespace) -> int:
    """Move all data to the other engine. Nothing is switched before all of it is there, and compared."""
    require_postgres()
    # Its packages are there.
    from xlsapp.storage.moving import Moved, move_to_folder, move_to_postgres

    to_postgres = options.to.startswith(("postgresql://", "postgres://"))
    if to_postgres and settings.database.url:
        raise Refused("The data is in PostgreSQL already. From one to another: pg_dump, and pg_restore.")
    if not to_postgres and not settings.database.url:
        raise Refused("The data is in a folder already. From one to another: `xlsapp backup` and `restore`.")
    logging.getLogger("xlsapp").addHandler(logging.NullHandler())

    moved: Moved | None
    try:
        with Progress() as progress:
            if to_postgres:
                moved = asyncio.run(move_to_postgres(settings, options.to, progress.say))
            else:
                folder = Path(options.to).expanduser().absolute()
                moved = asyncio.run(move_to_folder(settings, folder, progress.say))
    except DatabaseFault as fault:
        raise Refused(f"It could not be moved, and nothing was switched: {str(fault).strip()}") from fault
    if moved:
        carried = moved.carried
        print(
            f"Moved {carried.records:,} records of {carried.templates:,} templates, {carried.rows:,} rows "
            f"more and {moved.files:,} files to {moved.place}. All of it was compared, and is the same."
        )
    else:
        print("All was moved and compared before; now it is switched, too.")
    if to_postgres:
        print(
            f"Set database.url, best as XLSAPP_DATABASE__URL, and start xlsapp. {settings.data_dir} is as it "
            f"was; nothing starts on it any more while {MOVED} is in it."
        )
    else:
        print(
            f"Leave database.url empty, set data.dir to {folder}, and start xlsapp. Nothing starts on the "
            "database any more."
        )
    return Exit.DONE

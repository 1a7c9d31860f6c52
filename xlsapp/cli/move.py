"""`xlsapp move --to PLACE`."""

import asyncio
from argparse import Namespace
from pathlib import Path

from xlsapp.cli.exit_codes import Exit
from xlsapp.cli.hidden_password import hide_password
from xlsapp.cli.progress import Progress
from xlsapp.config import Settings
from xlsapp.db.errors import DatabaseFault
from xlsapp.errors import Refused
from xlsapp.services.operations.carrying import NotTheSame
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
    to = hide_password(options.to) if to_postgres else options.to
    how = {"without_reviews": options.without_reviews}
    moved: Moved | None
    try:
        with Progress() as progress:
            if to_postgres:
                moved = asyncio.run(move_to_postgres(settings, to, progress.say, **how))
            else:
                folder = Path(to).expanduser().absolute()
                moved = asyncio.run(move_to_folder(settings, folder, progress.say, **how))
    except (DatabaseFault, NotTheSame, OSError) as fault:
        raise Refused(f"It could not be moved, and nothing was switched: {str(fault).strip()}") from fault
    if moved:
        carried = moved.carried
        print(
            f"Moved {carried.records:,} records of {carried.templates:,} templates, {carried.rows:,} rows "
            f"more and {moved.files:,} files to {moved.place}. All of it was compared, and is the same."
        )
        if moved.reviews_left:
            print(
                f"{moved.reviews_left:,} reviews of workbooks stay behind: check these again where need be."
            )
    else:
        print("All was moved and compared before, and is switched.")
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

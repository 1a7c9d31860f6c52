"""A throw-away app with an account, a template and two workbooks to upload: `python run.py demo`."""

import asyncio
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from openpyxl import Workbook

from xlsapp.config import AuthSettings, DatabaseSettings, DataSettings, Settings
from xlsapp.models import ColumnType
from xlsapp.repositories import users
from xlsapp.services.accounts.passwords import hash_password
from xlsapp.services.templates.drafts import ColumnDraft, TemplateDraft
from xlsapp.services.templates.saving import create_template
from xlsapp.storage import Purpose, engine_of

EMAIL, PASSWORD = "demo@example.com", "spreadsheet"
ROWS = 20_000

COLUMNS = (
    ColumnDraft("Name", ColumnType.TEXT, required=True),
    ColumnDraft("E-mail", ColumnType.EMAIL, required=True),
    ColumnDraft("Customer since", ColumnType.DATE),
    ColumnDraft("Plan", ColumnType.CHOICE, choices=("Free", "Team", "Company")),
    ColumnDraft("Seats", ColumnType.INTEGER, minimum=1),
    ColumnDraft("Monthly fee", ColumnType.NUMBER),
    ColumnDraft("Active", ColumnType.BOOLEAN),
)


@contextmanager
def demo(settings: Settings) -> Iterator[Settings]:
    """Settings for a demo: a data folder that is gone after the block. Prints how to sign in."""
    with tempfile.TemporaryDirectory(prefix="xlsapp-demo-") as folder:
        root = Path(folder)
        settings = replace(
            settings,
            data=DataSettings(dir=str(root / "data")),
            database=DatabaseSettings(),
            auth=AuthSettings(signup="closed"),
        )
        engine_of(settings).prepare(settings)
        asyncio.run(_fill(settings))
        good, bad = root / "customers.xlsx", root / "customers-with-mistakes.xlsx"
        _write_workbook(good, mistakes=False)
        _write_workbook(bad, mistakes=True)
        print(
            f"""
  Open      http://{settings.server.host}:{settings.server.port}
  Sign in   {EMAIL}
  Password  {PASSWORD}

  Choose the template “Customers”, then “Import”, and upload
            {good}   ({ROWS:,} rows)
  or, to see how mistakes are shown,
            {bad}

  Ctrl+C ends the demo and removes all of it.
""",
            flush=True,
        )
        yield settings


async def _fill(settings: Settings) -> None:
    async with engine_of(settings).opened(settings, Purpose.COMMAND) as storage:
        db = storage.db
        password_hash = await hash_password(PASSWORD)
        async with db.write() as tx:
            user = await users.add(tx, email=EMAIL, password_hash=password_hash)
        draft = TemplateDraft("Customers", "Who buys from us, and since when.", COLUMNS)
        await create_template(db, user, draft, max_columns=settings.imports.max_columns)


def _write_workbook(path: Path, *, mistakes: bool) -> None:
    """Made-up customers. With `mistakes`, one row in forty has a cell that will not do."""
    choose = random.Random(20)  # noqa: S311 (made-up data, the same each time)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Customers")
    sheet.append([column.name for column in COLUMNS])
    for number in range(1, (400 if mistakes else ROWS) + 1):
        name = f"{choose.choice(FIRST_NAMES)} {choose.choice(LAST_NAMES)}"
        seats = choose.randint(1, 250)
        row = [
            name,
            f"{name.lower().replace(' ', '.')}{number}@example.com",
            date(2015, 1, 1) + timedelta(days=choose.randrange(4000)),
            choose.choice(("Free", "Team", "Company")),
            seats,
            round(seats * choose.choice((4.5, 6, 9.9)), 2),
            choose.random() < 0.9,
        ]
        if mistakes and number % 40 == 7:
            place, value = choose.choice(MISTAKES)
            row[place] = value
        sheet.append(row)
    book.save(path)


FIRST_NAMES = (
    "Ada",
    "Grace",
    "Edsger",
    "Barbara",
    "Alan",
    "Katherine",
    "Donald",
    "Margaret",
    "Tony",
    "Radia",
)
LAST_NAMES = ("Byron", "Murray", "Dyk", "Huberman", "Mathison", "Coleman", "Ervin", "Heafield", "Hoar", "Joy")
MISTAKES = (
    (0, None),
    (1, "not an address"),
    (2, "31/02/2024"),
    (3, "Gold"),
    (4, "a few"),
    (4, 0),
    (6, "perhaps"),
)

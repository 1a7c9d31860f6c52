"""Whether all that is in SQLite fits into PostgreSQL, before any of it is copied."""

import re
from collections.abc import AsyncIterator

from xlsapp.db.sqlite_tables import SqliteTables
from xlsapp.db.tables import Column, Table
from xlsapp.errors import Refused
from xlsapp.services.operations.carrying import OF_TEMPLATE, is_carried

# A row of PostgreSQL has to fit on a page: with more columns, some rows of texts do not.
MOST_COLUMNS = 440

MOST_SAID = 20


async def require_fits(tables: SqliteTables) -> None:
    """Raises Refused where something does not fit; it says all of it, and what to do."""
    found = [problem async for problem in _problems(tables)]
    if found:
        more = [f"… and {len(found) - MOST_SAID} more."] if len(found) > MOST_SAID else []
        said = "\n".join(f"  - {problem}" for problem in [*found[:MOST_SAID], *more])
        raise Refused(f"Nothing was moved, as some of it does not fit into PostgreSQL:\n{said}")


async def _problems(tables: SqliteTables) -> AsyncIterator[str]:
    templates = {
        row["id"]: str(row["name"]) for row in await tables.conn.all("SELECT id, name FROM import_templates")
    }
    columns = {f"c{row['id']}": row for row in await tables.conn.all("SELECT id, name FROM template_columns")}
    for row in await tables.conn.all(
        "SELECT import_template_id AS id, COUNT(*) AS count FROM template_columns GROUP BY import_template_id"
    ):
        if row["count"] > MOST_COLUMNS:
            yield (
                f"Template “{templates[row['id']]}” has {row['count']} columns; {MOST_COLUMNS} is the most. "
                "Delete some, or make two templates of it."
            )
    for name in sorted(filter(is_carried, await tables.names())):
        table = await tables.describe(name)
        owner = OF_TEMPLATE.fullmatch(name)
        for column, key in tables.rows_with_nul(_texts(table)):
            named = str(columns[column]["name"]) if column in columns else column
            template = templates.get(int(owner[2]), "") if owner else ""
            if owner and owner[1] == "records":
                yield (
                    f"Template “{template}”, column “{named}”, record {key[0]}: its text has a character in "
                    "it that nobody sees, of code 0. Type it anew at "
                    f"/import_templates/{owner[2]}/data_records/{key[0]}/edit."
                )
            elif owner:
                yield (
                    f"Template “{template}”, column “{named}”: what is kept of an earlier change (copy "
                    f"{key[0]}) has a character that nobody sees, of code 0. Move when it is kept no more."
                )
            else:
                yield f"{name}, {column} of {key[0]}: a text with a character of code 0."


def _texts(table: Table) -> Table:
    numbers = re.compile(r"(id|position|import_id|record_count|records_version)")
    kept: tuple[Column, ...] = tuple(each for each in table.columns if not numbers.fullmatch(each.name))
    return Table(table.name, kept, table.key)

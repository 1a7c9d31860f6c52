"""What is kept in memory of a large template beside SQLite, which has no index for it.

Its texts in one piece, as services/records/search_texts.py has them, and its ids in the order of a column.
"""

from xlsapp.db.connection import Connection
from xlsapp.models import ImportTemplate
from xlsapp.repositories.records.data_records import column_name, table_name
from xlsapp.repositories.records.selection import Selection, order_sql, text_columns


async def texts_after(
    conn: Connection, template: ImportTemplate, record_id: int, *, limit: int
) -> tuple[int, bytes] | None:
    """The texts of the next `limit` records by id, as search_texts.py keeps them; and the last one's id.

    A record is three characters of private use that are its id, and its texts; it ends with \\x1e.
    """
    texts = " || char(31) || ".join(f"COALESCE({column_name(c)}, '')" for c in text_columns(template))
    row = await conn.one(
        f"""
        SELECT MAX(id) AS last, GROUP_CONCAT(line, '') AS lines FROM (
            SELECT id, char(57344 + (id >> 24), 57344 + (id >> 12 & 4095), 57344 + (id & 4095))
                || REPLACE({texts}, char(30), ' ') || char(30) AS line
            FROM {table_name(template.id)} WHERE id > :record_id ORDER BY id LIMIT :limit
        )
        """,
        record_id=record_id,
        limit=limit,
    )
    return (row["last"], row["lines"].encode()) if row and row["last"] is not None else None


def id_in_text(characters: bytes) -> int:
    """The id that the first characters of a record's text are."""
    high, middle, low = (ord(character) - 57344 for character in characters.decode())
    return high << 24 | middle << 12 | low


async def ordered_ids(conn: Connection, template: ImportTemplate, column: str) -> tuple[str, str]:
    """The ids of all records in the order of a column: the filled ones, and the blank ones by id.

    Each has 16 hexadecimal digits. Reads all records, and has SQLite sort them.
    """
    sort = next(c for c in template.columns if c.key == column)
    order = order_sql(Selection(sort=sort), conn.dialect, backwards=False)
    found = []
    for blank in ("NOT NULL", "NULL"):
        # SQLite keeps the order for GROUP_CONCAT, whose result shows it. A LIMIT would make sure of it, but
        # then it sorts in another way that takes four times as long.
        digits = await conn.value(
            f"""
            SELECT GROUP_CONCAT(printf('%016x', id), '') FROM (
                SELECT id FROM {table_name(template.id)}
                WHERE {column_name(sort)} IS {blank} ORDER BY {order}
            )
            """
        )
        found.append(digits or "")
    return found[0], found[1]

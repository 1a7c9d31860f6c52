"""A plan of a review beside the one before it: what has moved meanwhile."""

from dataclasses import dataclass

from xlsapp.db.beside import Beside
from xlsapp.repositories.merging.merging import Merging
from xlsapp.repositories.records.data_records import table_name


@dataclass(frozen=True, slots=True)
class Moved:
    """What is no longer as it was shown."""

    edited: int
    """Records to be changed that were edited, or deleted, since."""
    of: int
    """How many there were to be changed."""
    rows: int = 0
    """Rows that would do something else now."""
    deleted: int = 0
    """Records that would be deleted now and not then, or the other way round."""

    @property
    def anything(self) -> bool:
        """Whether there is something to be looked at again."""
        return bool(self.edited or self.rows or self.deleted)


def put_aside(conn: Beside, merging: Merging) -> Moved:
    """Put the plan aside for `compared`. What was edited since it was made."""
    for name in ("planned_before", "going_before"):
        conn.run(f"DROP TABLE IF EXISTS {name}")
    (edited, of) = conn.one(
        f"""
        SELECT SUM(CASE WHEN r.revision IS NOT DISTINCT FROM s.revision THEN 0 ELSE 1 END), COUNT(*)
        FROM seen AS s LEFT JOIN data.{table_name(merging.template.id)} AS r ON r.id = s.record_id
        """
    ) or (0, 0)
    conn.run("CREATE TABLE planned_before AS SELECT row, record_id, action FROM planned")
    conn.run("CREATE TABLE going_before AS SELECT record_id FROM going")
    return Moved(int(edited or 0), of)


def compared(conn: Beside) -> tuple[int, int]:
    """How many rows do something else than in the plan that was put aside, which is forgotten then, and how
    many records are deleted in only one of the two."""
    (rows,) = conn.one(
        """
        SELECT COUNT(*) FROM planned AS p JOIN planned_before AS b ON b.row = p.row
        WHERE p.action <> b.action OR (p.action <> 'rejected' AND p.record_id IS DISTINCT FROM b.record_id)
        """
    ) or (0,)
    (deleted,) = conn.one(
        """
        SELECT (SELECT COUNT(*) FROM going WHERE record_id NOT IN (SELECT record_id FROM going_before))
        + (SELECT COUNT(*) FROM going_before WHERE record_id NOT IN (SELECT record_id FROM going))
        """
    ) or (0,)
    for name in ("planned_before", "going_before"):
        conn.run(f"DROP TABLE {name}")
    return rows, deleted

"""A plan after a mend, made anew for what has changed alone: where that is exact. See services/reviews/."""

from dataclasses import replace

from xlsapp.db.beside import Beside
from xlsapp.repositories.merging.merging import MergePlan


def replan_alone(conn: Beside, plan: MergePlan) -> MergePlan:
    """The plan of rows that are compared with nothing: only what is wrong with a row itself counts."""
    conn.run("DELETE FROM stopped WHERE row IN (SELECT row FROM target)")
    conn.run(
        """
        INSERT INTO stopped SELECT row FROM rejected WHERE row IN (SELECT row FROM target)
        ON CONFLICT DO NOTHING
        """
    )
    before = _count_rejected(conn)
    conn.run(
        """
        UPDATE planned SET action =
        CASE WHEN row IN (SELECT row FROM stopped) THEN 'rejected' ELSE 'create' END
        WHERE row IN (SELECT row FROM target)
        """
    )
    more = _count_rejected(conn) - before
    return replace(plan, created=plan.created - more, rejected=plan.rejected + more)


def _count_rejected(conn: Beside) -> int:
    (count,) = conn.one(
        """
        SELECT COUNT(*) FROM target AS t JOIN planned AS p ON p.row = t.row WHERE p.action = 'rejected'
        """
    ) or (0,)
    return int(count)

"""The plan of a review made anew: after mends, after other choices, and when the records have changed."""

from dataclasses import replace

from xlsapp.db.beside import Beside
from xlsapp.repositories.merging.merging import MergePlan
from xlsapp.repositories.merging.planning import make_plan
from xlsapp.repositories.reviewing import comparing
from xlsapp.repositories.reviewing.comparing import Moved
from xlsapp.repositories.reviewing.parts import can_be_planned_in_parts, plan_part
from xlsapp.repositories.reviewing.replanning import replan_alone
from xlsapp.repositories.reviewing.tables import count_left_out, forget_on_the_way, note_records, store
from xlsapp.services.imports.kept import KeptPlan
from xlsapp.services.reviews.review import Review


def plan_anew(conn: Beside, review: Review, **state: object) -> Review:
    """The review with a plan for its rows and the records as they are now, and what else is said of it."""
    left_out = count_left_out(conn)
    review = replace(review, made=replace(review.made, left_out=left_out))
    merging = review.merging
    plan = make_plan(conn, merging)
    note_records(conn, merging)
    forget_on_the_way(conn, merging)
    return keep_plan(conn, review, KeptPlan(plan, plan.rejected - left_out, left_out), **state)


def plan_for_targets(conn: Beside, review: Review, **state: object) -> Review:
    """The same after a mend, whose rows are the `target`."""
    merging = review.merging
    left_out = count_left_out(conn)
    leaves_out = review.options.valid_only or left_out > 0
    plan: MergePlan | None = None
    if not (merging.matches or merging.compared):
        plan = replan_alone(conn, review.made.plan)
    elif can_be_planned_in_parts(merging) and leaves_out == merging.leaves_out:
        plan = plan_part(conn, merging, review.made.plan)
    if plan is None:
        return plan_anew(conn, review, **state)
    return keep_plan(conn, review, KeptPlan(plan, plan.rejected - left_out, left_out), **state)


def keep_plan(conn: Beside, review: Review, made: KeptPlan, **state: object) -> Review:
    """Keep a plan with the review, which has another revision then."""
    changed = {"revision": review.revision + 1, **state}
    store(conn, "plan", made.to_dict())
    store(conn, "state", review.state(**changed))
    return Review.read(conn, review.job_id, review.template)


def look_again(conn: Beside, review: Review) -> tuple[Review, Moved]:
    """The same with a plan for the records as they are now, and what has moved since the one before."""
    before = comparing.put_aside(conn, review.merging)
    review = plan_anew(conn, review)
    rows, deleted = comparing.compared(conn)
    return review, replace(before, rows=rows, deleted=deleted)

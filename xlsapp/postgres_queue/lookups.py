"""All that is looked up in the queue's tables."""

from __future__ import annotations

from xlsapp.postgres_queue.transaction import IN_RUNNING_INDEX, LIVE, ROW

COUNTS = {
    "queued": "status = 'queued' AND due IS NULL",
    "active": f"status = 'active' AND {IN_RUNNING_INDEX}",
    "incomplete": f"(status = 'queued' OR status IN ('new', 'active') AND {IN_RUNNING_INDEX})",
}

COUNT_ALL = f"""
    SELECT {", ".join(f"count(*) FILTER (WHERE {COUNTS[kind]})" for kind in COUNTS)}
    FROM queue.jobs
    WHERE queue = %(queue)s AND (status = 'queued' OR {IN_RUNNING_INDEX})
"""

FIND = f"""
    SELECT {ROW} FROM queue.jobs WHERE queue = %(queue)s AND key = ANY(%(keys)s::text[]) AND {LIVE}
"""

# The next jobs by key: a key stays where it is while rows come, change and go.
PAGE = f"""
    SELECT {ROW} FROM queue.jobs
    WHERE queue = %(queue)s AND key > %(after)s AND status = ANY(%(statuses)s::text[]) AND {LIVE}
    ORDER BY key LIMIT %(limit)s
"""

# What runs, then what runs next, then what waits for its time.
AT_WORK_AND_NEXT = f"""
    SELECT {ROW} FROM queue.jobs
    WHERE queue = %(queue)s AND (status = 'queued' OR {IN_RUNNING_INDEX}) AND status <> 'aborting'
    ORDER BY status <> 'active', due IS NOT NULL, due, priority, place
    LIMIT %(limit)s OFFSET %(offset)s
"""

# The jobs somebody has claimed.
RUNNING = f"""
    SELECT {ROW} FROM queue.jobs
    WHERE queue = %(queue)s AND status IN ('active', 'aborting') AND {IN_RUNNING_INDEX}
    ORDER BY place
"""

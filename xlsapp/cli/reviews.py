"""`xlsapp import FILE --check`, and --apply: what an import would do, and going on with it."""

from typing import Any

from xlsapp.cli.api_client import ApiClient
from xlsapp.cli.progress import printable
from xlsapp.cli.remote import Job

MOST_PRINTED = 20

Review = dict[str, Any]


def read_review(api: ApiClient, job: Job) -> Review | None:
    """What a check has found; None where it could not say that."""
    if job["status"] != "completed" or not (job["result"] or {}).get("review"):
        return None
    return api.get(f"/jobs/{job['job_id']}/review")


def apply_review(api: ApiClient, review: Review) -> Job:
    """Have it applied as it is. Returns the job that does."""
    return api.post(f"/jobs/{review['job_id']}/review/apply", {"revision": review["revision"]})


def print_differences(api: ApiClient, review: Review) -> None:
    """The first rows that would change a record: what it has, and what it would have."""
    rows = api.get(f"/jobs/{review['job_id']}/review/rows?kind=changed&limit={MOST_PRINTED}")["rows"]
    for row in rows:
        for name, cell in row["cells"].items():
            if cell["value"] != cell["old"]:
                print(printable(f"Row {row['row']}, {name}: {_shown(cell['old'])} → {_shown(cell['value'])}"))
    more = review["counts"]["changed"] - len(rows)
    if more > 0:
        print(f"And {more:,} more changed {'row' if more == 1 else 'rows'}.")


def _shown(value: Any) -> str:
    return "nothing" if value is None else f"“{value}”"

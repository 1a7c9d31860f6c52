"""`xlsapp import FILE --template NAME`: a workbook, sent to a server through its API."""

import json
import sys
from argparse import Namespace
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from xlsapp.cli.api_client import ApiClient, Fields
from xlsapp.cli.exit_codes import Ended, Exit
from xlsapp.cli.exports import fetch
from xlsapp.cli.progress import Progress, printable
from xlsapp.cli.remote import Job, api_of, find_template, follow
from xlsapp.cli.reviews import apply_review, print_differences, read_review
from xlsapp.config import Settings
from xlsapp.errors import Refused

MOST_PRINTED = 100


def run(settings: Settings, options: Namespace) -> int:
    """Upload; with --wait, wait for the job and say what became of it. --check and --apply always wait."""
    options.check = options.check or options.apply
    options.wait = options.wait or options.check
    if options.marked and not options.wait:
        raise Ended("--marked has to wait for the job. Say --wait, too.", Exit.WRONG_USE)
    api = api_of(settings, options)
    with Progress() as progress:
        template = find_template(api, options.template)
        job = _send(api, template, options, progress)
        if options.wait:
            job = follow(api, job, progress)
            if options.marked:
                _fetch_marked(api, job, options.marked, progress)
        review = read_review(api, job) if options.check else None
        if review and options.apply and review["can_be_applied"]:
            job, review = follow(api, apply_review(api, review), progress), None
    if not options.wait:
        page = f"{api.url}/import_templates/{template['id']}/jobs/{job['job_id']}"
        print(json.dumps(job, indent=2) if options.json else f"Job {job['job_id']} is accepted: {page}")
        return Exit.DONE
    if options.json:
        found = {"review": review} if review else {}
        print(json.dumps({**job, **found, "problems": list(_problems(api, job))}, indent=2))
    else:
        _report(api, job)
        if review:
            print_differences(api, review)
    if job["status"] != "completed":
        return Exit.FAILED
    return Exit.PROBLEMS if review and not review["can_be_applied"] else Exit.DONE


def _fetch_marked(api: ApiClient, job: Job, target: Path, progress: Progress) -> None:
    """Write the workbook with its problems marked, where there are any in its rows."""
    result = job["result"] or {}
    if not result.get("groups") or (job["status"] == "completed" and not result["counts"].get("rejected")):
        return
    marking = follow(api, api.post(f"/jobs/{job['job_id']}/marked_workbooks", {}), progress)
    if marking["status"] != "completed":
        raise Refused(marking["error_message"])
    fetch(api, marking, target, progress)
    print(printable(f"{marking['result']['summary']} {target}"), file=sys.stderr)
    for note in marking["result"]["notes"]:
        print(printable(note), file=sys.stderr)


def _send(api: ApiClient, template: dict[str, Any], options: Namespace, progress: Progress) -> Job:
    """Upload the workbook. Returns its job."""
    sending = f"Sending {options.file.name}"
    progress.say(f"{sending} to “{template['name']}”")
    return api.upload(
        f"/templates/{template['id']}/imports",
        options.file,
        _fields(options),
        lambda done, total: progress.count(sending, done, total),
    )


def _fields(options: Namespace) -> Fields:
    """What was chosen, as the API's form has it. The rest is left to the server."""
    names = (
        "mode",
        "blank",
        "sheet",
        "header_row",
        "encoding",
        "delimiter",
        "decimal",
        "dates",
        "times",
        "merged",
        "confirm_deletes",
        "same_file",
    )
    chosen = [(name, str(value)) for name in names if (value := getattr(options, name)) is not None]
    chosen += [("keys", column) for column in options.key]
    chosen += [("answers", answer) for answer in options.answer]
    return [
        *chosen,
        *(
            (name, "true")
            for name in ("valid_only", "guess", "check", "without_undo")
            if getattr(options, name)
        ),
    ]


def _report(api: ApiClient, job: Job) -> None:
    """The summary; on standard error why it failed, and the problems by their cells."""
    result = job["result"] or {}
    if job["status"] == "completed":
        print(printable(result["summary"]), flush=True)
    else:
        print(printable(job["error_message"]), file=sys.stderr)
    for question in result.get("questions", ()):
        print(printable(question["question"]), file=sys.stderr)
        for each in question["answers"]:
            print(
                printable(f"  --answer '{question['id']}={each['answer']}'  {each['text']}"), file=sys.stderr
            )
    listed = list(islice(_problems(api, job), MOST_PRINTED))
    for problem in listed:
        kind = "warning: " if problem["severity"] == "warning" else ""
        where = problem["cell"] or problem["column"]
        print(printable(f"{where}: {kind}{problem['message']}"), file=sys.stderr)
    more = result.get("problem_count", 0) + result.get("warning_count", 0) - len(listed)
    if more > 0:
        print(f"And {more:,} more. --json lists up to {result['problem_limit']:,} of them.", file=sys.stderr)


def _problems(api: ApiClient, job: Job) -> Iterator[dict[str, Any]]:
    """All that are listed, page by page."""
    cursor: str | None = "0"
    while cursor is not None:
        page = api.get(f"/jobs/{job['job_id']}/problems?limit=1000&cursor={cursor}")
        yield from page["problems"]
        cursor = page["next_cursor"]

"""Answers to what an import asked: the next job reads the same workbook, and the template remembers them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from xlsapp.context import App
from xlsapp.errors import NotFound, Refused
from xlsapp.jobs.import_job import start_import
from xlsapp.jobs.status import JobKind, JobStatus, next_job_id
from xlsapp.messages.saying import say
from xlsapp.models import ImportTemplate, User
from xlsapp.problems import Message
from xlsapp.repositories import import_templates, template_columns
from xlsapp.services.imports.answers import (
    HEADER,
    MODE,
    AnswersRefused,
    as_answered,
    check_answers,
    question_id,
    remembered,
)
from xlsapp.services.imports.options import ImportOptions
from xlsapp.services.imports.questions import Question
from xlsapp.services.imports.receipt import ImportReceipt
from xlsapp.services.templates.saving import alias_problems
from xlsapp.spreadsheet.reading.headers import normalised, uncut

NEVER_STARTED = ("job.never_queued", "job.could_not_queue")


def questions_in(job: JobStatus) -> tuple[Question, ...]:
    """What a job asks. Nothing for those that ask nothing."""
    if job.kind is not JobKind.IMPORT or not job.result or not job.result.get("questions"):
        return ()
    return ImportReceipt.from_dict(job.result).questions


async def job_after(app: App, job: JobStatus) -> JobStatus | None:
    """The job that an answer has started; None while there is none."""
    return (await _next(app, job))[1] if questions_in(job) else None


async def _next(app: App, job: JobStatus) -> tuple[str, JobStatus | None]:
    """The id of the job that an answer starts, and that job if it was started.

    One that never came into the queue does not count, as where the server was killed just then.
    """
    next_id = next_job_id(job.job_id)
    status = await app.statuses.get_status(next_id)
    while status and any(reason.code in NEVER_STARTED for reason in status.reasons):
        next_id = next_job_id(next_id)
        status = await app.statuses.get_status(next_id)
    return next_id, status


async def answer(app: App, user: User, job: JobStatus, answers: Mapping[str, str], *, remember: bool) -> str:
    """Start the next job from what was kept of the upload. Returns its id, also when it was started before.

    A header that is left out means nothing, this time. Raises NotFound when the job asks nothing, or its
    template is gone, AnswersRefused with all that will not do.
    """
    if not questions_in(job):
        raise NotFound("question")
    next_id, started = await _next(app, job)
    if started:
        return next_id
    async with app.files.while_receiving(next_id, user.id):
        template = await _settle(app, user, job, answers, remember=remember)
        try:
            await app.files.start_from_asked(job.job_id, next_id)
        except FileNotFoundError:
            raise Refused(Message("answers.workbook_gone")) from None
        options = ImportOptions.from_dict(job.options)
        options = as_answered(replace(options, answers={**options.answers, **answers}))
        file_name = job.file_name or ""
        await start_import(app, user, template, job_id=next_id, file_name=file_name, options=options)
    return next_id


async def forget_asked(app: App, user: User, template_id: int) -> None:
    """Keep no workbook any longer of those that jobs of a template have asked about."""
    jobs = await app.statuses.list_for(user.id)
    ids = [job.job_id for job in jobs if job.import_template_id == template_id]
    await app.files.forget_asked(ids)


async def _settle(
    app: App, user: User, job: JobStatus, answers: Mapping[str, str], *, remember: bool
) -> ImportTemplate:
    """Check the answers against the template as it is now, and store those that are to be remembered."""
    by_id = {question.id: question for question in questions_in(job)}
    extra = uncut((job.result or {}).get("columns", {}).get("extra", []))
    async with app.db.write() as tx:
        template = await import_templates.find(tx, user.id, job.import_template_id or 0)
        settled = check_answers(template, answers)
        if problems := {**settled.problems, **_problems(by_id, answers, extra)}:
            raise AnswersRefused(problems)
        present = {normalised(header): header for header in extra}
        headers = {column.id: said for column, about, said in settled.found if about == HEADER and said}
        aliases = {column: present[normalised(said)] for column, said in headers.items()}
        if taken := alias_problems(template, aliases):
            raise AnswersRefused({question_id(HEADER, column): found for column, found in taken.items()})
        for column, about, said in settled.found if remember else ():
            if about == MODE:
                continue
            question = by_id[question_id(about, column.id)]
            offered = extra if question.message.code == "question.which_header" else question.answers
            known = remembered(column, about, said, tuple(filter(None, offered)))
            await template_columns.remember(tx, column, known.remembered)
            await template_columns.add_aliases(tx, known, ())
    return template


def _problems(
    by_id: Mapping[str, Question], answers: Mapping[str, str], extra: Sequence[str]
) -> dict[str, Message]:
    """What is wrong with answers to what this job asks, by the question's name. `extra` are its headers."""
    present = set(map(normalised, extra))
    found = {}
    for name, answer in answers.items():
        question = by_id.get(name)
        if question is None:
            found[name] = Message("answers.not_asked", {"question": name[:60]})
        elif question.about == HEADER and answer and normalised(answer) not in present:
            found[name] = Message("answers.no_such_header")
    for question in by_id.values():
        if question.about != HEADER and question.id not in answers:
            found[question.id] = Message("answers.open", {"question": say(question.message)})
    return found

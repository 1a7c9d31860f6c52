"""Reviews of jobs: found through their job, kept longer by each mend, free again when applying has failed."""

from dataclasses import replace

from xlsapp.context import App
from xlsapp.errors import NotFound, Refused
from xlsapp.jobs.import_job import start_import
from xlsapp.jobs.status import JobStatus, Status, new_job_id
from xlsapp.models import ImportTemplate, User
from xlsapp.problems import Message
from xlsapp.services.imports.options import ImportOptions
from xlsapp.services.imports.remembering import remember_match
from xlsapp.services.reviews.choosing import rows_suffice
from xlsapp.services.reviews.mending import MendDraft
from xlsapp.services.reviews.review import Review


async def find_review(app: App, template: ImportTemplate, job: JobStatus) -> Review:
    """The review of a job that has ended. Raises NotFound when it has none."""
    if not job.is_final or not job.result or not job.result.get("review"):
        raise NotFound("review")
    review = await app.reviews.find(template, job.job_id)
    if review.applied_by and await _has_failed(app, review.applied_by):
        await app.reviews.release(review)
        return await app.reviews.find(template, job.job_id)
    return review


async def mend_review(
    app: App, user: User, review: Review, draft: MendDraft, *, remember: bool = False
) -> Review:
    """The review after a mend. Raises Refused.

    With `remember`, of a text that was replaced by a choice, the template knows it for the workbooks to come.
    """
    if remember:
        async with app.db.write() as tx:
            await remember_match(
                tx, review.template, draft.column_id, found=draft.found or "", choice=draft.text
            )
    review = await app.reviews.mend(review, draft, user.id)
    await _keep_longer(app, review)
    return review


async def take_back_mend(app: App, review: Review, mend_id: int) -> Review:
    """The review without a mend. Raises Refused, and NotFound when it was taken back already."""
    review = await app.reviews.take_back(review, mend_id)
    await _keep_longer(app, review)
    return review


async def choose_again(
    app: App, user: User, template: ImportTemplate, review: Review, options: ImportOptions
) -> str:
    """Look at a workbook with other choices. Returns the job whose review shows it.

    That is the same one, with all that was mended, where the rows are what they would be; or else another,
    which reads the kept workbook again. Raises Refused.
    """
    if rows_suffice(review, options):
        review = await app.reviews.choose(review, options)
        await _keep_longer(app, review)
        return review.job_id
    next_id = new_job_id()
    async with app.files.while_receiving(next_id, user.id):
        try:
            await app.files.start_from_asked(review.job_id, next_id)
        except FileNotFoundError:
            raise Refused(Message("answers.workbook_gone")) from None
        await start_import(
            app,
            user,
            template,
            job_id=next_id,
            file_name=review.kept.file_name,
            options=replace(options, check=True),
        )
    return next_id


async def _has_failed(app: App, job_id: str) -> bool:
    """Whether a job that was to apply a review has ended without. A job that is gone may have done it."""
    status = await app.statuses.get_status(job_id)
    return status is not None and status.status is Status.FAILED


async def _keep_longer(app: App, review: Review) -> None:
    app.files.review_changed(review.job_id)
    await app.statuses.keep_longer(review.job_id)

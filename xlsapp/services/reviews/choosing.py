"""Other choices for a review: planned anew where its rows are what they would be, or else read again."""

from dataclasses import replace

from xlsapp.db.beside import Beside
from xlsapp.errors import Refused
from xlsapp.problems import Message
from xlsapp.services.imports.answers import read_options
from xlsapp.services.imports.options import ImportOptions
from xlsapp.services.imports.planning import why_not_matched
from xlsapp.services.reviews.planning import plan_anew
from xlsapp.services.reviews.review import Review


def rows_suffice(review: Review, options: ImportOptions) -> bool:
    """Whether the workbook would be read the same: then its rows are there, with all that was mended."""
    return read_options(review.template, options) == read_options(review.template, review.options)


def choose(conn: Beside, review: Review, options: ImportOptions) -> Review:
    """The review as it is with other choices, for which its rows suffice. Raises Refused."""
    if review.applied_by:
        raise Refused(Message("review.being_applied"))
    if not review.fits:
        raise Refused(Message("review.columns_changed"))
    review = replace(review, options=replace(options, check=True))
    if reason := why_not_matched(review.options, review.merging):
        raise Refused(reason)
    return plan_anew(conn, review)

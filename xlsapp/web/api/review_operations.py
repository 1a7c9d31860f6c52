"""What the API can do with reviews: a part of the table in operations.py."""

from xlsapp.web.api import review_models, reviews
from xlsapp.web.api.operation import IMPORT, READ, Operation

_REVIEW = "/v1/jobs/{job_id}/review"

REVIEWS = (
    Operation(
        "GET",
        _REVIEW,
        "review.show",
        reviews.show,
        READ | IMPORT,
        "What an import would do",
        review_models.Review,
        description="Of a job with `review` in its result: a check, or an import that rows have stopped.",
    ),
    Operation(
        "GET",
        f"{_REVIEW}/rows",
        "review.rows",
        reviews.rows,
        READ | IMPORT,
        "Its rows of one kind, page by page",
        review_models.ReviewedRows,
        query=review_models.RowsWanted,
    ),
    Operation(
        "POST",
        f"{_REVIEW}/mends",
        "review.mend",
        reviews.mend,
        IMPORT,
        "Mend cells, or leave rows out",
        review_models.Review,
        body=review_models.NewMend,
        description="The answer is the review as it is then. It and its job are kept for another day.",
    ),
    Operation(
        "DELETE",
        f"{_REVIEW}/mends/{{mend_id:int}}",
        "review.take_back",
        reviews.take_back,
        IMPORT,
        "Take a mend back",
        review_models.Review,
    ),
    Operation(
        "POST",
        f"{_REVIEW}/apply",
        "review.apply",
        reviews.apply,
        IMPORT,
        "Apply it as it was looked at",
        review_models.Job,
        status=202,
        body=review_models.Applied,
        description="The answer is a job, the same one for every time that the same revision is applied. It "
        "fails when records have changed so that something else would be done: then look again.",
    ),
)

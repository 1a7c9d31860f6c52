"""What programs get that change many records at once."""

from typing import Annotated, NotRequired

from typing_extensions import TypedDict

from xlsapp.services.records.bulk import Outcome
from xlsapp.web.api.kinds import OneOf, Whole
from xlsapp.web.api.representations import Fault, described


@described
class BulkResult(TypedDict):
    """What became of one operation."""

    outcome: Annotated[str, OneOf(Outcome)]
    id: NotRequired[Whole]
    """The record's, where there is one."""
    revision: NotRequired[Whole]
    """What the record's is now; of one that is gone there is none."""
    errors: NotRequired[list[Fault]]
    """Why it failed."""


@described
class BulkAnswer(TypedDict):
    """What became of many operations: a result for each, in their order."""

    results: list[BulkResult]
    counts: dict[str, Whole]
    """How many operations had which outcome."""

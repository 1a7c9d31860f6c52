"""What programs are told of templates in the bin."""

from typing_extensions import TypedDict

from xlsapp.web.api.kinds import Moment, Name, Whole
from xlsapp.web.api.representations import described


@described
class BinnedTemplate(TypedDict):
    """A template that was deleted."""

    id: Whole
    name: Name
    record_count: Whole
    deleted_at: Moment
    erased_at: Moment
    """Until when it can be brought back."""


@described
class Bin(TypedDict):
    """One's templates in the bin."""

    templates: list[BinnedTemplate]
    """The last deleted first."""

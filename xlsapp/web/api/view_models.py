"""What programs are told of saved views."""

from typing_extensions import TypedDict

from xlsapp.web.api.kinds import Text, Whole
from xlsapp.web.api.representations import described


@described
class SavedView(TypedDict):
    """A search, filters and a sort under a name."""

    id: Whole
    name: Text
    query: Text
    """What it asks for, as it stands in the address of the page of records."""


@described
class SavedViews(TypedDict):
    """One's views of a template."""

    views: list[SavedView]
    """By name."""

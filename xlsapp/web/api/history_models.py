"""What programs get of a template's history, and what they say to read it."""

from typing import Annotated, NotRequired

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from xlsapp.repositories.history.changes import ChangeKind
from xlsapp.repositories.history.copies import What
from xlsapp.web.api.kinds import Between, JobId, Moment, OneOf, Text, Value, Whole, YesOrNo
from xlsapp.web.api.parameters import Query

described = with_config(ConfigDict(use_attribute_docstrings=True))


class HistoryPage(Query):
    """Of changes, or of what a change has touched."""

    limit: Annotated[int, Between(1, 1000)] = 100
    """How many at the most; 100 when it is not sent."""
    cursor: Annotated[str, Field(strict=True, pattern="^[0-9]{1,18}$")] = "0"
    """`next_cursor` of the page before. Of changes, keep the last one, and ask again for what came since."""


@described
class Change(TypedDict):
    """One change of a template's records."""

    id: Whole
    """Later changes of a template have higher ones."""
    kind: Annotated[str, OneOf(ChangeKind)]
    """What was done. Later versions may know others."""
    made_at: Moment
    email: Text | None
    """Who it was; null for a former member."""
    token: Text | None
    """The name of the access token, where it was a program."""
    job_id: JobId | None
    """The job that has made it, if one has."""
    import_id: Whole | None
    file_name: Text | None
    undoes: Whole | None
    """The change that it has taken back."""
    undone_by: Whole | None
    """The change that has taken it back."""
    created: Whole
    """How many records are new by it."""
    changed: Whole
    deleted: Whole
    returned: Whole
    """How many deleted records an undo has brought back."""
    created_ids: list[Whole] | None
    """The first and the last id of the records that it has created: all between them are."""
    can_be_undone: YesOrNo
    """Whether all that is needed for it is there still."""


@described
class Changes(TypedDict):
    """Some of a template's changes."""

    changes: list[Change]
    """Oldest first."""
    next_cursor: Text
    """Send it as `cursor` to get those that follow, now or later."""
    since: Moment
    """From when on all changes are known."""


@described
class Counts(TypedDict):
    """Records, by what a change has done to them."""

    changed: Whole
    deleted: Whole
    returned: Whole
    created: Whole


@described
class Foreseen(TypedDict):
    """What taking a change back would do now."""

    restored: Counts
    """Records that would be as before."""
    touched: Counts
    """Records that were changed since, and would stay as they are."""
    clashes: Whole
    """Records among `restored` that would stay, too: another one has a value that may be there once."""


@described
class ChangeInFull(Change):
    """A change, and what taking it back would do."""

    undo: Foreseen | None
    """Null where it cannot be taken back at all."""


@described
class TouchedRecord(TypedDict):
    """A record as it was before a change."""

    record_id: Whole
    what: Annotated[str, OneOf(What)]
    """What became of it. Later versions may know others."""
    row: Whole | None
    """Of the workbook, where an import has changed it."""
    values: dict[str, Value]
    """What it was, by the columns' names, as far as the template has these columns still."""


@described
class TouchedRecords(TypedDict):
    """Some of the records that a change has touched. Those that it has created are not among them."""

    records: list[TouchedRecord]
    next_cursor: Text | None
    """Send it as `cursor` to get the next page; null when this is the last."""


@described
class Difference(TypedDict):
    """A value that became another one."""

    column: Text
    old: Value
    new: Value


@described
class Event(TypedDict):
    """What happened to a record."""

    what: Text
    """`created`, `changed`, `deleted`, `returned`, `column` (one of its columns was removed, or got another
    type) or `erased`. Later versions may know others."""
    change: Change | None
    """Null where it is not known any more."""
    row: Whole | None
    """Of the workbook that it came from."""
    differences: list[Difference]


@described
class RecordHistory(TypedDict):
    """What is known of a record's past."""

    record_id: Whole
    is_there: YesOrNo
    since: Moment
    """From when on all changes are known."""
    events: list[Event]
    """Newest first."""
    next_cursor: NotRequired[Text | None]
    """Send it as `cursor` to get older ones; null when there are none."""

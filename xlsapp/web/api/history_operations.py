"""What the API can do with a template's history: a part of the table in operations.py."""

from xlsapp.web.api import changes, history_models, representations
from xlsapp.web.api.operation import READ, WRITE, Operation

_TEMPLATE = "/v1/templates/{template_id:int}"
_CHANGE = _TEMPLATE + "/changes/{change_id:int}"
_HISTORY = _TEMPLATE + "/records/{record_id:int}/history"

HISTORY = (
    Operation(
        "GET",
        f"{_TEMPLATE}/changes",
        "changes.index",
        changes.index,
        READ,
        "What was done to the records, from a cursor on",
        history_models.Changes,
        query=history_models.HistoryPage,
        description="Follow along by asking again with the last `next_cursor`. No change is left out, and "
        "none comes twice; one that is still being made comes when it is done, and those after it with it.",
    ),
    Operation(
        "GET",
        _CHANGE,
        "changes.show",
        changes.show,
        READ,
        "One change, and what taking it back would do",
        history_models.ChangeInFull,
    ),
    Operation(
        "GET",
        f"{_CHANGE}/records",
        "changes.records",
        changes.records,
        READ,
        "What the records were that it has changed or deleted",
        history_models.TouchedRecords,
        query=history_models.HistoryPage,
    ),
    Operation(
        "POST",
        f"{_CHANGE}/undo",
        "changes.undo",
        changes.undo,
        WRITE,
        "Take a change back",
        representations.Job,
        status=202,
        description="Records that were changed since stay as they are. Twice does no harm, and an undo is a "
        "change that can be taken back, too: the job's `result` has its `undo_id`.",
    ),
    Operation(
        "GET",
        _HISTORY,
        "history.show",
        changes.of_record,
        READ,
        "A record's history",
        history_models.RecordHistory,
        query=history_models.HistoryPage,
    ),
    Operation(
        "DELETE",
        _HISTORY,
        "history.delete",
        changes.erase,
        WRITE,
        "Erase what a record was before",
        status=204,
        description="For good. That it was done is noted, and the record itself stays as it is.",
    ),
)

"""Whether an import can be taken back: what it changes is copied, and a history holds only so much."""

from xlsapp.problems import Message
from xlsapp.repositories.history import copies
from xlsapp.repositories.merging.merging import MergePlan
from xlsapp.services.imports.answers import AGAIN, WITHOUT_UNDO
from xlsapp.services.imports.questions import Question
from xlsapp.services.imports.request import ImportRequest
from xlsapp.services.records.records import Records


async def why_no_way_back(records: Records, request: ImportRequest, plan: MergePlan) -> Message | None:
    """Why there would be no way back, where nobody has said that it may be so; None when there would be."""
    touched = plan.updated + plan.deleted
    if request.options.without_undo or not touched:
        return None
    async with records.db.read() as conn:
        needed = touched * await copies.bytes_each(conn, request.template)
    most = request.history.max_mb * 1_000_000
    if needed <= most:
        return None
    return Message("import.no_way_back", {"megabytes": needed // 1_000_000, "most": request.history.max_mb})


def about_way_back(reason: Message) -> Question:
    """Whether it is to be imported all the same."""
    about, _, column_id = WITHOUT_UNDO.partition(":")
    message = Message("question.without_undo", reason.parameters)
    return Question(about, int(column_id), "", message, (AGAIN,), AGAIN)

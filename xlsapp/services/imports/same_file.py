"""The very same file again: which import of it has records that are still here, and what is asked then."""

from dataclasses import dataclass

from xlsapp.db.connection import Database
from xlsapp.problems import Message
from xlsapp.repositories import imports
from xlsapp.repositories.records.data_records import count_by_import
from xlsapp.services.imports.answers import AGAIN, SAME_FILE
from xlsapp.services.imports.options import Mode, SameFile
from xlsapp.services.imports.questions import Question
from xlsapp.services.imports.request import ImportRequest

# Who imports a file more often than that, and deletes it each time, is not asked about the times before.
LATEST = 20


@dataclass(frozen=True, slots=True)
class Earlier:
    """An import of the same file."""

    import_id: int
    when: str
    made: int
    """How many records it made."""
    left: int
    """How many of them are still here."""

    @property
    def question(self) -> Question:
        """Whether it is to be imported again."""
        about, _, column_id = SAME_FILE.partition(":")
        message = Message("question.same_file", self._parameters)
        return Question(about, int(column_id), "", message, (AGAIN,), AGAIN)

    @property
    def note(self) -> Message:
        """What is said where it was imported again."""
        return Message("import.same_file", self._parameters)

    @property
    def seen(self) -> Message:
        """What is said of a check: nobody has imported it again so far."""
        return Message("import.same_file_before", self._parameters)

    @property
    def refusal(self) -> Message:
        """What is said where that is not wanted."""
        return Message("import.same_file_refused", self._parameters)

    @property
    def _parameters(self) -> dict[str, str | int]:
        return {"import_id": self.import_id, "when": self.when, "made": self.made, "left": self.left}


async def earlier_import(db: Database, request: ImportRequest, file_hash: str) -> Earlier | None:
    """The last import of a file that is to be added again; None where nothing is left of any."""
    template = request.template
    if request.options.mode is not Mode.ADD:
        return None
    async with db.read() as conn:
        found = await imports.list_of_file(conn, template.id, file_hash, limit=LATEST)
        left = await count_by_import(conn, template.id, [each.id for each in found]) if found else {}
    for each in found:
        if each.id in left:
            made = (each.summary.get("counts") or {}).get("created", left[each.id])
            return Earlier(each.id, each.created_at, made, left[each.id])
    return None


def about_same_file(request: ImportRequest, earlier: Earlier | None) -> list[Question]:
    """The question about an earlier import, where it is to be asked."""
    asks = (
        request.options.same_file is SameFile.ASK and not request.options.guess and not request.options.check
    )
    return [earlier.question] if earlier and asks else []

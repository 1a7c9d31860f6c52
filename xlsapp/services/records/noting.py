"""What happens to a template's records meanwhile: for a plan that is to hold afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from xlsapp.services.records.derived import Change

MOST_CHANGES = 5_000


@dataclass(slots=True)
class Notes:
    """The latest changes of one template, in order."""

    template_id: int
    changes: list[Change] = field(default_factory=list)

    def between(self, version: int, present: int) -> list[Change] | None:
        """What led from a version of the records to the present one; None when not all of it is known."""
        changes = [change for change in self.changes if version < change.version <= present]
        is_all = [change.version for change in changes] == [*range(version + 1, present + 1)]
        return changes if is_all else None


class Noting:
    """Who wants to know."""

    def __init__(self) -> None:
        self._all: list[Notes] = []

    @contextmanager
    def of(self, template_id: int) -> Iterator[Notes]:
        """Note what changes while the block lasts."""
        notes = Notes(template_id)
        self._all.append(notes)
        try:
            yield notes
        finally:
            self._all.remove(notes)

    def note(self, change: Change) -> None:
        """A change that has been committed. Those of thousands of records have no place here."""
        for notes in self._all:
            if notes.template_id == change.template_id and len(notes.changes) < MOST_CHANGES:
                notes.changes.append(change)

"""What is worked out from a template's records in the background, and holds until they change."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from xlsapp.db.connection import Database
from xlsapp.db.errors import DatabaseFault
from xlsapp.db.turns import FairTurns
from xlsapp.models import ImportTemplate
from xlsapp.repositories.records.data_records import get_version

log = logging.getLogger(__name__)

MOST_CHANGED = 5_000
MOST_UNDER_WAY = 600  # of one account: the figures of all columns that a template can have

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Change:
    """What was done to a template's records on the way to `version`."""

    template_id: int
    version: int
    record_ids: tuple[int, ...] = ()
    """Of records that were added, or changed in `columns` alone."""
    columns: frozenset[str] = frozenset()
    """Keys of those in which records were changed, or that are gone."""
    has_deleted: bool = False
    """Whether records were deleted."""


@dataclass(slots=True)
class Piece(Generic[V]):
    """One thing worked out: true for `version`, but for the records `changed` since."""

    version: int
    value: V | None = None
    """None when it would be too large to keep."""
    changed: set[int] = field(default_factory=set)


class Derived(Generic[K, V]):
    """Pieces that were used lately, each of one template and by what it was worked out from."""

    def __init__(
        self,
        db: Database,
        build: Callable[[ImportTemplate, K], Awaitable[V | None]],
        *,
        most: int,
        follows: Callable[[Piece[V], K, Change], bool],
    ) -> None:
        """`build` works a piece out; `follows` says whether one still holds after a change that it notes."""
        self._db = db
        self._build = build
        self._most = most
        self._follows = follows
        self._kept: OrderedDict[tuple[int, K], Piece[V]] = OrderedDict()
        self._building: dict[tuple[int, K], Piece[V]] = {}
        self._one_at_a_time = FairTurns(each=1, at_once=1)
        self._tasks: dict[asyncio.Task[None], int] = {}  # and whose they are

    def get(self, template: ImportTemplate, of: K) -> Piece[V] | None:
        """A piece, if it is there and still holds."""
        piece = self._kept.get((template.id, of))
        if piece is None or piece.version != template.records_version or len(piece.changed) > MOST_CHANGED:
            return None
        self._kept.move_to_end((template.id, of))
        return piece

    def prepare(self, template: ImportTemplate, of: K) -> None:
        """Have a piece worked out, unless it is there or under way."""
        key = template.id, of
        if key in self._building or self.get(template, of):
            return
        if list(self._tasks.values()).count(template.user_id) >= MOST_UNDER_WAY:
            return  # whoever still wants it asks again
        self._building[key] = Piece(template.records_version)
        task = asyncio.create_task(self._work_out(template, key))
        self._tasks[task] = template.user_id
        task.add_done_callback(self._tasks.pop)

    def follow(self, change: Change) -> None:
        """Keep what still holds after a change."""
        for pieces in (self._kept, self._building):
            for (template_id, of), piece in pieces.items():
                fits = template_id == change.template_id and piece.version == change.version - 1
                if fits and self._follows(piece, of, change):
                    piece.version = change.version

    async def ready(self) -> None:
        """Wait for what is under way."""
        await asyncio.gather(*self._tasks)

    async def wait(self, template: ImportTemplate, seconds: float) -> None:
        """Wait for what is under way for a template's owner, but no longer than this."""
        tasks = [task for task, user_id in self._tasks.items() if user_id == template.user_id]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)

    async def close(self) -> None:
        """Stop what is under way, and let go of everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._kept.clear()

    async def _work_out(self, template: ImportTemplate, key: tuple[int, K]) -> None:
        piece = self._building[key]
        try:
            async with self._one_at_a_time.turn(template.user_id):
                piece.value = await self._build(template, key[1])
            async with self._db.read() as conn:
                if piece.version != await get_version(conn, template.id):
                    return  # an import came between
            self._kept[key] = piece
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        except (OSError, DatabaseFault):  # the disk is full, or the template is gone
            log.warning("Something of template %s could not be worked out", template.id, exc_info=True)
        finally:
            del self._building[key]


def note_records(piece: Piece[V], columns: Iterable[str], change: Change) -> bool:
    """For `follows`: what changed is remembered with the piece, which holds for the rest."""
    if change.columns.intersection(columns):
        piece.changed.update(change.record_ids)
    return True


def unless_touched(piece: Piece[V], columns: Iterable[str], change: Change) -> bool:
    """For `follows`: a change in other columns does no harm, and deleted records can be passed over."""
    return not change.columns.intersection(columns)

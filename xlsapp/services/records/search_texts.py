"""The texts of large templates in one piece, so that a search is one pass of RE2 over memory.

A search in SQL visits each of a million records and takes 300 ms; RE2 needs 35 ms for the same texts, outside
Python's lock. They are a nameless file in the data folder, mapped into memory: nothing to clean up, and
gone with the process. See docs/decisions/records-grid.md.
"""

import asyncio
import mmap
import re
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

import re2

from xlsapp.db.connection import Database
from xlsapp.db.patience import let_others_go_first
from xlsapp.db.turns import FairTurns
from xlsapp.models import ImportTemplate
from xlsapp.repositories.records.in_memory import id_in_text, texts_after
from xlsapp.repositories.records.selection import Selection, spellings, text_columns
from xlsapp.services.records.derived import Change, Derived, note_records

FEWEST_RECORDS = 50_000  # below this, SQL is as quick
MOST_BYTES = 512 * 1024 * 1024
MOST_TEMPLATES = 4
RECORDS_AT_ONCE = 2_000
END, ID_BYTES = b"\x1e", 9
NEARBY_BYTES = 16 * 1024


class SearchTexts:
    """The texts of the templates that were looked at last."""

    def __init__(self, db: Database, folder: Path) -> None:
        self._db = db
        self._folder = folder
        self._passes = FairTurns(each=1, at_once=1)  # with both threads
        self._threads = ThreadPoolExecutor(2, "search", initializer=let_others_go_first)
        self._texts = Derived(db, self._write, most=MOST_TEMPLATES, follows=note_records)

    def prepare(self, template: ImportTemplate) -> None:
        """See to it that a template's texts are there soon, if it is large."""
        columns = _keys(template)
        if columns and template.record_count >= FEWEST_RECORDS:
            self._texts.prepare(template, columns)

    async def find(self, template: ImportTemplate, search: str, *, limit: int) -> list[int] | None:
        """Ids of all records that may have a text in them, or of more than `limit` of them.

        A record that was changed since may be among them and not have it. None when there are no fresh texts.
        """
        piece = self._texts.get(template, _keys(template))
        if piece is None or piece.value is None:
            return None
        data, patterns, found = piece.value, Patterns.of(search), list[int]()
        # Two threads on either side of a cut: RE2 works outside Python's lock.
        cut = data.find(END, len(data) // 2) + 1
        async with self._passes.turn(template.user_id):
            loop = asyncio.get_running_loop()
            await asyncio.gather(
                loop.run_in_executor(self._threads, _find, data, patterns, 0, cut, found, limit),
                loop.run_in_executor(self._threads, _find, data, patterns, cut, len(data), found, limit),
            )
        return [*{*found, *piece.changed}]

    def prepare_for(self, template: ImportTemplate, selection: Selection) -> None:
        """A filter looks at the records."""

    def follow(self, change: Change) -> None:
        """Keep up with a change of some records."""
        self._texts.follow(change)

    async def is_preparing(self, template: ImportTemplate) -> bool:
        """No: what takes long without it takes some tenths of a second."""
        return False

    async def ready(self) -> None:
        """Wait for what is prepared."""
        await self._texts.ready()

    async def close(self) -> None:
        """Stop and let go."""
        await self._texts.close()
        self._threads.shutdown(wait=False)

    async def _write(self, template: ImportTemplate, columns: tuple[str, ...]) -> mmap.mmap | None:
        """The texts in memory; None when there are too many."""
        last, size = 0, 0
        with tempfile.TemporaryFile(dir=self._folder) as file:
            while True:
                async with self._db.read_much(template.user_id) as conn:
                    piece = await texts_after(conn, template, last, limit=RECORDS_AT_ONCE)
                if piece is None:
                    break
                last, lines = piece
                size += len(lines)
                if size > MOST_BYTES:
                    return None
                await asyncio.to_thread(file.write, lines)
            return await asyncio.to_thread(_map, file) if size else None


def _keys(template: ImportTemplate) -> tuple[str, ...]:
    return tuple(column.key for column in text_columns(template))


@dataclass(frozen=True, slots=True)
class Patterns:
    """What finds a text: the same spellings as in SQL, in upper and lower case."""

    far: Any
    """RE2's, which lets go of Python's lock for each match, and works outside it."""
    near: re.Pattern[bytes]
    """Python's, which keeps the lock for as long as it takes: for a few records at a time."""

    @classmethod
    def of(cls, search: str) -> Self:
        found = spellings(search)
        near = b"|".join(re.escape(spelling.encode()) for spelling in found)
        return cls(re2.compile(f"(?i){'|'.join(map(re2.escape, found))}"), re.compile(near, re.IGNORECASE))


def _find(data: mmap.mmap, patterns: Patterns, start: int, end: int, found: list[int], limit: int) -> None:
    """Add the ids of the records in which a text is found, until there are more than `limit`."""
    while start < end:
        match = patterns.far.search(data, start, end)
        if match is None:
            return
        # Where one record has the text, many may: with RE2 alone one waits for the lock 10,000 times.
        stop = data.find(END, min(match.end() + NEARBY_BYTES, end), end) + 1 or end
        while match is not None:
            begin = data.rfind(END, start, match.start()) + 1 or start
            found.append(id_in_text(data[begin : begin + ID_BYTES]))
            if len(found) > limit:
                return
            start = data.find(END, match.end(), end) + 1 or end
            match = patterns.near.search(data, start, stop)
        start = max(start, stop)


def _map(file: IO[bytes]) -> mmap.mmap:
    file.flush()
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

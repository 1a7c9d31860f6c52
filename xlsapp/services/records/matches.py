"""Which records are in a selection: their ids, if they are few, kept until the records change."""

from collections import OrderedDict
from dataclasses import dataclass, replace

from xlsapp.db.connection import Connection, Database
from xlsapp.models import ImportTemplate
from xlsapp.repositories.records import listing
from xlsapp.repositories.records.selection import Selection
from xlsapp.services.records.finders import Texts
from xlsapp.services.records.scanning import scan

MOST_MATCHES = 10_000
"""Up to so many matches are counted and kept."""
MOST_KEPT = 64


@dataclass(frozen=True, slots=True)
class Matches:
    """The ids of the records in a selection, or none where there are too many of them."""

    ids: tuple[int, ...]
    is_complete: bool


class KeptMatches:
    """The matches of the selections that were looked at last."""

    def __init__(self, db: Database, texts: Texts) -> None:
        self._db = db
        self._texts = texts
        self._kept: OrderedDict[tuple[int, int, Selection], Matches] = OrderedDict()

    async def of(self, template: ImportTemplate, selection: Selection) -> Matches | None:
        """The ids of what is in a selection, in no order; None when that is every record."""
        if selection.is_everything:
            return None
        kept_as = template.id, template.records_version, replace(selection, sort=None, descending=False)
        if kept_as not in self._kept:
            self._kept[kept_as] = await self._find(template, selection)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(kept_as)
        return self._kept[kept_as]

    async def few_ids(self, template: ImportTemplate, selection: Selection) -> tuple[int, ...] | None:
        """The ids of what is in a selection, if they are few enough to be kept."""
        matches = await self.of(template, selection)
        return matches.ids if matches and matches.is_complete else None

    async def _find(self, template: ImportTemplate, selection: Selection) -> Matches:
        if selection.search:
            ids = await self._texts.find(template, selection.search, limit=MOST_MATCHES)
            if ids is not None and len(ids) <= MOST_MATCHES:
                async with self._db.read_much(template.user_id) as conn:
                    return Matches(tuple(await listing.ids_among(conn, template, selection, ids)), True)
            if ids is not None and replace(selection, search="").is_everything:
                return Matches((), False)

        async def look(conn: Connection, ids: range) -> list[int]:
            return await listing.ids_between(conn, template, selection, ids, limit=MOST_MATCHES + 1)

        def is_enough(found: list[list[int]]) -> bool:
            return sum(map(len, found)) > MOST_MATCHES

        found = [i for ids in await scan(self._db, template, look, is_enough) for i in ids]
        self._texts.prepare_for(template, selection)  # only now: this page is not to wait for the next one
        return Matches((), False) if len(found) > MOST_MATCHES else Matches(tuple(found), True)

"""The keys of one page of a selection, by the quickest way there is."""

from collections.abc import Sequence
from dataclasses import replace

from xlsapp.db.connection import Connection, Database
from xlsapp.models import ImportTemplate
from xlsapp.repositories.records import listing
from xlsapp.repositories.records.selection import Cursor, Key, Selection, in_order
from xlsapp.services.records.finders import Orders
from xlsapp.services.records.matches import Matches
from xlsapp.services.records.scanning import scan
from xlsapp.services.records.sort_orders import Order

NEARBY = 20_000
"""So many records are looked at where the next ones of a page may well be, before all of them are."""


async def keys_after(
    db: Database,
    orders: Orders,
    template: ImportTemplate,
    selection: Selection,
    matches: Matches | None,
    *,
    cursor: Cursor | None,
    limit: int,
) -> list[Key]:
    """The first keys after a cursor in a selection, whose `matches` are known."""
    if matches and matches.is_complete:
        async with db.read_much(template.user_id) as conn:
            return await listing.keys_among(
                conn, template, selection, matches.ids, cursor=cursor, limit=limit
            )
    if not selection.sort:
        look_at = NEARBY if matches else limit
        async with db.read_much(template.user_id) if matches else db.read() as conn:
            keys = await listing.keys_nearby(
                conn, template, selection, cursor=cursor, limit=limit, look_at=look_at
            )
        if matches is None or len(keys) == limit:
            return keys

    order = orders.get(template, selection.sort) if selection.sort else None
    if order:
        walked = await _walk(db, template, selection, order, cursor=cursor, limit=limit)
        if walked is not None:
            return walked

    async def look(conn: Connection, ids: range) -> Sequence[Key]:
        return await listing.keys_between(conn, template, selection, ids, cursor=cursor, limit=limit)

    found = await scan(db, template, look)
    if selection.sort and not order:  # only now: this page's reader is not to wait for the next one's
        orders.prepare(template, selection.sort)
    if len(found) == 1:
        return list(found[0])
    keys = [key for keys in found for key in keys]
    return in_order(selection, keys, backwards=cursor is not None and cursor.backwards)[:limit]


async def _walk(
    db: Database,
    template: ImportTemplate,
    selection: Selection,
    order: Order,
    *,
    cursor: Cursor | None,
    limit: int,
) -> list[Key] | None:
    """The first keys after a cursor, as an order has them. None when they are not soon found there."""
    descending, backwards = selection.descending, cursor is not None and cursor.backwards
    place, keys = -1, list[Key]()
    async with db.read_much(template.user_id) as conn:
        if cursor:
            everything = replace(selection, search="", conditions=(), import_id=None)
            present = await listing.keys_of(conn, template, everything, [cursor.id])
            found = order.place_of(cursor, descending=descending)
            if found is None or not present or present[0].value != cursor.value:
                return None
            place = found
        step = limit if selection.is_everything else NEARBY // 10
        for walked in range(0, NEARBY, step):
            start = place - walked - step if backwards else place + 1 + walked
            stop = start + step
            ids = order.ids(max(start, 0), max(stop, 0), descending=descending)
            places = dict(zip(ids, range(max(start, 0), len(order)), strict=False))
            if backwards:
                ids.reverse()
            in_selection = await listing.keys_of(conn, template, selection, ids)
            keys += [replace(key, place=places[key.id]) for key in in_selection]
            if len(keys) >= limit or len(ids) < step:
                return keys[:limit]
    return None

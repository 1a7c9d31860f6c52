"""PostgreSQL's errors as those of `db/errors.py`."""

import psycopg
import psycopg_pool

from xlsapp.db.errors import (
    Busy,
    DatabaseFault,
    Full,
    Gone,
    IndexedTooLong,
    RowTooBig,
    Taken,
    Unreachable,
    driver_errors,
    know,
)

__all__ = ["driver_errors"]

# By SQLSTATE, or by its class, which is its first two characters.
_BY_STATE = {
    "55P03": Busy,  # a lock was waited for too long
    "57014": Busy,  # a statement was given up
    "53100": Full,
    "53300": Busy,  # too many connections
    "42P01": Gone,  # a table
    "42703": Gone,  # a column
    "3F000": Gone,  # a schema
    "23": Taken,
    "40": Busy,  # two transactions stood in each other's way
    "08": Unreachable,
    "57": Unreachable,  # it is starting, or stopping
    "58": Unreachable,  # its disk
    "25P03": Unreachable,  # a transaction was left alone for too long, and its connection closed
}

PROGRAM_LIMIT = "54000"
_BY_FUNCTION = {
    "RelationGetBufferForTuple": RowTooBig,
    "raw_heap_insert": RowTooBig,
    "_bt_check_third_page": IndexedTooLong,
    "index_form_tuple": IndexedTooLong,
    "index_form_tuple_context": IndexedTooLong,
}
"""By the function of PostgreSQL's that has refused."""


def _ours(error: psycopg.Error) -> type[DatabaseFault]:
    if isinstance(error, psycopg_pool.PoolTimeout):  # no connection became free in time
        return Busy
    state = error.sqlstate or ""
    if state == PROGRAM_LIMIT:  # for many a limit, and the words may be in another language
        return _BY_FUNCTION.get(error.diag.source_function or "", DatabaseFault)
    if found := _BY_STATE.get(state) or _BY_STATE.get(state[:2]):
        return found
    # Without a state the server has not spoken: the connection is lost, or there never was one.
    lost = not state and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return Unreachable if lost else DatabaseFault


know(psycopg.Error, _ours)

"""What the user should know about how a workbook was read."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from xlsapp.models import ColumnType, TemplateColumn
from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.conventions import Evidence
from xlsapp.spreadsheet.cells.numbers import are_of_several_countries
from xlsapp.spreadsheet.cells.values import as_text, column_letters
from xlsapp.spreadsheet.files.delimited import ASSUMED, ASSUMED_OF_MACS, ENCODINGS
from xlsapp.spreadsheet.reading.deciding import DecidedBy, Settled
from xlsapp.spreadsheet.reading.headers import NO_HEADER, HeaderCheck
from xlsapp.spreadsheet.reading.tables import Table

COLUMNS_SHOWN = 8
HEADER_SHOWN = 60
SHEETS_SHOWN = 5


def notes_on(table: Table, outside: Mapping[int, int], *, left_out: int) -> list[Message]:
    """On the table's place and what was left alone."""
    notes = []
    if table.others:
        shown = list(table.others[:SHEETS_SHOWN])
        more = len(table.others) - len(shown)
        notes.append(Message("reading.other_sheets", {"sheet": table.sheet, "others": shown, "more": more}))
    if outside:
        notes.append(Message("reading.columns_without_header", counted_columns(outside)))
    if left_out:
        notes.append(Message("reading.rows_left_out", {"rows": left_out}))
    return notes


def header_notes(table: Table, header: HeaderCheck) -> list[Message]:
    """On columns that were not known by a header of their own alone."""
    if header.row == NO_HEADER:
        return [Message("reading.no_header_row")]
    return [
        Message(
            "reading.headers_in_order",
            {
                "header": as_text(table.header[places[0]])[:HEADER_SHOWN],
                "cells": [f"{column_letters(place)}{header.row}" for place in places[:COLUMNS_SHOWN]],
                "count": len(places),
            },
        )
        for places in header.in_order
    ]


def encoding_notes(encoding: str, *, given: str) -> list[Message]:
    """On a text file's encoding, where it was assumed: any bytes are text in it, but perhaps a wrong one."""
    if not assumed_encoding(encoding, given=given):
        return []
    return [Message("reading.assumed_encoding", {"encoding": encoding})]


def assumed_encoding(encoding: str, *, given: str) -> str:
    """The encoding that a text file was read in, if it was only assumed; else nothing."""
    return "" if given or encoding not in (ENCODINGS[ASSUMED], ENCODINGS[ASSUMED_OF_MACS]) else encoding


def counted_columns(counts: Mapping[int, int]) -> dict[str, Any]:
    """Columns and how many cells with a value they have, as parameters: the first, and how many more."""
    columns = sorted(counts)
    others = columns[COLUMNS_SHOWN:]
    return {
        "columns": [[column_letters(place), counts[place]] for place in columns[:COLUMNS_SHOWN]],
        "more": len(others),
        "more_cells": sum(counts[place] for place in others),
    }


def convention_note(
    column: TemplateColumn, evidence: Evidence, convention: int, by: DecidedBy | None
) -> Message | None:
    """Which way a column's texts were read, and what shows it: they, or who else has decided it.

    None when it made no difference.
    """
    if column.type is ColumnType.TIME:
        times = evidence.second_only if convention else 0
        return Message("reading.bare_times", {"column": column.name, "times": times}) if times else None
    if not evidence.total:
        return None
    proofs, against = evidence.for_and_against(convention)
    return Message(
        "reading.convention",
        {
            "column": column.name,
            "type": column.type.value,
            "convention": convention,
            "total": evidence.total,
            "proofs": proofs,
            "against": against,
            "lender": by.column or None if by else None,
            "by": by.who if by else "",
        },
    )


def currency_note(column: TemplateColumn, counts: Counter[str]) -> Message:
    """Which currencies were taken out of a column's numbers."""
    several = len(counts) > 1 and are_of_several_countries(counts)
    return Message(
        "reading.currencies",
        {"column": column.name, "signs": _most_common(counts), "several": several},
    )


def years_note(column: TemplateColumn, dates: int) -> Message:
    """That dates had a year of the Buddhist calendar."""
    return Message("reading.buddhist_years", {"column": column.name, "dates": dates})


def merged_note(column: TemplateColumn, areas: Sequence[str], *, is_filled: bool) -> Message:
    """What became of cells that are merged over several rows."""
    shown = list(areas[:COLUMNS_SHOWN])
    about = {"column": column.name, "areas": shown, "more": len(areas) - len(shown)}
    if is_filled:
        return Message("reading.merged_filled", about)
    return Message("reading.merged_numbers", about)


def cut_note(column: TemplateColumn, values: int) -> Message:
    """That values were taken without what nobody sees of them, since they are compared with others."""
    return Message("reading.cut", {"column": column.name, "values": values})


def zone_note(
    column: TemplateColumn, zones: Counter[str], *, as_utc: bool, said: Settled | None = None
) -> Message:
    """What became of the time zones that a column's texts name."""
    return Message(
        "reading.zones",
        {
            "column": column.name,
            "times": zones.total(),
            "zones": _most_common(zones),
            "as_utc": as_utc,
            "by": said.by if said else "",
        },
    )


def _most_common(counts: Counter[str]) -> list[list[str | int]]:
    return [[text, count] for text, count in counts.most_common(COLUMNS_SHOWN)]

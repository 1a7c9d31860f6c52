"""A sheet's header row: where it is, and which of its headers is which column of the template."""

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from xlsapp.models import TemplateColumn
from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.values import as_text, column_letters
from xlsapp.spreadsheet.files.formats import RECORD_ID_HEADER as RECORD_ID_HEADER
from xlsapp.spreadsheet.files.workbook_error import WorkbookError
from xlsapp.spreadsheet.reading.repeated_headers import numbered, with_number

# How far down a header row is looked for.
ROWS_SEARCHED = 100
SUGGESTIONS = 5
# A file may have 16,384 headers of 32,767 characters: a page shows the first of them, and cuts long ones.
MAX_EXTRA_SHOWN, MAX_HEADER_SHOWN = 100, 200

UPDATED_AT_HEADER, REVISION_HEADER = "__updated_at", "__revision"
"""Hidden columns of our exports: they say which record a row is, and how old. Older ones have no revision."""

HIDDEN_HEADERS = (RECORD_ID_HEADER, UPDATED_AT_HEADER, REVISION_HEADER)
"""All of them in their order, the last columns of an export."""

NO_HEADER = 0
"""The header row of a sheet without one: its columns are called by their letters."""

RESERVED = frozenset(HIDDEN_HEADERS)


@dataclass(frozen=True, slots=True)
class HeaderCheck:
    """What a header row has of a template. Places are columns of the sheet, counted from 0."""

    row: int
    places: Mapping[int, int]
    """Column id → its place."""
    matched: tuple[str, ...]
    extra: tuple[str, ...]
    missing: tuple[TemplateColumn, ...]
    record_id: int | None = None
    updated_at: int | None = None
    revision: int | None = None
    unnamed: tuple[int, ...] = field(default=())
    """Places without a header among those with one."""
    width: int = 0
    """One past the last place with a header."""
    in_order: tuple[tuple[int, ...], ...] = ()
    """The places of each repeated header whose columns were told apart by their order."""

    @property
    def is_of_an_export(self) -> bool:
        """Whether all the columns are there that our exports have beside the records' own."""
        return self.record_id is not None and self.updated_at is not None

    def shown_extra(self) -> list[str]:
        """The file's other headers, as many and as much of each as people look at."""
        return [
            header if len(header) < MAX_HEADER_SHOWN else header[: MAX_HEADER_SHOWN - 1] + "…"
            for header in self.extra[:MAX_EXTRA_SHOWN]
        ]

    def missing_dicts(self) -> list[dict[str, Any]]:
        """The missing columns as the job's page offers them: for each, the file's other headers, likeliest
        first.
        """
        offered = uncut(self.shown_extra())
        return [
            {
                "column_id": column.id,
                "name": column.name,
                "required": column.required,
                "suggestions": likely_headers(column, offered),
            }
            for column in self.missing
        ]


def uncut(shown: Sequence[str]) -> list[str]:
    """Those of `shown_extra` that are there as they stand in the file, so that they can become aliases."""
    return [header for header in shown if len(header) < MAX_HEADER_SHOWN]


def normalised(header: str) -> str:
    """A header as it is compared, everywhere.

    Case, width and blanks make no difference, nor does what nobody sees: zero-width characters, soft hyphens,
    byte order marks, the kind of hyphen.
    """
    if not header.isascii():
        seen = (c for c in unicodedata.normalize("NFKC", header) if unicodedata.category(c) != "Cf")
        header = "".join(seen).replace("\u2010", "-")  # NFKC makes U+2010 of a hyphen that does not break
    return re.sub(r"\s+", " ", header).strip().casefold()


is_letters = re.compile("[A-Z]{1,3}").fullmatch
"""Whether a name is that of a sheet's column."""


def count_matches(row: Sequence[Any], columns: Sequence[TemplateColumn]) -> int:
    """How many of a template's columns have a header in this row."""
    known = names_of(columns)
    names = list(map(normalised, map(as_text, row)))
    return len({known[name] for name in {*names, *numbered(names)} if name in known})


def find_header_row(rows: Sequence[Sequence[Any]], columns: Sequence[TemplateColumn]) -> int | None:
    """Which of the first rows has most of the template's headers; failing that, the first with several texts.

    Counted from 0. None when there is no row with a value at all.
    """
    counts: list[int] = [count_matches(row, columns) for row in rows[:ROWS_SEARCHED]]
    most = max(counts, default=0)
    if most:
        return counts.index(most)
    filled = [index for index, row in enumerate(rows) if any(as_text(value).strip() for value in row)]
    several = [i for i in filled if sum(isinstance(v, str) and bool(v.strip()) for v in rows[i]) > 1]
    return next(iter(several or filled), None)


def check_headers(row: Sequence[Any], columns: Sequence[TemplateColumn], *, row_number: int) -> HeaderCheck:
    """Match a header row with the columns. Raises WorkbookError when a header stands there twice, unless the
    template has columns for both: “Qtr 1” and “Qtr 1 (2)”.
    """
    header = _HeaderRow.of(row, row_number, columns)
    found = {column.id: header.place_of(*called(column, row_number)) for column in columns}
    places = {column_id: place for column_id, place in found.items() if place is not None}
    return HeaderCheck(
        row=row_number,
        places=places,
        matched=tuple(header.texts[place] for place in places.values()),
        extra=header.texts_beside(places.values()),
        missing=tuple(column for column in columns if column.id not in places),
        record_id=header.place_of(RECORD_ID_HEADER),
        updated_at=header.place_of(UPDATED_AT_HEADER),
        revision=header.place_of(REVISION_HEADER),
        unnamed=tuple(place for place in range(header.width) if not header.texts[place]),
        width=header.width,
        in_order=header.in_order,
    )


def called(column: TemplateColumn, header_row: int) -> list[str]:
    """The headers that mean a column. Without a header row it is its letter alone, which its name may be."""
    letters = [alias for alias in column.aliases if is_letters(alias)]
    return letters[:1] if letters and header_row == NO_HEADER else [column.name, *column.aliases]


@dataclass(frozen=True, slots=True)
class _HeaderRow:
    """A header row's cells, by their place: as they stand there, and as they are compared."""

    number: int
    texts: list[str]
    names: list[str]
    by_number: Mapping[str, int]
    """A repeated header with its number → its place, where the template has a column for it."""

    @classmethod
    def of(cls, row: Sequence[Any], number: int, columns: Sequence[TemplateColumn]) -> Self:
        texts = [as_text(value).strip() for value in row]
        names = [normalised(text) for text in texts]
        texts = [text if name else "" for text, name in zip(texts, names, strict=True)]
        known = names_of(columns)
        firsts = {name: place for place, name in reversed(list(enumerate(names)))}
        by_number: dict[str, int] = {}
        for place, (name, own) in enumerate(zip(numbered(names, RESERVED), names, strict=True)):
            if name != own:
                by_number |= {with_number(own, 1): firsts[own], name: place}
        by_number = {name: place for name, place in by_number.items() if name in known}
        return cls(number, texts, names, by_number)

    @property
    def width(self) -> int:
        """How far the headers go."""
        return max((place for place, text in enumerate(self.texts, 1) if text), default=0)

    @property
    def in_order(self) -> tuple[tuple[int, ...], ...]:
        """The places of each repeated header that the template has several columns for."""
        repeated = dict.fromkeys(self.names[place] for place in self.by_number.values())
        return tuple(tuple(self._places({name})) for name in repeated)

    def place_of(self, name: str, *others: str) -> int | None:
        """Where a header stands; where it does not, one of its other names. Raises WorkbookError for two."""
        places = self._meant({normalised(name)}) or self._meant(set(map(normalised, others)))
        if len(places) > 1:
            cells = [f"{column_letters(place)}{self.number}" for place in places[:3]]
            raise WorkbookError(
                Message("headers.again", {"name": name, "cells": cells, "count": len(places)})
            )
        return places[0] if places else None

    def texts_beside(self, taken: Iterable[int]) -> tuple[str, ...]:
        """The headers at other places than these, each once; without our own."""
        left = set(range(len(self.texts))) - set(taken)
        texts = (self.texts[place] for place in sorted(left) if self.names[place] not in RESERVED)
        return tuple(dict.fromkeys(filter(None, texts)))

    def _meant(self, names: Collection[str]) -> list[int]:
        """The places that names mean: of a header that stands for several columns, the first."""
        repeated = {self.names[place] for place in self.by_number.values()}
        places = self._places(names)
        firsts = [p for p in places if self.names[p] not in repeated or self.names.index(self.names[p]) == p]
        return firsts or [self.by_number[name] for name in sorted(names) if name in self.by_number]

    def _places(self, names: Collection[str]) -> list[int]:
        return [place for place, name in enumerate(self.names) if name in names]


def likely_headers(column: TemplateColumn, headers: Sequence[str]) -> list[str]:
    """Those of a file's headers that may mean a column, the likeliest first."""
    wanted = normalised(column.name)
    scored = [(_likeness(wanted, normalised(header)), header) for header in headers]
    return [header for score, header in sorted(scored, key=lambda pair: -pair[0]) if score >= 0.6][
        :SUGGESTIONS
    ]


def names_of(columns: Sequence[TemplateColumn]) -> dict[str, int]:
    """A header as it is compared → the id of the column that it means."""
    return {normalised(name): column.id for column in columns for name in (column.name, *column.aliases)}


def missing_message(check: HeaderCheck, missing: Sequence[TemplateColumn], *, assumed: str = "") -> Message:
    """What is missing, and what was perhaps meant. `assumed` is the encoding, if it may be a wrong one."""
    if not check.matched:
        found = [header[:40] for header in check.extra[:6]]
        expected = [column.name for column in missing[:6]]
        return Message(
            "headers.none_known",
            {"row": check.row, "found": found, "expected": expected, "encoding": assumed},
        )
    offered = check.shown_extra()
    columns = [
        {"name": column.name, "likely": next(iter(likely_headers(column, offered)), "")}
        for column in missing[:5]
    ]
    return Message(
        "headers.missing", {"row": check.row, "columns": columns, "more": max(0, len(missing) - 5)}
    )


def _likeness(wanted: str, header: str) -> float:
    """From 0 to 1. “email” and “e-mail address” are alike although few letters agree."""
    bare_wanted, bare_header = (re.sub(r"[\W_]+", "", text) for text in (wanted, header))
    if not bare_wanted or not bare_header:
        return 0.0
    if bare_wanted == bare_header:
        return 1.0
    within = bare_wanted in bare_header or bare_header in bare_wanted
    ratio = difflib.SequenceMatcher(None, bare_wanted, bare_header).ratio()
    return max(ratio, 0.8 if within and min(len(bare_wanted), len(bare_header)) > 2 else 0.0)

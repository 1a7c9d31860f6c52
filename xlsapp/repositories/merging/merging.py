"""How staged rows and a template's records are to come together, and the plan that says what that does."""

import enum
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from xlsapp.models import CellValue, ColumnType, ImportTemplate, TemplateColumn
from xlsapp.visible import Looks


@dataclass(frozen=True, slots=True)
class Merging:
    """What is asked for."""

    template: ImportTemplate
    columns: tuple[TemplateColumn, ...]
    """Those of the template's columns that the rows have."""
    defaults: Mapping[TemplateColumn, CellValue] = field(default_factory=dict)
    """What blank cells of new records become."""
    matches: bool = False
    """Rows may be records that are there already; otherwise each becomes a new one."""
    has_ids: bool = False
    """Rows carry records' ids; a row without one is a new record, or known by its keys."""
    has_ages: bool = False
    """Rows carry their record's revision, as it was exported; or when it was last changed."""
    file_name: str = ""
    """The workbook's; `imported_by` is the account whose it is."""
    imported_by: int = 0
    keys: tuple[TemplateColumn, ...] = ()
    """The columns that tell which record a row is."""
    looks: Mapping[int, Looks] = field(default_factory=dict)
    """Column id → how its texts look, where that is known."""
    keeps_blanks: bool = True
    """A blank cell keeps what is stored."""
    shortens: Collection[ColumnType] = ()
    """The types whose values may have lost their last digits on the way, in rows that carry records' ids."""
    leaves_out: bool = False
    """Rows with a problem are left out; otherwise one of them stops all."""
    removes_others: bool = False
    """Records that no row is are deleted."""
    only_known: bool = False
    """Rows that are no record make none: they are `not_found`."""

    @property
    def compared(self) -> tuple[TemplateColumn, ...]:
        """The columns whose values are compared with those of records: the keys, and what is there once."""
        given = (*self.columns, *self.defaults)
        unique = [c for c in self.template.columns if c.rules.unique and c in given]
        return tuple(dict.fromkeys([*self.keys, *unique]))

    @property
    def defaults_for_known(self) -> dict[TemplateColumn, CellValue]:
        """What a known record's blanks become where they are erased and must not be blank."""
        if self.keeps_blanks:
            return {}
        return {c: self.defaults[c] for c in self.columns if c.required and c in self.defaults}


class Found(enum.StrEnum):
    """What a comparison can find of rows; `value` and `other` are what `found_rows` gives of each."""

    RECORD_GONE = "record_gone"
    """It carries the id of a record that is not there: the id."""
    NOT_FOUND = "not_found"
    """It is no record, where only known ones are to change: the id that it carries, or its first key."""
    BLANK_KEYS = "blank_keys"
    """It is not known by an id, and lacks a key."""
    SAME_KEYS = "same_keys"
    """Another row makes a record with the same keys: nothing, that row."""
    AMBIGUOUS_KEYS = "ambiguous_keys"
    """Several records have its keys: nothing, how many."""
    CLASH = "clash"
    """It may be several records, of which some have its keys in another form: nothing, two of them."""
    SAME_RECORD = "same_record"
    """Another row is the same record: the record's id, that row."""
    EDITED_SINCE = "edited_since"
    """Its record was edited since it was exported: the record's id, when."""
    MIXED = "mixed"
    """Rows of its workbook stand beside other records' ids: the id beside it, the record it is or nothing."""
    BLANK = "blank"
    """It would make a record without a required value."""
    TWICE = "twice"
    """Another row has its value, which may be there once: the value, that row."""
    STORED = "stored"
    """A record has its value, which may be there once: the value, the record's id; or those that have it,
    where one has it in another form.

    Such records are JSON, `[[id, text], …]`: what each has in the columns that it is about.
    """
    LOOKS_LIKE_ROW = "looks_like_row"
    """Another row's value is hardly another one: the value, that row."""
    LOOKS_LIKE_RECORD = "looks_like_record"
    """A record's value is hardly another one: the value, the record as above."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one comparison found. The rows are kept with the plan, under the finding's number."""

    number: int
    what: Found
    rows: int
    """How many."""
    columns: tuple[TemplateColumn, ...] = ()
    """What it is about; the record's id, or the whole row, when there are none."""
    only_warns: bool = False


@dataclass(frozen=True, slots=True)
class OlderForm:
    """Records whose key is stored in another form than the rows have it in that are these records."""

    column: TemplateColumn
    records: int
    """How many."""
    old: str
    """What the first of them has."""
    new: str
    """What its row has."""


@dataclass(frozen=True, slots=True)
class Shortened:
    """Values of a column that came back without their last digits, and stay what is stored."""

    column: TemplateColumn
    values: int
    """How many."""


@dataclass(frozen=True, slots=True)
class MergePlan:
    """What carrying it out does, as long as the records are what they were then."""

    records_version: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    deleted: int
    stored: int
    """How many records there are; counted only where some may be deleted."""
    findings: tuple[Finding, ...]
    not_found: int = 0
    """Rows that are no record, where only known ones change."""
    older_forms: tuple[OlderForm, ...] = ()
    shortened: tuple[Shortened, ...] = ()

    def has_found(self, *kinds: Found) -> bool:
        """Whether one of these was found of some row."""
        return any(finding.what in kinds for finding in self.findings)

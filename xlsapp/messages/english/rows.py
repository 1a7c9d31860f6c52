"""What is wrong with a whole row of a workbook; and what problems of one kind are called together."""

from collections.abc import Callable, Mapping, Sequence

from xlsapp.messages.english.phrases import quoted, with_values


def _edited_since(when: str) -> str:
    moment = when[:19].replace("T", " ")
    return (
        f"This record was edited here at {moment} UTC, after the workbook was exported. Export again and "
        "make your change there; or clear the row's “__updated_at” to overwrite it."
    )


def _mixed(record: int, other: int | None) -> str:
    what = (
        f"This row holds what record {other:,} does, and carries the id of record {record:,}"
        if other
        else f"This row carries the id of record {record:,}, and rows beside it carry wrong ones"
    )
    return (
        f"{what}: rows were probably sorted, moved or cut without the hidden columns at the end. Undo that, "
        f"or export again and make your changes there. If record {record:,} is to become what this row "
        "says, clear the row's “__updated_at”."
    )


def _both(names: Sequence[str]) -> str:
    return quoted(names, between=" and ")


def ranges(spans: Sequence[Sequence[int]], *, more: bool) -> str:
    """Numbers of rows, those that follow each other as one: 2, 4–8 and more."""
    shown = (f"{first:,}" if first == last else f"{first:,}–{last:,}" for first, last in spans)
    return ", ".join(shown) + (" and more" if more else "")


WORDS: Mapping[str, str | Callable[..., str]] = {
    "row.too_many_fields": (
        "This row has {fields:, fields}, and the header has {in_header:,}. Look for a quotation mark or a "
        "separator too many in it, or save the file as .xlsx."
    ),
    "row.in_one_pair_of_marks": (
        "All of this row stands in one pair of quotation marks, which makes it one value instead of "
        "{in_header:,}. Remove these marks."
    ),
    "row.too_wide": (
        "The values of this row take {size:, bytes}, and {room:,} fit into one record. A text counts with "
        "its bytes up to 23, and with 18 beyond that. Empty some of its cells, or divide the columns between "
        "two templates."
    ),
    "record.too_wide": (
        "This is more than one record can hold, and nothing was changed. Make some of its texts shorter than "
        "18 characters, empty some, or divide the columns between two templates."
    ),
    "row.not_an_id": "This is not the id of a record. Clear the cell to add the row as a new record.",
    "row.record_gone": (
        "This record is no longer here. Clear its id to add the row as a new record, or delete the row."
    ),
    "row.not_found": lambda keys, by_id: (
        "This record is no longer here, and none was made."
        if by_id
        else f"No record has this {_both(keys)}, and none was made."
        if keys
        else "The row carries no record's id, and none was made."
    ),
    "row.same_record": "Row {row:,} is the same record. Remove one of the two rows.",
    "row.same_record_or_id": (
        "Row {row:,} is the same record. Remove one of the two rows, or clear its record id to make a new "
        "record."
    ),
    "row.same_keys": lambda row, keys: f"Row {row:,} has the same {_both(keys)}. Remove one of the two rows.",
    "row.blank_keys": lambda keys: f"{_both(keys)} must be filled in: it tells which record this row is.",
    "row.ambiguous_keys": lambda count, keys: (
        f"{count:,} records have the same {_both(keys)}, so it is not clear which one is meant."
    ),
    "row.records_look_alike": lambda records, keys: (
        f"This row may be {with_values(records, between=' or ')}: {_both(keys)} is the same there, but for "
        "outer blanks, invisible characters, or zeros that a format shows. Change or delete one of them, and "
        "import again. If both are right and a format shows the zeros, make the cell a text."
    ),
    "row.edited_since": _edited_since,
    "row.mixed": _mixed,
    # A group's title follows the column's name, if it has one.
    "group.required": "is empty",
    "group.type": "cannot be read",
    "group.choices": "is not one of the choices",
    "group.minimum": "is too small",
    "group.maximum": "is too large",
    "group.min_length": "is too short",
    "group.max_length": "is too long",
    "group.pattern": "does not have the right form",
    "group.unique": "stands there twice",
    "group.stored": "is in a record already",
    "group.error_cell": "holds an Excel error",
    "group.uncalculated": "holds a formula without a result",
    "group.text_length": "holds more text than a cell can",
    "group.damaged_text": "holds damaged text",
    "group.not_found": "not found among the records",
    "group.key": "cannot be matched with a record",
    "group.digits": "has more digits than Excel keeps",
    "row.second_table": (
        "A second table seems to begin in this row, below blank ones: its texts are headers. Move it to a "
        "sheet of its own, or delete it."
    ),
    "row.total": (
        "The last row says “{value}” and adds up the rows above: it was taken for a record. Delete the row "
        "if it is none."
    ),
    "group.second_table": "Rows that look like the headers of a second table",
    "group.total": "looks like a total",
    "group.link_target": "shows another address than its link leads to",
    "group.swapped": "may have day and month the wrong way round",
    "group.looks_alike": "has values that are hardly different",
    "group.moment_in_text": "holds a date among texts",
    "group.odd_year": "has a year that may be of another calendar",
    "group.weekday": "names another day of the week",
    "group.fields": "Rows with more fields than the header",
    "group.one_value": "Rows that are one value",
    "group.too_wide": "Rows that hold more than one record can",
    "group.edited": "Records edited here since the export",
}

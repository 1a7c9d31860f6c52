"""What is wrong with a template as somebody wants it; and what a change of one does to stored data."""

from collections.abc import Callable, Mapping
from typing import Any

from xlsapp.messages.english.columns import TYPES
from xlsapp.messages.english.phrases import many, marked, read_as


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count:,} records"


def _becomes(column: str, type_: str, read: int, lost: int = 0) -> str:
    values = f"{read:,} of {many(read + lost, 'values')}" if lost else f"all {many(read, 'values')}"
    if read == 1 and not lost:
        values = "its only value"
    return f"“{column}” becomes “{TYPES[type_].lower()}”: {values} can be read so."


def _reading(type_: str, convention: int, proofs: int, against: int) -> str:
    kind, way = read_as(type_, convention)
    shown = f"{proofs:,} can only be read so" if proofs else "none of them shows which way is meant"
    others = f", and {against:,} only the other way" if against else ""
    return f" Its {kind} are read {way}: {shown}{others}."


def _change_of_type(
    column: str, type: str, read: int, lost: int, example: str | None, reading: Mapping[str, Any] | None
) -> str:
    sentences = _becomes(column, type, read, lost)
    if lost:
        sentences += f" What cannot, such as “{example}”, becomes blank."
    return sentences + (_reading(type, **reading) if reading else "")


WORDS: Mapping[str, str | Callable[..., str]] = {
    "draft.no_name": "Give the template a name.",
    "draft.too_long": "Use at most {most:, characters}; these are {length:,}.",
    "draft.no_columns": "Add at least one column.",
    "draft.many_columns": (
        "A template can have {most:, columns}; these are {count:,}. Remove some, or make several templates."
    ),
    "draft.column.no_match": (
        "“{found}” cannot mean “{choice}”, which is none of the column's choices. Add it to the "
        "choices, or forget it."
    ),
    "draft.columns_changed": "The columns have changed in another window. Open this page anew.",
    "draft.name_taken": "You have a template called “{name}” already. Choose another name.",
    "draft.column.no_name": "Give the column a name: it is the header in your workbooks.",
    "draft.column.reserved_name": "Names that begin with “{prefix}” are kept for the app itself.",
    "draft.column.unwritable_name": (
        "The name has {found} in it, which is not a character that a workbook knows. Leave it out."
    ),
    "draft.column.name_again": "Another column is called “{name}” too. Each needs a name of its own.",
    "draft.column.reserved_header": "Headers that begin with “{prefix}” are kept for the app itself.",
    "draft.column.header_again": (
        "“{header}” means the column “{column}” already. Each header can mean one."
    ),
    "draft.column.many_headers": "List at most {most:, other headers}; these are {count:,}.",
    "draft.column.long_header": (
        "A header can have at most {most:, characters}; “{beginning}…” has {length:,}."
    ),
    "draft.column.no_such_type": "Choose one of the types.",
    "draft.rule.foreign": lambda rule, type: (
        f"“{rule}” is no rule for the type “{TYPES[type]}”. Leave it out, or take another type."
    ),
    "draft.column.remembered": lambda about, answer, type: (
        f"“{answer}” cannot be remembered under “{about}” of a column of the type “{TYPES[type]}”."
    ),
    "draft.rule.unknown": lambda name, rules: f"“{name}” is no rule. There are: {', '.join(rules)}.",
    "draft.rule.only_spaces": "There are only spaces in this. Write a value, or leave it out.",
    "draft.rule.no_length": (
        "Write a whole number from 0 to {most}, the most characters that fit in a cell."
    ),
    "draft.rule.range": "{most} is less than {least}.",
    "draft.rule.pattern": "This is not a regular expression: {reason}.",
    "draft.rule.default": "“{default}” is not one of the choices.",
    "draft.choices.none": "List the choices, one on each line.",
    "draft.choices.many": "List at most {most:, choices}; these are {count:,}.",
    "draft.choices.long": "A choice can have at most {most:, characters}; “{beginning}…” has {length:,}.",
    "draft.choices.blank": "One of the choices is empty. Leave it out.",
    "draft.choices.unwritable": lambda choice, found: (
        f"{marked(choice)} has {found} in it, which is not a character that a workbook knows. Leave it out."
    ),
    "draft.choices.unusable": (
        "“{choice}” has a line break, or spaces at its ends, and no cell could hold it. Write it like "
        "“{better}”."
    ),
    "change.confirm": (
        "Stored values would be lost or stay as they are; see `changes`. Send ?confirm=true to go on."
    ),
    "change.last_column": (
        "This is the template's last column, and it needs one. Add another first, or delete the template."
    ),
    "change.column_goes": lambda column, records: (
        f"“{column}” goes, with what it holds in {_records(records)}."
    ),
    "change.blanks_stay": lambda column, records: (
        f"“{column}” is blank in {_records(records)}. They stay as they are."
    ),
    "change.type": _change_of_type,
    "change.not_converted": (
        "The values of “{column}” could not be converted, and nothing was changed. Try again; if that does "
        "not help, export the records, add a column of the new type, and import them into it."
    ),
    "change.worn": (
        "The records of this template are being read all the time, so its columns cannot be changed now, and "
        "nothing was. Try again in a minute."
    ),
    "change.moved": "The columns or records have changed meanwhile. Look once more at what would happen.",
}

"""What is said of changes that people make to records."""

from collections.abc import Callable, Mapping

from xlsapp.messages.english.phrases import many, quoted


def _changed_meanwhile(value: str) -> str:
    stored = f"“{value}” is stored" if value else "it is blank"
    return f"Changed since you opened it: {stored} now."


def _are(number: int) -> str:
    return "is 1" if number == 1 else f"are {number:,}"


WORDS: Mapping[str, str | Callable[..., str]] = {
    "bulk.blank_key": lambda columns: (
        f"{quoted(columns)} {'tells' if len(columns) == 1 else 'tell'} which record is meant, and must not "
        "be blank."
    ),
    "bulk.no_keys": "An upsert finds its record by columns: name them here.",
    "bulk.no_record": "There is no such record, or not any more.",
    "bulk.other_revision": "This record has been changed since: it has another revision by now.",
    "bulk.several_records": "Several records have these keys. Name the one that is meant by its id.",
    "bulk.twice": "“{value}” is in operation {item} already. It may be there only once.",
    "edit.nothing_to_find": "Write what is to be found. Blank cells are found by a filter.",
    "paste.beside": "“{column}”, beside the block: {problem}",
    "paste.long": lambda rows, room: (
        f"The block has {many(rows, 'rows')}, and from that record on there {_are(room)} on the page. Tick "
        "the box below to add the others as new records."
    ),
    "paste.many_rows": (
        "The block has {rows:, rows}. At most {most:, rows} may be pasted: import a workbook instead."
    ),
    "paste.nothing": "There is nothing in it. Copy some cells, and paste them here.",
    "paste.wide": lambda columns, room: (
        f"The block has {many(columns, 'columns')}, and from that column on there {_are(room)}."
    ),
    "record.changed_meanwhile": _changed_meanwhile,
    "record.choose": "Choose which of the two is to be stored.",
    "record.other_revision": (
        "This record has been changed since: it has another revision than `If-Match` names. Read it again."
    ),
}

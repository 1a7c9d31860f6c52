"""What an import did, or why it did nothing."""

from collections.abc import Callable, Mapping

MODES = {"add": "Add", "update": "Add or update", "replace": "Replace all"}


# What will happen, exactly.
MODES_DO = {
    "add": "Every row becomes a new record. Records that are there already stay as they are.",
    "update": (
        "A row that is a record already changes it. Every other row becomes a new record. Records that are "
        "not in the workbook stay as they are."
    ),
    "replace": (
        "A row that is a record already changes it. Every other row becomes a new record. Records that are "
        "not in the workbook are deleted."
    ),
}


def _done(created: int, updated: int, unchanged: int, rejected: int, deleted: int) -> str:
    counted = {"created": created, "updated": updated, "unchanged": unchanged}
    parts = [f"{count:,} {word}" for word, count in counted.items() if count or word == "created"]
    if rejected:
        parts.append(f"{rejected:,} left out")
    if deleted:
        parts.append(f"{deleted:,} deleted")
    total = created + updated + unchanged
    rows = "1 row" if total == 1 else f"{total:,} rows"
    return f"{rows} imported: {', '.join(parts)}."


def _stopped(problems: int) -> str:
    are = "is 1 problem" if problems == 1 else f"are {problems:,} problems"
    return f"There {are} in the workbook, so nothing was imported. Mend what is listed and upload it again."


WORDS: Mapping[str, str | Callable[..., str]] = {
    "import.mode": lambda mode: MODES[mode],
    "import.mode_does": lambda mode: MODES_DO[mode],
    "import.done": _done,
    "import.nothing": "Nothing was imported.",
    "import.stopped": _stopped,
    "import.kept_changing": (
        "The records kept changing while they were compared, and nothing was imported. Try again."
    ),
    "import.keys_gone": (
        "A column that was to tell which record is which row is no longer in this template. Upload the "
        "workbook again, and choose anew."
    ),
    "import.key_missing": (
        "The workbook has no column “{column}”, which was to tell which record is which row."
    ),
    "import.no_keys": (
        "Which record is which row? Choose the columns that tell, in the upload form, or upload a workbook "
        "that was exported from here."
    ),
    "import.too_many_deletes": (
        "This would delete {deleted:,} of {stored:,} records, because the workbook does not have them. "
        "Nothing was changed. If that is meant, upload it again and write {deleted} under “How many records "
        "may be deleted”."
    ),
    "import.ids_unused": (
        "The workbook carries records' ids, but every row was to be added as a new record."
    ),
    "options.replace_valid_only": (
        "Records that are not in the workbook are deleted, so every row must be right. Choose one of the two."
    ),
    "options.no_such_key": "There is no column “{key}” in this template any more. Choose again.",
    "options.no_such_encoding": "Choose one of the encodings.",
    "options.no_such_separator": "Choose one of the separators.",
    "options.outside": "Write a whole number from {least:,} to {most:,}.",
}

"""What an import did, or why it did nothing."""

from collections.abc import Callable, Mapping, Sequence

from xlsapp.messages.english.phrases import many, marked

MODES = {"add": "Add", "update": "Add or update", "update_only": "Update only", "replace": "Replace all"}


# What will happen, exactly.
MODES_DO = {
    "add": "Every row becomes a new record. Records that are there already stay as they are.",
    "update": (
        "A row that is a record already changes it. Every other row becomes a new record. Records that are "
        "not in the workbook stay as they are."
    ),
    "update_only": (
        "A row that is a record already changes it. Every other row is listed, and makes no record. Records "
        "that are not in the workbook stay as they are."
    ),
    "replace": (
        "A row that is a record already changes it. Every other row becomes a new record. Records that are "
        "not in the workbook are deleted."
    ),
}


def _done(
    created: int, updated: int, unchanged: int, rejected: int, deleted: int, not_found: int | None = None
) -> str:
    counted = {"created": created, "updated": updated, "unchanged": unchanged}
    always = "created" if not_found is None else "updated"
    parts = [f"{count:,} {word}" for word, count in counted.items() if count or word == always]
    if not_found:
        parts.append(f"{not_found:,} not found among the records")
    if rejected:
        parts.append(f"{rejected:,} left out")
    if deleted:
        parts.append(f"{deleted:,} deleted")
    total = created + updated + unchanged
    rows = "1 row" if total == 1 else f"{total:,} rows"
    return f"{rows} imported: {', '.join(parts)}."


def _checked(
    created: int, updated: int, unchanged: int, rejected: int, deleted: int, not_found: int | None = None
) -> str:
    counted = {"new": created, "changed": updated, "the same": unchanged, "with a problem": rejected}
    counted["not found among the records"] = not_found or 0
    always = "new" if not_found is None else "changed"
    parts = [f"{count:,} {word}" for word, count in counted.items() if count or word == always]
    total = sum(counted.values())
    rows = "1 row" if total == 1 else f"{total:,} rows"
    them = {0: "", 1: " 1 record would be deleted."}.get(deleted, f" {deleted:,} records would be deleted.")
    return f"{rows} checked, and nothing written: {', '.join(parts)}.{them}"


def _stopped(problems: int) -> str:
    are = "is 1 problem" if problems == 1 else f"are {problems:,} problems"
    return f"There {are} in the workbook, so nothing was imported. Mend what is listed and upload it again."


ANSWERS = {
    "point": "The point is the decimal sign: 1,234.5",
    "comma": "The comma is the decimal sign: 1.234,5",
    "day_first": "The day comes first: 31/01/2026",
    "month_first": "The month comes first: 01/31/2026",
    "without": "Take all the numbers, without their currencies",
    "gregorian": "They are Gregorian years",
    "first_row": "It holds for the first of the rows; the others are blank",
    "all_rows": "It holds for all of the rows",
    "blank": "Leave these cells blank, and import their rows",
    "as_written": "Times are kept as they are written",
    "as_utc": "Times that name their zone are stored as UTC",
}


def _asks(questions: int) -> str:
    one = "There is a question" if questions == 1 else f"There are {questions:,} questions"
    it = "it" if questions == 1 else "them"
    return f"{one} about this workbook, and nothing was imported so far. Answer {it}, and the import goes on."


def _answer(about: str, answer: str, name: str = "") -> str:
    if about == "month_language":
        return f"In {name or answer}"
    if about == "without_undo":
        return "Import it without a way back"
    if about == "same_file":
        return "Import it again"
    if about == "mode":
        return "Import again as Add or update: they change these records, and the others are added"
    if about != "header":
        return ANSWERS.get(answer, answer)
    return f"“{answer}”" if answer else "None of the workbook's headers: leave the column out"


def _mode(column: str, rows: int, of: int) -> str:
    are = "row is a record" if of == 1 else "rows are records"
    return f"{rows:,} of {of:,} {are} already, by “{column}”. Import again as Add or update, by “{column}”?"


def _same_file(import_id: int, when: str, made: int, left: int) -> str:
    of_them = "all of them" if left >= made else f"{left:,} of them" if left > 1 else "1 of them"
    still = "which is still here" if made == 1 else f"and {of_them} {'is' if left == 1 else 'are'} still here"
    return f"was imported on {when[:10]} at {when[11:16]} UTC and made {many(made, 'records')}, {still}"


def _header(column: str, headers: Sequence[str]) -> str:
    shown = " or ".join(f"“{header}”" for header in headers)
    return f"The workbook has no column “{column}”. Is it called {shown} there?"


WORDS: Mapping[str, str | Callable[..., str]] = {
    "import.mode": lambda mode: MODES[mode],
    "import.mode_does": lambda mode: MODES_DO[mode],
    "import.done": _done,
    "import.checked": _checked,
    "import.nothing": "Nothing was imported.",
    "import.stopped": _stopped,
    "import.asks": _asks,
    "question.decimal_sign": "“{column}”: is the point or the comma the decimal sign?",
    "question.day_order": "“{column}”: is it the day or the month that comes first?",
    "question.currency": "“{column}”: the numbers are of several currencies. Is that meant?",
    "question.merged_amount": "“{column}”: for which of their rows do the numbers in merged cells hold?",
    "question.error_cells": "“{column}”: some cells hold an error, and no value. Import them as blank?",
    "question.month_language": (
        "“{column}”: in which language are the months? A word there is another month in another language."
    ),
    "question.calendar": (
        "“{column}”: are the years of these dates Gregorian ones? If they are Nepal's, write the Gregorian "
        "dates in their place, and upload the workbook again."
    ),
    "question.mode": _mode,
    "import.no_way_back": (
        "This changes or deletes so many records that it could not be taken back: what they are now takes "
        "some {megabytes:,} MB, and a history holds {most:,} MB. Nothing was imported. Import it without a "
        "way back, or in parts."
    ),
    "question.without_undo": (
        "Import this without a way back? What the records are now takes some {megabytes:,} MB, and a history "
        "holds {most:,} MB."
    ),
    "question.same_file": lambda **earlier: (
        f"This very workbook {_same_file(**earlier)}. Is it to be added once more?"
    ),
    "import.same_file": lambda **earlier: (
        f"This very workbook {_same_file(**earlier)}. It was added once more."
    ),
    "import.same_file_before": lambda **earlier: f"This very workbook {_same_file(**earlier)}.",
    "import.same_file_refused": lambda **earlier: (
        f"This very workbook {_same_file(**earlier)}. Nothing was imported, as the same file "
        "was to be refused."
    ),
    "question.header": _header,
    "question.which_header": "Which of the workbook's headers means “{column}”?",
    "question.answer": _answer,
    "remembered.match": "“{found}” means “{choice}”",
    "remembered.no_choice": (
        "Only a text that is found and means one of the column's choices can be remembered. Nothing was "
        "changed."
    ),
    "remembered.many_matches": (
        "“{column}” remembers {most:, texts} already, and no more. Forget some on the template's page first."
    ),
    "remembered.not_header": "A header “{header}” does not mean it",
    "answers.workbook_gone": "The workbook is not kept any longer. Upload it again.",
    "answers.none_of_them": "Choose one of the answers.",
    "problems.no_such_format": "Choose csv or json.",
    "answers.nothing_asked": "This job has no questions that are to be answered.",
    "answers.no_question": "“{question}” is no question about a column of this template.",
    "answers.no_answer": "“{answer}” is no answer to “{question}”.",
    "answers.not_asked": "“{question}” was not asked.",
    "answers.open": "Answer this one, too: {question}",
    "answers.no_such_header": "Choose one of the headers that the workbook has.",
    "import.too_wide": "Nothing was imported: more than one record can hold is in {rows:, rows}.",
    "import.record_too_wide": (
        "A record would hold more than one can, and nothing was imported: what the workbook has would come "
        "to what is stored. Let blank cells empty their records, or divide the columns between two templates."
    ),
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
        "This would delete {deleted:,} of {stored:, records}, because the workbook does not have them. "
        "Nothing was changed. If that is meant, upload it again and write {deleted} under “How many records "
        "may be deleted”."
    ),
    "import.records_clash": (
        "Some rows may be any of several records, as is said below, so nothing was changed. Give each of "
        "these records a key of its own, or delete all but one, and import again."
    ),
    "import.older_form": lambda column, records, old, new: (
        f"“{column}”: {'1 record' if records == 1 else f'{records:,} records'} matched by {marked(old)}, now "
        f"{marked(new)}{'.' if records == 1 else ', and the like.'}"
    ),
    "import.shortened": lambda column, values: (
        f"“{column}”: {'1 value' if values == 1 else f'{values:,} values'} came back without the last "
        "digits, which LibreOffice does not save. What is stored was kept."
    ),
    "import.ids_unused": (
        "The workbook carries records' ids, but every row was to be added as a new record."
    ),
    "options.replace_valid_only": (
        "Records that are not in the workbook are deleted, so every row must be right. Choose one of the two."
    ),
    "options.no_columns": "This template has no columns yet. Add some first.",
    "options.long_sheet": "Name the sheet in at most {most:, characters}; these are {length:,}.",
    "options.no_such_key": "There is no column “{key}” in this template any more. Choose again.",
    "options.no_such_encoding": "Choose one of the encodings.",
    "options.no_such_separator": "Choose one of the separators.",
    "options.outside": "Write a whole number from {least:,} to {most:,}.",
}

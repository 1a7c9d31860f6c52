"""What an import did, or why it did nothing."""

from xlsapp.problems import Message

NOTHING_ELSE = {"updated": 0, "unchanged": 0, "rejected": 0, "deleted": 0}

IMPORTS = [
    (Message("import.mode", {"mode": "add"}), "Add"),
    (Message("import.mode", {"mode": "update"}), "Add or update"),
    (Message("import.mode", {"mode": "update_only"}), "Update only"),
    (Message("import.mode", {"mode": "replace"}), "Replace all"),
    (
        Message("import.mode_does", {"mode": "add"}),
        "Every row becomes a new record. Records that are there already stay as they are.",
    ),
    (
        Message("import.mode_does", {"mode": "update"}),
        "A row that is a record already changes it. Every other row becomes a new record. Records that are "
        "not in the workbook stay as they are.",
    ),
    (
        Message("import.mode_does", {"mode": "update_only"}),
        "A row that is a record already changes it. Every other row is listed, and makes no record. Records "
        "that are not in the workbook stay as they are.",
    ),
    (
        Message("import.mode_does", {"mode": "replace"}),
        "A row that is a record already changes it. Every other row becomes a new record. Records that are "
        "not in the workbook are deleted.",
    ),
    (
        Message("options.replace_valid_only"),
        "Records that are not in the workbook are deleted, so every row must be right. Choose one of the "
        "two.",
    ),
    (Message("options.no_columns"), "This template has no columns yet. Add some first."),
    (
        Message("options.long_sheet", {"most": 255, "length": 1024}),
        "Name the sheet in at most 255 characters; these are 1,024.",
    ),
    (
        Message("options.no_such_key", {"key": "7"}),
        "There is no column “7” in this template any more. Choose again.",
    ),
    (Message("options.no_such_encoding"), "Choose one of the encodings."),
    (Message("options.no_such_separator"), "Choose one of the separators."),
    (
        Message("options.outside", {"least": 1, "most": 1_048_576}),
        "Write a whole number from 1 to 1,048,576.",
    ),
    (Message("import.done", {**NOTHING_ELSE, "created": 1}), "1 row imported: 1 created."),
    (
        Message("import.done", {"created": 0, "updated": 1200, "unchanged": 3, "rejected": 4, "deleted": 5}),
        "1,203 rows imported: 0 created, 1,200 updated, 3 unchanged, 4 left out, 5 deleted.",
    ),
    (
        Message("import.checked", {"created": 0, "updated": 2, "unchanged": 0, "rejected": 1, "deleted": 1}),
        "3 rows checked, and nothing written: 0 new, 2 changed, 1 with a problem. 1 record would be deleted.",
    ),
    (
        Message("import.checked", {**NOTHING_ELSE, "created": 1}),
        "1 row checked, and nothing written: 1 new.",
    ),
    (Message("import.nothing"), "Nothing was imported."),
    (
        Message("import.stopped", {"problems": 1}),
        "There is 1 problem in the workbook, so nothing was imported. Mend what is listed and upload it "
        "again.",
    ),
    (
        Message("import.records_clash"),
        "Some rows may be any of several records, as is said below, so nothing was changed. Give each of "
        "these records a key of its own, or delete all but one, and import again.",
    ),
    (
        Message("import.stopped", {"problems": 1200}),
        "There are 1,200 problems in the workbook, so nothing was imported. Mend what is listed and upload "
        "it again.",
    ),
    (
        Message("import.too_wide", {"rows": 2}),
        "Nothing was imported: more than one record can hold is in 2 rows.",
    ),
    (
        Message("import.record_too_wide"),
        "A record would hold more than one can, and nothing was imported: what the workbook has would come "
        "to what is stored. Let blank cells empty their records, or divide the columns between two "
        "templates.",
    ),
    (
        Message("import.kept_changing"),
        "The records kept changing while they were compared, and nothing was imported. Try again.",
    ),
    (
        Message("import.keys_gone"),
        "A column that was to tell which record is which row is no longer in this template. Upload the "
        "workbook again, and choose anew.",
    ),
    (
        Message("import.key_missing", {"column": "Email"}),
        "The workbook has no column “Email”, which was to tell which record is which row.",
    ),
    (
        Message("import.no_keys"),
        "Which record is which row? Choose the columns that tell, in the upload form, or upload a workbook "
        "that was exported from here.",
    ),
    (
        Message("import.too_many_deletes", {"deleted": 1200, "stored": 2000}),
        "This would delete 1,200 of 2,000 records, because the workbook does not have them. Nothing was "
        "changed. If that is meant, upload it again and write 1200 under “How many records may be deleted”.",
    ),
    (
        Message("import.older_form", {"column": "Code", "records": 1, "old": "1234", "new": "01234"}),
        "“Code”: 1 record matched by “1234”, now “01234”.",
    ),
    (
        Message("import.older_form", {"column": "Code", "records": 1200, "old": "A-1 ", "new": "A-1"}),
        "“Code”: 1,200 records matched by “A-1 ”, now “A-1”, and the like.",
    ),
    (
        Message("import.shortened", {"column": "Seen", "values": 1200}),
        "“Seen”: 1,200 values came back without the last digits, which LibreOffice does not save. What is "
        "stored was kept.",
    ),
    (
        Message("import.ids_unused"),
        "The workbook carries records' ids, but every row was to be added as a new record.",
    ),
    (
        Message(
            "import.done",
            {"created": 0, "updated": 0, "unchanged": 2, "rejected": 0, "deleted": 0, "not_found": 1200},
        ),
        "2 rows imported: 0 updated, 2 unchanged, 1,200 not found among the records.",
    ),
    (
        Message(
            "question.same_file", {"import_id": 7, "when": "2026-01-31T09:30:00Z", "made": 60, "left": 60}
        ),
        "This very workbook was imported on 2026-01-31 at 09:30 UTC and made 60 records, and all of them are "
        "still here. Is it to be added once more?",
    ),
    (
        Message("import.same_file", {"import_id": 7, "when": "2026-01-31T09:30:00Z", "made": 60, "left": 1}),
        "This very workbook was imported on 2026-01-31 at 09:30 UTC and made 60 records, and 1 of them is "
        "still here. It was added once more.",
    ),
    (
        Message(
            "import.same_file_before", {"import_id": 7, "when": "2026-01-31T09:30:00Z", "made": 2, "left": 2}
        ),
        "This very workbook was imported on 2026-01-31 at 09:30 UTC and made 2 records, and all of them are "
        "still here.",
    ),
    (
        Message(
            "import.same_file_refused", {"import_id": 7, "when": "2026-01-31T09:30:00Z", "made": 1, "left": 1}
        ),
        "This very workbook was imported on 2026-01-31 at 09:30 UTC and made 1 record, which is still here. "
        "Nothing was imported, as the same file was to be refused.",
    ),
    (Message("question.answer", {"about": "same_file", "answer": "import"}), "Import it again"),
    (
        Message("question.answer", {"about": "without_undo", "answer": "import"}),
        "Import it without a way back",
    ),
    (
        Message("import.no_way_back", {"megabytes": 1400, "most": 1024}),
        "This changes or deletes so many records that it could not be taken back: what they are now takes "
        "some 1,400 MB, and a history holds 1,024 MB. Nothing was imported. Import it without a way back, or "
        "in parts.",
    ),
    (
        Message("question.without_undo", {"megabytes": 1400, "most": 1024}),
        "Import this without a way back? What the records are now takes some 1,400 MB, and a history holds "
        "1,024 MB.",
    ),
    (
        Message("question.mode", {"column": "Order no", "rows": 59, "of": 60}),
        "59 of 60 rows are records already, by “Order no”. Import again as Add or update, by “Order no”?",
    ),
    (
        Message("question.mode", {"column": "Order no", "rows": 1, "of": 1}),
        "1 of 1 row is a record already, by “Order no”. Import again as Add or update, by “Order no”?",
    ),
    (
        Message("question.answer", {"about": "mode", "answer": "update"}),
        "Import again as Add or update: they change these records, and the others are added",
    ),
    (
        Message("import.asks", {"questions": 1}),
        "There is a question about this workbook, and nothing was imported so far. Answer it, and the import "
        "goes on.",
    ),
    (
        Message("import.asks", {"questions": 2}),
        "There are 2 questions about this workbook, and nothing was imported so far. Answer them, and the "
        "import goes on.",
    ),
    (
        Message("question.decimal_sign", {"column": "Kg"}),
        "“Kg”: is the point or the comma the decimal sign?",
    ),
    (
        Message("question.day_order", {"column": "Due"}),
        "“Due”: is it the day or the month that comes first?",
    ),
    (
        Message("question.currency", {"column": "Price"}),
        "“Price”: the numbers are of several currencies. Is that meant?",
    ),
    (
        Message("question.merged_amount", {"column": "Paid"}),
        "“Paid”: for which of their rows do the numbers in merged cells hold?",
    ),
    (
        Message("question.error_cells", {"column": "Paid"}),
        "“Paid”: some cells hold an error, and no value. Import them as blank?",
    ),
    (
        Message("question.month_language", {"column": "Due", "names": {"hr": "Croatian"}}),
        "“Due”: in which language are the months? A word there is another month in another language.",
    ),
    (
        Message("question.calendar", {"column": "Born"}),
        "“Born”: are the years of these dates Gregorian ones? If they are Nepal's, write the Gregorian dates "
        "in their place, and upload the workbook again.",
    ),
    (
        Message("question.header", {"column": "City", "headers": ["Citty"]}),
        "The workbook has no column “City”. Is it called “Citty” there?",
    ),
    (
        Message("question.which_header", {"column": "City", "headers": []}),
        "Which of the workbook's headers means “City”?",
    ),
    *(
        (Message("question.answer", {"about": about, "answer": answer, "name": "Croatian"}), text)
        for about, answer, text in (
            ("decimal_sign", "comma", "The comma is the decimal sign: 1.234,5"),
            ("day_order", "month_first", "The month comes first: 01/31/2026"),
            ("currency", "without", "Take all the numbers, without their currencies"),
            ("merged_amount", "all_rows", "It holds for all of the rows"),
            ("error_cells", "blank", "Leave these cells blank, and import their rows"),
            ("time_zone", "as_utc", "Times that name their zone are stored as UTC"),
            ("month_language", "hr", "In Croatian"),
            ("calendar", "gregorian", "They are Gregorian years"),
            ("header", "Citty", "“Citty”"),
            ("header", "", "None of the workbook's headers: leave the column out"),
        )
    ),
    (Message("remembered.match", {"found": "oui", "choice": "Yes"}), "“oui” means “Yes”"),
    (
        Message("remembered.no_choice"),
        "Only a text that is found and means one of the column's choices can be remembered. "
        "Nothing was changed.",
    ),
    (
        Message("remembered.many_matches", {"most": 200, "column": "Plan"}),
        "“Plan” remembers 200 texts already, and no more. Forget some on the template's page first.",
    ),
    (Message("remembered.not_header", {"header": "Citty"}), "A header “Citty” does not mean it"),
    (Message("answers.workbook_gone"), "The workbook is not kept any longer. Upload it again."),
    (Message("answers.none_of_them"), "Choose one of the answers."),
    (
        Message("answers.no_question", {"question": "header:7"}),
        "“header:7” is no question about a column of this template.",
    ),
    (
        Message("answers.no_answer", {"answer": "perhaps", "question": "header:7"}),
        "“perhaps” is no answer to “header:7”.",
    ),
    (Message("answers.not_asked", {"question": "day_order:7"}), "“day_order:7” was not asked."),
    (Message("answers.open", {"question": "Which?"}), "Answer this one, too: Which?"),
    (Message("answers.no_such_header"), "Choose one of the headers that the workbook has."),
]

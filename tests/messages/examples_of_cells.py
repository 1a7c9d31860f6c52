"""What is wrong with single cells and rows."""

from xlsapp.problems import Message

TWICE = {"value": "Ada", "is_default": False}

CELLS = [
    (
        Message("cell.odd_year", {"value": "15/03/2567"}),
        "The year of “15/03/2567” may be of another calendar, as Thailand's and Iran's are. It was kept as "
        "it is written: look whether that is what is meant.",
    ),
    (
        Message("cell.other_calendar", {"value": "15 มี.ค. 67"}),
        "“15 มี.ค. 67” is perhaps of another calendar, and cannot be told to be of ours. Write it like "
        "2024-02-28.",
    ),
    (
        Message("cell.two_months", {"value": "5 listopada 2024", "word": "listopada", "months": [10, 11]}),
        "“5 listopada 2024” may be in October or in November: “listopada” is a month in several languages, "
        "and the column does not show which is meant. Write it like 2024-02-28.",
    ),
    (Message("cell.required"), "This cell is empty. Fill it in, or make the column optional."),
    (
        Message("cell.uncalculated"),
        "This formula has no stored result. Open the workbook in Excel, save it, and upload it again.",
    ),
    (
        Message("cell.error", {"error": "#N/A"}),
        "This cell holds the Excel error #N/A. Mend its formula or clear it.",
    ),
    (
        Message("cell.text_too_long", {"length": 40_000, "most": 32_767}),
        "This text has 40,000 characters; a cell can hold 32,767. Shorten it.",
    ),
    (
        Message("cell.null_characters"),
        "This text is damaged: it has null characters in it. Type it again.",
    ),
    (
        Message("cell.not_a_number", {"value": "many", "whole": False}),
        "“many” is not a number. Write it in digits.",
    ),
    (
        Message("cell.not_a_number", {"value": "many", "whole": True}),
        "“many” is not a whole number. Write it in digits.",
    ),
    (
        Message("cell.not_whole", {"value": "4.5"}),
        "“4.5” is not a whole number. Round it, or remove the decimals.",
    ),
    (
        Message("cell.perhaps_thousands", {"value": "1.000", "number": 1.0}),
        "“1.000” may be 1 or a thousand times that. Write it in digits alone.",
    ),
    (
        Message("cell.too_many_digits", {"value": "12345678901234567890"}),
        "“12345678901234567890” has too many digits to be kept exactly. Use a text column for such numbers.",
    ),
    (
        Message("cell.number_too_large", {"value": "1e999"}),
        "“1e999” is too large for a number. Check this cell.",
    ),
    (
        Message("cell.moment_for_number", {"value": "2024-02-28", "whole": True}),
        "“2024-02-28” is a date or time, not a whole number. Format the cell as a number in Excel.",
    ),
    (
        Message("cell.not_as_it_was"),
        "The column’s rules are no longer what this cell was read by. Check the workbook again.",
    ),
    (
        Message("cell.lost_digits", {"digits": 15}),
        "Excel keeps 15 digits of a number, so the last may not be those that were typed. Format the column "
        "as text before such numbers are typed.",
    ),
    (
        Message("cell.date_that_is_none"),
        "This cell holds a date that is none. Type it again, or clear it.",
    ),
    (
        Message("cell.not_a_date", {"value": "soon", "with_time": False}),
        "“soon” is not a date. Write it like 2024-02-28.",
    ),
    (
        Message("cell.not_a_date", {"value": "soon", "with_time": True}),
        "“soon” is not a date and time. Write it like 2024-02-28 14:30.",
    ),
    (
        Message("cell.number_for_date", {"value": "12.25", "with_time": False}),
        "“12.25” is a number, not a date. Format the cell as a date in Excel.",
    ),
    (
        Message("cell.time_zone", {"value": "2024-02-28 14:30 UTC+9", "with_time": True}),
        "“2024-02-28 14:30 UTC+9” names a time zone, and none is kept. Write it like 2024-02-28 14:30.",
    ),
    (
        Message("cell.date_with_time", {"value": "2024-02-28 14:30"}),
        "“2024-02-28 14:30” has a time of day. Remove it, or make this a column for date and time.",
    ),
    (
        Message("cell.link_target", {"value": "https://example.com"}),
        "This cell shows “https://example.com”, and its link leads elsewhere. What it shows was kept.",
    ),
    (
        Message("cell.swapped", {"value": "2024-03-04", "other": "2024-04-03", "order": "day"}),
        "“2024-03-04” may be 2024-04-03: texts of this column can only be day first, and no day here is "
        "above 12. Perhaps the workbook was opened and saved under the other order.",
    ),
    (
        Message("cell.moment_in_text", {"value": "2024-02-01"}),
        "This is a date, 2024-02-01, in a column of texts: perhaps Excel made it of a text such as 1-2. "
        "Format the column as text before it is typed.",
    ),
    (
        Message("cell.shortened"),
        "Excel has written this number with fewer digits than it has, and the others are not in the file. "
        "Format the column as text in Excel, and save the file again.",
    ),
    (
        Message("cell.not_a_time", {"value": "noon"}),
        "“noon” is not a time of day. Write it like 14:30.",
    ),
    (
        Message("cell.number_for_time", {"value": "0.5"}),
        "“0.5” is not a time of day but a number. Write it like 14:30; in Excel, format the cell as a time.",
    ),
    (
        Message("cell.duration_for_time", {"value": "24:00", "is_one": False}),
        "“24:00” is not a time of day: the last is 23:59:59. Write 00:00 for midnight, or make this a "
        "column for durations.",
    ),
    (
        Message("cell.duration_for_time", {"value": "-6:00:00", "is_one": False}),
        "“-6:00:00” is not a time of day: the first is 00:00. Write 00:00 for midnight, or make this a "
        "column for durations.",
    ),
    (
        Message("cell.duration_for_time", {"value": "1900-01-01", "is_one": True}),
        "“1900-01-01” is not a time of day: in Excel this cell is 1, a whole day (24:00). Write 00:00 for "
        "midnight, or make this a column for durations.",
    ),
    (
        Message("cell.weekday", {"value": "Monday, 5 January 2021", "day": 1}),
        "“Monday, 5 January 2021” is a Tuesday. It was kept as it is written: look whether that is "
        "what is meant.",
    ),
    (
        Message("cell.not_a_duration", {"value": "soon"}),
        "“soon” is not a duration. Write it like 1:30:00, 1 h 30 min or 90 min.",
    ),
    (
        Message("cell.number_for_duration", {"value": "90"}),
        "“90” names no unit: hours, minutes or days? Write 1:30:00, 1 h 30 min or 90 min; in Excel, "
        "format the cell as [h]:mm:ss.",
    ),
    (
        Message("cell.date_for_duration", {"value": "1900-01-01 12:00:00"}),
        "“1900-01-01 12:00:00” is a date, not a duration. In Excel, format the cell as [h]:mm:ss, which "
        "counts the hours on beyond 24.",
    ),
    (
        Message("cell.two_answers", {"value": "O", "yes": ["French"], "no": ["Dutch"]}),
        "“O” is yes in French and no in Dutch, and the column does not show which is meant. Write yes or no.",
    ),
    (
        Message("cell.neither_yes_nor_no", {"value": "perhaps"}),
        "“perhaps” is neither yes nor no. Write yes or no, or true or false.",
    ),
    (
        Message("cell.near_a_choice", {"value": "Glod", "near": "Gold"}),
        "“Glod” is not one of the choices. Did you mean “Gold”?",
    ),
    (
        Message("cell.not_a_choice", {"value": "Tin", "choices": ["Gold", "Free"], "more": 0}),
        "“Tin” is not one of the choices: Gold, Free.",
    ),
    (
        Message("cell.not_a_choice", {"value": "Tin", "choices": ["Gold"], "more": 1200}),
        "“Tin” is not one of the choices: Gold and 1,200 more.",
    ),
    (
        Message("cell.not_an_address", {"value": "ada"}),
        "“ada” is not an e-mail address. Write it like ada@example.com.",
    ),
    (
        Message("cell.not_a_link", {"value": "example"}),
        "“example” is not a link. Write it like https://example.com/page.",
    ),
    (Message("rule.required"), "This is empty. Fill it in."),
    (
        Message("rule.minimum", {"minimum": "5"}).about("4"),
        "“4” will not do. It must be at least 5.",
    ),
    (
        Message("rule.maximum", {"maximum": "5"}).about("6"),
        "“6” will not do. It must be at most 5.",
    ),
    (
        Message("rule.min_length", {"least": 5}).about("Ada"),
        "“Ada” will not do. Write at least 5 characters.",
    ),
    (
        Message("rule.max_length", {"most": 2}).about("Ada"),
        "“Ada” will not do. Write at most 2 characters.",
    ),
    (
        Message("rule.pattern", {"pattern": "[A-Z]{2}"}).about("{x}"),
        "“{x}” will not do. It must have the form “[A-Z]{2}”.",
    ),
    (Message("rule.choices").about("Tin"), "“Tin” will not do. It is kept all the same."),
    (
        Message("unique.twice", {**TWICE, "row": 1200}),
        "“Ada” stands in row 1,200 too. Each value may be there once.",
    ),
    (
        Message("unique.twice", {"value": "Ada", "is_default": True, "row": 2}),
        "“Ada” stands in row 2 too. Each value may be there once, and this one is what a blank cell becomes.",
    ),
    (
        Message("unique.stored", {**TWICE, "record_id": 1200}),
        "“Ada” is in record 1200 already. Each value may be there once.",
    ),
    (
        Message(
            "unique.stored_in_another_form",
            {"value": "B", "records": [[1200, "B\u200b"], [1201, "B "]]},
        ),
        "“B” is there already: record 1200 (“B‹U+200B›”), record 1201 (“B ”). Each value may be there once; "
        "outer blanks, invisible characters and zeros that a format shows make no other. Change or delete "
        "what is there. If it is another value after all, and a format shows it, make the cell a text.",
    ),
    (
        Message("cell.looks_like_row", {"value": "ada", "row": 1200}),
        "“ada” and the value in row 1,200 differ only in case or blanks, and count as two. Write them the "
        "same way if they are one.",
    ),
    (
        Message("cell.looks_like_record", {"value": "ada", "records": [[1200, "Ada"]]}),
        "“ada” and that of record 1200 (“Ada”) differ only in case or blanks, and count as two. Write them "
        "the same way if they are one.",
    ),
    (
        Message("row.in_one_pair_of_marks", {"in_header": 4}),
        "All of this row stands in one pair of quotation marks, which makes it one value instead of 4. "
        "Remove these marks.",
    ),
    (
        Message("row.too_many_fields", {"fields": 5, "in_header": 4}),
        "This row has 5 fields, and the header has 4. Look for a quotation mark or a separator too many in "
        "it, or save the file as .xlsx.",
    ),
    (
        Message("row.too_wide", {"size": 8000, "room": 7920}),
        "The values of this row take 8,000 bytes, and 7,920 fit into one record. A text counts with its "
        "bytes up to 23, and with 18 beyond that. Empty some of its cells, or divide the columns between two "
        "templates.",
    ),
    (
        Message("record.too_wide"),
        "This is more than one record can hold, and nothing was changed. Make some of its texts shorter than "
        "18 characters, empty some, or divide the columns between two templates.",
    ),
    (
        Message("row.not_an_id"),
        "This is not the id of a record. Clear the cell to add the row as a new record.",
    ),
    (
        Message("row.record_gone"),
        "This record is no longer here. Clear its id to add the row as a new record, or delete the row.",
    ),
    (
        Message("row.mixed", {"record": 1200, "other": 17}),
        "This row holds what record 17 does, and carries the id of record 1,200: rows were probably sorted, "
        "moved or cut without the hidden columns at the end. Undo that, or export again and make your "
        "changes there. If record 1,200 is to become what this row says, clear the row's “__updated_at”.",
    ),
    (
        Message("row.mixed", {"record": 12, "other": None}),
        "This row carries the id of record 12, and rows beside it carry wrong ones: rows were probably "
        "sorted, moved or cut without the hidden columns at the end. Undo that, or export again and make "
        "your changes there. If record 12 is to become what this row says, clear the row's “__updated_at”.",
    ),
    (
        Message("row.same_record", {"row": 1200}),
        "Row 1,200 is the same record. Remove one of the two rows.",
    ),
    (
        Message("row.same_record_or_id", {"row": 1200}),
        "Row 1,200 is the same record. Remove one of the two rows, or clear its record id to make a new "
        "record.",
    ),
    (
        Message("row.same_keys", {"row": 1200, "keys": ["Name", "Since"]}),
        "Row 1,200 has the same “Name” and “Since”. Remove one of the two rows.",
    ),
    (
        Message("row.blank_keys", {"keys": ["Name"]}),
        "“Name” must be filled in: it tells which record this row is.",
    ),
    (
        Message("row.ambiguous_keys", {"count": 2, "keys": ["Name"]}),
        "2 records have the same “Name”, so it is not clear which one is meant.",
    ),
    (
        Message("row.records_look_alike", {"records": [[3, "01234"], [1200, "1234"]], "keys": ["Code"]}),
        "This row may be record 3 (“01234”) or record 1200 (“1234”): “Code” is the same there, but for outer "
        "blanks, invisible characters, or zeros that a format shows. Change or delete one of them, and "
        "import again. If both are right and a format shows the zeros, make the cell a text.",
    ),
    *(
        (Message("row.not_found", {"keys": keys, "by_id": by_id}), text)
        for keys, by_id, text in (
            ((), True, "This record is no longer here, and none was made."),
            (("Code", "Year"), False, "No record has this “Code” and “Year”, and none was made."),
            ((), False, "The row carries no record's id, and none was made."),
        )
    ),
    (
        Message("row.edited_since", {"when": "2026-01-31T09:30:00Z"}),
        "This record was edited here at 2026-01-31 09:30:00 UTC, after the workbook was exported. Export "
        "again and make your change there; or clear the row's “__updated_at” to overwrite it.",
    ),
    (Message("group.required"), "is empty"),
    (Message("group.type"), "cannot be read"),
    (Message("group.choices"), "is not one of the choices"),
    (Message("group.minimum"), "is too small"),
    (Message("group.maximum"), "is too large"),
    (Message("group.min_length"), "is too short"),
    (Message("group.max_length"), "is too long"),
    (Message("group.pattern"), "does not have the right form"),
    (Message("group.unique"), "stands there twice"),
    (Message("group.stored"), "is in a record already"),
    (Message("group.error_cell"), "holds an Excel error"),
    (Message("group.uncalculated"), "holds a formula without a result"),
    (Message("group.text_length"), "holds more text than a cell can"),
    (Message("group.damaged_text"), "holds damaged text"),
    (Message("group.key"), "cannot be matched with a record"),
    (Message("group.digits"), "has more digits than Excel keeps"),
    (
        Message("row.second_table"),
        "A second table seems to begin in this row, below blank ones: its texts are headers. Move it to a "
        "sheet of its own, or delete it.",
    ),
    (
        Message("row.total", {"value": "Total"}),
        "The last row says “Total” and adds up the rows above: it was taken for a record. Delete the row if "
        "it is none.",
    ),
    (Message("group.second_table"), "Rows that look like the headers of a second table"),
    (Message("group.total"), "looks like a total"),
    (Message("group.link_target"), "shows another address than its link leads to"),
    (Message("group.swapped"), "may have day and month the wrong way round"),
    (Message("group.looks_alike"), "has values that are hardly different"),
    (Message("group.odd_year"), "has a year that may be of another calendar"),
    (Message("group.weekday"), "names another day of the week"),
    (Message("group.moment_in_text"), "holds a date among texts"),
    (Message("group.fields"), "Rows with more fields than the header"),
    (Message("group.one_value"), "Rows that are one value"),
    (Message("group.too_wide"), "Rows that hold more than one record can"),
    (Message("group.not_found"), "not found among the records"),
    (Message("group.edited"), "Records edited here since the export"),
]

"""Messages about what programs send."""

from xlsapp.problems import Message

BODIES = [
    (Message("body.missing"), "This is missing."),
    (Message("body.unknown", {"names": ["name", "type"]}), "This means nothing here. There are: name, type."),
    (Message("body.repeated"), "Send this once."),
    (Message("body.kind", {"kinds": ["object"]}), "This must be an object."),
    (
        Message("body.kind", {"kinds": ["string", "number", "boolean", "null"]}),
        "This must be a text, a number, true or false or null.",
    ),
    (Message("body.word", {"words": ["asc", "desc"]}), "This must be “asc” or “desc”."),
    (
        Message("body.unstorable"),
        "There is a null character or half a character in this text. Remove it.",
    ),
    (
        Message("body.too_long", {"most": 1000, "count": 1234}),
        "Use at most 1,000 characters; these are 1,234.",
    ),
    (Message("body.blank"), "This is empty. Fill it in."),
    (Message("body.pattern", {"pattern": "^[0-9]{1,18}$"}), "This must look like “^[0-9]{1,18}$”."),
    (Message("body.range", {"least": 1, "most": 1000}), "This must be 1 to 1,000."),
    (Message("body.too_few", {"least": 1}), "Give at least 1."),
    (Message("body.too_many", {"most": 100, "count": 1001}), "Give at most 100; these are 1,001."),
    (Message("body.no_such_column", {"name": "Nmae"}), "There is no column “Nmae” in this template."),
    (Message("body.no_such_column"), "There is no such column."),
    (Message("body.too_many_filters", {"most": 50, "count": 51}), "Send at most 50 filters; these are 51."),
    (
        Message("body.filter_twice", {"column": "Grade"}),
        "“Grade” has this filter already, by its other name. Send it once.",
    ),
    (
        Message("body.no_such_cursor"),
        "This is no `next_cursor` of these records, or its record is gone. Begin again without it.",
    ),
    (
        Message("body.only_views_pick"),
        "This picks records, which only the kind `view` does. Take that, or leave this out.",
    ),
    (Message("body.no_workbook"), "Send the workbook as a file, with its name."),
    (Message("body.empty_workbook", {"name": "a.csv"}), "“a.csv” is empty. Send one with rows in it."),
    (Message("body.wrong_key", {"most": 255}), "Use 1 to 255 letters, digits and signs, without spaces."),
    (
        Message("body.key_unanswered"),
        "The server stopped while it worked on the first request with this Idempotency-Key, and whether that "
        "was stored is not known. Look at the records; what is not there, send under a new key.",
    ),
    (
        Message("body.key_was_used"),
        "This Idempotency-Key was used for another request. Use a new key for each.",
    ),
]

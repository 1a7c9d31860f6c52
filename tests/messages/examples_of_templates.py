"""What is wrong with a template's draft, and what a change of a template does to its records."""

from xlsapp.problems import Message

READ = {"column": "Since", "type": "date", "read": 1200, "lost": 0, "example": None, "reading": None}

TEMPLATES = [
    (Message("draft.no_name"), "Give the template a name."),
    (
        Message("draft.too_long", {"most": 2000, "length": 2001}),
        "Use at most 2,000 characters; these are 2,001.",
    ),
    (Message("draft.no_columns"), "Add at least one column."),
    (
        Message("draft.many_columns", {"most": 500, "count": 501}),
        "A template can have 500 columns; these are 501. Remove some, or make several templates.",
    ),
    (
        Message("draft.column.no_match", {"found": "oui", "choice": "Yes"}),
        "“oui” cannot mean “Yes”, which is none of the column's choices. Add it to the "
        "choices, or forget it.",
    ),
    (
        Message("draft.columns_changed"),
        "The columns have changed in another window. Open this page anew.",
    ),
    (
        Message("draft.name_taken", {"name": "Customers"}),
        "You have a template called “Customers” already. Choose another name.",
    ),
    (
        Message("draft.column.no_name"),
        "Give the column a name: it is the header in your workbooks.",
    ),
    (
        Message("draft.column.reserved_name", {"prefix": "__"}),
        "Names that begin with “__” are kept for the app itself.",
    ),
    (
        Message("draft.column.unwritable_name", {"found": "U+FFFE"}),
        "The name has U+FFFE in it, which is not a character that a workbook knows. Leave it out.",
    ),
    (
        Message("draft.choices.unwritable", {"choice": "Gold\ufffe", "found": "U+FFFE"}),
        "“Gold‹U+FFFE›” has U+FFFE in it, which is not a character that a workbook knows. Leave it out.",
    ),
    (
        Message("draft.column.name_again", {"name": "Name"}),
        "Another column is called “Name” too. Each needs a name of its own.",
    ),
    (
        Message("draft.column.reserved_header", {"prefix": "__"}),
        "Headers that begin with “__” are kept for the app itself.",
    ),
    (
        Message("draft.column.header_again", {"header": "Customer", "column": "Name"}),
        "“Customer” means the column “Name” already. Each header can mean one.",
    ),
    (
        Message("draft.column.many_headers", {"most": 100, "count": 1001}),
        "List at most 100 other headers; these are 1,001.",
    ),
    (
        Message("draft.column.long_header", {"beginning": "Name of", "most": 32767, "length": 40000}),
        "A header can have at most 32,767 characters; “Name of…” has 40,000.",
    ),
    (Message("draft.column.no_such_type"), "Choose one of the types."),
    (
        Message("draft.rule.foreign", {"rule": "minimum", "type": "text"}),
        "“minimum” is no rule for the type “Text”. Leave it out, or take another type.",
    ),
    (
        Message("draft.column.remembered", {"about": "day_order", "answer": "comma", "type": "number"}),
        "“comma” cannot be remembered under “day_order” of a column of the type “Number”.",
    ),
    (
        Message("draft.rule.unknown", {"name": "colour", "rules": ["required", "unique"]}),
        "“colour” is no rule. There are: required, unique.",
    ),
    (
        Message("draft.rule.only_spaces"),
        "There are only spaces in this. Write a value, or leave it out.",
    ),
    (
        Message("draft.rule.no_length", {"most": 32767}),
        "Write a whole number from 0 to 32767, the most characters that fit in a cell.",
    ),
    (Message("draft.rule.range", {"least": "9", "most": "3"}), "3 is less than 9."),
    (
        Message("draft.rule.pattern", {"reason": "missing ): ("}),
        "This is not a regular expression: missing ): (.",
    ),
    (Message("draft.rule.default", {"default": "C"}), "“C” is not one of the choices."),
    (Message("draft.choices.none"), "List the choices, one on each line."),
    (
        Message("draft.choices.many", {"most": 1000, "count": 1001}),
        "List at most 1,000 choices; these are 1,001.",
    ),
    (
        Message("draft.choices.long", {"beginning": "Gold", "most": 1000, "length": 1001}),
        "A choice can have at most 1,000 characters; “Gold…” has 1,001.",
    ),
    (Message("draft.choices.blank"), "One of the choices is empty. Leave it out."),
    (
        Message("draft.choices.unusable", {"choice": "B ", "better": "B"}),
        "“B ” has a line break, or spaces at its ends, and no cell could hold it. Write it like “B”.",
    ),
    (
        Message("change.column_goes", {"column": "Name", "records": 1}),
        "“Name” goes, with what it holds in 1 record.",
    ),
    (
        Message("change.blanks_stay", {"column": "Name", "records": 1200}),
        "“Name” is blank in 1,200 records. They stay as they are.",
    ),
    (
        Message("change.type", READ),
        "“Since” becomes “date”: all 1,200 values can be read so.",
    ),
    (
        Message(
            "change.type",
            {
                **READ,
                "lost": 1,
                "example": "soon",
                "reading": {"convention": 1, "proofs": 0, "against": 2},
            },
        ),
        "“Since” becomes “date”: 1,200 of 1,201 values can be read so. What cannot, such as “soon”, becomes "
        "blank. Its dates are read month first (01/31/2026): none of them shows which way is meant, and 2 "
        "only the other way.",
    ),
    (
        Message(
            "change.type",
            {**READ, "type": "integer", "reading": {"convention": 0, "proofs": 3, "against": 0}},
        ),
        "“Since” becomes “whole number”: all 1,200 values can be read so. Its numbers are read with commas "
        "between thousands (1,234): 3 can only be read so.",
    ),
    (
        Message("change.not_converted", {"column": "Name"}),
        "The values of “Name” could not be converted, and nothing was changed. Try again; if that does not "
        "help, export the records, add a column of the new type, and import them into it.",
    ),
    (
        Message("change.worn"),
        "The records of this template are being read all the time, so its columns cannot be changed now, and "
        "nothing was. Try again in a minute.",
    ),
    (
        Message("change.moved"),
        "The columns or records have changed meanwhile. Look once more at what would happen.",
    ),
]

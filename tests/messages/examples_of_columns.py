"""What a column is and asks of its cells: on pages, and in the workbooks that are written."""

from xlsapp.problems import Message

COLUMNS = [
    (Message("column.type", {"type": "datetime"}), "Date and time"),
    (Message("column.holds", {"type": "time"}), "A time of day, such as 09:30."),
    (Message("column.required"), "Required."),
    (Message("column.may_be_blank"), "May be left blank."),
    (Message("column.between", {"least": "1", "most": "10"}), "1 to 10."),
    (Message("column.between", {"least": "1", "most": None}), "At least 1."),
    (Message("column.length", {"least": None, "most": 80}), "At most 80 characters."),
    (Message("column.choices", {"shown": ["Free", "Team"], "more": 0}), "The choices are: Free, Team."),
    (
        Message("column.choices", {"shown": ["Free", "Team"], "more": 1202}),
        "The choices are: Free, Team and 1,202 more.",
    ),
    (Message("column.pattern", {"pattern": "[A-Z]{2}"}), "It has the form [A-Z]{2}."),
    (Message("column.unique"), "No value may stand here twice."),
    (Message("column.default", {"default": "Free"}), "Left blank in a new row, it becomes “Free”."),
    (
        Message("column.kept", {"rules": ["max_length", "unique"]}),
        "What breaks these rules is kept, with a warning: max length, unique.",
    ),
    (
        Message("column.mend", {"type": "integer", "between": ["1", None]}),
        "Write a whole number in digits, at least 1. It can have 15 digits at most: Excel loses those after "
        "them.",
    ),
    (
        Message("column.mend", {"type": "text", "length": [2, 5]}),
        "Write a text, of 2 to 5 characters.",
    ),
    (Message("readme.sheet"), "Read me"),
    (Message("readme.what_it_is"), "What it is"),
    (Message("readme.how_to_use_it"), "How to use it"),
    (
        Message("readme.upload"),
        "Fill in or change the rows of the first sheet, and upload this workbook: every problem is then "
        "shown by cell.",
    ),
    (
        Message("readme.header"),
        "Keep the header row as it is. Columns may change places, and you may add columns of your own: "
        "those are left alone.",
    ),
    (
        Message("readme.notes"),
        "Select a header's cell to read what its column asks for. Cells with a list offer it at a small "
        "arrow.",
    ),
    (
        Message("readme.ids"),
        "Hidden columns at the end say which record a row is. Leave them as they are, and a changed row "
        "updates its record.",
    ),
    (
        Message("readme.new_rows"),
        "A row without them becomes a new record. Do not copy them along with a row.",
    ),
    (
        Message("readme.as_text"),
        "Numbers of more than 15 digits and dates before March 1900 stand as text, as Excel would change "
        "them.",
    ),
    (Message("readme.column"), "Column"),
    (Message("readme.holds"), "What it holds"),
    (Message("readme.required"), "Required"),
    (Message("readme.is_required"), "required"),
]

"""Why what a form sent is not taken."""

from xlsapp.problems import Message

FORMS = [
    (
        Message("form.many_parts", {"most": 1000}),
        "This upload has more than 1,000 fields, and nothing was changed. Send the file with the fields of "
        "its form alone.",
    ),
    (
        Message("form.much_beside_the_file", {"most_megabytes": 1}),
        "The fields of this upload are larger than 1 MB beside the file, and nothing was changed. Send the "
        "file with the fields of its form alone.",
    ),
    (
        Message("form.many_files"),
        "These are several files, and an upload takes one. Send them one after the other.",
    ),
    (
        Message("form.many_columns", {"most": 500, "count": 19_000}),
        "A template can have 500 columns; these are 19,000, and nothing was changed. Remove some, or make "
        "several templates.",
    ),
]

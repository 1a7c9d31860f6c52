"""Why what a form sent is not taken."""

from collections.abc import Callable, Mapping

WORDS: Mapping[str, str | Callable[..., str]] = {
    "form.not_whole": "The upload did not arrive whole. Please send it again.",
    "form.large_file": "This file is larger than {most_megabytes} MB, the most that can be uploaded.",
    "form.many_parts": (
        "This upload has more than {most:, fields}, and nothing was changed. Send the file with the "
        "fields of its form alone."
    ),
    "form.much_beside_the_file": (
        "The fields of this upload are larger than {most_megabytes:,} MB beside the file, and nothing was "
        "changed. Send the file with the fields of its form alone."
    ),
    "form.many_files": "These are several files, and an upload takes one. Send them one after the other.",
    "form.many_columns": (
        "A template can have {most:, columns}; these are {count:,}, and nothing was changed. Remove some, "
        "or make several templates."
    ),
}

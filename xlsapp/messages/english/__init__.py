"""The words in English: a code → a text with {parameters}, or a function of them where grammar asks for one.

A second language is a package beside this one, with words for the same codes.
"""

from collections.abc import Callable, Mapping

from xlsapp.messages.english import (
    accounts,
    audit,
    bodies,
    cells,
    children,
    columns,
    disk,
    exports,
    files,
    forms,
    history,
    importing,
    jobs,
    marking,
    notes,
    proposing,
    reading,
    records,
    requests,
    reviewing,
    rows,
    templates,
    views,
)

WORDS: Mapping[str, str | Callable[..., str]] = {
    **accounts.WORDS,
    **audit.WORDS,
    **bodies.WORDS,
    **disk.WORDS,
    **files.WORDS,
    **forms.WORDS,
    **history.WORDS,
    **reading.WORDS,
    **records.WORDS,
    **requests.WORDS,
    **columns.WORDS,
    **cells.WORDS,
    **rows.WORDS,
    **notes.WORDS,
    **templates.WORDS,
    **proposing.WORDS,
    **children.WORDS,
    **exports.WORDS,
    **jobs.WORDS,
    **marking.WORDS,
    **views.WORDS,
    **importing.WORDS,
    **reviewing.WORDS,
}

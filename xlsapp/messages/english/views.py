"""What is wrong with a search or a filter."""

from collections.abc import Callable, Mapping, Sequence

from xlsapp.messages.english.phrases import quoted


def _cannot_be_filtered(column: str, by: Sequence[str]) -> str:
    return f"“{column}” can be filtered by {', '.join(by[:-1])} and {by[-1]}."


def _columns_gone(columns: Sequence[str]) -> str:
    names = quoted(list(filter(None, columns)))
    what = f"{'a column' if len(columns) == 1 else 'columns'}{f' ({names})' if names else ''}"
    return (
        f"These records were to be filtered or sorted by {what} that this template does not have any more, "
        "or not as it was: without that, others would be in the file. Look at the records again, and export "
        "what the page shows then."
    )


WORDS: Mapping[str, str | Callable[..., str]] = {
    "view.search_too_long": "Search for at most {most:, characters}.",
    "view.value_too_long": "Write at most {most:, characters}.",
    "view.too_many_filters": "A view takes at most {most:, filters}. The rest was left out.",
    "view.nothing_to_compare": "This is empty. Write what to compare with; `blank` finds empty cells.",
    "view.many_at_once": (
        "{waiting} of your searches, filters or sorts are waiting for their turn. Try again in a moment."
    ),
    "view.cannot_be_filtered": _cannot_be_filtered,
    "view.columns_gone": _columns_gone,
    "view.no_name": "Give the view a name.",
    "view.name_too_long": "A view's name has at most {most:, characters}.",
    "view.name_taken": "Another view is called “{name}”. Choose another name.",
    "view.many_saved": "You have {most:, views} of this template. Delete one before you save another.",
    "view.no_such_view": "There is no saved view “{name}” of this template.",
    "view.saved_gone": (
        "The view “{name}” filters or sorts by what this template does not have any more, or not as it was. "
        "Save it anew under its name."
    ),
    "view.alone": "A saved view is asked for by its name alone.",
}

"""What is wrong with a search or a filter."""

from collections.abc import Callable, Mapping, Sequence


def _cannot_be_filtered(column: str, by: Sequence[str]) -> str:
    return f"“{column}” can be filtered by {', '.join(by[:-1])} and {by[-1]}."


WORDS: Mapping[str, str | Callable[..., str]] = {
    "view.search_too_long": "Search for at most {most} characters.",
    "view.value_too_long": "Write at most {most} characters.",
    "view.too_many_filters": "A view takes at most {most} filters. The rest was left out.",
    "view.nothing_to_compare": "This is empty. Write what to compare with; `blank` finds empty cells.",
    "view.cannot_be_filtered": _cannot_be_filtered,
}

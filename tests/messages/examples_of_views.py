"""What is wrong with a search or a filter."""

from xlsapp.problems import Message

VIEWS = [
    (Message("view.search_too_long", {"most": 200}), "Search for at most 200 characters."),
    (Message("view.value_too_long", {"most": 200}), "Write at most 200 characters."),
    (
        Message("view.too_many_filters", {"most": 50}),
        "A view takes at most 50 filters. The rest was left out.",
    ),
    (
        Message("view.nothing_to_compare"),
        "This is empty. Write what to compare with; `blank` finds empty cells.",
    ),
    (
        Message("view.many_at_once", {"waiting": 20}),
        "20 of your searches, filters or sorts are waiting for their turn. Try again in a moment.",
    ),
    (
        Message("view.cannot_be_filtered", {"column": "Grade", "by": ["one_of", "blank"]}),
        "“Grade” can be filtered by one_of and blank.",
    ),
    (
        Message("view.columns_gone", {"columns": ["Secret"]}),
        "These records were to be filtered or sorted by a column (“Secret”) that this template does not have "
        "any more, or not as it was: without that, others would be in the file. Look at the records again, "
        "and export what the page shows then.",
    ),
    (
        Message("view.columns_gone", {"columns": ["", ""]}),
        "These records were to be filtered or sorted by columns that this template does not have any more, "
        "or not as it was: without that, others would be in the file. Look at the records again, and export "
        "what the page shows then.",
    ),
]

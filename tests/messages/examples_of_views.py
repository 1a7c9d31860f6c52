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
    (Message("view.no_name"), "Give the view a name."),
    (Message("view.name_too_long", {"most": 60}), "A view's name has at most 60 characters."),
    (
        Message("view.name_taken", {"name": "Open"}),
        "Another view is called “Open”. Choose another name.",
    ),
    (
        Message("view.many_saved", {"most": 50}),
        "You have 50 views of this template. Delete one before you save another.",
    ),
    (Message("view.no_such_view", {"name": "Open"}), "There is no saved view “Open” of this template."),
    (
        Message("view.saved_gone", {"name": "Open"}),
        "The view “Open” filters or sorts by what this template does not have any more, or not as it was. "
        "Save it anew under its name.",
    ),
    (Message("view.alone"), "A saved view is asked for by its name alone."),
]

"""What is said of changes that people make to records."""

from xlsapp.problems import Message

RECORDS = [
    (
        Message("record.changed_meanwhile", {"value": "Grace"}),
        "Changed since you opened it: “Grace” is stored now.",
    ),
    (
        Message("record.changed_meanwhile", {"value": ""}),
        "Changed since you opened it: it is blank now.",
    ),
    (Message("record.choose"), "Choose which of the two is to be stored."),
    (
        Message("record.other_revision"),
        "This record has been changed since: it has another revision than `If-Match` names. Read it again.",
    ),
]

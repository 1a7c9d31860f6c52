"""What is said of changes that people make to records."""

from xlsapp.problems import Message

RECORDS = [
    (
        Message("bulk.blank_key", {"columns": ["Code"]}),
        "“Code” tells which record is meant, and must not be blank.",
    ),
    (
        Message("bulk.blank_key", {"columns": ["Code", "Place"]}),
        "“Code”, “Place” tell which record is meant, and must not be blank.",
    ),
    (Message("bulk.no_keys"), "An upsert finds its record by columns: name them here."),
    (Message("bulk.no_record"), "There is no such record, or not any more."),
    (
        Message("bulk.other_revision"),
        "This record has been changed since: it has another revision by now.",
    ),
    (
        Message("bulk.several_records"),
        "Several records have these keys. Name the one that is meant by its id.",
    ),
    (
        Message("bulk.twice", {"value": "A-1", "item": 3}),
        "“A-1” is in operation 3 already. It may be there only once.",
    ),
    (
        Message("edit.nothing_to_find"),
        "Write what is to be found. Blank cells are found by a filter.",
    ),
    (
        Message("paste.beside", {"column": "Code", "problem": "This is empty."}),
        "“Code”, beside the block: This is empty.",
    ),
    (
        Message("paste.long", {"rows": 12, "room": 8}),
        "The block has 12 rows, and from that record on there are 8 on the page. Tick the box below to add "
        "the others as new records.",
    ),
    (
        Message("paste.many_rows", {"rows": 1200, "most": 1000}),
        "The block has 1,200 rows. At most 1,000 rows may be pasted: import a workbook instead.",
    ),
    (Message("paste.nothing"), "There is nothing in it. Copy some cells, and paste them here."),
    (
        Message("paste.wide", {"columns": 4, "room": 1}),
        "The block has 4 columns, and from that column on there is 1.",
    ),
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

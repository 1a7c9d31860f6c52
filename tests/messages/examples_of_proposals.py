"""What was seen in a sample workbook, and what shows what is proposed for it."""

from xlsapp.problems import Message


def _type(type: str, convention: int, *, only: int = 0, either: int = 0) -> Message:
    way = {"convention": convention, "only": only, "either": either}
    return Message("evidence.type", {"type": type, "fits": 1200, "cells": 1201, "way": way})


PROPOSALS = [
    (
        Message("proposal.other_sheets", {"sheet": "Jan", "others": ["Feb", "March"], "more": 0}),
        "The sheet “Jan” was looked at, not “Feb”, “March”.",
    ),
    (
        Message("proposal.other_sheets", {"sheet": "Jan", "others": ["Feb"], "more": 2}),
        "The sheet “Jan” was looked at, not “Feb” and 2 more.",
    ),
    (
        Message(
            "proposal.headers_in_order",
            {"header": "Name", "cells": ["A3", "D3"], "count": 2, "names": ["Name", "Name (2)"]},
        ),
        "The header “Name” is there twice, in A3 and D3. Its columns are called “Name”, “Name (2)” in this "
        "order, and are told apart by it in imports.",
    ),
    (
        Message(
            "proposal.headers_in_order",
            {"header": "Q", "cells": ["A1", "B1"], "count": 30, "names": ["Q", "Q (2)"]},
        ),
        "The header “Q” is there 30 times, in A1, B1 …. Its columns are called “Q”, “Q (2)” … in this order, "
        "and are told apart by it in imports.",
    ),
    (
        Message("proposal.many_columns", {"most": 500, "count": 1200}),
        "Only the first 500 of 1,200 columns were taken.",
    ),
    (
        Message("proposal.columns_without_header", {"columns": [["B", 3]], "more": 0, "more_cells": 0}),
        "Columns without a header were left out: B (3 cells).",
    ),
    (Message("evidence.nothing"), "Every cell is empty."),
    (Message("evidence.only_value"), "Its only value is of this type."),
    (
        Message("evidence.choices", {"choices": ["Team", "Free"], "count": 2, "cells": 1200}),
        "2 different texts in 1,200 cells: Team, Free.",
    ),
    (
        Message("evidence.choices", {"choices": ["Team"], "count": 7, "cells": 70}),
        "7 different texts in 70 cells: Team ….",
    ),
    (Message("evidence.texts", {"texts": 1, "zeros": False, "different": 1}), "1 text."),
    (
        Message("evidence.texts", {"texts": 1, "zeros": True, "different": 1}),
        "1 text, of digits with a zero in front, which is kept.",
    ),
    (
        Message("evidence.texts", {"texts": 1200, "zeros": True, "different": 1}),
        "1,200 texts, some of digits with a zero in front, which is kept.",
    ),
    (Message("evidence.texts", {"texts": 2, "zeros": False, "different": None}), "2 texts."),
    (
        Message("evidence.texts", {"texts": 30, "zeros": False, "different": 29}),
        "30 texts, 29 of them different.",
    ),
    (
        Message("evidence.type", {"type": "email", "fits": 2, "cells": 2, "way": None}),
        "2 of 2 are e-mail addresses.",
    ),
    (_type("date", 0, only=1), "1,200 of 1,201 are dates; 1 can only be day first."),
    (
        _type("number", 1, either=1),
        "1,200 of 1,201 are numbers; 1 could be read either way, and is taken to have a decimal comma.",
    ),
    (
        _type("datetime", 1, either=2),
        "1,200 of 1,201 are dates with a time; 2 could be read either way, and are taken to be month first.",
    ),
    (Message("evidence.empty_cells", {"empty": 0, "rows": 30}), "No cell is empty."),
    (Message("evidence.empty_cells", {"empty": 1, "rows": 1200}), "1 of 1,200 is empty."),
    (Message("evidence.empty_cells", {"empty": 2, "rows": 30}), "2 of 30 are empty."),
    (Message("evidence.unique"), "No value is there twice, which is proposed as a rule."),
    (
        Message("evidence.misfits", {"count": 1, "value": "n/a", "cell": "B42"}),
        "One cell is not: “n/a” in B42. So text is proposed; otherwise an import would report it.",
    ),
    (
        Message("evidence.misfits", {"count": 2, "value": "n/a", "cell": "B42"}),
        "2 cells are not, such as “n/a” in B42. So text is proposed; otherwise an import would report them.",
    ),
    (
        Message("evidence.errors", {"count": 1, "value": "#N/A", "cell": "B42"}),
        "One cell cannot be imported: “#N/A” in B42.",
    ),
    (
        Message("evidence.errors", {"count": 2, "value": "#N/A", "cell": "B42"}),
        "2 cells cannot be imported, such as “#N/A” in B42.",
    ),
    (
        Message("proposal.only_errors", {"sheet": "Data", "row": 3}),
        "The sheet “Data” has nothing but errors below its header row 3. Mend its formulas, and upload it "
        "again.",
    ),
    (
        Message("proposal.error_cells", {"sheet": "", "cells": 1, "shown": [["B42", "#N/A"]]}),
        "1 cell cannot be imported: “#N/A” in B42.",
    ),
    (
        Message(
            "proposal.error_cells", {"sheet": "May", "cells": 7, "shown": [["B2", "#N/A"], ["C3", "#REF!"]]}
        ),
        "7 cells of the sheet “May” cannot be imported: “#N/A” in B2, “#REF!” in C3 ….",
    ),
    (
        Message("proposal.broken_rows", {"rows": 1, "shown": [1200]}),
        "Row 1,200 has more or fewer fields than the header has names, and cannot be read: it is left out of "
        "the import.",
    ),
    (
        Message("proposal.broken_rows", {"rows": 3, "shown": [4, 7]}),
        "3 rows have more or fewer fields than the header has names, and cannot be read: 4, 7 …. They are "
        "left out of the import.",
    ),
    (
        Message("evidence.listed", {"choices": ["Yes", "No"], "count": 3}),
        "The workbook's own list of 3: Yes, No ….",
    ),
]

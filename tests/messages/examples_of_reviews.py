"""What is said of a review."""

from xlsapp.problems import Message

NOTHING_MOVED = {"edited": 0, "of": 40, "rows": 0, "deleted": 0}

CELL = {"kind": "cell", "column": "Plan", "row": 0, "cells": 1, "found": "", "text": ""}

REVIEWS = [
    (Message("review.mend", {**CELL, "row": 1200, "text": "Gold"}), "Row 1,200, “Plan”: “Gold”"),
    (Message("review.mend", {**CELL, "row": 3}), "Row 3, “Plan”: empty"),
    (
        Message("review.mend", {**CELL, "kind": "replace", "cells": 1200, "found": "gold", "text": "Gold"}),
        "1,200 cells of “Plan”: “gold” is “Gold”",
    ),
    (Message("review.mend", {**CELL, "kind": "replace", "text": "Gold"}), "1 cell of “Plan”: “Gold”"),
    (
        Message("review.mend", {**CELL, "kind": "trim"}),
        "1 cell of “Plan”: without the blanks around the text",
    ),
    (Message("review.mend", {**CELL, "kind": "default"}), "1 cell of “Plan”: the default"),
    (Message("review.mend", {**CELL, "kind": "blank"}), "1 cell of “Plan”: empty"),
    (Message("review.mend", {**CELL, "kind": "leave_out", "cells": 2}), "2 rows left out"),
    (Message("review.mend", {**CELL, "kind": "leave_out"}), "1 row left out"),
    (Message("review.mend", {**CELL, "kind": "leave_out", "row": 7}), "Row 7 left out"),
    (
        Message("review.columns_changed"),
        "The template’s columns have changed since the workbook was read. Check the workbook again.",
    ),
    (
        Message("review.problems", {"problems": 1}),
        "1 row has a problem. Mend what is wrong, or leave such rows out; then it can be applied.",
    ),
    (
        Message("review.problems", {"problems": 1200}),
        "1,200 rows have a problem. Mend what is wrong, or leave such rows out; then it can be applied.",
    ),
    (
        Message("review.moved", {**NOTHING_MOVED, "edited": 3, "rows": 7}),
        "3 of the 40 records to change were edited since: look again. Nothing was written.",
    ),
    (
        Message("review.moved", {**NOTHING_MOVED, "rows": 1}),
        "Records have changed since, and 1 row would do something else now: look again. Nothing was written.",
    ),
    (
        Message("review.moved", {**NOTHING_MOVED, "deleted": 2}),
        "Records have come or gone since, 2 records to delete among them: look again. Nothing was written.",
    ),
    (
        Message("review.being_applied"),
        "This review is being applied, or was: nothing can be mended any more.",
    ),
    (
        Message("review.all_rows_count"),
        "“Replace all” deletes the records that no row is. So no row can be left out: mend it instead.",
    ),
    (
        Message("review.no_such_cells"),
        "The workbook has no such cells. Mend others, or leave the rows out.",
    ),
    (
        Message("review.no_default", {"column": "Plan"}),
        "“Plan” has no default. Write what is to stand there.",
    ),
    (
        Message("review.nothing_to_mend"),
        "There is nothing of this kind any more: somebody may have mended it.",
    ),
    (
        Message("review.row_mended_meanwhile", {"row": 1200}),
        "Somebody has mended row 1,200 meanwhile. Look at it again.",
    ),
    (
        Message("review.moved_on"),
        "The review was changed before it could be applied. Look at it again.",
    ),
    (
        Message("review.changed_meanwhile"),
        "Somebody has changed this review meanwhile. Look at it again.",
    ),
]

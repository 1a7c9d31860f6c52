"""What the first version stored of an import, in the table of imports and in job statuses: sentences."""

from typing import Any

OLD_SUMMARY: dict[str, Any] = {
    "success": True,
    "summary": "2 rows imported: 1 created, 1 updated, 1 left out.",
    "processed_count": 2,
    "counts": {
        "rows": 4,
        "created": 1,
        "updated": 1,
        "unchanged": 0,
        "rejected": 1,
        "blank": 0,
        "above_header": 1,
        "hidden": 0,
        "deleted": 0,
    },
    "mode": "Add or update",
    "groups": [
        {
            "severity": "problem",
            "column": "Orders",
            "rule": "type",
            "title": "cannot be read",
            "count": 1,
            "rows": "4",
            "cells": [{"cell": "Sheet1!B4", "value": "many", "message": "“many” is not a whole number."}],
        }
    ],
    "more_groups": 0,
    "problem_count": 1,
    "warning_count": 0,
    "problem_limit": 10000,
    "problems_listed": 1,
    "notes": ["The sheet “Sheet1” was imported. Left alone: “Notes”."],
    "format": "xlsx",
    "sheet": "Sheet1",
    "header_row": 1,
    "encoding": "",
    "delimiter": "",
    "columns": {"matched": ["Name", "Orders"], "extra": ["Remarks"], "missing": []},
}

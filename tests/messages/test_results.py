"""Results and problem lists as they are shown: those of this version, and those that an older one stored."""

import sqlite3
from contextlib import closing

from xlsapp.messages.results import problem_shown, result_shown
from xlsapp.problems import Message
from xlsapp.spreadsheet.reading.listed_problems import count_problems, read_problem_page, read_problems
from xlsapp.spreadsheet.reading.problem_log import ProblemLog

# As the version of 2026-11-29 stored them.
OLD_GROUP = {
    "severity": "problem",
    "column": "Orders",
    "rule": "type",
    "title": "cannot be read",
    "count": 3,
    "rows": "2–4",
    "cells": [{"cell": "Sheet1!B2", "value": "many", "message": "“many” is not a whole number."}],
}
OLD_REPORT = """
CREATE TABLE problems (
    id INTEGER PRIMARY KEY, severity TEXT NOT NULL, sheet TEXT NOT NULL, row INTEGER NOT NULL, cell TEXT NOT
    NULL,
    column_name TEXT NOT NULL, rule TEXT NOT NULL, value TEXT NOT NULL, message TEXT NOT NULL
);
INSERT INTO problems (severity, sheet, row, cell, column_name, rule, value, message) VALUES
    ('problem', 'Sheet1', 2, 'Sheet1!B2', 'Orders', 'type', 'many', '“many” is not a {number}.');
"""


def _log_of_four(folder):
    log = ProblemLog(folder / "report", limit=10)
    log.logged.sheet = "Sheet1"
    for row in (2, 3, 4, 1200):
        log.add(
            row=row,
            index=1,
            column="Orders",
            rule="type",
            value="many" * 100,
            message=Message("cell.not_a_number", {"value": "many…", "whole": True}),
            warning=False,
        )
    log.close()
    return log


def test_a_group_is_stored_as_data_and_shown_in_words(tmp_path):
    [group] = _log_of_four(tmp_path).logged.groups()

    assert not {"title", "rows", "message"} & {*group, *group["cells"][0]}
    [shown] = result_shown({"groups": [group]})["groups"]

    assert shown["code"] == "group.type"
    assert (shown["title"], shown["rows"], shown["count"]) == ("cannot be read", "2–4, 1,200", 4)
    assert shown["cells"][0]["message"] == "“many…” is not a whole number. Write it in digits."
    assert shown["cells"][0]["parameters"] == {"value": "many…", "whole": True}
    assert len(shown["cells"][0]["value"]) == 120


def test_a_listed_problem_has_its_code_its_place_and_the_whole_value(tmp_path):
    _log_of_four(tmp_path)

    [problem] = read_problem_page(tmp_path / "report", offset=3, limit=1)

    assert problem_shown(problem) == {
        "severity": "problem",
        "sheet": "Sheet1",
        "row": 1200,
        "cell": "Sheet1!B1200",
        "column": "Orders",
        "rule": "type",
        "value": "many" * 100,
        "message": "“many…” is not a whole number. Write it in digits.",
        "code": "cell.not_a_number",
        "parameters": {"value": "many…", "whole": True},
    }


def test_a_result_of_an_older_version_shows_as_it_was():
    assert result_shown({"summary": "Nothing was imported.", "groups": [OLD_GROUP]})["groups"] == [OLD_GROUP]


def test_a_report_of_an_older_version_shows_as_it_was(tmp_path):
    with closing(sqlite3.connect(tmp_path / "report")) as conn:
        conn.executescript(OLD_REPORT)

    [[problem]] = read_problems(tmp_path / "report")

    assert count_problems(tmp_path / "report") == 1
    assert problem_shown(problem) == {
        "severity": "problem",
        "sheet": "Sheet1",
        "row": 2,
        "cell": "Sheet1!B2",
        "column": "Orders",
        "rule": "type",
        "value": "many",
        "message": "“many” is not a {number}.",
        "code": "stored.sentence",
        "parameters": {"sentence": "“many” is not a {number}."},
    }

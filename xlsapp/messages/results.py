"""What jobs found, as pages and programs are shown it: what is stored, and the sentences beside it."""

from collections.abc import Mapping
from typing import Any

from xlsapp.messages.english.rows import ranges
from xlsapp.messages.saying import say
from xlsapp.problems import Message, Problem


def result_shown(result: Mapping[str, Any]) -> dict[str, Any]:
    """A job's result. Sentences that an older version stored stay as they are.

    The messages are there twice: as sentences in their old places, and as data under `messages`.
    """
    shown = dict(result)
    if "groups" in shown:
        shown["groups"] = [_group_shown(group) for group in shown["groups"]]
    for name in ("questions", "guessed"):
        if name in shown:
            shown[name] = [_question_shown(question) for question in shown[name]]
    if "version" not in result or "mode" not in result:
        return shown
    messages = {"summary": result["summary"], "reasons": shown.pop("reasons"), "notes": result["notes"]}
    return shown | {
        "messages": messages,
        "summary": say(Message.from_dict(result["summary"])),
        "notes": [say(Message.from_dict(note)) for note in result["notes"]],
        "mode": say(Message("import.mode", {"mode": result["mode"]})),
    }


def problem_shown(problem: Problem) -> dict[str, Any]:
    """One of the listed problems."""
    place = problem.place
    return {
        "severity": problem.severity,
        "sheet": place.sheet,
        "row": place.row,
        "cell": place.cell,
        "column": place.column,
        "rule": problem.rule,
        "value": problem.value,
        "message": say(problem.message),
        "code": problem.code,
        "parameters": dict(problem.parameters),
    }


def _question_shown(question: Mapping[str, Any]) -> dict[str, Any]:
    about, names = question["about"], question["parameters"].get("names", {})
    return {
        **question,
        "question": say(Message.from_dict(question)),
        "answers": [
            {
                "answer": answer,
                "text": say(
                    Message(
                        "question.answer",
                        {"about": about, "answer": answer, "name": names.get(answer, "")},
                    )
                ),
            }
            for answer in question["answers"]
        ],
    }


def _group_shown(group: Mapping[str, Any]) -> dict[str, Any]:
    if "code" not in group:
        return dict(group)
    return {
        **group,
        "title": say(Message.from_dict(group)),
        "rows": ranges(group["ranges"], more=group["more_ranges"]),
        "cells": [{**cell, "message": say(Message.from_dict(cell))} for cell in group["cells"]],
    }

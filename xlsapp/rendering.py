"""The Jinja environment: pages, partials, and the Turbo-Stream messages that carry a partial to a browser."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

from xlsapp.clock import parse_utc
from xlsapp.messages.saying import say
from xlsapp.models import ColumnType
from xlsapp.problems import Message

# In a wheel the pages lie inside the package, in a checkout beside it.
_PACKAGE = Path(__file__).parent
_HOME = _PACKAGE if (_PACKAGE / "templates").exists() else _PACKAGE.parent
TEMPLATES = _HOME / "templates"
STATIC = _HOME / "static"

UrlFor = Callable[..., str]


class Renderer:
    """Renders templates. `url_for(name, **params)` gives the path of a route."""

    def __init__(self, url_for: UrlFor) -> None:
        self.url_for = url_for
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            # Each look at a file lets go of Python's lock: a hundred a page, and others take it every time.
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(
            url=url_for, static=cache(lambda path: f"{url_for('static', path=path)}?v={_fingerprint(path)}")
        )
        self._environment.filters.update(
            ago=ago, until=until, number=number, filesize=filesize, say=say, type_name=type_name
        )

    def render(self, template: str, context: Mapping[str, Any]) -> str:
        """A page or a partial, as HTML."""
        return self._environment.get_template(template).render(context)

    def replace_stream(self, target: str, template: str, **context: Any) -> str:
        """A message that puts a partial in the place of the element with the id `target`."""
        html = Markup(self.render(template, context))  # noqa: S704 (rendered with autoescape just now)
        return (
            f'<turbo-stream action="replace" target="{escape(target)}">'
            f"<template>{html}</template></turbo-stream>"
        )


def ago(moment: str) -> str:
    """How long ago a time was, in words: “12 s ago”; what is to come, as it is. Takes UTC text."""
    seconds = int((datetime.now(UTC) - parse_utc(moment)).total_seconds())
    if seconds < 0:
        return moment[:16].replace("T", " ") + " UTC"
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"


def until(start: str, end: str) -> str:
    """How long it is from one time to another, in words: “4 s”, “2 min 5 s”. Takes UTC text."""
    seconds = max(0, round((parse_utc(end) - parse_utc(start)).total_seconds()))
    if seconds < 1:
        return "under 1 s"
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60} min {seconds % 60} s"


def type_name(kind: ColumnType) -> str:
    """What people call a type of column."""
    return say(Message("column.type", {"type": kind.value}))


def number(value: float) -> str:
    """A number with its thousands apart: 1,204."""
    return f"{value:,}"


def filesize(size_bytes: int) -> str:
    """A size in the unit that suits it: 10.5 MB."""
    size = float(size_bytes)
    for unit in ("bytes", "KB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


@cache
def _fingerprint(path: str) -> str:
    """Changes with a static file's content, so that browsers may keep it for ever."""
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]

"""A record's revision in headers: its ETag, and the one that a change is meant for."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from xlsapp.models import DataRecord
from xlsapp.web.api.schemas import Schema

IF_MATCH: Mapping[str, Schema] = {
    "If-Match": {
        "type": "string",
        "description": 'The record\'s `ETag`, which is its revision in quotes, `"3"`: the change is made '
        "only if nobody has changed the record since. Without it, it is made whatever the record is.",
    }
}


def etag_of(record: DataRecord) -> dict[str, str]:
    """The header with a record's revision."""
    return {"ETag": f'"{record.revision}"'}


def wanted_revisions(request: Request[Any]) -> set[int] | None:
    """The revisions that a change is meant for; None for any."""
    sent = request.headers.getlist("if-match")
    if not sent or "*" in map(str.strip, sent):
        return None
    tags = [tag.strip() for each in sent for tag in each.split(",")]
    # One that is weak, or none of ours, is no record's.
    digits = (tag[1:-1] for tag in tags if len(tag) > 2 and tag[0] == tag[-1] == '"')
    return {int(text) for text in digits if text.isascii() and text.isdecimal() and len(text) < 19}

"""What was typed on a sample's page, kept while the sample is looked at in another way: as far as it fits."""

import json
from collections.abc import Mapping
from typing import Any

from xlsapp.spreadsheet.proposing.proposals import Proposal
from xlsapp.web.http.forms import COLUMN_FIELDS, ColumnForm, TemplateForm
from xlsapp.web.pages.sample_forms import source_of

OF_THIS_FORM = ("id", "source", "aliases_before")
MAX_LENGTH = 100_000
"""What a job's status has room for, as JSON. Beyond it only the template's own texts are kept."""


def edits_of(form: TemplateForm, proposed: TemplateForm, proposal: Proposal) -> dict[str, Any]:
    """How a form differs from the one that was proposed: JSON-ready, its columns by their headers."""
    texts = {name: text for name, text in form.values.items() if text and text != proposed.values[name]}
    columns, added = {}, []
    left = set(range(len(proposal.columns))) if form.columns else set[int]()
    for column in form.columns:
        source = source_of(column, proposal)
        if source is None:
            added += [_kept(column.values)] if not column.is_blank else []
            continue
        place = proposal.columns.index(source)
        left.discard(place)
        before = proposed.columns[place].values
        if edit := {name: v for name, v in _kept(column.values).items() if v != before[name]}:
            columns[source.header] = edit
    edits: dict[str, Any] = {"texts": texts, "error_cells": form.error_cells}
    edited = {"columns": columns, "added": added, "removed": [proposal.columns[at].header for at in left]}
    return {**edits, **edited} if len(json.dumps(edited)) <= MAX_LENGTH else edits


def with_edits(proposed: TemplateForm, proposal: Proposal, edits: Mapping[str, Any]) -> TemplateForm:
    """A proposed form with what was typed before; columns of other headers are as they are proposed."""
    proposed.values |= edits.get("texts", {})
    proposed.error_cells = edits.get("error_cells", "")
    columns, removed = [], set(edits.get("removed", ()))
    for column, source in zip(proposed.columns, proposal.columns, strict=True):
        column.values |= edits.get("columns", {}).get(source.header, {})
        if source.header not in removed:
            columns.append(column)
    columns += [
        ColumnForm(0, {**dict.fromkeys(COLUMN_FIELDS, ""), **values}) for values in edits.get("added", ())
    ]
    proposed.columns = columns or proposed.columns
    for index, column in enumerate(proposed.columns):
        column.index = index
    return proposed


def _kept(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if name not in OF_THIS_FORM}

"""Storing what a draft describes: a new template, or a stored one changed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from xlsapp.db.connection import Database
from xlsapp.errors import Refused
from xlsapp.models import ImportTemplate, Remembered, TemplateColumn, User
from xlsapp.problems import Message
from xlsapp.repositories import import_templates, template_columns
from xlsapp.sandbox.sandbox import Sandbox
from xlsapp.services.records.records import Records
from xlsapp.services.templates import column_changes
from xlsapp.services.templates.definition import check
from xlsapp.services.templates.drafts import DraftProblem, DraftRefused, TemplateDraft
from xlsapp.services.templates.naming import header_problems, text_problems


async def create_template(
    db: Database, user: User, draft: TemplateDraft, *, max_columns: int
) -> ImportTemplate:
    """Store a new template with its columns. Raises DraftRefused with all that will not do."""
    checked = check(draft, max_columns=max_columns)
    if checked.problems:
        raise DraftRefused(checked.problems)
    async with db.write() as tx:
        try:
            template_id = await import_templates.add(
                tx, user.id, **_texts(draft), has_header=draft.has_header
            )
        except Refused as refused:
            raise _as_problem(refused) from None
        for column in checked.columns:
            await template_columns.add(tx, template_id, column)
        return await import_templates.find(tx, user.id, template_id)


async def change_template(
    records: Records,
    sandbox: Sandbox,
    template: ImportTemplate,
    draft: TemplateDraft,
    *,
    max_columns: int,
    confirmed: bool,
    staging: Path,
) -> tuple[Message, ...]:
    """Make a template what the draft says. Where stored values would be lost, that has to be confirmed.

    Returns what would be lost when it was not confirmed: nothing is changed then. `staging` is where
    converted values may be put meanwhile. Raises DraftRefused with all that will not do, or Refused.
    """
    checked = check(draft, max_columns=max_columns)
    problems = list(checked.problems)
    known = {column.id for column in template.columns} | {0}
    if any(column.id not in known for column in draft.columns):
        problems.append(DraftProblem(("columns",), Message("draft.columns_changed")))
    if problems:
        raise DraftRefused(problems)
    columns = _with_what_is_known(template, draft, checked.columns)
    changes = await column_changes.foresee(records.db, sandbox, template, columns, staging)
    if changes.warnings and not confirmed:
        return changes.warnings
    try:
        await column_changes.apply(records, template, changes, **_texts(draft), staging=staging)
    except Refused as refused:
        raise _as_problem(refused) from None
    return ()


async def describe_template(
    db: Database, template: ImportTemplate, *, name: str, description: str, has_header: bool
) -> ImportTemplate:
    """Another name or description, or files with a header row or without one, whatever its columns are.

    Raises DraftRefused.
    """
    draft = replace(TemplateDraft.of(template), name=name, description=description, has_header=has_header)
    if problems := text_problems(draft):
        raise DraftRefused(problems)
    async with db.write() as tx:
        try:
            await import_templates.change(tx, template.user_id, template.id, **_texts(draft))
        except Refused as refused:
            raise _as_problem(refused) from None
        if draft.has_header != template.has_header:
            await import_templates.remember_header(
                tx, template.user_id, template.id, has_header=draft.has_header
            )
        return await import_templates.find(tx, template.user_id, template.id)


def alias_problems(template: ImportTemplate, headers: Mapping[int, str]) -> dict[int, Message]:
    """What is wrong with one more header for each of these columns: both by the column's id."""
    draft = TemplateDraft.of(template)
    columns = tuple(
        replace(column, aliases=(*column.aliases, headers[column.id])) if column.id in headers else column
        for column in draft.columns
    )
    problems = header_problems(replace(draft, columns=columns))
    return {columns[int(problem.steps[1])].id: problem.message for problem in problems}


def _with_what_is_known(
    template: ImportTemplate, draft: TemplateDraft, columns: Sequence[TemplateColumn]
) -> tuple[TemplateColumn, ...]:
    """The columns, each with what was answered of it; nothing of one that gets another type."""
    stored = {column.id: column for column in template.columns}
    return tuple(
        replace(column, remembered=_still_known(stored[column.id].remembered, column))
        if wanted.remembered is None and column.id in stored and stored[column.id].type is column.type
        else column
        for wanted, column in zip(draft.columns, columns, strict=True)
    )


def _still_known(known: Remembered, column: TemplateColumn) -> Remembered:
    """Without the texts that meant what is no choice of the column any more."""
    choices = column.rules.choices
    return replace(known, matches=tuple(match for match in known.matches if match[1] in choices))


def _texts(draft: TemplateDraft) -> dict[str, str]:
    return {"name": draft.name.strip(), "description": draft.description.strip()}


def _as_problem(refused: Refused) -> DraftRefused:
    return DraftRefused([DraftProblem((refused.field,), refused.message)])

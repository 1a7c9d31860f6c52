"""The template form as a draft, and what is wrong with the draft beside the form's fields."""

from xlsapp.errors import Refused
from xlsapp.messages.saying import say
from xlsapp.models import RULE_NAMES, ImportTemplate
from xlsapp.services.templates.drafts import (
    TYPES_WITH_RULE,
    ColumnDraft,
    DraftRefused,
    TemplateDraft,
    has_rule,
)
from xlsapp.spreadsheet.reading.headers import normalised
from xlsapp.web.http.forms import ColumnForm, TemplateForm, small_number


def draft_of(form: TemplateForm) -> TemplateDraft:
    """What the form asks for. Its blank columns are taken out of it."""
    form.columns = [column for column in form.columns if not column.is_blank]
    return TemplateDraft(
        form.values["name"], form.values["description"], tuple(map(_column_draft, form.columns))
    )


def place(form: TemplateForm, refused: Refused) -> None:
    """Put what was refused beside the fields that it is about."""
    if not isinstance(refused, DraftRefused):
        form.errors[refused.field] = say(refused.message)
        return
    for problem in refused.problems:
        match problem.steps:
            case ("columns", int(position), str(name)):
                form.columns[position].errors[name] = say(problem.message)
            case (str(name),):
                form.errors[name] = say(problem.message)


def keep_new_aliases(form: TemplateForm, template: ImportTemplate) -> None:
    """Put into the form the aliases that its columns were given after it had been opened."""
    stored = {str(column.id): column for column in template.columns}
    for column in form.columns:
        if column.values["id"] not in stored:
            continue
        aliases = stored[column.values["id"]].aliases
        known = set(
            map(normalised, _lines(column.values["aliases"] + "\n" + column.values["aliases_before"]))
        )
        new = [alias for alias in aliases if normalised(alias) not in known]
        column.values["aliases"] = "\n".join([*_lines(column.values["aliases"]), *new])
        column.values["aliases_before"] = "\n".join(aliases)


def _column_draft(form: ColumnForm) -> ColumnDraft:
    """A column of the form, without the rules that the form does not show for its type."""
    values = {
        name: "" if name in TYPES_WITH_RULE and not has_rule(form.values["type"], name) else value
        for name, value in form.values.items()
    }
    return ColumnDraft(
        id=small_number(values["id"]) or 0,
        name=values["name"],
        type=values["type"],
        required=bool(values["required"]),
        aliases=tuple(_lines(values["aliases"])),
        unique=bool(values["unique"]),
        minimum=values["minimum"],
        maximum=values["maximum"],
        min_length=values["min_length"],
        max_length=values["max_length"],
        pattern=values["pattern"],
        choices=tuple(_lines(values["choices"])),
        default=values["default"],
        warnings=tuple(name for name in values["warnings"].split() if name in RULE_NAMES),
    )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]

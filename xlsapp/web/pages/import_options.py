"""The upload form's texts as an import's choices, and back."""

import enum
from collections.abc import Mapping, Sequence
from typing import TypeVar

from xlsapp.models import ImportTemplate
from xlsapp.problems import Message, sentence
from xlsapp.services.imports.options import Blank, ImportOptions, Merged, Mode, Times, no_such_key, outside

Word = TypeVar("Word", bound=enum.StrEnum)

CHOOSE = {
    "mode": "Choose what should happen.",
    "blank": "Choose what an empty cell does.",
    "times": "Choose how times are kept.",
    "merged": "Choose what merged cells mean.",
}


def options_of(
    values: Mapping[str, str], keys: Sequence[str], template: ImportTemplate
) -> tuple[ImportOptions, dict[str, Message]]:
    """The choices in a form, and all that will not do, by field; the choices hold where there is nothing."""
    known = {str(column.id): column.id for column in template.columns}
    problems: dict[str, Message] = {}
    if unknown := [key for key in keys if key not in known]:
        problems["keys"] = no_such_key(unknown[0])
    options = ImportOptions(
        mode=_one_of(Mode.ADD, values, "mode", problems),
        blank=_one_of(Blank.KEEP, values, "blank", problems),
        keys=tuple(known[key] for key in keys if key in known),
        valid_only=bool(values["valid_only"]),
        sheet=values["sheet"],
        header_row=_whole_number(values, "header_row", problems),
        encoding=values["encoding"],
        delimiter=values["delimiter"],
        times=_one_of(Times.REMEMBERED, values, "times", problems),
        merged=_one_of(Merged.ALL, values, "merged", problems),
        confirm_deletes=_whole_number(values, "confirm_deletes", problems),
        decimal=values["decimal"],
        dates=values["dates"],
        check=bool(values["check"]),
    )
    return options, {**options.problems(template), **problems}


def form_values(options: ImportOptions) -> dict[str, str]:
    """For the upload form, so that the same choices can be made again. A confirmation is not repeated."""
    return {
        "mode": options.mode.value,
        "blank": options.blank.value,
        "keys": ",".join(map(str, options.keys)),
        "valid_only": "on" if options.valid_only else "",
        "sheet": options.sheet,
        "header_row": "" if options.header_row is None else str(options.header_row),
        "encoding": options.encoding,
        "delimiter": options.delimiter,
        "decimal": options.decimal,
        "dates": options.dates,
        "times": options.times.value,
        "merged": options.merged.value,
    }


def _one_of(usual: Word, values: Mapping[str, str], name: str, problems: dict[str, Message]) -> Word:
    try:
        return type(usual)(values[name] or usual)
    except ValueError:
        problems[name] = sentence(CHOOSE[name])
        return usual


def _whole_number(values: Mapping[str, str], name: str, problems: dict[str, Message]) -> int | None:
    text = values[name].replace(",", "").strip()
    if not text:
        return None
    if not text.isdecimal() or len(text) > 12:
        problems[name] = outside(name)
        return None
    return int(text)

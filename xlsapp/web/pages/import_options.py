"""The upload form's texts as an import's choices, and back."""

import enum
from collections.abc import Mapping, Sequence
from typing import TypeVar

from xlsapp.errors import Refused
from xlsapp.models import ImportTemplate
from xlsapp.services.imports.options import Blank, ImportOptions, Merged, Mode, Times, no_such_key, outside

Word = TypeVar("Word", bound=enum.StrEnum)


def options_of(values: Mapping[str, str], keys: Sequence[str], template: ImportTemplate) -> ImportOptions:
    """The choices in a form. Raises Refused, which names the field."""
    known = {str(column.id): column.id for column in template.columns}
    if unknown := [key for key in keys if key not in known]:
        raise no_such_key(unknown[0])
    options = ImportOptions(
        mode=_one_of(Mode, values["mode"] or Mode.ADD, "mode", "Choose what should happen."),
        blank=_one_of(Blank, values["blank"] or Blank.KEEP, "blank", "Choose what an empty cell does."),
        keys=tuple(known[key] for key in keys),
        valid_only=bool(values["valid_only"]),
        sheet=values["sheet"][:255],
        header_row=_whole_number(values, "header_row"),
        encoding=values["encoding"],
        delimiter=values["delimiter"],
        times=_one_of(Times, values["times"] or Times.WRITTEN, "times", "Choose how times are kept."),
        merged=_one_of(Merged, values["merged"] or Merged.ALL, "merged", "Choose what merged cells mean."),
        confirm_deletes=_whole_number(values, "confirm_deletes"),
        decimal=values["decimal"],
        dates=values["dates"],
    )
    options.check(template)
    return options


def form_values(options: ImportOptions) -> dict[str, str]:
    """For the upload form, so that the same choices can be made again. A confirmation is not repeated."""
    return {
        "mode": options.mode.value,
        "blank": options.blank.value,
        "keys": ",".join(map(str, options.keys)),
        "valid_only": "on" if options.valid_only else "",
        "sheet": options.sheet,
        "header_row": str(options.header_row or ""),
        "encoding": options.encoding,
        "delimiter": options.delimiter,
        "decimal": options.decimal,
        "dates": options.dates,
        "times": options.times.value,
        "merged": options.merged.value,
    }


def _one_of(kind: type[Word], value: str, field: str, sentence: str) -> Word:
    try:
        return kind(value)
    except ValueError:
        raise Refused(sentence, field=field) from None


def _whole_number(values: Mapping[str, str], name: str) -> int | None:
    text = values[name].replace(",", "").strip()
    if not text:
        return None
    if not text.isdecimal() or len(text) > 12:
        raise outside(name)
    return int(text)

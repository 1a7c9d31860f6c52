"""The kinds of values that bodies, parameters and answers are made of.

Nothing is turned into another kind to make it fit: a text of digits is no number, and yes is not true.
"""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, StrictBool
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from xlsapp.models import RULE_NAMES, ColumnType
from xlsapp.services.records.views import MAX_LENGTH
from xlsapp.services.templates.definition import (
    MAX_BOUND_LENGTH,
    MAX_CHOICE_LENGTH,
    MAX_CHOICES,
    MAX_PATTERN_LENGTH,
)
from xlsapp.services.templates.naming import MAX_ALIAS_LENGTH, MAX_ALIASES, MAX_NAME_LENGTH
from xlsapp.spreadsheet.cells.values import MAX_TEXT_LENGTH

# What a database cannot store, and a sentence cannot show.
NO_NULLS = r"^[^\u0000]*$"
WITH_A_LETTER = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"


class OneOf:
    """Says of a text that it is one of these words."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = [str(word) for word in words]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """How pydantic sees it."""
        return core_schema.literal_schema(self._words)


class Between:
    """Says of a whole number that it lies within bounds."""

    def __init__(self, least: int, most: int) -> None:
        self._least, self._most = least, most

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """How pydantic sees it."""
        number = core_schema.int_schema(strict=True, ge=self._least, le=self._most)
        return core_schema.no_info_before_validator_function(_whole, number)


def _whole(value: Any) -> Any:
    # 1.0 is a whole number too, as JSON Schema has it.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def is_storable(text: str) -> bool:
    """Whether a text is whole: JSON can write half of a surrogate pair, which UTF-8 cannot."""
    return not any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text)


def _storable(name: str) -> str:
    if not is_storable(name):
        raise PydanticCustomError("unstorable", "not whole")
    return name


Text = Annotated[str, Field(strict=True, pattern=NO_NULLS)]
Filled = Annotated[str, Field(strict=True, pattern=WITH_A_LETTER)]
YesOrNo = StrictBool
_Number = Annotated[int, Field(strict=True)] | Annotated[float, Field(strict=True)]

Whole = Annotated[int, Between(0, 10**18 - 1)]
Moment = Annotated[str, Field(strict=True, json_schema_extra={"format": "date-time"})]
JobId = Annotated[str, Field(strict=True, pattern="^[0-9a-f]{16}$")]

Name = Annotated[Filled, Field(max_length=MAX_NAME_LENGTH)]
"""A template's, or a column's."""

Key = Annotated[str, Field(strict=True), AfterValidator(_storable)]
"""What a column is called where it stands before what is said of it."""

Value = Annotated[Text, Field(max_length=MAX_TEXT_LENGTH)] | _Number | StrictBool | None
"""Of a record's cell, as JSON has it: dates and times are texts."""

Compared = Annotated[Text, Field(max_length=MAX_LENGTH)] | _Number
"""What a filter compares a cell with."""

# The members of a column.
Type = Annotated[str, OneOf(ColumnType)]
Aliases = Annotated[
    list[Annotated[Filled, Field(max_length=MAX_ALIAS_LENGTH)]], Field(max_length=MAX_ALIASES)
]
Bound = Annotated[Text, Field(max_length=MAX_BOUND_LENGTH)] | _Number | None
Length = Annotated[int, Between(0, MAX_TEXT_LENGTH)] | None
Pattern = Annotated[Text, Field(max_length=MAX_PATTERN_LENGTH)] | None
Choices = Annotated[
    list[Annotated[Filled, Field(max_length=MAX_CHOICE_LENGTH)]], Field(max_length=MAX_CHOICES)
]
Warnings = list[Annotated[str, OneOf(RULE_NAMES)]]

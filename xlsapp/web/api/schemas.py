"""The models of bodies and answers as JSON Schemas: for the document, and for what is said of a body."""

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode
from pydantic_core import core_schema

from xlsapp.web.api import (
    bin_models,
    bodies,
    bulk_answers,
    history_models,
    parameters,
    representations,
    review_models,
    view_models,
)

Schema = dict[str, Any]

BODIES = (
    bodies.NewTemplate,
    bodies.TemplateChange,
    bodies.NewColumn,
    bodies.ColumnChange,
    bodies.RecordValues,
    bodies.Bulk,
    bodies.NewExport,
    bodies.NewView,
    bodies.ImportForm,
    bodies.Answers,
    review_models.NewMend,
    review_models.Applied,
    bodies.Marking,
)
READ_FROM_TEXTS = (
    bodies.ImportChoices,
    parameters.Latest,
    parameters.JobsOfKind,
    parameters.Wait,
    parameters.Confirmation,
    parameters.ProblemsPage,
    review_models.RowsWanted,
    history_models.HistoryPage,
    parameters.RecordsPage,
)
ANSWERS = (
    representations.Templates,
    bin_models.Bin,
    representations.Columns,
    representations.Records,
    representations.StoredRecord,
    bulk_answers.BulkAnswer,
    view_models.SavedViews,
    view_models.SavedView,
    review_models.Review,
    review_models.ReviewedRows,
    history_models.Changes,
    history_models.ChangeInFull,
    history_models.TouchedRecords,
    history_models.RecordHistory,
    representations.Imports,
    representations.Jobs,
    representations.Problems,
    representations.Token,
    representations.Failure,
)
REF = "#/components/schemas/"

_MERGED = {"string", "integer", "number", "boolean", "null"}


class _Plain(GenerateJsonSchema):
    """Without titles made of names; what a program may leave out has no default, as it may mean “stays”."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Schema:
        """See the class."""
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: Any) -> bool:
        """See the class."""
        return False

    def get_union_of_schemas(self, schemas: list[Schema]) -> Schema:
        """Plain kinds that have no limits in common are one schema: {"type": ["string", "null"], …}."""
        names: list[str] = []
        merged: Schema = {}
        for schema in schemas:
            limits = {name: value for name, value in schema.items() if name != "type"}
            named = schema.get("type", "$ref")
            names += [named] if isinstance(named, str) else named
            if "enum" in limits or limits.keys() & merged.keys():
                return super().get_union_of_schemas(schemas)
            merged |= limits
        if not set(names) <= _MERGED:
            return super().get_union_of_schemas(schemas)
        covered = {"integer"} if "number" in names else set()
        return {"type": [name for name in dict.fromkeys(names) if name not in covered], **merged}


def ref(model: type) -> Schema:
    """One of SCHEMAS, by its model."""
    return {"$ref": REF + model.__name__}


def resolved(schema: Schema) -> Schema:
    """The schema itself, where another one is referred to."""
    return SCHEMAS[schema["$ref"].removeprefix(REF)] if "$ref" in schema else schema


def inside(schema: Schema, step: str | int) -> Any:
    """The schema of a member or an item. False where there can be none of that name; None of a plain kind."""
    schema = resolved(schema)
    if isinstance(step, int):
        return schema.get("items")
    return schema.get("properties", {}).get(step, schema.get("additionalProperties"))


def _schemas(models: Sequence[Any]) -> dict[str, Schema]:
    mode: JsonSchemaMode = "validation"
    adapters = [(model.__name__, mode, TypeAdapter[Any](model)) for model in models]
    _, whole = TypeAdapter.json_schemas(adapters, ref_template=REF + "{model}", schema_generator=_Plain)
    found: dict[str, Schema] = whole["$defs"]
    for schema in found.values():
        del schema["title"]
        for described in (schema, *schema.get("properties", {}).values()):
            if "description" in described:
                described["description"] = " ".join(described["description"].split())
    return found


SCHEMAS = _schemas((*BODIES, *READ_FROM_TEXTS, *ANSWERS))

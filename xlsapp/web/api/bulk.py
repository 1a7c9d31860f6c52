"""Many changes of records in one request: all of them or nothing, or those that will do."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from xlsapp.context import App
from xlsapp.messages.saying import say
from xlsapp.models import CellValue, ImportTemplate, TemplateColumn
from xlsapp.problems import Message
from xlsapp.services.records import bulk
from xlsapp.services.records.bulk import Act, Item, Outcome, Result
from xlsapp.services.records.values import check
from xlsapp.web.api.access import why_of
from xlsapp.web.api.bodies import Bulk, BulkOperation
from xlsapp.web.api.checking import Mistake, no_such_column
from xlsapp.web.api.failures import invalid_body
from xlsapp.web.api.once import once
from xlsapp.web.api.reading import read_json
from xlsapp.web.http.loading import load_template


async def create(request: Request[Any]) -> Response:
    """Do what is asked, and say of each what became of it."""
    app: App = request.state["app"]
    template = await load_template(request)
    asked = await read_json(request, Bulk)

    async def work() -> dict[str, Any]:
        keys = _keys(template, asked)
        # In a thread: a thousand records have many values to check.
        items = await asyncio.to_thread(_items, template, asked)
        results = await bulk.apply(
            app.records, template, items, keys=keys, atomic=asked.atomic, why=why_of(request)
        )
        failed = [(n, each) for n, each in enumerate(results) if each.outcome is Outcome.FAILED]
        if asked.atomic and failed:
            raise invalid_body(mistake for n, each in failed for mistake in _mistakes(template, n, each))
        shown = [_result(template, n, result) for n, result in enumerate(results)]
        return {"results": shown, "counts": dict(Counter(each.outcome.value for each in results))}

    return JSONResponse(await once(request, template.id, asked.model_dump_json().encode(), work))


def _keys(template: ImportTemplate, asked: Bulk) -> list[TemplateColumn]:
    """The columns by which upserts find their records. Raises ApiFailure with what is no operation."""
    names = {column.name: column for column in template.columns}
    wrong = [
        Mistake(("keys", n), no_such_column(name)) for n, name in enumerate(asked.keys) if name not in names
    ]
    for n, each in enumerate(asked.operations):
        wrong += [
            Mistake(("operations", n, "values", name), no_such_column(name))
            for name in each.values
            if name not in names
        ]
        if each.id is None and each.op in (Act.UPDATE, Act.DELETE):
            wrong.append(Mistake(("operations", n, "id"), Message("body.missing")))
        if each.op == Act.UPSERT and not asked.keys:
            wrong.append(Mistake(("keys",), Message("bulk.no_keys")))
    if wrong:
        raise invalid_body({mistake.path: mistake for mistake in wrong}.values())
    return [names[name] for name in dict.fromkeys(asked.keys)]


def _items(template: ImportTemplate, asked: Bulk) -> list[Item]:
    return [_item(template, each) for each in asked.operations]


def _item(template: ImportTemplate, asked: BulkOperation) -> Item:
    act = Act(asked.op)
    keyed: Mapping[str, CellValue] = {
        column.key: asked.values[column.name] for column in template.columns if column.name in asked.values
    }
    known = check((c for c in template.columns if c.key in keyed and act is not Act.DELETE), keyed)
    new = check(template.columns if act in (Act.CREATE, Act.UPSERT) else (), keyed)
    return Item(
        act,
        record_id=asked.id if act in (Act.UPDATE, Act.DELETE) else None,
        revision=asked.revision,
        values={key: value for key, value in known.values.items() if key not in known.problems},
        problems=known.problems,
        new_values=new.values,
        new_problems=new.problems,
    )


def _mistakes(template: ImportTemplate, number: int, result: Result) -> Iterator[Mistake]:
    """Why an operation has failed, each with its place in the body."""
    if result.reason:
        yield Mistake(("operations", number), result.reason)
    for column in template.columns:
        if column.key in result.problems:
            yield Mistake(("operations", number, "values", column.name), result.problems[column.key])


def _result(template: ImportTemplate, number: int, result: Result) -> dict[str, Any]:
    shown: dict[str, Any] = {"outcome": result.outcome.value}
    if result.record_id is not None and result.record_id > 0:
        shown["id"] = result.record_id
    if result.revision is not None:
        shown["revision"] = result.revision
    mistakes: Sequence[Mistake] = list(_mistakes(template, number, result))
    if mistakes:
        shown["errors"] = [
            {"detail": say(each.message), **each.message.to_dict(), "pointer": each.pointer}
            for each in mistakes
        ]
    return shown

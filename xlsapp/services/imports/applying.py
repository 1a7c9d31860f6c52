"""The third step of an import: staged rows and their plan become records, in one transaction."""

from collections.abc import Callable

from xlsapp.db.connection import Staging
from xlsapp.repositories import import_templates, imports
from xlsapp.repositories.history.changes import ChangeKind
from xlsapp.repositories.merging.merging import MergePlan, Merging
from xlsapp.repositories.merging.refreshing import refresh_plan
from xlsapp.services.imports.options import Mode
from xlsapp.services.imports.receipt import ImportReceipt
from xlsapp.services.imports.request import ImportRequest
from xlsapp.services.records.derived import Change
from xlsapp.services.records.journal import Why
from xlsapp.services.records.noting import Notes
from xlsapp.services.records.records import Records


class Stale(Exception):
    """The records, or the columns, are no longer what the rows were planned for."""


async def apply(
    records: Records,
    request: ImportRequest,
    merging: Merging,
    plan: MergePlan,
    receipt_for: Callable[[MergePlan], ImportReceipt],
    *,
    staged_rows: Staging,
    file_hash: str,
    notes: Notes,
    held: bool = False,
) -> ImportReceipt:
    """Carry out a plan, and keep its receipt with it. Raises Stale when it no longer fits.

    What somebody has changed since, in columns that tell no records apart, is compared anew: `notes` have it.
    `held` when the writer is held already.
    """
    template = merging.template
    keeps = not request.options.without_undo
    why = Why(request.actor, ChangeKind.IMPORT, job_id=request.job_id, keeps_values=keeps)
    rows = 0 if held else plan.created + plan.updated
    async with (
        records.before_merging(template, rows),
        records.write(template, why=why, attach=staged_rows, held=held) as writer,
    ):
        await request.fence(writer.tx)
        present = await import_templates.find(writer.tx, template.user_id, template.id)
        if present.columns != template.columns:
            raise Stale
        if present.records_version != plan.records_version and looks_at_records(request):
            changes = notes.between(plan.records_version, present.records_version)
            touched = _touched(merging, changes) if changes is not None else None
            if touched is None:
                raise Stale
            plan = await refresh_plan(writer.tx, merging, plan, touched)
        receipt = receipt_for(plan)
        import_id = await imports.add(
            writer.tx,
            job_id=request.job_id,
            template_id=template.id,
            user_id=template.user_id,
            file_name=request.file_name,
            file_hash=file_hash,
        )
        await writer.merge(merging, plan, import_id=import_id, file_name=request.file_name)
        await imports.store_summary(writer.tx, import_id, receipt.to_dict())
        return receipt


def looks_at_records(request: ImportRequest) -> bool:
    """Whether the plan depends on the records that are there: rows that are only added hold with any."""
    unique = any(column.rules.unique for column in request.template.columns)
    return unique or request.options.mode is not Mode.ADD


def _touched(merging: Merging, changes: list[Change]) -> set[int] | None:
    """The records that have changed; None where more may be different than whether their rows say the same.

    That is so when records have come or gone, and when a column was changed by which rows find records, or
    whose values may be there once. A record that has come counts as changed in every column.
    """
    telling = {column.key for column in merging.template.columns if column.rules.unique}
    telling |= {column.key for column in merging.keys}
    finds_none = not merging.keys and not merging.has_ids  # right as long as there are no records at all
    if merging.matches and (finds_none or merging.removes_others or merging.has_ages):
        return None
    if any(change.has_deleted or change.columns & telling for change in changes):
        return None
    return {record_id for change in changes for record_id in change.record_ids}

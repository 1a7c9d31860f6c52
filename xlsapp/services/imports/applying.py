"""The third step of an import: staged rows and their plan become records, in one transaction."""

from xlsapp.repositories import import_templates, imports
from xlsapp.repositories.merging.merging import MergePlan, Merging
from xlsapp.services.imports.options import Mode
from xlsapp.services.imports.receipt import ImportReceipt
from xlsapp.services.imports.request import ImportRequest
from xlsapp.services.records.records import Records


class Stale(Exception):
    """The records, or the columns, are no longer what the rows were planned for."""


async def apply(
    records: Records, request: ImportRequest, merging: Merging, plan: MergePlan, receipt: ImportReceipt
) -> None:
    """Carry out a plan, and keep its receipt with it. Raises Stale when it no longer fits."""
    template = merging.template
    async with records.write(template, attach=request.files.staging) as writer:
        present = await import_templates.find(writer.tx, template.user_id, template.id)
        moved = present.records_version != plan.records_version and _looks_at_records(request)
        if moved or present.columns != template.columns:
            raise Stale
        import_id = await imports.add(
            writer.tx,
            job_id=request.job_id,
            template_id=template.id,
            user_id=template.user_id,
            file_name=request.file_name,
        )
        await writer.merge(merging, plan, import_id=import_id)
        await imports.store_summary(writer.tx, import_id, receipt.to_dict())


def _looks_at_records(request: ImportRequest) -> bool:
    """Whether the plan depends on the records that are there: rows that are only added hold with any."""
    unique = any(column.rules.unique for column in request.template.columns)
    return unique or request.options.mode is not Mode.ADD

"""What the API can do with records: a part of the table in operations.py."""

from xlsapp.web.api import bodies, bulk, bulk_answers, data_records, parameters, representations
from xlsapp.web.api.once import IDEMPOTENCY_KEY
from xlsapp.web.api.operation import READ, TEMPLATE, WRITE, Operation
from xlsapp.web.api.revisions import IF_MATCH

_RECORD = TEMPLATE + "/records/{record_id:int}"

RECORD_OPERATIONS = (
    Operation(
        "GET",
        f"{TEMPLATE}/records",
        "records.index",
        data_records.index,
        READ,
        "Records, page by page",
        representations.Records,
        query=parameters.RecordsPage,
        description=data_records.FILTERS,
        may_fail_with=(414,),
    ),
    Operation(
        "POST",
        f"{TEMPLATE}/records",
        "records.create",
        data_records.create,
        WRITE,
        "Add a record",
        representations.StoredRecord,
        status=201,
        body=bodies.RecordValues,
        answer_headers=("ETag",),
        description="Columns that are left out are blank, or get their default.",
    ),
    Operation(
        "GET",
        _RECORD,
        "records.show",
        data_records.show,
        READ,
        "One record",
        representations.Record,
        answer_headers=("ETag",),
    ),
    Operation(
        "PATCH",
        _RECORD,
        "records.update",
        data_records.update,
        WRITE,
        "Change a record",
        representations.StoredRecord,
        body=bodies.RecordValues,
        headers=IF_MATCH,
        answer_headers=("ETag",),
        description="With `If-Match`, 412 says that somebody has changed the record since.",
        may_fail_with=(412,),
    ),
    Operation(
        "DELETE",
        _RECORD,
        "records.delete",
        data_records.delete,
        WRITE,
        "Delete a record",
        status=204,
        headers=IF_MATCH,
        may_fail_with=(412,),
    ),
    Operation(
        "POST",
        f"{TEMPLATE}/records/bulk",
        "records.bulk",
        bulk.create,
        WRITE,
        "Add, change and delete many records",
        bulk_answers.BulkAnswer,
        body=bodies.Bulk,
        headers=IDEMPOTENCY_KEY,
        description="Operations are done in their order, each as those before it have left the records, and "
        "stored together. With `atomic`, nothing is stored unless all of them will do: 422 has under "
        "`errors` what is wrong with which. Without it, `results` says of each what became of it.",
        may_fail_with=(409,),
    ),
)

"""The template form as a proposal fills it in, and what it keeps of the sample's headers."""

import re
from pathlib import Path

from xlsapp.jobs.status import JobStatus
from xlsapp.spreadsheet.proposing.column_proposals import ProposedColumn
from xlsapp.spreadsheet.proposing.proposals import Proposal
from xlsapp.spreadsheet.reading.headers import normalised
from xlsapp.spreadsheet.reading.repeated_headers import with_number
from xlsapp.web.http.forms import COLUMN_FIELDS, ColumnForm, TemplateForm, small_number

# Names that spreadsheet programs give to sheets by themselves say nothing.
NAMELESS = re.compile(
    r"(sheet|tabelle|feuil|feuille|hoja|foglio|blad|ark|planilha|taul|лист)\s*\d*", re.IGNORECASE
)
MAX_NAME_LENGTH = 90


def form_of(sample: JobStatus, proposal: Proposal, taken: set[str]) -> TemplateForm:
    columns = [_column_form(index, column) for index, column in enumerate(proposal.columns)]
    values = {"name": _free_name(_name_of(sample, proposal), taken), "description": ""}
    return TemplateForm(values, columns, sample_id=sample.job_id)


def _column_form(index: int, column: ProposedColumn) -> ColumnForm:
    values = {
        **dict.fromkeys(COLUMN_FIELDS, ""),
        "source": str(index),
        "name": column.name,
        "type": column.type.value,
        "required": "on" if column.required else "",
        "unique": "on" if column.unique else "",
        "choices": "\n".join(column.choices),
    }
    return ColumnForm(index, values, evidence=column.evidence, doubt=column.doubt)


def keep_headers(form: TemplateForm, proposal: Proposal) -> None:
    """A column that was renamed still means its header in the sample, and in workbooks like it; one that is
    left of several with the same header still means the first of them.
    """
    sources = [(column, source_of(column, proposal)) for column in form.columns]
    headers = {source.header for _, source in sources if source}
    for column, source in sources:
        if source is None or not column.values["name"]:
            continue
        wanted = [source.header]
        others = _repeated(source.header, proposal)
        if others and not headers.intersection(others):
            wanted.append(with_number(source.header, 1))
        known = set(map(normalised, [column.values["name"], *column.values["aliases"].split("\n")]))
        new = [header for header in wanted if normalised(header) not in known]
        column.values["aliases"] = "\n".join(filter(None, [column.values["aliases"], *new]))


def _repeated(header: str, proposal: Proposal) -> list[str]:
    """The headers of a sample that repeat this one, with their numbers."""
    of_this = re.compile(re.escape(header) + r" \(\d+\)").fullmatch
    return [column.header for column in proposal.columns if of_this(column.header)]


def source_of(column: ColumnForm, proposal: Proposal) -> ProposedColumn | None:
    """The column of the sample that a column of the form came from."""
    place = small_number(column.values["source"])
    return proposal.columns[place] if place is not None and place < len(proposal.columns) else None


def _name_of(sample: JobStatus, proposal: Proposal) -> str:
    """What the rows may be called: as the sheet is, or else the file."""
    if proposal.format != "csv" and not NAMELESS.fullmatch(proposal.sheet.strip()):
        return proposal.sheet.strip()[:MAX_NAME_LENGTH].strip()
    stem = re.sub(r"[_\s]+", " ", Path(sample.file_name or "").stem).strip()
    return (stem[:1].upper() + stem[1:])[:80] or "Workbook"


def _free_name(name: str, taken: set[str]) -> str:
    number = 2
    free = name
    while free in taken:
        free, number = f"{name} {number}", number + 1
    return free

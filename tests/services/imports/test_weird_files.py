"""Whatever a file holds, its answer is a sentence: never a fault of ours, nor a child that died of one."""

import logging
import os
import shutil

from tests.spreadsheet.conftest import converted
from tests.spreadsheet.weird import COLUMNS, bases, weird_file
from xlsapp.config import ImportSettings
from xlsapp.messages.saying import say
from xlsapp.services.templates.proposal import propose_template
from xlsapp.spreadsheet.proposing.proposals import SampleOptions

# `make torture` tries more of them.
FILES, SEED = int(os.environ.get("WEIRD_FILES", "16")), os.environ.get("WEIRD_SEED", "1")
MANY = 200


async def test_whatever_a_file_holds_it_is_imported_or_answered_with_a_sentence(desk, tmp_path, caplog):
    people = await desk(*COLUMNS)
    known = bases(tmp_path)
    if FILES > MANY and shutil.which("soffice"):
        base = tmp_path / "base.xlsx"
        known |= {f"{kind} of LibreOffice": converted(base, kind).read_bytes() for kind in ("xls", "ods")}
    wrong = []

    for number in range(FILES):
        name, content = weird_file(known, f"{SEED}.{number}")
        path = tmp_path / name
        path.write_bytes(content)
        caplog.clear()
        try:
            result = await people.run(path, guess=number % 2 == 0)
            proposed = await propose_template(people.sandbox, path, ImportSettings(), SampleOptions())
        except Exception as error:
            wrong.append(f"{name}: {error!r}")
            continue
        path.unlink()
        told = list(map(say, (*result.receipt.reasons, *proposed.reasons)))
        if (result.success, proposed.success) != (not result.receipt.reasons, not proposed.reasons):
            wrong.append(f"{name}: neither done nor answered")
        wrong += [f"{name}: {words}" for words in told if not 20 < len(words) < 600]
        wrong += [f"{name}: {r.getMessage()}" for r in caplog.records if r.levelno >= logging.WARNING]
        assert all(cell["message"] for group in result.details["groups"] for cell in group["cells"])

    assert not wrong, "\n".join(wrong)

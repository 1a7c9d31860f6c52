"""Files that nobody means well with end in an import or in a sentence; the server hardly notices."""

import gc
import random
import resource

import pytest

from tests.spreadsheet import hostile
from tests.spreadsheet.hostile import HOSTILE, IMPORTED
from tests.spreadsheet.mutations import COLUMNS, MUTATIONS, RECORDS, good_workbook
from xlsapp.config import ImportSettings

SETTINGS = ImportSettings(max_unpacked_mb=250, max_seconds=30, max_text_mb=100)
MEGABYTE = 1024  # getrusage counts in KiB


@pytest.mark.parametrize("name", list(HOSTILE))
async def test_a_hostile_file_is_imported_or_refused_with_a_sentence(desk, db, sandbox, tmp_path, name):
    people = await desk("Name")
    path = hostile.write(tmp_path, name)
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    result = await people.run(path, settings=SETTINGS)

    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / MEGABYTE
    assert grown < 50, f"the server grew by {grown:.0f} MB"
    if HOSTILE[name][1] == IMPORTED:
        assert result.success, result.details
        assert ("Ada",) in await people.values()
    else:
        assert not result.success
        told = result.error_message or ""
        assert 20 < len(told) < 400
        assert await people.records() == []


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("mutation", list(MUTATIONS))
async def test_a_spoilt_workbook_is_imported_whole_or_refused(desk, tmp_path, mutation, seed):
    people = await desk(*COLUMNS)
    path = tmp_path / "spoilt.xlsx"
    path.write_bytes(MUTATIONS[mutation](good_workbook(tmp_path), random.Random(f"{mutation} {seed}")))

    result = await people.run(path)

    records = await people.values()
    if not result.success:
        assert 20 < len(result.error_message or "") < 400
        assert records == []
    elif mutation == "other bytes in a part":  # another value may be what these bytes mean
        assert result.counts["rows"] == sum(
            result.counts[name] for name in ("created", "rejected", "blank", "above_header")
        )
    else:
        assert records == RECORDS

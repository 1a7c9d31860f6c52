"""Whatever a sample is like, what is proposed for it imports it, value for value."""

import os

import pytest

from tests.spreadsheet.proposing.random_samples import check_sample

# `make torture` tries more of them.
SAMPLES = int(os.environ.get("RANDOM_SAMPLES", "100"))
GROUPS = 10


@pytest.mark.parametrize("group", range(GROUPS))
def test_what_is_proposed_from_a_file_imports_that_file(tmp_path, group):
    outcomes = [check_sample(tmp_path, seed) for seed in range(group, SAMPLES, GROUPS)]

    assert outcomes.count("imported") > 0.5 * len(outcomes)

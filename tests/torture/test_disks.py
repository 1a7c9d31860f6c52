"""A short slice of `make torture`."""

from tests.conftest import missing
from tests.torture.disks import fill_and_free


def test_a_disk_that_is_filled_and_freed_loses_nothing_and_keeps_small_things_going(tmp_path):
    try:
        seen = fill_and_free(tmp_path, seconds=8, seed=2)
    except PermissionError:
        missing("the right to mount a small file system")

    assert seen.answers["import 507"] > 0
    assert seen.states["import completed "] > 0
    assert seen.back_seconds < 60

"""A short slice of `make torture`."""

from tests.torture.kills import torture


def test_a_server_killed_at_random_moments_loses_and_doubles_nothing(tmp_path):
    outcome = torture(tmp_path, kills=6, seed=20261124)

    assert outcome.kills == 6
    assert outcome.accepted > 0

"""A short slice of `make torture`."""

from tests.torture.queue_hosts import torture


def test_hosts_that_die_and_connections_that_break_lose_and_double_no_job(postgres):
    outcome = torture(postgres, faults=2, seed=20261129, kinds=("kill", "cut"))

    assert outcome.faults == {"kill": 1, "cut": 1}
    assert outcome.jobs == 40

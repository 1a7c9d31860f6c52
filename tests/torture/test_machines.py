"""A short slice of `make torture`."""

from tests.torture.machines.torture import torture

KINDS = ("stop a worker", "kill a worker", "cut a worker's connections")


def test_machines_that_die_stand_still_or_are_cut_off_lose_and_double_nothing(postgres, tmp_path):
    outcome = torture(
        postgres,
        tmp_path,
        faults=3,
        seed=20261130,
        kinds=KINDS,
        machines=("web1", "worker1", "worker2"),
        lease_seconds=2,
        clocks=False,
        rows=(50, 500),
        people=2,
    )

    assert outcome.faults == dict.fromkeys(KINDS, 1)
    assert outcome.accepted["import"] > 0

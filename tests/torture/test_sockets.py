"""A short slice of `make torture`."""

from tests.torture.sockets import crowd


def test_many_idle_sockets_and_silent_connections_cost_the_others_nothing(tmp_path):
    outcome = crowd(tmp_path, sockets=300, silent=100, hold_seconds=0, slow_seconds=5)

    assert outcome.sockets == 300

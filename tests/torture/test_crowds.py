"""A short slice of `make torture`."""

from tests.torture.crowds import many_accounts


def test_everybody_in_a_crowd_keeps_what_is_theirs_whatever_one_of_them_does(tmp_path):
    day = many_accounts(tmp_path, accounts=5, seconds=6, hostile_rows=5_000, seed=20261129)

    assert day.acts["look"] > 0
    assert day.page_seconds

"""What is said of many texts at once holds for each of them."""

import sqlite3
import sys

import pytest

from xlsapp.db.looks import FUNCTIONS, may_differ_sql
from xlsapp.visible import Looks, alike, all_folded, all_visible, are_visible, folded, visible

CHARACTERS = [chr(number) for number in range(sys.maxunicode + 1) if not 0xD800 <= number < 0xE000]


def test_nothing_that_nobody_sees_is_missed():
    odd = [c for c in CHARACTERS[1:] if visible(f"{c}a{c}") != f"{c}a{c}"]
    texts = [text for c in odd for text in (f"{c}a", f"a{c}", f"a{c}b") if visible(text) != text]

    assert len(texts) > 100
    assert all_visible(texts) == list(map(visible, texts))
    assert not any(are_visible(text, "\x00") for text in texts)
    with sqlite3.connect(":memory:") as conn:
        for name, function in FUNCTIONS.items():
            conn.create_function(name, 1, function)
        query = f"SELECT {may_differ_sql('t')}, visible(t) FROM (SELECT ? AS t)"
        assert all(conn.execute(query, [text]).fetchone() == (1, visible(text)) for text in texts)


def test_blanks_and_what_is_only_invisible_stay_and_become_blank():
    assert all_visible([None, "a", " b", "\u200b", None]) == [None, "a", "b", None, None]
    assert all_visible([None]) == [None]


def test_texts_that_surely_are_apart_are_so():
    """No two characters of one case are folded alike."""
    changed = {c for c in CHARACTERS if folded(c) != c}
    some = sorted(changed.union(map(folded, changed), CHARACTERS[::100]))  # the others fold to themselves
    for case in (str.lower, str.upper):
        kept = [c for c in some if len(c) == 1 and not c.isspace() and visible(c) and case(c) == c]
        looks = [Looks() for _ in kept]
        for look, character in zip(looks, kept, strict=True):
            look.add(character)
        apart = [c for c, look in zip(kept, looks, strict=True) if case.__name__ in look.cases]
        assert len(set(map(folded, apart))) == len(apart) > 10_000


@pytest.mark.parametrize(
    ("one", "other", "are_apart"),
    [
        ("ab", "cd", True),
        ("AB", "cd", False),
        ("12", "cd", True),
        ("a  b", "c", False),
        ("a\u00a0b", "c", False),
    ],
)
def test_cases_and_blanks_are_taken_into_account(one, other, are_apart):
    looks, others = Looks(), Looks()
    looks.add(one)
    others.add(other)

    assert looks.are_apart_from(others) is are_apart


def test_an_accent_of_its_own_makes_no_other_looks():
    assert alike("Cafe\u0301 Ole\u0301") == alike("CAF\u00c9  Ol\u00e9")


def test_many_texts_are_folded_as_each_of_them():
    texts = ["Ada  L", "B\u00a0b\x1ec  d", "ΣΑΣ"]

    assert all_folded("\x1f".join(texts), "\x1f", "\x1e") == ["ada l", "b b\x1ec d", "σας"]

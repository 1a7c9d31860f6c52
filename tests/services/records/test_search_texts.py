"""The pass over all texts in one piece finds the records that have a text, however dense they stand."""

import mmap
import random

import pytest

from xlsapp.services.records.search_texts import NEARBY_BYTES, Patterns, _find

EVERYTHING = 10_000


def line(record_id: int, text: str) -> bytes:
    characters = (57344 + (record_id >> 24), 57344 + (record_id >> 12 & 4095), 57344 + (record_id & 4095))
    return ("".join(map(chr, characters)) + text + "\x1e").encode()


def found_in(texts: list[str], search: str, *, limit: int = EVERYTHING) -> list[int]:
    content = b"".join(line(number, text) for number, text in enumerate(texts))
    with mmap.mmap(-1, len(content)) as data:
        data.write(content)
        found: list[int] = []
        _find(data, Patterns.of(search), 0, len(data), found, limit)
    return found


@pytest.mark.parametrize("share", [0.001, 0.03, 0.5, 1])
def test_every_record_that_has_a_text_is_found_once_and_in_order(share):
    choose = random.Random(20261129)
    has = [choose.random() < share for _ in range(2_000)]
    texts = [f"an ÄPFEL-{'Birne birNE' if own else 'bir'} {'x' * choose.randrange(60)}" for own in has]
    assert sum(map(len, texts)) > 4 * NEARBY_BYTES

    assert found_in(texts, "Birne") == [number for number, own in enumerate(has) if own]
    assert found_in(texts, "äpfel-birne") == found_in(texts, "BIRNE")


def test_the_pass_ends_once_there_are_more_than_wanted():
    assert found_in(["late"] * 500, "late", limit=100) == list(range(101))

"""A connection may end at any byte: nothing is lost, nothing is doubled, and the next request is answered."""

import random

import pytest

from db.pool import Database
from tests.faults.cuts import cutting

SEED = 20261127
SHARE = 0.01
"""Of the bytes, in each manner; `make faults` cuts at all of them."""


@pytest.mark.parametrize("number", [0, 1, 2, 3], ids=["sync", "sign-in", "booking", "photo"])
async def test_a_request_cut_at_any_byte_and_sent_again_counts_once(database: Database, number: int) -> None:
    chance = random.Random(SEED)
    async with cutting(database) as there:
        reference = there.references[number]
        places = await there.places(reference, lambda _: chance.random() < SHARE)
        assert len(places) > 10
        found = [sentence for place in places for sentence in await there.fault(reference, place)]
    assert found == []


async def test_a_full_piece_of_a_photo_cut_anywhere_is_there_whole_or_not_at_all(database: Database) -> None:
    async with cutting(database) as there:
        places = await there.some_places(there.chunk, 12, SEED)
        assert {place.cut.way for place in places} == {"in", "out"}
        found = [sentence for place in places for sentence in await there.fault(there.chunk, place)]
    assert found == []

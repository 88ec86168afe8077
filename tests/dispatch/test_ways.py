"""Ways as they are kept, and the pace of the hours that are planned."""

from datetime import timedelta

import msgspec
import numpy as np
import pytest

from db.records import Area, AreaSettings
from dispatch.rules.ways import (
    UNKNOWN,
    Keys,
    Known,
    Ways,
    at_pace,
    key_of,
    known_of,
    off_road,
    over_straight,
    pace_of,
    points_at,
    rows_of,
    to_ask,
    unasked_of,
)
from tests.worlds import small_town


def asked_all(count: int, seed: int) -> Known:
    """All ways between so many places, some of them unknown."""
    rng = np.random.default_rng(seed)
    seconds, metres = (rng.integers(1, 9_000, (count, count)).astype(np.int32) for _ in range(2))
    seconds[rng.random((count, count)) < 0.1] = UNKNOWN
    np.fill_diagonal(seconds, 0)
    np.fill_diagonal(metres, 0)
    everything = np.ones((count, count), np.bool_)
    return Known(seconds, metres, everything, everything)


def keys(count: int) -> Keys:
    return np.array(sorted(key_of(55.8 + 0.001 * number, 37.5 - 0.002 * number) for number in range(count)))


def test_a_place_is_found_again_where_it_is_and_not_where_it_was() -> None:
    assert key_of(55.8, 37.57) == key_of(55.8 + 1e-8, 37.57 - 1e-8)
    assert len({key_of(55.8, 37.57), key_of(55.800001, 37.57), key_of(55.8, 37.569999)}) == 3
    corners = [(-90.0, -180.0), (90.0, 180.0), (-33.9, 151.2), (55.8, 37.57)]
    back = points_at(np.array([key_of(*corner) for corner in corners]))
    assert np.stack(back, axis=1) == pytest.approx(np.array(corners))
    assert max(key_of(*corner) for corner in corners) < 2**63


def test_nothing_kept_is_all_to_ask_but_one_place() -> None:
    """What all others have been asked about it is known."""
    assert len(to_ask(known_of(keys(5), {}).asked)) == 4
    assert to_ask(known_of(keys(1), {}).asked) == []
    assert to_ask(known_of(keys(0), {}).asked) == []


def answered(known: Known, truth: Known, some: Keys, asking: Keys) -> Keys:
    """As a source does: the ways between those asked about and those of which one is missing."""
    others = unasked_of(known, asking)
    for here, there in ((asking, others), (others, asking)):
        block, true = np.ix_(here, there), np.ix_(some[here], some[there])
        known.seconds[block], known.metres[block] = truth.seconds[true], truth.metres[true]
    return others


@pytest.mark.parametrize("seed", range(8))
def test_what_is_kept_of_places_that_come_and_go_is_what_was_answered(seed: int) -> None:
    """Whatever is asked in whatever order, a few at a time: in the end all is known, and true."""
    rng = np.random.default_rng(seed)
    every, truth = keys(12), asked_all(12, seed)
    kept: dict[int, bytes] = {}

    def read(some: Keys) -> Known:
        return known_of(every[some], {int(key): kept[int(key)] for key in every[some] if int(key) in kept})

    for _ in range(8):
        some = np.sort(rng.permutation(12)[: int(rng.integers(1, 12))])
        known = read(some)
        asking = np.array(to_ask(known.asked), np.int64)
        for first in range(0, len(asking), 3):
            others = answered(known, truth, some, asking[first : first + 3])
            kept |= rows_of(every[some], known, asking[first : first + 3], others)
        again = read(some)
        assert again.asked.all()
        assert (again.seconds == truth.seconds[np.ix_(some, some)]).all()
        assert (again.metres == truth.metres[np.ix_(some, some)]).all()


def test_a_new_place_among_many_is_one_row() -> None:
    every, truth, old = keys(10), asked_all(10, 1), np.arange(9)
    known = known_of(every[old], {})
    asking = np.array(to_ask(known.asked))
    kept = rows_of(every[old], known, asking, answered(known, truth, old, asking))
    assert sum(map(len, kept.values())) == 24 * 9 * 8 // 2, "nothing is kept twice"
    more = known_of(every, kept)
    assert to_ask(more.asked) == [9]
    assert unasked_of(more, np.array([9])).tolist() == list(range(9))
    rows = rows_of(every, more, np.array([9]), np.arange(9))
    assert {key: len(row) for key, row in rows.items()} == {int(every[9]): 24 * 9}


def test_straight_lines_stand_where_nothing_is_known() -> None:
    ways = Ways(np.array([[0, UNKNOWN], [70, 0]], np.int32), np.array([[0, UNKNOWN], [700, 0]], np.int32))
    straight = Ways(np.array([[0, 50], [50, 0]], np.int32), np.array([[0, 500], [500, 0]], np.int32))
    whole = over_straight(ways, straight)
    assert whole.seconds.tolist() == [[0, 50], [70, 0]]
    assert whole.metres.tolist() == [[0, 500], [700, 0]]
    assert at_pace(whole, 1.01).seconds.tolist() == [[0, 51], [71, 0]]
    assert at_pace(whole, 1.5).metres.tolist() == whole.metres.tolist()


def test_places_off_the_road_are_counted() -> None:
    seconds = np.zeros((4, 4), np.int32)
    seconds[2, :] = seconds[:, 2] = UNKNOWN
    seconds[0, 1] = UNKNOWN
    assert off_road(Ways(seconds, seconds)) == 1
    assert off_road(Ways(seconds[:1, :1], seconds[:1, :1])) == 0


def paced(*by_hour: float) -> Area:
    return msgspec.structs.replace(small_town.area, settings=AreaSettings(pace_by_hour=list(by_hour)))


def test_the_pace_of_a_plan_is_the_mean_over_its_shifts_hours() -> None:
    """Local hours: shifts there run from 9 to 18 by Moscow's clock, 6 to 15 by Greenwich."""
    (day, *_) = small_town.made.days
    hours = [1.0] * 24
    hours[8], hours[9], hours[17] = 9.0, 2.0, 1.9
    assert pace_of(paced(*hours), [day]) == pytest.approx((2.0 + 7 * 1.0 + 1.9) / 9)
    shorter = msgspec.structs.replace(day, shift_end_at=day.shift_start_at + timedelta(minutes=90))
    assert pace_of(paced(*hours), [shorter]) == pytest.approx((2.0 * 60 + 1.0 * 30) / 90)
    assert pace_of(paced(), [day]) == 1.0
    assert pace_of(paced(*hours), []) == 1.0

"""Rounds as they stand: times are those of `schedule`, prices those of `insertion`, whatever was put before."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.distances import travel
from optimizer.draft import Draft
from optimizer.ground import FOREVER, Ground
from optimizer.insertion import cheapest_in
from optimizer.problem import Weights
from optimizer.rounds import parts_of
from optimizer.schedule import Timing, Where, route, timing
from optimizer.standing import Found, Row, Standing, Stop, Times, warm
from tests.optimizer.rounds import (
    empty_standing,
    half_full,
    row_of,
    standing_of,
    stop_of,
    surveyed,
)
from tests.optimizer.worlds import DAY, HOUR

SEEDS = range(300)


def agrees(ground: Ground, shift: int, jobs: list[int], true: Timing, ours: Times) -> None:
    """Every number is that of the plain schedule, the price bit by bit."""
    assert ours.feasible
    assert (ours.back, ours.price) == (true.back, true.price)
    row = row_of(ground, shift, jobs)
    parts = parts_of(row, ours, ground.problem.weights, shift)
    assert sum(parts.values()) == pytest.approx(ours.price, abs=1e-3)
    assert (list(ours.starts), list(ours.ends)) == (true.starts, true.ends)
    if not jobs:
        return
    timed = route(ground, shift, jobs, true)
    assert ours.arrivals == tuple(stop.arrival for stop in timed.stops)
    assert ours.leave == timed.leave
    assert ours.travel_s[:-1] == tuple(stop.travel_s for stop in timed.stops)
    assert (sum(ours.travel_s), sum(ours.distance_m)) == (timed.travel_s, timed.distance_m)
    rest = timed.rest
    assert (ours.rest_start, ours.rest_end) == ((None, None) if rest is None else (rest.start, rest.end))
    assert ours.inside == (None if rest is None else rest.inside)


def test_times_are_those_of_the_schedule() -> None:
    met: dict[object, int] = {}
    for seed in range(600):
        problem = surveyed(seed)
        if problem is None:
            continue
        ground, rng = Ground(problem), random.Random(seed)
        standing = empty_standing(problem, seed)
        for shift in range(len(problem.shifts)):
            loose = [job for job in range(len(problem.jobs)) if not ground.frozen[job]]
            jobs = [*ground.chains[shift], *rng.sample(loose, rng.randint(0, len(loose)))]
            true = timing(ground, shift, jobs)
            ours = standing.times_of(row_of(ground, shift, jobs), key=shift)
            if true is None:
                met[None] = met.get(None, 0) + 1
                assert not ours.feasible
                continue
            agrees(ground, shift, jobs, true, ours)
            kinds: list[object] = [true.where, "overtime"] if true.back > ground.end[shift] else [true.where]
            if ground.waived[shift] and ground.rest[shift] and true.where == Where.NOWHERE and jobs:
                kinds.append("waived")
            for kind in kinds:
                met[kind] = met.get(kind, 0) + 1
    assert min(met[where] for where in Where) > 20, met
    assert min(met[None], met["overtime"], met["waived"]) > 20, met


def windows_for(rng: random.Random) -> list[tuple[int, int]]:
    lows = [rng.choice([0, DAY]) + 8 * HOUR + rng.randint(0, 6 * HOUR) for _ in range(6)]
    return [*[(low, low + rng.choice([0, HOUR, 3 * HOUR])) for low in lows], (0, FOREVER)]


def brute(draft: Draft, job: int, window: tuple[int, int]) -> list[float]:
    """The least cost in each shift that qualifies and has the parts, cheapest first."""
    shifts = [shift for shift in range(len(draft.rows)) if draft.ground.qualified(job, shift)]
    found = [cheapest_in(draft, job, shifts=(shift,), windows=(window,)) for shift in shifts]
    return sorted(each.cost for each in found if each is not None)


def eligible(draft: Draft, job: int) -> list[int]:
    rows = range(len(draft.rows))
    return [row for row in rows if draft.ground.qualified(job, row) and not draft.supplied_from(job, row)]


def as_said(standing: Standing, asked: Stop, offers: list[Found], window: tuple[int, int]) -> None:
    """What an offer says is what happens when it is taken."""
    for offer in offers:
        times = standing.inserted(offer.key, offer.position, asked._replace(window=window))
        assert times is not None
        n = offer.position
        assert (times.arrivals[n], times.starts[n], times.ends[n]) == (offer.arrival, offer.start, offer.end)
        assert times.travel_s[n : n + 2] == (offer.travel_before_s, offer.travel_after_s)
        stops = standing.row(offer.key).stops
        assert offer.after == (stops[n - 1].key if n else None)
        assert offer.before == (stops[n].key if n < len(stops) else None)
        assert window[0] <= offer.start <= window[1]


def test_prices_are_those_of_insertion_for_every_window() -> None:
    offered = refused = 0
    for seed in SEEDS:
        problem = surveyed(seed)
        if problem is None:
            continue
        draft, left_out = half_full(problem, seed)
        standing, windows = standing_of(draft, seed), windows_for(random.Random(seed))
        for job in left_out[:3]:
            asked = stop_of(problem, job)
            found = standing.price(asked, windows, eligible(draft, job), most=3)
            for window, offers in zip(windows, found, strict=True):
                least = brute(draft, job, window)
                assert [offer.cost for offer in offers] == pytest.approx(least[:3], rel=1e-12, abs=1e-6)
                as_said(standing, asked, offers, window)
                offered, refused = offered + bool(least), refused + (not least)
    assert offered > 300
    assert refused > 300


def test_a_stop_that_moves_is_priced_as_if_it_were_out() -> None:
    asked_for = same_row = 0
    for seed in SEEDS:
        problem = surveyed(seed)
        if problem is None:
            continue
        draft, _ = half_full(problem, seed)
        placed = [job for job, shift in enumerate(draft.shift_of) if shift >= 0]
        movable = [job for job in placed if not draft.ground.frozen[job]]
        standing, windows = standing_of(draft, seed), windows_for(random.Random(seed))
        before = {key: standing.times(key) for key in standing}
        for job in movable:
            shift, out = draft.shift_of[job], draft.copy()
            if not out.remove(job):
                continue
            found = standing.price(
                stop_of(problem, job), windows, eligible(out, job), most=9, without=(shift, job)
            )
            for window, offers in zip(windows, found, strict=True):
                assert [offer.cost for offer in offers] == pytest.approx(brute(out, job, window))
                asked_for += len(offers)
                same_row += shift in {offer.key for offer in offers}
                assert all(job not in (offer.after, offer.before) for offer in offers)
        assert {key: standing.times(key) for key in standing} == before
    assert asked_for > 300
    assert same_row > 100


def test_any_history_of_rows_is_the_same_as_a_fresh_start() -> None:
    for seed in range(40):
        problem = surveyed(seed, jobs=7)
        if problem is None:
            continue
        rng, ground = random.Random(seed), Ground(problem)
        old, wanted = empty_standing(problem, seed), dict[int, Row]()
        for _ in range(60):
            key = rng.randrange(30)
            if key in wanted and rng.random() < 0.4:
                old.drop(key)
                del wanted[key]
                continue
            jobs = rng.sample(range(7), rng.randint(0, 7)) * rng.choice([1, 1, 1, 4])
            wanted[key] = row_of(ground, rng.randrange(len(problem.shifts)), jobs)
            old.put(key, wanted[key])
        fresh = empty_standing(problem, seed)
        for key in old:
            fresh.put(key, wanted[key])
        assert len(old) == len(wanted)
        assert [old.row(key) for key in old] == [fresh.row(key) for key in fresh]
        assert [old.times(key) for key in old] == [fresh.times(key) for key in fresh]
        asked, windows = stop_of(problem, 0), windows_for(rng)
        assert old.price(asked, windows, most=5) == fresh.price(asked, windows, most=5)
        mask = np.array([rng.random() < 0.5 for _ in old], bool)
        some = [key for key, open_ in zip(old, mask, strict=True) if open_]
        assert old.price(asked, windows, mask) == fresh.price(asked, windows, some)


HOUSES = {"home": (50.0, 10.0), **{name: (50.0 + (n + 1) / 111.2, 10.0) for n, name in enumerate("abc")}}


def street(rest: tuple[int, int, int] | None = None) -> tuple[Standing, list[Stop], Row]:
    """A technician at one end, three stops of half an hour, about 1 km from each other."""
    standing = Standing(Weights(), 1.0, 10.0)
    home, *places = [standing.place(name, *where) for name, where in HOUSES.items()]
    stops = [Stop(name, place, 1800) for name, place in zip("abc", places, strict=True)]
    return standing, stops, Row(8 * HOUR, 16 * HOUR, 17 * HOUR, home, home, rest, False, tuple(stops))


def test_a_row_that_is_late_already_has_soft_times_and_no_offers() -> None:
    standing, (a, b, c), row = street()
    late = row._replace(
        stops=(a, b._replace(window=(8 * HOUR, 8 * HOUR + 60)), c._replace(window=(11 * HOUR, 12 * HOUR)))
    )
    standing.put("row", late)
    assert not standing.feasible("row")
    times = standing.times("row")
    assert not times.feasible
    assert times.starts[1] == times.arrivals[1] == times.ends[0] + times.travel_s[1]
    assert times.starts[2] == 11 * HOUR > times.arrivals[2]
    assert standing.price(a._replace(key="x"), [(0, FOREVER)]) == [[]]
    assert standing.inserted("row", 0, a._replace(key="x")) is None
    healed = standing.removed("row", "b")
    assert healed is not None
    assert healed.feasible
    standing.put("row", row)
    assert standing.feasible("row")
    assert len(standing.price(a._replace(key="x"), [(0, FOREVER)])[0]) == 1


def test_soft_times_run_beyond_the_end_of_the_shift_and_keep_the_break_in_its_window() -> None:
    standing, stops, row = street(rest=(9 * HOUR, 10 * HOUR, 1800))
    long = row._replace(limit=row.end, stops=tuple(stop._replace(service_s=4 * HOUR) for stop in stops))
    times = standing.times_of(long)
    assert not times.feasible
    assert times.back > long.limit
    assert times.rest_start is not None
    assert 9 * HOUR <= times.rest_start <= 10 * HOUR
    assert times == standing.times_of(long, soft=True)


def test_a_waived_break_may_be_missing_and_another_may_not() -> None:
    standing, _, row = street(rest=(7 * HOUR, 7 * HOUR + 60, 1800))
    assert not standing.times_of(row).feasible
    assert standing.times_of(row).rest_start is None
    assert standing.times_of(row._replace(waived=True)).feasible


def test_nothing_is_inserted_before_what_is_frozen() -> None:
    standing, (a, b, c), row = street()
    standing.put("row", row._replace(stops=(c, b), frozen=1))
    found = standing.price(a, [(0, FOREVER)])[0]
    standing.put("row", row._replace(stops=(c, b)))
    free = standing.price(a, [(0, FOREVER)])[0]
    assert free[0].position == 0
    assert found[0].position == 2


def test_large_instants_lose_nothing() -> None:
    shift = 1_900_000_000
    near, (a, b, c), row = street(rest=(9 * HOUR, 10 * HOUR, 1800))
    far = Standing(Weights(), 1.0, 10.0, origin=shift)
    for name, where in HOUSES.items():
        far.place(name, *where)
    dark = [stop._replace(outage=0.37, late=0.5, due=9 * HOUR) for stop in (a, b)]
    near.put("row", row._replace(stops=tuple(dark)))
    late = tuple(stop._replace(due=stop.due + shift) for stop in dark)
    times = {"start": row.start + shift, "end": row.end + shift, "limit": row.limit + shift}
    far.put("row", row._replace(**times, stops=late, rest=(9 * HOUR + shift, 10 * HOUR + shift, 1800)))
    (here,), (there,) = near.price(c, [(0, DAY)]), far.price(c, [(shift, shift + DAY)])
    assert [offer.cost for offer in here] == [offer.cost for offer in there]
    assert here[0].start + shift == there[0].start
    assert near.times("row").price == far.times("row").price


points = st.lists(
    st.tuples(st.floats(-65, 65), st.floats(-180, 180), st.floats(-0.2, 0.2), st.floats(-0.2, 0.2)),
    min_size=2,
    max_size=5,
)


@given(points, st.floats(1, 2), st.floats(1, 30))
def test_travel_is_that_of_distances(many: list[tuple[float, ...]], detour: float, speed: float) -> None:
    """Near each other, anywhere on earth, the date line included."""
    lat = [many[0][0] + each[2] for each in many]
    lon = [(many[0][1] + each[3] + 180) % 360 - 180 for each in many]
    seconds, metres = travel(lat, lon, detour, speed)
    standing = Standing(Weights(), detour, speed)
    for index in range(len(many)):
        standing.place(index, lat[index], lon[index])
    for a in range(len(many)):
        for b in range(len(many)):
            assert standing.travel(a, b) == (seconds[a, b], metres[a, b])


def test_two_flats_are_two_places_and_a_place_is_registered_once() -> None:
    standing = Standing(Weights(), 1.3, 8.0)
    first = standing.place("flat 1", 50.0, 10.0)
    assert standing.place("flat 1", 50.0, 10.0) == first
    assert standing.place("flat 2", 50.0, 10.0) != first
    moved = standing.place("flat 1", 50.1, 10.0)
    assert moved != first
    assert standing.place("flat 1", 50.1, 10.0) == moved
    assert standing.travel(first, moved)[1] > 11_000


def test_setup_is_paid_again_in_the_flat_next_door() -> None:
    standing, (a, b, _), row = street()
    next_door = standing.place("next door", *HOUSES["a"])
    twice = (a._replace(setup_s=600), b._replace(setup_s=600, place=a.place))
    doors = (a._replace(setup_s=600), b._replace(setup_s=600, place=next_door))
    same, other = (standing.times_of(row._replace(stops=stops)) for stops in (twice, doors))
    assert other.back - same.back == 600


def test_a_stop_that_spares_the_next_one_its_setup_can_be_worth_more_than_nothing() -> None:
    """Everything behind it comes earlier then, which no bound from the times before could know."""
    standing, (a, b, c), row = street()
    dark = c._replace(outage=1.0)
    for key, setup_s in (("little", 300), ("much", 900)):
        standing.put(key, row._replace(stops=(a, b._replace(setup_s=setup_s), dark)))
    (offer,) = standing.price(b._replace(key="next door", service_s=60), [(0, DAY)], most=1)[0]
    assert (offer.key, offer.position, offer.cost) == ("much", 1, 60 - 900)


def test_what_is_nowhere_is_refused_before_compiled_code_reads_it() -> None:
    standing, (a, *_), row = street()
    with pytest.raises(ValueError, match="places"):
        standing.put("row", row._replace(home=99))
    with pytest.raises(ValueError, match="places"):
        standing.price(a._replace(place=-1), [(0, 1)])
    with pytest.raises(ValueError, match="no place"):
        standing.travel(0, 99)
    with pytest.raises(ValueError, match="is no place"):
        standing.place("pole", 91.0, 0.0)
    with pytest.raises(KeyError):
        standing.drop("row")
    standing.put("row", row)
    with pytest.raises(KeyError):
        standing.removed("row", "nobody")


SAME = """
import json
from optimizer.compiled import compiled
from tests.optimizer.test_standing import history
print(json.dumps([compiled(), history()]))
"""


def history() -> list[str]:
    """Times and prices of some rounds, to the last bit."""
    said: list[str] = []
    for seed in range(12):
        problem = surveyed(seed)
        if problem is None:
            continue
        draft, left_out = half_full(problem, seed)
        standing = standing_of(draft, seed)
        said += [repr(standing.times(key)) for key in standing]
        for job in left_out:
            said.append(repr(standing.price(stop_of(problem, job), windows_for(random.Random(seed)))))
    return said


def test_uncompiled_it_says_the_same_to_the_last_bit() -> None:
    env = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    run = subprocess.run([sys.executable, "-c", SAME], check=True, env=env, capture_output=True, text=True)
    said_compiled, said = json.loads(run.stdout.splitlines()[-1])
    assert not said_compiled
    assert said == history()
    assert len(said) > 30


TINY = """
import resource, sys
from optimizer.compiled import build, compiled, door

if sys.argv[1] == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

@door
def double(number: int) -> int:
    return 2 * number

told = []
assert compiled()
build(lambda done, of: told.append((done, of)))
assert told == [(1, 1)]
print(double(4))
"""


@pytest.mark.parametrize("disk", ["full", "away"])
def test_where_no_cache_can_be_written_it_is_compiled_all_the_same(tmp_path: Path, disk: str) -> None:
    """The disk is full; or beside the module and in a home regular files stand in the way."""
    (tmp_path / "tiny.py").write_text(TINY)
    env = {**os.environ, "PYTHONPATH": os.getcwd(), "PYTHONDONTWRITEBYTECODE": "1"}
    if disk == "away":
        (tmp_path / "__pycache__").write_text("no folder")
        (tmp_path / "home").write_text("no folder")
        env |= {"HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": str(tmp_path / "home")}
    run = subprocess.run(
        [sys.executable, tmp_path / "tiny.py", disk], check=True, env=env, capture_output=True
    )
    assert run.stdout == b"8\n"
    assert not list(tmp_path.glob("**/*.nbi"))


def test_warming_up_twice_is_harmless() -> None:
    warm()
    warm()


def test_it_is_compiled_here() -> None:
    code = "from optimizer.compiled import compiled, why_not; assert compiled(), why_not()"
    subprocess.run([sys.executable, "-c", code], check=True)

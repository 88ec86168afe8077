"""Days as they happen: one world for everybody, laws that no log breaks, and figures that can be worked out by hand."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from itertools import pairwise, permutations
from typing import Any

import numpy as np
import pytest

from optimizer.cities import Shape
from optimizer.days import Weather
from optimizer.problem import Window
from optimizer.simulate.byhand import nearest_first
from optimizer.simulate.comparison import FIGURES, Effort, Name, Run, compared, difference, makers, spread
from optimizer.simulate.measures import Measures, dark_at, measured
from optimizer.simulate.policy import Sight
from optimizer.simulate.stream import DAY_S, HOUR, Asked, Fault, Stream, Worker
from optimizer.simulate.world import ATTEMPTS, Log, Pause, Promise, Return, Visit, World

EFFORT = Effort(iterations=60)
SEEDS = (1, 2)
MINUTE = 60


def asked(seed: int, weather: Weather = Weather.BUSY) -> Asked:
    return Asked(2, 5, 25.0, Shape.CENTRE, weather, seed)


@cache
def happened(name: Name, seed: int) -> tuple[Stream, Log]:
    """A log, and a stream that its run never touched."""
    log = World(Stream(asked(seed)), makers(EFFORT)[name]).run()
    return Stream(asked(seed)), log


def all_that_happened() -> Iterator[tuple[Stream, Log]]:
    for name in Name:
        for seed in SEEDS:
            yield happened(name, seed)


# --- the stream -----------------------------------------------------------------------------------------------


def test_the_stream_answers_the_same_in_whatever_order_it_is_asked() -> None:
    one, other = Stream(asked(1)), Stream(asked(1))
    assert one.faults == other.faults
    assert one.crew == other.crew
    edges = [(a, b, at) for a in range(4) for b in range(4) for at in (0, 8 * HOUR, 17 * HOUR + 1)]
    drives = {edge: one.drives_s(*edge) for edge in edges}
    works = [(one.works_s(fault), one.opens(fault, 0), one.opens(fault, 1)) for fault in one.faults]
    again = [(other.works_s(f), other.opens(f, 0), other.opens(f, 1)) for f in reversed(other.faults)]
    assert works == again[::-1]
    assert drives == {edge: other.drives_s(*edge) for edge in reversed(edges)}


def test_another_seed_is_another_world() -> None:
    assert Stream(asked(1)).faults != Stream(asked(2)).faults


def test_drives_and_visits_take_what_is_expected_in_the_mean_and_vary() -> None:
    stream = Stream(Asked(5, 10, 100.0, Shape.CENTRE, Weather.BUSY, 3))
    works = [stream.works_s(fault) / fault.service_s for fault in stream.faults]
    assert np.mean(works) == pytest.approx(1.0, abs=0.08)
    assert 0.2 < np.std(works) < 0.5
    drives = [
        stream.drives_s(a, b, hour * HOUR) / stream.expected[a, b]
        for a in range(12)
        for b in range(12)
        for hour in range(8, 18)
        if a != b
    ]
    assert np.mean(drives) == pytest.approx(1.0, abs=0.05)
    assert np.std(drives) > 0.1


# --- what no log breaks -----------------------------------------------------------------------------------------


def test_drives_and_visits_take_what_the_stream_says_for_every_policy() -> None:
    for stream, log in all_that_happened():
        for technician, worker in enumerate(stream.crew):
            place = worker.home
            for step in sorted(
                (s for s in [*log.visits, *log.returns] if s.technician == technician),
                key=lambda s: s.left_at,
            ):
                if isinstance(step, Return):
                    assert step.back_at - step.left_at == stream.drives_s(place, worker.home, step.left_at)
                    place = worker.home
                    continue
                fault = stream.faults[step.fault]
                assert step.arrived_at - step.left_at == stream.drives_s(place, fault.place, step.left_at)
                assert step.served == stream.opens(fault, step.attempt)
                if step.served:
                    assert step.ended_at - step.began_at == stream.works_s(fault)
                place = fault.place


def test_nobody_is_at_two_places_at_once() -> None:
    for stream, log in all_that_happened():
        for technician in range(len(stream.crew)):
            spans = sorted(
                [(v.left_at, v.ended_at) for v in log.visits if v.technician == technician]
                + [(r.left_at, r.back_at) for r in log.returns if r.technician == technician]
                + [(p.began_at, p.ended_at) for p in log.pauses if p.technician == technician]
            )
            assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_skills_shifts_and_windows_are_kept() -> None:
    for stream, log in all_that_happened():
        windows = {(p.fault, p.attempt): p.window for p in log.promises}
        for visit in log.visits:
            worker, fault = stream.crew[visit.technician], stream.faults[visit.fault]
            assert fault.skills <= worker.skills and fault.tools <= worker.tools
            assert visit.left_at % DAY_S >= worker.start
            assert visit.left_at >= fault.at
            assert visit.left_at <= visit.arrived_at <= visit.began_at <= visit.ended_at
            window = windows.get((visit.fault, visit.attempt))
            if window is not None and visit.left_at <= window.latest:
                assert visit.began_at >= window.earliest
        for days in ([(p.technician, p.began_at // DAY_S) for p in log.pauses],):
            assert len(days) == len(set(days)), "one break a day"


def test_each_fault_is_done_waiting_or_given_up() -> None:
    for stream, log in all_that_happened():
        served = [visit.fault for visit in log.visits if visit.served]
        assert len(served) == len(set(served)), "served once"
        assert not set(served) & set(log.given_up)
        for number in log.given_up:
            assert sum(visit.fault == number for visit in log.visits) == ATTEMPTS
        found = measured(stream, log)
        assert found.done + found.open + found.given_up == found.reported == len(stream.faults)
        assert found.done > 0.4 * found.reported, "people do work"


def test_promises_kept_are_those_that_the_log_shows() -> None:
    for stream, log in all_that_happened():
        due = kept = 0
        for promise in log.promises:
            if promise.window.latest >= stream.end:
                continue
            due += 1
            for visit in log.visits:
                if (visit.fault, visit.attempt) == (promise.fault, promise.attempt):
                    kept += visit.arrived_at <= promise.window.latest
        found = measured(stream, log)
        assert found.promised == due > 0
        assert found.kept == pytest.approx(kept / due)


@pytest.mark.parametrize("name", list(Name))
def test_the_same_seed_gives_the_same_days(name: Name) -> None:
    again = World(Stream(asked(1)), makers(EFFORT)[name]).run()
    assert again == happened(name, 1)[1]


def test_a_policy_that_sends_somebody_without_the_skill_is_refused() -> None:
    stream = street([fault(0, place=2, skills=frozenset({"fibre"}))], technicians=1)
    with pytest.raises(ValueError, match="cannot go"):
        World(stream, makers(EFFORT)[Name.FIRST]).send(0, 0)


# --- a street of which everything is known ----------------------------------------------------------------------


class Punctual(Stream):
    """Nothing varies: a place is a minute from the next, work takes what it is expected to, everybody is at home."""

    def drives_s(self, origin: int, target: int, at: int) -> int:
        del at
        return int(self.base[origin, target])

    def works_s(self, fault: Fault) -> int:
        return fault.service_s

    def opens(self, fault: Fault, attempt: int) -> bool:
        return True

    def suits(self, fault: Fault, window: Window) -> bool:
        return True


def fault(number: int, place: int, at: int = 0, **known: Any) -> Fault:
    whole = Fault(number, "router", place, at, 30 * MINUTE, frozenset(), frozenset(), 1, 4, at + DAY_S, False)
    return whole._replace(**known)


def street(faults: list[Fault], technicians: int = 1, places: int = 40) -> Stream:
    """All technicians live at its beginning and work from eight to four."""
    made = Punctual(Asked(1, technicians, 1.0, Shape.CENTRE, Weather.BUSY, 1))
    made.points = np.array([[480.0 * n, 0.0] for n in range(places)])
    apart = np.abs(np.arange(places)[:, None] - np.arange(places)[None])
    made.base = made.expected = (apart * MINUTE).astype(np.int32)
    made.distance = (apart * 480).astype(np.int32)
    made.crew = [
        Worker(f"T{n}", 0, frozenset(), frozenset(), 8 * HOUR, 16 * HOUR, HOUR, None)
        for n in range(technicians)
    ]
    made.faults = faults
    return made


def order(stream: Stream, name: Name) -> list[int]:
    return [visit.fault for visit in World(stream, makers(EFFORT)[name]).run().visits]


def test_each_policy_does_what_its_name_says() -> None:
    faults = [fault(0, place=20), fault(1, place=5, at=1), fault(2, place=10, at=2)]
    assert order(street(faults), Name.NEAREST) == [1, 2, 0]
    assert order(street(faults), Name.FIRST) == [0, 1, 2]
    assert order(street(faults), Name.OURS) == [1, 2, 0]


@pytest.mark.parametrize("name", list(Name))
def test_an_emergency_goes_before_all_that_nobody_was_promised(name: Name) -> None:
    calm = [fault(n, place=2 + n) for n in range(6)]
    emergency = fault(6, place=30, at=8 * HOUR + 10 * MINUTE, affected=200, priority=1)
    assert order(street([*calm, emergency]), name).index(6) == 1


@pytest.mark.parametrize("name", list(Name))
def test_a_promise_is_kept_though_somebody_nearer_waits(name: Name) -> None:
    others = [fault(n, place=1 + n) for n in range(14)]
    promised = fault(14, place=39, wishes=True)
    stream = street([*others, promised])
    log = World(stream, makers(EFFORT)[name]).run()
    window = log.promises[0].window
    arrived = next(visit.arrived_at for visit in log.visits if visit.fault == 14)
    assert arrived <= window.latest
    assert measured(stream, log).kept == 1.0


def test_the_measures_of_a_day_worked_out_by_hand() -> None:
    stream = street(
        [fault(0, place=10, affected=3), fault(1, place=20, at=HOUR), fault(2, place=5)], technicians=2
    )
    window = Window(earliest=9 * HOUR, latest=11 * HOUR)
    log = Log(
        visits=[
            Visit(0, 0, 0, 8 * HOUR, 8 * HOUR + 600, 9 * HOUR, 10 * HOUR, True),
            Visit(1, 0, 0, 15 * HOUR, 15 * HOUR + 600, 15 * HOUR + 600, 16 * HOUR, True),
            Visit(2, 0, 1, 11 * HOUR, 11 * HOUR + 300, 11 * HOUR + 300, 11 * HOUR + 900, False),
        ],
        promises=[Promise(0, 0, HOUR, window), Promise(2, 0, 5 * HOUR, window)],
        returns=[Return(0, 16 * HOUR, 16 * HOUR + 1200), Return(1, 12 * HOUR, 12 * HOUR + 300)],
        pauses=[Pause(1, 10 * HOUR, 10 * HOUR + 1800)],
        moves=3,
    )
    assert measured(stream, log) == Measures(
        dark_minutes=3 * 600 + 15 * 60 + 24 * 60,  # until ten; from one to four; all day
        kept=0.5,  # the second came five minutes after the window
        driving_s=(600 + 600 + 300 + 1200 + 300) / 3,
        driving_share=3000 / (2 * 8 * HOUR),
        overtime_s=1200 / 2,
        done=2,
        waited_s=(8 + 4) * HOUR / 2,
        unfairness_s=((600 + HOUR + 600 + 3000 + 1200) - (300 + 600 + 300)) / 2,
        moves=100.0,
        open=1,
        given_up=0,
        reported=3,
        promised=2,
    )
    assert dark_at(stream, log, [0, 2 * HOUR, 10 * HOUR, 17 * HOUR]) == [4, 5, 2, 1]


def test_a_desk_by_hand_promises_no_more_than_there_are_technicians_for() -> None:
    stream, window = Stream(asked(3)), Window(earliest=10 * HOUR, latest=12 * HOUR)
    crew = [
        worker for worker in stream.crew if worker.start <= window.earliest and window.latest <= worker.end
    ]
    answers: set[bool] = set()
    for number in range(100):
        *before, last = random.Random(number).sample(stream.faults, 1 + number % 5)
        desk = nearest_first(Sight(stream))
        for one in before:
            desk.faults[one.number], desk.sheet[one.number] = one, window
        seated = any(
            all(worker.may(one) for worker, one in zip(some, [*before, last], strict=True))
            for some in permutations(crew, len(before) + 1)
        )
        assert bool(desk.offers(last, [window])) == seated
        answers.add(seated)
    assert answers == {True, False}


# --- several worlds ---------------------------------------------------------------------------------------------


def test_differences_are_paired_world_by_world() -> None:
    def run(seed: int, name: Name, done: int) -> Run:
        some = measured(*happened(Name.FIRST, 1))
        whole = {field: getattr(some, field) for field in some.__struct_fields__} | {"done": done}
        return Run(seed=seed, policy=name, measures=Measures(**whole), dark=())

    runs = [run(1, Name.OURS, 10), run(2, Name.OURS, 20), run(1, Name.FIRST, 8), run(2, Name.FIRST, 16)]
    done = next(figure for figure in FIGURES if figure.field == "done")
    found = difference(runs, Name.FIRST, done)
    assert found is not None
    assert found.mean == 3.0
    assert found.half == pytest.approx(12.71 * 1.0, rel=0.01)  # 2 and 4: deviation sqrt(2), of two worlds
    assert difference(runs, Name.OURS, done) is None
    assert spread([5.0]) == (5.0, None)


def test_all_policies_are_compared_in_all_worlds() -> None:
    heard: list[tuple[int, Name, int]] = []

    def told(world: Asked, name: Name, at: int) -> None:
        heard.append((world.seed, name, at))

    runs = list(compared([asked(1), asked(2)], [Name.NEAREST, Name.FIRST], EFFORT, told))
    assert [(run.seed, run.policy) for run in runs] == [
        (seed, name) for seed in (1, 2) for name in (Name.NEAREST, Name.FIRST)
    ]
    assert all(len(run.dark) == 96 for run in runs)
    assert heard == sorted(heard, key=lambda one: (one[0], [*Name].index(one[1]), one[2])), "in order of time"
    assert heard[-1][2] > DAY_S

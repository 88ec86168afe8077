"""The search engine: its answers are true, as good as brute force where that can be told, and the same for the same seed."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
import time

import msgspec
import numpy as np
import pytest

from optimizer.check import check
from optimizer.problem import Job, Problem, Shift, Technician, Weights, Window, pack
from optimizer.result import Progress, Result, StoppedBy
from optimizer.search.answer import answer as answered
from optimizer.search.engine import HOT, Run, solve
from optimizer.search.layout import layout_of
from optimizer.search.pool import Pool
from optimizer.search.team import Member, empty
from optimizer.search.times import COUNT, EXACT, FREE, VERSION
from optimizer.watch import Watch
from tests.optimizer.worlds import HOUR, pocket_day, rich, small_town, tiny, town

replace = msgspec.structs.replace
TURNS = 300
TURNS_FEWER = 10_000


@pytest.mark.parametrize("block", range(10))
def test_the_oracle_finds_nothing_wrong_with_a_thousand_answers(block: int) -> None:
    for seed in range(100 * block, 100 * block + 100):
        problem = tiny(seed) if seed % 2 else rich(seed)
        assert check(problem, solve(problem, iterations=TURNS, seed=seed)) == [], seed


def test_every_kind_of_answer_occurs_among_them() -> None:
    answers = [
        (problem := rich(seed), solve(problem, iterations=TURNS, seed=seed)) for seed in range(0, 300, 2)
    ]
    assert any(route.supply is not None for _, answer in answers for route in answer.routes)
    assert any(
        problem.jobs[stop.job].partner is not None
        for problem, answer in answers
        for route in answer.routes
        for stop in route.stops
    )
    assert any(
        route.rest is not None and route.rest.inside is not None
        for _, answer in answers
        for route in answer.routes
    )
    assert any(answer.unassigned for _, answer in answers)


def test_the_same_seed_and_turns_give_the_same_answer() -> None:
    problem = town(60, 8, days=2, seed=3)
    first, second = (solve(problem, iterations=2_000, seed=5) for _ in range(2))
    assert timeless(first) == timeless(second)
    assert timeless(solve(problem, iterations=2_000, seed=6)) != timeless(first)
    for number in range(3):
        with_everything = pocket_day(number)
        first, second = (solve(with_everything, iterations=2_000, seed=5) for _ in range(2))
        assert check(with_everything, first) == []
        assert timeless(first) == timeless(second)


def timeless(result: Result) -> Result:
    return replace(result, seconds=0.0)


def test_uncompiled_the_same_code_gives_the_same_answer_and_says_so() -> None:
    said = (
        "import sys, msgspec; from optimizer.search.engine import solve; from tests.optimizer.worlds import rich; "
        "sys.stdout.buffer.write(msgspec.json.encode([solve(rich(seed), iterations=60, seed=seed) for seed in (1, 4, 6)]))"
    )
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    told = subprocess.run(
        [sys.executable, "-c", said], check=True, capture_output=True, env=environment
    ).stdout
    slow = msgspec.json.decode(told, type=list[Result])
    assert {answer.engine for answer in slow} == {"search, uncompiled"}
    for seed, answer in zip((1, 4, 6), slow, strict=True):
        fast = solve(rich(seed), iterations=60, seed=seed)
        assert replace(timeless(answer), engine="") == replace(timeless(fast), engine="")


def plain(seed: int, jobs: int = 60, crew: int = 8) -> Problem:
    """Without breaks, overtime and what depends on the clock, so that a change of a route is worked out from where it was made."""
    base = town(jobs, crew, seed=seed)
    rng = random.Random(seed)
    starts = [rng.randrange(8 * HOUR, 15 * HOUR) for _ in base.jobs]
    return replace(
        base,
        technicians=tuple(replace(technician, overtime_max_s=0) for technician in base.technicians),
        shifts=tuple(replace(shift, rest=None) for shift in base.shifts),
        jobs=tuple(
            Job(
                name=job.name,
                place=job.place,
                service_s=job.service_s,
                prize=job.prize,
                windows=(Window(earliest=start, latest=start + 2 * HOUR),) if start % 2 else (),
            )
            for job, start in zip(base.jobs, starts, strict=True)
        ),
        weights=Weights(outage_per_minute=0, lateness_per_minute=0),
    )


@pytest.mark.parametrize("seed", range(8))
def test_what_a_search_keeps_of_its_routes_is_what_laying_them_anew_gives(seed: int) -> None:
    problem = plain(seed) if seed % 2 else town(60, 8, days=2, seed=seed)
    layout = layout_of(problem)
    run = Run(layout, seed=seed, threads=1)
    run.begin(None)
    run.search(Watch(1.0, 1.0, None, True), lambda _: None, 3_000, HOT)
    kept = run.members[0]
    if seed % 2:
        assert layout.steady and (kept.routes.state[:, EXACT] == 1).all()
    anew = Member(layout, 0, 1, seed)
    anew.take(kept.now())
    assert kept.cost == pytest.approx(anew.cost)
    assert kept.routes.load.tolist() == anew.routes.load.tolist()
    for shift, count in enumerate(kept.routes.state[:, COUNT]):
        kept.routes.stop[shift, count + 1, FREE] = anew.routes.stop[shift, count + 1, FREE] = 0
        for mine, fresh, length in (
            (kept.routes.stop, anew.routes.stop, count + 2),
            (kept.routes.rate[:, :, :1], anew.routes.rate[:, :, :1], count + 1),
            (kept.routes.rate[:, :, 1:], anew.routes.rate[:, :, 1:], count + 2),
        ):
            # what home takes, and when the goal is left, mean nothing
            assert mine[shift, 1:length].tolist() == fresh[shift, 1:length].tolist()
        assert (
            np.delete(kept.routes.state[shift], VERSION).tolist()
            == np.delete(anew.routes.state[shift], VERSION).tolist()
        )
        assert kept.routes.sum[shift].tolist() == anew.routes.sum[shift].tolist()


def two_roads() -> tuple[Problem, list[list[int]]]:
    """Twenty jobs on either side of the town, the last fifteen after a long break; and rounds that cross the town in that break, for
    nothing."""
    sides, count, early = (1, -1), 20, 5
    spots = [0] + [side * (4_000 + 10 * number) for side in sides for number in range(count)]
    ways = np.abs(np.subtract.outer(spots, spots)).astype(np.int32)
    starts = [8 * HOUR + 4_500 + 900 * number + (9_000 if number >= early else 0) for number in range(count)]
    problem = Problem(
        technicians=(Technician(name="Ada"), Technician(name="Ben")),
        shifts=tuple(
            Shift(
                name=f"{who}",
                technician=who,
                day=0,
                start=8 * HOUR,
                end=20 * HOUR,
                start_place=0,
                end_place=0,
            )
            for who in range(2)
        ),
        jobs=tuple(
            Job(
                name=f"{number}",
                place=1 + number,
                service_s=600,
                mandatory=True,
                windows=(Window(earliest=starts[number % count], latest=starts[number % count] + 300),),
            )
            for number in range(2 * count)
        ),
        places=len(spots),
        travel=pack(ways),
        distance=pack(ways),
        weights=Weights(outage_per_minute=0, lateness_per_minute=0),
    )
    east, west = list(range(count)), list(range(count, 2 * count))
    return problem, [east[:early] + west[early:], west[:early] + east[early:]]


def test_what_follows_a_stop_changes_hands_however_much_that_is() -> None:
    problem, rows = two_roads()
    layout = layout_of(problem)
    plan = empty(layout)
    for shift, row in enumerate(rows):
        plan.rows[shift, : len(row)], plan.counts[shift] = row, len(row)
    member = Member(layout, 0, 1, 1)
    member.take(plan)
    crossing = answered(problem, member, member.now(), 0.0, StoppedBy.COMPLETE)
    assert check(problem, crossing) == [] and not crossing.unassigned
    for seed in range(6):
        better = solve(problem, iterations=100, seed=seed, warm=crossing.routes)
        assert check(problem, better) == []
        assert better.cost.travel == 4 * 4_190 < crossing.cost.travel


def test_two_threads_share_the_map_and_their_answer_is_true() -> None:
    problem = town(160, 20, seed=4)
    told: list[Progress] = []
    answer = solve(problem, iterations=20_000, seed=1, threads=2, on_progress=told.append)
    assert check(problem, answer) == []
    assert [one.cost for one in told] == sorted((one.cost for one in told), reverse=True)
    assert abs(told[-1].cost - answer.cost.total) <= 5
    assert timeless(answer) == timeless(solve(problem, iterations=20_000, seed=1, threads=2))


def test_the_map_is_shared_where_there_are_rounds_enough_for_that() -> None:
    many, few = town(160, 20, seed=4), plain(1, jobs=160, crew=6)
    for problem, threads, shared in (
        (many, 2, True),
        (many, 1, False),
        (few, 2, False),
        (town(40, 20), 2, False),
    ):
        run = Run(layout_of(problem), seed=1, threads=threads)
        run.begin(None)
        assert run.sharing() is shared


def test_by_the_clock_a_thread_goes_on_from_where_the_piece_before_ended_until_its_time_is_over() -> None:
    member = Member(layout_of(tiny(1)), 0, 1, 1)
    pieces: list[tuple[int, float, float]] = []
    began = time.monotonic()

    def work(turns: int, begun: float, ended: float) -> None:
        pieces.append((turns, begun, ended))
        until = time.monotonic() + turns / 10_000
        while time.monotonic() < until:
            pass

    made = member.timed(0.2, None, work)
    assert time.monotonic() - began > 0.19 and made == sum(turns for turns, _, _ in pieces)
    assert pieces[0][1] == 0.0 and pieces[-1][2] >= 0.98
    assert all(begun < ended <= 1.0 for _, begun, ended in pieces)
    assert [begun for _, begun, _ in pieces] == sorted(begun for _, begun, _ in pieces)


def test_the_temperature_knows_what_it_costs_to_leave_jobs_out_but_not_those_that_nobody_can_do() -> None:
    def scale(problem: Problem) -> float:
        run = Run(layout_of(problem), seed=1, threads=1)
        run.begin(None)
        return run.scale()

    base = plain(9, jobs=40, crew=6)
    hopeless = replace(base.jobs[0], name="nobody", skills=frozenset({"unheard of"}), prize=900_000)
    enough, scarce = (
        scale(base),
        scale(replace(base, technicians=base.technicians[:2], shifts=base.shifts[:2])),
    )
    assert scarce > 1.5 * enough
    assert scale(replace(base, jobs=(*base.jobs, hopeless))) == pytest.approx(enough, rel=0.1)
    # paid for being out instead of for the way
    hourly = replace(base.weights, travel=0, duration=base.weights.travel)
    assert scale(replace(base, weights=hourly)) == pytest.approx(enough, rel=0.3)


def test_a_warm_start_is_kept_where_nothing_is_better() -> None:
    problem = town(40, 6, seed=9)
    first = solve(problem, iterations=30_000, seed=1)
    again = solve(problem, iterations=60, seed=2, warm=first.routes)
    assert again.cost.total <= first.cost.total


def test_a_tiny_round_is_the_best_of_all_orders() -> None:
    """One technician, five jobs that must be done, ways only: the shortest of all orders."""
    for seed in range(20):
        base = town(5, 1, seed=seed)
        jobs = tuple(Job(name=job.name, place=job.place, service_s=600, mandatory=True) for job in base.jobs)
        weights = Weights(outage_per_minute=0, lateness_per_minute=0)
        problem = replace(
            base, jobs=jobs, technicians=(Technician(name="Ada", overtime_max_s=9 * HOUR),), weights=weights
        )
        travel, shift = problem.travel_s(), problem.shifts[0]
        least = min(
            sum(
                int(travel[a, b]) for a, b in itertools.pairwise((shift.start_place, *order, shift.end_place))
            )
            for order in itertools.permutations([job.place for job in jobs])
        )
        answer = solve(problem, iterations=2_000, seed=seed)
        assert answer.cost.travel == least


def windowed(seed: int) -> Problem:
    """Eighty jobs, each to begin within half an hour, and rounds that cost more than all ways."""
    rng = random.Random(seed)
    base = town(80, 40, seed=seed)
    starts = [rng.randrange(8 * HOUR, 16 * HOUR) for _ in base.jobs]
    return replace(
        base,
        jobs=tuple(
            Job(
                name=job.name,
                place=job.place,
                service_s=900,
                mandatory=True,
                windows=(Window(earliest=start, latest=start + HOUR // 2),),
            )
            for job, start in zip(base.jobs, starts, strict=True)
        ),
        weights=Weights(outage_per_minute=0, lateness_per_minute=0, shift_used=2_000_000),
    )


def test_where_rounds_are_dear_there_are_fewer_of_them_than_annealing_alone_finds() -> None:
    problem = windowed(1)
    answer = solve(problem, iterations=TURNS_FEWER, seed=1)
    assert check(problem, answer) == [] and not answer.unassigned
    alone = Run(layout_of(problem), seed=1, threads=1)
    alone.begin(None)
    alone.search(Watch(1.0, 1.0, None, True), lambda _: None, TURNS_FEWER, HOT)
    assert len(answer.routes) < np.count_nonzero(alone.best.counts)


def test_a_round_that_no_job_pays_for_alone_is_opened_for_several() -> None:
    base = town(6, 2, seed=3)
    problem = replace(
        base,
        jobs=tuple(Job(name=job.name, place=job.place, service_s=60, prize=50_000) for job in base.jobs),
        weights=Weights(outage_per_minute=0, lateness_per_minute=0, shift_used=100_000),
    )
    answer = solve(problem, iterations=60, seed=1)
    assert (len(answer.routes), answer.unassigned) == (1, ())


def test_the_pool_makes_one_plan_of_the_best_parts_of_two() -> None:
    """In either plan one technician goes about his round the wrong way; and whoever is served twice is so once."""
    layout = layout_of(town(12, 2, seed=8))
    good = Run(layout, seed=1, threads=1)
    good.begin(None)
    good.search(Watch(1.0, 1.0, None, True), lambda _: None, 4_000, 1.0)
    member = good.members[0]
    pool = Pool(layout)
    costs: list[float] = []
    for spoilt in np.flatnonzero(good.best.counts > 1):
        rows, count = good.best.rows.copy(), good.best.counts[spoilt]
        rows[spoilt, :2] = rows[spoilt, 1::-1]
        member.take(good.best._replace(rows=rows, counts=good.best.counts.copy()))
        assert member.cost > good.best.cost and count
        costs.append(member.cost)
        pool.add(member)
    assert len(costs) > 1
    found = pool.best(good.best._replace(cost=min(costs)), 1.0, 1, True)
    assert found is not None
    member.take(found)
    assert member.cost == pytest.approx(good.best.cost)
    assert pool.best(member.now(), 1.0, 1, True) is None


def test_nothing_to_do_and_nobody_to_do_it_have_answers() -> None:
    problem = small_town()
    nothing = replace(problem, jobs=())
    assert solve(nothing, iterations=10).routes == ()
    nobody = replace(problem, shifts=(), technicians=())
    answer = solve(nobody, iterations=10)
    assert check(nobody, answer) == []
    assert len(answer.unassigned) == len(problem.jobs)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_day_on_which_nothing_may_change_is_searched_by_the_clock_too(threads: int) -> None:
    problem = tiny(0)
    assert all(job.frozen for job in problem.jobs)
    result = solve(problem, seconds=0.2, threads=threads)
    assert check(problem, result) == []
    assert [stop.job for route in result.routes for stop in route.stops] == [0]

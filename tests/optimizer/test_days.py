"""Made-up days and cities: the same from the same seed, with every kind of constraint, and as full as they say."""

import itertools

import msgspec
import numpy as np
import pytest

from optimizer.cities import BANK_M, Shape, city
from optimizer.days import ASKED, NEW, SENIOR, Weather, asked_share, day
from optimizer.problem import Problem

EVERY = list(itertools.product(Shape, Weather))


def made(shape: Shape, weather: Weather, seed: int = 1) -> Problem:
    return day(300, 40, shape=shape, weather=weather, seed=seed)


@pytest.mark.parametrize(("shape", "weather"), EVERY)
def test_a_made_up_day_is_a_problem_of_the_size_asked_for(shape: Shape, weather: Weather) -> None:
    problem = made(shape, weather)
    problem.verify()
    assert (len(problem.jobs), len(problem.technicians), len(problem.shifts)) == (300, 40, 40)


def test_the_same_seed_gives_the_same_day_and_another_gives_another() -> None:
    encoded = [
        msgspec.msgpack.encode(made(Shape.RIVER, Weather.STORM, seed), order="sorted") for seed in (1, 1, 2)
    ]
    assert encoded[0] == encoded[1] != encoded[2]


@pytest.mark.parametrize(("jobs", "technicians"), [(0, 1), (1, 1), (2, 1), (3, 2), (7, 9)])
def test_a_day_may_be_tiny(jobs: int, technicians: int) -> None:
    problem = day(jobs, technicians, shape=Shape.COUNTRY, weather=Weather.BUSY, seed=3)
    problem.verify()
    assert (len(problem.jobs), len(problem.technicians)) == (jobs, technicians)


@pytest.mark.parametrize(("shape", "weather"), EVERY)
def test_every_kind_of_constraint_and_cost_occurs(shape: Shape, weather: Weather) -> None:
    problem = day(600, 60, shape=shape, weather=weather, seed=2)
    jobs, crew = problem.jobs, problem.technicians
    missing = [
        name
        for name, occurs in {
            "skills": any(job.skills for job in jobs),
            "no skill": any(not job.skills for job in jobs),
            "tools": any(job.tools for job in jobs),
            "parts": any(job.parts for job in jobs),
            "one window": any(len(job.windows) == 1 for job in jobs),
            "two windows": any(len(job.windows) == 2 for job in jobs),
            "no window": any(not job.windows for job in jobs),
            "setup": all(job.setup_s for job in jobs),
            "work by level": any(job.service_by_level for job in jobs),
            "levels": {member.level for member in crew} == {"", NEW, SENIOR},
            "many in the dark": any(job.affected >= 100 for job in jobs),
            "due instants": any(job.due is not None for job in jobs),
            "mandatory": any(job.mandatory for job in jobs),
            "prizes": len({job.prize for job in jobs}) > 10,
            "interruptible": any(job.interruptible for job in jobs),
            "excluded": any(job.excluded for job in jobs),
            "locked": any(job.shifts for job in jobs),
            "crews of two": any(job.partner is not None for job in jobs),
            "two jobs at a place": len({job.place for job in jobs}) < len(jobs),
            "depots": len(problem.depots) == 2,
            "breaks": any(shift.rest for shift in problem.shifts),
            "no break": any(not shift.rest for shift in problem.shifts),
            "overtime": len({member.overtime_max_s for member in crew}) > 1,
            "speeds": len({member.speed_percent for member in crew}) > 1,
            "debt": any(member.debt_s > 0 for member in crew) and any(member.debt_s < 0 for member in crew),
            "another end": any(shift.start_place != shift.end_place for shift in problem.shifts),
            "fairness": problem.weights.unfairness > 0,
            "kilometres": problem.weights.distance_per_km > 0,
        }.items()
        if not occurs
    ]
    assert not missing


@pytest.mark.parametrize("shape", Shape)
def test_every_skill_and_tool_that_is_needed_is_there(shape: Shape) -> None:
    problem = day(120, 12, shape=shape, weather=Weather.STORM, seed=5)
    crew = problem.technicians
    assert all(
        any(job.skills <= one.skills and job.tools <= one.tools for one in crew) for job in problem.jobs
    )


@pytest.mark.parametrize(("shape", "weather"), EVERY)
@pytest.mark.parametrize(("jobs", "technicians"), [(200, 30), (500, 60)])
def test_a_storm_asks_for_more_than_there_is_and_a_calm_day_for_less(
    shape: Shape, weather: Weather, jobs: int, technicians: int
) -> None:
    problem = day(jobs, technicians, shape=shape, weather=weather, seed=1)
    assert asked_share(problem) == pytest.approx(ASKED[weather], abs=0.01)
    # from scratch, and all the same without a way: work alone
    work = sum(job.service_s for job in problem.jobs)
    hours = sum(shift.end - shift.start for shift in problem.shifts)
    assert (work > 0.85 * hours) == (weather is Weather.STORM)


def test_ways_are_shorter_out_of_town_than_into_it_and_nobody_drives_to_where_he_is() -> None:
    town = city(Shape.CENTRE, 200, technicians=30, seed=4)
    away = np.hypot(*town.points.T)
    inner, outer = int(away.argmin()), int(away.argmax())
    assert town.travel[outer, inner] > town.travel[inner, outer] > 0
    assert not town.travel.diagonal().any() and not town.distance.diagonal().any()
    assert (town.distance == town.distance.T).all()


def test_the_river_is_crossed_by_bridges_some_of_them_one_way() -> None:
    town = city(Shape.RIVER, 300, technicians=30, seed=4)
    north = town.points[:, 1] > 0
    assert (np.abs(town.points[:, 1]) >= BANK_M).all() and north.any() and not north.all()
    straight = np.hypot(*(town.points[:, None] - town.points[None]).transpose(2, 0, 1))
    detour = np.where(straight > 0, town.distance / np.maximum(straight, 1), 1)
    across = north[:, None] != north[None]
    assert detour[across].mean() > 1.15 * detour[~across].mean()
    # by another bridge there than back: not even the metres are the same
    assert (town.distance != town.distance.T)[across].any()
    assert town.travel[~north][:, north].mean() < town.travel[north][:, ~north].mean()
    assert (town.distance == town.distance.T)[~across].all()

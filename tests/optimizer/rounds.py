"""Problems with coordinates, and the same rounds as a `Standing`: what the one says, the other has to say."""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec
import numpy as np

from optimizer.distances import travel
from optimizer.draft import Draft
from optimizer.ground import Ground
from optimizer.problem import Problem, contradictions, pack
from optimizer.standing import Row, Standing, Stop
from tests.optimizer.worlds import tiny

replace = msgspec.structs.replace
DETOUR, SPEED = 1.3, 8.0


def coordinates(places: int, seed: int) -> tuple[list[float], list[float]]:
    """Random points of a city, some of them at the same spot."""
    rng = np.random.default_rng(seed)
    lat, lon = 55.6 + rng.random(places) * 0.3, 37.4 + rng.random(places) * 0.4
    if places > 3:
        lat[-1], lon[-1] = lat[-2], lon[-2]
    return lat.tolist(), lon.tolist()


def surveyed(seed: int, jobs: int | None = None) -> Problem | None:
    """`tiny` on straight lines, one window a job, no unfairness; None where its frozen job cannot be reached then."""
    problem = tiny(seed, jobs)
    seconds, metres = travel(*coordinates(problem.places, seed), DETOUR, SPEED)
    problem = replace(
        problem,
        jobs=tuple(replace(job, windows=job.windows[:1]) for job in problem.jobs),
        travel=pack(seconds),
        distance=pack(metres),
        weights=replace(problem.weights, unfairness=0.0),
    )
    return None if any(contradictions(problem)) else problem


def stop_of(problem: Problem, job: int) -> Stop:
    """The job as a stop; its index is its key, as shifts' indices are keys of rows."""
    wanted = problem.jobs[job]
    window = (wanted.windows[0].earliest, wanted.windows[0].latest) if wanted.windows else None
    if wanted.frozen:
        assert wanted.published_start is not None
        window = (wanted.published_start, wanted.published_start)
    return Stop.of(
        problem.weights,
        job,
        wanted.place,
        wanted.service_s,
        setup_s=wanted.setup_s,
        window=window,
        affected=wanted.affected,
        due=wanted.due,
        lateness_weight=wanted.lateness_weight,
        published=-1 if wanted.published_start is None else wanted.published_start,
        interruptible=wanted.interruptible,
        published_row=wanted.published_shift,
    )


def row_of(ground: Ground, shift: int, jobs: Sequence[int]) -> Row:
    """The shift with these jobs in it."""
    rest = ground.rest[shift]
    return Row(
        start=ground.start[shift],
        end=ground.end[shift],
        limit=ground.limit[shift],
        home=ground.home[shift],
        goal=ground.goal[shift],
        rest=None if rest is None else (rest.window.earliest, rest.window.latest, rest.duration_s),
        waived=ground.waived[shift],
        stops=tuple(stop_of(ground.problem, job) for job in jobs),
        frozen=len([job for job in jobs if ground.frozen[job]]),
    )


def empty_standing(problem: Problem, seed: int) -> Standing:
    """All places, no rows."""
    standing = Standing(problem.weights, DETOUR, SPEED)
    for index, (lat, lon) in enumerate(zip(*coordinates(problem.places, seed), strict=True)):
        assert standing.place(index, lat, lon) == index
    return standing


def standing_of(draft: Draft, seed: int) -> Standing:
    """The rows of a draft."""
    standing = empty_standing(draft.ground.problem, seed)
    for shift, row in enumerate(draft.rows):
        standing.put(shift, row_of(draft.ground, shift, row))
    return standing


def half_full(problem: Problem, seed: int) -> tuple[Draft, list[int]]:
    """Most jobs appended in a random order, and those without a place."""
    draft, rng = Draft(Ground(problem)), random.Random(seed)
    jobs = draft.left_out()
    rng.shuffle(jobs)
    for job in jobs[: max(1, len(jobs) * 3 // 4)]:
        draft.append(rng.randrange(len(draft.rows)), job)
    return draft, draft.left_out()

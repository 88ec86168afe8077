"""A problem says what contradicts itself, and survives the pipe."""

from __future__ import annotations

import math
import time

import msgspec
import numpy as np
import pytest

from optimizer.problem import (
    BadProblem,
    Break,
    Job,
    Problem,
    Shift,
    Technician,
    Weights,
    Window,
    contradictions,
    pack,
)
from tests.optimizer.worlds import DAY, HOUR, quiet_street, small_town, tiny, town

replace = msgspec.structs.replace


def with_job(**changes: object) -> Problem:
    problem = small_town()
    return replace(problem, jobs=(replace(problem.jobs[0], **changes), *problem.jobs[1:]))


def with_shift(**changes: object) -> Problem:
    problem = small_town()
    return replace(problem, shifts=(replace(problem.shifts[0], **changes), *problem.shifts[1:]))


def with_technician(**changes: object) -> Problem:
    problem = small_town()
    first = replace(problem.technicians[0], **changes)
    return replace(problem, technicians=(first, *problem.technicians[1:]))


def matrix(row: int, column: int, value: int) -> bytes:
    table = small_town().travel_s().copy()
    table[row, column] = value
    return np.ascontiguousarray(table).tobytes()


two_windows = (Window(earliest=HOUR, latest=3 * HOUR), Window(earliest=2 * HOUR, latest=4 * HOUR))
backwards = (Window(earliest=2, latest=1),)
BAD = {
    "travel": replace(small_town(), travel=b"1234"),
    "distance": replace(small_town(), distance=b""),
    "travel[1][2]": replace(small_town(), travel=matrix(1, 2, -5)),
    "travel[3][3]": replace(small_town(), travel=matrix(3, 3, 7)),
    "places": replace(small_town(), places=-1),
    "technicians[0].overtime_max_s": with_technician(overtime_max_s=-1),
    "technicians[0].parts['x']": with_technician(parts={"x": -1}),
    "technicians[0].debt_s": with_technician(debt_s=1 << 62),
    "shifts[0].technician": with_shift(technician=3),
    "shifts[0].end": with_shift(end=0),
    "shifts[0].start": with_shift(start=1 << 40),
    "shifts[0].start_place": with_shift(start_place=9),
    "shifts[0].end_place": with_shift(end_place=-1),
    "shifts[0].day": with_shift(day=-1),
    "shifts[0].rest.window.latest": with_shift(rest=Break(window=backwards[0], duration_s=1)),
    "shifts[0].rest.duration_s": with_shift(rest=Break(window=Window(earliest=1, latest=2), duration_s=-1)),
    "shifts[1].day": with_shift(technician=1),
    "jobs[0].place": with_job(place=9),
    "jobs[0].service_s": with_job(service_s=-1),
    "jobs[0].setup_s": with_job(setup_s=1 << 40),
    "jobs[0].prize": with_job(prize=1 << 40),
    "jobs[0].affected": with_job(affected=-1),
    "jobs[0].lateness_weight": with_job(lateness_weight=-1),
    "jobs[0].parts['x']": with_job(parts={"x": -1}),
    "jobs[0].windows[0].latest": with_job(windows=backwards),
    "jobs[0].windows[1]": with_job(windows=two_windows),
    "jobs[0].excluded": with_job(excluded=frozenset({3})),
    "jobs[0].shifts": with_job(shifts=frozenset({3})),
    "jobs[0].published_shift": with_job(published_shift=-1),
    "jobs[0].published_start": with_job(published_start=1 << 40),
    "jobs[0].due": with_job(due=1 << 40),
    "jobs[0].frozen": with_job(frozen=True),
    "weights.travel": replace(small_town(), weights=Weights(travel=-1)),
    "weights.unfairness": replace(small_town(), weights=Weights(unfairness=math.nan)),
    "jobs[0].published_start ": with_job(frozen=True, published_shift=0, published_start=8 * HOUR),
}


@pytest.mark.parametrize("where", BAD)
def test_a_contradiction_is_found_where_it_is(where: str) -> None:
    with pytest.raises(BadProblem) as caught:
        BAD[where].verify()
    assert caught.value.where == where.strip()


def test_two_shifts_of_a_technician_never_overlap_overtime_included() -> None:
    early = Shift(name="", technician=0, day=0, start=0, end=DAY, start_place=0, end_place=0)
    late = replace(early, day=1, start=DAY + 60, end=2 * DAY)
    technician = Technician(name="Ada", overtime_max_s=3600)
    problem = replace(quiet_street(), technicians=(technician,), shifts=(early, late))
    assert [found.where for found in contradictions(problem)] == ["shifts[1].start"]
    replace(problem, technicians=(Technician(name="Ada"),)).verify()


def test_frozen_visits_may_not_overlap_each_other() -> None:
    problem = quiet_street()
    jobs = tuple(
        replace(job, frozen=True, published_shift=0, published_start=9 * HOUR + index * HOUR)
        for index, job in enumerate(problem.jobs)
    )
    assert [found.where for found in contradictions(replace(problem, jobs=jobs))] == [
        "jobs[1].published_start"
    ]


def test_nothing_at_all_is_a_problem_without_contradiction() -> None:
    empty = pack(np.zeros((0, 0), dtype=np.int32))
    Problem(technicians=(), shifts=(), jobs=(), places=0, travel=empty, distance=empty).verify()


@pytest.mark.parametrize("seed", range(50))
def test_random_worlds_are_without_contradiction_and_survive_the_pipe(seed: int) -> None:
    problem = tiny(seed)
    assert list(contradictions(problem)) == []
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(problem), type=Problem) == problem


def test_checking_500_jobs_and_60_technicians_is_cheap() -> None:
    problem = town(500, 60, days=5)
    began = time.process_time()
    problem.verify()
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("table", [[[0, 1]], [[0, -1], [1, 0]], [[0, 1 << 31], [1, 0]]])
def test_only_square_int32_matrices_are_packed(table: list[list[int]]) -> None:
    with pytest.raises(ValueError, match=r"square|int32"):
        pack(np.array(table, dtype=np.int64))


def test_defaults_cannot_be_shared_by_mistake() -> None:
    first, second = (Job(name="", place=0, service_s=0) for _ in range(2))
    assert first.parts is not second.parts

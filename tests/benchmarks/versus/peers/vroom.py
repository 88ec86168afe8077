"""VROOM: as many starting heuristics and local searches as its exploration level says, spread over threads.

Skills, parts (deliveries against a capacity), windows, a price of a vehicle. It always serves the highest sum of
*priorities* first, whatever the way: prizes are told on its scale from 0 to 100. Levels are the settings: a higher one searches
longer and may not come to its end; a lower one may end before the time is over.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import timedelta
from importlib.metadata import version as installed
from typing import Any

from optimizer.problem import Problem
from tests.benchmarks.versus.peers.loads import loads
from tests.benchmarks.versus.terms import Budget, Found, Row, Terms

vroom: Any = importlib.import_module("vroom")
HIGHEST = 100


def version() -> str:
    return installed("pyvroom")


def solve(terms: Terms, budget: Budget) -> Found:
    problem = terms.problem
    told = translated(problem)
    left = timedelta(milliseconds=int(1000 * max(0.01, terms.seconds - budget.elapsed())))
    solution = told.solve(exploration_level=int(terms.setting), nb_threads=terms.threads, timeout=left)
    answer = solution.to_dict()
    out: list[int] = [one["id"] for one in answer["unassigned"]]
    return Found(
        rows=tuple(_rows(answer["routes"])),
        cost=float(answer["summary"]["cost"] + sum(problem.jobs[job].prize for job in out)),
    )


def translated(problem: Problem) -> Any:
    """Jobs and vehicles are numbered as jobs and shifts are."""
    told = vroom.Input()
    told.set_durations_matrix("car", problem.travel_s())
    number = {skill: n for n, skill in enumerate(sorted({s for job in problem.jobs for s in job.skills}))}
    stock = loads(problem)
    highest = max([job.prize for job in problem.jobs], default=0)
    for index, shift in enumerate(problem.shifts):
        skills = problem.technicians[shift.technician].skills
        told.add_vehicle(
            vroom.Vehicle(
                index,
                start=shift.start_place,
                end=shift.end_place,
                capacity=stock.stock[index],
                skills={number[skill] for skill in skills if skill in number},
                time_window=(shift.start, shift.end),
                costs=vroom.VehicleCosts(fixed=problem.weights.shift_used),
            )
        )
    for index, job in enumerate(problem.jobs):
        told.add_job(
            vroom.Job(
                index,
                location=job.place,
                default_service=job.service_s,
                delivery=stock.needs[index],
                skills={number[skill] for skill in job.skills},
                priority=HIGHEST if job.mandatory else round(HIGHEST * job.prize / max(1, highest)),
                time_windows=[(window.earliest, window.latest) for window in job.windows],
            )
        )
    return told


def _rows(routes: list[dict[str, Any]]) -> Iterator[Row]:
    for route in routes:
        jobs = tuple(step["id"] for step in route["steps"] if step["type"] == "job")
        yield Row(shift=route["vehicle"], jobs=jobs)

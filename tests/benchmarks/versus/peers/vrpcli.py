"""vrp-cli: ruin and recreate over a population, steered by what has paid off, on threads.

It knows its aims in an order, not as one sum: first the *value* of what is served (the prizes), then the way. Setting
`pools` works in two pools of one thread, `pool` in one of two; `unassigned` puts the number of jobs before their value.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version as installed
from typing import Any

from optimizer.problem import Problem
from tests.benchmarks.versus.peers.loads import alike, loads
from tests.benchmarks.versus.terms import Budget, Found, Row, Terms

vrp_cli: Any = importlib.import_module("vrp_cli")
ORIGIN = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp())
FOREVER_S = 3_000 * 86_400
EVERY = 200
"""Generations between two looks at the best plan, for the trace."""


def version() -> str:
    return installed("vrp-cli")


def solve(terms: Terms, budget: Budget) -> Found:
    problem = terms.problem
    told, matrix = translated(problem, terms.setting)
    pools = {"numThreadPools": 1, "threadsPerPool": terms.threads}
    if terms.setting != "pool":
        pools = {"numThreadPools": terms.threads, "threadsPerPool": 1}
    config = {
        "termination": {"maxTime": max(1, round(terms.seconds - budget.elapsed()))},
        "environment": {"parallelism": pools, "logging": {"enabled": False}},
        "telemetry": {"metrics": {"enabled": True, "trackPopulation": EVERY}},
    }
    began = budget.elapsed()
    raw = vrp_cli.solve_pragmatic(problem=told, matrices=[matrix], config=json.dumps(config))
    answer = json.loads(raw)
    rows = tuple(_rows(answer))
    served = {job for row in rows for job in row.jobs}
    out = sum(job.prize for index, job in enumerate(problem.jobs) if index not in served)
    return Found(
        rows=rows,
        cost=float(answer["statistic"]["cost"]) + out,
        trace=tuple((began + at, cost) for at, cost in _trace(problem, answer)),
    )


def translated(problem: Problem, setting: str) -> tuple[str, str]:
    """The problem and its matrix, as the JSON that vrp-cli calls *pragmatic*. Distances are seconds: the way is the cost."""
    stock = loads(problem)
    jobs = [_job(problem, index, stock.needs[index]) for index in range(len(problem.jobs))]
    crew = [_technicians(problem, shifts, stock.stock[shifts[0]]) for shifts in alike(problem, stock)]
    travel = problem.travel_s().ravel().tolist()
    told = {
        "plan": {"jobs": jobs},
        "fleet": {"vehicles": crew, "profiles": [{"name": "car"}]},
        "objectives": [[{"type": aim}] for aim in aims(problem, setting)],
    }
    return json.dumps(told), json.dumps({"profile": "car", "travelTimes": travel, "distances": travel})


def aims(problem: Problem, setting: str) -> list[str]:
    """Most important first."""
    first = ["maximize-value"] if any(job.prize for job in problem.jobs) else ["minimize-unassigned"]
    if setting == "unassigned" and first == ["maximize-value"]:
        first = ["minimize-unassigned", "maximize-value"]
    return [*first, *(["minimize-tours"] if problem.weights.shift_used else []), "minimize-cost"]


def _job(problem: Problem, index: int, needs: list[int]) -> dict[str, Any]:
    job = problem.jobs[index]
    place: dict[str, Any] = {"location": {"index": job.place}, "duration": float(job.service_s)}
    if job.windows:
        place["times"] = [[_instant(window.earliest), _instant(window.latest)] for window in job.windows]
    told: dict[str, Any] = {"id": str(index), "deliveries": [{"places": [place], "demand": needs or [0]}]}
    if job.skills:
        told["skills"] = {"allOf": sorted(job.skills)}
    if job.prize:
        told["value"] = float(job.prize)
    return told


def _technicians(problem: Problem, shifts: list[int], own: list[int]) -> dict[str, Any]:
    shift = problem.shifts[shifts[0]]
    start = {"earliest": _instant(shift.start), "location": {"index": shift.start_place}}
    end = {"latest": _instant(shift.end), "location": {"index": shift.end_place}}
    told: dict[str, Any] = {
        "typeId": f"type {shifts[0]}",
        "vehicleIds": [str(index) for index in shifts],
        "profile": {"matrix": "car"},
        "costs": {"fixed": float(problem.weights.shift_used), "distance": 1.0, "time": 0.0},
        "shifts": [{"start": start, "end": end}],
        "capacity": own or [1],
    }
    if skills := problem.technicians[shift.technician].skills:
        told["skills"] = sorted(skills)
    return told


def _instant(seconds: int) -> str:
    at = datetime.fromtimestamp(ORIGIN + min(seconds, FOREVER_S), UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _rows(answer: dict[str, Any]) -> Iterator[Row]:
    for tour in answer["tours"]:
        acts = [act for stop in tour["stops"] for act in stop["activities"]]
        jobs = tuple(int(act["jobId"]) for act in acts if act["type"] == "delivery")
        if jobs:
            yield Row(shift=int(tour["vehicleId"]), jobs=jobs)


def _trace(problem: Problem, answer: dict[str, Any]) -> Iterator[tuple[float, float]]:
    """Value served (negative) and way, where these are the aims."""
    total = sum(job.prize for job in problem.jobs)
    for look in answer.get("extras", {}).get("metrics", {}).get("evolution", []):
        best = [one["fitness"] for one in look["population"]["individuals"]][:1]
        if best and len(best[0]) == 2 and total:
            yield look["timestamp"], total + best[0][0] + best[0][1]
        elif best and best[0][0] == 0:
            yield look["timestamp"], best[0][-1]

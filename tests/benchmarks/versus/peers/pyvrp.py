"""PyVRP: iterated local search in C++ on one thread, so two processes with a seed each run side by side.

- *Skills*: setting `profiles` gives each set of skills its own matrices, in which a way to a client it cannot serve costs
  more than any prize and takes longer than any shift; setting `loads` makes each skill a load that only some can carry.
- *Parts* are delivery loads. A *depot* is a reload: what is on board at the start is told as `initial_load`, the room that the
  technician's own stock leaves; a tool is a load of which one has all or nothing.
- *Prizes*: a client that is not mandatory is optional with a prize.
- Setting `prizes` tells mandatory clients as optional ones whose prize is above any way: it always has an answer.
- Setting `fleet` first looks for the smallest number of vehicles, for at most half of the time.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from importlib.metadata import version as installed
from typing import Any, NamedTuple

import numpy as np

from optimizer.problem import MANDATORY, Problem
from tests.benchmarks.versus.peers.loads import Loads, alike, loads, skilled
from tests.benchmarks.versus.terms import Budget, Found, Row, Terms
from tests.benchmarks.versus.told import horizon

pyvrp: Any = importlib.import_module("pyvrp")
FOREVER = 1 << 40


def version() -> str:
    return installed("pyvrp")


class Told(NamedTuple):
    """The problem in PyVRP's words; `shifts` by vehicle type; depots from `first_supply` on hand out parts."""

    data: Any
    shifts: list[list[int]]
    first_supply: int


def solve(terms: Terms, budget: Budget) -> Found:
    told = translated(terms.problem, by_loads=terms.setting == "loads", by_prizes=terms.setting == "prizes")
    seed = 2 * terms.seed + terms.lane
    data = told.data
    if terms.setting == "fleet":
        enough = Budget(terms)
        enough.seconds, enough.cpu_seconds = terms.seconds / 2, terms.cpu_seconds / 2
        fewest = pyvrp.minimise_fleet(data, stop=_when(enough), seed=seed)
        data = data.replace(vehicle_types=[fewest])
    heard = Heard(budget, data.num_load_dimensions)
    result = pyvrp.solve(
        data,
        stop=_when(budget),
        seed=seed,
        collect_stats=False,
        params=pyvrp.SolveParams(ils=pyvrp.IteratedLocalSearchParams(callbacks=heard)),
    )
    if not result.is_feasible():
        raise RuntimeError("found no feasible plan in time")
    cost = float(result.cost())
    return Found(
        rows=tuple(_rows(told, result.best)),
        cost=cost,
        trace=(*heard.trace, (budget.elapsed(), cost)),
    )


def _when(budget: Budget) -> Callable[[float], bool]:
    """Stop when the budget is used up, whatever the best cost."""

    def over(best: float) -> bool:
        del best
        return budget.over()

    return over


class Heard(pyvrp.IteratedLocalSearchCallbacks):
    """Hears of each new best plan."""

    def __init__(self, budget: Budget, dimensions: int) -> None:
        self.budget = budget
        self.price = pyvrp.CostEvaluator([0] * dimensions, 0, 0)
        self.trace: list[tuple[float, float]] = []

    def on_start(self, ils: Any) -> None:
        self.on_best(ils.initial_solution)

    def on_best(self, best: Any) -> None:
        if best.is_feasible():
            self.trace.append((self.budget.elapsed(), float(self.price.cost(best))))


def translated(problem: Problem, *, by_loads: bool = False, by_prizes: bool = False) -> Told:
    """One location a job, so that what is forbidden for one is not for another at the same place; then homes, then depots."""
    ends = sorted({place for shift in problem.shifts for place in (shift.start_place, shift.end_place)})
    spots = [job.place for job in problem.jobs] + ends + [depot.place for depot in problem.depots]
    first_end = len(problem.jobs)
    first_supply = len(ends)
    depot_of = {place: number for number, place in enumerate(ends)}
    stock = _with_skills(problem, loads(problem)) if by_loads else loads(problem)
    clients = [
        pyvrp.Client(
            location=number,
            delivery=stock.needs[number],
            service_duration=job.service_s,
            tw_early=job.windows[0].earliest if job.windows else 0,
            tw_late=job.windows[0].latest if job.windows else FOREVER,
            prize=job.prize + (MANDATORY if job.mandatory else 0) if by_prizes or not job.mandatory else 0,
            required=job.mandatory and not by_prizes,
        )
        for number, job in enumerate(problem.jobs)
    ]
    depots = [pyvrp.Depot(location=first_end + number) for number in range(len(ends))]
    depots += [
        pyvrp.Depot(location=first_end + first_supply + number, service_duration=depot.service_s)
        for number, depot in enumerate(problem.depots)
    ]
    matrices, profile = _profiles(problem, spots, forbids=not by_loads)
    supplies = list(range(first_supply, len(depots)))
    groups = alike(problem, stock)
    types = [
        pyvrp.VehicleType(
            num_available=len(shifts),
            start_depot=depot_of[problem.shifts[shifts[0]].start_place],
            end_depot=depot_of[problem.shifts[shifts[0]].end_place],
            tw_early=problem.shifts[shifts[0]].start,
            tw_late=problem.shifts[shifts[0]].end,
            fixed_cost=problem.weights.shift_used,
            unit_distance_cost=problem.weights.travel,
            unit_duration_cost=problem.weights.duration,
            profile=profile[shifts[0]],
            **_room(stock, shifts[0], supplies),
        )
        for shifts in groups
    ]
    data = pyvrp.ProblemData(
        [pyvrp.Location(0, 0) for _ in spots],
        clients,
        depots,
        types,
        [distance for distance, _ in matrices],
        [duration for _, duration in matrices],
    )
    return Told(data, groups, first_supply)


def _room(stock: Loads, shift: int, supplies: list[int]) -> dict[str, Any]:
    """What can be carried from the start, and after a visit to a depot."""
    own = stock.stock[shift]
    if not supplies:
        return {"capacity": own, "max_reloads": 0}
    taken = [most - have for most, have in zip(stock.total, own, strict=True)]
    return {"capacity": stock.total, "initial_load": taken, "reload_depots": supplies, "max_reloads": 1}


def _profiles(
    problem: Problem, spots: list[int], *, forbids: bool
) -> tuple[list[tuple[Any, Any]], list[int]]:
    """Distance and duration matrices (both in seconds), and which of them each shift uses."""
    travel = problem.travel_s()[np.ix_(spots, spots)].astype(np.int64)
    if not forbids:
        return [(travel, travel)], [0] * len(problem.shifts)
    able = skilled(problem)
    kinds = sorted(set(able), key=sorted)
    most = max([job.prize for job in problem.jobs], default=0)
    far = 2 * max(most, horizon(problem)) + int(travel.max(initial=0))
    matrices: list[tuple[Any, Any]] = []
    for kind in kinds:
        barred = [job for job in range(len(problem.jobs)) if job not in kind]
        matrix = travel.copy()
        matrix[:, barred] = far
        np.fill_diagonal(matrix, 0)
        matrices.append((matrix, matrix))
    return matrices, [kinds.index(kind) for kind in able]


def _with_skills(problem: Problem, stock: Loads) -> Loads:
    """Each skill a load more: everybody who has it can carry all of it."""
    skills = sorted({skill for job in problem.jobs for skill in job.skills})
    total = [sum(skill in job.skills for job in problem.jobs) for skill in skills]
    needs = [
        [*row, *(int(skill in job.skills) for skill in skills)]
        for row, job in zip(stock.needs, problem.jobs, strict=True)
    ]
    have = [problem.technicians[shift.technician].skills for shift in problem.shifts]
    own = [
        [*row, *(most if skill in mine else 0 for skill, most in zip(skills, total, strict=True))]
        for row, mine in zip(stock.stock, have, strict=True)
    ]
    return Loads([*stock.names, *skills], needs, own, [*stock.total, *total])


def _rows(told: Told, best: Any) -> Iterator[Row]:
    free = [list(shifts) for shifts in told.shifts]
    for route in best.routes():
        jobs: list[int] = []
        depot: int | None = None
        before = 0
        for activity in list(route)[1:-1]:
            if activity.is_client():
                jobs.append(activity.idx)
            elif activity.is_depot():
                depot, before = activity.idx - told.first_supply, len(jobs)
        if jobs:
            number: int = route.vehicle_type()
            yield Row(shift=free[number].pop(0), jobs=tuple(jobs), depot=depot, before=before)

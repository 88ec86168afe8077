"""OR-Tools' routing library, used plainly: one model, one search, no code of line3's in between.

Skills are the vehicles allowed at a node, parts are dimensions with a capacity of each vehicle, what may be left out is a
disjunction with its prize as penalty, an outage a soft upper bound on the clock, being away a cost of the clock's span. A way
by a depot is an optional node of each vehicle that takes from its loads all that could have been used.

The library is single-threaded and takes the same way from the same start, so two processes start differently: one from the
cheapest insertion over all routes, one job by job. Settings are the metaheuristic; `light` is guided
local search without its slowest neighbourhoods.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from importlib.metadata import version as installed
from typing import Any

from optimizer.problem import MANDATORY, Job, Problem
from tests.benchmarks.versus.peers.loads import loads, skilled
from tests.benchmarks.versus.terms import Budget, Found, Row, Terms
from tests.benchmarks.versus.told import horizon, left_out

cp: Any = importlib.import_module("ortools.constraint_solver.pywrapcp")
enums: Any = importlib.import_module("ortools.constraint_solver.routing_enums_pb2")
booleans: Any = importlib.import_module("ortools.util.optional_boolean_pb2")

STARTS = ("PARALLEL_CHEAPEST_INSERTION", "LOCAL_CHEAPEST_INSERTION")
SEARCHES = {
    "light": "GUIDED_LOCAL_SEARCH",
    "guided": "GUIDED_LOCAL_SEARCH",
    "annealing": "SIMULATED_ANNEALING",
    "tabu": "TABU_SEARCH",
}
SLOW = (
    "use_global_cheapest_insertion_path_lns",
    "use_local_cheapest_insertion_path_lns",
    "use_relocate_path_global_cheapest_insertion_insert_unperformed",
    "use_global_cheapest_insertion_expensive_chain_lns",
    "use_local_cheapest_insertion_expensive_chain_lns",
)
SCALE = 120
"""Of costs, which are whole numbers there: half a second a subscriber and minute is one a second."""


def version() -> str:
    return installed("ortools")


def solve(terms: Terms, budget: Budget) -> Found:
    told = Told(terms.problem)
    trace: list[tuple[float, float]] = []

    def note() -> None:
        cost = told.cost(told.routing.CostVar().Value())
        if not trace or cost < trace[-1][1]:
            trace.append((budget.elapsed(), cost))

    told.routing.AddAtSolutionCallback(note)
    asked = _asked(terms)
    asked.time_limit.FromMilliseconds(int(1000 * max(0.05, terms.seconds - budget.elapsed())))
    best = told.routing.SolveWithParameters(asked)
    if best is None:
        raise RuntimeError("no solution in time")
    return Found(rows=tuple(told.rows(best)), cost=told.cost(best.ObjectiveValue()), trace=tuple(trace))


def _asked(terms: Terms) -> Any:
    asked = cp.DefaultRoutingSearchParameters()
    asked.first_solution_strategy = getattr(enums.FirstSolutionStrategy, STARTS[terms.lane])
    asked.local_search_metaheuristic = getattr(enums.LocalSearchMetaheuristic, SEARCHES[terms.setting])
    if terms.setting == "light":
        _light(asked.local_search_operators)
    return asked


def _light(operators: Any) -> None:
    """Without the neighbourhoods that empty and refill whole routes: they take a second a round at 200 jobs."""
    for name in SLOW:
        setattr(operators, name, booleans.BOOL_FALSE)


class Told:
    """The problem as a routing model. Nodes: jobs, then places where shifts begin or end, then a depot for each shift."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.per_second = [
            round(SCALE * job.affected * problem.weights.outage_per_minute / 60) for job in problem.jobs
        ]
        ends = sorted({place for shift in problem.shifts for place in (shift.start_place, shift.end_place)})
        first_end = len(problem.jobs)
        node = {place: first_end + number for number, place in enumerate(ends)}
        self.first_depot = first_end + len(ends)
        self.places = [job.place for job in problem.jobs] + ends
        self.places += [depot.place for _ in problem.shifts for depot in problem.depots]
        starts = [node[shift.start_place] for shift in problem.shifts]
        goals = [node[shift.end_place] for shift in problem.shifts]
        self.manager = cp.RoutingIndexManager(len(self.places), len(problem.shifts), starts, goals)
        self.routing = cp.RoutingModel(self.manager)
        self.index = [self.manager.NodeToIndex(job) for job in range(first_end)]
        self._travel()
        self._clock()
        self._loads()
        self._jobs()
        self._depots()

    def _travel(self) -> None:
        travel = self.problem.travel_s()[self.places][:, self.places].astype(int)
        self.ways: list[list[int]] = travel.tolist()
        priced = (travel * (SCALE * self.problem.weights.travel)).tolist()
        self.routing.SetArcCostEvaluatorOfAllVehicles(self.routing.RegisterTransitMatrix(priced))
        self.routing.SetFixedCostOfAllVehicles(SCALE * self.problem.weights.shift_used)

    def _clock(self) -> None:
        problem, most = self.problem, horizon(self.problem)
        work = [job.service_s for job in problem.jobs] + [0] * (len(self.places) - len(problem.jobs))
        for node in range(self.first_depot, len(self.places)):
            work[node] = problem.depots[(node - self.first_depot) % len(problem.depots)].service_s
        rows = [[before + way for way in ways] for before, ways in zip(work, self.ways, strict=True)]
        self.routing.AddDimension(self.routing.RegisterTransitMatrix(rows), most, most, False, "clock")
        clock: Any = self.routing.GetDimensionOrDie("clock")
        self.clock = clock
        clock.SetSpanCostCoefficientForAllVehicles(SCALE * problem.weights.duration)
        for number, shift in enumerate(problem.shifts):
            for index in (self.routing.Start(number), self.routing.End(number)):
                clock.CumulVar(index).SetRange(shift.start, shift.end)
                self.routing.AddVariableMinimizedByFinalizer(clock.CumulVar(index))

    def _loads(self) -> None:
        stock = loads(self.problem)
        rest = len(self.places) - len(self.problem.jobs)
        depots = len(self.places) - self.first_depot
        for number, name in enumerate(stock.names):
            most = stock.total[number]
            needs = [row[number] for row in stock.needs] + [0] * (rest - depots) + [-most] * depots
            # A depot takes `most` away, so that the load starts there, too, where there are depots.
            low = most if depots else 0
            room = [low + row[number] for row in stock.stock]
            evaluator = self.routing.RegisterUnaryTransitVector(needs)
            self.routing.AddDimensionWithVehicleCapacity(evaluator, 0, room, not depots, name)
            if depots:
                dimension: Any = self.routing.GetDimensionOrDie(name)
                for vehicle in range(len(self.problem.shifts)):
                    dimension.CumulVar(self.routing.Start(vehicle)).SetValue(low)

    def _jobs(self) -> None:
        able = skilled(self.problem)
        for job, index in enumerate(self.index):
            wanted = self.problem.jobs[job]
            allowed = [vehicle for vehicle, jobs in enumerate(able) if job in jobs]
            self.routing.AddDisjunction([index], self._penalty(wanted, job))
            if len(allowed) < len(able):
                self.routing.VehicleVar(index).SetValues([-1, *allowed])
            if wanted.windows:
                window = wanted.windows[0]
                latest = min(window.latest, horizon(self.problem))
                self.clock.CumulVar(index).SetRange(min(window.earliest, latest), latest)
            if self.per_second[job]:
                self.clock.SetCumulVarSoftUpperBound(index, 0, self.per_second[job])

    def _penalty(self, wanted: Job, job: int) -> int:
        """The soft bound counts an outage to the start of service, not to its end: so does the penalty."""
        whole = left_out(self.problem, wanted) + (MANDATORY if wanted.mandatory else 0)
        return max(0, SCALE * whole - self.per_second[job] * wanted.service_s)

    def _depots(self) -> None:
        count = len(self.problem.depots)
        for vehicle in range(len(self.problem.shifts) if count else 0):
            first = self.first_depot + vehicle * count
            indices = [self.manager.NodeToIndex(first + number) for number in range(count)]
            self.routing.AddDisjunction(indices, 0)
            for index in indices:
                self.routing.VehicleVar(index).SetValues([-1, vehicle])

    def cost(self, objective: float) -> float:
        """In the units of the problem, outages counted to the end of service."""
        uncounted = sum(
            rate * job.service_s for rate, job in zip(self.per_second, self.problem.jobs, strict=True)
        )
        return (objective + uncounted) / SCALE

    def rows(self, best: Any) -> Iterator[Row]:
        """The routes of a solution."""
        for vehicle in range(len(self.problem.shifts)):
            jobs: list[int] = []
            depot, before = None, 0
            index = best.Value(self.routing.NextVar(self.routing.Start(vehicle)))
            while not self.routing.IsEnd(index):
                node = self.manager.IndexToNode(index)
                if node < len(self.problem.jobs):
                    jobs.append(node)
                else:
                    depot, before = (node - self.first_depot) % len(self.problem.depots), len(jobs)
                index = best.Value(self.routing.NextVar(index))
            if jobs:
                yield Row(shift=vehicle, jobs=tuple(jobs), depot=depot, before=before)

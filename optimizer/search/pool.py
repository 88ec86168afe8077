"""Routes that were met, recombined: the cheapest set of them in which every job has a place or is cheaper left out. OR-Tools does it:
GLOP's dual prices say which routes can be of use at all, CP-SAT chooses among those."""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from ortools.linear_solver.python import model_builder
from ortools.sat.python import cp_model

from optimizer.search.layout import FROZEN, KIND, LEFT_OUT, PARTNER, Layout
from optimizer.search.team import Member, Plan, empty
from optimizer.search.times import COUNT, JOB, PRICED, unfairness

MOST_KEPT: Final = 20_000
"""Routes; the dearest for what they serve go first."""
MOST_CHOSEN: Final = 3_000
"""CP-SAT proves the best of so many, and finds nothing among many more."""
GRAIN: Final = 100
"""Costs are whole hundredths for CP-SAT."""

T = TypeVar("T")
# OR-Tools says little of its types
_lp: Any = model_builder
_cp: Any = cp_model
Served = tuple[int, int]
"""A job, and the instant at which it has to start if it has a partner (-1 if not)."""


class Column(NamedTuple):
    """What all shifts of one technician do: they share the stock."""

    unit: int
    """Technicians of one unit are as good as one another."""
    rows: tuple[tuple[int, ...], ...]
    serves: frozenset[Served]
    cost: float
    """Beside a technician of this unit who does nothing."""


class Pool:
    """Of one search."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.shifts = [[int(shift) for shift in row if shift >= 0] for row in layout.shifts_of]
        units: dict[tuple[int, ...], int] = {}
        kinds = layout.shift[:, KIND]
        self.unit = [
            units.setdefault(tuple(int(kinds[shift]) for shift in row), len(units)) for row in self.shifts
        ]
        self.idle = [unfairness(layout, technician, 0) for technician in range(len(self.shifts))]
        self.columns: dict[tuple[int, frozenset[Served]], Column] = {}
        self.fresh = 0

    def add(self, member: Member) -> None:
        """The routes of a member's plan as it stands."""
        routes, found = member.routes, self.columns
        for technician, shifts in enumerate(self.shifts):
            counts = [int(routes.state[shift, COUNT]) for shift in shifts]
            if not any(counts):
                continue
            rows = tuple(
                tuple(routes.stop[shift, 1 : count + 1, JOB].tolist())
                for shift, count in zip(shifts, counts, strict=True)
            )
            serves = frozenset(
                (job, int(routes.fixed[job])) for row in rows for job in row if job < self.layout.jobs
            )
            cost = float(routes.sum[shifts, PRICED].sum()) - self.idle[technician]
            cost += unfairness(self.layout, technician, int(routes.load[technician]))
            key = (self.unit[technician], serves)
            if key not in found or cost < found[key].cost - 1e-6:
                self.fresh += key not in found
                found[key] = Column(self.unit[technician], rows, serves, cost)

    def best(self, now: Plan, seconds: float, threads: int, steady: bool) -> Plan | None:
        """The cheapest plan of the routes known, if it is cheaper than `now` and found in time; what it costs is known when it is
        taken. `steady`: work is counted instead of seconds, so that the same routes give the same plan."""
        self.fresh = 0
        useful = self._useful(now)
        self.columns = {(column.unit, column.serves): column for column in useful[:MOST_KEPT]}
        chosen = self._chosen(useful[:MOST_CHOSEN], now, seconds, threads, steady)
        return None if chosen is None else self._plan(chosen, now)

    def _useful(self, now: Plan) -> list[Column]:
        """The routes that may be part of a cheaper plan, the likeliest first: by GLOP's reduced costs."""
        columns = list(self.columns.values())
        model = _lp.Model()
        taken = [model.new_num_var(0, math.inf, None) for _ in columns]
        left_out = {job: model.new_num_var(0, math.inf, None) for job in self._optional()}
        for serving in self._serving(columns, taken, left_out):
            model.add(_lp.LinearExpr.sum(serving) >= 1)
        for mine, other in self._meeting(columns, taken):
            model.add(_lp.LinearExpr.sum(mine) == _lp.LinearExpr.sum(other))
        for size, of_unit in self._of_units(columns, taken):
            model.add(_lp.LinearExpr.sum(of_unit) <= size)
        costs = [column.cost for column in columns] + [self.layout.rate[job, LEFT_OUT] for job in left_out]
        model.minimize(_lp.LinearExpr.weighted_sum([*taken, *left_out.values()], costs))
        solver = _lp.Solver("glop")
        if solver.solve(model) != _lp.SolveStatus.OPTIMAL:
            return columns
        slack = now.cost - sum(self.idle) - solver.objective_value
        reduced = [solver.reduced_cost(variable) for variable in taken]
        order = sorted(range(len(columns)), key=reduced.__getitem__)
        return [columns[index] for index in order if reduced[index] < slack]

    def _chosen(
        self, columns: list[Column], now: Plan, seconds: float, threads: int, steady: bool
    ) -> list[Column] | None:
        """CP-SAT's choice; None if it found nothing cheaper than the plan there is."""
        model = _cp.CpModel()
        taken = [model.new_bool_var("") for _ in columns]
        left_out = {job: model.new_bool_var("") for job in self._optional()}
        for serving in self._serving(columns, taken, left_out):
            model.add_at_least_one(serving)
        for mine, other in self._meeting(columns, taken):
            model.add(_cp.LinearExpr.sum(mine) == _cp.LinearExpr.sum(other))
        for size, of_unit in self._of_units(columns, taken):
            model.add(_cp.LinearExpr.sum(of_unit) <= size)
        costs = [round(column.cost * GRAIN) for column in columns]
        costs += [round(self.layout.rate[job, LEFT_OUT] * GRAIN) for job in left_out]
        variables = [*taken, *left_out.values()]
        model.minimize(_cp.LinearExpr.weighted_sum(variables, costs))
        known = (now.cost - sum(self.idle)) * GRAIN
        model.add(_cp.LinearExpr.weighted_sum(variables, costs) <= math.floor(known) - 1)
        solver = _cp.CpSolver()
        solver.parameters.num_workers = threads
        if steady:
            solver.parameters.max_deterministic_time = seconds
        else:
            solver.parameters.max_time_in_seconds = seconds
        if solver.solve(model) not in (_cp.OPTIMAL, _cp.FEASIBLE):
            return None
        return [column for column, variable in zip(columns, taken, strict=True) if solver.value(variable)]

    def _optional(self) -> list[int]:
        return np.flatnonzero(self.layout.job[: self.layout.jobs, FROZEN] == 0).tolist()

    def _serving(self, columns: list[Column], taken: list[T], left_out: dict[int, T]) -> list[list[T]]:
        """Of each job the routes that serve it, and its being left out. One of them at least: who is served twice is taken out of one
        route, which then costs no more."""
        found: list[list[T]] = [[] for _ in range(self.layout.jobs)]
        for job, variable in left_out.items():
            found[job].append(variable)
        for column, variable in zip(columns, taken, strict=True):
            for job, _ in column.serves:
                found[job].append(variable)
        return found

    def _meeting(self, columns: list[Column], taken: list[T]) -> list[tuple[list[T], list[T]]]:
        """Of each pair of partners and instant the routes on either side: as many of the one as of the other."""
        found: dict[tuple[int, int], tuple[list[T], list[T]]] = {}
        for column, variable in zip(columns, taken, strict=True):
            for job, instant in column.serves:
                partner = int(self.layout.job[job, PARTNER])
                if partner >= 0:
                    pair = found.setdefault((min(job, partner), instant), ([], []))
                    pair[job > partner].append(variable)
        return list(found.values())

    def _of_units(self, columns: list[Column], taken: list[T]) -> list[tuple[int, list[T]]]:
        """How many technicians a unit has, and its routes."""
        found: list[list[T]] = [[] for _ in range(max(self.unit, default=-1) + 1)]
        for column, variable in zip(columns, taken, strict=True):
            found[column.unit].append(variable)
        return [(self.unit.count(unit), of_unit) for unit, of_unit in enumerate(found)]

    def _plan(self, chosen: list[Column], now: Plan) -> Plan:
        """Who has such a route now keeps it; the others of a unit go to whoever is free."""
        plan = empty(self.layout)
        free: dict[int, list[int]] = {}
        waiting = list(chosen)
        for technician, shifts in enumerate(self.shifts):
            rows = tuple(tuple(now.rows[shift, : now.counts[shift]].tolist()) for shift in shifts)
            same = [
                column for column in waiting if column.unit == self.unit[technician] and column.rows == rows
            ]
            if same:
                waiting.remove(same[0])
                self._give(plan, technician, same[0])
            else:
                free.setdefault(self.unit[technician], []).append(technician)
        for column in waiting:
            self._give(plan, free[column.unit].pop(0), column)
        return plan

    def _give(self, plan: Plan, technician: int, column: Column) -> None:
        for shift, row in zip(self.shifts[technician], column.rows, strict=True):
            plan.rows[shift, : len(row)], plan.counts[shift] = row, len(row)
        for job, instant in column.serves:
            plan.fixed[job] = instant

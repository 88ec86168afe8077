"""The problem as OR-Tools' routing model sees it: a close relaxation of it (see `ortools_engine`)."""

from __future__ import annotations

import itertools
from typing import Any, Final, cast

from ortools.constraint_solver import pywrapcp

from optimizer.draft import Draft
from optimizer.ground import Ground, earliest_in
from optimizer.schedule import timing

SCALE: Final = 100
"""Cost units of the model per second of travel: its coefficients are integers, outage rates are not."""

cp = cast(Any, pywrapcp)
"""SWIG gives its stubs no types: this is the one place where that is said."""


class Model:
    """The problem as an OR-Tools routing model. Nodes are open jobs, then places where shifts start or end."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.jobs = [job for job, shifts in enumerate(ground.candidates) if shifts]
        used = {shift for job in self.jobs for shift in ground.candidates[job]}
        self.shifts = sorted(used)
        if not self.jobs:
            return
        self.vehicle = {shift: index for index, shift in enumerate(self.shifts)}
        self.heads = [self._head(shift) for shift in self.shifts]
        self.lunches = self._lunches()
        self._lay_nodes()
        self.routing = cp.RoutingModel(self.manager)
        self.index: list[int] = [self.manager.NodeToIndex(node) for node in range(len(self.jobs))]
        self.job_at = {index: job for index, job in zip(self.index, self.jobs, strict=True)}
        self._price_legs()
        self._clock()
        self._stock()
        self._churn()
        self._leave_out()

    def _head(self, shift: int) -> tuple[int, int]:
        """Place and instant at which the part of the shift that is not frozen begins."""
        ground, chain = self.ground, self.ground.chains[shift]
        times = timing(ground, shift, chain)
        if not chain or times is None:
            return ground.home[shift], ground.start[shift]
        return ground.place[chain[-1]], times.ends[-1]

    def _lunches(self) -> list[tuple[int, int]]:
        """Latest start and length of the commonest break of each day, which the model's clock leaves out.

        OR-Tools' own break intervals cost three quarters of the speed at 200 jobs and fail to start at 500.
        """
        days: dict[int, list[tuple[int, int]]] = {}
        for vehicle, shift in enumerate(self.shifts):
            rest = self._rest(vehicle, shift)
            if rest is not None:
                days.setdefault(self.ground.problem.shifts[shift].day, []).append(rest)
        return [max(set(rests), key=lambda rest: (rests.count(rest), rest)) for rests in days.values()]

    def _rest(self, vehicle: int, shift: int) -> tuple[int, int] | None:
        """The break still to be taken: latest start, length."""
        rest = self.ground.rest[shift]
        if rest is None or rest.window.latest < self.heads[vehicle][1]:
            return None
        return rest.window.latest, rest.duration_s

    def _tau(self, moment: int) -> int:
        """The model's clock, which stands still during the common breaks."""
        return moment - sum(min(max(0, moment - latest), length) for latest, length in self.lunches)

    def _spare(self, vehicle: int, shift: int) -> int:
        """What the clock took from a shift too much (or too little) if its break is not the common one."""
        begin, end = self.heads[vehicle][1], self.ground.limit[shift]
        taken = (end - begin) - (self._tau(end) - self._tau(begin))
        rest = self._rest(vehicle, shift)
        return taken - (rest[1] if rest is not None and rest[0] < end else 0)

    def _lay_nodes(self) -> None:
        ground = self.ground
        ends = {place for place, _ in self.heads} | {ground.goal[shift] for shift in self.shifts}
        node = {place: len(self.jobs) + n for n, place in enumerate(sorted(ends))}
        self.places = [ground.place[job] for job in self.jobs] + sorted(ends)
        self.manager = cp.RoutingIndexManager(
            len(self.places),
            len(self.shifts),
            [node[place] for place, _ in self.heads],
            [node[ground.goal[shift]] for shift in self.shifts],
        )

    def _price_legs(self) -> None:
        ground = self.ground
        rows = [
            [
                round(
                    SCALE
                    * (ground.travel[a][b] * ground.per_second + ground.distance[a][b] * ground.per_metre)
                )
                for b in self.places
            ]
            for a in self.places
        ]
        self.routing.SetArcCostEvaluatorOfAllVehicles(self.routing.RegisterTransitMatrix(rows))
        self.routing.SetFixedCostOfAllVehicles(SCALE * ground.problem.weights.shift_used)

    def _clock(self) -> None:
        """Absolute time. Setup that may be spared is on the way in, all other work on the way out."""
        ground = self.ground
        count = len(self.jobs)
        self.shared = [ground.service[j] + ground.setup[j] - ground.least_work[j] for j in self.jobs]
        work = [ground.least_work[job] for job in self.jobs] + [0] * (len(self.places) - count)
        setup = self.shared + [0] * (len(self.places) - count)
        rows = [
            [
                work[a] + ground.travel[p][q] + (0 if p == q and a < count else setup[b])
                for b, q in enumerate(self.places)
            ]
            for a, p in enumerate(self.places)
        ]
        self.legs_s = rows
        most = ground.horizon + 86_400
        self.routing.AddDimension(self.routing.RegisterTransitMatrix(rows), most, most, False, "clock")
        self.clock: Any = self.routing.GetDimensionOrDie("clock")
        for node, job in enumerate(self.jobs):
            self._open(node, job)
        for vehicle, shift in enumerate(self.shifts):
            self._bound(vehicle, shift)

    def _open(self, node: int, job: int) -> None:
        """Windows and what is priced by the clock at one job."""
        ground, index = self.ground, self.index[node]
        allowed = [self.vehicle[shift] for shift in ground.candidates[job]]
        self.routing.VehicleVar(index).SetValues([-1, *allowed])
        cumul = self.clock.CumulVar(index)
        windows = self._windows(node)
        cumul.SetRange(windows[0][0], windows[-1][1])
        for (_, high), (low, _) in itertools.pairwise(windows):
            if high + 1 <= low - 1:
                cumul.RemoveInterval(high + 1, low - 1)
        bound, rate = self._soft(job)
        if rate:
            self.clock.SetCumulVarSoftUpperBound(index, self._tau(bound), rate)

    def _windows(self, node: int) -> list[tuple[int, int]]:
        """By the model's clock, and wider by a setup that may come before it."""
        most = self.ground.horizon
        return [
            (self._tau(min(low, most)), self._tau(min(high, most)) + self.shared[node])
            for low, high in self.ground.windows[self.jobs[node]]
        ]

    def fits(self, vehicle: int, nodes: list[int]) -> bool:
        """The row has a schedule by the model's clock, as it mostly has if it has a true one."""
        now = self._tau(self.heads[vehicle][1])
        before = int(self.manager.IndexToNode(self.routing.Start(vehicle)))
        for node in nodes:
            now = earliest_in(tuple(self._windows(node)), now + self.legs_s[before][node])
            if now < 0:
                return False
            before = node
        end = self.routing.End(vehicle)
        now += self.legs_s[before][int(self.manager.IndexToNode(end))]
        return now <= int(self.clock.CumulVar(end).Max())

    def _soft(self, job: int) -> tuple[int, int]:
        """The start from which waiting costs, and its price a second."""
        ground = self.ground
        if ground.outage[job]:
            return 0, round(SCALE * ground.outage[job])
        if ground.late[job]:
            return max(0, ground.due[job] - ground.least_work[job]), round(SCALE * ground.late[job])
        return max(0, ground.published[job]), round(SCALE * ground.moved[job])

    def _bound(self, vehicle: int, shift: int) -> None:
        """When a shift begins and ends, and its overtime."""
        ground, routing = self.ground, self.routing
        begin, spare = self._tau(self.heads[vehicle][1]), self._spare(vehicle, shift)
        limit = max(begin, self._tau(ground.limit[shift]) + spare)
        self.clock.CumulVar(routing.Start(vehicle)).SetRange(begin, begin)
        self.clock.CumulVar(routing.End(vehicle)).SetRange(begin, limit)
        overtime = SCALE * ground.problem.weights.overtime
        if overtime and ground.end[shift] < ground.limit[shift]:
            bound = max(0, self._tau(ground.end[shift]) + spare)
            self.clock.SetCumulVarSoftUpperBound(routing.End(vehicle), bound, overtime)

    def _stock(self) -> None:
        """Parts that may run out: a load per shift, and their sum over a technician's shifts."""
        problem = self.ground.problem
        for part in sorted({part for job in self.jobs for part in self.ground.parts[job]}):
            count = [problem.jobs[job].parts.get(part, 0) for job in self.jobs]
            loads = count + [0] * (len(self.places) - len(count))
            left = [technician.parts.get(part, 0) for technician in problem.technicians]
            for chain, technician in zip(self.ground.chains, self.ground.technician, strict=True):
                left[technician] -= sum(problem.jobs[job].parts.get(part, 0) for job in chain)
            if sum(count) > min(left, default=0):
                self._part(part, loads, [max(0, n) for n in left])

    def _part(self, part: str, loads: list[int], left: list[int]) -> None:
        ground, routing = self.ground, self.routing
        name = f"part {part}"
        capacities = [left[ground.technician[shift]] for shift in self.shifts]
        routing.AddDimensionWithVehicleCapacity(
            routing.RegisterUnaryTransitVector(loads), 0, capacities, True, name
        )
        dimension: Any = routing.GetDimensionOrDie(name)
        for technician, shifts in enumerate(ground.shifts_of):
            ends = [dimension.CumulVar(routing.End(self.vehicle[s])) for s in shifts if s in self.vehicle]
            if len(ends) > 1 and sum(loads) > left[technician]:
                solver = routing.solver()
                solver.Add(solver.Sum(ends) <= left[technician])

    def _churn(self) -> None:
        """Moving a job away from its published shift: a load that differs by vehicle, and costs."""
        ground, routing = self.ground, self.routing
        if not any(ground.churn_shift[job] for job in self.jobs):
            return
        blank = [0] * (len(self.places) - len(self.jobs))
        evaluators = [
            routing.RegisterUnaryTransitVector([ground.in_shift(job, shift) for job in self.jobs] + blank)
            for shift in self.shifts
        ]
        most = sum(ground.churn_shift[job] for job in self.jobs)
        routing.AddDimensionWithVehicleTransits(evaluators, 0, most, True, "churn")
        dimension: Any = routing.GetDimensionOrDie("churn")
        dimension.SetSpanCostCoefficientForAllVehicles(SCALE)

    def _leave_out(self) -> None:
        """The price of leaving out, less what a soft bound does not count of serving."""
        ground = self.ground
        for node, job in enumerate(self.jobs):
            uncounted = ground.outage[job] * ground.least_work[job]
            if not ground.outage[job] and ground.late[job]:
                uncounted = ground.late[job] * max(0, ground.least_work[job] - ground.due[job])
            penalty = max(0, round(SCALE * (ground.left_out[job] - uncounted)))
            self.routing.AddDisjunction([self.index[node]], penalty)

    def rows_from(self, draft: Draft) -> list[list[int]]:
        """A draft as OR-Tools takes it: indices per vehicle, without stops for which the model has no time."""
        node = {job: node for node, job in enumerate(self.jobs)}
        rows: list[list[int]] = []
        for vehicle, shift in enumerate(self.shifts):
            row = [node[job] for job in draft.rows[shift][len(self.ground.chains[shift]) :]]
            while row and not self.fits(vehicle, row):
                row.pop()
            rows.append([self.index[number] for number in row])
        return rows

    def rows_now(self) -> list[list[int]]:
        """The solution just found: jobs per vehicle."""
        routing, rows = self.routing, list[list[int]]()
        for vehicle in range(len(self.shifts)):
            row: list[int] = []
            index = routing.NextVar(routing.Start(vehicle)).Value()
            while not routing.IsEnd(index):
                row.append(self.job_at[index])
                index = routing.NextVar(index).Value()
            rows.append(row)
        return rows

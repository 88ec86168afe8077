"""The proven optimum of a tiny problem by CP-SAT, which knows nothing of schedules: instants are whatever integers are cheapest.

Not modelled: a price on being away, and seconds moved, for which the earliest schedule need not be the cheapest; and breaks after
what is frozen, which are waived only where there is no other way.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, Final, NamedTuple

import msgspec
from ortools.sat.python import cp_model

from optimizer.problem import MANDATORY, Problem, drive_s, service_s

SCALE: Final = 3_000
"""Units of a second of travel, in which every price of the tests' worlds is a whole number."""
CP: Final[Any] = cp_model
END: Final = 0


def optimum(problem: Problem) -> float:
    """The least cost there is. AssertionError if that is not proven within a minute."""
    assert problem == provable(problem)
    proof = Proof(problem)
    solver = CP.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = 60
    assert solver.Solve(proof.model) == CP.OPTIMAL
    return solver.ObjectiveValue() / SCALE


def provable(problem: Problem) -> Problem:
    """The problem without what is not modelled."""
    held = {job.published_shift for job in problem.jobs if job.frozen}
    shifts = [
        msgspec.structs.replace(shift, rest=None)
        if index in held or (shift.rest is not None and shift.rest.window.latest < shift.start)
        else shift
        for index, shift in enumerate(problem.shifts)
    ]
    weights = msgspec.structs.replace(problem.weights, duration=0, churn_second=0.0)
    return msgspec.structs.replace(problem, shifts=tuple(shifts), weights=weights)


class Rested(NamedTuple):
    """The break of a shift that is used: begin and end, and inside which job it lies, if in one."""

    begin: Any
    end: Any
    seconds: int
    inside: dict[int, Any]


class Proof:
    """The model. Nodes of a shift: its two ends (0), jobs from 1 on, then depots."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.model = problem, CP.CpModel()
        self.travel, self.distance = problem.travel_s(), problem.distance_m()
        limits = [s.end + problem.technicians[s.technician].overtime_max_s for s in problem.shifts]
        self.horizon = max(limits, default=0)
        self.jobs = range(1, len(problem.jobs) + 1)
        self.depots = range(len(problem.jobs) + 1, len(problem.jobs) + len(problem.depots) + 1)
        self.places = [-1, *(job.place for job in problem.jobs), *(depot.place for depot in problem.depots)]
        self.prices: list[Any] = []
        latest = 2 * self.horizon + 100_000
        self.start = [self.model.NewIntVar(0, latest, "") for _ in range(len(self.jobs) + 1)]
        self.end = [self.model.NewIntVar(0, latest, "") for _ in range(len(self.jobs) + 1)]
        self.latest = latest
        self.here: list[list[Any]] = [
            [self.model.NewBoolVar("") for _ in self.places] for _ in problem.shifts
        ]
        self.passed = [self._instants() for _ in problem.shifts]
        self.load = [self._shift(index) for index in range(len(problem.shifts))]
        for job in self.jobs:
            self._job(job)
        for technician in range(len(problem.technicians)):
            self._technician(technician)
        self.model.Minimize(sum(self.prices))

    def _instants(self) -> tuple[Any, Any]:
        """When a depot is passed by: from, to."""
        return self.model.NewIntVar(0, self.latest, ""), self.model.NewIntVar(0, self.latest, "")

    def _price(self, rate: Fraction | float, amount: Any) -> None:
        whole = Fraction(rate).limit_denominator(1_000_000) * SCALE
        assert whole.denominator == 1, "a price that SCALE does not make whole"
        self.prices.append(int(whole) * amount)

    def _shift(self, index: int) -> Any:
        """One round; travel and work in it."""
        problem, model, here = self.problem, self.model, self.here[index]
        shift = problem.shifts[index]
        technician = problem.technicians[shift.technician]
        arcs, load = list[Any](), list[Any]()
        used, back = model.NewBoolVar(""), model.NewIntVar(0, self.latest, "")
        rest = self._rest(index)
        for one in range(len(self.places)):
            if one != END:
                arcs.append((one, one, here[one].Not()))
            for other in range(len(self.places)):
                if one == other:
                    continue
                arc = model.NewBoolVar("")
                arcs.append((one, other, arc))
                origin = shift.start_place if one == END else self.places[one]
                target = shift.end_place if other == END else self.places[other]
                seconds = drive_s(technician, int(self.travel[origin, target]))
                load.append(seconds * arc)
                self._price(problem.weights.travel, seconds * arc)
                self._price(
                    Fraction(problem.weights.distance_per_km, 1000), int(self.distance[origin, target]) * arc
                )
                free = shift.start if one == END else self._span(index, one)[1]
                then = back if other == END else self._span(index, other)[0]
                self._drive(arc, free, then, seconds, rest)
                if other in self.jobs:
                    load.append(self._worked(index, arc, one, other, rest))
        arcs.append((END, END, used.Not()))
        model.AddCircuit(arcs)
        for depot in self.depots:
            begin, end = self.passed[index]
            loading = problem.depots[depot - self.depots[0]].service_s
            load.append(loading * here[depot])
            model.Add(end >= begin + loading).OnlyEnforceIf(here[depot])
            self._apart(here[depot], begin, end, rest)
        model.AddAtMostOne(here[depot] for depot in self.depots)
        for depot in self.depots:
            model.AddBoolOr(here[job] for job in self.jobs).OnlyEnforceIf(here[depot])
        self._late(index, used, back)
        return sum(load)

    def _span(self, index: int, node: int) -> tuple[Any, Any]:
        return (self.start[node], self.end[node]) if node in self.jobs else self.passed[index]

    def _rest(self, index: int) -> Rested | None:
        problem, model, shift = self.problem, self.model, self.problem.shifts[index]
        if shift.rest is None:
            return None
        begin = model.NewIntVar(max(shift.rest.window.earliest, shift.start), shift.rest.window.latest, "")
        end = begin + shift.rest.duration_s
        inside = {job: model.NewBoolVar("") for job in self.jobs if problem.jobs[job - 1].interruptible}
        for job, literal in inside.items():
            model.AddImplication(literal, self.here[index][job])
            model.Add(begin >= self.start[job]).OnlyEnforceIf(literal)
            model.Add(end <= self.end[job]).OnlyEnforceIf(literal)
        model.AddAtMostOne(inside.values())
        return Rested(begin, end, shift.rest.duration_s, inside)

    def _drive(self, arc: Any, free: Any, then: Any, seconds: int, rest: Rested | None) -> None:
        """A way, at some time between the end of one stop and the start of the next, and not during the break."""
        model, leave = self.model, self.model.NewIntVar(0, self.latest, "")
        model.Add(leave >= free).OnlyEnforceIf(arc)
        model.Add(leave + seconds <= then).OnlyEnforceIf(arc)
        self._apart(arc, leave, leave + seconds, rest)

    def _apart(self, held: Any, begin: Any, end: Any, rest: Rested | None, inside: Any = None) -> None:
        """What is held lies before or after the break, unless there is none, or the break is inside."""
        if rest is None:
            return
        before, after = self.model.NewBoolVar(""), self.model.NewBoolVar("")
        self.model.Add(end <= rest.begin).OnlyEnforceIf(before)
        self.model.Add(begin >= rest.end).OnlyEnforceIf(after)
        ways = [before, after] if inside is None else [before, after, inside]
        self.model.AddBoolOr(ways).OnlyEnforceIf(held)

    def _worked(self, index: int, arc: Any, one: int, job: int, rest: Rested | None) -> Any:
        """Work at a stop that is reached from another: seconds of it."""
        problem, model = self.problem, self.model
        technician = problem.technicians[problem.shifts[index].technician]
        wanted = problem.jobs[job - 1]
        again = one != END and self.places[one] == wanted.place
        work = service_s(technician, wanted) + (0 if again else wanted.setup_s)
        inside = None if rest is None else rest.inside.get(job)
        pause = 0 if rest is None else rest.seconds
        length = model.NewIntVar(0, self.latest, "")
        model.Add(length == self.end[job] - self.start[job]).OnlyEnforceIf(arc)
        if inside is None:
            model.Add(length == work).OnlyEnforceIf(arc)
        else:
            model.Add(length == work).OnlyEnforceIf(arc, inside.Not())
            model.Add(length == work + pause).OnlyEnforceIf(arc, inside)
        self._apart(arc, self.start[job], self.end[job], rest, inside)
        return work * arc

    def _late(self, index: int, used: Any, back: Any) -> None:
        problem, model, shift = self.problem, self.model, self.problem.shifts[index]
        most = shift.end + problem.technicians[shift.technician].overtime_max_s
        loose = [self.here[index][job] for job in self.jobs if not problem.jobs[job - 1].frozen]
        for literal in loose:
            model.Add(back <= most).OnlyEnforceIf(literal)
        over = model.NewIntVar(0, self.latest, "")
        model.Add(over >= back - shift.end).OnlyEnforceIf(used)
        self._price(problem.weights.overtime, over)
        self._price(problem.weights.shift_used, used)

    def _job(self, job: int) -> None:
        model, wanted = self.model, self.problem.jobs[job - 1]
        left, weights = model.NewBoolVar(""), self.problem.weights
        model.AddExactlyOne([left, *(row[job] for row in self.here)])
        if wanted.frozen:
            model.Add(self.here[wanted.published_shift or 0][job] == 1)
            model.Add(self.start[job] == wanted.published_start)
            for other in [*self.jobs, *self.depots]:
                if other != job:
                    literal = self.here[wanted.published_shift or 0][other]
                    begin = self._span(wanted.published_shift or 0, other)[0]
                    model.Add(begin >= self.end[job]).OnlyEnforceIf(literal)
        elif wanted.windows:
            inside = [model.NewBoolVar("") for _ in wanted.windows]
            for literal, window in zip(inside, wanted.windows, strict=True):
                model.AddLinearConstraint(self.start[job], window.earliest, window.latest).OnlyEnforceIf(
                    literal
                )
            model.AddBoolOr([left, *inside])
        model.Add(self.end[job] == self.horizon).OnlyEnforceIf(left)
        self._price(Fraction(str(weights.outage_per_minute)) * wanted.affected / 60, self.end[job])
        if wanted.due is not None:
            late = model.NewIntVar(0, self.latest, "")
            model.Add(late >= self.end[job] - wanted.due)
            self._price(Fraction(wanted.lateness_weight * weights.lateness_per_minute, 60), late)
        self._price(wanted.prize + (MANDATORY if wanted.mandatory else 0), left)
        if wanted.published_shift is not None:
            self._price(weights.churn_shift, 1 - self.here[wanted.published_shift][job])
        if wanted.partner is not None:
            self._together(job, wanted.partner + 1, left)

    def _together(self, job: int, partner: int, left: Any) -> None:
        problem, model = self.problem, self.model
        model.Add(self.start[job] == self.start[partner]).OnlyEnforceIf(left.Not())
        model.Add(sum(row[job] for row in self.here) == sum(row[partner] for row in self.here))
        for technician in range(len(problem.technicians)):
            mine = [n for n, shift in enumerate(problem.shifts) if shift.technician == technician]
            model.AddAtMostOne([self.here[n][who] for n in mine for who in (job, partner)])

    def _technician(self, index: int) -> None:
        """Skills, exclusions and locks; own tools and stock, until a depot has been passed by; fairness."""
        problem, model, technician = self.problem, self.model, self.problem.technicians[index]
        mine = [n for n, shift in enumerate(problem.shifts) if shift.technician == index]
        mine.sort(key=lambda n: problem.shifts[n].start)
        own: dict[int, list[Any]] = {job: [] for job in self.jobs}
        for number, shift in enumerate(mine):
            earlier = [self.here[n][depot] for n in mine[:number] for depot in self.depots]
            for job in self.jobs:
                wanted, here = problem.jobs[job - 1], self.here[shift][job]
                barred = not wanted.skills <= technician.skills or index in wanted.excluded
                if not wanted.frozen and (
                    barred or (wanted.shifts is not None and shift not in wanted.shifts)
                ):
                    model.Add(here == 0)
                supplied, before = model.NewBoolVar(""), model.NewBoolVar("")
                model.AddImplication(before, here)
                model.AddBoolOr(here.Not(), before, supplied)
                ahead = model.NewBoolVar("")
                model.Add(self.passed[shift][1] <= self.start[job]).OnlyEnforceIf(ahead)
                model.AddBoolOr([self.here[shift][depot] for depot in self.depots]).OnlyEnforceIf(ahead)
                model.AddBoolOr([ahead, *earlier]).OnlyEnforceIf(supplied)
                if not wanted.frozen and not wanted.tools <= technician.tools:
                    model.Add(before == 0)
                own[job].append(before)
        self._stocked(index, own)
        self._fair(index, mine)

    def _stocked(self, index: int, own: dict[int, list[Any]]) -> None:
        problem, model = self.problem, self.model
        for part in sorted({part for job in problem.jobs for part in job.parts}):
            counts = {job: problem.jobs[job - 1].parts.get(part, 0) for job in self.jobs}
            whole = sum(counts[job] * literal for job in self.jobs for literal in own[job])
            within = model.NewBoolVar("")
            model.Add(whole <= problem.technicians[index].parts.get(part, 0)).OnlyEnforceIf(within)
            for job in self.jobs:
                if counts[job] and not problem.jobs[job - 1].frozen:
                    for literal in own[job]:
                        model.AddImplication(literal, within)

    def _fair(self, index: int, mine: list[int]) -> None:
        rate = self.problem.weights.unfairness
        if not rate:
            return
        debt, most = self.problem.technicians[index].debt_s, 400_000
        load = self.model.NewIntVar(0, most, "")
        self.model.Add(load >= sum(self.load[n] for n in mine) + debt)
        square = self.model.NewIntVar(0, most * most, "")
        self.model.AddMultiplicationEquality(square, [load, load])
        share = self.model.NewIntVar(0, most * most, "")
        # rate * (load / 3600) ** 2, in whole units of a tenth of a second
        self.model.Add(share * 3600 * 3600 >= square * math.ceil(rate * 10))
        self._price(Fraction(1, 10), share)

"""The one cost function of a result, part by part. `check` recomputes it on its own."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.problem import MANDATORY, Problem
from optimizer.result import Cost, Route


class Bill:
    """Sums of each part, in fractions of a second of travel until they are rounded once."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.sums = dict.fromkeys(Cost.__struct_fields__, 0.0)
        self.load = [0] * len(problem.technicians)
        limits = [
            shift.end + problem.technicians[shift.technician].overtime_max_s for shift in problem.shifts
        ]
        self.horizon = max(limits, default=0)

    def serve(self, route: Route) -> None:
        """Add one route."""
        problem, weights, sums = self.problem, self.problem.weights, self.sums
        shift = problem.shifts[route.shift]
        sums["travel"] += route.travel_s * weights.travel
        sums["distance"] += route.distance_m * (weights.distance_per_km / 1000)
        sums["overtime"] += max(0, route.back - shift.end) * weights.overtime
        sums["duration"] += (route.back - route.leave) * weights.duration
        sums["shifts"] += weights.shift_used
        load = route.travel_s + sum(stop.end - stop.start for stop in route.stops)
        if route.rest is not None and route.rest.inside is not None:
            load -= route.rest.end - route.rest.start
        if route.supply is not None:
            load += problem.depots[route.supply.depot].service_s
        self.load[shift.technician] += load
        for stop in route.stops:
            job = problem.jobs[stop.job]
            self._late(stop.job, stop.end)
            if job.published_shift is not None and job.published_shift != route.shift:
                sums["churn"] += weights.churn_shift
            if job.published_start is not None:
                sums["churn"] += weights.churn_second * abs(stop.start - job.published_start)

    def leave_out(self, index: int) -> None:
        """Add one job without a place: dark and late to the end of the last shift."""
        job = self.problem.jobs[index]
        self.sums["unassigned"] += job.prize + (MANDATORY if job.mandatory else 0)
        self._late(index, self.horizon)
        if job.published_shift is not None:
            self.sums["churn"] += self.problem.weights.churn_shift

    def _late(self, index: int, end: int) -> None:
        job, weights = self.problem.jobs[index], self.problem.weights
        self.sums["outage"] += job.affected * weights.outage_per_minute / 60 * end
        if job.due is not None:
            self.sums["lateness"] += (
                job.lateness_weight * weights.lateness_per_minute / 60 * max(0, end - job.due)
            )

    def total(self) -> Cost:
        """Round each part once."""
        for technician, load in zip(self.problem.technicians, self.load, strict=True):
            hours = max(0, load + technician.debt_s) / 3600
            self.sums["unfairness"] += self.problem.weights.unfairness * hours * hours
        return Cost(**{name: round(value) for name, value in self.sums.items()})


def cost_of(problem: Problem, routes: Iterable[Route], left_out: Iterable[int]) -> Cost:
    """What these timed routes and these jobs without a place cost."""
    bill = Bill(problem)
    for route in routes:
        bill.serve(route)
    for job in left_out:
        bill.leave_out(job)
    return bill.total()

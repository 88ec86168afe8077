"""The one cost function of a result, part by part. `check` recomputes it on its own."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.ground import Ground
from optimizer.problem import MANDATORY
from optimizer.result import Cost, Route


class Bill:
    """Sums of each part, in fractions of a second of travel until they are rounded once."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.unassigned = self.outage = self.lateness = self.travel = self.distance = 0.0
        self.overtime = self.shifts = self.churn = 0.0
        self.load = [0] * len(ground.problem.technicians)

    def serve(self, route: Route) -> None:
        """Add one route."""
        ground, weights = self.ground, self.ground.problem.weights
        self.travel += route.travel_s * weights.travel
        self.distance += route.distance_m * ground.per_metre
        self.overtime += max(0, route.back - ground.end[route.shift]) * weights.overtime
        self.shifts += weights.shift_used
        self.load[ground.technician[route.shift]] += route.travel_s
        for stop in route.stops:
            self._late(stop.job, stop.end)
            self.churn += ground.in_shift(stop.job, route.shift)
            self.churn += ground.moved[stop.job] * abs(stop.start - ground.published[stop.job])
            self.load[ground.technician[route.shift]] += stop.end - stop.start
        if route.rest is not None and route.rest.inside is not None:
            self.load[ground.technician[route.shift]] -= route.rest.end - route.rest.start

    def leave_out(self, job: int) -> None:
        """Add one job without a place: dark and late to the end of the last shift."""
        wanted = self.ground.problem.jobs[job]
        self.unassigned += wanted.prize + (MANDATORY if wanted.mandatory else 0)
        self._late(job, self.ground.horizon)
        self.churn += self.ground.churn_shift[job]

    def _late(self, job: int, end: int) -> None:
        self.outage += self.ground.outage[job] * end
        self.lateness += self.ground.late[job] * max(0, end - self.ground.due[job])

    def total(self) -> Cost:
        """Round each part once."""
        unfairness = sum(self.ground.unfairness(index, load) for index, load in enumerate(self.load))
        return Cost(
            unassigned=round(self.unassigned),
            outage=round(self.outage),
            lateness=round(self.lateness),
            travel=round(self.travel),
            distance=round(self.distance),
            overtime=round(self.overtime),
            shifts=round(self.shifts),
            unfairness=round(unfairness),
            churn=round(self.churn),
        )


def cost_of(ground: Ground, routes: Iterable[Route], left_out: Iterable[int]) -> Cost:
    """What these timed routes and these jobs without a place cost."""
    bill = Bill(ground)
    for route in routes:
        bill.serve(route)
    for job in left_out:
        bill.leave_out(job)
    return bill.total()

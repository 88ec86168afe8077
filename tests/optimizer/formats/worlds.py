"""Random problems that use every member of the model, and true answers to them in which nothing is left to the engine."""

from __future__ import annotations

import random

import msgspec

from optimizer.check import price
from optimizer.problem import (
    Break,
    Depot,
    Job,
    Problem,
    Shift,
    Technician,
    Weights,
    Window,
    contradictions,
    drive_s,
)
from optimizer.result import Cost, Rest, Result, Route, Stop, Supply, Unassigned
from tests.optimizer.worlds import tiny

replace = msgspec.structs.replace
NAMES = ("", "Ada", "Ada", 'Zoë "the" splicer', "line\nbreak", "7", "оптика")


def everything(seed: int) -> Problem:
    """Levels, speeds, partners, depots, prices, odd breaks, empty and doubled names. Always without contradictions."""
    rng = random.Random(seed)
    problem = tiny(seed)
    changed = replace(
        problem,
        technicians=tuple(_technician(rng, one) for one in problem.technicians),
        shifts=tuple(_shift(rng, one) for one in problem.shifts),
        jobs=_partners(rng, [_job(rng, one) for one in problem.jobs]),
        depots=tuple(
            Depot(place=rng.randrange(problem.places), service_s=rng.choice([0, 600]))
            for _ in range(rng.randint(0, 2))
        ),
        weights=_weights(rng),
    )
    changed = rng.choice([changed, replace(changed, jobs=()), changed, changed])
    if rng.random() < 0.1:
        changed = replace(changed, shifts=(), jobs=tuple(_loose(job) for job in changed.jobs))
    return problem if any(contradictions(changed)) else changed


def _technician(rng: random.Random, one: Technician) -> Technician:
    return replace(
        one,
        name=rng.choice(NAMES),
        level=rng.choice(["", "senior", "junior"]),
        speed_percent=rng.choice([100, 1, 7, 57, 129, 500, 10_000]),
        parts=rng.choice([one.parts, {}, {"p": 0}, {'modem of 2 " box': 3, "p": 1_000_000}]),
        debt_s=rng.choice([0, 10_000_000, -5]),
    )


def _shift(rng: random.Random, one: Shift) -> Shift:
    early = Break(
        window=Window(earliest=0, latest=rng.choice([0, one.start, one.end + 5_000])), duration_s=600
    )
    return replace(one, name=rng.choice(NAMES), rest=rng.choice([one.rest, one.rest, early]))


def _job(rng: random.Random, one: Job) -> Job:
    return replace(
        one,
        name=rng.choice(NAMES),
        service_by_level=rng.choice([{}, {"senior": 60}, {"": 90, "junior": 5_000}]),
        parts=rng.choice([one.parts, {}, {"q": 0, "p": 2}]),
        skills=rng.choice([one.skills, frozenset({"12", "fibre"})]),
        due=rng.choice([one.due, -3_600]),
        lateness_weight=rng.choice([1, 0, 7]),
        published_start=rng.choice([one.published_start, one.published_start, -40])
        if not one.frozen
        else one.published_start,
        shifts=rng.choice([one.shifts, one.shifts, frozenset()]),
    )


def _partners(rng: random.Random, jobs: list[Job]) -> tuple[Job, ...]:
    if len(jobs) > 3 and rng.random() < 0.5:
        jobs[-1], jobs[-2] = (
            replace(jobs[-1], partner=len(jobs) - 2),
            replace(jobs[-2], partner=len(jobs) - 1),
        )
    return tuple(jobs)


def _loose(job: Job) -> Job:
    return replace(job, shifts=None, published_shift=None, frozen=False)


def _weights(rng: random.Random) -> Weights:
    return rng.choice(
        [
            Weights(),
            Weights(
                travel=3,
                distance_per_km=60,
                outage_per_minute=0.1,
                lateness_per_minute=7,
                overtime=5,
                duration=2,
                churn_shift=1,
                churn_second=1 / 3,
                shift_used=100_000_000,
                unfairness=12.75,
            ),
        ]
    )


def anyhow(problem: Problem, seed: int) -> Result:
    """Some jobs in some order with times that follow from each other, whatever is promised: breaks in every possible place,
    depots passed at any time. Its cost is right, the rest may be full of violations."""
    rng = random.Random(seed)
    jobs = list(range(len(problem.jobs)))
    rng.shuffle(jobs)
    routes: list[Route] = []
    for shift in rng.sample(range(len(problem.shifts)), rng.randint(0, len(problem.shifts))):
        row = [jobs.pop() for _ in range(min(len(jobs), rng.randint(1, 4)))]
        if row:
            routes.append(_Walk(rng, problem, shift).route(row))
    left = tuple(Unassigned(job=job, blocks={}) for job in jobs)
    result = Result(routes=tuple(routes), unassigned=left, cost=Cost())
    return replace(result, cost=price(problem, result))


class _Walk:
    """One route, step by step."""

    def __init__(self, rng: random.Random, problem: Problem, shift: int) -> None:
        self.rng, self.problem, self.index = rng, problem, shift
        self.shift = problem.shifts[shift]
        self.technician = problem.technicians[self.shift.technician]
        self.now, self.place = self.shift.start, self.shift.start_place
        self.travel, self.distance = problem.travel_s(), problem.distance_m()
        self.rest: Rest | None = None

    def route(self, row: list[int]) -> Route:
        rng = self.rng
        when = rng.choice(["none", "home", "before", "after", "inside", "back"])
        at = rng.randrange(len(row))
        by = rng.randint(0, len(row)) if self.problem.depots and rng.random() < 0.5 else None
        if when == "home":
            self.pause()
        leave = self.now
        supply, stops, total = None, list[Stop](), (0, 0)
        for number, job in enumerate(row):
            supply = self.depot(number) if by == number else supply
            stops.append(self.stop(job, when if number == at else "none"))
        supply = self.depot(len(row)) if by == len(row) else supply
        if when == "before" and rng.random() < 0.3 and self.rest is None:
            self.pause()
        seconds, metres = self.drive(self.shift.end_place)
        back = self.now + rng.choice([0, 60])
        if when == "back":
            self.now = back
            self.pause()
        for way in (*stops, *([supply] if supply else [])):
            total = total[0] + way.travel_s, total[1] + way.distance_m
        return Route(
            shift=self.index,
            leave=leave,
            back=back,
            stops=tuple(stops),
            rest=self.rest,
            supply=supply,
            travel_s=total[0] + seconds,
            distance_m=total[1] + metres,
        )

    def drive(self, place: int) -> tuple[int, int]:
        seconds = drive_s(self.technician, int(self.travel[self.place, place]))
        metres = int(self.distance[self.place, place])
        self.now, self.place = self.now + seconds, place
        return seconds, metres

    def pause(self, inside: int | None = None) -> None:
        start = self.now + self.rng.choice([0, 0, 300])
        self.now = start + self.rng.choice([600, 1_800])
        self.rest = Rest(start=start, end=self.now, inside=inside)

    def depot(self, before: int) -> Supply:
        index = self.rng.randrange(len(self.problem.depots))
        seconds, metres = self.drive(self.problem.depots[index].place)
        arrival = self.now
        self.now += self.problem.depots[index].service_s + self.rng.choice([0, 60])
        return Supply(
            before=before, depot=index, arrival=arrival, end=self.now, travel_s=seconds, distance_m=metres
        )

    def stop(self, index: int, when: str) -> Stop:
        job, same = self.problem.jobs[index], self.problem.jobs[index].place == self.place
        if when == "before":
            self.pause()
        seconds, metres = self.drive(job.place)
        arrival = self.now
        if when == "after":
            self.pause()
        start = self.now = self.now + self.rng.choice([0, 0, 700])
        if when == "inside":
            self.pause(index)
            start = min(start, self.rest.start if self.rest else start)
        level = job.service_by_level.get(self.technician.level, job.service_s)
        self.now += level + (0 if same else job.setup_s)
        return Stop(
            job=index, arrival=arrival, start=start, end=self.now, travel_s=seconds, distance_m=metres
        )

"""What a solver can be told: the variants of a technician day that all peers understand, and what of a problem one does not.

Nothing is dropped silently: `told` prices what it can (a subscriber in the dark raises the price of leaving the job out),
and refuses a problem with anything else in it that the solver knows no word for.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from optimizer.problem import Job, Problem, Weights


class Trait(StrEnum):
    """What a problem may have beyond travel, skills, parts, one window a job, shifts, and jobs that may be left out."""

    TOOLS = "tools"
    WINDOWS = "several windows"
    SETUP = "setup"
    LEVELS = "levels"
    SPEEDS = "speeds"
    BREAKS = "breaks"
    OVERTIME = "overtime"
    OUTAGE = "outages"
    LATENESS = "due instants"
    DEPOTS = "depots"
    PARTNERS = "crews of two"
    LOCKS = "locks and exclusions"
    METRES = "a price a kilometre"
    DURATION = "a price of being away"
    SHIFTS = "a price of a round"
    FAIRNESS = "fairness"
    PUBLISHED = "published plans"


class CannotBeTold(ValueError):
    """The solver has no words for part of the problem."""

    def __init__(self, untold: frozenset[Trait]) -> None:
        super().__init__(f"cannot be told: {', '.join(sorted(untold))}")
        self.untold = untold


def traits(problem: Problem) -> frozenset[Trait]:
    """What the problem has beyond what every solver understands."""
    return frozenset([*_of_jobs(problem), *_of_crew(problem)])


def _of_jobs(problem: Problem) -> Iterator[Trait]:
    for job in problem.jobs:
        if job.tools:
            yield Trait.TOOLS
        if len(job.windows) > 1:
            yield Trait.WINDOWS
        if job.setup_s:
            yield Trait.SETUP
        if job.service_by_level:
            yield Trait.LEVELS
        if job.affected and problem.weights.outage_per_minute:
            yield Trait.OUTAGE
        if job.due is not None and job.lateness_weight and problem.weights.lateness_per_minute:
            yield Trait.LATENESS
        if job.partner is not None:
            yield Trait.PARTNERS
        if job.excluded or job.shifts is not None:
            yield Trait.LOCKS
        if job.frozen or job.published_shift is not None or job.published_start is not None:
            yield Trait.PUBLISHED


def _of_crew(problem: Problem) -> Iterator[Trait]:
    weights = problem.weights
    if problem.depots:
        yield Trait.DEPOTS
    if weights.distance_per_km:
        yield Trait.METRES
    if weights.duration:
        yield Trait.DURATION
    if weights.shift_used:
        yield Trait.SHIFTS
    if weights.unfairness:
        yield Trait.FAIRNESS
    if any(shift.rest is not None for shift in problem.shifts):
        yield Trait.BREAKS
    if any(technician.overtime_max_s for technician in problem.technicians):
        yield Trait.OVERTIME
    if any(technician.speed_percent != 100 for technician in problem.technicians):
        yield Trait.SPEEDS


def told(problem: Problem, words: frozenset[Trait]) -> Problem:
    """The problem as a solver with these words hears it. Raises `CannotBeTold`.

    Outages are the one thing that may be told in other words: the prize holds what the job would cost if it were left out,
    dark to the end. That is all a solver without a price on instants can be told about them.
    """
    if Trait.OUTAGE not in words:
        jobs = tuple(
            msgspec.structs.replace(job, prize=left_out(problem, job), affected=0) for job in problem.jobs
        )
        problem = msgspec.structs.replace(problem, jobs=jobs)
    if untold := traits(problem) - words:
        raise CannotBeTold(untold)
    return problem


def left_out(problem: Problem, job: Job) -> int:
    """What it costs to leave the job out, less what is added for mandatory ones: its prize and the outage to the end."""
    return job.prize + round(job.affected * problem.weights.outage_per_minute * horizon(problem) / 60)


def horizon(problem: Problem) -> int:
    """The last instant of the last shift, overtime included."""
    ends = [shift.end + problem.technicians[shift.technician].overtime_max_s for shift in problem.shifts]
    return max(ends, default=0)


def common(problem: Problem) -> Problem:
    """A made-up day with only what all peers can be told, and about as full as before.

    Left: homes, shifts, skills, stock of each part, one window a job, service, prizes. Tools become skills; setup becomes
    service; a shift ends with its allowed overtime, less the break; all technicians work alike; of several windows the first
    stays; crews of two are two jobs; nothing is mandatory, dark, due, locked or shared out fairly; depots are closed.
    """
    return msgspec.structs.replace(dark(problem), jobs=tuple(_plain(job, 0) for job in problem.jobs))


def dark(problem: Problem) -> Problem:
    """`common`, but subscribers are in the dark: each minute costs."""
    technicians = tuple(
        msgspec.structs.replace(
            technician,
            skills=technician.skills | _tools(technician.tools),
            tools=frozenset(),
            overtime_max_s=0,
            level="",
            speed_percent=100,
            debt_s=0,
        )
        for technician in problem.technicians
    )
    shifts = tuple(
        msgspec.structs.replace(
            shift,
            end=shift.end
            + problem.technicians[shift.technician].overtime_max_s
            - (0 if shift.rest is None else shift.rest.duration_s),
            rest=None,
        )
        for shift in problem.shifts
    )
    return msgspec.structs.replace(
        problem,
        technicians=technicians,
        shifts=shifts,
        jobs=tuple(_plain(job, job.affected) for job in problem.jobs),
        weights=Weights(outage_per_minute=problem.weights.outage_per_minute),
        depots=(),
    )


def _tools(names: frozenset[str]) -> frozenset[str]:
    return frozenset(f"has {name}" for name in names)


def _plain(job: Job, affected: int) -> Job:
    return Job(
        name=job.name,
        place=job.place,
        service_s=job.service_s + job.setup_s,
        windows=job.windows[:1],
        skills=job.skills | _tools(job.tools),
        parts=job.parts,
        prize=job.prize,
        affected=affected,
    )

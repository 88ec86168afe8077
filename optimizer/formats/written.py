"""A `Problem` as VROOM's JSON: read again, it is the same problem. Ids are indices.

VROOM itself can read it, too: what it does not model stands in `line3`, and what it knows under another name (skills by number,
parts as amounts, prizes as priorities) is written for it as well.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from optimizer.formats import wire
from optimizer.formats.wire import FileExtra, JobExtra, Published, TechnicianExtra, VehicleExtra
from optimizer.problem import Break, Job, Matrix, Problem, Shift, Technician

PROFILE = "car"
MOST_PRIORITY = 100


def written(problem: Problem) -> bytes:
    """The file. The problem has to be one that `verify` accepts."""
    eyes = _Eyes(problem)
    file = wire.File(
        vehicles=[_vehicle(number, problem, eyes) for number in range(len(problem.shifts))],
        jobs=[_job(number, job, eyes) for number, job in enumerate(problem.jobs)],
        line3=FileExtra(
            technicians=[_technician(number, one) for number, one in enumerate(problem.technicians)],
            weights=problem.weights,
            depots=[wire.DepotExtra(location_index=d.place, service=d.service_s) for d in problem.depots],
            origin=0,
        ),
    )
    rows = {"durations": _rows(problem.travel_s()), "distances": _rows(problem.distance_m())}
    return msgspec.json.encode(msgspec.to_builtins(file) | {"matrices": {PROFILE: rows}})


class _Eyes:
    """Skills and parts by number, and the dearest prize: what VROOM sees of them."""

    def __init__(self, problem: Problem) -> None:
        self.skills = _numbered(
            skill for one in (*problem.technicians, *problem.jobs) for skill in one.skills
        )
        self.parts = _numbered(part for one in (*problem.technicians, *problem.jobs) for part in one.parts)
        self.dearest = max((job.prize for job in problem.jobs), default=0)

    def skilled(self, skills: Iterable[str]) -> list[int]:
        return sorted(self.skills[skill] for skill in skills)

    def amounts(self, parts: dict[str, int]) -> list[int] | None:
        return [parts.get(part, 0) for part in self.parts] or None

    def priority(self, job: Job) -> int:
        return MOST_PRIORITY if job.mandatory else job.prize * MOST_PRIORITY // max(1, self.dearest)


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(sorted(set(names)))}


def _rows(matrix: Matrix) -> list[list[int]]:
    return matrix.tolist()


def _technician(number: int, technician: Technician) -> TechnicianExtra:
    return TechnicianExtra(
        id=number,
        name=technician.name,
        skills=sorted(technician.skills),
        tools=sorted(technician.tools),
        parts=technician.parts,
        overtime=technician.overtime_max_s,
        level=technician.level,
        debt=technician.debt_s,
        speed_factor=technician.speed_percent / 100,
    )


def _vehicle(number: int, problem: Problem, eyes: _Eyes) -> wire.Vehicle:
    shift = problem.shifts[number]
    technician = problem.technicians[shift.technician]
    return wire.Vehicle(
        id=number,
        description=shift.name,
        start_index=shift.start_place,
        end_index=shift.end_place,
        capacity=eyes.amounts(technician.parts),
        skills=eyes.skilled(technician.skills),
        type=technician.level,
        time_window=(shift.start, shift.end),
        breaks=[] if shift.rest is None else [_break(shift, shift.rest, technician.overtime_max_s)],
        speed_factor=technician.speed_percent / 100,
        line3=VehicleExtra(technician=shift.technician, day=shift.day),
    )


def _break(shift: Shift, rest: Break, overtime: int) -> wire.Break:
    window = rest.window.earliest, rest.window.latest
    fits = shift.start <= window[1] <= shift.end + overtime - rest.duration_s
    extra = None if fits else wire.BreakExtra(window=window)
    return wire.Break(id=0, time_windows=[window], service=rest.duration_s, line3=extra)


def _job(number: int, job: Job, eyes: _Eyes) -> wire.Job:
    return wire.Job(
        id=number,
        description=job.name,
        location_index=job.place,
        setup=job.setup_s,
        service=job.service_s,
        service_per_type=job.service_by_level,
        delivery=eyes.amounts(job.parts),
        skills=eyes.skilled(job.skills),
        priority=eyes.priority(job),
        time_windows=[(window.earliest, window.latest) for window in job.windows] or None,
        line3=_extra(job),
    )


def _extra(job: Job) -> JobExtra:
    has_plan = job.published_shift is not None or job.published_start is not None
    return JobExtra(
        skills=sorted(job.skills),
        tools=sorted(job.tools),
        parts=job.parts,
        prize=job.prize,
        mandatory=job.mandatory,
        affected=job.affected,
        due=job.due,
        lateness_weight=job.lateness_weight,
        interruptible=job.interruptible,
        excluded=sorted(job.excluded),
        partner=job.partner,
        vehicles=None if job.shifts is None else sorted(job.shifts),
        published=Published(vehicle=job.published_shift, start=job.published_start) if has_plan else None,
        frozen=job.frozen,
    )

"""VROOM's vehicles as technicians and their shifts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from optimizer.formats.amounts import Amounts
from optimizer.formats.clock import DAY, Clock
from optimizer.formats.ids import Ids, find
from optimizer.formats.places import Atlas, Table
from optimizer.formats.refusal import Refused
from optimizer.formats.wire import File, Person, TechnicianExtra, Vehicle, VehicleExtra
from optimizer.problem import MAX_SECONDS, Break, Shift, Technician, Window, drive_s

SLOWEST, FASTEST = 0.01, 100.0
Ends = tuple[int, int]


def crew(file: File, ids: Ids) -> list[int]:
    """The technician of each vehicle: one of `line3.technicians`, or its own."""
    listed = file.line3 is not None and file.line3.technicians is not None
    return [_who(number, vehicle, ids, listed=listed) for number, vehicle in enumerate(file.vehicles)]


def _who(number: int, vehicle: Vehicle, ids: Ids, *, listed: bool) -> int:
    extra, where = vehicle.line3 or VehicleExtra(), f"vehicles[{number}].line3.technician"
    if not listed:
        if extra.technician is not None:
            raise Refused(where, "there are no line3.technicians")
        return number
    if extra.technician is None:
        raise Refused(where, "is missing, as there are line3.technicians")
    if extra != VehicleExtra(technician=extra.technician, day=extra.day):
        raise Refused(where, "stands beside what belongs into line3.technicians")
    return find(ids.technicians, extra.technician, "technician", where)


class _Seen(NamedTuple):
    """What VROOM's members of a vehicle say of its technician."""

    parts: dict[str, int]
    skills: frozenset[str] = frozenset()
    level: str = ""
    speed_factor: float = 1.0


def technicians(file: File, who: Sequence[int], amounts: Amounts) -> tuple[Technician, ...]:
    """Those of `line3.technicians`, or one for each vehicle. What the list leaves open, their vehicles say."""
    seen = [
        _Seen(amounts.vehicle(n), frozenset(map(str, vehicle.skills)), vehicle.type, vehicle.speed_factor)
        for n, vehicle in enumerate(file.vehicles)
    ]
    listed = file.line3.technicians if file.line3 is not None else None
    if listed is None:
        return tuple(
            _technician(f"vehicles[{number}]", _name(vehicle), vehicle.line3 or Person(), seen[number])
            for number, vehicle in enumerate(file.vehicles)
        )
    made: list[Technician] = []
    for index, person in enumerate(listed):
        where, name = f"line3.technicians[{index}]", str(person.id) if person.name is None else person.name
        mine = [number for number, technician in enumerate(who) if technician == index]
        made.append(_technician(where, name, person, seen[mine[0]] if mine else _Seen({})))
        for number in mine[1:]:
            if _technician(where, name, person, seen[number]) != made[-1]:
                what = f"skills, type, capacity or speed_factor are not those of vehicles[{mine[0]}], the same technician"
                raise Refused(f"vehicles[{number}]", what)
    return tuple(made)


def _name(vehicle: Vehicle) -> str:
    return str(vehicle.id) if vehicle.description is None else vehicle.description


def _technician(where: str, name: str, person: Person | TechnicianExtra, seen: _Seen) -> Technician:
    speed = seen.speed_factor
    if isinstance(person, TechnicianExtra) and person.speed_factor is not None:
        speed = person.speed_factor
    if not SLOWEST <= speed <= FASTEST:
        raise Refused(f"{where}.speed_factor", f"{speed:g} is not in {SLOWEST:g} .. {FASTEST:g}")
    return Technician(
        name=name,
        skills=seen.skills if person.skills is None else frozenset(person.skills),
        tools=frozenset(person.tools),
        parts=seen.parts if person.parts is None else person.parts,
        overtime_max_s=person.overtime,
        level=seen.level if person.level is None else person.level,
        speed_percent=round(speed * 100),
        debt_s=person.debt,
    )


def ends(file: File, atlas: Atlas) -> list[Ends]:
    """Where each vehicle starts and ends. One that does not say so starts at its first job, or ends at its last."""
    found: list[list[int | None]] = []
    for number, vehicle in enumerate(file.vehicles):
        where = f"vehicles[{number}]"
        start = goal = None
        if vehicle.start is not None or vehicle.start_index is not None:
            start = atlas.place(where, vehicle.start, vehicle.start_index, ("start", "start_index"))
        if vehicle.end is not None or vehicle.end_index is not None:
            goal = atlas.place(where, vehicle.end, vehicle.end_index, ("end", "end_index"))
        if start is None and goal is None:
            raise Refused(where, "neither start nor end is given")
        found.append([start, goal])
    return [(_or_nowhere(start, atlas), _or_nowhere(goal, atlas)) for start, goal in found]


def _or_nowhere(place: int | None, atlas: Atlas) -> int:
    return atlas.nowhere() if place is None else place


def horizon(file: File, clock: Clock, people: Sequence[Technician], seconds: Table) -> int:
    """An instant at which even one vehicle that serves everything alone is back, however long it had to wait for windows."""
    instants, waits = [0], 0
    for vehicle in file.vehicles:
        if vehicle.time_window is not None:
            instants.append(vehicle.time_window[0])
        for rest in vehicle.breaks:
            instants += [window[1] for window in rest.time_windows or ()]
            waits += rest.service
    for job in file.jobs:
        instants += [window[1] for window in job.time_windows or ()]
        waits += max([job.setup, *job.setup_per_type.values()])
        waits += max([job.service, *job.service_per_type.values()])
    slowest = min(people, key=lambda person: person.speed_percent, default=Technician(name=""))
    ways = (len(file.jobs) + 1) * drive_s(slowest, int(seconds.max(initial=0)))
    last = max(0, *(at for at in map(clock.at, instants) if at <= MAX_SECONDS))
    return min(
        MAX_SECONDS - max((person.overtime_max_s for person in people), default=0), last + waits + ways
    )


def shifts(
    file: File,
    clock: Clock,
    who: Sequence[int],
    places: Sequence[Ends],
    people: Sequence[Technician],
    end: int,
) -> tuple[Shift, ...]:
    """One for each vehicle. `end` is for those without working hours."""
    made: list[Shift] = []
    for number, vehicle in enumerate(file.vehicles):
        hours = _hours(vehicle, clock, end)
        extra = vehicle.line3 or VehicleExtra()
        index = who[number]
        shift = Shift(
            name=_name(vehicle),
            technician=index,
            day=hours.earliest // DAY if extra.day is None else extra.day,
            start=hours.earliest,
            end=hours.latest,
            start_place=places[number][0],
            end_place=places[number][1],
        )
        rest = _rest(f"vehicles[{number}]", vehicle, clock, shift, people[index].overtime_max_s)
        made.append(msgspec.structs.replace(shift, rest=rest))
    return tuple(made)


def _hours(vehicle: Vehicle, clock: Clock, end: int) -> Window:
    if vehicle.time_window is None:
        return Window(earliest=0, latest=end)
    start, last = clock.at(vehicle.time_window[0]), clock.at(vehicle.time_window[1])
    return Window(earliest=max(0, start), latest=last if last <= MAX_SECONDS else max(start, end))


def _rest(where: str, vehicle: Vehicle, clock: Clock, shift: Shift, overtime: int) -> Break | None:
    """The one break; within the working hours, as VROOM has it, unless `line3` gives its window."""
    if not vehicle.breaks:
        return None
    if len(vehicle.breaks) > 1:
        raise Refused(f"{where}.breaks[1]", "more than one break is not supported")
    rest, where = vehicle.breaks[0], f"{where}.breaks[0]"
    if rest.max_load is not None:
        raise Refused(f"{where}.max_load", "is not supported")
    if rest.line3 is not None and rest.line3.window is not None:
        return Break(window=clock.window(rest.line3.window), duration_s=rest.service)
    last = shift.end + overtime - rest.service
    if rest.time_windows is None:
        window = Window(earliest=shift.start, latest=last)
    elif len(rest.time_windows) != 1:
        raise Refused(f"{where}.time_windows", f"{len(rest.time_windows)} windows: one is supported")
    else:
        window = clock.window(rest.time_windows[0])
        if window.latest < window.earliest:
            raise Refused(f"{where}.time_windows[0]", "ends before it starts")
        window = msgspec.structs.replace(window, latest=min(window.latest, last))
    if window.latest < max(window.earliest, shift.start):
        raise Refused(where, "does not fit into the vehicle's time_window")
    return Break(window=window, duration_s=rest.service)

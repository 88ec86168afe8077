"""A day with something else in place, on paper: what is supposed, and what the rounds would be with it and without.

Both sides are searched for equally long, and each may take over what the other found: what is left between them is what was
supposed, and not which search was luckier.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from db.records import (
    Place,
    Stock,
    SupposedChange,
    Technician,
    TechnicianDay,
    WhatIfAnswer,
    WhatIfSide,
    WouldMove,
)
from db.states import FoundBy, JobState, StockKind
from dispatch.rules.churn import ASKED_MOVED_S
from dispatch.rules.plans import Prepared, State
from dispatch.rules.reasons import parts_of
from dispatch.rules.running import PLANNABLE, Day, day_of, promised_window
from optimizer.result import Result

LONGEST_SHIFT = timedelta(hours=16)
PLENTY = 99
"""Of each part, in the van of somebody who is only supposed."""


class Kind(StrEnum):
    """What may be supposed."""

    TECHNICIAN_MORE = "technician-more"
    """With these skills, all tools and enough parts, for one shift."""
    LONGER_SHIFT = "longer-shift"
    TECHNICIAN_AWAY = "technician-away"
    PROMISE_DROPPED = "promise-dropped"
    JOB_DROPPED = "job-dropped"


def fault_of(change: SupposedChange, state: State, depots: Mapping[UUID, Place]) -> str | None:
    """The member that is missing, or not so on the first day of these; None: it can be supposed."""
    match change.kind:
        case Kind.TECHNICIAN_MORE:
            return _fault_of_newcomer(change, state, depots)
        case Kind.LONGER_SHIFT | Kind.TECHNICIAN_AWAY:
            if change.kind == Kind.LONGER_SHIFT and change.minutes is None:
                return "minutes"
            works = any(day.technician_id == change.technician_id for day in _working(state))
            return None if works else "technicianId"
        case _:
            job = next((job for job in state.jobs if job.job_id == change.job_id), None)
            if job is None or job.state not in PLANNABLE:
                return "jobId"
            promised = promised_window(state.appointments.get(job.job_id, ()), state.now)
            return "jobId" if change.kind == Kind.PROMISE_DROPPED and promised is None else None


def _fault_of_newcomer(change: SupposedChange, state: State, depots: Mapping[UUID, Place]) -> str | None:
    others, placed = _working(state), change.depot_id is not None or change.latitude is not None
    if (change.depot_id is not None and change.depot_id not in depots) or not (others or placed):
        return "depotId"
    start, end = change.shift_start_at, change.shift_end_at
    if start is None or end is None:
        return None if others else "shift"
    day = start.astimezone(ZoneInfo(state.area.time_zone)).date()
    possible = start < end <= start + LONGEST_SHIFT and end > state.now and day == state.first_on
    return None if possible else "shift"


def _working(state: State) -> list[TechnicianDay]:
    """Who comes on the first day."""
    return [day for day in state.days if day.on_day == state.first_on and not day.absent]


def suppose(state: State, changes: Sequence[SupposedChange], depots: Mapping[UUID, Place]) -> State:
    """The days as they would be. What cannot be supposed any more by now changes nothing."""
    for change in changes:
        if fault_of(change, state, depots) is None:
            state = SUPPOSED[Kind(change.kind)](state, change, depots)
    return state


def _more(state: State, change: SupposedChange, depots: Mapping[UUID, Place]) -> State:
    """Begins where the depot is, or at that point, else where the first of the others does."""
    assert change.technician_id is not None, "given one when it was asked"
    who, others = change.technician_id, _working(state)
    first = min(others, key=lambda day: (day.shift_start_at, day.technician_id), default=None)
    start_at, end_at = change.shift_start_at, change.shift_end_at
    if first is not None:
        start_at, end_at = start_at or first.shift_start_at, end_at or first.shift_end_at
    assert start_at is not None, "fault_of says so"
    assert end_at is not None, "fault_of says so"
    place = _start_of(state, change, depots, first)
    rest = first if first is not None and _holds_rest(first, start_at, end_at) else None
    overtime = timedelta() if first is None else state.technicians[first.technician_id].overtime_max
    person = Technician(
        area_id=state.area.area_id,
        technician_id=who,
        staff_id=who,
        display_name="",
        skills=sorted(change.skills),
        start_place_id=place.place_id,
        overtime_max=overtime,
    )
    day = TechnicianDay(
        area_id=state.area.area_id,
        technician_id=who,
        on_day=state.first_on,
        area_id_worked=state.area.area_id,
        shift_start_at=start_at,
        shift_end_at=end_at,
        break_earliest_at=None if rest is None else rest.break_earliest_at,
        break_latest_at=None if rest is None else rest.break_latest_at,
        break_duration=None if rest is None else rest.break_duration,
        on_call=False,
        absent=False,
    )
    return msgspec.structs.replace(
        state,
        days=[*state.days, day],
        technicians={**state.technicians, who: person},
        places={**state.places, place.place_id: place},
        stock=[*state.stock, *_van_of(state, who)],
    )


def _start_of(
    state: State, change: SupposedChange, depots: Mapping[UUID, Place], first: TechnicianDay | None
) -> Place:
    if change.depot_id is not None:
        return depots[change.depot_id]
    if change.latitude is None or change.longitude is None:
        assert first is not None, "fault_of says so"
        return state.places[state.technicians[first.technician_id].start_place_id]
    assert change.technician_id is not None, "given one when it was asked"
    return Place(
        area_id=state.area.area_id,
        place_id=change.technician_id,
        address="",
        city="",
        street="",
        house="",
        flat="",
        postcode="",
        latitude=change.latitude,
        longitude=change.longitude,
        found_by=FoundBy.PIN,
        access_note="",
    )


def _holds_rest(day: TechnicianDay, start_at: datetime, end_at: datetime) -> bool:
    earliest, latest = day.break_earliest_at, day.break_latest_at
    return earliest is not None and latest is not None and start_at <= earliest and latest <= end_at


def _van_of(state: State, who: UUID) -> list[Stock]:
    kinds = state.kinds.values()
    tools = sorted({tool for kind in kinds for tool in kind.tools})
    parts = sorted({part for kind in kinds for part in kind.parts})
    return [
        Stock(
            area_id=state.area.area_id,
            stock_id=who,
            technician_id=who,
            depot_id=None,
            kind=kind,
            code=code,
            serial="",
            quantity=PLENTY,
        )
        for kind, codes in ((StockKind.TOOL, tools), (StockKind.PART, parts))
        for code in codes
    ]


def _days_with(
    state: State, technician_id: UUID | None, changed: Callable[[TechnicianDay], TechnicianDay]
) -> State:
    days = [
        changed(day) if day.technician_id == technician_id and day.on_day == state.first_on else day
        for day in state.days
    ]
    return msgspec.structs.replace(state, days=days)


def _longer(state: State, change: SupposedChange, _: Mapping[UUID, Place]) -> State:
    more = timedelta(minutes=change.minutes or 0)
    return _days_with(
        state,
        change.technician_id,
        lambda day: msgspec.structs.replace(day, shift_end_at=day.shift_end_at + more),
    )


def _away(state: State, change: SupposedChange, _: Mapping[UUID, Place]) -> State:
    return _days_with(state, change.technician_id, lambda day: msgspec.structs.replace(day, absent=True))


def _unpromised(state: State, change: SupposedChange, _: Mapping[UUID, Place]) -> State:
    windows = {job_id: rows for job_id, rows in state.appointments.items() if job_id != change.job_id}
    return msgspec.structs.replace(state, appointments=windows)


def _without(state: State, change: SupposedChange, _: Mapping[UUID, Place]) -> State:
    jobs = [
        msgspec.structs.replace(job, state=JobState.CANCELLED) if job.job_id == change.job_id else job
        for job in state.jobs
    ]
    return msgspec.structs.replace(state, jobs=jobs)


SUPPOSED: Mapping[Kind, Callable[[State, SupposedChange, Mapping[UUID, Place]], State]] = {
    Kind.TECHNICIAN_MORE: _more,
    Kind.LONGER_SHIFT: _longer,
    Kind.TECHNICIAN_AWAY: _away,
    Kind.PROMISE_DROPPED: _unpromised,
    Kind.JOB_DROPPED: _without,
}


def answer_of(state: State, before: tuple[Prepared, Result], after: tuple[Prepared, Result]) -> WhatIfAnswer:
    """`state`: the days as they are: it says what is out and what was promised, on both sides."""
    out = _out(before[0])
    moved = _moved(out, *after)
    return WhatIfAnswer(
        before=_side(state, *before, len(_moved(out, *before))),
        after=_side(state, *after, len(moved)),
        moved=moved,
    )


def _out(prepared: Prepared) -> dict[UUID, tuple[Day, datetime]]:
    """Where the visits are that may still move, and when they begin."""
    return {
        job.job_id: (
            day_of(prepared.days[asked.published_shift]),
            prepared.clock.instant(asked.published_start),
        )
        for job, asked in zip(prepared.jobs, prepared.problem.jobs, strict=False)
        if asked.published_shift is not None and asked.published_start is not None
    }


def _placed(prepared: Prepared, result: Result) -> dict[UUID, tuple[Day, datetime]]:
    return {
        prepared.jobs[stop.job].job_id: (
            day_of(prepared.days[route.shift]),
            prepared.clock.instant(stop.start),
        )
        for route in result.routes
        for stop in route.stops
        if stop.job < len(prepared.jobs)
    }


def _moved(out: Mapping[UUID, tuple[Day, datetime]], prepared: Prepared, result: Result) -> list[WouldMove]:
    """Of the visits that are out and still wanted."""
    placed, wanted = _placed(prepared, result), {job.job_id for job in prepared.jobs}
    found: list[WouldMove] = []
    for job_id, (day, start_at) in out.items():
        there = placed.get(job_id)
        same = there is not None and there[0] == day
        apart = 0.0 if there is None else abs((there[1] - start_at).total_seconds())
        if job_id in wanted and not (same and apart <= ASKED_MOVED_S):
            found.append(
                WouldMove(
                    job_id=job_id,
                    from_technician_id=day[1],
                    from_start_at=start_at,
                    to_technician_id=None if there is None else there[0][1],
                    to_start_at=None if there is None else there[1],
                )
            )
    return sorted(found, key=lambda one: (one.from_start_at, one.job_id))


def _side(state: State, prepared: Prepared, result: Result, moved: int) -> WhatIfSide:
    placed = _placed(prepared, result)
    counted = {"kept": 0, "late": 0, "unplaced": 0}
    for job in prepared.jobs:
        window = promised_window(state.appointments.get(job.job_id, ()), state.now)
        if window is None:
            continue
        there = placed.get(job.job_id)
        if there is None:
            counted["unplaced"] += 1
        else:
            counted["kept" if window.earliest_at <= there[1] <= window.latest_at else "late"] += 1
    return WhatIfSide(
        cost=parts_of(result.cost),
        unassigned=[
            prepared.jobs[item.job].job_id for item in result.unassigned if item.job < len(prepared.jobs)
        ],
        kept=counted["kept"],
        late=counted["late"],
        unplaced=counted["unplaced"],
        moved=moved,
        driving_seconds=sum(route.travel_s for route in result.routes),
        driving_m=sum(route.distance_m for route in result.routes),
    )

"""From an area's days, jobs and promises to a `Problem`, and from its `Result` back to visits.

What is under way, pinned or about to start is folded into the start of its shift: the rest of the day begins where and
when it ends, so that no plan can move it.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from db.records import (
    Appointment,
    Area,
    Job,
    JobKindVersion,
    Place,
    PlannedRoute,
    Round,
    RouteStop,
    Stock,
    Technician,
    TechnicianDay,
    Visit,
    VisitCrew,
)
from db.states import LIVE_VISIT, JobState, VisitState
from dispatch.rules.prices import LATENESS, PRIZE_HOURS, weights_of
from dispatch.rules.running import (
    PLANNABLE,
    Clock,
    Day,
    Start,
    begun_of,
    clock_of,
    day_of,
    is_fixed,
    midnight_of,
    promised_window,
    rest_of,
)
from dispatch.rules.supplies import parts_in, tools_in
from dispatch.rules.ways import Ways
from optimizer import problem
from optimizer.problem import Problem
from optimizer.result import Result, Route, Stop


class State(msgspec.Struct, frozen=True, kw_only=True):
    """All that a plan of some days depends on, as read."""

    area: Area
    now: datetime
    first_on: date
    last_on: date
    days: Sequence[TechnicianDay]
    technicians: Mapping[UUID, Technician]
    stock: Sequence[Stock]
    places: Mapping[UUID, Place]
    jobs: Sequence[Job]
    kinds: Mapping[tuple[str, int], JobKindVersion]
    visits: Sequence[Visit]
    """Not the drafts."""
    drafts: Sequence[Visit]
    """Of jobs that have no live visit: where they would go as things stand."""
    appointments: Mapping[UUID, Sequence[Appointment]]
    rounds: Mapping[Day, Round]
    crew: Sequence[VisitCrew] = ()
    """Second technicians of these visits."""
    debts: Mapping[UUID, int] = msgspec.field(default_factory=dict[UUID, int])
    """Seconds that technicians carry above the average from the days before."""


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """The problem, with what its indices mean, and the versions it was read at."""

    problem: Problem
    warm: tuple[Route, ...]
    clock: Clock
    days: Sequence[TechnicianDay]
    """By shift index."""
    jobs: Sequence[Job]
    """By job index; indices beyond them are `joined`."""
    joined: Sequence[tuple[UUID, UUID]]
    """Visits of others with who helps there: they take that technician's time, and nothing else comes of them."""
    next_sequence: Mapping[Day, int]
    change_budget: int


def places_of(state: State) -> list[Place]:
    """All that a plan may drive to, each once: what `prepare` is to know the ways between."""
    starts = [state.technicians[day.technician_id].start_place_id for day in state.days]
    return [
        state.places[place_id] for place_id in dict.fromkeys([*starts, *(job.place_id for job in state.jobs)])
    ]


def prepare(state: State, ways: Ways) -> Prepared:
    """The problem of these days. Jobs promised for later days are left to later plans. `ways`: between `places_of`."""
    clock = clock_of(state.area, state.now, midnight_of(state.area, state.first_on))
    fixed = {visit.job_id for visit in state.visits if is_fixed(visit, clock)}
    live = {visit.job_id: visit for visit in state.visits if visit.state in LIVE_VISIT}
    jobs = [job for job in state.jobs if job.job_id not in fixed and _belongs(state, job, live)]
    places = _Places(state, ways)
    days = [day for day in state.days if not day.absent]
    mine: dict[Day, list[Visit]] = {day_of(day): [] for day in days}
    for visit in state.visits:
        mine.setdefault(day_of(visit), []).append(visit)
    helping = _helping(state)
    for day, visit in helping:
        mine.setdefault(day, []).append(visit)
    starts = [_start_of(state, day, mine[day_of(day)], places, clock) for day in days]
    usable = [index for index, day in enumerate(days) if starts[index].at_s < clock.seconds(day.shift_end_at)]
    days, starts = [days[index] for index in usable], [starts[index] for index in usable]
    technician_ids = list(dict.fromkeys(day.technician_id for day in days))
    shifts = tuple(
        _shift(state, day, start, technician_ids.index(day.technician_id), places, clock)
        for day, start in zip(days, starts, strict=True)
    )
    by_day = {day_of(day): index for index, day in enumerate(days)}
    joined = [
        (visit, by_day[day])
        for day, visit in helping
        if visit.state is VisitState.PUBLISHED and not is_fixed(visit, clock) and day in by_day
    ]
    made = Problem(
        technicians=tuple(_technician(state, technician_id) for technician_id in technician_ids),
        shifts=shifts,
        jobs=(
            *(_job(state, job, live.get(job.job_id), places, by_day, shifts, clock) for job in jobs),
            *(_joined(state, visit, shift, places, shifts, clock) for visit, shift in joined),
        ),
        places=len(ways.seconds),
        travel=problem.pack(ways.seconds),
        distance=problem.pack(ways.metres),
        weights=weights_of(state.area),
    )
    return Prepared(
        problem=made,
        warm=_warm(state, jobs, joined, by_day),
        clock=clock,
        days=days,
        jobs=jobs,
        joined=[(visit.visit_id, days[shift].technician_id) for visit, shift in joined],
        change_budget=state.area.settings.change_budget,
        next_sequence={day_of(day): start.sequence for day, start in zip(days, starts, strict=True)},
    )


def _helping(state: State) -> list[tuple[Day, Visit]]:
    """Visits of others in the days of those who help there."""
    visits = {visit.visit_id: visit for visit in state.visits}
    return [
        ((crew.technician_area_id, crew.technician_id, visit.on_day), visit)
        for crew in state.crew
        if (visit := visits.get(crew.visit_id)) is not None and visit.state is not VisitState.CANCELLED
    ]


def _belongs(state: State, job: Job, live: Mapping[UUID, Visit]) -> bool:
    """Open, not promised for another time, and not under way elsewhere."""
    if job.state not in PLANNABLE or (job.earliest_on is not None and job.earliest_on > state.last_on):
        return False
    if job.state is not JobState.RECEIVED and job.job_id not in live:
        # planned on a day outside this plan
        return job.state is JobState.RESTORED
    window = promised_window(state.appointments.get(job.job_id, ()), state.now)
    end = midnight_of(state.area, state.last_on + timedelta(days=1))
    return window is None or window.earliest_at < end


class _Places:
    """Places as indices into the travel matrices."""

    def __init__(self, state: State, ways: Ways) -> None:
        self._index = {place.place_id: index for index, place in enumerate(places_of(state))}
        self._seconds = ways.seconds

    def of(self, place_id: UUID) -> int:
        return self._index[place_id]

    def travel(self, here: int, there: int) -> int:
        return int(self._seconds[here, there])


def _start_of(
    state: State, day: TechnicianDay, mine: Sequence[Visit], places: _Places, clock: Clock
) -> Start:
    """Where and when the rest of the shift begins."""
    jobs = {job.job_id: job for job in state.jobs}
    home = places.of(state.technicians[day.technician_id].start_place_id)
    return begun_of(day, mine, jobs, home, places.of, places.travel, clock).start


def _shift(
    state: State, day: TechnicianDay, start: Start, technician: int, places: _Places, clock: Clock
) -> problem.Shift:
    return problem.Shift(
        name=f"{day.technician_id}@{day.on_day}",
        technician=technician,
        day=(day.on_day - state.first_on).days,
        start=start.at_s,
        end=clock.seconds(day.shift_end_at),
        start_place=start.place,
        end_place=places.of(state.technicians[day.technician_id].start_place_id),
        rest=_rest(state.rounds.get(day_of(day)), day, start, clock),
    )


def _rest(published: Round | None, day: TechnicianDay, start: Start, clock: Clock) -> problem.Break | None:
    rest = rest_of(published, day, start, clock)
    if rest is None:
        return None
    earliest, latest, duration_s = rest
    return problem.Break(window=problem.Window(earliest=earliest, latest=latest), duration_s=duration_s)


def _technician(state: State, technician_id: UUID) -> problem.Technician:
    row = state.technicians[technician_id]
    carried = [stock for stock in state.stock if stock.technician_id == technician_id]
    return problem.Technician(
        name=str(technician_id),
        skills=frozenset(row.skills),
        tools=tools_in(carried),
        parts=dict(parts_in(carried)),
        overtime_max_s=int(row.overtime_max.total_seconds()),
        debt_s=state.debts.get(technician_id, 0),
    )


def _meeting(
    visit: Visit, shift: int, place: int, places: _Places, shifts: Sequence[problem.Shift], clock: Clock
) -> problem.Window:
    """The second at which two are to be there; as soon as can be where that is too late."""
    reached = shifts[shift].start + places.travel(shifts[shift].start_place, place)
    start = max(clock.seconds(visit.planned_start_at), reached)
    return problem.Window(earliest=start, latest=start)


def _joined(
    state: State,
    visit: Visit,
    shift: int,
    places: _Places,
    shifts: Sequence[problem.Shift],
    clock: Clock,
) -> problem.Job:
    """The time of a second technician."""
    place = places.of(next(job.place_id for job in state.jobs if job.job_id == visit.job_id))
    return problem.Job(
        name=f"{visit.visit_id}+{shift}",
        place=place,
        service_s=int((visit.planned_end_at - visit.planned_start_at).total_seconds()),
        windows=(_meeting(visit, shift, place, places, shifts, clock),),
        mandatory=True,
        shifts=frozenset({shift}),
    )


def _job(
    state: State,
    job: Job,
    live: Visit | None,
    places: _Places,
    by_day: Mapping[Day, int],
    shifts: Sequence[problem.Shift],
    clock: Clock,
) -> problem.Job:
    kind = state.kinds[job.kind, job.kind_version]
    window = promised_window(state.appointments.get(job.job_id, ()), state.now)
    if live is not None and live.state is not VisitState.PUBLISHED:
        live = None
    shift = None if live is None else by_day.get(day_of(live))
    crewed = live is not None and any(crew.visit_id == live.visit_id for crew in state.crew)
    pinned = live is not None and (live.pinned or crewed) and shift is not None
    start = None if live is None else clock.seconds(live.planned_start_at)
    windows = () if window is None else (_window(window, clock),)
    if live is not None and crewed and shift is not None:
        windows = (_meeting(live, shift, places.of(job.place_id), places, shifts, clock),)
    return problem.Job(
        name=str(job.job_id),
        place=places.of(job.place_id),
        service_s=int(job.service_duration.total_seconds()),
        setup_s=int(kind.setup_duration.total_seconds()),
        windows=windows,
        skills=frozenset(kind.skills),
        tools=frozenset(kind.tools),
        parts=kind.parts,
        prize=PRIZE_HOURS[job.priority] * 3600,
        mandatory=window is not None or pinned,
        affected=job.affected,
        due=int((job.due_at - clock.origin).total_seconds()),
        lateness_weight=LATENESS[job.priority],
        interruptible=kind.interruptible,
        shifts=_allowed(job, by_day, shift if pinned else None),
        published_shift=shift,
        published_start=start if shift is not None else None,
    )


def _allowed(job: Job, by_day: Mapping[Day, int], pinned: int | None) -> frozenset[int] | None:
    """The shifts a pin or the job's first day leaves; None: all."""
    if pinned is not None:
        return frozenset({pinned})
    if job.earliest_on is None or all(day[2] >= job.earliest_on for day in by_day):
        return None
    return frozenset(index for day, index in by_day.items() if day[2] >= job.earliest_on)


def _window(window: Appointment, clock: Clock) -> problem.Window:
    return problem.Window(earliest=clock.seconds(window.earliest_at), latest=clock.seconds(window.latest_at))


def _warm(
    state: State, jobs: Sequence[Job], joined: Sequence[tuple[Visit, int]], by_day: Mapping[Day, int]
) -> tuple[Route, ...]:
    """The present rounds as routes, with what was booked since: their order is what counts."""
    numbers = {job.job_id: index for index, job in enumerate(jobs)}
    ordered: dict[int, list[tuple[datetime, int]]] = {}
    for visit in [*state.visits, *state.drafts]:
        shift = by_day.get(day_of(visit))
        first = visit.state in (VisitState.PUBLISHED, VisitState.DRAFT)
        if first and visit.job_id in numbers and shift is not None:
            ordered.setdefault(shift, []).append((visit.planned_start_at, numbers[visit.job_id]))
    for number, (visit, shift) in enumerate(joined, start=len(jobs)):
        ordered.setdefault(shift, []).append((visit.planned_start_at, number))
    return tuple(
        untimed(shift, [number for _, number in sorted(starts)]) for shift, starts in sorted(ordered.items())
    )


def untimed(shift: int, jobs: Sequence[int]) -> Route:
    """An order of jobs as a route, whose times nobody has worked out."""
    stops = [Stop(job=number, arrival=0, start=0, end=0, travel_s=0, distance_m=0) for number in jobs]
    return Route(shift=shift, leave=0, back=0, stops=tuple(stops))


class PlannedStop(msgspec.Struct, frozen=True, kw_only=True):
    """One stop of the answer, in the words of the domain."""

    day: Day
    job: Job
    sequence: int
    arrival_at: datetime
    start_at: datetime
    end_at: datetime
    travel_duration: timedelta
    distance_m: int


def stops_of(prepared: Prepared, result: Result) -> list[PlannedStop]:
    """The stops of all routes with instants and sequence numbers after what is fixed."""
    stops: list[PlannedStop] = []
    for route in result.routes:
        day = day_of(prepared.days[route.shift])
        for position, stop in enumerate(route.stops, start=prepared.next_sequence[day] + 1):
            if stop.job >= len(prepared.jobs):
                continue
            stops.append(
                PlannedStop(
                    day=day,
                    job=prepared.jobs[stop.job],
                    sequence=position,
                    arrival_at=prepared.clock.instant(stop.arrival),
                    start_at=prepared.clock.instant(stop.start),
                    end_at=prepared.clock.instant(stop.end),
                    travel_duration=timedelta(seconds=stop.travel_s),
                    distance_m=stop.distance_m,
                )
            )
    return stops


def routes_of(prepared: Prepared, result: Result) -> list[PlannedRoute]:
    found: list[PlannedRoute] = []
    for route in result.routes:
        home, technician_id, on_day = day_of(prepared.days[route.shift])
        found.append(
            PlannedRoute(
                technician_area_id=home,
                technician_id=technician_id,
                on_day=on_day,
                leave_at=prepared.clock.instant(route.leave),
                back_at=prepared.clock.instant(route.back),
                break_start_at=None if route.rest is None else prepared.clock.instant(route.rest.start),
                break_end_at=None if route.rest is None else prepared.clock.instant(route.rest.end),
                travel_seconds=route.travel_s,
                distance_m=route.distance_m,
                stops=[
                    RouteStop(
                        job_id=prepared.jobs[stop.job].job_id,
                        arrival_at=prepared.clock.instant(stop.arrival),
                        start_at=prepared.clock.instant(stop.start),
                        end_at=prepared.clock.instant(stop.end),
                        travel_seconds=stop.travel_s,
                        distance_m=stop.distance_m,
                    )
                    for stop in route.stops
                    if stop.job < len(prepared.jobs)
                ],
            )
        )
    return found


def versions_of(prepared: Prepared) -> tuple[list[tuple[Day, int]], list[tuple[UUID, int]]]:
    """What it was read at."""
    return (
        [(day_of(day), day.version) for day in prepared.days],
        [(job.job_id, job.version) for job in prepared.jobs],
    )


def carried(result: Result, before: Prepared, after: Prepared) -> tuple[Route, ...]:
    """The routes of a result in the indices of a problem that was read later; what is not there any more is left out."""
    shifts = {day_of(day): index for index, day in enumerate(after.days)}
    then, numbers = _keys(before), {key: index for index, key in enumerate(_keys(after))}
    return tuple(
        msgspec.structs.replace(
            route,
            shift=shifts[day],
            stops=tuple(
                msgspec.structs.replace(stop, job=numbers[then[stop.job]])
                for stop in route.stops
                if then[stop.job] in numbers
            ),
        )
        for route in result.routes
        if (day := day_of(before.days[route.shift])) in shifts
    )


def _keys(prepared: Prepared) -> list[object]:
    """What each index of the problem's jobs means, whatever its number."""
    return [*(job.job_id for job in prepared.jobs), *prepared.joined]


def unchanged(prepared: Prepared, jobs_now: Sequence[Job]) -> set[UUID]:
    """The jobs that are still as they were read."""
    versions = {job.job_id: job.version for job in jobs_now}
    return {job.job_id for job in prepared.jobs if versions.get(job.job_id) == job.version}


def unchanged_days(prepared: Prepared, days_now: Sequence[TechnicianDay]) -> list[Day]:
    """The technician-days that are still as they were read."""
    versions = {day_of(day): day.version for day in days_now}
    return [day_of(day) for day in prepared.days if versions.get(day_of(day)) == day.version]


def savable(
    prepared: Prepared,
    stops: Sequence[PlannedStop],
    days_now: Sequence[TechnicianDay],
    jobs_now: Sequence[Job],
    drafts_now: Sequence[Visit],
) -> tuple[list[PlannedStop], list[UUID], list[Day]]:
    """What can be saved as solved, the jobs that cannot, and the days that are rewritten by it.

    That is where neither the technician-day nor the job changed meanwhile, nor a job that has its draft there and was to
    go where things did change, nor one that was promised and found no place: it keeps that draft, and so the whole day
    stays as it is. What stays because something changed is planned again.
    `drafts_now`: the first drafts of jobs, in these days.
    """
    same_days = set(unchanged_days(prepared, days_now))
    same_jobs = unchanged(prepared, jobs_now)
    placed = {stop.job.job_id for stop in stops}
    known = {job.job_id for job in prepared.jobs}
    keeping = placed | (known - same_jobs)
    keeping |= {
        # meetings of two technicians follow the jobs in the problem, and have no draft
        job.job_id
        for job, asked in zip(prepared.jobs, prepared.problem.jobs, strict=False)
        if asked.mandatory
    }
    changed = len(same_days) < len(prepared.days) or len(same_jobs) < len(prepared.jobs)
    while True:
        good = [stop for stop in stops if stop.day in same_days and stop.job.job_id in same_jobs]
        kept = {stop.job.job_id for stop in good}
        staying = {day_of(draft) for draft in drafts_now if draft.job_id in (known & keeping) - kept}
        if not staying & same_days:
            break
        same_days -= staying
    conflicting = [stop.job.job_id for stop in stops if changed and stop.job.job_id not in kept]
    return good, conflicting, [day_of(day) for day in prepared.days if day_of(day) in same_days]

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
from dispatch.rules.pins import ByHand, by_hand, held, pinned_of, window_of
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
    is_planned,
    midnight_of,
    promised_window,
    rest_of,
)
from dispatch.rules.supplies import parts_in, tools_in
from dispatch.rules.ways import Ways
from optimizer import problem
from optimizer.problem import Problem
from optimizer.result import Result, Route, Stop

LATEST_S = 60 * 86_400
"""Later than the last day of any plan, in seconds from its first."""


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
    live = {visit.job_id: visit for visit in state.visits if visit.state in LIVE_VISIT}
    places = _Places(state, ways)
    days = [day for day in state.days if is_planned(day)]
    mine: dict[Day, list[Visit]] = {day_of(day): [] for day in days}
    for visit in state.visits:
        mine.setdefault(day_of(visit), []).append(visit)
    helping = _helping(state)
    for day, visit in helping:
        mine.setdefault(day, []).append(visit)
    starts = [_start_of(state, day, mine[day_of(day)], places, clock) for day in days]
    usable = [index for index, day in enumerate(days) if starts[index].at_s < clock.seconds(day.shift_end_at)]
    days, starts = [days[index] for index in usable], [starts[index] for index in usable]
    by_day = {day_of(day): index for index, day in enumerate(days)}
    jobs = [job for job in state.jobs if _belongs(state, job, live, by_day, clock)]
    technician_ids = list(dict.fromkeys(day.technician_id for day in days))
    shifts = tuple(
        _shift(state, day, start, technician_ids.index(day.technician_id), places, clock)
        for day, start in zip(days, starts, strict=True)
    )
    hand = _by_hand(state, jobs, by_day, shifts, places, clock)
    joined = [
        (visit, by_day[day])
        for day, visit in helping
        if visit.state is VisitState.PUBLISHED and not is_fixed(visit, clock) and day in by_day
    ]
    made = Problem(
        technicians=tuple(
            _technician(state, technician_id, hand.over_s.get(number, 0))
            for number, technician_id in enumerate(technician_ids)
        ),
        shifts=shifts,
        jobs=(
            *(_job(state, job, live.get(job.job_id), hand, places, by_day, shifts, clock) for job in jobs),
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


def _by_hand(
    state: State,
    jobs: Sequence[Job],
    by_day: Mapping[Day, int],
    shifts: Sequence[problem.Shift],
    places: "_Places",
    clock: Clock,
) -> ByHand:
    pins = pinned_of(state.visits, state.drafts)
    pinned = [
        (visit, by_day[day_of(visit)], places.of(job.place_id))
        for job in jobs
        if (visit := pins.get(job.job_id)) is not None and day_of(visit) in by_day
    ]
    return by_hand(pinned, shifts, places.travel, clock)


def _helping(state: State) -> list[tuple[Day, Visit]]:
    """Visits of others in the days of those who help there."""
    visits = {visit.visit_id: visit for visit in state.visits}
    return [
        ((crew.technician_area_id, crew.technician_id, visit.on_day), visit)
        for crew in state.crew
        if (visit := visits.get(crew.visit_id)) is not None and visit.state is not VisitState.CANCELLED
    ]


def _belongs(
    state: State, job: Job, live: Mapping[UUID, Visit], by_day: Mapping[Day, int], clock: Clock
) -> bool:
    """Open, not promised for another time, not under way elsewhere, nor pinned to a shift that is over or does not take place."""
    visit = live.get(job.job_id)
    if visit is not None and (is_fixed(visit, clock) or (held(visit) and day_of(visit) not in by_day)):
        return False
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


def _technician(state: State, technician_id: UUID, over_s: int) -> problem.Technician:
    row = state.technicians[technician_id]
    carried = [stock for stock in state.stock if stock.technician_id == technician_id]
    return problem.Technician(
        name=str(technician_id),
        skills=frozenset(row.skills),
        tools=tools_in(carried),
        parts=dict(parts_in(carried)),
        overtime_max_s=max(int(row.overtime_max.total_seconds()), over_s),
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
    hand: ByHand,
    places: _Places,
    by_day: Mapping[Day, int],
    shifts: Sequence[problem.Shift],
    clock: Clock,
) -> problem.Job:
    kind, pin = state.kinds[job.kind, job.kind_version], hand.pins.get(job.job_id)
    window = promised_window(state.appointments.get(job.job_id, ()), state.now)
    if live is not None and live.state is not VisitState.PUBLISHED:
        live = None
    shift = None if live is None else by_day.get(day_of(live))
    crewed = live is not None and any(crew.visit_id == live.visit_id for crew in state.crew)
    bound = shift if crewed else None if pin is None else by_day[day_of(pin)]
    start = None if live is None else clock.seconds(live.planned_start_at)
    promise = None if window is None else (clock.seconds(window.earliest_at), clock.seconds(window.latest_at))
    asked = window_of(pin, promise, clock, bent=job.job_id not in hand.kept)
    windows = () if asked is None else (problem.Window(earliest=asked[0], latest=min(asked[1], LATEST_S)),)
    if live is not None and crewed and shift is not None:
        windows = (_meeting(live, shift, places.of(job.place_id), places, shifts, clock),)
    return problem.Job(
        name=str(job.job_id),
        place=places.of(job.place_id),
        service_s=int(job.service_duration.total_seconds()),
        setup_s=int(kind.setup_duration.total_seconds()),
        windows=windows,
        # whom a person sends goes, with what there is
        skills=frozenset(kind.skills if pin is None else ()),
        tools=frozenset(kind.tools if pin is None else ()),
        parts=kind.parts if pin is None else _carried(state, pin, kind),
        prize=PRIZE_HOURS[job.priority] * 3600,
        mandatory=window is not None or bound is not None,
        affected=job.affected,
        due=int((job.due_at - clock.origin).total_seconds()),
        lateness_weight=LATENESS[job.priority],
        interruptible=kind.interruptible,
        shifts=_allowed(job, by_day, bound),
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


def _carried(state: State, pin: Visit, kind: JobKindVersion) -> dict[str, int]:
    van = parts_in([stock for stock in state.stock if stock.technician_id == pin.technician_id])
    return {code: count for code, count in kind.parts.items() if van.get(code, 0) >= count}


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

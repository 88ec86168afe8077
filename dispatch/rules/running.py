"""A technician-day under way: what is done, begun or about to start is folded into where and when the rest begins.

Instants become integer seconds from an origin that the caller chose; places become indices that the caller knows.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from db.records import Appointment, Area, Job, PlannedRoute, Round, TechnicianDay, Visit
from db.states import LIVE_VISIT, STARTED_VISIT, AppointmentState, JobState, VisitState

Day = tuple[UUID, UUID, date]
"""A technician-day: (home area, technician, day)."""
PLANNABLE = frozenset({JobState.RECEIVED, JobState.PLANNED, JobState.RESTORED})
LEAST_REMAINING_S = 5 * 60
"""Work under way that has already taken its planned time is expected to take this much longer."""
PROMISED = frozenset({AppointmentState.CONFIRMED, AppointmentState.KEPT, AppointmentState.MISSED})
"""Promises that were neither moved nor cancelled."""


class Start(msgspec.Struct, frozen=True):
    """Where and when the rest of a shift begins (seconds, place index), and after which sequence number."""

    at_s: int
    place: int
    sequence: int


class Clock(msgspec.Struct, frozen=True):
    """Now, and the origin of seconds."""

    now: datetime
    origin: datetime
    freeze: timedelta

    def seconds(self, instant: datetime) -> int:
        """From the origin, never before it."""
        return max(0, int((instant - self.origin).total_seconds()))

    def instant(self, second: int) -> datetime:
        return self.origin.astimezone(UTC) + timedelta(seconds=second)


def clock_of(area: Area, now: datetime, origin: datetime) -> Clock:
    return Clock(now, origin, timedelta(minutes=area.settings.freeze_minutes))


def day_of(row: TechnicianDay | Visit | Round | PlannedRoute) -> Day:
    home = row.area_id if isinstance(row, TechnicianDay) else row.technician_area_id
    return home, row.technician_id, row.on_day


def works(day: TechnicianDay, area_id: UUID) -> bool:
    """Whether the technician comes that day, and to this area."""
    return not day.absent and day.area_id_worked == area_id


def is_planned(day: TechnicianDay) -> bool:
    """Whoever waits for a call is given nothing else."""
    return not day.absent and not day.on_call


def midnight_of(area: Area, day: date) -> datetime:
    """Local midnight at which the day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(area.time_zone))


def is_fixed(visit: Visit, clock: Clock) -> bool:
    """Frozen: under way, or starting within the freeze time."""
    if visit.state in STARTED_VISIT:
        return True
    return visit.state is VisitState.PUBLISHED and visit.planned_start_at < clock.now + clock.freeze


def promised_window(appointments: Sequence[Appointment], now: datetime) -> Appointment | None:
    """The promise that still can be kept, if there is one."""
    for appointment in appointments:
        if appointment.state is AppointmentState.CONFIRMED and appointment.latest_at > now:
            return appointment
    return None


class Expected(msgspec.Struct, frozen=True):
    """When the technician is, or will be, there (arrival), and free again, by all that is known now."""

    visit: Visit
    arrival_at: datetime
    end_at: datetime


class Begun(msgspec.Struct, frozen=True):
    """The folded part of a day."""

    start: Start
    expected: tuple[Expected, ...]
    """Of the live visits in it, in their order."""


def begun_of(
    day: TechnicianDay,
    mine: Sequence[Visit],
    jobs: Mapping[UUID, Job],
    home: int,
    place_of: Callable[[UUID], int],
    travel_s: Callable[[int, int], int],
    clock: Clock,
) -> Begun:
    """`mine`: the visits of this day; `home`: where the shift begins."""
    at_s, place, sequence = clock.seconds(max(day.shift_start_at, clock.now)), home, 0
    expected: list[Expected] = []
    for visit in sorted(mine, key=_in_turn):
        gone_to = visit.arrived_at is not None
        if not is_fixed(visit, clock) and not (gone_to and visit.job_id in jobs):
            continue
        sequence = max(sequence, visit.sequence)
        job = jobs.get(visit.job_id)
        there = place if job is None else place_of(job.place_id)
        arrival_s = _arrival_of(visit, clock, at_s + travel_s(place, there))
        at_s = max(at_s, _end_of(visit, clock, arrival_s))
        place = there
        if visit.state in LIVE_VISIT:
            expected.append(Expected(visit, clock.instant(arrival_s), clock.instant(at_s)))
    return Begun(Start(at_s, place, sequence), tuple(expected))


def _in_turn(visit: Visit) -> tuple[bool, datetime, int]:
    """What has begun, in the order in which it did, comes before what is still to begin: a round that runs late is not
    at its next visit because that one's hour has come."""
    began_at = visit.arrived_at or visit.on_my_way_at
    return began_at is None, began_at or visit.planned_start_at, visit.sequence


def _arrival_of(visit: Visit, clock: Clock, reachable_s: int) -> int:
    if visit.arrived_at is not None:
        return clock.seconds(visit.arrived_at)
    if visit.on_my_way_at is not None:
        return clock.seconds(max(visit.on_my_way_at + visit.travel_duration, clock.now))
    return max(reachable_s, clock.seconds(visit.planned_arrival_at))


def _end_of(visit: Visit, clock: Clock, arrival_s: int) -> int:
    """When the technician is free again: known, or expected from what is known."""
    length = int((visit.planned_end_at - visit.planned_start_at).total_seconds())
    now_s, planned_s = clock.seconds(clock.now), clock.seconds(visit.planned_start_at)
    if visit.ended_at is not None:
        return clock.seconds(visit.ended_at)
    if visit.working_at is not None:
        return max(clock.seconds(visit.working_at) + length, now_s + LEAST_REMAINING_S)
    if visit.arrived_at is not None:
        return max(now_s, planned_s) + length
    return max(arrival_s, planned_s) + length


def rest_of(
    published: Round | None, day: TechnicianDay, start: Start, clock: Clock
) -> tuple[int, int, int] | None:
    """The break that is still to be taken: the bounds of its start and its length, in seconds."""
    if day.break_earliest_at is None or day.break_latest_at is None or day.break_duration is None:
        return None
    under_way = start.at_s > clock.seconds(day.shift_start_at)
    taken_at = None if published is None else published.break_start_at
    if under_way and taken_at is not None and clock.seconds(taken_at) < start.at_s:
        return None
    earliest = max(clock.seconds(day.break_earliest_at), start.at_s)
    latest = clock.seconds(day.break_latest_at)
    if earliest > latest:
        return None
    return earliest, latest, int(day.break_duration.total_seconds())

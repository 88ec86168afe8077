"""A day of an area as a dispatcher looks at it: who goes where and when, what waits, and what all of it comes to."""

import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from db.records import (
    Appointment,
    Area,
    Job,
    JobKindVersion,
    Place,
    PlannedRoute,
    PlanReason,
    Round,
    Technician,
    TechnicianDay,
)
from db.records.base import Record
from db.states import JobState, VisitState
from dispatch.rules.splits import way_home
from dispatch.rules.standing import Facts
from dispatch.rules.stops import RoundStop


class BoardVisit(Record):
    """A visit of a round. `frozen`: no plan moves it any more. `review`: a record of its job waits for a person."""

    stop: RoundStop
    subscriber: str
    frozen: bool
    review: bool

    @property
    def late_seconds(self) -> int:
        """By how much the promise is expected to be broken."""
        window = self.stop.window
        if window is None or self.stop.joined:
            return 0
        return max(0, int((self.stop.arrival_at - window.latest_at).total_seconds()))

    @property
    def dark_since(self) -> datetime | None:
        return dark_since(self.stop.job)


class BoardRound(Record):
    """A technician's day: the frame as it is out, and what is to be expected of it."""

    day: TechnicianDay
    version: int
    technician: Technician
    start: Place
    lent: bool
    frame: Round | None
    route: PlannedRoute | None
    """The whole day as it is out."""
    visits: list[BoardVisit]
    back_at: datetime | None
    """By all that is known now."""
    last_seen_at: datetime | None
    silent: bool
    night: bool = False
    """Only what of the day before lies beyond midnight: it counts there."""

    @property
    def travel_seconds(self) -> int:
        """Of the whole day: the frame of a day under way has only what is left of it."""
        if self.route is None:
            return 0
        driven = sum(stop.travel_seconds for stop in self.route.stops)
        return driven + int(way_home(self.route).total_seconds())

    def distance_m(self, area: Area) -> int:
        if self.route is None:
            return 0
        home_s = way_home(self.route).total_seconds()
        return sum(stop.distance_m for stop in self.route.stops) + round(
            home_s * area.settings.speed_kmh / 3.6
        )

    def overtime_seconds(self, *, as_published: bool = False) -> int:
        back_at = self._back_at(as_published)
        over = timedelta() if back_at is None else back_at - self.day.shift_end_at
        return max(0, int(over.total_seconds()))

    def busy_seconds(self, *, as_published: bool = False) -> int:
        """From leaving to being back."""
        back_at = self._back_at(as_published)
        if self.frame is None or back_at is None or not self.visits:
            return 0
        return max(0, int((back_at - self.frame.leave_at).total_seconds()))

    def _back_at(self, as_published: bool) -> datetime | None:
        planned = None if self.frame is None else self.frame.back_at
        return planned if as_published else self.back_at or planned


class WaitingJob(Record):
    """A job without a place on any day. `technicians`: how many it takes."""

    job: Job
    kind: JobKindVersion
    place: Place
    subscriber: str
    window: Appointment | None
    technicians: int
    reason: PlanReason | None
    """The last that was found out of why it has none."""

    @property
    def promised(self) -> bool:
        """Something is promised and nobody goes."""
        return self.window is not None and self.job.state is not JobState.ON_HOLD


def round_version(known: Facts, *, is_out: bool) -> int:
    """Another number whenever the round is another: who goes where and when, how far it is, the shift. Unlike the version of the
    technician-day it does not grow with drafts that nobody sees; changes by hand name it, so that none is lost."""
    day = known.day
    visits = [
        (visit.visit_id.hex, visit.version)
        for visit in [*known.visits, *known.joined]
        if visit.state is not VisitState.CANCELLED and not (is_out and visit.state is VisitState.DRAFT)
    ]
    shift = day.absent, day.on_call, day.shift_start_at.timestamp(), day.shift_end_at.timestamp()
    return zlib.crc32(repr((shift, sorted(visits))).encode())


def hours_of(rounds: Sequence[BoardRound]) -> tuple[datetime, datetime] | None:
    """From when to when somebody works, or is out."""
    if not rounds:
        return None
    frames = [found.frame for found in rounds if found.frame is not None]
    visits = [visit.stop.visit for found in rounds for visit in found.visits]
    begins = [*(found.day.shift_start_at for found in rounds), *(frame.leave_at for frame in frames)]
    begins += [visit.planned_arrival_at for visit in visits]
    ends = [*(found.day.shift_end_at for found in rounds), *(frame.back_at for frame in frames)]
    ends += [visit.planned_end_at for visit in visits]
    return min(begins), max([*ends, *(found.back_at for found in rounds if found.back_at is not None)])


def dark_since(job: Job) -> datetime | None:
    """Somebody has no service, and since when."""
    dark = job.affected > 0 and job.restored_at is None and job.closed_at is None
    return job.reported_at if dark else None


class BoardNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """What a day comes to. `broken_promises`: served too late, or by nobody. `outage_minutes`: subscribers times minutes from the
    first report until each visit ends; of what nobody serves until nobody is out any more, so that leaving a job out never looks
    like mending it.
    `unfairness`: by how many seconds a technician's day is longer or shorter than the others', on average."""

    visits: int
    done: int
    at_risk: int
    broken_promises: int
    promises: int
    unassigned: int
    outage_minutes: int
    driving_seconds: int
    distance_m: int
    overtime_seconds: int
    unfairness: int


def numbers_of(
    rounds: Sequence[BoardRound], waiting: Sequence[WaitingJob], area: Area, *, as_published: bool = False
) -> BoardNumbers:
    """As is to be expected now; or as the rounds that are out say, had all gone by them."""
    rounds = [found for found in rounds if not found.night]
    own = [
        visit
        for found in rounds
        for visit in found.visits
        if not visit.stop.joined and visit.stop.visit.on_day == found.day.on_day
    ]
    promised = [visit.stop for visit in own if visit.stop.window is not None]
    spare = [_spare(stop, as_published) for stop in promised]
    tight = timedelta(minutes=area.settings.tight_minutes)
    coming = [found for found in rounds if not found.day.absent]
    return BoardNumbers(
        visits=len(own),
        done=0 if as_published else sum(visit.stop.visit.state is VisitState.DONE for visit in own),
        at_risk=sum(
            timedelta() <= left < tight and (as_published or stop.at_risk)
            for stop, left in zip(promised, spare, strict=True)
        ),
        broken_promises=sum(left < timedelta() for left in spare) + sum(job.promised for job in waiting),
        promises=len(promised) + sum(job.window is not None for job in waiting),
        unassigned=sum(job.job.state is not JobState.ON_HOLD for job in waiting),
        outage_minutes=sum(_outage(visit.stop, as_published) for visit in own) + _left_dark(rounds, waiting),
        driving_seconds=sum(found.travel_seconds for found in rounds),
        distance_m=sum(found.distance_m(area) for found in rounds),
        overtime_seconds=sum(found.overtime_seconds(as_published=as_published) for found in rounds),
        unfairness=_spread([found.busy_seconds(as_published=as_published) for found in coming]),
    )


def _spare(stop: RoundStop, as_published: bool) -> timedelta:
    assert stop.window is not None, "asked of what is promised"
    return stop.window.latest_at - (stop.visit.planned_arrival_at if as_published else stop.arrival_at)


def _outage(stop: RoundStop, as_published: bool) -> int:
    until = stop.visit.planned_end_at if as_published else stop.job.restored_at or stop.end_at
    return _minutes_dark(stop.job, until)


def _left_dark(rounds: Sequence[BoardRound], waiting: Sequence[WaitingJob]) -> int:
    hours = hours_of(rounds)
    return 0 if hours is None else sum(_minutes_dark(one.job, hours[1]) for one in waiting)


def _minutes_dark(job: Job, until: datetime) -> int:
    """Times subscribers."""
    return max(0, int((until - job.reported_at).total_seconds() // 60)) * job.affected


def _spread(seconds: Sequence[int]) -> int:
    if not seconds:
        return 0
    mean = sum(seconds) / len(seconds)
    return round(sum(abs(one - mean) for one in seconds) / len(seconds))

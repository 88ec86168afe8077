"""By hand: what it costs, and what it breaks, if a job goes to a technician - where it fits best, or at a time that was named.

Nothing is searched for: orders stay, one stop comes in. Where that has no exact schedule, the softest one is worked out and what
it breaks is named, for a person may want it all the same.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from db.records import Area, Job, JobKindVersion, Visit
from db.states import VisitState
from dispatch.rules.pins import ABOUT, held
from dispatch.rules.rewriting import After, bent
from dispatch.rules.running import Day, clock_of, day_of, is_fixed, promised_window
from dispatch.rules.standing import EPOCH, FOREVER_S, Stood, at, inserted, unix, wanted_by, without
from optimizer.rounds import Found, Row, Stop, Times, parts_of
from optimizer.standing import Standing

BROKEN_S = 4 * 3600
"""What breaking a promise costs, in seconds of travel, beside the time by which it is broken."""
SAME_S = 60
"""Later by less than this is not later."""


class BreakCode(StrEnum):
    """What a change by hand may break, and what a person may take upon herself."""

    SKILL = "skill"
    TOOL = "tool"
    PART = "part"
    SHIFT = "shift"
    REST = "rest"
    PROMISE = "promise"
    OTHER_PROMISE = "other_promise"
    PIN = "pin"
    OVERLAP = "overlap"
    EARLIEST = "earliest"
    CREW = "crew"
    FROZEN = "frozen"
    ABSENT = "absent"


NEVER_ACCEPTED = frozenset({BreakCode.ABSENT})
"""Nobody can be sent who does not come."""


class Break(msgspec.Struct, frozen=True, kw_only=True):
    """One of them: by how much, of which other job, what is lacking; of a promise, what becomes of it (`window`)."""

    code: BreakCode
    seconds: int | None = None
    job_id: UUID | None = None
    lacks: Sequence[str] = ()
    window: tuple[datetime, datetime] | None = None


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A job that is to go somewhere. The stop has the window of the promise, if there is one."""

    area: Area
    job: Job
    kind: JobKindVersion
    visit: Visit | None
    """The one it has now, live or as a draft."""
    stop: Stop
    meets_at: datetime | None
    """When a second technician is to be there."""

    @property
    def home(self) -> Day | None:
        return None if self.visit is None else day_of(self.visit)


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """The job in a technician's day. `parts`: how much more than where it stands now, in seconds of travel, what it breaks as
    `promises`; `after`: the job before it."""

    day: Day
    position: int
    start_s: int
    parts: Mapping[str, int]
    extra_travel_s: int
    breaks: Sequence[Break]
    after: UUID | None
    stop: Stop
    """As it goes in: its window may be the time that was named."""

    @property
    def start_at(self) -> datetime:
        return at(self.start_s)

    @property
    def cost(self) -> int:
        return sum(self.parts.values())


class Present(msgspec.Struct, frozen=True):
    """Where it stands now, and what it costs there."""

    day: Day
    start_at: datetime
    parts: Mapping[str, float]
    travel_s: int

    @property
    def cost(self) -> int:
        return round(sum(self.parts.values()))


class Bench(msgspec.Struct, frozen=True, kw_only=True):
    """A wish against technician-days as they stand; what it asks again and again, worked out once."""

    standing: Standing
    rows: Mapping[Day, Stood]
    wish: Wish
    now: datetime
    present: Present | None
    frozen: bool
    """It is out, and about to begin."""
    soft: dict[Day, Times] = msgspec.field(default_factory=dict[Day, Times])

    def bare(self, day: Day) -> Row:
        """The day without the job."""
        return without(self.rows[day].row, self.wish.job.job_id)

    def softly(self, day: Day) -> Times:
        """The times of the day without it; soft ones where what is promised cannot be kept."""
        if day not in self.soft:
            self.soft[day] = self.standing.times_of(self.bare(day), key=day)
        return self.soft[day]

    def sunk(self) -> float:
        """Outage that is over by now: the same wherever it goes."""
        return self.wish.stop.outage * max(0, unix(self.now) - self.standing.origin)

    def parts(self, day: Day, row: Row, times: Times) -> dict[str, float]:
        """What the day costs more with such a row than without the job, part by part."""
        weights, origin = self.standing.weights, self.standing.origin
        before = parts_of(self.bare(day), self.softly(day), weights, day, origin)
        more = _more(parts_of(row, times, weights, day, origin), before)
        return _more(more, {"outage": self.sunk()})


def bench_of(standing: Standing, rows: Mapping[Day, Stood], wish: Wish, now: datetime) -> Bench:
    """The rows stand in `standing` under the same keys."""
    home, visit = wish.home, wish.visit
    frozen = visit is not None and is_fixed(visit, clock_of(wish.area, now, EPOCH))
    bench = Bench(standing=standing, rows=rows, wish=wish, now=now, present=None, frozen=frozen)
    if visit is None or home is None or home not in rows or wish.job.job_id not in rows[home].visits:
        return bench
    row = rows[home].row
    full, bare = standing.times_of(row, key=home), bench.softly(home)
    present = Present(
        home,
        visit.planned_start_at,
        bench.parts(home, row, full),
        sum(full.travel_s) - sum(bare.travel_s),
    )
    return msgspec.structs.replace(bench, present=present)


def _more(parts: Mapping[str, float], than: Mapping[str, float]) -> dict[str, float]:
    return {name: parts.get(name, 0) - than.get(name, 0) for name in {**parts, **than}}


def try_out(bench: Bench, among: Sequence[Day]) -> list[Tried]:
    """The best place in each of these days, one that keeps every promise if there is one. About to begin, it stays out of its
    own: there it is folded into the beginning."""
    days = [day for day in among if not (bench.frozen and day == bench.wish.home)]
    stop, soonest = bench.wish.stop, unix(bench.now)
    low, high = stop.window or (soonest, FOREVER_S)
    found = {
        day: _of_found(bench, one, stop)
        for day, one in _priced(bench, (max(low, soonest), high), days).items()
    }
    if stop.window is not None:
        rest = [day for day in days if day not in found]
        free = stop._replace(window=None)
        found |= {
            day: _of_found(bench, one, free)
            for day, one in _priced(bench, (soonest, FOREVER_S), rest).items()
        }
    return [found[day] if day in found else _squeezed(bench, day) for day in days]


def _priced(bench: Bench, window: tuple[int, int], days: Sequence[Day]) -> dict[Day, Found]:
    if not days or window[0] > window[1]:
        return {}
    present = bench.present
    taken_out = None if present is None else (present.day, bench.wish.job.job_id)
    stop = bench.wish.stop
    return {
        one.key: one
        for one in bench.standing.price(stop, [window], days, most=len(days), without=taken_out)[0]
    }


def _of_found(bench: Bench, found: Found, stop: Stop) -> Tried:
    day: Day = found.key
    row = inserted(bench.bare(day), found.position, stop)
    return _tried(bench, day, found.position, row, bench.standing.times_of(row, key=day), [])


def _tried(bench: Bench, day: Day, position: int, row: Row, times: Times, breaks: Sequence[Break]) -> Tried:
    """With what it breaks by itself, wherever in the day."""
    present, start_s = bench.present, times.starts[position]
    every = [*_of_itself(bench, day, start_s), *breaks]
    promises = [one for one in every if one.code in (BreakCode.PROMISE, BreakCode.OTHER_PROMISE)]
    broken_s = sum(BROKEN_S + (one.seconds or 0) for one in promises)
    parts = _more(
        bench.parts(day, row, times) | {"promises": broken_s}, {} if present is None else present.parts
    )
    travel_s = sum(times.travel_s) - sum(bench.softly(day).travel_s)
    return Tried(
        day=day,
        position=position,
        start_s=start_s,
        parts={name: seconds for name, part in parts.items() if (seconds := round(part))},
        extra_travel_s=travel_s - (0 if present is None else present.travel_s),
        breaks=every,
        after=row.stops[position - 1].key if position else None,
        stop=row.stops[position],
    )


def _of_itself(bench: Bench, day: Day, start_s: int) -> list[Break]:
    """What this technician lacks for it, and what was agreed about the job itself."""
    wish, stood = bench.wish, bench.rows[day]
    found = _lacking(bench, stood, day)
    low, high = wish.stop.window or (start_s, start_s)
    if not low <= start_s <= high:
        found.append(
            Break(
                code=BreakCode.PROMISE,
                seconds=max(low - start_s, start_s - high),
                window=window_about(wish.area, at(start_s)),
            )
        )
    if wish.meets_at is not None and abs(start_s - unix(wish.meets_at)) >= SAME_S:
        found.append(Break(code=BreakCode.CREW, seconds=abs(start_s - unix(wish.meets_at))))
    if wish.job.earliest_on is not None and day[2] < wish.job.earliest_on:
        found.append(Break(code=BreakCode.EARLIEST))
    if bench.frozen:
        found.append(Break(code=BreakCode.FROZEN))
    return found


def _lacking(bench: Bench, stood: Stood, day: Day) -> list[Break]:
    wish, wanted = bench.wish, wanted_by(bench.wish.kind)
    mine = wish.kind.parts if wish.home == day and wish.job.job_id in stood.visits else {}
    left = {
        code: stood.carried.get(code, 0) - stood.parts.get(code, 0) + mine.get(code, 0)
        for code, _ in wanted.parts
    }
    lacks = {
        BreakCode.SKILL: sorted(wanted.skills - stood.skills),
        BreakCode.TOOL: sorted(wanted.tools - stood.tools),
        BreakCode.PART: sorted(code for code, count in wanted.parts if left[code] < count),
    }
    return [Break(code=code, lacks=codes) for code, codes in lacks.items() if codes]


def _squeezed(bench: Bench, day: Day) -> Tried:
    """Into a day that has no room for it: where it is the shortest way, or where its time is."""
    row, times, stop = bench.bare(day), bench.softly(day), bench.wish.stop
    wanted_s = max(unix(bench.now), stop.window[0] if stop.window else 0)
    places = [row.home, *(other.place for other in row.stops), row.goal]
    travel = bench.standing.travel

    def detour(position: int) -> int:
        here, there = places[position], places[position + 1]
        return travel(here, stop.place)[0] + travel(stop.place, there)[0] - travel(here, there)[0]

    in_time = sum(start < wanted_s for start in times.starts)
    positions = {in_time, min(range(len(row.stops) + 1), key=detour)}
    soft = stop._replace(window=None if stop.window is None else (stop.window[0], FOREVER_S))
    return min((_forced(bench, day, position, soft) for position in positions), key=_badness)


def _badness(tried: Tried) -> tuple[int, int]:
    return len(tried.breaks), tried.cost


def at_time(bench: Bench, day: Day, start_at: datetime) -> Tried:
    """Exactly then, or as soon after it as can be."""
    times, wanted_s = bench.softly(day), unix(start_at)
    stop = bench.wish.stop._replace(window=(wanted_s, FOREVER_S))
    in_time = sum(start < wanted_s for start in times.starts)
    tried = [_forced(bench, day, position, stop, wanted_s) for position in {in_time, max(0, in_time - 1)}]
    return min(tried, key=lambda one: (one.start_s > wanted_s + ABOUT.total_seconds(), *_badness(one)))


def _forced(bench: Bench, day: Day, position: int, stop: Stop, wanted_s: int | None = None) -> Tried:
    """There, whatever gives way."""
    before, row = bench.softly(day), inserted(bench.bare(day), position, stop)
    times = bench.standing.times_of(row, key=day)
    breaks = _given_way(bench, day, row, before, times)
    shift_s = unix(bench.rows[day].facts.day.shift_start_at)
    start_s = times.starts[position]
    if wanted_s is not None and wanted_s < shift_s - SAME_S:
        breaks.append(Break(code=BreakCode.SHIFT, seconds=shift_s - wanted_s))
    elif wanted_s is not None and start_s > wanted_s + ABOUT.total_seconds():
        breaks.append(Break(code=BreakCode.OVERLAP, seconds=start_s - wanted_s))
    return _tried(bench, day, position, row, times, breaks)


def _given_way(bench: Bench, day: Day, row: Row, before: Times, times: Times) -> list[Break]:
    """What is later than it may be, and was not before: other promises, pins, the break, the end of the shift."""
    starts = dict(zip([stop.key for stop in bench.bare(day).stops], before.starts, strict=True))
    found: list[Break] = []
    for stop, start in zip(row.stops, times.starts, strict=True):
        if stop.key in starts:
            found += _later(bench, day, stop, starts[stop.key], start)
    over_s, over_before = times.back - row.limit, max(0, before.back - row.limit)
    if over_s >= over_before + SAME_S:
        found.append(Break(code=BreakCode.SHIFT, seconds=over_s))
    if row.rest is not None and times.rest_start is None and before.rest_start is not None:
        found.append(Break(code=BreakCode.REST))
    return found


def _later(bench: Bench, day: Day, stop: Stop, before_s: int, start_s: int) -> list[Break]:
    """What another visit breaks by beginning then: where two meet, the pin, the promise; one that is pinned may break both."""
    stood = bench.rows[day]
    visit = stood.visits.get(stop.key)
    if visit is None:
        bounds = {BreakCode.CREW: stop.window}
        job_id = stood.joined[stop.key].job_id
    else:
        job_id = visit.job_id
        promise = promised_window(stood.facts.appointments.get(job_id, ()), bench.now)
        pin = visit.pinned_start_at if held(visit) else None
        bounds = {
            BreakCode.PIN: None if pin is None else (unix(pin), unix(pin + ABOUT)),
            BreakCode.OTHER_PROMISE: None
            if promise is None
            else (unix(promise.earliest_at), unix(promise.latest_at)),
            BreakCode.CREW: stop.window if job_id in stood.facts.crewed else None,
        }
    late = {
        code: (start_s - window[1], before_s - window[1])
        for code, window in bounds.items()
        if window is not None
    }
    return [
        Break(
            code=code,
            seconds=now_s,
            job_id=job_id,
            window=window_about(bench.wish.area, at(start_s)) if code is BreakCode.OTHER_PROMISE else None,
        )
        for code, (now_s, then_s) in late.items()
        if now_s >= max(0, then_s) + SAME_S
    ]


def done(bench: Bench, tried: Tried) -> list[After]:
    """The technician-days as they are then. What gives way does so in their bounds, so that the times are exact ones."""
    row = inserted(bench.bare(tried.day), tried.position, tried.stop)
    rows = {tried.day: bent(row, bench.standing.times_of(row, key=tried.day))}
    home = bench.wish.home
    if home is not None and home != tried.day and bench.present is not None:
        rows[home] = bench.bare(home)
    return [After(bench.rows[day], one, bench.standing.times_of(one, key=day)) for day, one in rows.items()]


def emptied(bench: Bench) -> list[After]:
    """The technician-day that loses the job; none where it is about to begin."""
    home = bench.wish.home
    if home is None or bench.present is None:
        return []
    row = bench.bare(home)
    return [After(bench.rows[home], row, bench.standing.times_of(row, key=home))]


def window_about(area: Area, start_at: datetime) -> tuple[datetime, datetime]:
    """The arrival window that a desk would have offered for this start."""
    length = timedelta(minutes=area.settings.slot_minutes)
    local = start_at.astimezone(ZoneInfo(area.time_zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    number = (local.replace(tzinfo=None) - midnight.replace(tzinfo=None)) // length
    earliest = (midnight.replace(tzinfo=None) + number * length).replace(tzinfo=local.tzinfo)
    return earliest.astimezone(EPOCH.tzinfo), (earliest + length).astimezone(EPOCH.tzinfo)


def open_breaks(breaks: Sequence[Break], accepted: Collection[str]) -> list[Break]:
    """Those that nobody has taken upon herself."""
    return [one for one in breaks if one.code in NEVER_ACCEPTED or one.code not in accepted]


def begun(visit: Visit | None) -> bool:
    """Somebody is on the way or there: no hand moves it."""
    return visit is not None and visit.state not in (VisitState.PUBLISHED, VisitState.DRAFT)

"""While a job is dragged: what each technician's day would cost and break with it, worked out on the days in memory."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from db.pool import Database
from db.queries import areas, jobs, plans, subscribers, technicians
from db.records import Area
from db.rows import Conn
from dispatch.actors import Actor
from dispatch.errors import UnknownDay, UnknownJob, UnknownVisit
from dispatch.horizon import Horizon, Horizons
from dispatch.planning import local_day
from dispatch.repairs import read_called, supposing
from dispatch.rules.hands import (
    Bench,
    Break,
    BreakCode,
    Present,
    Tried,
    Wish,
    at_time,
    bench_of,
    try_out,
    window_about,
)
from dispatch.rules.on_call import goes_in_call
from dispatch.rules.running import Day, day_of
from dispatch.rules.standing import Stood
from dispatch.wishing import read_wish


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What was tried. `asked`: for exactly the technician and time that were named; `absent`: he does not come, so nothing is."""

    area: Area
    wish: Wish
    present: Present | None
    tried: Sequence[Tried]
    asked: Tried | None
    absent: Break | None
    rows: dict[Day, Stood]

    def called(self, job_id: UUID | None) -> tuple[str, str] | None:
        """Of a job that one of these days has: its number, and what people call it."""
        for stood in self.rows.values():
            if job_id is not None and job_id in stood.facts.jobs:
                return stood.facts.called()[job_id]
        return None


async def try_by_hand(
    database: Database,
    horizons: Horizons,
    *,
    area_id: UUID,
    job_id: UUID,
    on_day: date,
    technician_id: UUID | None,
    start_at: datetime | None,
    actor: Actor,
    now: datetime,
) -> Trial:
    """The best place in each technician's day; with a technician and a time, also exactly that. Nothing changes.

    Raises `UnknownJob`, `NotBookable`, `VisitStarted`, `UnknownDay`.
    """
    async with database.begin(actor.areas, snapshot=True) as conn:
        area = await areas.get_area(conn, area_id)
        job = await jobs.find_job(conn, area_id, job_id)
        if job is None:
            raise UnknownJob()
        horizon = horizons.of(area_id)
        await horizon.refresh(conn, area, now)
        wish = await read_wish(conn, area, horizon.standing, job, now)
        called = await read_called(conn, horizon, area, now) if on_day == local_day(area, now) else {}
        chosen = {
            day: stood
            for day, stood in called.items()
            if goes_in_call(
                stood.facts.day.shift_end_at,
                _shift_end(horizon, day[1], on_day),
                start_at if day[1] == technician_id else None,
                job,
                now,
            )
        }
        # nothing is awaited until the last price is known: the days in memory are everybody's
        with supposing(horizon, {day: stood.row for day, stood in chosen.items()}):
            trial = _tried(horizon, chosen, wish, area, on_day, technician_id, start_at, now)
        if technician_id is None or any(day[1] == technician_id for day in trial.rows):
            return trial
        return await _who_does_not_come(conn, trial, technician_id, on_day)


def _shift_end(horizon: Horizon, technician_id: UUID, on_day: date) -> datetime | None:
    ends = (
        row.facts.day.shift_end_at for day, row in horizon.rows.items() if day[1:] == (technician_id, on_day)
    )
    return next(ends, None)


def _tried(
    horizon: Horizon,
    called: Mapping[Day, Stood],
    wish: Wish,
    area: Area,
    on_day: date,
    technician_id: UUID | None,
    start_at: datetime | None,
    now: datetime,
) -> Trial:
    rows = {**horizon.rows, **called}
    bench = bench_of(horizon.standing, rows, wish, now)
    calls = {day[1] for day in called}
    days = [*called, *(day for day in horizon.rows if day[2] == on_day and day[1] not in calls)]
    wanted = next((day for day in days if day[1] == technician_id), None)
    tried = try_out(bench, days)
    return Trial(
        area=area,
        wish=wish,
        present=bench.present,
        tried=tried,
        asked=_asked(bench, wanted, start_at, tried),
        absent=None,
        rows={day: rows[day] for day in days},
    )


def _asked(
    bench: Bench, wanted: Day | None, start_at: datetime | None, tried: Sequence[Tried]
) -> Tried | None:
    if wanted is None or (bench.frozen and wanted == bench.wish.home):
        return None
    if start_at is not None:
        return at_time(bench, wanted, start_at)
    return next(one for one in tried if one.day == wanted)


async def _who_does_not_come(conn: Conn, trial: Trial, technician_id: UUID, on_day: date) -> Trial:
    day = await technicians.find_day_worked(conn, trial.area.area_id, technician_id, on_day)
    if day is None:
        raise UnknownDay(onDay=on_day)
    return msgspec.structs.replace(trial, absent=Break(code=BreakCode.ABSENT))


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Who would be told, in which language. `window`: the new one, to a subscriber; technicians hear that their round has
    changed."""

    name: str
    language: str
    window: tuple[datetime, datetime] | None = None


class ToBeTold(msgspec.Struct, frozen=True):
    """Technicians, first who gets it; and the subscriber, where the promise breaks and a text can be sent."""

    area: Area
    told: Sequence[Told]


async def who_is_told(
    database: Database,
    horizons: Horizons,
    *,
    area_id: UUID,
    visit_id: UUID,
    technician_id: UUID,
    start_at: datetime | None,
    actor: Actor,
    now: datetime,
) -> ToBeTold:
    """Of a visit that is given to this technician on its day, or today where that began yesterday. Raises `UnknownVisit`, and as `try_by_hand`."""
    async with database.begin(actor.areas, snapshot=True) as conn:
        area = await areas.get_area(conn, area_id)
        visit = await plans.find_visit(conn, area_id, visit_id)
    if visit is None:
        raise UnknownVisit()
    trial = await try_by_hand(
        database,
        horizons,
        area_id=area_id,
        job_id=visit.job_id,
        on_day=max(visit.on_day, local_day(area, now)),
        technician_id=technician_id,
        start_at=start_at,
        actor=actor,
        now=now,
    )
    if trial.asked is None:
        return ToBeTold(trial.area, [])
    days = dict.fromkeys([trial.asked.day, day_of(visit)])
    async with database.begin(actor.areas, snapshot=True) as conn:
        people = [await areas.find_staff_of_technician(conn, day[0], day[1]) for day in days]
        holder = await subscribers.find_holder_by_phone(conn, area_id, trial.wish.job.subscriber_id)
    told = [Told(name=one.display_name, language=one.language) for one in people if one is not None]
    broken = any(one.code is BreakCode.PROMISE for one in trial.asked.breaks)
    if holder is not None and broken and trial.wish.kind.chargeable:
        window = window_about(trial.area, trial.asked.start_at)
        told.append(Told(name=holder.name, language=holder.language, window=window))
    return ToBeTold(trial.area, told)

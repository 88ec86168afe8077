"""While a job is dragged: what each technician's day would cost and break with it, worked out on the days in memory."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from db.pool import Database
from db.queries import areas, jobs, subscribers, technicians
from db.records import Area
from db.rows import Conn
from dispatch.actors import Actor
from dispatch.errors import UnknownDay, UnknownJob
from dispatch.horizon import Horizon, Horizons
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
from dispatch.rules.running import Day
from dispatch.rules.standing import Stood
from dispatch.wishing import read_wish


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """To whom something would be said, in which language. `window`: the new one, to a subscriber; None: nothing is."""

    name: str
    language: str
    window: tuple[datetime, datetime] | None = None


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What was tried. `asked`: for exactly the technician and time that were named; `absent`: he does not come, so nothing is."""

    area: Area
    wish: Wish
    present: Present | None
    tried: Sequence[Tried]
    asked: Tried | None
    absent: Break | None
    rows: dict[Day, Stood]
    told: Sequence[Message]
    """Technicians, first who gets it; of one that is asked for."""
    subscriber: Message | None

    def number_of(self, job_id: UUID | None) -> str:
        """Of a job that one of these days has."""
        for stood in self.rows.values():
            if job_id is not None and job_id in stood.facts.jobs:
                return stood.facts.jobs[job_id].number
        return ""


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
        # from here on nothing is awaited until the last price is known: the days in memory are everybody's
        trial = _tried(horizon, wish, area, on_day, technician_id, start_at, now)
        if technician_id is None:
            return trial
        if (
            trial.asked is None
            and trial.absent is None
            and all(one.day[1] != technician_id for one in trial.tried)
        ):
            trial = await _who_does_not_come(conn, trial, technician_id, on_day)
        return await _with_messages(conn, trial)


def _tried(
    horizon: Horizon,
    wish: Wish,
    area: Area,
    on_day: date,
    technician_id: UUID | None,
    start_at: datetime | None,
    now: datetime,
) -> Trial:
    bench = bench_of(horizon.standing, horizon.rows, wish, now)
    days = [day for day in horizon.rows if day[2] == on_day]
    wanted = next((day for day in days if day[1] == technician_id), None)
    tried = try_out(bench, days)
    return Trial(
        area=area,
        wish=wish,
        present=bench.present,
        tried=tried,
        asked=_asked(bench, wanted, start_at, tried),
        absent=None,
        rows={day: horizon.rows[day] for day in days},
        told=[],
        subscriber=None,
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


async def _with_messages(conn: Conn, trial: Trial) -> Trial:
    """Both technicians are told that their rounds have changed; the subscriber is told of a window, where the promised one is
    broken."""
    asked, area_id = trial.asked, trial.area.area_id
    if asked is None:
        return trial
    home = trial.wish.home
    days = [asked.day, *([home] if home is not None and home[1] != asked.day[1] else [])]
    told = [
        Message(name=person.display_name, language=person.language)
        for day in days
        if (person := await areas.find_staff_of_technician(conn, day[0], day[1])) is not None
    ]
    holder = await subscribers.find_holder_by_phone(conn, area_id, trial.wish.job.subscriber_id)
    broken = any(one.code is BreakCode.PROMISE for one in asked.breaks)
    subscriber = None
    if holder is not None and broken and trial.wish.kind.chargeable:
        window = window_about(trial.area, asked.start_at)
        subscriber = Message(name=holder.name, language=holder.language, window=window)
    return msgspec.structs.replace(trial, told=told, subscriber=subscriber)

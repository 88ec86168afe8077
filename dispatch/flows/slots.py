"""Windows for a subscriber: offering them, keeping what was offered, booking one, taking it back.

`dispatch/booking.py` strings these together with the days in memory; what is written is decided here, under the locks.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import areas, jobs, kinds, plans, slots, subscribers, technicians
from db.records import (
    Appointment,
    Area,
    Job,
    JobKindVersion,
    Nothing,
    Place,
    SlotOffer,
    SlotQuote,
    TechnicianDay,
    Visit,
)
from db.records.base import Record
from db.rows import Conn
from db.states import LIVE_VISIT, STARTED_VISIT, AppointmentState, HoldReason, JobState
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import (
    AppointmentMissing,
    NotBookable,
    QuoteExpired,
    Stale,
    UnknownJob,
    UnknownOffer,
    UnknownSlotQuote,
    VisitStarted,
)
from dispatch.horizon import ask_for, stand_all
from dispatch.outages import verify_no_outage
from dispatch.placing import present_visits, rewrite_days
from dispatch.planning import local_day
from dispatch.promising import end_promises, promise
from dispatch.rules import rounds
from dispatch.rules.journal import Shown, entry
from dispatch.rules.lifecycle import JOB, AppointmentStep, JobStep, next_state
from dispatch.rules.rewriting import After
from dispatch.rules.running import Day, day_of, promised_window
from dispatch.rules.slots import eligible
from dispatch.rules.standing import inserted, unix, without
from optimizer.rounds import Row


class Wanted(Record):
    """A job that needs a window, with what pricing it takes."""

    area: Area
    job: Job
    kind: JobKindVersion
    place: Place
    visit: Visit | None
    """The one it has now, live or as a draft."""
    appointments: list[Appointment]


async def wanted(conn: Conn, *, areas_seen: Sequence[UUID], job_id: UUID) -> Wanted:
    """Raises `UnknownJob`; `NotBookable` where the job is over, `OutageHolds` where it is dark; `VisitStarted` where a technician is at it."""
    job = await jobs.find_job_seen(conn, areas_seen, job_id)
    area = None if job is None else await areas.find_area(conn, job.area_id)
    if area is None or job is None:
        raise UnknownJob()
    verify_bookable(job)
    kind = await kinds.find_kind(conn, area.area_id, job.kind, job.kind_version)
    place = await subscribers.find_place(conn, area.area_id, job.place_id)
    assert kind is not None, "job kinds are never removed"
    assert place is not None, "places are never removed"
    await verify_no_outage(conn, job, kind)
    visit = (await present_visits(conn, area.area_id, [job_id])).get(job_id)
    if visit is not None and visit.state in STARTED_VISIT:
        raise VisitStarted()
    promised = await jobs.list_appointments(conn, area.area_id, [job_id])
    return Wanted(area=area, job=job, kind=kind, place=place, visit=visit, appointments=promised)


def verify_bookable(job: Job) -> None:
    """Raises `NotBookable` where nothing is owed any more, or somebody is there."""
    if job.state in (JobState.CLOSED, JobState.CANCELLED, JobState.IN_PROGRESS):
        raise NotBookable(state=job.state)


class Quoted(Record):
    """A quote, and the area whose clock its sentences speak of."""

    quote: SlotQuote
    area: Area


async def keep_quote(
    conn: Conn,
    *,
    wanted: Wanted,
    offers: list[SlotOffer],
    nothing: Nothing | None,
    excluded: frozenset[UUID],
    actor: Actor,
    now: datetime,
) -> Quoted:
    """What was offered, at what cost, until when."""
    async with conn.transaction():
        quote = SlotQuote(
            area_id=wanted.area.area_id,
            slot_quote_id=new_id(),
            job_id=wanted.job.job_id,
            offers=offers,
            nothing=nothing,
            excluded=sorted(excluded),
            asked_by=actor.actor_id,
            created_at=now,
            expires_at=now + timedelta(minutes=wanted.area.settings.quote_minutes),
        )
        await slots.insert_quotes(conn, [quote])
        return Quoted(quote=quote, area=wanted.area)


async def get_quote(conn: Conn, *, areas_seen: Sequence[UUID], slot_quote_id: UUID) -> Quoted:
    """Raises `UnknownSlotQuote`."""
    quote = await slots.find_quote(conn, areas_seen, slot_quote_id)
    area = None if quote is None else await areas.find_area(conn, quote.area_id)
    if quote is None or area is None:
        raise UnknownSlotQuote()
    return Quoted(quote=quote, area=area)


async def forget(conn: Conn, *, area_id: UUID, now: datetime) -> None:
    """Offers that nobody took, a day after they expired."""
    async with conn.transaction():
        await slots.delete_stale_quotes(conn, area_id, now - timedelta(days=1))


class Booked(Record):
    """The promise, and the visit that serves it; `again` when this very offer was booked before."""

    appointment: Appointment
    visit: Visit | None
    job: Job
    again: bool = False


def offer_of(quote: SlotQuote, number: int) -> SlotOffer:
    """Raises `UnknownOffer`."""
    found = next((offer for offer in quote.offers if offer.number == number), None)
    if found is None:
        raise UnknownOffer(pointer="/offer")
    return found


async def book(
    conn: Conn,
    *,
    quote: SlotQuote,
    number: int,
    candidates: Sequence[Day],
    actor: Actor,
    now: datetime,
) -> Booked | None:
    """Promise the window and give the visit its place, in one of the technician-days named; None when none has room
    any more. Raises `UnknownOffer`, `QuoteExpired`, `NotBookable`, `OutageHolds`, `VisitStarted`.

    The technician-days are locked first, so that of two desks that want the last place one waits and then sees the
    other's visit there.
    """
    offer = offer_of(quote, number)
    async with conn.transaction():
        area = await areas.get_area(conn, quote.area_id)
        locked = await _lock(conn, area.area_id, quote.job_id, candidates)
        if (same := await _booked_before(conn, quote, offer, locked)) is not None:
            return same
        if now > quote.expires_at:
            raise QuoteExpired()
        window = unix(offer.earliest_at), unix(offer.latest_at)
        rows = await _rows(conn, area, locked, window, candidates, now)
        if rows is None:
            return None
        await _take_up(conn, locked.job, now)
        shown = await rewrite_days(conn, area, rows, moving=[quote.job_id], now=now)
        appointment = await promise(
            conn,
            area.area_id,
            quote.job_id,
            (offer.earliest_at, offer.latest_at),
            actor,
            now,
            quote.slot_quote_id,
        )
        facts = {"earliest": offer.earliest_at, "latest": offer.latest_at, "moved": locked.visit is not None}
        entries = [
            entry(
                actor,
                now,
                "appointment.booked",
                area_id=area.area_id,
                job_id=quote.job_id,
                subject_id=appointment.appointment_id,
                facts=facts,
            )
        ]
        await announce(conn, area.area_id, entries, shown)
        after = await jobs.find_job(conn, area.area_id, quote.job_id)
        assert after is not None, "jobs are never removed"
        placed = (await present_visits(conn, area.area_id, [quote.job_id])).get(quote.job_id)
        return Booked(appointment=appointment, visit=placed, job=after)


async def place(
    conn: Conn, *, area_id: UUID, job_id: UUID, candidates: Sequence[Day], actor: Actor, now: datetime
) -> bool:
    """Give a promise that somebody else made (line 2, on the phone) its place, so that no desk sells the time again.
    Whether it has one now. Raises `NotBookable`, `VisitStarted`."""
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        locked = await _lock(conn, area_id, job_id, candidates)
        promise = promised_window(await jobs.list_appointments(conn, area_id, [job_id]), now)
        if promise is None or is_served(promise, locked.visit):
            return promise is not None
        window = unix(promise.earliest_at), unix(promise.latest_at)
        rows = await _rows(conn, area, locked, window, candidates, now)
        if rows is None:
            return False
        shown = await rewrite_days(conn, area, rows, moving=[job_id], now=now)
        entries = [
            entry(
                actor,
                now,
                "appointment.placed",
                area_id=area_id,
                job_id=job_id,
                subject_id=promise.appointment_id,
            )
        ]
        await announce(conn, area_id, entries, shown)
        return True


async def find_promise(conn: Conn, *, area_id: UUID, job_id: UUID, now: datetime) -> Appointment | None:
    """The promise that still can be kept and has no place; None where all is well."""
    promise = promised_window(await jobs.list_appointments(conn, area_id, [job_id]), now)
    visit = (await present_visits(conn, area_id, [job_id])).get(job_id)
    return None if promise is None or is_served(promise, visit) else promise


def is_served(promise: Appointment, visit: Visit | None) -> bool:
    """The visit lies in the window."""
    return visit is not None and promise.earliest_at <= visit.planned_start_at <= promise.latest_at


class Locked(Record):
    """A job and the technician-days that a visit of it may leave or enter, until the transaction ends."""

    days: list[TechnicianDay]
    job: Job
    visit: Visit | None
    """Where it is now."""


async def _lock(conn: Conn, area_id: UUID, job_id: UUID, candidates: Sequence[Day]) -> Locked:
    before = (await present_visits(conn, area_id, [job_id])).get(job_id)
    wanted_days = {*candidates, *([day_of(before)] if before is not None else [])}
    days = await technicians.lock_technician_days(conn, sorted(wanted_days))
    job = await jobs.lock_job(conn, area_id, job_id)
    assert job is not None, "jobs are never removed"
    # under the locks once more
    visit = (await present_visits(conn, area_id, [job_id])).get(job_id)
    return Locked(days=days, job=job, visit=visit)


async def _booked_before(conn: Conn, quote: SlotQuote, offer: SlotOffer, locked: Locked) -> Booked | None:
    """The answer got lost and the desk asks again."""
    for row in await jobs.list_appointments(conn, quote.area_id, [quote.job_id]):
        same = (row.earliest_at, row.latest_at) == (offer.earliest_at, offer.latest_at)
        if row.slot_quote_id == quote.slot_quote_id and same and row.state is AppointmentState.CONFIRMED:
            return Booked(appointment=row, visit=locked.visit, job=locked.job, again=True)
    return None


async def _rows(
    conn: Conn,
    area: Area,
    locked: Locked,
    window: tuple[int, int],
    candidates: Sequence[Day],
    now: datetime,
) -> list[After] | None:
    """The technician-days with the visit in the cheapest place of the window; None where it fits nowhere.

    Raises `NotBookable`, `OutageHolds`, `VisitStarted`.
    """
    job, visit = locked.job, locked.visit
    verify_bookable(job)
    kind = await kinds.find_kind(conn, area.area_id, job.kind, job.kind_version)
    assert kind is not None, "job kinds are never removed"
    # under the lock: whoever accepts an outage holds jobs of its branch after this, and then finds what was booked
    await verify_no_outage(conn, job, kind)
    if visit is not None and visit.state in STARTED_VISIT:
        raise VisitStarted()
    if visit is not None and all(day_of(day) != day_of(visit) for day in locked.days):
        # it went elsewhere between the look and the lock
        return None
    found = await stand_all(conn, area, locked.days, now)
    rows: dict[Day, Row] = {}
    if visit is not None and day_of(visit) in found.rows:
        # out of its present place first
        rows[day_of(visit)] = without(found.rows[day_of(visit)].row, job.job_id)
        found.standing.put(day_of(visit), rows[day_of(visit)])
    published = unix(visit.planned_start_at) if visit is not None and visit.state in LIVE_VISIT else -1
    asked = await ask_for(conn, area, found.standing, job, window, published)
    among = {day: stood for day, stood in found.rows.items() if day in candidates}
    able = eligible(among, asked.kind, area, local_day(area, now), frozenset()).days
    best = found.standing.price(asked.stop, [window], able, most=1)[0]
    if not best:
        return None
    target = best[0].key
    rows[target] = inserted(found.standing.row(target), best[0].position, asked.stop)
    return [After(found.rows[day], row, found.standing.times_of(row, key=day)) for day, row in rows.items()]


async def _take_up(conn: Conn, job: Job, now: datetime) -> None:
    """The promise is news of the job; one that was laid aside is taken up again by it."""
    following = next_state(JOB, job.state, JobStep.RELEASE)
    if following is not None:
        job = msgspec.structs.replace(job, state=following, hold_reason=None, resumed_at=now)
    await jobs.save_jobs(conn, [job])


async def cancel_appointment(
    conn: Conn,
    *,
    areas_seen: Sequence[UUID],
    job_id: UUID,
    version: int | None,
    reason: str,
    actor: Actor,
    now: datetime,
    chosen: str = "",
) -> Job:
    """The subscriber cannot after all: nobody comes, and the job waits for a new window. `version`: None from the subscriber,
    whose word counts whatever else has changed, and who has `chosen` a reason among those of the link.

    Raises `UnknownJob`, `Stale`, `AppointmentMissing`, `VisitStarted`.
    """
    async with conn.transaction():
        area_id = await jobs.find_area_of_job(conn, areas_seen, job_id)
        area = None if area_id is None else await areas.find_area(conn, area_id)
        if area is None or area_id is None:
            raise UnknownJob()
        visits = await plans.list_visits_of_jobs(conn, area_id, [job_id])
        days = await technicians.lock_technician_days(conn, rounds.days_touched(visits))
        job = await jobs.lock_job(conn, area_id, job_id)
        assert job is not None, "jobs are never removed"
        if version not in (None, job.version):
            raise Stale(version=job.version)
        visit = (await present_visits(conn, area_id, [job_id])).get(job_id)
        if visit is not None and visit.state in STARTED_VISIT:
            raise VisitStarted()
        if not (ended := await end_promises(conn, area_id, job_id, AppointmentStep.CANCEL)):
            raise AppointmentMissing()
        shown: list[Shown] = []
        if visit is not None:
            found = await stand_all(conn, area, [day for day in days if day_of(day) == day_of(visit)], now)
            emptied = [(stood, without(stood.row, job_id)) for stood in found.rows.values()]
            rows = [After(stood, row, found.standing.times_of(row)) for stood, row in emptied]
            shown = await rewrite_days(conn, area, rows, moving=[], leaving=[job_id], now=now)
            job = await jobs.find_job(conn, area_id, job_id) or job
        following = next_state(JOB, job.state, JobStep.HOLD)
        if following is not None:
            held = msgspec.structs.replace(job, state=following, hold_reason=HoldReason.SUBSCRIBER_WISH)
            await jobs.save_jobs(conn, [held])
        facts = {"reasonLength": len(reason), "chosen": chosen, "window": ended[0].earliest_at}
        entries = [
            entry(
                actor,
                now,
                "appointment.cancelled",
                area_id=area_id,
                job_id=job_id,
                subject_id=ended[0].appointment_id,
                facts=facts,
            )
        ]
        await announce(conn, area_id, entries, shown)
        found_job = await jobs.find_job(conn, area_id, job_id)
        assert found_job is not None, "jobs are never removed"
        return found_job

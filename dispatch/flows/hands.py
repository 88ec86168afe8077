"""Changes by hand: a job to a technician, at a time or where it fits; out of the rounds; pins. Checked and written under the locks.

Each is a version of the plan, so that going back is going back from that one. What a person takes upon herself is done: a promise
that breaks is made anew, so that the subscriber hears of it, and the journal names who did it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from db.queries import areas, board, jobs, journal, plans, technicians
from db.records import Area, Job, JournalEntry, Plan, TechnicianDay, Visit
from db.records.base import Record
from db.rows import Conn
from db.states import STARTED_VISIT, ActorKind, PlanOrigin
from dispatch.actors import Actor, worker
from dispatch.announce import announce
from dispatch.bounded import Wire
from dispatch.errors import (
    ChangedSince,
    RulesBroken,
    Stale,
    TransitionRefused,
    UnknownDay,
    UnknownJob,
    UnknownTechnician,
    UnknownVisit,
    VisitStarted,
    WindowImpossible,
)
from dispatch.horizon import Standings, stand_all
from dispatch.placing import plans_of_days, present_visits
from dispatch.planning import local_day, request_run
from dispatch.promising import promise
from dispatch.rules.board import round_version
from dispatch.rules.hands import (
    Bench,
    Break,
    BreakCode,
    Tried,
    at_time,
    begun,
    bench_of,
    done,
    emptied,
    open_breaks,
    try_out,
    window_about,
)
from dispatch.rules.journal import entry
from dispatch.rules.on_call import call_end, goes_in_call
from dispatch.rules.pins import ABOUT, Pin, with_pin
from dispatch.rules.rewriting import After
from dispatch.rules.rounds import shown_again
from dispatch.rules.running import Day, day_of, is_planned
from dispatch.rules.standing import at
from dispatch.versioning import write_version
from dispatch.wishing import read_wish

OF_ALL = ("rounds.changed", "plan.published", "plan.undone")
"""Entries that may concern any round."""
LOOKED_BACK = 300
"""So many entries of the journal are looked through for who changed what."""
LATELY = timedelta(minutes=10)
MOST_NAMED = 10


class Expected(Record):
    """What the hand saw: versions of the visit or the job, of the rounds by technician; and up to where it had heard."""

    visit_version: int | None = None
    job_version: int | None = None
    rounds: dict[UUID, int] = msgspec.field(default_factory=dict[UUID, int])
    cursor: int | None = None


class Moved(Record):
    """The version that it made, if anything of it was out; where the job is now; what was taken upon oneself."""

    plan: Plan | None
    visit: Visit | None
    accepted: list[Break]


async def move(
    conn: Conn,
    *,
    area_id: UUID,
    job_id: UUID,
    on_day: date,
    technician_id: UUID,
    start_at: datetime | None,
    expected: Expected,
    accepted: Collection[str],
    actor: Actor,
    now: datetime,
) -> Moved:
    """The job goes to this technician on this day, at the time that was named or where it fits best, and stays there.

    Raises `UnknownJob`, `UnknownTechnician`, `UnknownDay`, `VisitStarted`, `NotBookable`, `ChangedSince`, `RulesBroken`.
    """
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        if on_day < local_day(area, now):
            raise UnknownDay(onDay=on_day)
        target, called = await _target(conn, area, job_id, technician_id, on_day, start_at, now)
        locked = await _lock(conn, area_id, job_id, [target], now)
        found = await stand_all(conn, area, locked.days, now, called)
        if target not in found.rows:  # gone home between looking and locking
            raise RulesBroken(breaks=[Break(code=BreakCode.ABSENT)], name="", numbers={})
        wish = await read_wish(conn, area, found.standing, locked.job, now)
        await _verify(conn, area_id, locked, found, on_day, expected, now)
        bench = bench_of(found.standing, found.rows, wish, now)
        tried = _tried(bench, target, start_at)
        person = found.rows[target].facts.technician
        if broken := open_breaks(tried.breaks, accepted):
            numbers = found.rows[target].facts.called()
            raise RulesBroken(breaks=broken, name=person.display_name, numbers=numbers)
        rows = done(bench, tried)
        pin = Pin(pinned=True, start_at=None if start_at is None else _kept_time(start_at, tried))
        plan, shown, entries = await write_version(
            conn,
            area,
            rows,
            locked.days,
            [],
            origin=PlanOrigin.HAND,
            pins={job_id: pin},
            sent={job_id},
            actor=actor,
            now=now,
        )
        visit = (await present_visits(conn, area_id, [job_id])).get(job_id)
        facts = {
            "from": None if locked.visit is None else locked.visit.technician_id,
            "to": technician_id,
            "onDay": on_day,
            "startAt": tried.start_at,
            "accepted": [one.code for one in tried.breaks],
        }
        entries.append(_said(actor, now, "visit.moved", locked, facts))
        entries += await _promised_anew(conn, area, rows, tried, job_id, actor, now)
        await announce(conn, area_id, entries, shown)
        return Moved(plan=plan, visit=visit, accepted=list(tried.breaks))


async def _target(
    conn: Conn,
    area: Area,
    job_id: UUID,
    technician_id: UUID,
    on_day: date,
    start_at: datetime | None,
    now: datetime,
) -> tuple[Day, list[Day]]:
    """Where it is to go; that again, where it goes in a call."""
    area_id = area.area_id
    job = await jobs.find_job(conn, area_id, job_id)
    if job is None:
        raise UnknownJob()
    day = await technicians.find_day_worked(conn, area_id, technician_id, on_day)
    shift_end = None if day is None or not is_planned(day) else day.shift_end_at
    yesterday = on_day - timedelta(days=1)
    for call in await technicians.list_on_call(conn, area_id, yesterday, on_day, now):
        mine = call.technician_id == technician_id and on_day == local_day(area, now)
        if mine and goes_in_call(call_end(call, now), shift_end, start_at, job, now):
            return day_of(call), [day_of(call)]
    if day is None:
        if await technicians.find_technician(conn, area_id, technician_id) is None:
            raise UnknownTechnician(pointer="/technicianId")
        raise UnknownDay(onDay=on_day)
    if day.absent:
        person = await technicians.find_technician(conn, day.area_id, technician_id)
        name = "" if person is None else person.display_name
        raise RulesBroken(breaks=[Break(code=BreakCode.ABSENT)], name=name, numbers={})
    return day_of(day), []


def _tried(bench: Bench, target: Day, start_at: datetime | None) -> Tried:
    if bench.frozen and bench.wish.home == target:
        # it is folded into the beginning of what is left of this round
        raise VisitStarted()
    if start_at is not None:
        return at_time(bench, target, start_at)
    return try_out(bench, [target])[0]


def _kept_time(start_at: datetime, tried: Tried) -> datetime:
    """What was named, as far as it can be: else the soonest after it."""
    return start_at if tried.start_at <= start_at + ABOUT else tried.start_at


class Locked(Record):
    """A job and the technician-days that it may leave or enter, until the transaction ends."""

    days: list[TechnicianDay]
    job: Job
    visit: Visit | None


async def _lock(conn: Conn, area_id: UUID, job_id: UUID, targets: Sequence[Day], now: datetime) -> Locked:
    """Raises `UnknownJob`; `ChangedSince` where somebody moved it between looking and locking."""
    before = (await present_visits(conn, area_id, [job_id])).get(job_id)
    held = {*targets, *([] if before is None else [day_of(before)])}
    days = await technicians.lock_technician_days(conn, sorted(held))
    job = await jobs.lock_job(conn, area_id, job_id)
    if job is None:
        raise UnknownJob()
    # under the locks once more
    visit = (await present_visits(conn, area_id, [job_id])).get(job_id)
    if visit is not None and day_of(visit) not in held:
        raise ChangedSince(
            changes=await _who_changed(conn, area_id, {job_id}, set(), None, now),
            current=Current(job_version=job.version),
        )
    return Locked(days=days, job=job, visit=visit)


async def _verify(
    conn: Conn,
    area_id: UUID,
    locked: Locked,
    found: Standings,
    on_day: date,
    expected: Expected,
    now: datetime,
) -> None:
    """Raises `ChangedSince`, which names who changed what."""
    out = await plans_of_days(conn, area_id, [on_day])
    seen = {
        day[1]: round_version(stood.facts, is_out=out[on_day][1])
        for day, stood in found.rows.items()
        if day[2] == on_day
    }
    visit_version = None if locked.visit is None else locked.visit.version
    same = (
        expected.visit_version in (None, visit_version)
        and expected.job_version in (None, locked.job.version)
        and all(seen.get(technician, version) == version for technician, version in expected.rounds.items())
    )
    if same:
        return
    concerned = {
        visit.job_id for day, stood in found.rows.items() if day[2] == on_day for visit in stood.facts.visits
    }
    raise ChangedSince(
        changes=await _who_changed(
            conn, area_id, {locked.job.job_id, *concerned}, set(expected.rounds), expected.cursor, now
        ),
        current=Current(visit_version=visit_version, job_version=locked.job.version, technician_days=seen),
    )


class Current(Wire):
    """The versions of now, for who wants it all the same."""

    visit_version: int | None = None
    job_version: int | None = None
    technician_days: dict[UUID, int] = msgspec.field(default_factory=dict[UUID, int])


class ChangeBy(Wire):
    """An entry of the journal, and who it was; empty where nobody was."""

    n: int
    actor: str
    actor_kind: ActorKind
    action: str
    at: datetime
    job_id: UUID | None


async def _who_changed(
    conn: Conn,
    area_id: UUID,
    job_ids: Collection[UUID],
    technician_ids: Collection[UUID],
    cursor: int | None,
    now: datetime,
) -> list[ChangeBy]:
    """The last entries that concern these, since the hand last heard; who does not say when that was, of the last minutes."""
    newest = await board.get_journal_n(conn, area_id)
    after = max(cursor or 0, newest - LOOKED_BACK)
    entries = [
        one
        for one in await journal.list_journal(conn, area_id, after, LOOKED_BACK)
        if (cursor is not None or one.at > now - LATELY)
        and (one.job_id in job_ids or one.action in OF_ALL or _technicians_in(one) & set(technician_ids))
    ][-MOST_NAMED:]
    actors = sorted({one.actor_id for one in entries if one.actor_id is not None})
    names = {row.person_id: row.display_name for row in await board.list_names(conn, area_id, actors)}
    return [
        ChangeBy(
            n=one.n,
            actor="" if one.actor_id is None else names.get(one.actor_id, ""),
            actor_kind=one.actor_kind,
            action=one.action,
            at=one.at,
            job_id=one.job_id,
        )
        for one in entries
    ]


def _technicians_in(one: JournalEntry) -> set[UUID]:
    named = [one.facts.get(name) for name in ("technicianId", "from", "to")]
    found = {UUID(said) for said in named if isinstance(said, str) and len(said) == 36}
    return found | ({one.subject_id} if one.subject_id is not None else set())


async def _promised_anew(
    conn: Conn, area: Area, rows: Sequence[After], tried: Tried, job_id: UUID, actor: Actor, now: datetime
) -> list[JournalEntry]:
    """Each promise that breaks becomes one that is kept, and its subscriber hears of it."""
    broken = [job_id for one in tried.breaks if one.code is BreakCode.PROMISE]
    broken += [
        one.job_id for one in tried.breaks if one.code is BreakCode.OTHER_PROMISE and one.job_id is not None
    ]
    after = next(one for one in rows if one.day == tried.day)
    starts = dict(zip([stop.key for stop in after.row.stops], after.times.starts, strict=True))
    entries: list[JournalEntry] = []
    for job in broken:
        window = window_about(area, at(starts[job]))
        made = await promise(conn, area.area_id, job, window, actor, now)
        facts = {"earliest": window[0], "latest": window[1]}
        entries.append(
            entry(
                actor,
                now,
                "appointment.moved",
                area_id=area.area_id,
                job_id=job,
                subject_id=made.appointment_id,
                facts=facts,
            )
        )
    return entries


def _said(
    actor: Actor, now: datetime, action: str, locked: Locked, facts: Mapping[str, object]
) -> JournalEntry:
    return entry(
        actor,
        now,
        action,
        area_id=locked.job.area_id,
        job_id=locked.job.job_id,
        subject_id=None if locked.visit is None else locked.visit.visit_id,
        facts=facts,
    )


async def unassign(
    conn: Conn,
    *,
    area_id: UUID,
    job_id: UUID,
    expected: Expected,
    accepted: Collection[str],
    actor: Actor,
    now: datetime,
) -> Moved:
    """The job waits again; what was promised stays promised, and the next plan has to find it a place.

    Raises `UnknownJob`, `TransitionRefused` (it has no place), `VisitStarted`, `NotBookable`, `ChangedSince`, `RulesBroken`.
    """
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        locked = await _lock(conn, area_id, job_id, [], now)
        if locked.visit is None:
            raise TransitionRefused(state=locked.job.state)
        found = await stand_all(conn, area, locked.days, now)
        wish = await read_wish(conn, area, found.standing, locked.job, now)
        await _verify(conn, area_id, locked, found, locked.visit.on_day, expected, now)
        bench = bench_of(found.standing, found.rows, wish, now)
        breaks = [Break(code=BreakCode.PROMISE)] if wish.stop.window is not None else []
        breaks += [Break(code=BreakCode.FROZEN)] if bench.frozen else []
        if broken := open_breaks(breaks, accepted):
            raise RulesBroken(breaks=broken, name="", numbers={})
        plan, shown, entries = await write_version(
            conn,
            area,
            emptied(bench),
            locked.days,
            [job_id],
            origin=PlanOrigin.HAND,
            actor=actor,
            now=now,
        )
        facts = {"from": locked.visit.technician_id, "onDay": locked.visit.on_day}
        entries.append(_said(actor, now, "visit.unassigned", locked, facts))
        await announce(conn, area_id, entries, shown)
        return Moved(plan=plan, visit=None, accepted=breaks)


async def pin(
    conn: Conn,
    *,
    area_id: UUID,
    visit_id: UUID,
    pin: Pin,
    version: int | None,
    actor: Actor,
    now: datetime,
) -> Visit:
    """From now on no plan gives it to anybody else, nor to another time where one is named; or again any may.

    Raises `UnknownVisit`, `Stale`, `VisitStarted`, `TransitionRefused`, `WindowImpossible` (not of the visit's day).
    """
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        visit = await plans.find_visit(conn, area_id, visit_id)
        if visit is None:
            raise UnknownVisit()
        await technicians.lock_technician_days(conn, [day_of(visit)])
        await jobs.lock_job(conn, area_id, visit.job_id)
        visit = await plans.find_visit(conn, area_id, visit_id)
        if visit is None:
            raise UnknownVisit()
        if version is not None and visit.version != version:
            raise Stale(version=visit.version)
        if visit.state in STARTED_VISIT:
            raise VisitStarted()
        if begun(visit):
            raise TransitionRefused(state=visit.state)
        if pin.start_at is not None and local_day(area, pin.start_at) != visit.on_day:
            raise WindowImpossible(pointer="/startAt")
        if pin.pinned:
            # what a plan had in mind for it
            await plans.delete_replacing_drafts(conn, area_id, [visit.job_id])
        await plans.save_visits(conn, [with_pin(visit, pin)])
        await technicians.touch_technician_days(conn, [day_of(visit)])
        if pin.start_at is not None:
            await request_run(
                conn, area, worker(area.area_id), now, first_on=visit.on_day, last_on=visit.on_day
            )
        entries = [
            entry(
                actor,
                now,
                "visit.pinned" if pin.pinned else "visit.unpinned",
                area_id=area_id,
                job_id=visit.job_id,
                subject_id=visit_id,
                facts={"startAt": pin.start_at, "onDay": visit.on_day},
            )
        ]
        await announce(conn, area_id, entries, shown_again([visit]))
        after = await plans.find_visit(conn, area_id, visit_id)
        assert after is not None, "held until the end of the transaction"
        return after

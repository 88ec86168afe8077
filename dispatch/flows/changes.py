"""Changes of rounds that cannot wait for the optimizer: each is a version of the plan, checked and written under the locks."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import takewhile
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import areas, crews, jobs, plans, slots, technicians
from db.records import Area, JournalEntry, Plan, Proposal, TechnicianDay, Visit
from db.records.base import Record
from db.rows import Conn
from db.states import AbsenceReason, FeedOp, PlanOrigin, VisitState
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import NotBookable, ProposalOutdated, UnknownDay, UnknownOffer, UnknownProposal
from dispatch.horizon import grouped, read_facts, stop_for
from dispatch.placing import present_visits
from dispatch.promising import promise
from dispatch.rules import rounds
from dispatch.rules.emergencies import DayStops, Option
from dispatch.rules.journal import Shown, entry
from dispatch.rules.on_call import called_in, is_on_call
from dispatch.rules.pins import LIFTED, Pin
from dispatch.rules.rewriting import After, is_later, retimed
from dispatch.rules.running import PLANNABLE, Day, day_of, works
from dispatch.rules.shifts import DAYS_AHEAD
from dispatch.rules.standing import (
    Stood,
    as_promised_before,
    bereft,
    coming_at,
    empty_standing,
    loosened,
    promised_before,
    stand_drafted,
    without_thoughts,
)
from dispatch.versioning import write_version
from optimizer.rounds import Stop
from optimizer.standing import Standing

UNBEGUN = frozenset({VisitState.PUBLISHED, VisitState.DRAFT})
PROPOSED_FOR = timedelta(minutes=10)
LONGEST_ABSENCE = timedelta(days=DAYS_AHEAD - 1)
"""As far as technician-days stand."""


class Rearranged(Record):
    """Technician-days that are to have these jobs in this order, and jobs that lose their place."""

    days: list[DayStops]
    leaving: list[UUID] = msgspec.field(default_factory=list[UUID])
    given_away: list[UUID] = msgspec.field(default_factory=list[UUID])
    """Of somebody who does not come: all jobs that waited on that day. Of somebody who is late: those that go."""


async def keep_proposal(
    conn: Conn, *, area_id: UUID, job_id: UUID, options: Sequence[Option], actor: Actor, now: datetime
) -> Proposal:
    """What was proposed, for accepting one of it."""
    async with conn.transaction():
        proposal = Proposal(
            area_id=area_id,
            proposal_id=new_id(),
            job_id=job_id,
            options=[msgspec.to_builtins(option) for option in options],
            asked_by=actor.actor_id,
            created_at=now,
            expires_at=now + PROPOSED_FOR,
            accepted_at=None,
            accepted_option=None,
        )
        await slots.insert_proposals(conn, [proposal])
        return proposal


async def accept(
    conn: Conn, *, areas_seen: Sequence[UUID], proposal_id: UUID, number: int, actor: Actor, now: datetime
) -> Plan | None:
    """Do what was proposed, as a version of the plan, and have a better one looked for. Again is the same.

    Raises `UnknownProposal`, `UnknownOffer`, `ProposalOutdated`, `NotBookable`.
    """
    async with conn.transaction():
        proposal = await slots.find_proposal(conn, areas_seen, proposal_id)
        area = None if proposal is None else await areas.find_area(conn, proposal.area_id)
        if proposal is None or area is None:
            raise UnknownProposal()
        options = [msgspec.convert(option, Option) for option in proposal.options]
        option = next((option for option in options if option.option == number), None)
        if option is None:
            raise UnknownOffer(pointer="/option")
        if proposal.accepted_option == number:
            # the answer got lost
            made = proposal.plan_id
            return None if made is None else await plans.find_plan(conn, area.area_id, made)
        if now > proposal.expires_at:
            raise ProposalOutdated()
        leaving = [moved.job_id for moved in option.moved if moved.to_technician_id is None]
        wanted = Rearranged(days=option.days, leaving=leaving)
        rows, days = await _rearranged(conn, area, wanted, now)
        job = await jobs.lock_job(conn, area.area_id, proposal.job_id)
        if job is None or job.state not in PLANNABLE:
            raise NotBookable(state=None if job is None else job.state)
        plan, shown, entries = await write_version(
            conn,
            area,
            rows,
            days,
            leaving,
            origin=PlanOrigin.EMERGENCY,
            pins=_called_out(rows, days, proposal.job_id, now),
            sent={proposal.job_id},
            actor=actor,
            now=now,
        )
        version = None if plan is None else plan.plan_id
        if not await slots.accept_proposal(conn, area.area_id, proposal_id, now, number, version):
            raise ProposalOutdated()
        entries.append(
            entry(
                actor,
                now,
                "emergency.accepted",
                area_id=area.area_id,
                job_id=proposal.job_id,
                subject_id=proposal_id,
                facts={"moved": len(option.moved), "later": len(option.later)},
            )
        )
        await announce(conn, area.area_id, entries, shown)
        return plan


def _called_out(
    rows: Sequence[After], days: Sequence[TechnicianDay], job_id: UUID, now: datetime
) -> dict[UUID, Pin]:
    """Who is called goes: beyond the shift no plan would leave the visit where it is."""
    calls = {day_of(day) for day in days if is_on_call(day, now)}
    return {job_id: Pin(pinned=True)} if any(row.day in calls and job_id in row.jobs for row in rows) else {}


async def absent(
    conn: Conn,
    *,
    area_id: UUID,
    technician_id: UUID,
    on_day: date,
    wanted: Rearranged,
    actor: Actor,
    now: datetime,
    back_at: datetime | None = None,
    reason: AbsenceReason | None = None,
) -> Plan | None:
    """The technician does not come, or goes home, or comes not before `back_at`: what had not begun goes to others, as far as there
    is room; None when nothing was to be moved. Raises `UnknownDay`, `ProposalOutdated`."""
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        day = await technicians.find_day_worked(conn, area_id, technician_id, on_day)
        if day is None:
            raise UnknownDay(onDay=on_day)
        ill = day_of(day)
        alone = await _helped_by(conn, area_id, ill, back_at)
        rows, days = await _rearranged(
            conn, area, wanted, now, ill=ill, back_at=back_at, beside=rounds.days_touched(alone)
        )
        await _forget_thoughts(conn, area, day, now)
        if back_at is None:
            await technicians.mark_absent(conn, ill, reason)
        else:
            await technicians.begin_later(conn, ill, back_at, reason)
        told = await _leave(conn, area_id, ill, alone)
        facts = {
            "onDay": on_day,
            "backAt": back_at,
            "moved": sum(len(row.jobs) for row in rows),
            "left": len(wanted.leaving),
        }
        entries = [
            entry(actor, now, "technician.absent", area_id=area_id, subject_id=technician_id, facts=facts)
        ]
        if not rows and not wanted.leaving:
            await technicians.touch_technician_days(conn, [ill])
            await announce(conn, area_id, entries, told)
            return None
        plan, shown, more = await write_version(
            conn,
            area,
            rows,
            days,
            wanted.leaving,
            origin=PlanOrigin.ABSENCE,
            actor=actor,
            now=now,
        )
        await announce(conn, area_id, [*entries, *more], [*shown, *told])
        return plan


async def relieve(
    conn: Conn,
    *,
    area_id: UUID,
    technician_id: UUID,
    on_day: date,
    wanted: Rearranged,
    actor: Actor,
    now: datetime,
) -> Plan | None:
    """The technician is late: what would not be kept goes to others, and the rest gets the times that it will have; None where it
    has them. Raises `UnknownDay`,
    `ProposalOutdated`."""
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        day = await technicians.find_day_worked(conn, area_id, technician_id, on_day)
        if day is None:
            raise UnknownDay(onDay=on_day)
        rows, days = await _rearranged(conn, area, wanted, now, late=day_of(day))
        if not wanted.given_away and not any(is_later(row) for row in rows):
            return None
        plan, shown, entries = await write_version(
            conn, area, rows, days, wanted.leaving, origin=PlanOrigin.HAND, actor=actor, now=now
        )
        facts = {"onDay": on_day, "moved": len(wanted.given_away)}
        entries.append(
            entry(actor, now, "technician.relieved", area_id=area_id, subject_id=technician_id, facts=facts)
        )
        await announce(conn, area_id, entries, shown)
        return plan


async def come_after_all(
    conn: Conn, *, area_id: UUID, technician_id: UUID, on_day: date, actor: Actor, now: datetime
) -> list[Day]:
    """The technician comes on this day and on those after it, up to the first that was not called off. Nothing is given back by that.
    A planned absence ends where it was planned. Raises `UnknownDay`."""
    async with conn.transaction():
        coming = await technicians.list_technician_days(conn, area_id, on_day, on_day + LONGEST_ABSENCE)
        mine = [day for day in coming if day.technician_id == technician_id]
        back = list(takewhile(_is_called_off, mine))
        if not back or back[0].on_day != on_day:
            raise UnknownDay(onDay=on_day)
        days = [day_of(day) for day in back]
        await technicians.lock_technician_days(conn, days)
        for day in days:
            await technicians.come_after_all(conn, day)
        await technicians.touch_technician_days(conn, days, drafts_fit=True)
        facts = {"onDay": on_day, "lastOn": days[-1][2]}
        said = entry(actor, now, "technician.comes", area_id=area_id, subject_id=technician_id, facts=facts)
        await announce(conn, area_id, [said])
        return days


def _is_called_off(day: TechnicianDay) -> bool:
    return day.absence_id is None and (day.absent or day.shift_due_at is not None)


async def _forget_thoughts(conn: Conn, area: Area, day: TechnicianDay, now: datetime) -> None:
    """What a plan has only thought of for who does not come is thought of anew: nobody may send it out to that day."""
    for known in (await read_facts(conn, area, [day])).values():
        stays = {visit.visit_id for visit in without_thoughts(known, now).visits}
        gone = [visit.visit_id for visit in known.visits if visit.visit_id not in stays]
        await plans.delete_drafts(conn, area.area_id, gone, [])
    await plans.delete_replacing_drafts_of_day(conn, area.area_id, day_of(day))


async def _helped_by(conn: Conn, area_id: UUID, day: Day, back_at: datetime | None) -> list[Visit]:
    """Where the technician of this day was to help before coming back, and nobody has set out."""
    joined = await crews.list_joined(conn, area_id, [day])
    visits = await crews.list_visits_by_id(conn, area_id, [row.visit_id for row in joined])
    return [
        visit
        for visit in visits
        if visit.state is VisitState.PUBLISHED and (back_at is None or visit.planned_start_at < back_at)
    ]


async def _leave(conn: Conn, area_id: UUID, ill: Day, visits: Sequence[Visit]) -> list[Shown]:
    """Nobody waits there for who does not come: the visit may move again, and both phones hear of it. What to show."""
    await crews.delete_crew(conn, area_id, [visit.visit_id for visit in visits], ill[1])
    await technicians.touch_technician_days(conn, rounds.days_touched(visits))
    await jobs.save_jobs(conn, await jobs.lock_jobs(conn, area_id, [visit.job_id for visit in visits]))
    mine = [rounds.shown_to(ill, visit, FeedOp.REMOVE) for visit in visits]
    return [*mine, *rounds.shown_again(visits)]


async def undo(
    conn: Conn,
    *,
    area_id: UUID,
    plan_id: UUID,
    wanted: Rearranged,
    loose: frozenset[UUID],
    sent: frozenset[UUID],
    made_at: datetime | None,
    actor: Actor,
    now: datetime,
) -> Plan | None:
    """Go back to what was out before this version, as far as it still can be. `loose`: jobs that it pinned; `sent`: that it had
    left without a place; `made_at`: when it moved promises, which go back with their visits. Raises
    `ProposalOutdated`."""
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        rows, days = await _rearranged(conn, area, wanted, now, loose=loose, made_at=made_at)
        plan, shown, entries = await write_version(
            conn,
            area,
            rows,
            days,
            wanted.leaving,
            origin=PlanOrigin.UNDO,
            undoes=plan_id,
            pins=dict.fromkeys(loose, LIFTED),
            sent=sent,
            actor=actor,
            now=now,
        )
        entries.append(entry(actor, now, "plan.undone", area_id=area_id, subject_id=plan_id))
        # a job's own history says it too
        entries += [
            entry(actor, now, "visit.taken_back", area_id=area_id, job_id=job_id, subject_id=plan_id)
            for job_id in sorted({*loose, *sent, *wanted.leaving})
        ]
        entries += await _promised_again(conn, area, rows, made_at, actor, now)
        await announce(conn, area_id, entries, shown)
        return plan


async def _promised_again(
    conn: Conn, area: Area, rows: Sequence[After], made_at: datetime | None, actor: Actor, now: datetime
) -> list[JournalEntry]:
    """The promises that were moved at that instant are what they were; their subscribers hear of it as they did of the move."""
    job_ids = sorted({stop.key for after in rows for stop in after.row.stops})
    promised = grouped(await jobs.list_appointments(conn, area.area_id, job_ids), lambda row: row.job_id)
    entries: list[JournalEntry] = []
    for job_id, before in sorted(promised_before(promised, made_at).items()):
        window = before.earliest_at, before.latest_at
        made = await promise(conn, area.area_id, job_id, window, actor, now)
        facts = {"earliest": window[0], "latest": window[1]}
        entries.append(
            entry(
                actor,
                now,
                "appointment.moved",
                area_id=area.area_id,
                job_id=job_id,
                subject_id=made.appointment_id,
                facts=facts,
            )
        )
    return entries


async def _rearranged(
    conn: Conn,
    area: Area,
    wanted: Rearranged,
    now: datetime,
    ill: Day | None = None,
    late: Day | None = None,
    back_at: datetime | None = None,
    beside: Sequence[Day] = (),
    loose: frozenset[UUID] = frozenset(),
    made_at: datetime | None = None,
) -> tuple[list[After], list[TechnicianDay]]:
    """Lock the days, and those beside, and see whether they still are what they were when it was worked out, but for drafts: the
    house plans anew by itself after whatever happens, and that must not outdate what somebody is just reading. `ill`: of who
    does not come, or not before `back_at`; `late`: of who gives away a part; `loose`: jobs whose pins do not hold; `made_at`: promises moved then
    do not, either. Raises
    `ProposalOutdated`."""
    coming = {job_id for one in wanted.days for job_id in one.after if job_id not in one.before}
    before = await present_visits(conn, area.area_id, sorted({*coming, *wanted.leaving}))
    keys = {*(one.day for one in wanted.days), *(day_of(visit) for visit in before.values())}
    giver = ill or late
    keys |= {giver} if giver is not None else set()
    locked = await technicians.lock_technician_days(conn, sorted({*keys, *beside}))
    days = [day for day in locked if day_of(day) in keys]
    present = {day_of(day): day for day in days}
    if not {one.day for one in wanted.days} <= set(present):
        raise ProposalOutdated()
    standing = empty_standing(area, now)
    read = await read_facts(conn, area, [day for day in days if works(day, area.area_id)])
    facts = {day: as_promised_before(without_thoughts(known, now), made_at) for day, known in read.items()}
    left = facts.get(late) if late is not None else None
    if giver is not None:
        own: Sequence[Visit] = facts[giver].visits if giver in facts else ()
        _verify_given(own, wanted.given_away, in_part=late is not None or back_at is not None)
    if ill is not None and back_at is not None and ill in facts:
        facts[ill] = coming_at(bereft(facts[ill], wanted.given_away), back_at)
    # a pin holds where somebody is sent, not whoever does not come
    loose |= {*wanted.given_away}
    stood = {
        day: stand_drafted(
            standing,
            area,
            called_in(loosened(known, loose), now),
            now,
        )
        for day, known in facts.items()
    }
    dropped = await _dropped(conn, area, wanted, stood)
    stops = {stop.key: stop for row in stood.values() for stop in row.row.stops}
    for job_id in sorted(coming - set(stops)):
        job = await jobs.find_job(conn, area.area_id, job_id)
        assert job is not None, "jobs are never removed"
        stops[job_id] = await stop_for(conn, area, standing, job, now)
    rows = [
        _after(standing, stood[one.day], [stops[job_id] for job_id in one.after if job_id not in dropped])
        for one in wanted.days
    ]
    if left is not None:
        rows.append(retimed(standing, area, bereft(left, wanted.given_away), now))
    return rows, days


def _after(standing: Standing, stood: Stood, stops: Sequence[Stop]) -> After:
    """Raises `ProposalOutdated` where there is not the time for all of it any more."""
    row = stood.row._replace(stops=tuple(stops))
    times = standing.times_of(row)
    if not times.feasible:
        raise ProposalOutdated()
    return After(stood, row, times)


def _verify_given(own: Sequence[Visit], given_away: Sequence[UUID], *, in_part: bool) -> None:
    """Raises `ProposalOutdated`: somebody may have booked into it, taken a visit out of it or set out, between looking and
    locking."""
    waiting, given = {one.job_id for one in own if one.state in UNBEGUN}, set(given_away)
    if not (given <= waiting if in_part else given == waiting):
        raise ProposalOutdated()


async def _dropped(
    conn: Conn, area: Area, wanted: Rearranged, stood: Mapping[Day, Stood]
) -> Collection[UUID]:
    """Jobs that are not there any more and that nobody is sent to: a plan had drafted them, and thought again. Raises
    `ProposalOutdated` where anything else has come or gone."""
    gone: set[UUID] = set()
    for one in wanted.days:
        if one.day not in stood:
            raise ProposalOutdated()
        present = {*stood[one.day].visits, *stood[one.day].joined}
        if not present <= set(one.before):
            raise ProposalOutdated()
        gone |= set(one.before) - present
    known = await jobs.list_jobs_by_id(conn, area.area_id, sorted(gone))
    elsewhere = await present_visits(conn, area.area_id, sorted(gone))
    if len(known) < len(gone) or any(visit.state is not VisitState.DRAFT for visit in elsewhere.values()):
        raise ProposalOutdated()
    return gone

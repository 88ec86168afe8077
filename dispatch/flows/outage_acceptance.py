"""An outage comes into force: tickets on its branch are linked, visits that it explains are called off, one job mends it.

Locks in this order: the elements of the branch (`share_elements` waits here), open outages, technician-days, jobs, tickets. So
a ticket, a job or a booking that is under way is either seen here, or sees the outage.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import areas, jobs, kinds, outages, plans, subscribers, technicians, tickets
from db.queries import journal as outgoing
from db.records import (
    Appointment,
    Area,
    Job,
    JobKindVersion,
    JournalEntry,
    NetworkElement,
    Outage,
    OutageEvidence,
    OutboxMessage,
    TechnicianDay,
    Ticket,
    Visit,
)
from db.records.base import Record
from db.rows import Conn
from db.states import (
    LIVE_VISIT,
    STARTED_VISIT,
    HistoryKind,
    JobState,
    OutageState,
    TicketState,
    VisitState,
)
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import OutageKnown, Stale, TransitionRefused, UnknownOutage, UnknownReference
from dispatch.horizon import stand_all
from dispatch.outages import outages_over, told
from dispatch.placing import present_visits, rewrite_days
from dispatch.planning import replan_running_days
from dispatch.promising import end_promises
from dispatch.rules import escalations, holding, rounds
from dispatch.rules import outage_steps as steps
from dispatch.rules import tickets as ticket_rules
from dispatch.rules.journal import Shown, entry
from dispatch.rules.lifecycle import AppointmentStep
from dispatch.rules.rewriting import After
from dispatch.rules.running import day_of
from dispatch.rules.standing import without

LOOK_BACK = timedelta(hours=2)
"""An outage of which nobody says when it began did so with the first report of these hours."""


class Branch(Record):
    """An element with all beneath it, locked."""

    area: Area
    element: NetworkElement
    element_ids: list[UUID]
    affected: int
    open_outages: list[Outage]
    """Of the whole area."""


class Change(Record):
    """What is to be announced last, and told."""

    entries: list[JournalEntry]
    shown: list[Shown]
    messages: list[OutboxMessage]


async def accept(
    conn: Conn,
    *,
    areas_seen: Sequence[UUID],
    outage_id: UUID,
    version: int,
    said: steps.AcceptanceIn,
    actor: Actor,
    now: datetime,
) -> Outage:
    """A proposal, on its element or another. Raises `UnknownOutage`, `Stale`, `TransitionRefused`, `OutageKnown`,
    `UnknownReference`, `UnknownFaultClass`, `OutOfRange`."""
    steps.verify_expected(said.expected_at, now)
    async with conn.transaction():
        found = await outages.find_outage_seen(conn, areas_seen, outage_id)
        if found is None:
            raise UnknownOutage()
        branch = await _lock_branch(conn, found.area_id, said.network_element_id or found.network_element_id)
        outage = next((one for one in branch.open_outages if one.outage_id == outage_id), found)
        if outage.version != version:
            raise Stale(version=outage.version)
        if outage.state is not OutageState.PROPOSED:
            raise TransitionRefused(state=outage.state)
        return await _put_in_force(conn, branch, outage, said, actor, now)


async def raise_outage(
    conn: Conn,
    *,
    areas_seen: Sequence[UUID],
    element_id: UUID,
    said: steps.RaisedIn,
    actor: Actor,
    now: datetime,
) -> Outage:
    """Somebody knows it without signs. Raises `UnknownReference`, `OutageKnown`, `UnknownFaultClass`, `OutOfRange`,
    `InstantImpossible`."""
    steps.verify_expected(said.expected_at, now)
    steps.verify_since(said.since, now)
    async with conn.transaction():
        found = await outages.list_elements_by_id(conn, areas_seen, [element_id])
        if not found:
            raise UnknownReference(pointer="/networkElementId")
        branch = await _lock_branch(conn, found[0].area_id, element_id)
        reported_at = await outages.find_first_report(
            conn, branch.area.area_id, branch.element_ids, now - LOOK_BACK
        )
        outage = Outage(
            area_id=branch.area.area_id,
            outage_id=new_id(),
            network_element_id=element_id,
            state=OutageState.PROPOSED,
            since=said.since or reported_at or now,
            proposed_at=now,
            affected=branch.affected,
            evidence=OutageEvidence(),
        )
        await outages.insert_outages(conn, [outage])
        return await _put_in_force(conn, branch, outage, said, actor, now)


async def _lock_branch(conn: Conn, area_id: UUID, element_id: UUID) -> Branch:
    element_ids = await outages.list_beneath(conn, area_id, element_id)
    if not element_ids:
        raise UnknownReference(pointer="/networkElementId")
    await outages.lock_elements(conn, area_id, element_ids)
    (element,) = await outages.list_elements_by_id(conn, [area_id], [element_id])
    return Branch(
        area=await areas.get_area(conn, area_id),
        element=element,
        element_ids=element_ids,
        affected=await outages.count_subscribers(conn, area_id, element_ids),
        open_outages=await outages.lock_open_outages(conn, area_id),
    )


async def _put_in_force(
    conn: Conn,
    branch: Branch,
    proposed: Outage,
    said: steps.AcceptanceIn | steps.RaisedIn,
    actor: Actor,
    now: datetime,
) -> Outage:
    area_id, element_id = branch.area.area_id, branch.element.network_element_id
    above = (await outages_over(conn, area_id, [element_id])).get(element_id)
    if above is not None:
        raise OutageKnown(outageId=above.outage_id)
    here = [one for one in branch.open_outages if one.network_element_id in branch.element_ids]
    outage = steps.accepted(
        proposed, element_id, branch.affected, here, said.expected_at, actor.actor_id, now
    )
    smaller = [steps.taken_over(one, now) for one in here if one.state is OutageState.ACCEPTED]
    await outages.save_outages(conn, [*smaller, outage])
    held = await _hold(conn, branch, outage, smaller, said, actor, now)
    change, outage = held.change, msgspec.structs.replace(outage, job_id=held.job_id)
    await outages.save_outages(conn, [outage])
    linked = await _link(conn, branch, outage, held, actor, now)
    await outgoing.insert_outbox(conn, [*change.messages, *linked.messages])
    await replan_running_days(conn, branch.area, now)
    facts = {
        "element": element_id,
        "affected": outage.affected,
        "held": len(held.jobs),
        "linked": len(linked.entries),
        "takenOver": [one.outage_id for one in smaller],
    }
    accepted = entry(
        actor,
        now,
        "outage.accepted",
        area_id=area_id,
        job_id=held.job_id,
        subject_id=outage.outage_id,
        facts=facts,
    )
    await announce(conn, area_id, [accepted, *change.entries, *linked.entries], change.shown)
    return outage


class Held(Record):
    """Jobs that wait now until service is restored, and the one that restores it."""

    jobs: list[Job]
    told: set[UUID]
    """Subscribers who hear of it because of their job."""
    job_id: UUID | None
    change: Change


async def _hold(
    conn: Conn,
    branch: Branch,
    outage: Outage,
    smaller: Sequence[Outage],
    said: steps.AcceptanceIn | steps.RaisedIn,
    actor: Actor,
    now: datetime,
) -> Held:
    area_id = branch.area.area_id
    found = [job.job_id for job in await outages.list_jobs_beneath(conn, area_id, branch.element_ids)]
    days = await technicians.lock_technician_days(
        conn, rounds.days_touched(_present(await plans.list_visits_of_jobs(conn, area_id, found)))
    )
    there = await jobs.lock_jobs(conn, area_id, found)
    visits = await plans.list_visits_of_jobs(conn, area_id, found)  # under the locks once more
    started = {visit.job_id for visit in visits if visit.state in STARTED_VISIT}
    versions = {(kind.kind, kind.kind_version): kind for kind in await kinds.list_kinds(conn, area_id)}
    main = holding.mending(there, versions, started, branch.element.network_element_id, said.job_id)
    holds = [
        job.job_id for job in holding.to_hold(there, versions, started, None if main is None else main.job_id)
    ]
    shown = await _call_off(conn, branch.area, days, holds, now)
    of_smaller = {one.outage_id for one in smaller}
    taken_over = [
        msgspec.structs.replace(job, outage_id=outage.outage_id)
        for job in there
        if job.outage_id in of_smaller and job.state is JobState.ON_HOLD and job is not main
    ]
    held = [holding.held(job, outage.outage_id) for job in await jobs.lock_jobs(conn, area_id, holds)]
    await jobs.save_jobs(conn, [*held, *taken_over])
    ended = {job_id: await end_promises(conn, area_id, job_id, AppointmentStep.CANCEL) for job_id in holds}
    job_id, made = await _mend(conn, branch, outage, main, there, visits, said.fault_class, actor, now)
    entries = [
        entry(actor, now, "job.held", area_id=area_id, job_id=job.job_id, subject_id=outage.outage_id)
        for job in held
    ]
    entries += _cancelled(area_id, ended.values(), actor, now)
    return Held(
        jobs=[*held, *taken_over],
        told={job.subscriber_id for job in held},
        job_id=job_id,
        change=Change(
            entries=[*entries, *made],
            shown=[
                *shown,
                *rounds.shown_again([visit for visit in visits if visit.job_id == job_id]),
            ],
            messages=[
                told(outage, job.subscriber_id, now, None, next((row.appointment_id for row in rows), None))
                for job in held
                for rows in [ended[job.job_id]]
            ],
        ),
    )


def _present(visits: Iterable[Visit]) -> list[Visit]:
    return [visit for visit in visits if visit.state in LIVE_VISIT or visit.state is VisitState.DRAFT]


async def _call_off(
    conn: Conn, area: Area, days: Sequence[TechnicianDay], job_ids: Sequence[UUID], now: datetime
) -> list[Shown]:
    """Nobody goes to these, and what is left of the rounds closes up."""
    leaving = await present_visits(conn, area.area_id, job_ids)
    if not leaving:
        return []
    emptied = {day_of(visit) for visit in leaving.values()}
    found = await stand_all(conn, area, [day for day in days if day_of(day) in emptied], now)
    rows = list[After]()
    for stood in found.rows.values():
        row = stood.row
        for job_id in leaving:
            row = without(row, job_id)
        rows.append(After(stood, row, found.standing.times_of(row)))
    return await rewrite_days(conn, area, rows, moving=[], leaving=list(leaving), now=now)


def _cancelled(
    area_id: UUID, ended: Iterable[Sequence[Appointment]], actor: Actor, now: datetime
) -> list[JournalEntry]:
    return [
        entry(
            actor,
            now,
            "appointment.cancelled",
            area_id=area_id,
            job_id=row.job_id,
            subject_id=row.appointment_id,
            facts={"window": row.earliest_at, "outage": True},
        )
        for rows in ended
        for row in rows
    ]


async def _mend(
    conn: Conn,
    branch: Branch,
    outage: Outage,
    main: Job | None,
    there: Sequence[Job],
    visits: Sequence[Visit],
    fault_class: str | None,
    actor: Actor,
    now: datetime,
) -> tuple[UUID | None, list[JournalEntry]]:
    """The job for the element itself: the one that there is, as urgent as it is by now, or a new one."""
    area_id = branch.area.area_id
    current = await kinds.list_current_kinds(conn, area_id, now)
    if main is not None:
        kind = await kinds.find_kind(conn, area_id, main.kind, main.kind_version)
        assert kind is not None, "job kinds are never removed"
        await jobs.save_jobs(conn, [holding.as_mending(main, kind, outage.outage_id, branch.affected, now)])
        mine = [visit for visit in _present(visits) if visit.job_id == main.job_id]
        await technicians.touch_technician_days(conn, rounds.days_touched(mine))
        return main.job_id, []
    kind = (
        holding.kind_to_mend(current, there)
        if fault_class is None
        else escalations.kind_for(fault_class, current)
    )
    job = None if kind is None else await _new_job(conn, branch, outage, kind, there, fault_class, now)
    if job is None:
        return None, []
    await jobs.insert_jobs(conn, [job])
    facts = {"kind": job.kind, "priority": job.priority, "affected": job.affected}
    return job.job_id, [entry(actor, now, "job.received", area_id=area_id, job_id=job.job_id, facts=facts)]


async def _new_job(
    conn: Conn,
    branch: Branch,
    outage: Outage,
    kind: JobKindVersion,
    there: Sequence[Job],
    fault_class: str | None,
    now: datetime,
) -> Job | None:
    """At the element's own place, in the name of whoever reported first; None where nobody hangs there."""
    area_id = branch.area.area_id
    first = min(there, key=lambda job: (job.reported_at, job.job_id), default=None)
    who = (
        first.subscriber_id
        if first is not None
        else await outages.find_first_subscriber(conn, area_id, branch.element_ids)
    )
    subscriber = None if who is None else await subscribers.find_subscriber(conn, area_id, who)
    if subscriber is None:
        return None
    job_id = new_id()
    return Job(
        area_id=area_id,
        job_id=job_id,
        number=escalations.number_for(job_id),
        kind=kind.kind,
        kind_version=kind.kind_version,
        state=JobState.RECEIVED,
        hold_reason=None,
        subscriber_id=subscriber.subscriber_id,
        place_id=branch.element.place_id or subscriber.place_id,
        contact_id=None,
        network_element_id=branch.element.network_element_id,
        priority=escalations.priority_for(kind, branch.affected),
        fault_class=fault_class or kind.fault_classes[0],
        affected=max(1, branch.affected),
        service_duration=kind.service_duration,
        reported_at=outage.since,
        received_at=now,
        due_at=escalations.due_for(kind, branch.affected, outage.since),
        restored_at=None,
        closed_at=None,
        outage_id=outage.outage_id,
    )


async def _link(
    conn: Conn, branch: Branch, outage: Outage, held: Held, actor: Actor, now: datetime
) -> Change:
    """Open tickets of who hangs there, also those whose job is held; not what goes to the field for another reason."""
    area_id = branch.area.area_id
    found = await outages.lock_tickets_beneath(conn, area_id, branch.element_ids)
    sent = {
        row.ticket_id for row in await outages.list_sent(conn, area_id, [job.job_id for job in held.jobs])
    }
    of_it = [
        ticket
        for ticket in found
        if holding.is_explained(ticket) and ticket_rules.may_be_linked(ticket, sent)
    ]
    linked = [ticket_rules.linked(ticket, outage.outage_id) for ticket in of_it]
    for ticket in (one for one in of_it if one.state is TicketState.IN_PROGRESS):
        await tickets.end_pauses(conn, area_id, ticket.ticket_id, now)
    await tickets.save_tickets(conn, linked)
    facts = {"outageId": outage.outage_id}
    await tickets.insert_entries(
        conn,
        [
            ticket_rules.history(one, HistoryKind.LINKED, new_id(), actor.actor_id, now, facts)
            for one in linked
        ],
    )
    messages = dict[UUID, OutboxMessage]()
    for before, ticket in zip(of_it, linked, strict=True):
        told_before = before.outage_id is not None and before.state in (
            TicketState.LINKED,
            TicketState.ESCALATED,
        )
        if not told_before and ticket.subscriber_id not in held.told:
            said = told(outage, ticket.subscriber_id, now, ticket.ticket_id, None)
            messages.setdefault(ticket.subscriber_id, said)
    return Change(entries=_linked(linked, actor, now), shown=[], messages=list(messages.values()))


def _linked(linked: Sequence[Ticket], actor: Actor, now: datetime) -> list[JournalEntry]:
    return [
        entry(
            actor,
            now,
            "ticket.linked",
            area_id=one.area_id,
            subject_id=one.ticket_id,
            facts={"line": one.line, "state": one.state, "outage": one.outage_id},
        )
        for one in linked
    ]

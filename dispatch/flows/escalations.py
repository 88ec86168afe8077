"""An escalation becomes a job."""

from datetime import datetime
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import areas, charges, jobs, kinds, plans, subscribers, technicians, tickets
from db.records import (
    Diagnosis,
    Escalation,
    Job,
    JobKindVersion,
    Outage,
    Reading,
    Subscriber,
    Ticket,
)
from db.records.base import Record
from db.rows import Conn
from db.states import HoldReason, JobState
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.contacts import keep_contact
from dispatch.errors import EscalationReused, UnknownContract, UnknownTerms
from dispatch.outages import outage_over
from dispatch.planning import replan_running_days, request_place
from dispatch.promising import promise
from dispatch.rules import escalations as rules
from dispatch.rules.consents import terms_consent
from dispatch.rules.holding import NOT_GONE, explains, held
from dispatch.rules.journal import entry
from dispatch.rules.lifecycle import JOB, JobStep, next_state
from dispatch.rules.reopening import reopened
from dispatch.rules.rounds import days_touched, shown_again


class Received(Record):
    """The job of an escalation; `again` when the very same one had come before."""

    job: Job
    again: bool


async def area_of(conn: Conn, *, contract: str, actor: Actor) -> UUID:
    """The area of a contract, where the actor may act. Raises `UnknownContract`, for a foreign one too."""
    found = await areas.find_contract(conn, contract)
    if found is None or found.area_id not in actor.areas:
        raise UnknownContract(pointer="/contract")
    return found.area_id


async def receive(
    conn: Conn, *, area_id: UUID, escalation: rules.EscalationIn, actor: Actor, now: datetime
) -> Received:
    """Insert the job, or find the one that this escalation made before, or add to the ticket's job.

    Raises `EscalationReused` (same identity, other content), `UnknownContract`, `UnknownFaultClass`, `UnknownTerms`,
    `WindowImpossible`, `InstantImpossible`.
    """
    async with conn.transaction():
        area = await areas.find_area(conn, area_id)
        entry_of = await areas.find_contract(conn, escalation.contract)
        if area is None or entry_of is None or entry_of.area_id != area_id:
            raise UnknownContract(pointer="/contract")
        # the first statement that two deliveries of one ticket would fight over: the second waits here
        ticket_id = new_id()
        await areas.insert_ticket_entry(conn, escalation.source, escalation.ticket_number, area_id, ticket_id)
        known = await jobs.list_escalations_of_ticket(
            conn, area_id, escalation.source, escalation.ticket_number
        )
        digest = rules.content_hash(escalation)
        for earlier in known:
            if earlier.sequence == escalation.sequence:
                return await _again(conn, earlier, digest)
        rules.verify_instants(escalation, now)
        if escalation.promised_window is not None:
            rules.verify_window(escalation.promised_window, now)
        subscriber = await subscribers.find_subscriber(conn, area_id, entry_of.subject_id)
        if subscriber is None:
            raise UnknownContract(pointer="/contract")
        kind = rules.kind_for(escalation.fault_class, await kinds.list_current_kinds(conn, area_id, now))
        outage = await outage_over(conn, subscriber, escalation.network_element_id, until_end=True)
        ticket = await tickets.find_ticket_numbered(
            conn, area_id, escalation.source, escalation.ticket_number
        )
        under = None if outage is None or not explains(kind) else Under(outage=outage, ticket=ticket)
        job = await _add_to_job(conn, known[-1].job_id, escalation, kind, under, now) if known else None
        if ticket is None:
            ticket = await _new_ticket(conn, ticket_id, escalation, subscriber, under)
        if job is None:
            job = await _new_job(conn, escalation, subscriber, kind, under, now)
        await _keep_escalation(conn, job, ticket.ticket_id, escalation, digest, actor, now)
        await _keep_terms(conn, job, escalation, actor, now)
        await _keep_promise(conn, job, escalation, actor, now)
        await replan_running_days(conn, area, now)
        facts = {
            "kind": job.kind,
            "priority": job.priority,
            "affected": job.affected,
            "sequence": escalation.sequence,
        }
        action = "job.escalated_again" if known and known[-1].job_id == job.job_id else "job.received"
        # whoever's phone shows the job hears of what was added to it
        visits = await plans.list_visits_of_jobs(conn, area_id, [job.job_id]) if known else []
        entries = [entry(actor, now, action, area_id=area_id, job_id=job.job_id, facts=facts)]
        await announce(conn, area_id, entries, shown_again(visits))
        return Received(job=job, again=False)


class Under(Record):
    """An outage that explains what is escalated. `ticket`: the one that it is of, if that is known already."""

    outage: Outage
    ticket: Ticket | None

    def applied(self, job: Job) -> Job:
        """It waits for the end of the outage, unless somebody of our lines has said that it is something else. A job that names
        the outage already is the one that mends it, or was let go on all the same."""
        own = self.ticket is not None and self.ticket.line > 0
        if job.state not in NOT_GONE or job.outage_id == self.outage.outage_id:
            return job
        if own:
            return msgspec.structs.replace(job, outage_id=self.outage.outage_id)
        return held(job, self.outage.outage_id)


async def _again(conn: Conn, earlier: Escalation, digest: bytes) -> Received:
    if earlier.content_hash != digest:
        raise EscalationReused(jobId=earlier.job_id)
    job = await jobs.find_job(conn, earlier.area_id, earlier.job_id)
    assert job is not None, "an escalation's job is never removed"
    return Received(job=job, again=True)


async def _add_to_job(
    conn: Conn,
    job_id: UUID,
    escalation: rules.EscalationIn,
    kind: JobKindVersion,
    under: Under | None,
    now: datetime,
) -> Job | None:
    """A ticket that comes back adds to its job, and reopens it when it was closed. None when it was cancelled: what
    comes now is owed anew."""
    visits = await plans.list_visits_of_jobs(conn, kind.area_id, [job_id])
    await technicians.lock_technician_days(conn, days_touched(visits))
    job = await jobs.lock_job(conn, kind.area_id, job_id)
    assert job is not None, "an escalation's job is never removed"
    if job.state is JobState.CANCELLED:
        return None
    # how many are dark is a matter of its rounds, too
    await technicians.touch_technician_days(conn, days_touched(visits))
    affected = max(job.affected, escalation.affected)
    changed = msgspec.structs.replace(
        job, affected=affected, priority=min(job.priority, rules.priority_for(kind, affected))
    )
    if next_state(JOB, job.state, JobStep.REOPEN) is not None:
        changed = msgspec.structs.replace(reopened(changed, now), due_at=now + kind.due_duration)
    elif (
        escalation.promised_window is not None
        and job.state is JobState.ON_HOLD
        and job.hold_reason is not HoldReason.OUTAGE
    ):
        # somebody will be let in again
        changed = msgspec.structs.replace(
            changed, state=JOB[job.state, JobStep.RELEASE], hold_reason=None, resumed_at=now
        )
    if under is not None and changed.state is not job.state:
        # taken up again, while it is dark there
        changed = under.applied(changed)
    await jobs.save_jobs(conn, [changed])
    return msgspec.structs.replace(changed, version=job.version + 1)


async def _new_ticket(
    conn: Conn,
    ticket_id: UUID,
    escalation: rules.EscalationIn,
    subscriber: Subscriber,
    under: Under | None,
) -> Ticket:
    """Of another system; of one that was opened here there is a ticket already."""
    ticket = Ticket(
        area_id=subscriber.area_id,
        ticket_id=ticket_id,
        source=escalation.source,
        ticket_number=escalation.ticket_number,
        subscriber_id=subscriber.subscriber_id,
        reported_at=escalation.reported_at,
        outage_id=None if under is None else under.outage.outage_id,
    )
    await tickets.insert_tickets(conn, [ticket])
    return ticket


async def _new_job(
    conn: Conn,
    escalation: rules.EscalationIn,
    subscriber: Subscriber,
    kind: JobKindVersion,
    under: Under | None,
    now: datetime,
) -> Job:
    area_id, job_id = subscriber.area_id, new_id()
    contact_id = await keep_contact(conn, subscriber, escalation.contact)
    job = Job(
        area_id=area_id,
        job_id=job_id,
        number=rules.number_for(job_id),
        kind=kind.kind,
        kind_version=kind.kind_version,
        state=JobState.RECEIVED,
        hold_reason=None,
        subscriber_id=subscriber.subscriber_id,
        place_id=subscriber.place_id,
        contact_id=contact_id,
        network_element_id=escalation.network_element_id or subscriber.network_element_id,
        priority=rules.priority_for(kind, escalation.affected),
        fault_class=escalation.fault_class,
        affected=escalation.affected,
        service_duration=kind.service_duration,
        reported_at=escalation.reported_at,
        received_at=now,
        due_at=rules.due_for(kind, escalation.affected, escalation.reported_at),
        restored_at=None,
        closed_at=None,
    )
    job = job if under is None else under.applied(job)
    await jobs.insert_jobs(conn, [job])
    return job


async def _keep_escalation(
    conn: Conn,
    job: Job,
    ticket_id: UUID,
    escalation: rules.EscalationIn,
    digest: bytes,
    actor: Actor,
    now: datetime,
) -> None:
    readings = [
        Reading(quantity=reading.quantity, value=reading.value, unit=reading.unit)
        for reading in escalation.diagnosis.readings
    ]
    row = Escalation(
        area_id=job.area_id,
        escalation_id=new_id(),
        source=escalation.source,
        ticket_number=escalation.ticket_number,
        sequence=escalation.sequence,
        ticket_id=ticket_id,
        job_id=job.job_id,
        fault_class=escalation.fault_class,
        diagnosis=Diagnosis(summary=escalation.diagnosis.summary, readings=readings),
        content_hash=digest,
        received_at=now,
        received_from=actor.actor_id,
    )
    await jobs.insert_escalations(conn, [row])


async def _keep_promise(
    conn: Conn, job: Job, escalation: rules.EscalationIn, actor: Actor, now: datetime
) -> None:
    """A window promised on the phone is a confirmed appointment; a new one moves the old one into history. Nobody comes for what
    an outage holds: then it is no promise, and the answer says that the job is on hold."""
    window = escalation.promised_window
    if window is not None and job.hold_reason is not HoldReason.OUTAGE:
        await promise(conn, job.area_id, job.job_id, (window.earliest, window.latest), actor, now)
        await request_place(conn, job.area_id, job.job_id)


async def _keep_terms(
    conn: Conn, job: Job, escalation: rules.EscalationIn, actor: Actor, now: datetime
) -> None:
    if (terms := escalation.terms) is not None:
        text = await kinds.find_terms(conn, job.area_id, terms.terms_version, terms.language)
        if text is None:
            raise UnknownTerms(pointer="/terms")
        agreed = terms_consent(
            terms, text, consent_id=new_id(), job_id=job.job_id, asked_by=actor.actor_id, now=now
        )
        await charges.insert_consents(conn, [agreed])

"""Callbacks: planned when a job is closed, taken one at a time, and what each answer does to job and ticket."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import areas, charges, endings, jobs, kinds, plans, subscribers, technicians, tickets
from db.records import Callback, Closure, Job, JournalEntry, Place, Subscriber, Ticket
from db.records.base import Record
from db.rows import Conn
from db.states import HistoryKind
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import UnknownCallback
from dispatch.planning import replan_running_days
from dispatch.rules import callbacks as rules
from dispatch.rules import tickets as ticket_rules
from dispatch.rules.callbacks import CallbackOutcome
from dispatch.rules.journal import Shown, entry
from dispatch.rules.lifecycle import JOB, TICKET, JobStep, TicketStep, next_state
from dispatch.rules.reopening import back_in_the_field, reopened
from dispatch.rules.rounds import days_touched, shown_again

SHOWN = 50
"""So many calls are listed at once: nobody gets further down a list than that before it has changed."""


class WholeCallback(Record):
    """With what whoever calls needs. `phone` and `name`: of who was on site, else of the holder; empty where no number was said.
    `closure`: the last one in force."""

    callback: Callback
    job: Job
    ticket: Ticket
    subscriber: Subscriber
    place: Place
    name: str
    phone: str
    closure: Closure | None


async def plan(conn: Conn, *, area_id: UUID, job_id: UUID, actor: Actor, now: datetime) -> bool:
    """A closed job is asked about later. Whether that is new."""
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        job = await jobs.find_job(conn, area_id, job_id)
        assert job is not None, "jobs are never removed"
        said = await jobs.list_escalations_of_job(conn, area_id, job_id)
        made = rules.planned(job, said[-1].ticket_id, area.settings, new_id(), now) if said else None
        if made is None or not await endings.insert_callbacks(conn, [made]):
            return False
        await announce(conn, area_id, [_told(made, "planned", actor, now)])
        return True


async def list_due(conn: Conn, *, areas_seen: Sequence[UUID], now: datetime) -> list[WholeCallback]:
    """The call list of all areas of the reader, oldest due first; what somebody has in hand among it."""
    return [await _whole(conn, one) for one in await endings.list_callbacks_due(conn, areas_seen, now, SHOWN)]


async def take_next(
    conn: Conn, *, areas_seen: Sequence[UUID], actor: Actor, now: datetime
) -> WholeCallback | None:
    """The oldest that is due, for this person alone; what they have in hand already comes first. None where nothing is due."""
    async with conn.transaction():
        mine = await endings.find_callback_of(conn, areas_seen, actor.actor_id)
        if mine is not None:
            return await _whole(conn, mine)
        found = await endings.claim_callback(conn, areas_seen, now, now - rules.HELD_FOR)
        if found is None:
            return None
        after = rules.taken(found, actor.actor_id, now)
        await endings.save_callbacks(conn, [after])
        whole = await _whole(conn, msgspec.structs.replace(after, version=found.version + 1))
        await announce(conn, after.area_id, [_told(after, "taken", actor, now)])
        return whole


async def record(
    conn: Conn,
    *,
    areas_seen: Sequence[UUID],
    callback_id: UUID,
    outcome: CallbackOutcome,
    note: str,
    actor: Actor,
    now: datetime,
) -> WholeCallback:
    """What came of the call. "Fixed" closes the ticket; "not fixed" reopens the job and brings the ticket back to the field, both
    more urgent than before. Raises `UnknownCallback`, `NotInHand`."""
    async with conn.transaction():
        callback = await endings.lock_callback(conn, areas_seen, callback_id)
        if callback is None:
            raise UnknownCallback()
        rules.verify_in_hand(callback, actor.actor_id)
        area = await areas.get_area(conn, callback.area_id)
        after = rules.after_call(callback, outcome, area.settings, now)
        await endings.save_callbacks(conn, [after])
        entries, shown = list[JournalEntry](), list[Shown]()
        if outcome is CallbackOutcome.NOT_FIXED:
            entries, shown = await _reopen_job(conn, callback, actor, now)
        facts = {"callback": outcome, "note": note, "tries": after.tries}
        entries += await _tell_ticket(conn, callback, outcome, facts, actor, now)
        if outcome is CallbackOutcome.NOT_FIXED:
            await replan_running_days(conn, area, now)
        entries.append(_told(after, outcome.value, actor, now))
        whole = await _whole(conn, msgspec.structs.replace(after, version=callback.version + 1))
        await announce(conn, callback.area_id, entries, shown)
        return whole


async def _reopen_job(
    conn: Conn, callback: Callback, actor: Actor, now: datetime
) -> tuple[list[JournalEntry], list[Shown]]:
    """Unless somebody has done so already."""
    area_id, job_id = callback.area_id, callback.job_id
    visits = await plans.list_visits_of_jobs(conn, area_id, [job_id])
    await technicians.lock_technician_days(conn, days_touched(visits))
    job = await jobs.lock_job(conn, area_id, job_id)
    assert job is not None, "jobs are never removed"
    following = next_state(JOB, job.state, JobStep.REOPEN)
    if following is None or job.reopened != callback.closing:
        return [], []
    kind = await kinds.find_kind(conn, area_id, job.kind, job.kind_version)
    assert kind is not None, "job kinds are never removed"
    again = msgspec.structs.replace(reopened(job, now), due_at=now + kind.due_duration)
    await jobs.save_jobs(conn, [again])
    facts = {"from": job.state, "to": following, "callbackId": callback.callback_id}
    said = entry(actor, now, "job.reopened", area_id=area_id, job_id=job_id, facts=facts)
    return [said], list(shown_again(visits))


async def _tell_ticket(
    conn: Conn,
    callback: Callback,
    outcome: CallbackOutcome,
    facts: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> list[JournalEntry]:
    """Its history has each call; its state follows where the answer says so and the ticket is one of our own lines."""
    ticket = await tickets.lock_ticket(conn, [callback.area_id], callback.ticket_id)
    assert ticket is not None, "tickets are never removed"
    kind, after = HistoryKind.NOTED, ticket
    if outcome is CallbackOutcome.FIXED and next_state(TICKET, ticket.state, TicketStep.CLOSE) is not None:
        kind = HistoryKind.CLOSED
        after = ticket_rules.stepped(ticket, TicketStep.CLOSE, closed_at=now)
    elif outcome is CallbackOutcome.NOT_FIXED:
        kind = HistoryKind.REOPENED
        after = back_in_the_field(ticket, actor.actor_id, now) or ticket
        facts = {**facts, "jobId": callback.job_id}
    if after is not ticket:
        await tickets.save_tickets(conn, [after])
    row = ticket_rules.history(after, kind, new_id(), actor.actor_id, now, facts)
    await tickets.insert_entries(conn, [row])
    told = {"line": after.line, "state": after.state}
    subject = ticket.ticket_id
    return [entry(actor, now, f"ticket.{kind}", area_id=ticket.area_id, subject_id=subject, facts=told)]


def _told(callback: Callback, past: str, actor: Actor, now: datetime) -> JournalEntry:
    return entry(
        actor,
        now,
        f"callback.{past}",
        area_id=callback.area_id,
        job_id=callback.job_id,
        subject_id=callback.callback_id,
        facts={"dueAt": callback.due_at, "tries": callback.tries, "state": callback.state},
    )


async def _whole(conn: Conn, callback: Callback) -> WholeCallback:
    area_id = callback.area_id
    job = await jobs.find_job(conn, area_id, callback.job_id)
    ticket = await tickets.find_ticket_seen(conn, [area_id], callback.ticket_id)
    subscriber = await subscribers.find_subscriber(conn, area_id, callback.subscriber_id)
    assert job is not None, "jobs are never removed"
    assert ticket is not None, "tickets are never removed"
    assert subscriber is not None, "subscribers of jobs are never removed"
    place = await subscribers.find_place(conn, area_id, job.place_id)
    assert place is not None, "places are never removed"
    contact = (
        None if job.contact_id is None else await subscribers.find_contact(conn, area_id, job.contact_id)
    )
    if contact is None or not contact.phone:
        contact = await subscribers.find_holder_by_phone(conn, area_id, subscriber.subscriber_id)
    closures = [row for row in await charges.list_closures(conn, area_id, job.job_id) if row.in_force]
    return WholeCallback(
        callback=callback,
        job=job,
        ticket=ticket,
        subscriber=subscriber,
        place=place,
        name=subscriber.holder_name if contact is None else contact.name,
        phone=ticket.caller_phone if contact is None else contact.phone,
        closure=closures[-1] if closures else None,
    )

"""A ticket at lines 1 and 2: opened, taken, checked, measured, handed on. Each step is one entry of the contact history."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import areas, jobs, kinds, subscribers, tickets
from db.records import (
    Area,
    CheckStep,
    Contact,
    ContactEntry,
    Job,
    Place,
    SelfCheckVersion,
    Subscriber,
    Ticket,
    TicketPause,
)
from db.records.base import Record
from db.rows import Conn
from db.states import ConsentAnswer, HistoryKind, Localisation, PauseReason, TicketState
from dispatch.actors import Actor
from dispatch.contacts import keep_contact
from dispatch.errors import TransitionRefused, UnknownReference, UnknownTerms, UnknownTicket
from dispatch.outages import Dark, darkness_for, outage_over
from dispatch.rules import tickets as rules
from dispatch.rules.lifecycle import TicketStep
from dispatch.rules.line_clock import LineClock, clock_of
from dispatch.rules.remote import RemoteAction, TermsAnswered
from dispatch.rules.reopening import waiting_again
from dispatch.rules.support import lines_of
from dispatch.ticket_steps import in_hand, locked, saved, write

SHOWN = 200
"""So much of a subscriber's history is read at once."""


class WholeTicket(Record):
    """A ticket with all that whoever has it needs. `entries`: of all the subscriber's tickets, newest first."""

    area: Area
    ticket: Ticket
    subscriber: Subscriber
    place: Place
    contact: Contact | None
    clock: LineClock | None
    check: SelfCheckVersion | None
    check_versions: list[SelfCheckVersion]
    """All that have been in force: the history speaks of any."""
    next_step: CheckStep | None
    entries: list[ContactEntry]
    jobs: list[Job]
    dark: Dark | None
    """The outage that it is linked to, or on whose branch its subscriber hangs."""
    names: dict[UUID, str]
    """Of staff that the history speaks of."""


async def get(conn: Conn, *, areas_seen: Sequence[UUID], ticket_id: UUID, now: datetime) -> WholeTicket:
    """Raises `UnknownTicket`."""
    ticket = await tickets.find_ticket_seen(conn, areas_seen, ticket_id)
    if ticket is None:
        raise UnknownTicket()
    area = await areas.get_area(conn, ticket.area_id)
    subscriber = await subscribers.find_subscriber(conn, ticket.area_id, ticket.subscriber_id)
    assert subscriber is not None, "subscribers of tickets are never removed"
    place = await subscribers.find_place(conn, ticket.area_id, subscriber.place_id)
    assert place is not None, "places are never removed"
    contact = (
        None
        if ticket.contact_id is None
        else await subscribers.find_contact(conn, ticket.area_id, ticket.contact_id)
    )
    pauses = await tickets.list_pauses(conn, ticket.area_id, [ticket.ticket_id])
    entries = await tickets.list_entries(conn, ticket.area_id, ticket.subscriber_id, SHOWN)
    checks = await tickets.list_self_checks(conn, ticket.area_id, now)
    check = next((one for one in checks if one.symptom == ticket.symptom), None)
    spoken_of = {one.staff_id for one in entries if one.staff_id is not None}
    people = await areas.list_staff_by_id(conn, sorted(spoken_of))
    return WholeTicket(
        area=area,
        ticket=ticket,
        subscriber=subscriber,
        place=place,
        contact=contact,
        clock=clock_of(ticket, pauses, area.settings.support_lines, now),
        check=check,
        check_versions=[
            one for one in await tickets.list_check_versions(conn, ticket.area_id) if one.valid_from <= now
        ],
        next_step=None if check is None else rules.next_step(check, entries, ticket.ticket_id),
        entries=entries,
        jobs=await jobs.list_jobs_of_ticket(conn, ticket.area_id, ticket.ticket_id),
        dark=await darkness_for(conn, area, ticket, subscriber),
        names={person.staff_id: person.display_name for person in people},
    )


async def open_ticket(
    conn: Conn, *, area_id: UUID, made: rules.TicketIn, take: bool, actor: Actor, now: datetime
) -> Ticket:
    """It waits at the first line, or is at once in the hands of whoever opened it; where it is known to be dark, it is linked to
    that, whatever its symptom. The one that it follows is named in its history. Raises `UnknownReference`."""
    async with conn.transaction():
        subscriber = await subscribers.find_subscriber(conn, area_id, made.subscriber_id)
        if subscriber is None:
            raise UnknownReference(pointer="/subscriberId")
        check = await _check(conn, area_id, made.symptom, now)
        contact_id = await keep_contact(conn, subscriber, made.on_site)
        ticket = rules.opened(made, new_id(), subscriber, check, contact_id, now)
        await areas.insert_ticket_entry(conn, ticket.source, ticket.ticket_number, area_id, ticket.ticket_id)
        outage = await outage_over(conn, subscriber, ticket.network_element_id, until_end=True)
        if outage is not None:
            ticket = rules.linked(ticket, outage.outage_id)
        elif take:
            ticket = rules.taken(ticket, actor.actor_id, now)
        await tickets.insert_tickets(conn, [ticket])
        facts = {"channel": ticket.channel, "symptom": ticket.symptom, "description": ticket.description}
        facts |= await _followed(conn, subscriber, made.follows)
        said: list[tuple[HistoryKind, Mapping[str, Any]]] = [(HistoryKind.OPENED, facts)]
        if outage is not None:
            said.append((HistoryKind.LINKED, {"outageId": outage.outage_id}))
        await write(conn, ticket, said, actor, now)
        return ticket


async def _followed(conn: Conn, subscriber: Subscriber, ticket_id: UUID | None) -> dict[str, str]:
    """The number of the ticket that is followed."""
    if ticket_id is None:
        return {}
    before = await tickets.find_ticket_seen(conn, [subscriber.area_id], ticket_id)
    if before is None or before.subscriber_id != subscriber.subscriber_id:
        raise UnknownReference(pointer="/follows")
    return {"follows": before.ticket_number}


async def _check(conn: Conn, area_id: UUID, symptom: str | None, now: datetime) -> SelfCheckVersion | None:
    if symptom is None:
        return None
    for check in await tickets.list_self_checks(conn, area_id, now):
        if check.symptom == symptom:
            return check
    raise UnknownReference(pointer="/symptom")


async def answer_check(
    conn: Conn,
    *,
    areas_seen: Sequence[UUID],
    ticket_id: UUID,
    step: str,
    answer: str,
    actor: Actor,
    now: datetime,
    symptom: str | None = None,
) -> Ticket:
    """One step of the self-check, for the first time or anew: the newer answer counts, and the history keeps both. `symptom`: of an
    earlier self-check of the ticket. Raises `UnknownTicket`, `NotInHand`, `UnknownReference`."""
    async with conn.transaction():
        ticket = await in_hand(conn, areas_seen, ticket_id, actor)
        entries = await tickets.list_entries(conn, ticket.area_id, ticket.subscriber_id, SHOWN)
        answers = rules.last_answers(entries, ticket_id)
        if symptom not in {None, ticket.symptom, *(of for of, _ in answers)}:
            raise UnknownReference(pointer="/symptom")
        check = await _check(conn, ticket.area_id, symptom or ticket.symptom or None, now)
        if check is None:
            raise UnknownReference(pointer="/step")
        _, found = rules.step_of(check, step, answer)
        before = answers.get((check.symptom, step))
        facts = {
            "symptom": check.symptom,
            "step": step,
            "answer": answer,
            "outcome": found.outcome,
            "becomes": found.symptom,
            "instead": "" if before is None else before.facts["answer"],
        }
        after = rules.checked(ticket, check, found, before)
        return await saved(conn, after, HistoryKind.CHECKED, facts, actor, now)


async def take_next(conn: Conn, *, areas_seen: Sequence[UUID], actor: Actor, now: datetime) -> Ticket | None:
    """The best of what waits for this person, in any of the areas; None where nothing does."""
    async with conn.transaction():
        profiles = await tickets.list_profiles(conn, areas_seen, actor.actor_id)
        mine = lines_of(await areas.list_areas_by_id(conn, areas_seen), profiles)
        ticket = await tickets.claim_next(
            conn,
            [one[0] for one in mine],
            [one[1] for one in mine],
            [one[2] for one in mine],
            actor.actor_id,
            now,
        )
        if ticket is None:
            return None
        return await _take(conn, ticket, actor, now)


async def take(
    conn: Conn, *, areas_seen: Sequence[UUID], ticket_id: UUID, actor: Actor, now: datetime
) -> Ticket:
    """This one, because its subscriber calls again: in a call of its own. Raises `UnknownTicket`, `TransitionRefused`."""
    async with conn.transaction():
        ticket = rules.after_call(await locked(conn, areas_seen, ticket_id))
        return await _take(conn, ticket, actor, now)


async def _take(conn: Conn, ticket: Ticket, actor: Actor, now: datetime) -> Ticket:
    waited = None if ticket.waiting_since is None else int((now - ticket.waiting_since).total_seconds())
    after = rules.taken(ticket, actor.actor_id, now)
    return await saved(conn, after, HistoryKind.TAKEN, {"waitedSeconds": waited}, actor, now)


async def hand_over(
    conn: Conn,
    *,
    areas_seen: Sequence[UUID],
    ticket_id: UUID,
    line: int,
    skills: Sequence[str],
    note: str,
    actor: Actor,
    now: datetime,
    asked: RemoteAction | None = None,
) -> Ticket:
    """To another line with all that is known, so that nobody asks the subscriber twice; or back into the queue of the own one.
    Raises `UnknownTicket`, `NotInHand`, `UnknownReference`."""
    async with conn.transaction():
        ticket = await in_hand(conn, areas_seen, ticket_id, actor)
        area = await areas.get_area(conn, ticket.area_id)
        if line not in {one.number for one in area.settings.support_lines}:
            raise UnknownReference(pointer="/line")
        spent = await _stopped(conn, area, ticket, now)
        after = rules.handed_over(ticket, line, skills, now)
        facts = {"from": ticket.line, "to": line, "note": note, "asked": asked, "spentSeconds": spent}
        return await saved(conn, after, HistoryKind.HANDED_OVER, facts, actor, now)


async def answer_terms(
    conn: Conn,
    *,
    areas_seen: Sequence[UUID],
    ticket_id: UUID,
    terms: TermsAnswered,
    actor: Actor,
    now: datetime,
) -> Ticket:
    """The terms of a paid visit were read out, and answered: also a refusal is kept. Raises `UnknownTicket`, `NotInHand`,
    `NotVerified`, `UnknownTerms`."""
    async with conn.transaction():
        ticket = await in_hand(conn, areas_seen, ticket_id, actor)
        rules.verify_known(ticket)
        text = await kinds.find_terms(conn, ticket.area_id, terms.terms_version, terms.language)
        if text is None:
            raise UnknownTerms(pointer="/termsVersion")
        facts = {
            "terms": msgspec.to_builtins(terms),
            "accepted": terms.answer is ConsentAnswer.ACCEPTED,
            "person": terms.person,
            "callOutMinor": text.call_out_minor,
            "currency": text.currency,
        }
        return await saved(conn, ticket, HistoryKind.AGREED, facts, actor, now)


async def pause(
    conn: Conn,
    *,
    areas_seen: Sequence[UUID],
    ticket_id: UUID,
    reason: PauseReason,
    actor: Actor,
    now: datetime,
) -> Ticket:
    """The clock of the line stands still, for a reason of the list. Raises `UnknownTicket`, `NotInHand`, `TransitionRefused`."""
    async with conn.transaction():
        ticket = await in_hand(conn, areas_seen, ticket_id, actor)
        pauses = await tickets.list_pauses(conn, ticket.area_id, [ticket_id])
        if any(one.ended_at is None for one in pauses):
            raise TransitionRefused(state=ticket.state)
        begun = TicketPause(
            area_id=ticket.area_id,
            ticket_id=ticket_id,
            pause_id=new_id(),
            reason=reason,
            staff_id=actor.actor_id,
            began_at=now,
            ended_at=None,
        )
        await tickets.insert_pauses(conn, [begun])
        return await saved(conn, ticket, HistoryKind.PAUSED, {"reason": reason}, actor, now)


async def go_on(
    conn: Conn, *, areas_seen: Sequence[UUID], ticket_id: UUID, actor: Actor, now: datetime
) -> Ticket:
    """Raises `UnknownTicket`, `NotInHand`, `TransitionRefused` where the clock runs."""
    async with conn.transaction():
        ticket = await in_hand(conn, areas_seen, ticket_id, actor)
        if not await tickets.end_pauses(conn, ticket.area_id, ticket_id, now):
            raise TransitionRefused(state=ticket.state)
        return await saved(conn, ticket, HistoryKind.WENT_ON, {}, actor, now)


async def localise(
    conn: Conn,
    *,
    areas_seen: Sequence[UUID],
    ticket_id: UUID,
    localised: Localisation,
    actor: Actor,
    now: datetime,
) -> Ticket:
    """Where the fault is. Raises `UnknownTicket`, `NotInHand`."""
    async with conn.transaction():
        ticket = await in_hand(conn, areas_seen, ticket_id, actor)
        after = msgspec.structs.replace(ticket, localised=localised)
        facts = {"localised": localised}
        return await saved(conn, after, HistoryKind.LOCALISED, facts, actor, now)


async def resolve(
    conn: Conn,
    *,
    areas_seen: Sequence[UUID],
    ticket_id: UUID,
    resolution: str,
    note: str,
    actor: Actor,
    now: datetime,
) -> Ticket:
    """Service is there again, or nothing was wrong. Raises `UnknownTicket`, `NotInHand`, `TransitionRefused`."""
    async with conn.transaction():
        ticket = await in_hand(conn, areas_seen, ticket_id, actor)
        spent = await _stopped(conn, await areas.get_area(conn, ticket.area_id), ticket, now)
        after = rules.stepped(
            ticket, TicketStep.RESOLVE, staff_id=None, resolution=resolution, resolved_at=now
        )
        facts = {"resolution": resolution, "note": note, "spentSeconds": spent}
        return await saved(conn, after, HistoryKind.RESOLVED, facts, actor, now)


async def resolve_called_off(
    conn: Conn,
    *,
    areas_seen: Sequence[UUID],
    ticket_id: UUID,
    resolution: str,
    note: str,
    actor: Actor,
    now: datetime,
) -> Ticket:
    """What was with the field needs nobody there, as the subscriber says. Raises `UnknownTicket`, `NotInHand`, `NotVerified`,
    `TransitionRefused` where the field does not have it from us."""
    async with conn.transaction():
        ticket = await locked(conn, areas_seen, ticket_id)
        rules.verify_in_call(ticket, actor.actor_id)
        rules.verify_known(ticket)
        if ticket.state is not TicketState.ESCALATED or ticket.source != rules.SOURCE:
            raise TransitionRefused(state=ticket.state)
        after = rules.stepped(ticket, TicketStep.RESOLVE, resolution=resolution, resolved_at=now)
        facts = {"resolution": resolution, "note": note, "calledOff": True}
        return await saved(conn, after, HistoryKind.RESOLVED, facts, actor, now)


async def reopen(
    conn: Conn, *, areas_seen: Sequence[UUID], ticket_id: UUID, note: str, actor: Actor, now: datetime
) -> Ticket:
    """It was not mended: it waits again, more urgent than before. Raises `UnknownTicket`, `TransitionRefused`."""
    async with conn.transaction():
        ticket = await locked(conn, areas_seen, ticket_id)
        after = waiting_again(ticket, now)
        return await saved(conn, after, HistoryKind.REOPENED, {"note": note}, actor, now)


async def unlink(
    conn: Conn, *, areas_seen: Sequence[UUID], ticket_id: UUID, note: str, actor: Actor, now: datetime
) -> Ticket:
    """It is not of the outage, and in the hands of whoever says so. A job of it that the outage holds goes on when that is over.
    Raises `UnknownTicket`, `TransitionRefused`."""
    async with conn.transaction():
        ticket = await locked(conn, areas_seen, ticket_id)
        facts = {"outageId": ticket.outage_id, "note": note}
        after = rules.unlinked(ticket, actor.actor_id, now)
        return await saved(conn, after, HistoryKind.UNLINKED, facts, actor, now)


async def mark_escalated(
    conn: Conn, *, areas_seen: Sequence[UUID], ticket_id: UUID, job_id: UUID, actor: Actor, now: datetime
) -> Ticket:
    """The field has it. Raises `UnknownTicket`, `NotInHand`."""
    async with conn.transaction():
        ticket = await in_hand(conn, areas_seen, ticket_id, actor)
        spent = await _stopped(conn, await areas.get_area(conn, ticket.area_id), ticket, now)
        after = rules.stepped(ticket, TicketStep.ESCALATE, staff_id=None)
        facts = {"jobId": job_id, "spentSeconds": spent}
        return await saved(conn, after, HistoryKind.ESCALATED, facts, actor, now)


async def record(
    conn: Conn,
    *,
    areas_seen: Sequence[UUID],
    ticket_id: UUID,
    kind: HistoryKind,
    facts: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> Ticket:
    """What was measured, agreed to or done remotely. Raises `UnknownTicket`, `NotInHand`."""
    async with conn.transaction():
        ticket = await in_hand(conn, areas_seen, ticket_id, actor)
        return await saved(conn, ticket, kind, facts, actor, now)


async def _stopped(conn: Conn, area: Area, ticket: Ticket, now: datetime) -> int:
    """The clock of the line stops: seconds that were spent."""
    pauses = await tickets.list_pauses(conn, ticket.area_id, [ticket.ticket_id])
    clock = clock_of(ticket, pauses, area.settings.support_lines, now)
    await tickets.end_pauses(conn, ticket.area_id, ticket.ticket_id, now)
    return 0 if clock is None else clock.spent_seconds

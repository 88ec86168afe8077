"""A ticket's way through the lines: what opens one, what each step makes of it, and whether who acts has it in hand."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from db.records import CheckAnswer, CheckStep, ContactEntry, SelfCheckVersion, Subscriber, Ticket
from db.states import Channel, HistoryKind, Relation, TicketState, VerifiedBy
from dispatch.bounded import Code, Instant, Language, MaybeName, Phone, StrictWire, Text
from dispatch.errors import NotInHand, NotVerified, TransitionRefused, UnknownReference
from dispatch.rules.escalations import ContactIn, number_for
from dispatch.rules.lifecycle import TICKET, TicketStep, next_state

SOURCE = "line3"
"""Of tickets that are opened here."""
FIRST_LINE = 1
NORMAL = 3
RESOLVED, HAND_OVER = "resolved", "hand-over"
"""What an answer of a self-check may lead to, other than the next step."""
BY_THE_FIELD, JOB_CANCELLED = "field", "job_cancelled"
"""Resolutions of a ticket that its job has ended: neither says whether service is there."""
Skills = Annotated[list[Code], Meta(max_length=50)]


class CallerIn(StrictWire):
    """Who speaks: not always the holder, and not always at home."""

    name: MaybeName = ""
    relation: Relation = Relation.HOLDER
    phone: Phone = ""


class WhoCalls(StrictWire):
    """As it turns out in the course of a call. `onSite` null: whom to reach there stays as it was."""

    caller: CallerIn
    at_equipment: bool | None = None
    on_site: ContactIn | None = None


class TicketIn(StrictWire):
    """`atEquipment`: whether somebody is there now; null: nobody asked. `onSite`: whom to reach there, if not the caller. `follows`: a
    ticket of this subscriber that is over."""

    subscriber_id: UUID
    channel: Channel = Channel.PHONE
    language: Language | None = None
    symptom: Code | None = None
    description: Text = ""
    caller: CallerIn | None = None
    at_equipment: bool | None = None
    on_site: ContactIn | None = None
    network_element_id: UUID | None = None
    reported_at: Instant | None = None
    follows: UUID | None = None


def opened(
    made: TicketIn,
    ticket_id: UUID,
    subscriber: Subscriber,
    check: SelfCheckVersion | None,
    contact_id: UUID | None,
    now: datetime,
) -> Ticket:
    """It waits at the first line."""
    caller = made.caller or CallerIn()
    return Ticket(
        area_id=subscriber.area_id,
        ticket_id=ticket_id,
        source=SOURCE,
        ticket_number=f"T-{number_for(ticket_id)}",
        subscriber_id=subscriber.subscriber_id,
        reported_at=made.reported_at or now,
        state=TicketState.WAITING,
        channel=made.channel,
        line=FIRST_LINE,
        language=made.language or subscriber.language,
        symptom="" if check is None else check.symptom,
        description=made.description,
        caller_name=caller.name,
        caller_relation=caller.relation,
        caller_phone=caller.phone,
        at_equipment=made.at_equipment,
        contact_id=contact_id,
        network_element_id=made.network_element_id or subscriber.network_element_id,
        priority=NORMAL,
        waiting_since=now,
    )


def stepped(ticket: Ticket, step: TicketStep, **changes: object) -> Ticket:
    """Raises `TransitionRefused` where the state does not allow the step."""
    state = next_state(TICKET, ticket.state, step)
    if state is None:
        raise TransitionRefused(state=ticket.state)
    return msgspec.structs.replace(ticket, state=state, **changes)


def taken(ticket: Ticket, staff_id: UUID, now: datetime) -> Ticket:
    """The clock of the line begins with whoever takes it first there, and goes on with whoever takes it back."""
    return stepped(
        ticket,
        TicketStep.TAKE,
        staff_id=staff_id,
        waiting_since=None,
        line_began_at=ticket.line_began_at or now,
    )


def called_by(ticket: Ticket, who: WhoCalls, contact_id: UUID | None) -> Ticket:
    """What one caller was verified by says nothing of another."""
    same = (ticket.caller_name, ticket.caller_relation) == (who.caller.name, who.caller.relation)
    return msgspec.structs.replace(
        ticket,
        caller_name=who.caller.name,
        caller_relation=who.caller.relation,
        caller_phone=who.caller.phone,
        at_equipment=who.at_equipment,
        contact_id=contact_id or ticket.contact_id,
        verified_by=ticket.verified_by if same else None,
    )


def after_call(ticket: Ticket) -> Ticket:
    """A name or a code was said in one call and holds for that alone; an account, for all that is written from it."""
    by = ticket.verified_by
    return msgspec.structs.replace(ticket, verified_by=by if by is VerifiedBy.ACCOUNT else None)


def is_in_call(ticket: Ticket, staff_id: UUID) -> bool:
    """Whether this person may be speaking with its subscriber: it is in their hands, or in nobody's and waits for nobody."""
    if ticket.staff_id is None:
        return ticket.state is not TicketState.WAITING
    return ticket.staff_id == staff_id


def known_to(ticket: Ticket, staff_id: UUID) -> VerifiedBy | None:
    """What this person's caller is verified by: what was said to somebody else was not said in this call."""
    if ticket.verified_by is VerifiedBy.ACCOUNT or is_in_call(ticket, staff_id):
        return ticket.verified_by
    return None


def verify_in_call(ticket: Ticket, staff_id: UUID) -> None:
    """Raises `NotInHand`."""
    if not is_in_call(ticket, staff_id):
        raise NotInHand(state=ticket.state, staffId=ticket.staff_id)


def handed_over(ticket: Ticket, line: int, skills: Sequence[str], now: datetime) -> Ticket:
    """To another line, where its clock begins anew, and whoever is on the line stays there; or back to the queue of its own, where
    it goes on after the call."""
    return stepped(
        ticket if line != ticket.line else after_call(ticket),
        TicketStep.GIVE_BACK,
        line=line,
        skills=sorted({*ticket.skills, *skills}),
        staff_id=None,
        waiting_since=now,
        line_began_at=ticket.line_began_at if line == ticket.line else None,
    )


def may_be_linked(ticket: Ticket, held: Collection[UUID]) -> bool:
    """What has gone to the field is of an outage where that holds its job. `held`: tickets with such a job."""
    return ticket.state is not TicketState.ESCALATED or ticket.ticket_id in held


def linked(ticket: Ticket, outage_id: UUID) -> Ticket:
    """It waits for the end of the outage, in nobody's hands. What has gone to the field stays there."""
    if ticket.state in (TicketState.ESCALATED, TicketState.LINKED):
        return msgspec.structs.replace(ticket, outage_id=outage_id)
    return stepped(ticket, TicketStep.LINK, staff_id=None, waiting_since=None, outage_id=outage_id)


def unlinked(ticket: Ticket, staff_id: UUID, now: datetime) -> Ticket:
    """It is something else, and in the hands of whoever says so. Raises `TransitionRefused`."""
    if ticket.outage_id is not None and ticket.state is TicketState.ESCALATED:
        return msgspec.structs.replace(ticket, outage_id=None)
    return stepped(ticket, TicketStep.UNLINK, staff_id=staff_id, line_began_at=now, outage_id=None)


def verify_in_hand(ticket: Ticket, staff_id: UUID) -> None:
    """Raises `NotInHand`: it waits, or is somebody else's."""
    if ticket.staff_id != staff_id:
        raise NotInHand(state=ticket.state, staffId=ticket.staff_id)


def verify_known(ticket: Ticket) -> None:
    """Raises `NotVerified`: what binds the subscriber is asked of nobody else."""
    if ticket.verified_by is None:
        raise NotVerified()


def step_of(check: SelfCheckVersion, code: str, answer: str) -> tuple[CheckStep, CheckAnswer]:
    """Raises `UnknownReference`."""
    step = next((step for step in check.steps if step.code == code), None)
    if step is None:
        raise UnknownReference(pointer="/step")
    found = next((one for one in step.answers if one.code == answer), None)
    if found is None:
        raise UnknownReference(pointer="/answer")
    return step, found


def last_answers(entries: Sequence[ContactEntry], ticket_id: UUID) -> dict[tuple[str, str], ContactEntry]:
    """By self-check and step, in the order in which they were first answered; a newer answer takes the place of the one before."""
    answers: dict[tuple[str, str], ContactEntry] = {}
    for entry in sorted(entries, key=lambda one: (one.at, one.contact_entry_id)):
        if entry.ticket_id == ticket_id and entry.kind is HistoryKind.CHECKED:
            answers[entry.facts["symptom"], entry.facts["step"]] = entry
    return answers


def checked(
    ticket: Ticket, check: SelfCheckVersion, answer: CheckAnswer, before: ContactEntry | None
) -> Ticket:
    """What an answer makes of the ticket. `before`: the answer that it replaces; what that had made of it is taken back."""
    skills, symptom = {*ticket.skills}, ticket.symptom
    if before is not None:
        skills -= {*check.skills} if before.facts["outcome"] == HAND_OVER else set()
        symptom = check.symptom if before.facts.get("becomes") else symptom
    skills |= {*check.skills} if answer.outcome == HAND_OVER else set()
    return msgspec.structs.replace(ticket, symptom=answer.symptom or symptom, skills=sorted(skills))


def words_of(
    versions: Sequence[SelfCheckVersion], symptom: str, step: str, answer: str
) -> tuple[CheckStep, CheckAnswer] | None:
    """As the newest version that has them says them. None: none has."""
    for check in sorted(versions, key=lambda one: one.self_check_version, reverse=True):
        if check.symptom == symptom:
            with suppress(UnknownReference):
                return step_of(check, step, answer)
    return None


def next_step(check: SelfCheckVersion, entries: Sequence[ContactEntry], ticket_id: UUID) -> CheckStep | None:
    """The first that nobody has answered; None when all were, or one of the answers has ended it."""
    answered = {
        step: entry.facts["outcome"]
        for (symptom, step), entry in last_answers(entries, ticket_id).items()
        if symptom == check.symptom
    }
    if {RESOLVED, HAND_OVER} & set(answered.values()):
        return None
    return next((step for step in check.steps if step.code not in answered), None)


def history(
    ticket: Ticket,
    kind: HistoryKind,
    entry_id: UUID,
    staff_id: UUID | None,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
) -> ContactEntry:
    return ContactEntry(
        area_id=ticket.area_id,
        contact_entry_id=entry_id,
        ticket_id=ticket.ticket_id,
        subscriber_id=ticket.subscriber_id,
        at=now,
        line=ticket.line,
        staff_id=staff_id,
        kind=kind,
        facts=msgspec.to_builtins(dict(facts or {})),
    )

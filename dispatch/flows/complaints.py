"""Complaints: opened on a subscriber or a ticket, listed by deadline, answered in writing."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import areas, complaints, credits, subscribers, tickets
from db.queries import journal as outgoing
from db.records import Complaint, OutboxMessage, Subscriber
from db.records.base import Record
from db.rows import Conn
from db.states import ComplaintState, HistoryKind
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import UnknownComplaint, UnknownReference, UnknownSubscriber
from dispatch.rules import complaints as rules
from dispatch.rules import tickets as ticket_rules
from dispatch.rules.journal import entry
from dispatch.rules.told_complaints import COMPLAINT_ANSWER


class WholeComplaint(Record):
    """`names`: of the staff it speaks of."""

    complaint: Complaint
    subscriber: Subscriber
    ticket_number: str
    names: dict[UUID, str]


async def area_of(conn: Conn, *, areas_seen: Sequence[UUID], subscriber_id: UUID) -> UUID:
    """Raises `UnknownSubscriber`."""
    area_id = await credits.find_area_of_subscriber(conn, areas_seen, subscriber_id)
    if area_id is None:
        raise UnknownSubscriber()
    return area_id


async def open_complaint(
    conn: Conn, *, area_id: UUID, made: rules.ComplaintIn, actor: Actor, now: datetime
) -> WholeComplaint:
    """Raises `UnknownReference` (a ticket of somebody else, or nobody of ours), `InstantImpossible`."""
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        if made.ticket_id is not None:
            ticket = await tickets.find_ticket_seen(conn, [area_id], made.ticket_id)
            if ticket is None or ticket.subscriber_id != made.subscriber_id:
                raise UnknownReference(pointer="/ticketId")
        if made.about_staff_id is not None and not await areas.list_staff_by_id(conn, [made.about_staff_id]):
            raise UnknownReference(pointer="/aboutStaffId")
        complaint = rules.opened(made, area, new_id(), actor.actor_id, now)
        await complaints.insert_complaints(conn, [complaint])
        whole = await _whole(conn, complaint)
        await _say(conn, complaint, "opened", actor, now)
        return whole


async def list_some(
    conn: Conn,
    *,
    areas_seen: Sequence[UUID],
    states: Sequence[ComplaintState],
    subscriber_id: UUID | None,
    limit: int,
) -> list[WholeComplaint]:
    """Open ones by their deadline, the overdue ones first; then what was answered."""
    found = await complaints.list_complaints(conn, areas_seen, states, subscriber_id, limit)
    return [await _whole(conn, one) for one in found]


async def get(conn: Conn, *, areas_seen: Sequence[UUID], complaint_id: UUID) -> WholeComplaint:
    """Raises `UnknownComplaint`."""
    complaint = await complaints.find_complaint(conn, areas_seen, complaint_id)
    if complaint is None:
        raise UnknownComplaint()
    return await _whole(conn, complaint)


async def answer(
    conn: Conn,
    *,
    areas_seen: Sequence[UUID],
    complaint_id: UUID,
    text: str,
    actor: Actor,
    now: datetime,
) -> WholeComplaint:
    """In writing, once: it is kept, and goes to the subscriber. Raises `UnknownComplaint`, `TransitionRefused`."""
    async with conn.transaction():
        complaint = await complaints.lock_complaint(conn, areas_seen, complaint_id)
        if complaint is None:
            raise UnknownComplaint()
        after = rules.answered(complaint, text, actor.actor_id, now)
        await complaints.save_answers(conn, [after])
        message = OutboxMessage(
            area_id=after.area_id,
            outbox_id=new_id(),
            kind=COMPLAINT_ANSWER,
            subject_id=complaint_id,
            payload={},
            created_at=now,
            delivered_at=None,
            due_at=now,
        )
        await outgoing.insert_outbox(conn, [message])
        whole = await _whole(conn, msgspec.structs.replace(after, version=complaint.version + 1))
        await _say(conn, after, "answered", actor, now)
        return whole


async def _say(conn: Conn, complaint: Complaint, past: str, actor: Actor, now: datetime) -> None:
    """The ticket's history names the complaint; what was said stands in it alone."""
    if complaint.ticket_id is not None:
        ticket = await tickets.find_ticket_seen(conn, [complaint.area_id], complaint.ticket_id)
        assert ticket is not None, "tickets are never removed"
        facts = {"complaint": complaint.number, "state": complaint.state, "note": ""}
        row = ticket_rules.history(ticket, HistoryKind.NOTED, new_id(), actor.actor_id, now, facts)
        await tickets.insert_entries(conn, [row])
    told = entry(
        actor,
        now,
        f"complaint.{past}",
        area_id=complaint.area_id,
        subject_id=complaint.complaint_id,
        facts={"number": complaint.number, "dueAt": complaint.due_at, "ticketId": complaint.ticket_id},
    )
    await announce(conn, complaint.area_id, [told])


async def _whole(conn: Conn, complaint: Complaint) -> WholeComplaint:
    area_id = complaint.area_id
    subscriber = await subscribers.find_subscriber(conn, area_id, complaint.subscriber_id)
    assert subscriber is not None, "subscribers of complaints are never removed"
    ticket = (
        None
        if complaint.ticket_id is None
        else await tickets.find_ticket_seen(conn, [area_id], complaint.ticket_id)
    )
    spoken_of = {complaint.opened_by, complaint.about_staff_id, complaint.answered_by}
    people = await areas.list_staff_by_id(conn, sorted(one for one in spoken_of if one is not None))
    return WholeComplaint(
        complaint=complaint,
        subscriber=subscriber,
        ticket_number="" if ticket is None else ticket.ticket_number,
        names={person.staff_id: person.display_name for person in people},
    )

"""Complaints: opened on a subscriber or a ticket, listed by deadline, answered in writing."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import areas, complaints, credits, tickets
from db.queries import journal as outgoing
from db.records import Complaint, ContactEntry, OutboxMessage
from db.records.base import Record
from db.rows import Conn
from db.states import ComplaintState, HistoryKind
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.contacts import find_reached
from dispatch.errors import UnknownComplaint, UnknownReference, UnknownSubscriber
from dispatch.rules import complaints as rules
from dispatch.rules import tickets as ticket_rules
from dispatch.rules.journal import entry
from dispatch.rules.told_complaints import COMPLAINT_ANSWER

SHOWN = 500
"""So much of a subscriber's history is read at once."""


class WholeComplaint(Record):
    """`names`: of the staff it speaks of."""

    complaint: Complaint
    whose: complaints.OfWhom
    names: dict[UUID, str]


class ComplaintWithHistory(Record):
    """`entries`: of its ticket, or of the subscriber where it is of none; newest first. `reachable`: the subscriber, or whoever called for
    the ticket, has a phone to which the answer goes; `sent_at`: when it left."""

    whole: WholeComplaint
    entries: list[ContactEntry]
    reachable: bool
    sent_at: datetime | None


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
    return await _wholes(
        conn, await complaints.list_complaints(conn, areas_seen, states, subscriber_id, limit)
    )


async def get(conn: Conn, *, areas_seen: Sequence[UUID], complaint_id: UUID) -> ComplaintWithHistory:
    """With who of the staff did what and when. Raises `UnknownComplaint`."""
    complaint = await complaints.find_complaint(conn, areas_seen, complaint_id)
    if complaint is None:
        raise UnknownComplaint()
    area_id = complaint.area_id
    entries = [
        one
        for one in await tickets.list_entries(conn, area_id, complaint.subscriber_id, SHOWN)
        if complaint.ticket_id in (None, one.ticket_id)
    ]
    (whole,) = await _wholes(conn, [complaint], [one.staff_id for one in entries])
    return ComplaintWithHistory(
        whole=whole,
        entries=entries,
        reachable=await find_reached(conn, area_id, complaint.subscriber_id, complaint.ticket_id) is not None,
        sent_at=await complaints.find_sent_at(conn, area_id, COMPLAINT_ANSWER, complaint_id),
    )


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
    (whole,) = await _wholes(conn, [complaint])
    return whole


async def _wholes(
    conn: Conn, found: Sequence[Complaint], spoken_of: Sequence[UUID | None] = ()
) -> list[WholeComplaint]:
    """`spoken_of`: of whom else the names are wanted."""
    areas_of, ids = sorted({one.area_id for one in found}), [one.complaint_id for one in found]
    whose = {one.complaint_id: one for one in await complaints.list_of_whom(conn, areas_of, ids)}
    staff = {
        *spoken_of,
        *(who for one in found for who in (one.opened_by, one.about_staff_id, one.answered_by)),
    }
    people = await areas.list_staff_by_id(conn, sorted(who for who in staff if who is not None))
    names = {person.staff_id: person.display_name for person in people}
    return [WholeComplaint(complaint=one, whose=whose[one.complaint_id], names=names) for one in found]

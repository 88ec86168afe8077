"""What is printed for a subscriber: the answer to a complaint, a credit explained."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from db.queries import areas, complaints, credits, subscribers, tickets
from db.records import Area
from db.records.base import Record
from db.rows import Conn
from db.states import ComplaintState
from dispatch.errors import TransitionRefused, UnknownComplaint, UnknownCredit
from dispatch.rules.credit_rows import line_of
from dispatch.rules.told_letters import Paper, answer_on_paper, credit_on_paper


class Printed(Record):
    """`sender`: who writes; `signed_by`: the person, where it is one."""

    paper: Paper
    sender: str
    to_name: str
    to_address: str
    signed_by: str


async def of_complaint(conn: Conn, *, areas_seen: Sequence[UUID], complaint_id: UUID) -> Printed:
    """Raises `UnknownComplaint`, `TransitionRefused` (it has no answer yet)."""
    found = await complaints.find_complaint(conn, areas_seen, complaint_id)
    if found is None:
        raise UnknownComplaint()
    if found.state is not ComplaintState.ANSWERED or found.answered_at is None or found.answered_by is None:
        raise TransitionRefused(state=found.state)
    area = await areas.get_area(conn, found.area_id)
    (whose,) = await complaints.list_of_whom(conn, [found.area_id], [complaint_id])
    people = await areas.list_staff_by_id(conn, [found.answered_by])
    paper = answer_on_paper(
        found,
        contract=whose.contract,
        ticket=whose.ticket_number,
        made_on=_day(area, found.complained_at),
        on=_day(area, found.answered_at),
        phone=area.settings.support_phone,
        language=whose.language,
    )
    signed_by = people[0].display_name if people else ""
    return await _printed(conn, area, found.subscriber_id, paper, signed_by)


async def of_credit(conn: Conn, *, areas_seen: Sequence[UUID], credit_id: UUID) -> Printed:
    """Raises `UnknownCredit`."""
    found = await credits.find_credit(conn, areas_seen, credit_id)
    if found is None:
        raise UnknownCredit()
    area = await areas.get_area(conn, found.area_id)
    subscriber = await subscribers.find_subscriber(conn, found.area_id, found.subscriber_id)
    assert subscriber is not None, "subscribers are never removed"
    ticket = (
        None
        if found.ticket_id is None
        else await tickets.find_ticket_seen(conn, [found.area_id], found.ticket_id)
    )
    lines = await credits.list_lines(conn, found.area_id, [credit_id])
    paper = credit_on_paper(
        [line_of(row) for row in lines],
        currency=found.currency,
        contract=subscriber.contract,
        ticket="" if ticket is None else ticket.ticket_number,
        on=_day(area, found.credited_at),
        phone=area.settings.support_phone,
        language=subscriber.language,
    )
    return await _printed(conn, area, found.subscriber_id, paper, "")


async def _printed(conn: Conn, area: Area, subscriber_id: UUID, paper: Paper, signed_by: str) -> Printed:
    subscriber = await subscribers.find_subscriber(conn, area.area_id, subscriber_id)
    assert subscriber is not None, "subscribers are never removed"
    place = await subscribers.find_place(conn, area.area_id, subscriber.place_id)
    return Printed(
        paper=paper,
        sender=area.name,
        to_name=subscriber.holder_name,
        to_address="" if place is None else place.address,
        signed_by=signed_by,
    )


def _day(area: Area, at: datetime) -> date:
    return at.astimezone(ZoneInfo(area.time_zone)).date()

"""What is known to be dark: shared by the flows that speak with subscribers, take jobs in, book visits, or tell of it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.ids import new_id
from db.queries import areas, outages, subscribers
from db.records import Area, Job, JobKindVersion, NetworkElement, Outage, OutboxMessage, Subscriber, Ticket
from db.records.base import Record
from db.rows import Conn
from db.states import HoldReason
from dispatch.errors import OutageHolds
from dispatch.rules.holding import explains
from dispatch.rules.told_outage import Announced

OUTAGE_TOLD = "outage-told"
"""In the outbox: to whom it is dark, what has come of it. The words are found when the text leaves."""


class Dark(Record):
    """An outage with what there is to say of it."""

    outage: Outage
    element: NetworkElement
    announced: Announced


async def outages_over(conn: Conn, area_id: UUID, element_ids: Sequence[UUID]) -> dict[UUID, Outage]:
    """By element: the accepted outage on whose branch it lies. There is one at most: a larger one takes over those beneath."""
    accepted = await outages.list_accepted_outages(conn, [area_id])
    if not accepted or not element_ids:
        return {}
    of = {outage.network_element_id: outage for outage in accepted}
    above = await outages.list_above(conn, area_id, element_ids)
    return {row.network_element_id: of[row.above_id] for row in above if row.above_id in of}


async def outage_over(
    conn: Conn, subscriber: Subscriber, named: UUID | None, *, until_end: bool = False
) -> Outage | None:
    """Where the subscriber hangs; at the element that was named, only of somebody of whom none is known. `until_end`: and nobody
    accepts or restores one there before the transaction ends."""
    element_id = subscriber.network_element_id or named
    if element_id is None:
        return None
    if until_end:
        await outages.share_elements(conn, subscriber.area_id, [element_id])
    return (await outages_over(conn, subscriber.area_id, [element_id])).get(element_id)


async def verify_no_outage(conn: Conn, job: Job, kind: JobKindVersion) -> None:
    """Raises `OutageHolds` where an outage explains the job. Not for the job that mends it, nor for one that somebody released
    all the same: both name the outage and are not held by it."""
    if job.hold_reason is not HoldReason.OUTAGE and not explains(kind):
        return
    subscriber = await subscribers.find_subscriber(conn, job.area_id, job.subscriber_id)
    assert subscriber is not None, "subscribers of jobs are never removed"
    found = await outage_over(conn, subscriber, job.network_element_id)
    if job.hold_reason is HoldReason.OUTAGE or (found is not None and job.outage_id != found.outage_id):
        raise OutageHolds(
            state=job.state,
            outageId=job.outage_id if found is None else found.outage_id,
            since=None if found is None else found.since,
            expectedAt=None if found is None else found.expected_at,
        )


async def darkness_of(conn: Conn, outage: Outage, area: Area | None = None) -> Dark:
    """With the streets where it is dark."""
    beneath = await outages.list_beneath(conn, outage.area_id, outage.network_element_id)
    (element,) = await outages.list_elements_by_id(conn, [outage.area_id], [outage.network_element_id])
    return Dark(
        outage=outage,
        element=element,
        announced=Announced(
            area=area or await areas.get_area(conn, outage.area_id),
            element=element.name,
            streets=await outages.list_streets(conn, outage.area_id, beneath),
            since=outage.since,
            expected_at=outage.expected_at,
            restored_at=outage.restored_at,
        ),
    )


async def darkness_for(conn: Conn, area: Area, ticket: Ticket, subscriber: Subscriber) -> Dark | None:
    """What a ticket is linked to, or else the outage on whose branch its subscriber hangs."""
    outage = (
        await outage_over(conn, subscriber, ticket.network_element_id)
        if ticket.outage_id is None
        else await outages.find_outage_seen(conn, [area.area_id], ticket.outage_id)
    )
    return None if outage is None else await darkness_of(conn, outage, area)


def told(
    outage: Outage, subscriber_id: UUID, now: datetime, ticket_id: UUID | None, appointment_id: UUID | None
) -> OutboxMessage:
    """To a subscriber. `ticket_id`: of who called, where no phone of the holder is known; `appointment_id`: a visit that is off."""
    payload = {
        "outage_id": outage.outage_id,
        "subscriber_id": subscriber_id,
        "ticket_id": ticket_id,
        "appointment_id": appointment_id,
        "restored": outage.restored_at is not None,
    }
    outbox_id = new_id()
    return OutboxMessage(
        area_id=outage.area_id,
        outbox_id=outbox_id,
        kind=OUTAGE_TOLD,
        subject_id=outbox_id,
        payload=payload,
        created_at=now,
        delivered_at=None,
        due_at=now,
    )

"""Line 1 finds out who calls, and what is known of them already."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from db.queries import callers, jobs, tickets
from db.queries.callers import Found
from db.records import Job, Ticket
from db.records.base import Record
from db.rows import Conn
from db.states import TicketState
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import UnknownReference
from dispatch.outages import Dark, darkness_of, outages_over
from dispatch.rules.callers import address_search, phone_searches
from dispatch.rules.journal import entry

MOST = 20
"""More than this is not one caller: ask for the house number."""
CALLED_WITHIN = timedelta(days=90)
"""Whoever called so long ago may have given the phone away."""
OVER = frozenset({TicketState.RESOLVED, TicketState.CLOSED})
RECENT = timedelta(days=14)
"""Whoever calls so soon after a ticket was over may well speak of the same; later it is another trouble."""


class Caller(Record):
    """Somebody who may be calling. `open_tickets` and `open_jobs`: what is under way for them; `recent_tickets`: what is over since
    a few days, newest first; `dark`: why it is dark there."""

    found: Found
    open_tickets: list[Ticket]
    recent_tickets: list[Ticket]
    open_jobs: list[Job]
    dark: Dark | None


async def find(
    conn: Conn,
    *,
    areas_seen: Sequence[UUID],
    contract: str | None,
    phone: str | None,
    address: str | None,
    actor: Actor,
    now: datetime,
) -> list[Caller]:
    """By one of the three; `contract` may be the number of a ticket or job as well. What was looked at stands in the journal.
    Raises `UnknownReference` for an address without a house number, and for what is too short or long for a phone."""
    async with conn.transaction():
        if contract is not None:
            found = await callers.list_by_contract(conn, areas_seen, contract)
            found = found or await callers.list_by_number(conn, areas_seen, contract, MOST)
        elif phone is not None:
            found = await _by_phone(conn, areas_seen, phone, now)
        else:
            words = address_search(address or "")
            if not words:
                raise UnknownReference(pointer="/address")
            found = await callers.list_by_address(conn, areas_seen, words, MOST)
        dark = await _dark(conn, found)
        known = [await _known(conn, one, dark.get(one.subscriber_id), now) for one in found]
        for area_id in sorted({one.area_id for one in found}):
            looked_at = [one.subscriber_id for one in found if one.area_id == area_id]
            facts = {"subscribers": looked_at}
            await announce(
                conn, area_id, [entry(actor, now, "subscriber.looked_up", area_id=area_id, facts=facts)]
            )
        return known


async def _by_phone(conn: Conn, areas_seen: Sequence[UUID], phone: str, now: datetime) -> list[Found]:
    searches = phone_searches(phone)
    if not searches:
        raise UnknownReference(pointer="/phone")
    for pattern in searches:
        found = await callers.list_by_phone(conn, areas_seen, pattern, now - CALLED_WITHIN, MOST)
        if found:
            return found
    return []


async def _dark(conn: Conn, found: Sequence[Found]) -> dict[UUID, Dark]:
    """By subscriber."""
    dark = dict[UUID, Dark]()
    for area_id in sorted({one.area_id for one in found}):
        hangs = {
            one.subscriber_id: one.network_element_id
            for one in found
            if one.area_id == area_id and one.network_element_id is not None
        }
        over = await outages_over(conn, area_id, sorted(set(hangs.values())))
        read = {
            outage.outage_id: await darkness_of(conn, outage)
            for outage in {one.outage_id: one for one in over.values()}.values()
        }
        dark |= {who: read[over[element].outage_id] for who, element in hangs.items() if element in over}
    return dark


async def _known(conn: Conn, found: Found, dark: Dark | None, now: datetime) -> Caller:
    newest = await tickets.list_tickets_of_subscriber(conn, found.area_id, found.subscriber_id, MOST)
    owed = await jobs.list_open_jobs_of_subscriber(conn, found.area_id, found.subscriber_id)
    return Caller(
        found=found,
        open_tickets=[one for one in newest if one.state not in OVER],
        recent_tickets=[
            one for one in newest if one.resolved_at is not None and one.resolved_at > now - RECENT
        ],
        open_jobs=owed,
        dark=dark,
    )

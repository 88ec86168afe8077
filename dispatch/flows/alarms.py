"""What network elements and terminals say, as the system that watches them hands it on."""

from datetime import datetime, timedelta
from uuid import UUID

from db.ids import new_id
from db.queries import outages, signs
from db.records import Alarm
from db.records.base import Record
from db.rows import Conn
from dispatch.bounded import is_absurd
from dispatch.errors import InstantImpossible, UnknownReference
from dispatch.rules.outage_steps import AlarmsIn

KEPT_FOR = timedelta(days=90)


class Taken(Record):
    """How many of a batch are kept. `unknown`: those of nothing that is known in the area, as their sender calls them."""

    kept: int
    unknown: list[str]


async def receive(conn: Conn, *, area_id: UUID, said: AlarmsIn, now: datetime) -> Taken:
    """Any number of times. What the sender knows and we do not holds up nothing else. No entry in the journal: thousands of these
    come in a day, and the rows say all of it. Raises `UnknownReference` (names nothing), `InstantImpossible`."""
    async with conn.transaction():
        contracts = [one.contract for one in said.alarms if one.contract is not None]
        who = {
            row.contract: row.subscriber_id for row in await signs.list_contracted(conn, area_id, contracts)
        }
        named = [one.network_element_id for one in said.alarms if one.network_element_id is not None]
        elements = {
            row.network_element_id for row in await outages.list_elements_by_id(conn, [area_id], named)
        }
        kept, unknown = dict[str, Alarm](), list[str]()
        for number, one in enumerate(said.alarms):
            if one.network_element_id is None and one.contract is None:
                raise UnknownReference(pointer=f"/alarms/{number}")
            if is_absurd(one.raised_at, now) or (
                one.cleared_at is not None and is_absurd(one.cleared_at, now)
            ):
                raise InstantImpossible(pointer=f"/alarms/{number}/raisedAt")
            element_id = one.network_element_id if one.network_element_id in elements else None
            subscriber_id = None if one.contract is None else who.get(one.contract)
            if element_id is None and subscriber_id is None:
                unknown.append(one.id)
                continue
            before = kept.get(one.id)
            kept[one.id] = Alarm(
                area_id=area_id,
                alarm_id=new_id(),
                source=said.source,
                source_alarm_id=one.id,
                network_element_id=element_id,
                subscriber_id=subscriber_id,
                severity=one.severity,
                raised_at=one.raised_at if before is None else before.raised_at,
                received_at=now,
                cleared_at=one.cleared_at or (None if before is None else before.cleared_at),
            )
        await signs.save_alarms(conn, list(kept.values()))
        return Taken(kept=len(kept), unknown=unknown)


async def forget(conn: Conn, *, area_id: UUID, now: datetime) -> None:
    """What no proposal is learnt from any more. Outages keep how many spoke, and which tickets did."""
    await signs.forget_alarms(conn, area_id, now - KEPT_FOR)

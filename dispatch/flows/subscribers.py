"""Setting up who waits: subscribers with their place and the holder's phone."""

from datetime import datetime
from uuid import UUID

import msgspec

from db.queries import setup, subscribers
from db.records import Subscriber
from db.rows import Conn
from db.states import Relation
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.contacts import keep_contact
from dispatch.errors import AlreadyTaken, NotChangeable
from dispatch.rules.escalations import ContactIn
from dispatch.rules.setting_up import SubscriberIn
from dispatch.setting_up import known, known_place, told, version_after, written


class Holder(msgspec.Struct, frozen=True):
    """A subscriber with the phone that was said last."""

    subscriber: Subscriber
    phone: str


async def list_like(conn: Conn, *, area_id: UUID, text: str, limit: int) -> list[Holder]:
    """Whose contract, name, address or phone holds the text; by contract."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    found = await setup.list_subscribers_like(conn, area_id, f"%{escaped}%", limit)
    holders = await setup.list_holders(conn, area_id, [row.subscriber_id for row in found])
    phones = {row.subscriber_id: row.phone for row in holders}
    return [Holder(row, phones.get(row.subscriber_id, "")) for row in found]


async def save_subscriber(
    conn: Conn,
    *,
    area_id: UUID,
    subscriber_id: UUID,
    made: SubscriberIn,
    version: int,
    actor: Actor,
    now: datetime,
) -> Holder:
    """Raises `Stale`, `UnknownReference`, `AlreadyTaken` (the contract), `NotChangeable` (another contract)."""
    async with conn.transaction():
        before = await subscribers.find_subscriber(conn, area_id, subscriber_id)
        after = Subscriber(
            area_id=area_id,
            subscriber_id=subscriber_id,
            contract=made.contract,
            holder_name=made.holder_name,
            language=made.language,
            place_id=made.place_id,
            network_element_id=made.network_element_id,
            version=version_after(0 if before is None else before.version, version),
            fee_minor=_fee(before, made),
        )
        await known_place(conn, area_id, made.place_id, "/placeId")
        if made.network_element_id is not None:
            elements = await setup.list_network_elements(conn, area_id)
            known(made.network_element_id, [row.network_element_id for row in elements], "/networkElementId")
        await _check_contract(conn, before, after)
        written(await setup.save_subscribers(conn, [after]), [after])
        if before is None:
            await subscribers.insert_contract_entries(conn, [after])
        phone = await _add_phone(conn, after, made.phone)
        await announce(conn, area_id, [told(actor, now, "subscriber", area_id, before, after, subscriber_id)])
        return Holder(after, phone)


def _fee(before: Subscriber | None, made: SubscriberIn) -> int:
    if made.fee_minor is not None:
        return made.fee_minor
    return 0 if before is None else before.fee_minor


async def _check_contract(conn: Conn, before: Subscriber | None, after: Subscriber) -> None:
    if before is not None and before.contract != after.contract:
        raise NotChangeable(pointer="/contract")
    here = await setup.list_subscribers_of_contracts(conn, after.area_id, [after.contract])
    elsewhere = await setup.list_contracts_elsewhere(conn, after.area_id, [after.contract])
    if elsewhere or any(row.subscriber_id != after.subscriber_id for row in here):
        raise AlreadyTaken(pointer="/contract")


async def _add_phone(conn: Conn, subscriber: Subscriber, phone: str) -> str:
    """Phones that were said stay; the last one counts."""
    holders = await setup.list_holders(conn, subscriber.area_id, [subscriber.subscriber_id])
    present = holders[0].phone if holders else ""
    if phone in ("", present):
        return present
    holder = ContactIn(
        name=subscriber.holder_name, relation=Relation.HOLDER, phone=phone, language=subscriber.language
    )
    await keep_contact(conn, subscriber, holder)
    return phone

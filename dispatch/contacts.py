"""Whom to reach for a subscriber: besides the holder, and where the holder has no phone."""

from uuid import UUID

from db.ids import new_id
from db.queries import subscribers, tickets
from db.records import Contact, Subscriber
from db.rows import Conn
from dispatch.rules.escalations import ContactIn


async def keep_contact(conn: Conn, subscriber: Subscriber, said: ContactIn | None) -> UUID | None:
    """Contacts that were said stay; None where nobody was named."""
    if said is None:
        return None
    contact = Contact(
        area_id=subscriber.area_id,
        contact_id=new_id(),
        subscriber_id=subscriber.subscriber_id,
        name=said.name,
        relation=said.relation,
        phone=said.phone,
        language=said.language,
    )
    await subscribers.insert_contacts(conn, [contact])
    return contact.contact_id


async def find_reached(
    conn: Conn, area_id: UUID, subscriber_id: UUID, ticket_id: UUID | None
) -> tuple[str, str] | None:
    """Phone and language: the contract's, else those of whoever called for the ticket. None where neither has a phone."""
    holder = await subscribers.find_holder_by_phone(conn, area_id, subscriber_id)
    if holder is not None:
        return holder.phone, holder.language
    if ticket_id is None:
        return None
    ticket = await tickets.find_ticket_seen(conn, [area_id], ticket_id)
    return (ticket.caller_phone, ticket.language) if ticket is not None and ticket.caller_phone else None

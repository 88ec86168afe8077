"""Whom to reach for a subscriber, besides the holder."""

from uuid import UUID

from db.ids import new_id
from db.queries import subscribers
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

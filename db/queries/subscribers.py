"""Who waits, and where: places, depots, network elements, subscribers, contacts, and the directories that find them."""

from collections.abc import Sequence
from uuid import UUID

from db.records import Contact, Depot, NetworkElement, Place, Subscriber
from db.records.base import Record
from db.rows import Conn, execute_rows, fetch_all, fetch_one

INSERT_PLACES = """
WITH made AS (
    INSERT INTO place SELECT * FROM jsonb_populate_recordset(NULL::place, $1) RETURNING area_id, place_id, address
)
INSERT INTO address_directory (area_id, place_id, address)
SELECT area_id, place_id, address
FROM made
"""


async def insert_places(conn: Conn, places: Sequence[Place]) -> None:
    """With their entries in the directory of addresses."""
    await execute_rows(conn, INSERT_PLACES, places)


INSERT_DEPOTS = "INSERT INTO depot SELECT * FROM jsonb_populate_recordset(NULL::depot, $1)"


async def insert_depots(conn: Conn, depots: Sequence[Depot]) -> None:
    await execute_rows(conn, INSERT_DEPOTS, depots)


INSERT_NETWORK_ELEMENTS = """
INSERT INTO network_element SELECT * FROM jsonb_populate_recordset(NULL::network_element, $1)
"""


async def insert_network_elements(conn: Conn, elements: Sequence[NetworkElement]) -> None:
    await execute_rows(conn, INSERT_NETWORK_ELEMENTS, elements)


INSERT_SUBSCRIBERS = "INSERT INTO subscriber SELECT * FROM jsonb_populate_recordset(NULL::subscriber, $1)"


async def insert_subscribers(conn: Conn, subscribers: Sequence[Subscriber]) -> None:
    await execute_rows(conn, INSERT_SUBSCRIBERS, subscribers)


INSERT_CONTRACT_ENTRIES = """
INSERT INTO contract_directory (contract, area_id, subscriber_id)
SELECT contract, area_id, subscriber_id
FROM jsonb_populate_recordset(NULL::subscriber, $1)
"""


async def insert_contract_entries(conn: Conn, subscribers: Sequence[Subscriber]) -> None:
    """Raises `UniqueViolated` where another area has the contract."""
    await execute_rows(conn, INSERT_CONTRACT_ENTRIES, subscribers)


INSERT_CONTACTS = """
WITH made AS (
    INSERT INTO contact SELECT * FROM jsonb_populate_recordset(NULL::contact, $1)
    RETURNING phone, area_id, subscriber_id
)
INSERT INTO phone_directory (phone, area_id, subscriber_id)
SELECT DISTINCT phone, area_id, subscriber_id
FROM made
WHERE phone <> ''
ON CONFLICT DO NOTHING
"""


async def insert_contacts(conn: Conn, contacts: Sequence[Contact]) -> None:
    """With their entries in the directory of phones."""
    await execute_rows(conn, INSERT_CONTACTS, contacts)


FIND_SUBSCRIBER = "SELECT * FROM subscriber WHERE area_id = $1 AND subscriber_id = $2"


async def find_subscriber(conn: Conn, area_id: UUID, subscriber_id: UUID) -> Subscriber | None:
    return await fetch_one(conn, Subscriber, FIND_SUBSCRIBER, area_id, subscriber_id)


LIST_PLACES = """
SELECT *
FROM place
WHERE area_id = ANY ($1::uuid[]) AND place_id = ANY ($2::uuid[])
ORDER BY place_id
"""


async def list_places(conn: Conn, area_ids: Sequence[UUID], place_ids: Sequence[UUID]) -> list[Place]:
    return await fetch_all(conn, Place, LIST_PLACES, area_ids, place_ids)


FIND_PLACE = "SELECT * FROM place WHERE area_id = $1 AND place_id = $2"


async def find_place(conn: Conn, area_id: UUID, place_id: UUID) -> Place | None:
    return await fetch_one(conn, Place, FIND_PLACE, area_id, place_id)


FIND_HOLDER_BY_PHONE = """
SELECT *
FROM contact
WHERE area_id = $1 AND subscriber_id = $2 AND relation = 'holder' AND phone <> ''
ORDER BY contact_id DESC
LIMIT 1
"""


async def find_holder_by_phone(conn: Conn, area_id: UUID, subscriber_id: UUID) -> Contact | None:
    """Of the contract, with the phone that was said last."""
    return await fetch_one(conn, Contact, FIND_HOLDER_BY_PHONE, area_id, subscriber_id)


FIND_CONTACT = "SELECT * FROM contact WHERE area_id = $1 AND contact_id = $2"


async def find_contact(conn: Conn, area_id: UUID, contact_id: UUID) -> Contact | None:
    return await fetch_one(conn, Contact, FIND_CONTACT, area_id, contact_id)


class Spoken(Record):
    """The language of a job's subscriber."""

    job_id: UUID
    language: str


LIST_LANGUAGES = """
SELECT job.job_id, subscriber.language
FROM job
JOIN subscriber USING (area_id, subscriber_id)
WHERE job.area_id = $1 AND job.job_id = ANY ($2::uuid[])
ORDER BY job.job_id
"""


async def list_languages(conn: Conn, area_id: UUID, job_ids: Sequence[UUID]) -> list[Spoken]:
    return await fetch_all(conn, Spoken, LIST_LANGUAGES, area_id, job_ids)

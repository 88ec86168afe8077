"""Finding who calls: by contract, number of a ticket or job, phone or address. Nothing here finds anybody by name."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.records.base import Record
from db.rows import Conn, fetch_all


class Found(Record):
    """A subscriber with the place where the trouble would be."""

    area_id: UUID
    subscriber_id: UUID
    contract: str
    holder_name: str
    language: str
    network_element_id: UUID | None
    address: str


LIST_BY_CONTRACT = """
SELECT subscriber.area_id, subscriber_id, contract, holder_name, language, network_element_id, place.address
FROM subscriber
JOIN place USING (area_id, place_id)
WHERE subscriber.area_id = ANY ($1::uuid[]) AND contract = $2
ORDER BY subscriber.area_id
"""


async def list_by_contract(conn: Conn, area_ids: Sequence[UUID], contract: str) -> list[Found]:
    return await fetch_all(conn, Found, LIST_BY_CONTRACT, area_ids, contract)


LIST_BY_NUMBER = """
SELECT subscriber.area_id, subscriber_id, contract, holder_name, language, network_element_id, place.address
FROM subscriber
JOIN place USING (area_id, place_id)
WHERE (subscriber.area_id, subscriber_id) IN (
    SELECT ticket.area_id, ticket.subscriber_id
    FROM ticket
    WHERE ticket.area_id = ANY ($1::uuid[]) AND ticket_number IN ($2, upper($2))
    UNION
    SELECT job.area_id, job.subscriber_id
    FROM job
    WHERE job.area_id = ANY ($1::uuid[]) AND number IN ($2, upper($2))
)
ORDER BY subscriber.area_id, contract
LIMIT $3
"""


async def list_by_number(conn: Conn, area_ids: Sequence[UUID], number: str, limit: int) -> list[Found]:
    """Of a ticket or a job, whole; ours have capital letters, which nobody says."""
    return await fetch_all(conn, Found, LIST_BY_NUMBER, area_ids, number, limit)


LIST_BY_PHONE = """
WITH known AS (
    SELECT area_id, subscriber_id, phone
    FROM phone_directory
    WHERE area_id = ANY ($1::uuid[]) AND reverse(phone) LIKE reverse($2)
)
SELECT subscriber.area_id, subscriber_id, contract, holder_name, subscriber.language, network_element_id, place.address
FROM subscriber
JOIN place USING (area_id, place_id)
WHERE (subscriber.area_id, subscriber_id) IN (
    SELECT contact.area_id, contact.subscriber_id
    FROM known
    JOIN contact USING (area_id, subscriber_id, phone)
    UNION
    SELECT ticket.area_id, ticket.subscriber_id
    FROM known
    JOIN ticket USING (area_id, subscriber_id)
    WHERE ticket.caller_phone = known.phone AND ticket.reported_at > $3
)
ORDER BY subscriber.area_id, contract
LIMIT $4
"""


async def list_by_phone(
    conn: Conn, area_ids: Sequence[UUID], phone: str, since: datetime, limit: int
) -> list[Found]:
    """Whoever was ever reached there, the holder or somebody on site, or has had a call from there. `phone`: a pattern of LIKE,
    open at its beginning or not at all."""
    return await fetch_all(conn, Found, LIST_BY_PHONE, area_ids, phone, since, limit)


LIST_BY_ADDRESS = """
SELECT subscriber.area_id, subscriber_id, contract, holder_name, language, network_element_id, place.address
FROM address_directory AS known
JOIN place USING (area_id, place_id)
JOIN subscriber USING (area_id, place_id)
WHERE known.area_id = ANY ($1::uuid[])
  AND to_tsvector('simple', translate(known.address, '-/.,', '    ')) @@ to_tsquery('simple', $2)
ORDER BY place.address, contract
LIMIT $3
"""


async def list_by_address(conn: Conn, area_ids: Sequence[UUID], words: str, limit: int) -> list[Found]:
    """`words`: a query of the text search."""
    return await fetch_all(conn, Found, LIST_BY_ADDRESS, area_ids, words, limit)

"""What an area is set up with, saved whole: only over the version before it, so nobody's change is lost.

Each `save_` answers how many rows it wrote; one less than asked for means that somebody was faster.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from db.records import (
    Area,
    Contact,
    Depot,
    NetworkElement,
    Part,
    Place,
    Skill,
    Staff,
    Stock,
    Subscriber,
    Technician,
)
from db.records.base import Record
from db.rows import Conn, execute_rows, fetch_all, fetch_column, fetch_one


class CodeName(Record):
    code: str
    name: str


class DayAt(Record):
    """A technician-day that depends on a place."""

    area_id: UUID
    technician_id: UUID
    on_day: date


SAVE_AREAS = """
INSERT INTO area SELECT * FROM jsonb_populate_recordset(NULL::area, $1)
ON CONFLICT (area_id) DO UPDATE
SET name = excluded.name, language = excluded.language, settings = excluded.settings, version = excluded.version
WHERE area.version = excluded.version - 1
"""


async def save_areas(conn: Conn, areas: Sequence[Area]) -> int:
    return await execute_rows(conn, SAVE_AREAS, areas)


SAVE_PLACES = """
WITH saved AS (
    INSERT INTO place SELECT * FROM jsonb_populate_recordset(NULL::place, $1)
    ON CONFLICT (area_id, place_id) DO UPDATE
    SET address = excluded.address, city = excluded.city, street = excluded.street, house = excluded.house,
        flat = excluded.flat, postcode = excluded.postcode, latitude = excluded.latitude, longitude = excluded.longitude,
        found_by = excluded.found_by, access_note = excluded.access_note, version = excluded.version
    WHERE place.version = excluded.version - 1
    RETURNING area_id, place_id, address
)
INSERT INTO address_directory (area_id, place_id, address)
SELECT area_id, place_id, address
FROM saved
ON CONFLICT (area_id, place_id) DO UPDATE
SET address = excluded.address
"""


async def save_places(conn: Conn, places: Sequence[Place]) -> int:
    """With their entries in the directory of addresses."""
    return await execute_rows(conn, SAVE_PLACES, places)


LIST_DAYS_AT_PLACES = """
SELECT DISTINCT area_id, technician_id, on_day
FROM technician_day
WHERE on_day >= $3 AND (
    (area_id, technician_id) IN (
        SELECT area_id, technician_id FROM technician WHERE area_id = $1 AND start_place_id = ANY ($2::uuid[])
    )
    OR (area_id, technician_id, on_day) IN (
        SELECT visit.technician_area_id, visit.technician_id, visit.on_day
        FROM visit
        JOIN job USING (area_id, job_id)
        WHERE job.area_id = $1 AND job.place_id = ANY ($2::uuid[]) AND visit.on_day >= $3
    )
)
ORDER BY area_id, technician_id, on_day
"""


async def list_days_at_places(
    conn: Conn, area_id: UUID, place_ids: Sequence[UUID], first_on: date
) -> list[DayAt]:
    """Days from then on whose way leads there: somebody begins there, or is sent there."""
    return await fetch_all(conn, DayAt, LIST_DAYS_AT_PLACES, area_id, place_ids, first_on)


SAVE_DEPOTS = """
INSERT INTO depot SELECT * FROM jsonb_populate_recordset(NULL::depot, $1)
ON CONFLICT (area_id, depot_id) DO UPDATE
SET name = excluded.name, place_id = excluded.place_id, version = excluded.version
WHERE depot.version = excluded.version - 1
"""


async def save_depots(conn: Conn, depots: Sequence[Depot]) -> int:
    return await execute_rows(conn, SAVE_DEPOTS, depots)


LIST_DEPOTS = "SELECT * FROM depot WHERE area_id = $1 ORDER BY name, depot_id"


async def list_depots(conn: Conn, area_id: UUID) -> list[Depot]:
    return await fetch_all(conn, Depot, LIST_DEPOTS, area_id)


SAVE_NETWORK_ELEMENTS = """
INSERT INTO network_element SELECT * FROM jsonb_populate_recordset(NULL::network_element, $1)
ON CONFLICT (area_id, network_element_id) DO UPDATE
SET parent_id = excluded.parent_id, kind = excluded.kind, name = excluded.name, place_id = excluded.place_id,
    version = excluded.version
WHERE network_element.version = excluded.version - 1
"""


async def save_network_elements(conn: Conn, elements: Sequence[NetworkElement]) -> int:
    return await execute_rows(conn, SAVE_NETWORK_ELEMENTS, elements)


LIST_NETWORK_ELEMENTS = """
SELECT *
FROM network_element
WHERE area_id = $1
ORDER BY kind, name, network_element_id
"""


async def list_network_elements(conn: Conn, area_id: UUID) -> list[NetworkElement]:
    return await fetch_all(conn, NetworkElement, LIST_NETWORK_ELEMENTS, area_id)


SAVE_SUBSCRIBERS = """
INSERT INTO subscriber SELECT * FROM jsonb_populate_recordset(NULL::subscriber, $1)
ON CONFLICT (area_id, subscriber_id) DO UPDATE
SET holder_name = excluded.holder_name, language = excluded.language, place_id = excluded.place_id,
    network_element_id = excluded.network_element_id, fee_minor = excluded.fee_minor, version = excluded.version
WHERE subscriber.version = excluded.version - 1
"""


async def save_subscribers(conn: Conn, subscribers: Sequence[Subscriber]) -> int:
    return await execute_rows(conn, SAVE_SUBSCRIBERS, subscribers)


LIST_SUBSCRIBERS_LIKE = """
SELECT *
FROM subscriber
WHERE area_id = $1 AND (
    contract ILIKE $2 OR holder_name ILIKE $2
    OR EXISTS (SELECT FROM place WHERE place.area_id = $1 AND place.place_id = subscriber.place_id AND address ILIKE $2)
    OR EXISTS (
        SELECT FROM contact
        WHERE contact.area_id = $1 AND contact.subscriber_id = subscriber.subscriber_id AND phone ILIKE $2
    )
)
ORDER BY contract
LIMIT $3
"""


async def list_subscribers_like(conn: Conn, area_id: UUID, pattern: str, limit: int) -> list[Subscriber]:
    """Whose contract, name, address or phone is like the pattern."""
    return await fetch_all(conn, Subscriber, LIST_SUBSCRIBERS_LIKE, area_id, pattern, limit)


LIST_SUBSCRIBERS_OF_CONTRACTS = """
SELECT *
FROM subscriber
WHERE area_id = $1 AND contract = ANY ($2::text[])
ORDER BY contract
"""


async def list_subscribers_of_contracts(
    conn: Conn, area_id: UUID, contracts: Sequence[str]
) -> list[Subscriber]:
    return await fetch_all(conn, Subscriber, LIST_SUBSCRIBERS_OF_CONTRACTS, area_id, contracts)


LIST_CONTRACTS_ELSEWHERE = """
SELECT contract
FROM contract_directory
WHERE contract = ANY ($2::text[]) AND area_id <> $1
ORDER BY contract
"""


async def list_contracts_elsewhere(conn: Conn, area_id: UUID, contracts: Sequence[str]) -> list[str]:
    """Which of these another area has."""
    return await fetch_column(conn, LIST_CONTRACTS_ELSEWHERE, area_id, contracts)


LIST_HOLDERS = """
SELECT DISTINCT ON (subscriber_id) *
FROM contact
WHERE area_id = $1 AND subscriber_id = ANY ($2::uuid[]) AND relation = 'holder' AND phone <> ''
ORDER BY subscriber_id, contact_id DESC
"""


async def list_holders(conn: Conn, area_id: UUID, subscriber_ids: Sequence[UUID]) -> list[Contact]:
    """Of each contract with the phone that was said last."""
    return await fetch_all(conn, Contact, LIST_HOLDERS, area_id, subscriber_ids)


SAVE_SKILLS = """
INSERT INTO skill SELECT * FROM jsonb_populate_recordset(NULL::skill, $1)
ON CONFLICT (area_id, code) DO UPDATE
SET name = excluded.name, version = excluded.version
WHERE skill.version = excluded.version - 1
"""


async def save_skills(conn: Conn, skills: Sequence[Skill]) -> int:
    return await execute_rows(conn, SAVE_SKILLS, skills)


LIST_SKILLS = "SELECT * FROM skill WHERE area_id = $1 ORDER BY code"


async def list_skills(conn: Conn, area_id: UUID) -> list[Skill]:
    return await fetch_all(conn, Skill, LIST_SKILLS, area_id)


SAVE_STAFF = """
INSERT INTO staff SELECT * FROM jsonb_populate_recordset(NULL::staff, $1)
ON CONFLICT (staff_id) DO UPDATE
SET display_name = excluded.display_name, language = excluded.language, active = excluded.active, version = excluded.version
WHERE staff.version = excluded.version - 1
"""


async def save_staff(conn: Conn, staff: Sequence[Staff]) -> int:
    return await execute_rows(conn, SAVE_STAFF, staff)


LIST_STAFF = (
    "SELECT * FROM staff WHERE staff_id = ANY ($1::uuid[]) OR login = ANY ($2::text[]) ORDER BY login"
)


async def list_staff(conn: Conn, staff_ids: Sequence[UUID], logins: Sequence[str]) -> list[Staff]:
    """By either, also those who have left."""
    return await fetch_all(conn, Staff, LIST_STAFF, staff_ids, logins)


SAVE_TECHNICIANS = """
INSERT INTO technician SELECT * FROM jsonb_populate_recordset(NULL::technician, $1)
ON CONFLICT (area_id, technician_id) DO UPDATE
SET display_name = excluded.display_name, skills = excluded.skills, start_place_id = excluded.start_place_id,
    overtime_max = excluded.overtime_max, active = excluded.active, version = excluded.version,
    phone = excluded.phone
WHERE technician.version = excluded.version - 1
"""


async def save_technicians(conn: Conn, technicians: Sequence[Technician]) -> int:
    return await execute_rows(conn, SAVE_TECHNICIANS, technicians)


SAVE_PARTS = """
INSERT INTO part SELECT * FROM jsonb_populate_recordset(NULL::part, $1)
ON CONFLICT (area_id, code) DO UPDATE
SET kind = excluded.kind, name = excluded.name, version = excluded.version
WHERE part.version = excluded.version - 1
"""


async def save_parts(conn: Conn, parts: Sequence[Part]) -> int:
    return await execute_rows(conn, SAVE_PARTS, parts)


LIST_PARTS = """
SELECT * FROM part WHERE area_id = $1
UNION ALL
SELECT DISTINCT ON (code) $1, code, kind, code, 0
FROM (
    SELECT code, kind FROM stock WHERE area_id = $1
    UNION ALL
    SELECT jsonb_object_keys(parts), 'part' FROM job_kind_version WHERE area_id = $1
    UNION ALL
    SELECT unnest(tools), 'tool' FROM job_kind_version WHERE area_id = $1
) AS seen (code, kind)
WHERE code NOT IN (SELECT code FROM part WHERE area_id = $1)
ORDER BY code
"""


async def list_parts(conn: Conn, area_id: UUID) -> list[Part]:
    """Those that were named, and with version 0 those that stock or a kind of job speaks of."""
    return await fetch_all(conn, Part, LIST_PARTS, area_id)


LIST_CODE_NAMES = """
SELECT code, name FROM part WHERE area_id = $1
UNION ALL
SELECT code, name FROM skill WHERE area_id = $1
"""


async def list_code_names(conn: Conn, area_id: UUID) -> dict[str, str]:
    """What skills, parts and tools are called, by code."""
    rows = await fetch_all(conn, CodeName, LIST_CODE_NAMES, area_id)
    return {row.code: row.name for row in rows}


SAVE_STOCK = """
INSERT INTO stock SELECT * FROM jsonb_populate_recordset(NULL::stock, $1)
ON CONFLICT (area_id, stock_id) DO UPDATE
SET quantity = excluded.quantity, version = excluded.version
WHERE stock.version = excluded.version - 1
"""


async def save_stock(conn: Conn, stock: Sequence[Stock]) -> int:
    return await execute_rows(conn, SAVE_STOCK, stock)


LIST_STOCK = """
SELECT *
FROM stock
WHERE area_id = $1
ORDER BY depot_id NULLS LAST, technician_id, kind, code, serial
"""


async def list_stock(conn: Conn, area_id: UUID) -> list[Stock]:
    """Of depots and vans."""
    return await fetch_all(conn, Stock, LIST_STOCK, area_id)


FIND_STOCK = "SELECT * FROM stock WHERE area_id = $1 AND stock_id = $2"


async def find_stock(conn: Conn, area_id: UUID, stock_id: UUID) -> Stock | None:
    return await fetch_one(conn, Stock, FIND_STOCK, area_id, stock_id)


LIST_LIVE_JOBS_SHOWN = """
SELECT DISTINCT job_id
FROM visit
WHERE area_id = $1 AND state IN ('published', 'on_my_way', 'arrived', 'working') AND shown_at IS NOT NULL
ORDER BY job_id
"""


async def list_live_jobs_shown(conn: Conn, area_id: UUID) -> list[UUID]:
    """Jobs that a phone shows with their prices."""
    return await fetch_column(conn, LIST_LIVE_JOBS_SHOWN, area_id)

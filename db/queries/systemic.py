"""What was reported over weeks, by where it was, what it was and who mended it."""

from datetime import datetime
from uuid import UUID

from db.records import FaultRow, HouseRow
from db.rows import Conn, fetch_all

LIST_FAULTS = """
SELECT job.job_id, job.number, job.reported_at, job.subscriber_id, job.network_element_id, place.city, place.street, place.house,
    closure.technician_id, closure.location,
    EXISTS (
        SELECT 1 FROM job AS later
        WHERE later.area_id = job.area_id AND later.subscriber_id = job.subscriber_id AND later.job_id <> job.job_id
            AND later.reported_at > job.closed_at AND later.reported_at <= job.closed_at + interval '30 days'
    ) OR job.reopened > 0 AS came_back
FROM job
JOIN place USING (area_id, place_id)
LEFT JOIN closure ON closure.area_id = job.area_id AND closure.job_id = job.job_id AND closure.in_force
WHERE job.area_id = $1 AND job.reported_at >= $2 AND job.reported_at < $3
    AND (job.outage_id IS NULL OR job.state <> 'cancelled' AND job.hold_reason IS DISTINCT FROM 'outage')
ORDER BY job.reported_at, job.job_id
"""


async def list_faults(conn: Conn, area_id: UUID, since: datetime, until: datetime) -> list[FaultRow]:
    """Oldest first; `until` itself is out."""
    return await fetch_all(conn, FaultRow, LIST_FAULTS, area_id, since, until)


LIST_HOUSES = """
SELECT place.city, place.street, place.house, count(*)::integer AS subscribers
FROM subscriber
JOIN place USING (area_id, place_id)
WHERE subscriber.area_id = $1 AND place.street <> '' AND place.house <> ''
GROUP BY place.city, place.street, place.house
ORDER BY place.city, place.street, place.house
"""


async def list_houses(conn: Conn, area_id: UUID) -> list[HouseRow]:
    """How many subscribers live in each."""
    return await fetch_all(conn, HouseRow, LIST_HOUSES, area_id)

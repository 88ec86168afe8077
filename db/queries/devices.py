"""Phones: enrolling them, what they have said so far, what is missing of it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.records import Device, DeviceGap, Enrolment
from db.records.base import Record
from db.rows import Conn, execute, execute_rows, fetch_all, fetch_one, fetch_value

INSERT_ENROLMENTS = "INSERT INTO enrolment SELECT * FROM jsonb_populate_recordset(NULL::enrolment, $1)"


async def insert_enrolments(conn: Conn, enrolments: Sequence[Enrolment]) -> None:
    await execute_rows(conn, INSERT_ENROLMENTS, enrolments)


USE_ENROLMENT = """
UPDATE enrolment
SET used_at = $3, device_id = $4
WHERE area_id = $1 AND code_hash = $2 AND (used_at IS NULL OR device_id = $4) AND expires_at > $3
RETURNING *
"""


async def use_enrolment(
    conn: Conn, area_id: UUID, code_hash: bytes, at: datetime, device_id: UUID
) -> Enrolment | None:
    """Of two phones that come with one code, one gets it."""
    return await fetch_one(conn, Enrolment, USE_ENROLMENT, area_id, code_hash, at, device_id)


INSERT_DEVICES = """
INSERT INTO device SELECT * FROM jsonb_populate_recordset(NULL::device, $1)
ON CONFLICT DO NOTHING
"""


async def insert_devices(conn: Conn, devices: Sequence[Device]) -> int:
    return await execute_rows(conn, INSERT_DEVICES, devices)


OWN_DEVICE = """
INSERT INTO device_directory (device_id, staff_id)
VALUES ($1, $2)
ON CONFLICT (device_id) DO UPDATE SET device_id = excluded.device_id
RETURNING staff_id
"""


async def own_device(conn: Conn, device_id: UUID, staff_id: UUID) -> UUID:
    """Whose it is, over all areas: this person's, or of the one who had it first. Waits for whoever is about to own it."""
    return await fetch_value(conn, OWN_DEVICE, device_id, staff_id)


FIND_DEVICE = "SELECT * FROM device WHERE area_id = $1 AND device_id = $2"


async def find_device(conn: Conn, area_id: UUID, device_id: UUID) -> Device | None:
    return await fetch_one(conn, Device, FIND_DEVICE, area_id, device_id)


LIST_DEVICES_BY_ID = """
SELECT *
FROM device
WHERE area_id = ANY ($1::uuid[]) AND device_id = $2
ORDER BY enrolled_at DESC, area_id
"""


async def list_devices_by_id(conn: Conn, area_ids: Sequence[UUID], device_id: UUID) -> list[Device]:
    """The phone in whichever of these areas it is enrolled, the last enrolment first."""
    return await fetch_all(conn, Device, LIST_DEVICES_BY_ID, area_ids, device_id)


LOCK_DEVICE = "SELECT * FROM device WHERE area_id = $1 AND device_id = $2 FOR UPDATE"


async def lock_device(conn: Conn, area_id: UUID, device_id: UUID) -> Device | None:
    """Whoever counts what has come of a phone locks it: two of its batches may arrive at once."""
    return await fetch_one(conn, Device, LOCK_DEVICE, area_id, device_id)


GIVE_KEY = "UPDATE device SET key_hash = $3 WHERE area_id = $1 AND device_id = $2"


async def give_key(conn: Conn, area_id: UUID, device_id: UUID, key_hash: bytes) -> None:
    await execute(conn, GIVE_KEY, area_id, device_id, key_hash)


SAW_DEVICE = """
UPDATE device
SET last_seen_at = coalesce($3, last_seen_at), last_seq = greatest(last_seq, $4)
WHERE area_id = $1 AND device_id = $2
"""


async def saw_device(conn: Conn, area_id: UUID, device_id: UUID, at: datetime | None, last_seq: int) -> None:
    """`at`: None where not the phone itself was heard."""
    await execute(conn, SAW_DEVICE, area_id, device_id, at, last_seq)


NOTE_STORAGE_LOST = "UPDATE device SET storage_lost_at = $3 WHERE area_id = $1 AND device_id = $2"


async def note_storage_lost(conn: Conn, area_id: UUID, device_id: UUID, at: datetime) -> None:
    await execute(conn, NOTE_STORAGE_LOST, area_id, device_id, at)


REVOKE_DEVICE = """
UPDATE device
SET revoked_at = $3, revoked_reason = $4
WHERE area_id = $1 AND device_id = $2 AND revoked_at IS NULL
"""


async def revoke_device(conn: Conn, area_id: UUID, device_id: UUID, at: datetime, reason: str) -> int:
    return await execute(conn, REVOKE_DEVICE, area_id, device_id, at, reason)


LIST_GAPS_OF = """
SELECT *
FROM device_gap
WHERE area_id = $1 AND device_id = $2
ORDER BY first_seq
"""


async def list_gaps_of(conn: Conn, area_id: UUID, device_id: UUID) -> list[DeviceGap]:
    return await fetch_all(conn, DeviceGap, LIST_GAPS_OF, area_id, device_id)


INSERT_GAPS = "INSERT INTO device_gap SELECT * FROM jsonb_populate_recordset(NULL::device_gap, $1)"


async def insert_gaps(conn: Conn, gaps: Sequence[DeviceGap]) -> None:
    await execute_rows(conn, INSERT_GAPS, gaps)


DELETE_GAPS = """
DELETE FROM device_gap
USING jsonb_populate_recordset(NULL::device_gap, $1) AS gone
WHERE device_gap.area_id = gone.area_id AND device_gap.device_id = gone.device_id
  AND device_gap.first_seq = gone.first_seq
"""


async def delete_gaps(conn: Conn, gaps: Sequence[DeviceGap]) -> None:
    await execute_rows(conn, DELETE_GAPS, gaps)


class KnownDevice(Record):
    """A phone as a dispatcher looks at it. `missing`: how many of its records have not arrived for too long."""

    device_id: UUID
    technician_id: UUID
    technician_name: str
    name: str
    enrolled_at: datetime
    last_seen_at: datetime | None
    revoked_at: datetime | None
    revoked_reason: str
    storage_lost_at: datetime | None
    missing: int


LIST_DEVICES = """
SELECT device.device_id, device.technician_id, technician.display_name AS technician_name, device.name,
       device.enrolled_at, device.last_seen_at, device.revoked_at, device.revoked_reason, device.storage_lost_at,
       coalesce(open.missing, 0) AS missing
FROM device
JOIN technician USING (area_id, technician_id)
LEFT JOIN LATERAL (
    SELECT sum(gap.last_seq - gap.first_seq + 1)::bigint AS missing
    FROM device_gap AS gap
    WHERE gap.area_id = device.area_id AND gap.device_id = device.device_id AND gap.opened_at <= $2
) AS open ON true
WHERE device.area_id = $1
ORDER BY technician.display_name, device.enrolled_at, device.device_id
"""


async def list_devices(conn: Conn, area_id: UUID, open_since: datetime) -> list[KnownDevice]:
    return await fetch_all(conn, KnownDevice, LIST_DEVICES, area_id, open_since)


class MissingOf(Record):
    """One gap of a phone, or none where its storage was lost without any."""

    device_id: UUID
    device_name: str
    technician_id: UUID
    technician_name: str
    storage_lost_at: datetime | None
    last_seen_at: datetime | None
    first_seq: int | None
    last_seq: int | None
    opened_at: datetime | None


LIST_MISSING = """
SELECT device.device_id, device.name AS device_name, device.technician_id, technician.display_name AS technician_name,
       device.storage_lost_at, device.last_seen_at, gap.first_seq, gap.last_seq, gap.opened_at
FROM device
JOIN technician USING (area_id, technician_id)
LEFT JOIN device_gap AS gap
  ON gap.area_id = device.area_id AND gap.device_id = device.device_id AND gap.opened_at <= $2
WHERE device.area_id = $1
  AND (gap.first_seq IS NOT NULL OR device.storage_lost_at > $3)
  AND (device.revoked_at IS NULL OR device.revoked_at > $4)
ORDER BY technician.display_name, device.device_id, gap.first_seq
"""


async def list_missing(
    conn: Conn, area_id: UUID, open_since: datetime, lost_after: datetime, revoked_after: datetime
) -> list[MissingOf]:
    """By phone."""
    return await fetch_all(conn, MissingOf, LIST_MISSING, area_id, open_since, lost_after, revoked_after)

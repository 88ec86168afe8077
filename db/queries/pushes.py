"""Phones that are told while their app is closed that their round has changed."""

from uuid import UUID

from db.records import PushSubscription
from db.records.base import Record
from db.rows import Conn, as_json_rows, execute, fetch_all


class Due(Record):
    """A subscription of a technician who has not heard of the newest change, and in which language to say so."""

    area_id: UUID
    device_id: UUID
    technician_id: UUID
    endpoint: str
    key: bytes
    auth: bytes
    n: int
    language: str


SAVE_SUBSCRIPTION = """
INSERT INTO push_subscription SELECT * FROM jsonb_populate_recordset(NULL::push_subscription, $1)
ON CONFLICT (area_id, device_id) DO UPDATE
SET technician_id = excluded.technician_id, endpoint = excluded.endpoint, key = excluded.key, auth = excluded.auth,
    subscribed_at = excluded.subscribed_at, heard_n = excluded.heard_n, told_n = excluded.told_n
"""


async def save_subscription(conn: Conn, subscription: PushSubscription) -> None:
    """One per phone."""
    await execute(conn, SAVE_SUBSCRIPTION, as_json_rows([subscription]))


DELETE_SUBSCRIPTION = (
    "DELETE FROM push_subscription WHERE area_id = $1 AND device_id = $2 AND technician_id = $3"
)


async def delete_subscription(conn: Conn, area_id: UUID, device_id: UUID, technician_id: UUID) -> int:
    return await execute(conn, DELETE_SUBSCRIPTION, area_id, device_id, technician_id)


DELETE_GONE = "DELETE FROM push_subscription WHERE area_id = $1 AND device_id = $2 AND endpoint = $3"


async def delete_gone(conn: Conn, area_id: UUID, device_id: UUID, endpoint: str) -> None:
    """Unless the phone has subscribed anew meanwhile."""
    await execute(conn, DELETE_GONE, area_id, device_id, endpoint)


NOTE_HEARD = """
UPDATE push_subscription SET heard_n = $3 WHERE area_id = $1 AND technician_id = $2 AND heard_n < $3
"""


async def note_heard(conn: Conn, area_id: UUID, technician_id: UUID, n: int) -> None:
    """Some phone of the technician has pulled up to there."""
    await execute(conn, NOTE_HEARD, area_id, technician_id, n)


NOTE_TOLD = """
UPDATE push_subscription SET told_n = $3 WHERE area_id = $1 AND device_id = $2 AND told_n < $3
"""


async def note_told(conn: Conn, area_id: UUID, device_id: UUID, n: int) -> int:
    """0 where somebody was faster."""
    return await execute(conn, NOTE_TOLD, area_id, device_id, n)


LIST_DUE = """
SELECT area_id, device_id, push_subscription.technician_id, endpoint, key, auth, feed.n, staff.language
FROM push_subscription
JOIN feed USING (area_id, technician_id)
JOIN technician USING (area_id, technician_id)
JOIN staff USING (staff_id)
JOIN device USING (area_id, device_id)
WHERE push_subscription.area_id = $1 AND feed.n > greatest(push_subscription.heard_n, push_subscription.told_n)
  AND device.revoked_at IS NULL AND technician.active AND staff.active
ORDER BY device_id
"""


async def list_due(conn: Conn, area_id: UUID) -> list[Due]:
    return await fetch_all(conn, Due, LIST_DUE, area_id)

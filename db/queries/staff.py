"""Who works in the office of an area, and the links by which they set their passwords."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.records import PasswordLink, Staff, StaffAreaRole
from db.rows import Conn, execute, execute_rows, fetch_all, fetch_one, fetch_value
from db.states import Role

LOCK_AREA = "SELECT area_id FROM area WHERE area_id = $1 FOR NO KEY UPDATE"


async def lock_area(conn: Conn, area_id: UUID) -> UUID:
    """Who works in its office is changed by one at a time."""
    return UUID(str(await fetch_value(conn, LOCK_AREA, area_id)))


LIST_OFFICE = """
SELECT *
FROM staff
WHERE staff_id IN (SELECT staff_id FROM staff_area_role WHERE area_id = $1 AND role <> 'technician')
ORDER BY display_name, staff_id
"""


async def list_office(conn: Conn, area_id: UUID) -> list[Staff]:
    """By name, also those who have left."""
    return await fetch_all(conn, Staff, LIST_OFFICE, area_id)


LIST_ROLES = """
SELECT * FROM staff_area_role WHERE staff_id = ANY ($1::uuid[]) ORDER BY staff_id, area_id, role
"""


async def list_roles(conn: Conn, staff_ids: Sequence[UUID]) -> list[StaffAreaRole]:
    """In all areas."""
    return await fetch_all(conn, StaffAreaRole, LIST_ROLES, staff_ids)


DROP_ROLES = "DELETE FROM staff_area_role WHERE staff_id = $1 AND area_id = $2 AND role = ANY ($3::text[])"


async def drop_roles(conn: Conn, staff_id: UUID, area_id: UUID, roles: Sequence[Role]) -> int:
    return await execute(conn, DROP_ROLES, staff_id, area_id, roles)


SET_PASSWORD = "UPDATE staff SET password_hash = $2, version = version + 1 WHERE staff_id = $1 AND active"


async def set_password(conn: Conn, staff_id: UUID, password_hash: str) -> int:
    return await execute(conn, SET_PASSWORD, staff_id, password_hash)


END_SESSIONS = """
UPDATE session SET ended_at = $2 WHERE staff_id = $1 AND ended_at IS NULL AND (device_id IS NULL OR $3)
"""


async def end_sessions(conn: Conn, staff_id: UUID, ended_at: datetime, on_phones: bool) -> int:
    """A session on a phone is of the technician that somebody may be besides."""
    return await execute(conn, END_SESSIONS, staff_id, ended_at, on_phones)


INSERT_PASSWORD_LINKS = (
    "INSERT INTO password_link SELECT * FROM jsonb_populate_recordset(NULL::password_link, $1)"
)


async def insert_password_links(conn: Conn, links: Sequence[PasswordLink]) -> int:
    return await execute_rows(conn, INSERT_PASSWORD_LINKS, links)


END_PASSWORD_LINKS = """
UPDATE password_link SET expires_at = $3 WHERE area_id = $1 AND staff_id = $2 AND used_at IS NULL AND expires_at > $3
"""


async def end_password_links(conn: Conn, area_id: UUID, staff_id: UUID, at: datetime) -> int:
    """Those made before are good for nothing any more."""
    return await execute(conn, END_PASSWORD_LINKS, area_id, staff_id, at)


FIND_PASSWORD_LINK = """
SELECT * FROM password_link WHERE area_id = $1 AND code_hash = $2 AND used_at IS NULL AND expires_at > $3
"""


async def find_password_link(
    conn: Conn, area_id: UUID, code_hash: bytes, at: datetime
) -> PasswordLink | None:
    """While it is good."""
    return await fetch_one(conn, PasswordLink, FIND_PASSWORD_LINK, area_id, code_hash, at)


USE_PASSWORD_LINK = """
UPDATE password_link
SET used_at = $3
WHERE area_id = $1 AND code_hash = $2 AND used_at IS NULL AND expires_at > $3
RETURNING *
"""


async def use_password_link(conn: Conn, area_id: UUID, code_hash: bytes, at: datetime) -> PasswordLink | None:
    """Of two who come with one code, one gets it."""
    return await fetch_one(conn, PasswordLink, USE_PASSWORD_LINK, area_id, code_hash, at)

"""The installation, areas, people who sign in, sessions, tokens, directories: what stands outside row-level security."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.records import Area, Installation, Session, Staff, StaffAreaRole, Token
from db.records.base import Record
from db.rows import Conn, execute, execute_rows, fetch_all, fetch_one, fetch_value
from db.states import Role

FIND_INSTALLATION = "SELECT * FROM installation"


async def find_installation(conn: Conn) -> Installation | None:
    return await fetch_one(conn, Installation, FIND_INSTALLATION)


LIST_AREAS = "SELECT * FROM area ORDER BY code"


async def list_areas(conn: Conn) -> list[Area]:
    return await fetch_all(conn, Area, LIST_AREAS)


LIST_AREAS_BY_ID = "SELECT * FROM area WHERE area_id = ANY ($1::uuid[]) ORDER BY area_id"


async def list_areas_by_id(conn: Conn, area_ids: Sequence[UUID]) -> list[Area]:
    return await fetch_all(conn, Area, LIST_AREAS_BY_ID, area_ids)


FIND_AREA = "SELECT * FROM area WHERE area_id = $1"


async def find_area(conn: Conn, area_id: UUID) -> Area | None:
    return await fetch_one(conn, Area, FIND_AREA, area_id)


GET_AREA = "SELECT * FROM area WHERE area_id = $1"


async def get_area(conn: Conn, area_id: UUID) -> Area:
    """Of whoever holds its id from a row: areas are never removed."""
    area = await fetch_one(conn, Area, GET_AREA, area_id)
    assert area is not None, "areas are never removed"
    return area


INSERT_AREAS = "INSERT INTO area SELECT * FROM jsonb_populate_recordset(NULL::area, $1)"


async def insert_areas(conn: Conn, areas: Sequence[Area]) -> None:
    await execute_rows(conn, INSERT_AREAS, areas)


INSERT_JOURNAL_COUNTERS = "INSERT INTO journal_counter (area_id) SELECT unnest($1::uuid[])"


async def insert_journal_counters(conn: Conn, area_ids: Sequence[UUID]) -> None:
    await execute(conn, INSERT_JOURNAL_COUNTERS, area_ids)


INSERT_STAFF = "INSERT INTO staff SELECT * FROM jsonb_populate_recordset(NULL::staff, $1)"


async def insert_staff(conn: Conn, staff: Sequence[Staff]) -> None:
    await execute_rows(conn, INSERT_STAFF, staff)


INSERT_ROLES = "INSERT INTO staff_area_role SELECT * FROM jsonb_populate_recordset(NULL::staff_area_role, $1)"


async def insert_roles(conn: Conn, roles: Sequence[StaffAreaRole]) -> None:
    await execute_rows(conn, INSERT_ROLES, roles)


class Home(Record):
    """Somebody as a technician."""

    area_id: UUID
    technician_id: UUID


FIND_HOME = """
SELECT staff_area_role.area_id, staff_area_role.technician_id
FROM staff
JOIN staff_area_role USING (staff_id)
WHERE staff.login = $1 AND staff.active AND staff_area_role.role = 'technician'
ORDER BY staff_area_role.area_id
LIMIT 1
"""


async def find_home(conn: Conn, login: str) -> Home | None:
    return await fetch_one(conn, Home, FIND_HOME, login)


FIND_STAFF_BY_LOGIN = "SELECT * FROM staff WHERE login = $1 AND active"


async def find_staff_by_login(conn: Conn, login: str) -> Staff | None:
    return await fetch_one(conn, Staff, FIND_STAFF_BY_LOGIN, login)


FIND_STAFF_OF_TECHNICIAN = """
SELECT staff.*
FROM technician
JOIN staff USING (staff_id)
WHERE technician.area_id = $1 AND technician.technician_id = $2
"""


async def find_staff_of_technician(conn: Conn, area_id: UUID, technician_id: UUID) -> Staff | None:
    return await fetch_one(conn, Staff, FIND_STAFF_OF_TECHNICIAN, area_id, technician_id)


LIST_STAFF_BY_ID = "SELECT * FROM staff WHERE staff_id = ANY ($1::uuid[]) ORDER BY staff_id"


async def list_staff_by_id(conn: Conn, staff_ids: Sequence[UUID]) -> list[Staff]:
    return await fetch_all(conn, Staff, LIST_STAFF_BY_ID, staff_ids)


CHANGE_LANGUAGE = (
    "UPDATE staff SET language = $2, version = version + 1 WHERE staff_id = $1 AND language <> $2"
)


async def change_language(conn: Conn, staff_id: UUID, language: str) -> None:
    await execute(conn, CHANGE_LANGUAGE, staff_id, language)


INSERT_SESSIONS = "INSERT INTO session SELECT * FROM jsonb_populate_recordset(NULL::session, $1)"


async def insert_sessions(conn: Conn, sessions: Sequence[Session]) -> None:
    await execute_rows(conn, INSERT_SESSIONS, sessions)


class TechnicianSession(Record):
    """An open session, and a technician that its person is."""

    session_id: UUID
    area_id: UUID
    technician_id: UUID


class SignedIn(Record):
    """A live session with what every request needs to know: who, and which roles where (none, for somebody who has none
    left), read fresh each time."""

    session_id: UUID
    staff_id: UUID
    display_name: str
    language: str
    used_at: datetime
    areas: list[UUID]
    roles: list[Role]
    """Pairs with `areas`."""
    technicians: list[UUID | None]
    """Pairs with `areas`: the technician's id there, where the role is technician."""


FIND_SESSION = """
SELECT session.session_id, session.staff_id, staff.display_name, staff.language, session.used_at,
       coalesce(held.areas, '{}') AS areas, coalesce(held.roles, '{}') AS roles,
       coalesce(held.technicians, '{}') AS technicians
FROM session
JOIN staff USING (staff_id)
LEFT JOIN LATERAL (
    SELECT array_agg(area_id ORDER BY area_id, role) AS areas, array_agg(role ORDER BY area_id, role) AS roles,
           array_agg(technician_id ORDER BY area_id, role) AS technicians
    FROM staff_area_role
    -- a session on a phone is its technician's, whatever else the person may do elsewhere
    WHERE staff_area_role.staff_id = session.staff_id
      AND (session.device_id IS NULL OR staff_area_role.role = 'technician')
) AS held ON true
WHERE session.session_hash = $1 AND session.ended_at IS NULL AND session.used_at > $2 AND staff.active
"""


async def find_session(conn: Conn, session_hash: bytes, used_after: datetime) -> SignedIn | None:
    return await fetch_one(conn, SignedIn, FIND_SESSION, session_hash, used_after)


IS_TECHNICIAN = """
SELECT EXISTS (
    SELECT
    FROM staff_area_role
    JOIN staff USING (staff_id)
    WHERE staff_area_role.area_id = $1 AND staff_area_role.technician_id = $2
      AND staff_area_role.role = 'technician' AND staff.active
)
"""


async def is_technician(conn: Conn, area_id: UUID, technician_id: UUID) -> bool:
    """Whether the person still works as this technician."""
    return bool(await fetch_value(conn, IS_TECHNICIAN, area_id, technician_id))


BIND_SESSION = "UPDATE session SET device_id = $2 WHERE session_id = $1"


async def bind_session(conn: Conn, session_id: UUID, device_id: UUID) -> None:
    await execute(conn, BIND_SESSION, session_id, device_id)


END_SESSIONS_OF_DEVICE = "UPDATE session SET ended_at = $2 WHERE device_id = $1 AND ended_at IS NULL"


async def end_sessions_of_device(conn: Conn, device_id: UUID, ended_at: datetime) -> int:
    return await execute(conn, END_SESSIONS_OF_DEVICE, device_id, ended_at)


TOUCH_SESSION = "UPDATE session SET used_at = $2 WHERE session_id = $1 AND used_at < $2"


async def touch_session(conn: Conn, session_id: UUID, used_at: datetime) -> None:
    await execute(conn, TOUCH_SESSION, session_id, used_at)


END_SESSION = "UPDATE session SET ended_at = $3 WHERE session_id = $1 AND staff_id = $2 AND ended_at IS NULL"


async def end_session(conn: Conn, session_id: UUID, staff_id: UUID, ended_at: datetime) -> int:
    return await execute(conn, END_SESSION, session_id, staff_id, ended_at)


LIST_SESSIONS = """
SELECT *
FROM session
WHERE staff_id = $1 AND ended_at IS NULL AND used_at > $2
ORDER BY created_at
"""


async def list_sessions(conn: Conn, staff_id: UUID, used_after: datetime) -> list[Session]:
    return await fetch_all(conn, Session, LIST_SESSIONS, staff_id, used_after)


LIST_TECHNICIAN_SESSIONS = """
SELECT session.session_id, held.area_id, held.technician_id
FROM session
JOIN staff USING (staff_id)
JOIN staff_area_role AS held USING (staff_id)
WHERE session.session_id = ANY ($1::uuid[]) AND session.ended_at IS NULL AND session.used_at > $2 AND staff.active
  AND held.role = 'technician'
ORDER BY session.session_id, held.area_id
"""


async def list_technician_sessions(
    conn: Conn, session_ids: Sequence[UUID], used_after: datetime
) -> list[TechnicianSession]:
    """Which of these are still open, and as which technicians."""
    return await fetch_all(conn, TechnicianSession, LIST_TECHNICIAN_SESSIONS, session_ids, used_after)


INSERT_SIGN_IN_FAILURE = "INSERT INTO sign_in_failure (login_hash, failed_at, failure_id) VALUES ($1, $2, $3)"


async def insert_sign_in_failure(
    conn: Conn, login_hash: bytes, failed_at: datetime, failure_id: UUID
) -> None:
    await execute(conn, INSERT_SIGN_IN_FAILURE, login_hash, failed_at, failure_id)


COUNT_SIGN_IN_FAILURES = "SELECT count(*) FROM sign_in_failure WHERE login_hash = $1 AND failed_at > $2"


async def count_sign_in_failures(conn: Conn, login_hash: bytes, failed_after: datetime) -> int:
    return int(await fetch_value(conn, COUNT_SIGN_IN_FAILURES, login_hash, failed_after))


FIND_SIGN_IN_FAILURE = (
    "SELECT failed_at FROM sign_in_failure WHERE login_hash = $1 ORDER BY failed_at DESC OFFSET $2 LIMIT 1"
)


async def find_sign_in_failure(conn: Conn, login_hash: bytes, before_it: int) -> datetime | None:
    """When the one was that so many came after."""
    return await fetch_value(conn, FIND_SIGN_IN_FAILURE, login_hash, before_it)


FORGET_SIGN_IN_FAILURES = "DELETE FROM sign_in_failure WHERE failed_at < $1"


async def forget_sign_in_failures(conn: Conn, before: datetime) -> int:
    return await execute(conn, FORGET_SIGN_IN_FAILURES, before)


INSERT_TOKENS = "INSERT INTO token SELECT * FROM jsonb_populate_recordset(NULL::token, $1)"


async def insert_tokens(conn: Conn, tokens: Sequence[Token]) -> None:
    await execute_rows(conn, INSERT_TOKENS, tokens)


FIND_TOKEN = "SELECT * FROM token WHERE token_hash = $1 AND revoked_at IS NULL"


async def find_token(conn: Conn, token_hash: bytes) -> Token | None:
    return await fetch_one(conn, Token, FIND_TOKEN, token_hash)


class DirectoryEntry(Record):
    """Where to look: the area, and the subscriber or ticket there."""

    area_id: UUID
    subject_id: UUID


FIND_CONTRACT = "SELECT area_id, subscriber_id AS subject_id FROM contract_directory WHERE contract = $1"


async def find_contract(conn: Conn, contract: str) -> DirectoryEntry | None:
    return await fetch_one(conn, DirectoryEntry, FIND_CONTRACT, contract)


INSERT_TICKET_ENTRY = """
INSERT INTO ticket_directory (source, ticket_number, area_id, ticket_id)
VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
"""


async def insert_ticket_entry(
    conn: Conn, source: str, ticket_number: str, area_id: UUID, ticket_id: UUID
) -> int:
    return await execute(conn, INSERT_TICKET_ENTRY, source, ticket_number, area_id, ticket_id)


LIST_ROLES_OF_STAFF = "SELECT * FROM staff_area_role WHERE staff_id = $1 ORDER BY area_id, role"


async def list_roles_of_staff(conn: Conn, staff_id: UUID) -> list[StaffAreaRole]:
    return await fetch_all(conn, StaffAreaRole, LIST_ROLES_OF_STAFF, staff_id)

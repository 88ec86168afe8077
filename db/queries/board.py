"""What the dispatcher's board asks beside what rounds, jobs and plans are asked for."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from db.records import PlanReason, PlanRun, Subscriber
from db.records.base import Record
from db.rows import Conn, fetch_all, fetch_one, fetch_value
from db.states import PlanOrigin, PlanState


class DepotAt(Record):
    """A depot, and where it is."""

    depot_id: UUID
    name: str
    latitude: float
    longitude: float


class PlanNamed(Record):
    """A version of the rounds without its rounds."""

    plan_id: UUID
    plan_version: int
    origin: PlanOrigin
    state: PlanState
    first_on: date
    last_on: date
    created_at: datetime
    published_at: datetime | None


class DarkPlace(Record):
    """Where a subscriber lives whom a job's trouble may darken."""

    job_id: UUID
    latitude: float
    longitude: float


class JournalN(Record):
    """How many entries an area's journal holds."""

    area_id: UUID
    n: int


LIST_DEPOTS = """
SELECT depot.depot_id, depot.name, place.latitude, place.longitude
FROM depot
JOIN place USING (area_id, place_id)
WHERE depot.area_id = $1
ORDER BY depot.name, depot.depot_id
"""


async def list_depots(conn: Conn, area_id: UUID) -> list[DepotAt]:
    return await fetch_all(conn, DepotAt, LIST_DEPOTS, area_id)


FIND_PLAN_OF_DAY = """
SELECT plan_id, plan_version, origin, state, first_on, last_on, created_at, published_at
FROM plan
WHERE area_id = $1 AND state = 'published' AND $2 BETWEEN first_on AND last_on
ORDER BY plan_version DESC
LIMIT 1
"""


async def find_plan_of_day(conn: Conn, area_id: UUID, on_day: date) -> PlanNamed | None:
    """The newest that is out."""
    return await fetch_one(conn, PlanNamed, FIND_PLAN_OF_DAY, area_id, on_day)


LIST_PLANS_NAMED = """
SELECT plan_id, plan_version, origin, state, first_on, last_on, created_at, published_at
FROM plan
WHERE area_id = $1 AND plan_id = ANY ($2::uuid[])
ORDER BY plan_version
"""


async def list_plans_named(conn: Conn, area_id: UUID, plan_ids: Sequence[UUID]) -> list[PlanNamed]:
    return await fetch_all(conn, PlanNamed, LIST_PLANS_NAMED, area_id, plan_ids)


LIST_LAST_RUNS = """
SELECT run.*
FROM unnest($1::uuid[]) AS wanted (area_id)
CROSS JOIN LATERAL (
    SELECT * FROM plan_run WHERE plan_run.area_id = wanted.area_id ORDER BY plan_run_id DESC LIMIT 5
) AS run
ORDER BY run.area_id, run.plan_run_id
"""


async def list_last_runs(conn: Conn, area_ids: Sequence[UUID]) -> list[PlanRun]:
    """The five of each area that were asked for last; their ids grow with time."""
    return await fetch_all(conn, PlanRun, LIST_LAST_RUNS, area_ids)


LIST_SUBSCRIBERS = "SELECT * FROM subscriber WHERE area_id = $1 AND subscriber_id = ANY ($2::uuid[])"


async def list_subscribers(conn: Conn, area_id: UUID, subscriber_ids: Sequence[UUID]) -> list[Subscriber]:
    return await fetch_all(conn, Subscriber, LIST_SUBSCRIBERS, area_id, subscriber_ids)


LIST_DARK_PLACES = """
WITH RECURSIVE below AS (
    SELECT job_id, network_element_id
    FROM job
    WHERE area_id = $1 AND job_id = ANY ($2::uuid[]) AND network_element_id IS NOT NULL
    UNION
    SELECT below.job_id, element.network_element_id
    FROM below
    JOIN network_element AS element ON element.area_id = $1 AND element.parent_id = below.network_element_id
)
SELECT DISTINCT below.job_id, place.latitude, place.longitude
FROM below
JOIN subscriber ON subscriber.area_id = $1 AND subscriber.network_element_id = below.network_element_id
JOIN place ON place.area_id = $1 AND place.place_id = subscriber.place_id
ORDER BY below.job_id, place.latitude, place.longitude
"""


async def list_dark_places(conn: Conn, area_id: UUID, job_ids: Sequence[UUID]) -> list[DarkPlace]:
    """Of each job, where the subscribers of its network element live, and of all elements below it."""
    return await fetch_all(conn, DarkPlace, LIST_DARK_PLACES, area_id, job_ids)


LIST_LAST_REASONS = """
SELECT DISTINCT ON (job_id) *
FROM plan_reason
WHERE area_id = $1 AND job_id = ANY ($2::uuid[])
ORDER BY job_id, explained_at DESC, plan_id DESC
"""


async def list_last_reasons(conn: Conn, area_id: UUID, job_ids: Sequence[UUID]) -> list[PlanReason]:
    """What was found out last of each, in a draft or in what is out."""
    return await fetch_all(conn, PlanReason, LIST_LAST_REASONS, area_id, job_ids)


GET_JOURNAL_N = "SELECT n FROM journal_counter WHERE area_id = $1"


async def get_journal_n(conn: Conn, area_id: UUID) -> int:
    return int(await fetch_value(conn, GET_JOURNAL_N, area_id) or 0)


LIST_JOURNAL_NS = "SELECT area_id, n FROM journal_counter WHERE area_id = ANY ($1::uuid[]) ORDER BY area_id"


async def list_journal_ns(conn: Conn, area_ids: Sequence[UUID]) -> list[JournalN]:
    return await fetch_all(conn, JournalN, LIST_JOURNAL_NS, area_ids)


class AreaSession(Record):
    """An open session, and an area on whose board its person may look."""

    session_id: UUID
    area_id: UUID


LIST_BOARD_SESSIONS = """
SELECT DISTINCT session.session_id, held.area_id
FROM session
JOIN staff USING (staff_id)
JOIN staff_area_role AS held USING (staff_id)
WHERE session.session_id = ANY ($1::uuid[]) AND session.ended_at IS NULL AND session.used_at > $2 AND staff.active
  AND session.device_id IS NULL AND held.role IN ('dispatcher', 'supervisor')
ORDER BY session.session_id, held.area_id
"""


async def list_board_sessions(
    conn: Conn, session_ids: Sequence[UUID], used_after: datetime
) -> list[AreaSession]:
    """Which of these are still open, and where as a dispatcher or supervisor."""
    return await fetch_all(conn, AreaSession, LIST_BOARD_SESSIONS, session_ids, used_after)


class NamedPerson(Record):
    """Somebody who acted."""

    person_id: UUID
    display_name: str


LIST_NAMES = """
SELECT staff_id AS person_id, display_name FROM staff WHERE staff_id = ANY ($2::uuid[])
UNION ALL
SELECT technician_id, display_name FROM technician WHERE area_id = $1 AND technician_id = ANY ($2::uuid[])
"""


async def list_names(conn: Conn, area_id: UUID, ids: Sequence[UUID]) -> list[NamedPerson]:
    """Of people of the office, and of the area's technicians."""
    return await fetch_all(conn, NamedPerson, LIST_NAMES, area_id, ids)

"""Drafts: what of one has not gone out, how much that changes, and that it was thrown away."""

from datetime import date, datetime, timedelta
from uuid import UUID

from db.queries.board import PlanNamed
from db.records import Plan
from db.rows import Conn, execute, fetch_all, fetch_one


class DraftNamed(PlanNamed):
    """`changes`: to how many jobs it would give another place, a first one, or none."""

    changes: int


LOCK_DRAFT = "SELECT * FROM plan WHERE area_id = $1 AND plan_id = $2 AND state = 'draft' FOR UPDATE"


async def lock_draft(conn: Conn, area_id: UUID, plan_id: UUID) -> Plan | None:
    """None once it has gone out, was discarded or superseded."""
    return await fetch_one(conn, Plan, LOCK_DRAFT, area_id, plan_id)


KEEP_REST = "UPDATE plan SET state = $3, routes = $4, unassigned = $5 WHERE area_id = $1 AND plan_id = $2"


async def keep_rest(conn: Conn, rest: Plan) -> None:
    """What of a draft has not gone out."""
    kept = rest.state, rest.routes, rest.unassigned
    await execute(conn, KEEP_REST, rest.area_id, rest.plan_id, *kept)


MARK_DISCARDED = """
UPDATE plan
SET state = 'superseded', discarded_at = $3, discarded_by = $4
WHERE area_id = $1 AND plan_id = $2 AND state = 'draft'
"""


async def mark_discarded(conn: Conn, area_id: UUID, plan_id: UUID, at: datetime, by: UUID | None) -> int:
    return await execute(conn, MARK_DISCARDED, area_id, plan_id, at, by)


LIST_DRAFTS_OF_DAY = """
SELECT plan_id, plan_version, origin, state, first_on, last_on, created_at, published_at,
    placed.changes + dropped.changes AS changes
FROM plan
CROSS JOIN LATERAL (
    SELECT count(*) AS changes
    FROM visit AS draft
    LEFT JOIN visit AS present ON present.area_id = draft.area_id AND present.visit_id = draft.replaces_visit_id
    WHERE draft.area_id = plan.area_id AND draft.state = 'draft' AND draft.plan_id = plan.plan_id
      AND (
          present.visit_id IS NULL
          OR (present.technician_id, present.on_day) <> (draft.technician_id, draft.on_day)
          OR present.planned_start_at - draft.planned_start_at NOT BETWEEN -$3::interval AND $3::interval
      )
) AS placed
CROSS JOIN LATERAL (
    SELECT count(*) AS changes
    FROM jsonb_array_elements(plan.unassigned) AS left_out
    JOIN visit ON visit.area_id = plan.area_id AND visit.job_id = (left_out ->> 'job_id')::uuid
    WHERE visit.state = 'published'
) AS dropped
WHERE plan.area_id = $1 AND plan.state = 'draft' AND $2 BETWEEN first_on AND last_on
ORDER BY plan_version DESC
"""


async def list_drafts_of_day(conn: Conn, area_id: UUID, on_day: date, same: timedelta) -> list[DraftNamed]:
    """Newest first. `same`: a start that moves by no more has not moved."""
    return await fetch_all(conn, DraftNamed, LIST_DRAFTS_OF_DAY, area_id, on_day, same)

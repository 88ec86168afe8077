"""Drafts: what of one has not gone out, and that it was thrown away."""

from datetime import datetime
from uuid import UUID

from db.records import Plan
from db.rows import Conn, execute, fetch_one

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

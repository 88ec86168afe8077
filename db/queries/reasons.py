"""Reasons of plans, and questions about them."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from db.records import PlanReason, WhyNot
from db.rows import Conn, execute, execute_rows, fetch_all, fetch_one

SAVE_REASONS = """
INSERT INTO plan_reason SELECT * FROM jsonb_populate_recordset(NULL::plan_reason, $1)
ON CONFLICT (area_id, plan_id, job_id) DO UPDATE
SET technician_area_id = excluded.technician_area_id, technician_id = excluded.technician_id,
    on_day = excluded.on_day, start_at = excluded.start_at, cost = excluded.cost, own = excluded.own,
    left_out = excluded.left_out, instead = excluded.instead, blocks = excluded.blocks, hint = excluded.hint,
    explained_at = excluded.explained_at
WHERE plan_reason.explained_at <= excluded.explained_at
"""


async def save_reasons(conn: Conn, reasons: Sequence[PlanReason]) -> None:
    """What was found out later stays."""
    await execute_rows(conn, SAVE_REASONS, reasons)


LIST_REASONS = """
SELECT *
FROM plan_reason
WHERE area_id = $1 AND plan_id = $2
ORDER BY job_id
"""


async def list_reasons(conn: Conn, area_id: UUID, plan_id: UUID) -> list[PlanReason]:
    return await fetch_all(conn, PlanReason, LIST_REASONS, area_id, plan_id)


LIST_REASONS_OUT = """
SELECT DISTINCT ON (plan_reason.job_id) plan_reason.*
FROM plan_reason
JOIN plan USING (area_id, plan_id)
WHERE plan_reason.area_id = $1 AND plan_reason.job_id = ANY ($2::uuid[]) AND plan.published_at IS NOT NULL
ORDER BY plan_reason.job_id, plan_reason.explained_at DESC, plan.plan_version DESC
"""


async def list_reasons_out(conn: Conn, area_id: UUID, job_ids: Sequence[UUID]) -> list[PlanReason]:
    """The last of each job, of versions that went out."""
    return await fetch_all(conn, PlanReason, LIST_REASONS_OUT, area_id, job_ids)


FIND_LAST_REASON = """
SELECT *
FROM plan_reason
WHERE area_id = $1 AND job_id = $2
ORDER BY explained_at DESC, plan_id DESC
LIMIT 1
"""


async def find_last_reason(conn: Conn, area_id: UUID, job_id: UUID) -> PlanReason | None:
    return await fetch_one(conn, PlanReason, FIND_LAST_REASON, area_id, job_id)


DELETE_STALE_REASONS = """
DELETE FROM plan_reason
USING plan
WHERE plan_reason.area_id = $1 AND plan.area_id = $1 AND plan.plan_id = plan_reason.plan_id
  AND plan.state = 'superseded'
  AND (plan.published_at IS NULL AND plan.created_at < $2 OR plan.last_on < $3)
"""


async def delete_stale_reasons(conn: Conn, area_id: UUID, drafted_before: datetime, out_before: date) -> int:
    """Of drafts that never went out, and of what was out long ago."""
    return await execute(conn, DELETE_STALE_REASONS, area_id, drafted_before, out_before)


INSERT_WHY_NOTS = "INSERT INTO why_not SELECT * FROM jsonb_populate_recordset(NULL::why_not, $1)"


async def insert_why_nots(conn: Conn, asked: Sequence[WhyNot]) -> None:
    await execute_rows(conn, INSERT_WHY_NOTS, asked)


FIND_WHY_NOT = "SELECT * FROM why_not WHERE area_id = $1 AND why_not_id = $2"


async def find_why_not(conn: Conn, area_id: UUID, why_not_id: UUID) -> WhyNot | None:
    return await fetch_one(conn, WhyNot, FIND_WHY_NOT, area_id, why_not_id)


SAVE_ANSWERS = """
UPDATE why_not
SET answered_at = new.answered_at, answer = new.answer
FROM jsonb_populate_recordset(NULL::why_not, $1) AS new
WHERE why_not.area_id = new.area_id AND why_not.why_not_id = new.why_not_id
"""


async def save_answers(conn: Conn, answered: Sequence[WhyNot]) -> None:
    await execute_rows(conn, SAVE_ANSWERS, answered)


DELETE_OLD_WHY_NOTS = "DELETE FROM why_not WHERE area_id = $1 AND asked_at < $2"


async def delete_old_why_nots(conn: Conn, area_id: UUID, asked_before: datetime) -> int:
    return await execute(conn, DELETE_OLD_WHY_NOTS, area_id, asked_before)

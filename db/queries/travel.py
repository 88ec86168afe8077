"""Travel times kept between places, and where those of a run came from."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from db.records import Plan, PlanRun, RunTravel, TravelRow
from db.rows import Conn, execute, fetch_all, fetch_one

LIST_TRAVEL_ROWS = """
SELECT *
FROM travel_row
WHERE area_id = $1 AND source = $2 AND here = ANY ($3::bigint[]) AND computed_at >= $4
ORDER BY here
"""


async def list_travel_rows(
    conn: Conn, area_id: UUID, source: str, here: Sequence[int], since: datetime
) -> list[TravelRow]:
    """Those that were worked out since then."""
    return await fetch_all(conn, TravelRow, LIST_TRAVEL_ROWS, area_id, source, here, since)


SAVE_TRAVEL_ROWS = """
INSERT INTO travel_row (area_id, source, here, ways, computed_at)
SELECT $1, $2, here, ways, $5
FROM unnest($3::bigint[], $4::bytea[]) AS made (here, ways)
ORDER BY here
ON CONFLICT (area_id, source, here) DO UPDATE
SET ways = excluded.ways, computed_at = excluded.computed_at
"""


async def save_travel_rows(
    conn: Conn, area_id: UUID, source: str, ways: Mapping[int, bytes], computed_at: datetime
) -> None:
    """In place of what was kept of these places. Not as JSON: that would be a hundred bytes for each of these 24."""
    await execute(conn, SAVE_TRAVEL_ROWS, area_id, source, list(ways), list(ways.values()), computed_at)


DELETE_TRAVEL_ROWS = "DELETE FROM travel_row WHERE area_id = $1 AND computed_at < $2"


async def delete_travel_rows(conn: Conn, area_id: UUID, computed_before: datetime) -> int:
    return await execute(conn, DELETE_TRAVEL_ROWS, area_id, computed_before)


NOTE_TRAVEL = """
UPDATE plan_run
SET travel = $4
WHERE area_id = $1 AND plan_run_id = $2 AND attempt = $3 AND state = 'running'
"""


async def note_travel(conn: Conn, area_id: UUID, plan_run_id: UUID, attempt: int, travel: RunTravel) -> int:
    """Nothing when this attempt no longer owns the run."""
    return await execute(conn, NOTE_TRAVEL, area_id, plan_run_id, attempt, travel)


FIND_RUN_BEHIND = """
SELECT plan_run.*
FROM plan
JOIN plan_run USING (area_id, plan_run_id)
WHERE plan.area_id = $1 AND plan.plan_version <= $2 AND plan.first_on <= $4 AND plan.last_on >= $3
  AND (plan.plan_version = $2 OR plan.published_at IS NOT NULL)
ORDER BY plan.plan_version DESC
LIMIT 1
"""


async def find_run_behind(conn: Conn, plan: Plan) -> PlanRun | None:
    """The run that made a version; of one that no run made, the last that made one which went out over its days before."""
    found = plan.area_id, plan.plan_version, plan.first_on, plan.last_on
    return await fetch_one(conn, PlanRun, FIND_RUN_BEHIND, *found)

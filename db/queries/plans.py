"""Runs of the optimizer, plans, rounds, visits."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from db.records import Plan, PlannedRoute, PlanRun, Round, Visit, VisitCrew
from db.rows import Conn, execute, execute_rows, fetch_all, fetch_column, fetch_one, fetch_value
from db.states import PlanState

INSERT_RUNS = "INSERT INTO plan_run SELECT * FROM jsonb_populate_recordset(NULL::plan_run, $1)"


async def insert_runs(conn: Conn, runs: Sequence[PlanRun]) -> None:
    await execute_rows(conn, INSERT_RUNS, runs)


FIND_RUN = "SELECT * FROM plan_run WHERE area_id = $1 AND plan_run_id = $2"


async def find_run(conn: Conn, area_id: UUID, plan_run_id: UUID) -> PlanRun | None:
    return await fetch_one(conn, PlanRun, FIND_RUN, area_id, plan_run_id)


LOCK_QUEUED_RUN = """
SELECT *
FROM plan_run
WHERE area_id = $1 AND state = 'queued'
ORDER BY requested_at
LIMIT 1
FOR UPDATE
"""


async def lock_queued_run(conn: Conn, area_id: UUID) -> PlanRun | None:
    return await fetch_one(conn, PlanRun, LOCK_QUEUED_RUN, area_id)


LIST_RUNS_BY_ID = """
SELECT *
FROM plan_run
WHERE area_id = $1 AND plan_run_id = ANY ($2::uuid[])
ORDER BY plan_run_id
"""


async def list_runs_by_id(conn: Conn, area_id: UUID, plan_run_ids: Sequence[UUID]) -> list[PlanRun]:
    return await fetch_all(conn, PlanRun, LIST_RUNS_BY_ID, area_id, plan_run_ids)


LIST_RUNS = "SELECT * FROM plan_run WHERE area_id = $1 ORDER BY requested_at DESC, plan_run_id DESC LIMIT $2"


async def list_runs(conn: Conn, area_id: UUID, limit: int) -> list[PlanRun]:
    """Newest first."""
    return await fetch_all(conn, PlanRun, LIST_RUNS, area_id, limit)


CLAIM_RUN = """
UPDATE plan_run
SET state = 'running', attempt = attempt + 1, progress = NULL
WHERE area_id = $1 AND plan_run_id = $2 AND state IN ('queued', 'running')
RETURNING *
"""


async def claim_run(conn: Conn, area_id: UUID, plan_run_id: UUID) -> PlanRun | None:
    """Running under a new attempt; what an earlier attempt still sends is fenced off."""
    return await fetch_one(conn, PlanRun, CLAIM_RUN, area_id, plan_run_id)


NOTE_PROGRESS = """
UPDATE plan_run
SET progress = $4
WHERE area_id = $1 AND plan_run_id = $2 AND attempt = $3 AND state = 'running'
RETURNING stop_requested
"""


async def note_progress(
    conn: Conn, area_id: UUID, plan_run_id: UUID, attempt: int, progress: dict[str, Any]
) -> bool | None:
    """Whether somebody asked it to stop; None when this attempt no longer owns the run."""
    return await fetch_value(conn, NOTE_PROGRESS, area_id, plan_run_id, attempt, progress)


NOTE_MOVED = """
UPDATE plan_run
SET moved = $4
WHERE area_id = $1 AND plan_run_id = $2 AND attempt = $3 AND state = 'running'
"""


async def note_moved(conn: Conn, area_id: UUID, plan_run_id: UUID, attempt: int, moved: int | None) -> int:
    return await execute(conn, NOTE_MOVED, area_id, plan_run_id, attempt, moved)


FINISH_RUN = """
UPDATE plan_run
SET state = $4, failure = $5, finished_at = $6
WHERE area_id = $1 AND plan_run_id = $2 AND attempt = $3 AND state = 'running'
"""


async def finish_run(
    conn: Conn, area_id: UUID, plan_run_id: UUID, attempt: int, state: str, failure: str | None, at: datetime
) -> int:
    return await execute(conn, FINISH_RUN, area_id, plan_run_id, attempt, state, failure, at)


REQUEST_STOP = "UPDATE plan_run SET stop_requested = true WHERE area_id = $1 AND plan_run_id = $2"


async def request_stop(conn: Conn, area_id: UUID, plan_run_id: UUID) -> int:
    return await execute(conn, REQUEST_STOP, area_id, plan_run_id)


INSERT_PLANS = "INSERT INTO plan SELECT * FROM jsonb_populate_recordset(NULL::plan, $1)"


async def insert_plans(conn: Conn, plans: Sequence[Plan]) -> None:
    await execute_rows(conn, INSERT_PLANS, plans)


NEXT_PLAN_VERSION = "SELECT coalesce(max(plan_version), 0) + 1 FROM plan WHERE area_id = $1"


async def next_plan_version(conn: Conn, area_id: UUID) -> int:
    return int(await fetch_value(conn, NEXT_PLAN_VERSION, area_id))


FIND_PLAN = "SELECT * FROM plan WHERE area_id = $1 AND plan_id = $2"


async def find_plan(conn: Conn, area_id: UUID, plan_id: UUID) -> Plan | None:
    return await fetch_one(conn, Plan, FIND_PLAN, area_id, plan_id)


FIND_PLAN_OF_RUN = "SELECT plan_id FROM plan WHERE area_id = $1 AND plan_run_id = $2"


async def find_plan_of_run(conn: Conn, area_id: UUID, plan_run_id: UUID) -> UUID | None:
    return await fetch_value(conn, FIND_PLAN_OF_RUN, area_id, plan_run_id)


LIST_PLANS = "SELECT * FROM plan WHERE area_id = $1 ORDER BY plan_version DESC LIMIT $2"


async def list_plans(conn: Conn, area_id: UUID, limit: int) -> list[Plan]:
    """Newest first."""
    return await fetch_all(conn, Plan, LIST_PLANS, area_id, limit)


FIND_PUBLISHED_PLAN = """
SELECT plan_id
FROM plan
WHERE area_id = $1 AND state = 'published' AND first_on <= $2 AND last_on >= $2
ORDER BY plan_version DESC
LIMIT 1
"""


async def find_published_plan(conn: Conn, area_id: UUID, on_day: date) -> UUID | None:
    return await fetch_value(conn, FIND_PUBLISHED_PLAN, area_id, on_day)


FIND_DRAFT_PLAN = """
SELECT plan_id
FROM plan
WHERE area_id = $1 AND state = 'draft' AND first_on <= $2 AND last_on >= $2
ORDER BY plan_version DESC
LIMIT 1
"""


async def find_draft_plan(conn: Conn, area_id: UUID, on_day: date) -> UUID | None:
    return await fetch_value(conn, FIND_DRAFT_PLAN, area_id, on_day)


SUPERSEDE_PLANS = """
UPDATE plan
SET state = 'superseded'
WHERE area_id = $1 AND plan_id <> $2 AND state = $3 AND first_on >= $4 AND last_on <= $5
"""


async def supersede_plans(
    conn: Conn, area_id: UUID, but: UUID, state: PlanState, first_on: date, last_on: date
) -> None:
    """Those that lie within these days; one that reaches beyond them still stands for its other days."""
    await execute(conn, SUPERSEDE_PLANS, area_id, but, state, first_on, last_on)


SUPERSEDE_DRAFTS = """
UPDATE plan
SET state = 'superseded'
WHERE area_id = $1 AND plan_id <> $2 AND state = 'draft' AND first_on <= $4 AND last_on >= $3
"""


async def supersede_drafts(conn: Conn, area_id: UUID, but: UUID, first_on: date, last_on: date) -> None:
    """Draft plans that speak of any of these days: two drafts of a day cannot both be true."""
    await execute(conn, SUPERSEDE_DRAFTS, area_id, but, first_on, last_on)


KEEP_PUBLISHED = "UPDATE plan SET routes = $3, replaced = $4 WHERE area_id = $1 AND plan_id = $2"


async def keep_published(
    conn: Conn, area_id: UUID, plan_id: UUID, routes: Sequence[PlannedRoute], replaced: Sequence[PlannedRoute]
) -> None:
    """What went out, and what was out before."""
    await execute(conn, KEEP_PUBLISHED, area_id, plan_id, list(routes), list(replaced))


MARK_PUBLISHED = """
UPDATE plan
SET state = 'published', published_at = $3, published_by = $4
WHERE area_id = $1 AND plan_id = $2 AND state = 'draft'
"""


async def mark_published(conn: Conn, area_id: UUID, plan_id: UUID, at: datetime, by: UUID | None) -> int:
    return await execute(conn, MARK_PUBLISHED, area_id, plan_id, at, by)


LIST_ROUNDS = "SELECT * FROM round WHERE area_id = $1 AND on_day = $2 ORDER BY technician_id"


async def list_rounds(conn: Conn, area_id: UUID, on_day: date) -> list[Round]:
    return await fetch_all(conn, Round, LIST_ROUNDS, area_id, on_day)


LIST_ROUNDS_BETWEEN = """
SELECT *
FROM round
WHERE area_id = $1 AND on_day BETWEEN $2 AND $3
ORDER BY on_day, technician_id
"""


async def list_rounds_between(conn: Conn, area_id: UUID, first_on: date, last_on: date) -> list[Round]:
    return await fetch_all(conn, Round, LIST_ROUNDS_BETWEEN, area_id, first_on, last_on)


SAVE_ROUNDS = """
INSERT INTO round SELECT * FROM jsonb_populate_recordset(NULL::round, $1)
ON CONFLICT ON CONSTRAINT round_is_one_per_technician_and_day DO UPDATE
SET plan_id = excluded.plan_id, round_version = round.round_version + 1, leave_at = excluded.leave_at,
    back_at = excluded.back_at, break_start_at = excluded.break_start_at, break_end_at = excluded.break_end_at,
    travel_duration = excluded.travel_duration, distance_m = excluded.distance_m,
    published_at = excluded.published_at
"""


async def save_rounds(conn: Conn, rounds: Sequence[Round]) -> None:
    await execute_rows(conn, SAVE_ROUNDS, rounds)


INSERT_VISITS = "INSERT INTO visit SELECT * FROM jsonb_populate_recordset(NULL::visit, $1)"


async def insert_visits(conn: Conn, visits: Sequence[Visit]) -> None:
    await execute_rows(conn, INSERT_VISITS, visits)


SAVE_VISITS = """
UPDATE visit
SET state = new.state, end_reason = new.end_reason, sequence = new.sequence,
    planned_arrival_at = new.planned_arrival_at, planned_start_at = new.planned_start_at,
    planned_end_at = new.planned_end_at, travel_duration = new.travel_duration, distance_m = new.distance_m,
    replaces_visit_id = new.replaces_visit_id, plan_id = new.plan_id, pinned = new.pinned,
    pinned_start_at = new.pinned_start_at,
    assigned_at = new.assigned_at, shown_at = new.shown_at, hidden_at = new.hidden_at,
    on_my_way_at = new.on_my_way_at, arrived_at = new.arrived_at, working_at = new.working_at,
    ended_at = new.ended_at, moves = new.moves, version = visit.version + 1
FROM jsonb_populate_recordset(NULL::visit, $1) AS new
WHERE visit.area_id = new.area_id AND visit.visit_id = new.visit_id
"""


async def save_visits(conn: Conn, visits: Sequence[Visit]) -> None:
    await execute_rows(conn, SAVE_VISITS, visits)


DELETE_DRAFTS = """
DELETE FROM visit
WHERE area_id = $1 AND state = 'draft' AND (visit_id = ANY ($2::uuid[]) OR job_id = ANY ($3::uuid[]))
"""


async def delete_drafts(
    conn: Conn, area_id: UUID, visit_ids: Sequence[UUID], job_ids: Sequence[UUID]
) -> None:
    await execute(conn, DELETE_DRAFTS, area_id, visit_ids, job_ids)


DELETE_REPLACING_DRAFTS = """
DELETE FROM visit
WHERE area_id = $1 AND state = 'draft' AND replaces_visit_id IS NOT NULL AND job_id = ANY ($2::uuid[])
"""


async def delete_replacing_drafts(conn: Conn, area_id: UUID, job_ids: Sequence[UUID]) -> None:
    """Drafts that would have changed a visit which has gone elsewhere meanwhile."""
    await execute(conn, DELETE_REPLACING_DRAFTS, area_id, job_ids)


DELETE_REPLACING_DRAFTS_OF_DAY = """
DELETE FROM visit
WHERE area_id = $1 AND state = 'draft' AND replaces_visit_id IS NOT NULL
  AND technician_area_id = $2 AND technician_id = $3 AND on_day = $4
"""


async def delete_replacing_drafts_of_day(conn: Conn, area_id: UUID, day: tuple[UUID, UUID, date]) -> None:
    """Drafts that would have brought to this day what is out elsewhere."""
    await execute(conn, DELETE_REPLACING_DRAFTS_OF_DAY, area_id, *day)


LIST_DRAFTS_OF_PLAN = """
SELECT *
FROM visit
WHERE area_id = $1 AND state = 'draft'
  AND (plan_id = $2 OR replaces_visit_id IS NULL AND on_day BETWEEN $3 AND $4)
ORDER BY visit_id
"""


async def list_drafts_of_plan(
    conn: Conn, area_id: UUID, plan_id: UUID, first_on: date, last_on: date
) -> list[Visit]:
    """The plan's own, and what was booked into its days."""
    return await fetch_all(conn, Visit, LIST_DRAFTS_OF_PLAN, area_id, plan_id, first_on, last_on)


DELETE_DRAFTS_OF_DAYS = """
DELETE FROM visit
USING unnest($2::uuid[], $3::uuid[], $4::date[]) AS emptied (technician_area_id, technician_id, on_day)
WHERE visit.area_id = $1 AND visit.state = 'draft'
  AND visit.technician_area_id = emptied.technician_area_id
  AND visit.technician_id = emptied.technician_id
  AND visit.on_day = emptied.on_day
"""


async def delete_drafts_of_days(conn: Conn, area_id: UUID, days: Sequence[tuple[UUID, UUID, date]]) -> None:
    areas, technicians, on_days = [day[0] for day in days], [day[1] for day in days], [day[2] for day in days]
    await execute(conn, DELETE_DRAFTS_OF_DAYS, area_id, areas, technicians, on_days)


FIND_VISIT = "SELECT * FROM visit WHERE area_id = $1 AND visit_id = $2"


async def find_visit(conn: Conn, area_id: UUID, visit_id: UUID) -> Visit | None:
    return await fetch_one(conn, Visit, FIND_VISIT, area_id, visit_id)


LIST_VISITS_BETWEEN = """
SELECT *
FROM visit
WHERE area_id = $1 AND on_day BETWEEN $2 AND $3
ORDER BY on_day, technician_id, sequence, visit_id
"""


async def list_visits_between(conn: Conn, area_id: UUID, first_on: date, last_on: date) -> list[Visit]:
    return await fetch_all(conn, Visit, LIST_VISITS_BETWEEN, area_id, first_on, last_on)


LIST_VISITS_OF_JOBS = """
SELECT *
FROM visit
WHERE area_id = $1 AND job_id = ANY ($2::uuid[])
ORDER BY job_id, assigned_at NULLS LAST, visit_id
"""


async def list_visits_of_jobs(conn: Conn, area_id: UUID, job_ids: Sequence[UUID]) -> list[Visit]:
    return await fetch_all(conn, Visit, LIST_VISITS_OF_JOBS, area_id, job_ids)


LIST_DUE_TO_SHOW = """
SELECT *
FROM visit
WHERE area_id = $1 AND shown_at IS NULL AND on_day <= $2
  AND state IN ('published', 'on_my_way', 'arrived', 'working')
ORDER BY technician_area_id, technician_id, visit_id
LIMIT 500
"""


async def list_due_to_show(conn: Conn, area_id: UUID, up_to: date) -> list[Visit]:
    return await fetch_all(conn, Visit, LIST_DUE_TO_SHOW, area_id, up_to)


LIST_NEVER_BEGUN = """
SELECT visit.*
FROM visit
JOIN technician_day ON technician_day.area_id = visit.technician_area_id
  AND technician_day.technician_id = visit.technician_id
  AND technician_day.on_day = visit.on_day
WHERE visit.area_id = $1 AND visit.state = 'published'
  AND CASE
        WHEN visit.planned_start_at < technician_day.shift_end_at THEN technician_day.shift_end_at
        ELSE greatest(visit.planned_start_at, technician_day.on_call_end_at)
      END < $2
ORDER BY visit.job_id
LIMIT 500
"""


async def list_never_begun(conn: Conn, area_id: UUID, shift_ended_before: datetime) -> list[Visit]:
    return await fetch_all(conn, Visit, LIST_NEVER_BEGUN, area_id, shift_ended_before)


LIST_DUE_TO_HIDE = """
SELECT visit.*
FROM visit
JOIN job USING (area_id, job_id)
WHERE visit.area_id = $1 AND visit.shown_at IS NOT NULL AND visit.hidden_at IS NULL
  AND (job.closed_at < $2 OR visit.ended_at < $2 AND visit.state NOT IN ('published', 'on_my_way', 'arrived', 'working'))
ORDER BY visit.technician_area_id, visit.technician_id, visit.visit_id
LIMIT 500
"""


async def list_due_to_hide(conn: Conn, area_id: UUID, ended_before: datetime) -> list[Visit]:
    return await fetch_all(conn, Visit, LIST_DUE_TO_HIDE, area_id, ended_before)


LIST_VISIBLE_JOBS = """
SELECT job_id
FROM visit
WHERE area_id = ANY ($1::uuid[]) AND technician_id = $2 AND shown_at IS NOT NULL AND hidden_at IS NULL
UNION
SELECT visit.job_id
FROM visit_crew
JOIN visit USING (area_id, visit_id)
WHERE visit_crew.area_id = ANY ($1::uuid[]) AND visit_crew.technician_id = $2
  AND visit.shown_at IS NOT NULL AND visit.hidden_at IS NULL
ORDER BY job_id
"""


async def list_visible_jobs(conn: Conn, area_ids: Sequence[UUID], technician_id: UUID) -> list[UUID]:
    """Of the visits that are the technician's own, and of those at which it is the second."""
    return await fetch_column(conn, LIST_VISIBLE_JOBS, area_ids, technician_id)


LIST_CREW = """
SELECT visit_crew.*
FROM visit_crew
JOIN visit USING (area_id, visit_id)
WHERE visit_crew.area_id = $1 AND visit.job_id = ANY ($2::uuid[])
ORDER BY visit_crew.visit_id, visit_crew.technician_id
"""


async def list_crew(conn: Conn, area_id: UUID, job_ids: Sequence[UUID]) -> list[VisitCrew]:
    return await fetch_all(conn, VisitCrew, LIST_CREW, area_id, job_ids)


LIST_VISITS_OF_DAYS = """
SELECT visit.*
FROM visit
JOIN unnest($2::uuid[], $3::uuid[], $4::date[]) AS wanted (technician_area_id, technician_id, on_day)
  USING (technician_area_id, technician_id, on_day)
WHERE visit.area_id = $1
ORDER BY visit.on_day, visit.technician_id, visit.sequence, visit.visit_id
"""


async def list_visits_of_days(
    conn: Conn, area_id: UUID, days: Sequence[tuple[UUID, UUID, date]]
) -> list[Visit]:
    areas, technicians, on_days = [day[0] for day in days], [day[1] for day in days], [day[2] for day in days]
    return await fetch_all(conn, Visit, LIST_VISITS_OF_DAYS, area_id, areas, technicians, on_days)


LIST_ROUNDS_OF_DAYS = """
SELECT round.*
FROM round
JOIN unnest($2::uuid[], $3::uuid[], $4::date[]) AS wanted (technician_area_id, technician_id, on_day)
  USING (technician_area_id, technician_id, on_day)
WHERE round.area_id = $1
ORDER BY round.on_day, round.technician_id
"""


async def list_rounds_of_days(
    conn: Conn, area_id: UUID, days: Sequence[tuple[UUID, UUID, date]]
) -> list[Round]:
    areas, technicians, on_days = [day[0] for day in days], [day[1] for day in days], [day[2] for day in days]
    return await fetch_all(conn, Round, LIST_ROUNDS_OF_DAYS, area_id, areas, technicians, on_days)

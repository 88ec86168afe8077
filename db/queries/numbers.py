"""What happened in a period, counted by day, technician, job kind or district; what came of jobs, by who of support sent them as well.

A district is the postcode of the place, or its town where it has none; places and kinds are looked at only where they are asked
for. Sums are whole seconds of each row, so that the counts of parts add up to those of the whole.
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from db.records.numbers import (
    BurdenCounts,
    DayCounts,
    MendedCounts,
    PromiseCounts,
    RestoredCounts,
    VisitCounts,
)
from db.rows import Conn, execute, fetch_all

PLAN_ANEW = """
SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('work_mem', '64MB', true)
"""


async def plan_anew(conn: Conn) -> None:
    """For the rest of the transaction each statement is planned for the period and split that it is asked for: one way for all of
    them reads every place for a count of days. And it sorts a month of a call centre in memory."""
    await execute(conn, PLAN_ANEW)


COUNT_VISITS = """
WITH attended AS (SELECT unnest($5::text[]) AS state)
SELECT CASE $4::text
           WHEN 'technician' THEN visit.technician_id::text
           WHEN 'kind' THEN job.kind
           WHEN 'district' THEN coalesce(nullif(place.postcode, ''), place.city)
           ELSE visit.on_day::text
       END AS key,
       count(attended.state) AS visits,
       count(*) FILTER (WHERE visit.state = 'no_access') AS no_access,
       count(attended.state) FILTER (WHERE quoted.visit_id IS NOT NULL) AS quoted,
       count(*) FILTER (WHERE quoted.visit_id IS NOT NULL AND visit.state = 'declined') AS declined,
       coalesce(sum(floor(extract(epoch FROM
           CASE WHEN visit.arrived_at - visit.on_my_way_at BETWEEN interval '0' AND interval '4 hours'
                THEN visit.arrived_at - visit.on_my_way_at
                ELSE visit.travel_duration
           END
       ))) FILTER (WHERE attended.state IS NOT NULL), 0)::bigint AS driving_seconds,
       count(*) AS published,
       count(*) FILTER (WHERE visit.moves > 0 OR visit.end_reason IN ('reassigned', 'withdrawn')) AS changed,
       sum(visit.moves + (visit.end_reason IN ('reassigned', 'withdrawn'))::integer) AS changes
FROM visit
LEFT JOIN job ON $4 IN ('kind', 'district') AND job.area_id = visit.area_id AND job.job_id = visit.job_id
LEFT JOIN place ON $4 = 'district' AND place.area_id = job.area_id AND place.place_id = job.place_id
LEFT JOIN attended ON attended.state = visit.state
LEFT JOIN (SELECT DISTINCT visit_id FROM quote WHERE area_id = $1) AS quoted ON quoted.visit_id = visit.visit_id
WHERE visit.area_id = $1 AND visit.on_day BETWEEN $2 AND $3 AND visit.state <> 'draft'
GROUP BY 1
"""


async def count_visits(
    conn: Conn, area_id: UUID, first_on: date, last_on: date, by: str, attended: Sequence[str]
) -> list[VisitCounts]:
    """`attended`: the states of visits at which a technician was."""
    return await fetch_all(conn, VisitCounts, COUNT_VISITS, area_id, first_on, last_on, by, attended)


COUNT_DAYS = """
WITH been AS (
    SELECT technician_id, on_day, max(ended_at) AS last_at
    FROM (
        SELECT technician_id, on_day, ended_at
        FROM visit
        WHERE area_id = $1 AND on_day BETWEEN $2 AND $3 AND arrived_at IS NOT NULL
        UNION ALL
        SELECT visit_crew.technician_id, visit.on_day, visit.ended_at
        FROM visit_crew
        JOIN visit USING (area_id, visit_id)
        WHERE visit_crew.area_id = $1 AND visit.on_day BETWEEN $2 AND $3 AND visit.arrived_at IS NOT NULL
    ) AS there
    GROUP BY technician_id, on_day
), worked AS (
    SELECT day.technician_id, day.on_day,
           floor(extract(epoch FROM day.shift_end_at - day.shift_start_at
               - coalesce(day.break_duration, interval '0')))::bigint AS shift,
           greatest(0, floor(extract(epoch FROM coalesce(been.last_at, day.shift_end_at) - day.shift_end_at)))::bigint
               AS over
    FROM technician_day AS day
    LEFT JOIN been USING (technician_id, on_day)
    WHERE day.area_id_worked = $1 AND day.on_day BETWEEN $2 AND $3 AND day.shift_start_at <= $5
      AND (NOT day.absent AND NOT day.on_call OR been.technician_id IS NOT NULL)
)
SELECT CASE $4::text WHEN 'technician' THEN technician_id::text ELSE on_day::text END AS key,
       count(*) AS technician_days,
       sum(shift + over)::bigint AS paid_seconds,
       sum(over)::bigint AS overtime_seconds
FROM worked
GROUP BY 1
"""


async def count_days(
    conn: Conn, area_id: UUID, first_on: date, last_on: date, by: str, now: datetime
) -> list[DayCounts]:
    """By day or by technician, of days that have begun."""
    return await fetch_all(conn, DayCounts, COUNT_DAYS, area_id, first_on, last_on, by, now)


COUNT_MENDED = """
SELECT CASE $4::text
           WHEN 'technician' THEN closure.technician_id::text
           WHEN 'kind' THEN job.kind
           WHEN 'district' THEN coalesce(nullif(place.postcode, ''), place.city)
           WHEN 'day' THEN (closure.closed_at AT TIME ZONE $5)::date::text
           ELSE coalesce((
               SELECT sent.key
               FROM job_sender AS sent
               WHERE sent.area_id = job.area_id AND sent.job_id = job.job_id AND sent.by = $4
           ), '')
       END AS key,
       count(*) AS mended,
       count(*) FILTER (WHERE job.reopened = 0 AND NOT EXISTS (
           SELECT
           FROM visit
           WHERE visit.area_id = closure.area_id AND visit.job_id = closure.job_id AND visit.visit_id <> closure.visit_id
             AND visit.state = ANY ($6::text[])
       )) AS fixed_first_time,
       count(*) FILTER (WHERE job.reopened > 0 OR EXISTS (
           SELECT
           FROM job AS another
           WHERE another.area_id = job.area_id AND another.subscriber_id = job.subscriber_id
             AND another.job_id <> job.job_id AND another.state <> 'cancelled'
             AND another.reported_at > closure.closed_at AND another.reported_at <= closure.closed_at + interval '30 days'
       )) AS came_back
FROM closure
JOIN job USING (area_id, job_id)
LEFT JOIN place ON $4 = 'district' AND place.area_id = job.area_id AND place.place_id = job.place_id
WHERE closure.area_id = $1 AND closure.closed_at >= $2 AND closure.closed_at < $3
  AND closure.in_force AND closure.outcome = 'done' AND closure.action <> ALL ($7::text[])
  AND NOT EXISTS (
      SELECT
      FROM closure AS earlier
      WHERE earlier.area_id = closure.area_id AND earlier.job_id = closure.job_id
        AND earlier.in_force AND earlier.outcome = 'done' AND earlier.action <> ALL ($7::text[])
        AND (earlier.closed_at, earlier.closure_id) < (closure.closed_at, closure.closure_id)
  )
GROUP BY 1
"""


async def count_mended(
    conn: Conn,
    area_id: UUID,
    first: datetime,
    last: datetime,
    by: str,
    time_zone: str,
    attended: Sequence[str],
    without_work: Sequence[str],
) -> list[MendedCounts]:
    """`without_work`: the actions that mend nothing."""
    return await fetch_all(
        conn, MendedCounts, COUNT_MENDED, area_id, first, last, by, time_zone, attended, without_work
    )


COUNT_RESTORED = """
SELECT CASE $4::text
           WHEN 'technician' THEN coalesce((
               SELECT visit.technician_id::text
               FROM visit
               WHERE visit.area_id = job.area_id AND visit.job_id = job.job_id AND visit.arrived_at <= job.restored_at
               ORDER BY visit.arrived_at DESC, visit.visit_id DESC
               LIMIT 1
           ), '')
           WHEN 'kind' THEN job.kind
           WHEN 'district' THEN coalesce(nullif(place.postcode, ''), place.city)
           WHEN 'day' THEN (job.restored_at AT TIME ZONE $5)::date::text
           ELSE coalesce((
               SELECT sent.key
               FROM job_sender AS sent
               WHERE sent.area_id = job.area_id AND sent.job_id = job.job_id AND sent.by = $4
           ), '')
       END AS key,
       count(*) AS restored,
       sum(greatest(0, floor(extract(epoch FROM job.restored_at - job.reported_at))))::bigint AS restoring_seconds,
       count(*) FILTER (
           WHERE (job.restored_at AT TIME ZONE $5)::date <= (job.reported_at AT TIME ZONE $5)::date
               + CASE extract(isodow FROM job.reported_at AT TIME ZONE $5)
                     WHEN 4 THEN 4 WHEN 5 THEN 4 WHEN 6 THEN 3 ELSE 2
                 END
       ) AS restored_in_time
FROM job
LEFT JOIN place ON $4 = 'district' AND place.area_id = job.area_id AND place.place_id = job.place_id
WHERE job.area_id = $1 AND job.restored_at >= $2 AND job.restored_at < $3 AND job.state <> 'cancelled'
GROUP BY 1
"""


async def count_restored(
    conn: Conn, area_id: UUID, first: datetime, last: datetime, by: str, time_zone: str
) -> list[RestoredCounts]:
    """From Thursday and Friday on a weekend lies between, on Saturday and Sunday nobody has begun yet."""
    return await fetch_all(conn, RestoredCounts, COUNT_RESTORED, area_id, first, last, by, time_zone)


COUNT_PROMISES = """
SELECT CASE $4::text
           WHEN 'technician' THEN coalesce((
               SELECT visit.technician_id::text
               FROM visit
               WHERE visit.area_id = job.area_id AND visit.job_id = job.job_id AND visit.state <> 'draft'
                 AND visit.on_day <= (appointment.latest_at AT TIME ZONE $5)::date
               ORDER BY visit.state = 'cancelled', visit.on_day DESC, visit.assigned_at DESC NULLS LAST, visit.visit_id DESC
               LIMIT 1
           ), '')
           WHEN 'kind' THEN job.kind
           WHEN 'district' THEN coalesce(nullif(place.postcode, ''), place.city)
           WHEN 'day' THEN (appointment.latest_at AT TIME ZONE $5)::date::text
           ELSE coalesce((
               SELECT sent.key
               FROM job_sender AS sent
               WHERE sent.area_id = job.area_id AND sent.job_id = job.job_id AND sent.by = $4
           ), '')
       END AS key,
       count(*) FILTER (WHERE appointment.state = 'kept') AS promises_kept,
       count(*) FILTER (WHERE appointment.state = 'missed') AS promises_missed
FROM appointment
JOIN job USING (area_id, job_id)
LEFT JOIN place ON $4 = 'district' AND place.area_id = job.area_id AND place.place_id = job.place_id
WHERE appointment.area_id = $1 AND appointment.latest_at >= $2 AND appointment.latest_at < $3
  AND appointment.state IN ('kept', 'missed')
GROUP BY 1
"""


async def count_promises(
    conn: Conn, area_id: UUID, first: datetime, last: datetime, by: str, time_zone: str
) -> list[PromiseCounts]:
    return await fetch_all(conn, PromiseCounts, COUNT_PROMISES, area_id, first, last, by, time_zone)


COUNT_BURDENS = """
SELECT technician_id,
       CASE $4::text
           WHEN 'week' THEN on_day - extract(isodow FROM on_day)::integer + 1
           ELSE on_day - extract(day FROM on_day)::integer + 1
       END AS first_on,
       count(*) AS days,
       sum(overtime_minutes) AS overtime_minutes,
       sum(far_visits) AS far_visits,
       sum(emergencies) AS emergencies,
       sum(weekend_minutes) AS weekend_minutes,
       sum(late_minutes) AS late_minutes,
       sum(joined_visits) AS joined_visits,
       sum(burden_minutes) AS burden_minutes
FROM fairness_day
WHERE area_id = $1 AND on_day BETWEEN $2 AND $3
GROUP BY 1, 2
ORDER BY 2, 1
"""


async def count_burdens(
    conn: Conn, area_id: UUID, first_on: date, last_on: date, by: str
) -> list[BurdenCounts]:
    """Of those who are at home in the area, wherever they worked, by week (from Monday) or month."""
    return await fetch_all(conn, BurdenCounts, COUNT_BURDENS, area_id, first_on, last_on, by)

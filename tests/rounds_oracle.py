"""What must be true of all rounds at any committed moment, read straight from the tables: a second opinion on the flows.

It shares no code with what it judges. A rule is one statement, which returns what breaks it; `broken` asks them all, as
`line3_app` in its areas, `lost` compares with what desks were told.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from db.rows import Conn

ROOMLESS = """
WITH taking_room AS (
    SELECT visit.*,
           max(planned_end_at) OVER (
               PARTITION BY technician_area_id, technician_id, on_day, state
               ORDER BY planned_start_at, planned_end_at, visit_id
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
           ) AS free_at
    FROM visit
    WHERE state = 'published' OR state = 'draft' AND replaces_visit_id IS NULL
)
SELECT format('%s of %s on %s: free at %s, drives %s, arrives %s',
              visit_id, technician_id, on_day, free_at, travel_duration, planned_arrival_at) AS says
FROM taking_room
WHERE free_at + travel_duration > planned_arrival_at
ORDER BY 1
"""
"""Two visits of one technician that are still to come: the first ends, and he drives, before he has to be at the second.
Visits under way are as late as they are. Visits that are out are compared with each other, and so are drafts: a draft may
count on a visit that it moves only when it goes out itself."""

TWO_VISITS = """
SELECT format('job %s: %s live visits, %s drafts', job_id, live, drafts) AS says
FROM (
    SELECT job_id,
           count(*) FILTER (WHERE state IN ('published', 'on_my_way', 'arrived', 'working')) AS live,
           count(*) FILTER (WHERE state = 'draft') AS drafts
    FROM visit
    GROUP BY job_id
) AS counted
WHERE live > 1 OR drafts > 1
ORDER BY 1
"""

STALE_DRAFTS = """
SELECT format('job %s: draft %s on %s beside live visit %s on %s', draft.job_id, draft.visit_id, draft.on_day,
              live.visit_id, live.on_day) AS says
FROM visit AS draft
JOIN visit AS live ON live.area_id = draft.area_id AND live.job_id = draft.job_id
WHERE draft.state = 'draft' AND live.state IN ('published', 'on_my_way', 'arrived', 'working')
  AND (draft.replaces_visit_id IS NULL
       OR draft.replaces_visit_id <> live.visit_id AND draft.on_day = live.on_day)
ORDER BY 1
"""
"""A draft that takes room though its job has a visit; or one of the same day that thinks of a visit which is no more."""

BROKEN_PROMISES = """
SELECT format('job %s: promised %s to %s, planned %s', visit.job_id, appointment.earliest_at, appointment.latest_at,
              visit.planned_start_at) AS says
FROM appointment
JOIN visit USING (area_id, job_id)
JOIN technician_day AS day ON day.area_id = visit.technician_area_id
    AND day.technician_id = visit.technician_id AND day.on_day = visit.on_day
WHERE appointment.state = 'confirmed' AND appointment.latest_at > $1 AND visit.state IN ('published', 'draft')
  AND day.shift_start_at - interval '30 minutes' > $1
  AND NOT visit.planned_start_at BETWEEN appointment.earliest_at AND appointment.latest_at
ORDER BY 1
"""
"""Of promises that can still be kept, on days that have not begun: who is under way may be late, and the plan says so."""

UNSERVED_PROMISES = """
SELECT format('job %s: promised %s to %s, and nobody comes', job.job_id, appointment.earliest_at,
              appointment.latest_at) AS says
FROM appointment
JOIN job USING (area_id, job_id)
WHERE appointment.state = 'confirmed' AND appointment.slot_quote_id IS NOT NULL AND appointment.latest_at > $1
  AND job.state IN ('received', 'planned')
  AND NOT EXISTS (
      SELECT FROM visit
      WHERE visit.area_id = job.area_id AND visit.job_id = job.job_id
        AND visit.state IN ('draft', 'published', 'on_my_way', 'arrived', 'working')
  )
ORDER BY 1
"""

UNSENT_PROMISES = """
SELECT format('job %s: a draft on %s, which is out in plan %s', visit.job_id, visit.on_day, plan.plan_version) AS says
FROM visit
JOIN appointment ON appointment.area_id = visit.area_id AND appointment.job_id = visit.job_id
JOIN plan ON plan.area_id = visit.area_id AND visit.on_day BETWEEN plan.first_on AND plan.last_on
WHERE visit.state = 'draft' AND visit.replaces_visit_id IS NULL
  AND appointment.state = 'confirmed' AND appointment.slot_quote_id IS NOT NULL AND plan.state = 'published'
  AND NOT EXISTS (
      SELECT FROM plan AS coming
      WHERE coming.area_id = visit.area_id AND coming.state = 'draft'
        AND visit.on_day BETWEEN coming.first_on AND coming.last_on
  )
  AND NOT EXISTS (
      SELECT FROM plan_run
      WHERE plan_run.area_id = visit.area_id AND plan_run.state IN ('queued', 'running')
        AND visit.on_day BETWEEN plan_run.first_on AND plan_run.last_on
  )
ORDER BY 1
"""
"""Booked into a day as it was going out, and left behind: no plan that could still go out, or is asked for, will show it to a phone."""

TWO_PROMISES = """
SELECT format('job %s has %s live appointments', job_id, count(*)) AS says
FROM appointment
WHERE state IN ('offered', 'confirmed')
GROUP BY job_id
HAVING count(*) > 1
ORDER BY 1
"""

HALF_BOOKINGS = """
SELECT format('appointment %s, journal entry %s', appointment.appointment_id, journal.n) AS says
FROM (SELECT * FROM appointment WHERE slot_quote_id IS NOT NULL) AS appointment
FULL JOIN (SELECT * FROM journal WHERE action = 'appointment.booked') AS journal
    ON journal.area_id = appointment.area_id AND journal.subject_id = appointment.appointment_id
WHERE appointment.appointment_id IS NULL OR journal.n IS NULL
ORDER BY 1
"""

NOBODY_WORKS = """
SELECT format('visit %s on %s: technician %s is %s', visit.visit_id, visit.on_day, visit.technician_id,
              CASE WHEN day.absent THEN 'absent' ELSE 'not on shift' END) AS says
FROM visit
LEFT JOIN technician_day AS day ON day.area_id = visit.technician_area_id
    AND day.technician_id = visit.technician_id AND day.on_day = visit.on_day
WHERE visit.state IN ('published', 'draft') AND (day.absent OR day.on_day IS NULL)
ORDER BY 1
"""

UNSKILLED = """
SELECT format('visit %s: %s needs %s, technician %s has %s', visit.visit_id, kind.kind, kind.skills,
              technician.technician_id, technician.skills) AS says
FROM visit
JOIN job USING (area_id, job_id)
JOIN job_kind_version AS kind USING (area_id, kind, kind_version)
JOIN technician ON technician.area_id = visit.technician_area_id
    AND technician.technician_id = visit.technician_id
WHERE visit.state IN ('draft', 'published', 'on_my_way', 'arrived', 'working')
  AND NOT technician.skills @> kind.skills
ORDER BY 1
"""

GAPS = """
SELECT format('%s: %s numbers up to %s', name, numbers, newest) AS says
FROM (
    SELECT 'journal' AS name, count(*) AS numbers, max(n) AS newest FROM journal
    UNION ALL
    SELECT 'feed of ' || technician_id, count(*), max(n) FROM feed_change GROUP BY technician_id
) AS counted
WHERE numbers <> newest
ORDER BY 1
"""

RULES: Mapping[str, str] = {
    "double booking": ROOMLESS,
    "two visits": TWO_VISITS,
    "stale draft": STALE_DRAFTS,
    "broken promise": BROKEN_PROMISES,
    "unserved promise": UNSERVED_PROMISES,
    "unsent promise": UNSENT_PROMISES,
    "two promises": TWO_PROMISES,
    "half a booking": HALF_BOOKINGS,
    "nobody works": NOBODY_WORKS,
    "unskilled": UNSKILLED,
    "gap": GAPS,
}
AT_AN_INSTANT = frozenset({"broken promise", "unserved promise"})
"""These rules depend on what time it is."""


class Broken(NamedTuple):
    """A rule, and what breaks it."""

    rule: str
    says: str


class Acknowledged(NamedTuple):
    """What a desk was told: this window is promised."""

    job_id: UUID
    appointment_id: UUID
    earliest_at: datetime
    latest_at: datetime


async def broken(conn: Conn, now: datetime) -> list[Broken]:
    """All that breaks a rule."""
    return [
        Broken(rule, row["says"])
        for rule, sql in RULES.items()
        for row in await conn.fetch(sql, *([now] if rule in AT_AN_INSTANT else []))
    ]


STORY = """
WITH named AS (
    SELECT DISTINCT technician_id, on_day FROM visit WHERE visit_id = ANY ($1::uuid[]) OR job_id = ANY ($1::uuid[])
), beside AS (
    SELECT * FROM visit JOIN named USING (technician_id, on_day)
)
SELECT format('%s of %s job %s %s %s from %s to %s, by plan %s, handed out %s, arrived %s, ended %s, row version %s',
              visit_id, technician_id, job_id, state, end_reason, planned_arrival_at, planned_end_at, plan_id,
              assigned_at, arrived_at, ended_at, version) AS line
FROM beside
UNION ALL
SELECT format('%s %s %s job %s %s %s', n, at, action, job_id, subject_id, facts)
FROM (
    SELECT *
    FROM journal
    WHERE job_id IN (SELECT job_id FROM beside) OR action LIKE 'plan.%' OR action LIKE 'rounds.%'
       OR action LIKE 'technician%'
    ORDER BY n
) AS told
"""


async def story(conn: Conn, one: Broken) -> list[str]:
    """What stands in the rounds that it names and what led there, for whoever has to find out why."""
    named = [UUID(found) for found in re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", one.says)]
    return [row["line"] for row in await conn.fetch(STORY, named)]


PROMISED = """
SELECT appointment_id, job_id, state, earliest_at, latest_at, promised_at
FROM appointment
ORDER BY job_id, promised_at, appointment_id
"""


async def lost(conn: Conn, told: Iterable[Acknowledged], cancelled: Iterable[UUID] = ()) -> list[Broken]:
    """What was acknowledged and is not there as it was said: another window, or ended though nobody moved or cancelled it.

    `cancelled`: jobs of which a desk was told that the appointment is cancelled, or that are cancelled themselves.
    """
    rows = {row["appointment_id"]: row for row in await conn.fetch(PROMISED)}
    has_another = {row["job_id"] for row in rows.values() if row["state"] != "moved"}
    given_back = frozenset(cancelled)
    found: list[Broken] = []
    for one in told:
        row = rows.get(one.appointment_id)
        if row is None or (row["job_id"], row["earliest_at"], row["latest_at"]) != (
            one.job_id,
            one.earliest_at,
            one.latest_at,
        ):
            found.append(Broken("lost booking", f"{one} is {dict(row) if row else 'nowhere'}"))
        elif row["state"] == "moved" and one.job_id not in has_another:
            found.append(Broken("lost booking", f"{one} was moved to nowhere"))
        elif row["state"] == "cancelled" and one.job_id not in given_back:
            found.append(Broken("lost booking", f"{one} was cancelled by nobody"))
    return found

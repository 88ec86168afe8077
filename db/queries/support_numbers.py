"""What support did in a period, counted by day, week, month, person, line, channel or district, and of the whole period.

A ticket that several had in hand counts once for each of them and once in the whole, so the whole is counted apart. What
came after an entry is read once for all of them: looked up entry by entry it took twice as long.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.records.numbers import CallbackCounts, ComplaintCounts, HandledCounts
from db.rows import Conn, fetch_all

COUNT_HANDLED = """
WITH entry AS MATERIALIZED (
    SELECT said.contact_entry_id, said.ticket_id, said.subscriber_id, said.staff_id, said.at, said.kind, ticket.channel,
           coalesce(nullif(place.postcode, ''), place.city) AS district,
           staff.staff_id IS NOT NULL AS by_person,
           CASE said.kind WHEN 'handed_over' THEN (said.facts ->> 'from')::integer ELSE said.line END AS of_line,
           (said.facts ->> 'to')::integer AS to_line,
           (said.facts ->> 'spentSeconds')::integer AS spent,
           (said.facts ->> 'waitedSeconds')::integer AS waited,
           said.facts ->> 'resolution' AS resolution,
           said.facts ? 'terms' AS of_terms,
           said.facts ->> 'accepted' AS accepted
    FROM contact_entry AS said
    LEFT JOIN ticket ON $4 = 'channel' AND ticket.area_id = said.area_id AND ticket.ticket_id = said.ticket_id
    LEFT JOIN subscriber ON $4 = 'district'
        AND subscriber.area_id = said.area_id AND subscriber.subscriber_id = said.subscriber_id
    LEFT JOIN place ON place.area_id = subscriber.area_id AND place.place_id = subscriber.place_id
    LEFT JOIN staff ON staff.staff_id = said.staff_id
    WHERE said.area_id = $1 AND said.at >= $2 AND said.at < $3
      AND said.kind IN ('opened', 'taken', 'handed_over', 'agreed', 'escalated', 'resolved')
), later AS (
    SELECT ticket_id,
           min(at) FILTER (WHERE kind = 'linked') AS linked_at,
           max(at) FILTER (WHERE kind = 'reopened') AS reopened_at
    FROM contact_entry
    WHERE area_id = $1 AND at >= $2 AND kind IN ('linked', 'reopened')
    GROUP BY ticket_id
), again AS (
    SELECT DISTINCT entry.contact_entry_id
    FROM entry
    JOIN ticket AS another USING (subscriber_id)
    WHERE entry.kind = 'resolved' AND another.area_id = $1 AND another.ticket_id <> entry.ticket_id
      AND another.reported_at > entry.at AND another.reported_at <= entry.at + interval '30 days'
      AND another.reported_at > $2 AND another.reported_at <= $3::timestamptz + interval '30 days'
), counted AS (
    SELECT entry.*, later.linked_at, line.limit_seconds, line.wait_seconds,
           CASE $4::text
               WHEN 'staff' THEN CASE WHEN entry.by_person THEN entry.staff_id::text ELSE '' END
               WHEN 'line' THEN entry.of_line::text
               WHEN 'channel' THEN entry.channel
               WHEN 'district' THEN entry.district
               ELSE date_trunc($4, entry.at AT TIME ZONE $5)::date::text
           END AS key,
           entry.spent IS NOT NULL AND (entry.kind IN ('escalated', 'resolved')
               OR entry.kind = 'handed_over' AND entry.to_line <> entry.of_line) AS done,
           entry.kind = 'resolved' AND entry.spent IS NOT NULL
               AND (again.contact_entry_id IS NOT NULL OR later.reopened_at > entry.at) AS came_back
    FROM entry
    LEFT JOIN later USING (ticket_id)
    LEFT JOIN again USING (contact_entry_id)
    LEFT JOIN unnest($6::integer[], $7::integer[], $8::integer[]) AS line (number, limit_seconds, wait_seconds)
        ON line.number = entry.of_line
)
SELECT key,
       count(DISTINCT ticket_id) FILTER (WHERE by_person AND kind IN ('opened', 'taken')) AS taken,
       count(DISTINCT (staff_id, (at AT TIME ZONE $5)::date))
           FILTER (WHERE by_person AND kind IN ('opened', 'taken')) AS person_days,
       count(DISTINCT ticket_id) FILTER (WHERE done) AS done,
       count(DISTINCT ticket_id) FILTER (WHERE done AND resolution = 'self_check') AS self_checked,
       count(DISTINCT ticket_id) FILTER (WHERE done AND kind = 'handed_over') AS handed_over,
       count(DISTINCT ticket_id) FILTER (WHERE done AND kind = 'escalated') AS escalated,
       count(DISTINCT ticket_id) FILTER (WHERE done AND kind = 'resolved') AS resolved,
       count(DISTINCT ticket_id) FILTER (WHERE came_back) AS called_again,
       count(*) FILTER (WHERE done AND limit_seconds IS NOT NULL) AS timed,
       count(*) FILTER (WHERE done AND spent < limit_seconds) AS in_time,
       coalesce(sum(spent) FILTER (WHERE done AND limit_seconds IS NOT NULL), 0)::bigint AS spent_seconds,
       percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY spent)
           FILTER (WHERE done AND limit_seconds IS NOT NULL) AS spent_at,
       count(*) FILTER (WHERE kind = 'taken' AND waited IS NOT NULL) AS waited,
       count(*) FILTER (WHERE kind = 'taken' AND waited <= wait_seconds) AS waited_in_time,
       coalesce(sum(waited) FILTER (WHERE kind = 'taken'), 0)::bigint AS waited_seconds,
       percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY waited)
           FILTER (WHERE kind = 'taken' AND waited IS NOT NULL) AS waited_at,
       count(*) FILTER (WHERE kind = 'agreed' AND of_terms) AS terms_answered,
       count(*) FILTER (WHERE kind = 'agreed' AND of_terms AND accepted = 'false') AS terms_refused,
       count(*) FILTER (WHERE kind = 'opened' AND linked_at IS NOT NULL) AS dark_contacts,
       count(*) FILTER (WHERE kind = 'opened' AND linked_at <= at + interval '1 second') AS told_first
FROM counted
GROUP BY GROUPING SETS ((key), ())
"""


async def count_handled(
    conn: Conn,
    area_id: UUID,
    first: datetime,
    last: datetime,
    by: str,
    time_zone: str,
    lines: Sequence[int],
    limits: Sequence[int | None],
    waits: Sequence[int],
) -> list[HandledCounts]:
    """`lines`, with the limits in seconds of their clocks and of waiting for them, side by side."""
    return await fetch_all(
        conn, HandledCounts, COUNT_HANDLED, area_id, first, last, by, time_zone, lines, limits, waits
    )


COUNT_CALLBACKS = """
SELECT key, count(*) AS asked, count(*) FILTER (WHERE state = 'fixed') AS said_fixed
FROM (
    SELECT callback.state,
           CASE $4::text
               WHEN 'staff' THEN coalesce(callback.staff_id::text, '')
               WHEN 'line' THEN ''
               WHEN 'channel' THEN ticket.channel
               WHEN 'district' THEN coalesce(nullif(place.postcode, ''), place.city)
               ELSE date_trunc($4, callback.ended_at AT TIME ZONE $5)::date::text
           END AS key
    FROM callback
    JOIN ticket USING (area_id, ticket_id)
    JOIN subscriber ON subscriber.area_id = callback.area_id AND subscriber.subscriber_id = callback.subscriber_id
    JOIN place ON place.area_id = subscriber.area_id AND place.place_id = subscriber.place_id
    WHERE callback.area_id = $1 AND callback.ended_at >= $2 AND callback.ended_at < $3
      AND callback.state IN ('fixed', 'not_fixed')
) AS counted
GROUP BY GROUPING SETS ((key), ())
"""


async def count_callbacks(
    conn: Conn, area_id: UUID, first: datetime, last: datetime, by: str, time_zone: str
) -> list[CallbackCounts]:
    """A call is of no line."""
    return await fetch_all(conn, CallbackCounts, COUNT_CALLBACKS, area_id, first, last, by, time_zone)


COUNT_COMPLAINTS = """
SELECT key,
       count(*) AS complaints,
       count(*) FILTER (WHERE state = 'open') AS complaints_open,
       count(*) FILTER (WHERE state = 'answered' OR due_at <= $6) AS complaints_due,
       count(*) FILTER (WHERE answered_at < due_at) AS answered_in_time
FROM (
    SELECT complaint.state, complaint.due_at, complaint.answered_at,
           CASE $4::text
               WHEN 'staff' THEN complaint.opened_by::text
               WHEN 'line' THEN ''
               WHEN 'channel' THEN coalesce(ticket.channel, '')
               WHEN 'district' THEN coalesce(nullif(place.postcode, ''), place.city)
               ELSE date_trunc($4, complaint.opened_at AT TIME ZONE $5)::date::text
           END AS key
    FROM complaint
    JOIN subscriber ON subscriber.area_id = complaint.area_id AND subscriber.subscriber_id = complaint.subscriber_id
    JOIN place ON place.area_id = subscriber.area_id AND place.place_id = subscriber.place_id
    LEFT JOIN ticket ON ticket.area_id = complaint.area_id AND ticket.ticket_id = complaint.ticket_id
    WHERE complaint.area_id = $1 AND complaint.opened_at >= $2 AND complaint.opened_at < $3
) AS counted
GROUP BY GROUPING SETS ((key), ())
"""


async def count_complaints(
    conn: Conn, area_id: UUID, first: datetime, last: datetime, by: str, time_zone: str, now: datetime
) -> list[ComplaintCounts]:
    """A complaint is of no line."""
    return await fetch_all(conn, ComplaintCounts, COUNT_COMPLAINTS, area_id, first, last, by, time_zone, now)

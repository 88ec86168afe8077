"""Subscribers' links."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.records import Job, SubscriberLink
from db.rows import Conn, execute, execute_rows, fetch_all, fetch_one, fetch_value

INSERT_LINKS = """
INSERT INTO subscriber_link SELECT * FROM jsonb_populate_recordset(NULL::subscriber_link, $1)
ON CONFLICT DO NOTHING
"""


async def insert_links(conn: Conn, links: Sequence[SubscriberLink]) -> int:
    """One that is alive already stays the job's."""
    return await execute_rows(conn, INSERT_LINKS, links)


FIND_LINK_OF_JOB = """
SELECT link.*
FROM subscriber_link AS link
JOIN job USING (area_id, job_id)
WHERE link.area_id = $1 AND link.job_id = $2 AND link.revoked_at IS NULL AND link.reopened = job.reopened
"""


async def find_link_of_job(conn: Conn, area_id: UUID, job_id: UUID) -> SubscriberLink | None:
    """The one that is alive, or was until the job was over."""
    return await fetch_one(conn, SubscriberLink, FIND_LINK_OF_JOB, area_id, job_id)


FIND_LIVE_LINK = """
SELECT link.*
FROM subscriber_link AS link
JOIN job USING (area_id, job_id)
WHERE link.area_id = $1 AND link.token_hash = $2 AND link.revoked_at IS NULL AND link.reopened = job.reopened
  AND (
      job.state NOT IN ('closed', 'cancelled')
      OR coalesce(
          job.closed_at,
          (
              SELECT max(journal.at)
              FROM journal
              WHERE journal.area_id = job.area_id AND journal.job_id = job.job_id
                AND journal.action = 'job.cancelled'
          )
      ) > $3
  )
"""


async def find_live_link(
    conn: Conn, area_id: UUID, token_hash: bytes, over_after: datetime
) -> SubscriberLink | None:
    """Unless it was revoked, the job reopened since, or over before that instant. One question for all of it, so that what has
    died takes as long as what never was."""
    return await fetch_one(conn, SubscriberLink, FIND_LIVE_LINK, area_id, token_hash, over_after)


LOCK_LINK = "SELECT * FROM subscriber_link WHERE area_id = $1 AND subscriber_link_id = $2 FOR UPDATE"


async def lock_link(conn: Conn, area_id: UUID, subscriber_link_id: UUID) -> SubscriberLink | None:
    return await fetch_one(conn, SubscriberLink, LOCK_LINK, area_id, subscriber_link_id)


SAVE_LINKS = """
UPDATE subscriber_link AS link
SET wrong_digits = new.wrong_digits, confirmed_at = new.confirmed_at, appointment_id = new.appointment_id
FROM jsonb_populate_recordset(NULL::subscriber_link, $1) AS new
WHERE link.area_id = new.area_id AND link.subscriber_link_id = new.subscriber_link_id
"""


async def save_links(conn: Conn, links: Sequence[SubscriberLink]) -> None:
    await execute_rows(conn, SAVE_LINKS, links)


COUNT_WRONG_DIGITS = """
SELECT coalesce(sum(link.wrong_digits), 0)
FROM subscriber_link AS link
JOIN job USING (area_id, job_id)
WHERE link.area_id = $1 AND job.subscriber_id = $2 AND link.revoked_at IS NULL AND link.reopened = job.reopened
  AND job.state NOT IN ('closed', 'cancelled')
"""


async def count_wrong_digits(conn: Conn, area_id: UUID, subscriber_id: UUID) -> int:
    """By all links of a subscriber that are alive: they ask for the digits of one phone."""
    return int(await fetch_value(conn, COUNT_WRONG_DIGITS, area_id, subscriber_id))


FORGIVE_WRONG_DIGITS = """
UPDATE subscriber_link AS link
SET wrong_digits = 0
FROM job
WHERE link.area_id = $1 AND job.area_id = link.area_id AND job.job_id = link.job_id AND job.subscriber_id = $2
  AND link.revoked_at IS NULL AND link.wrong_digits > 0
"""


async def forgive_wrong_digits(conn: Conn, area_id: UUID, subscriber_id: UUID) -> None:
    await execute(conn, FORGIVE_WRONG_DIGITS, area_id, subscriber_id)


REVOKE_LINKS = """
UPDATE subscriber_link
SET revoked_at = $3
WHERE area_id = $1 AND job_id = $2 AND revoked_at IS NULL
"""


async def revoke_links(conn: Conn, area_id: UUID, job_id: UUID, at: datetime) -> int:
    """All of the job; how many there were."""
    return await execute(conn, REVOKE_LINKS, area_id, job_id, at)


LOCK_REOPENED_WITHOUT_LINK = """
SELECT job.*
FROM job
WHERE job.area_id = $1 AND job.reopened > 0 AND job.state IN ('planned', 'in_progress')
  AND EXISTS (
      SELECT
      FROM visit
      WHERE visit.area_id = job.area_id AND visit.job_id = job.job_id AND visit.state = 'published'
  )
  AND EXISTS (
      SELECT
      FROM subscriber_link AS link
      WHERE link.area_id = job.area_id AND link.job_id = job.job_id
  )
  AND NOT EXISTS (
      SELECT
      FROM subscriber_link AS link
      WHERE link.area_id = job.area_id AND link.job_id = job.job_id AND link.reopened = job.reopened
  )
ORDER BY job.job_id
LIMIT 100
FOR UPDATE SKIP LOCKED
"""


async def lock_reopened_without_link(conn: Conn, area_id: UUID) -> list[Job]:
    """Whose subscriber had a link before, which died by the reopening, and to whom somebody is sent again. One that the office has
    taken back since is not wanted."""
    return await fetch_all(conn, Job, LOCK_REOPENED_WITHOUT_LINK, area_id)


FORGET_LINKS = """
DELETE FROM subscriber_link AS link
USING job
WHERE link.area_id = $1 AND job.area_id = link.area_id AND job.job_id = link.job_id
  AND link.made_at < $2 AND link.confirmed_at IS NULL
  AND (
      link.revoked_at < $2
      OR (
          job.state IN ('closed', 'cancelled')
          AND coalesce(
              job.closed_at,
              (
                  SELECT max(journal.at)
                  FROM journal
                  WHERE journal.area_id = job.area_id AND journal.job_id = job.job_id
                    AND journal.action = 'job.cancelled'
              ),
              link.made_at
          ) < $2
      )
  )
  AND NOT EXISTS (
      SELECT
      FROM consent
      WHERE consent.area_id = job.area_id AND consent.job_id = job.job_id
  )
"""


async def forget_links(conn: Conn, area_id: UUID, before: datetime) -> int:
    """That died before then. Those stay by which somebody confirmed, and those of jobs with a consent: by them it was seen and kept."""
    return await execute(conn, FORGET_LINKS, area_id, before)


COUNT_QUOTES_ASKED = """
SELECT count(*)
FROM slot_quote
WHERE area_id = $1 AND job_id = $2 AND asked_by = $3 AND created_at > $4
"""


async def count_quotes_asked(conn: Conn, area_id: UUID, job_id: UUID, asked_by: UUID, after: datetime) -> int:
    return int(await fetch_value(conn, COUNT_QUOTES_ASKED, area_id, job_id, asked_by, after))


COUNT_NOTES = """
SELECT count(*)
FROM journal
WHERE area_id = $1 AND job_id = $2 AND action = 'access_note.left' AND at > $3
"""


async def count_notes(conn: Conn, area_id: UUID, job_id: UUID, after: datetime) -> int:
    """How often somebody changed how to get in."""
    return int(await fetch_value(conn, COUNT_NOTES, area_id, job_id, after))

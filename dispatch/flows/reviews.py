"""What waits for a person: the list, and the decision."""

from datetime import datetime
from uuid import UUID

import msgspec

from db.queries import jobs, reports
from db.records import Review
from db.rows import Conn
from db.states import ReviewState
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import Stale, TransitionRefused, UnknownReview
from dispatch.rules.journal import entry
from dispatch.settling import Changes, settle_job


async def list_open(conn: Conn, *, area_id: UUID, after: UUID, limit: int) -> list[Review]:
    return await reports.list_open_reviews(conn, area_id, after, limit)


async def decide(
    conn: Conn,
    *,
    area_id: UUID,
    review_id: UUID,
    accepted: bool,
    note: str,
    version: int,
    actor: Actor,
    now: datetime,
) -> Review:
    """A person takes what the phone said into force, or does not. Raises `UnknownReview`, `Stale`, `TransitionRefused`."""
    async with conn.transaction():
        review = await reports.find_review(conn, area_id, review_id)
        if review is None:
            raise UnknownReview()
        # the job before its reviews, as everywhere; then under the locks once more
        if review.job_id is not None:
            await jobs.lock_job(conn, area_id, review.job_id)
        review = await reports.lock_review(conn, area_id, review_id) or review
        if review.version != version:
            raise Stale(version=review.version)
        if review.state is not ReviewState.OPEN:
            raise TransitionRefused(state=review.state)
        decision = ReviewState.ACCEPTED if accepted else ReviewState.DISMISSED
        decided = msgspec.structs.replace(
            review, state=decision, decided_at=now, decided_by=actor.actor_id, decision_note=note
        )
        await reports.save_reviews(conn, [decided])
        facts = {"reason": review.reason, "event": review.event_id}
        entries = [
            entry(
                actor,
                now,
                f"review.{decision}",
                area_id=area_id,
                job_id=review.job_id,
                subject_id=review_id,
                facts=facts,
            )
        ]
        changes = Changes([], [], {})
        if review.job_id is not None:
            changes = await settle_job(conn, area_id, review.job_id, actor, now)
        await announce(conn, area_id, [*entries, *changes.entries], changes.shown)
        return msgspec.structs.replace(decided, version=review.version + 1)


async def settle_overdue(conn: Conn, *, area_id: UUID, job_id: UUID, actor: Actor, now: datetime) -> None:
    """Time has passed for a job: a promise is missed, a report has waited too long."""
    async with conn.transaction():
        changes = await settle_job(conn, area_id, job_id, actor, now)
        await announce(conn, area_id, changes.entries, changes.shown)

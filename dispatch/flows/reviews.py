"""What waits for a person: the list, and the decision."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from db.queries import jobs, plans, reports, technicians
from db.records import JournalEntry, Review
from db.rows import Conn
from db.states import InboxStatus, ReviewReason, ReviewState
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import NotAcceptable, Stale, TransitionRefused, UnknownJob, UnknownReview
from dispatch.rules import beside, decisions, rounds
from dispatch.rules.events import read_event
from dispatch.rules.journal import entry
from dispatch.settling import Changes, settle_job


async def list_open(conn: Conn, *, area_id: UUID, after: UUID, limit: int) -> list[Review]:
    return await reports.list_open_reviews(conn, area_id, after, limit)


async def list_beside(conn: Conn, *, area_id: UUID, after: UUID, limit: int) -> list[beside.Beside]:
    """Oldest first."""
    found = await reports.list_open_reviews(conn, area_id, after, limit)
    events = await reports.list_events(conn, area_id, [review.event_id for review in found])
    job_ids = sorted({review.job_id for review in found if review.job_id is not None})
    reported = await reports.list_reports(conn, area_id, job_ids)
    visits = await plans.list_visits_of_jobs(conn, area_id, job_ids)
    homes = sorted({row.technician_area_id for row in [*found, *visits]})
    who = sorted({row.technician_id for row in [*found, *visits]})
    names = {
        person.technician_id: person.display_name
        for person in await technicians.list_technicians_by_id(conn, homes, who)
    }
    known = {job.job_id: job for job in await jobs.list_jobs_by_id(conn, area_id, job_ids)}
    return [
        beside.side_by_side(
            review,
            events=[event for event in events if event.event_id == review.event_id],
            reports=[row for row in reported if row.job_id == review.job_id],
            visits=[row for row in visits if row.job_id == review.job_id],
            job=None if review.job_id is None else known.get(review.job_id),
            names=names,
        )
        for review in found
    ]


async def get(conn: Conn, *, areas_seen: Sequence[UUID], review_id: UUID) -> Review:
    """Raises `UnknownReview`."""
    for area_id in areas_seen:
        if (found := await reports.find_review(conn, area_id, review_id)) is not None:
            return found
    raise UnknownReview()


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
    attach_to: UUID | None = None,
) -> Review:
    """A person takes what the phone said into force, or does not. `attach_to`: the job that a report of an unknown one is of.

    Raises `UnknownReview`, `UnknownJob`, `Stale`, `TransitionRefused`, `NotAcceptable`.
    """
    async with conn.transaction():
        review = await _lock(conn, area_id, review_id)
        if review.version != version:
            raise Stale(version=review.version)
        if review.state is not ReviewState.OPEN:
            raise TransitionRefused(state=review.state)
        settled = review.job_id
        if accepted:
            review = await _accepted(conn, review, attach_to)
        decision = ReviewState.ACCEPTED if accepted else ReviewState.DISMISSED
        decided = msgspec.structs.replace(
            review, state=decision, decided_at=now, decided_by=actor.actor_id, decision_note=note
        )
        await reports.save_reviews(conn, [decided])
        entries = [_entry(actor, now, f"review.{decision}", decided)]
        changes = Changes([], [], {})
        if settled is not None:
            changes = await settle_job(conn, area_id, settled, actor, now)
        await announce(conn, area_id, [*entries, *changes.entries], changes.shown)
        return msgspec.structs.replace(decided, version=review.version + 1)


def _entry(actor: Actor, now: datetime, action: str, review: Review) -> JournalEntry:
    return entry(
        actor,
        now,
        action,
        area_id=review.area_id,
        job_id=review.job_id,
        subject_id=review.review_id,
        facts={"reason": review.reason, "event": review.event_id},
    )


async def _lock(conn: Conn, area_id: UUID, review_id: UUID) -> Review:
    """Raises `UnknownReview`."""
    review = await reports.find_review(conn, area_id, review_id)
    if review is None:
        raise UnknownReview()
    # days, the job, its reviews, as everywhere; then under the locks once more
    if review.job_id is not None:
        visits = await plans.list_visits_of_jobs(conn, area_id, [review.job_id])
        await technicians.lock_technician_days(conn, rounds.days_touched(visits))
        await jobs.lock_job(conn, area_id, review.job_id)
    return await reports.lock_review(conn, area_id, review_id) or review


async def _accepted(conn: Conn, review: Review, attach_to: UUID | None) -> Review:
    """The review as its acceptance leaves it; an event that is no report yet falls due again. Raises `NotAcceptable`,
    `UnknownJob`."""
    report = await reports.find_report(conn, review.area_id, review.event_id)
    if not decisions.is_acceptable(review.reason, None if report is None else report.kind):
        raise NotAcceptable(reason=review.reason)
    if report is not None:
        return review
    meant = attach_to or review.facts.get("sentJobId")
    if review.reason in decisions.ATTACHABLE and meant is not None:
        found = await jobs.find_job(conn, review.area_id, UUID(str(meant)))
        if found is None and attach_to is not None:
            raise UnknownJob(pointer="/jobId")
        if found is not None:
            facts = {**review.facts, decisions.ATTACHED: str(found.job_id)}
            review = msgspec.structs.replace(review, job_id=found.job_id, facts=facts)
    await _retry(conn, review)
    return review


async def _retry(conn: Conn, review: Review) -> None:
    """The worker applies it as if it had been left over: what stands in its way by then is said anew."""
    digest = bytes.fromhex(review.facts["contentHash"])
    await reports.settle_event(conn, review.area_id, review.event_id, digest, InboxStatus.RECEIVED, None)


async def take_up_known(conn: Conn, *, area_id: UUID, actor: Actor, now: datetime) -> int:
    """After an upgrade: events of kinds and versions that this line3 knows by now are applied; how many."""
    async with conn.transaction():
        healed: list[Review] = []
        for review in await reports.list_reviews_for(conn, area_id, ReviewReason.UNKNOWN_KIND):
            digest = bytes.fromhex(review.facts["contentHash"])
            event = await reports.claim_event(conn, area_id, review.event_id, digest)
            sent = None if event is None else read_event(event.raw)
            if sent is not None and decisions.is_readable(sent):
                await _retry(conn, review)
                healed.append(msgspec.structs.replace(review, state=ReviewState.HEALED))
        await reports.save_reviews(conn, healed)
        await announce(conn, area_id, [_entry(actor, now, "review.healed", review) for review in healed])
        return len(healed)


async def settle_overdue(conn: Conn, *, area_id: UUID, job_id: UUID, actor: Actor, now: datetime) -> None:
    """Time has passed for a job: a promise is missed, a report has waited too long."""
    async with conn.transaction():
        changes = await settle_job(conn, area_id, job_id, actor, now)
        await announce(conn, area_id, changes.entries, changes.shown)

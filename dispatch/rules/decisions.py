"""What a person may decide of a review, and what follows from it for an event that never became a report."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from db.records import Review, Visit
from db.states import ReviewReason, VisitState
from dispatch.rules.events import KINDS, NEWEST_VERSION, Event

NEVER_IN_FORCE = frozenset({ReviewReason.ID_REUSED, ReviewReason.INVALID_BODY, ReviewReason.UNKNOWN_KIND})
"""The id stands for what came first; what cannot be read says nothing; a kind of a newer line3 waits for that."""
PRICED = frozenset({"quote", "consent"})
"""A price that does not add up, or that is not the one agreed to, is no price: it can be written off, not taken."""
ATTACHABLE = frozenset({ReviewReason.UNKNOWN_JOB, ReviewReason.NOT_ASSIGNEE})
ATTACHED = "attachTo"
"""In the facts of a review: the job that the event was found to be of."""


def is_acceptable(reason: ReviewReason, kind: str | None) -> bool:
    """`kind`: of the report, where the event became one."""
    return reason not in NEVER_IN_FORCE and not (reason is ReviewReason.PRICE_CHANGED and kind in PRICED)


def is_readable(event: Event) -> bool:
    """By this version of line3."""
    return event.kind in KINDS and event.v <= NEWEST_VERSION


def job_meant(sent_job_id: UUID, accepted: Mapping[ReviewReason, Review]) -> UUID:
    """The job that a person said, else the one that the phone said."""
    said = [review.facts[ATTACHED] for review in accepted.values() if review.facts.get(ATTACHED)]
    return UUID(said[-1]) if said else sent_job_id


def visit_meant(
    visits: Sequence[Visit],
    named: UUID,
    technician_id: UUID,
    accepted: Mapping[ReviewReason, Review],
) -> Visit | None:
    """The visit that the phone named; where a person said that the report belongs to the job, else the technician's last one
    there, else the last one."""
    sent = [visit for visit in visits if visit.state is not VisitState.DRAFT]
    if found := [visit for visit in sent if visit.visit_id == named]:
        return found[0]
    if not ATTACHABLE & accepted.keys():
        return None
    mine = [visit for visit in sent if visit.technician_id == technician_id]
    return max(mine or sent, key=lambda visit: (visit.planned_start_at, visit.visit_id), default=None)

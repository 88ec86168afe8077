"""What an outage does to the jobs and tickets on its branch, and what becomes of them when it is over."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from db.records import Job, JobKindVersion, Outage, Ticket
from db.states import HoldReason, JobState, Localisation, TicketState
from dispatch.errors import UnknownReference
from dispatch.rules.escalations import due_for, priority_for
from dispatch.rules.lifecycle import JOB, JobStep

Kinds = Mapping[tuple[str, int], JobKindVersion]
NOT_GONE = frozenset({JobState.RECEIVED, JobState.PLANNED})
"""What waits for another reason has no visit anyway, and keeps that reason."""
BEFORE = timedelta(hours=1)
"""An element often fails by and by: what was reported so long before the first sign may still be of it."""
RESTORED = "outage_restored"
"""The resolution of its tickets."""


def explains(kind: JobKindVersion) -> bool:
    """What the operator has to mend anyway, and whatever is closed by a test of the line: in the dark nobody can find out that it
    is mended. A kind that may be charged and needs no line (a tablet, the Wi-Fi) has nothing to do with it."""
    return not kind.chargeable or kind.line_test is not None


def to_hold(jobs: Sequence[Job], kinds: Kinds, started: Collection[UUID], keep: UUID | None) -> list[Job]:
    """Those nobody has set out for. `started`: jobs to which somebody is under way; `keep`: the one that mends the element."""
    return [
        job
        for job in jobs
        if job.state in NOT_GONE
        and job.job_id not in started
        and job.job_id != keep
        and explains(kinds[job.kind, job.kind_version])
    ]


def held(job: Job, outage_id: UUID) -> Job:
    return msgspec.structs.replace(
        job,
        state=JOB[job.state, JobStep.HOLD],
        hold_reason=HoldReason.OUTAGE,
        outage_id=outage_id,
    )


def may_mend(state: JobState, kind: JobKindVersion) -> bool:
    return state not in (JobState.RESTORED, JobState.CLOSED, JobState.CANCELLED) and explains(kind)


def mending(
    jobs: Sequence[Job], kinds: Kinds, started: Collection[UUID], element_id: UUID, chosen: UUID | None
) -> Job | None:
    """Several jobs on one element become one visit: whose? Of the one that a person has chosen; else of the job that was made for the
    element before anybody spoke of an outage, of those that darken several the largest; else of one that hangs at this very element
    and to which somebody is under way. The others follow its end. None: a new one is needed. Raises `UnknownReference` for one that
    is not there, or is mended."""
    able = [job for job in jobs if may_mend(job.state, kinds[job.kind, job.kind_version])]
    if chosen is not None:
        found = next((job for job in able if job.job_id == chosen), None)
        if found is None:
            raise UnknownReference(pointer="/jobId")
        return found
    mine = [
        job
        for job in able
        if job.network_element_id == element_id and (job.affected > 1 or job.job_id in started)
    ]
    return max(
        mine,
        key=lambda job: (job.affected, job.job_id in started, -job.received_at.timestamp(), job.job_id),
        default=None,
    )


def as_mending(job: Job, kind: JobKindVersion, outage_id: UUID, affected: int, now: datetime) -> Job:
    """As urgent as so many in the dark make it. One that another outage held goes on."""
    if job.hold_reason is HoldReason.OUTAGE:
        job = released_from(job, now)
    return msgspec.structs.replace(
        job,
        outage_id=outage_id,
        affected=max(job.affected, affected),
        priority=min(job.priority, priority_for(kind, affected)),
        due_at=min(job.due_at, due_for(kind, affected, job.reported_at)),
    )


def kind_to_mend(current: Sequence[JobKindVersion], jobs: Sequence[Job]) -> JobKindVersion | None:
    """The kind that most of the jobs on the branch are of; else the most urgent of those that are never charged. None where an
    area has no such kind."""
    able = {
        kind.kind: kind for kind in current if explains(kind) and not kind.chargeable and kind.fault_classes
    }
    said = Counter(job.kind for job in jobs if job.kind in able)
    return min(able.values(), key=lambda kind: (-said[kind.kind], kind.priority, kind.kind), default=None)


def is_explained(ticket: Ticket) -> bool:
    """Not what line 2 has found to be the subscriber's own."""
    over = ticket.state in (TicketState.RESOLVED, TicketState.CLOSED)
    return not over and ticket.localised is not Localisation.SUBSCRIBER


class AfterwardsOf(msgspec.Struct, frozen=True):
    """What becomes of the jobs that an outage held."""

    released: list[Job]
    cancelled: list[Job]


def afterwards(
    outage: Outage,
    jobs: Sequence[Job],
    linked: Mapping[UUID, bool],
    not_mended: Collection[UUID],
    now: datetime,
) -> AfterwardsOf:
    """`linked`: by job, whether one of its tickets still is of the outage; jobs without a ticket are not in it. `not_mended`: of
    which somebody says so. A job goes on where it has a cause of its own: it was reported before, or a person has said that it is
    something else."""
    released, cancelled = list[Job](), list[Job]()
    for job in jobs:
        if job.hold_reason is not HoldReason.OUTAGE:
            continue
        own = job.reported_at < outage.since - BEFORE or not linked.get(job.job_id, True)
        if own or job.job_id in not_mended:
            released.append(released_from(job, now))
        else:
            cancelled.append(
                msgspec.structs.replace(job, state=JOB[job.state, JobStep.CANCEL], hold_reason=None)
            )
    return AfterwardsOf(released, cancelled)


def released_from(job: Job, now: datetime) -> Job:
    return msgspec.structs.replace(
        job, state=JOB[job.state, JobStep.RELEASE], hold_reason=None, resumed_at=now
    )

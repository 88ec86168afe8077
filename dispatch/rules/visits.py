"""What became of each visit, of the job and of the promise, from the reports that count."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from db.records import Appointment, Closure, Job, Visit
from db.states import (
    LIVE_VISIT,
    STARTED_VISIT,
    AppointmentState,
    ClosureOutcome,
    HoldReason,
    JobState,
    VisitEnd,
    VisitState,
)
from dispatch.rules.closures import WITHOUT_WORK, Fault
from dispatch.rules.events import (
    Arrived,
    Body,
    NoAccess,
    OnMyWay,
    PartMissing,
    Paused,
    PhotoTaken,
    Point,
    Restored,
    Working,
)
from dispatch.rules.lifecycle import APPOINTMENT, JOB, VISIT, AppointmentStep, JobStep, VisitStep, next_state
from dispatch.rules.reports import Fact, Known, Ruling

TAKEN_BACK = frozenset({VisitEnd.REASSIGNED, VisitEnd.WITHDRAWN, VisitEnd.JOB_CANCELLED})
"""Cancelled by a person or a plan, not by what happened."""
CALLED_OFF = "visit-called-off"
"""The outbox message about a visit that is not needed any more."""
DOOR_MINUTES = 5
RESUMED_WITHIN = timedelta(days=30)
"""A pause until later than this is a mistake or a change of plan: the job waits for a person instead."""

_STEP: Mapping[type[Body], VisitStep] = {
    OnMyWay: VisitStep.LEAVE,
    Arrived: VisitStep.ARRIVE,
    Working: VisitStep.WORK,
    Paused: VisitStep.PAUSE,
    NoAccess: VisitStep.NO_ACCESS,
    PartMissing: VisitStep.PART_MISSING,
}
HELD_BY_WORD = frozenset({HoldReason.SUBSCRIBER_WISH, HoldReason.OUTAGE})
"""Somebody in the office said so: no visit does."""
_HOLD: Mapping[VisitState, HoldReason] = {
    VisitState.NO_ACCESS: HoldReason.NO_ACCESS,
    VisitState.PART_MISSING: HoldReason.PART_MISSING,
    VisitState.PAUSED: HoldReason.PAUSED,
}


class Walked(msgspec.Struct, frozen=True):
    """A visit after its reports, and the one that ended it with when it was received (None while it goes on)."""

    visit: Visit
    ended_by_received_at: datetime | None
    ended_by: Fact | None = None


def no_access_faults(no_access: NoAccess, of_visit: Sequence[Body]) -> list[Fault]:
    """No access needs proof, or it is only a word."""
    faults: list[Fault] = []
    if no_access.waited_minutes < DOOR_MINUTES:
        faults.append(Fault("waited-too-short", f"{no_access.waited_minutes} min"))
    if not no_access.called:
        faults.append(Fault("no-call-attempt"))
    if not _is_somewhere(no_access.point):
        faults.append(Fault("no-position"))
    if not any(isinstance(body, PhotoTaken) and body.purpose == "door" for body in of_visit):
        faults.append(Fault("photo-missing", "door"))
    return faults


def _is_somewhere(point: Point | None) -> bool:
    """Phones without a position say 0,0."""
    return (
        point is not None
        and abs(point.latitude) <= 90
        and abs(point.longitude) <= 180
        and (point.latitude, point.longitude) != (0, 0)
    )


def as_handed_out(visit: Visit, *, worked: bool) -> Visit:
    """The visit as the server made it, before any report: what the walk starts from. `worked`: it was closed, and
    that counts, so all of it is walked though it was taken back."""
    taken_back = visit.end_reason in TAKEN_BACK
    # when a phone heard of the taking back, it was hidden there at that instant
    heard = visit.hidden_at if visit.end_reason is not VisitEnd.JOB_CANCELLED else None
    return msgspec.structs.replace(
        visit,
        state=VisitState.CANCELLED if taken_back and not worked else VisitState.PUBLISHED,
        end_reason=visit.end_reason if taken_back else VisitEnd.NONE,
        on_my_way_at=None,
        arrived_at=None,
        working_at=None,
        ended_at=(heard or visit.ended_at) if taken_back and not worked else None,
    )


def is_superseded(visit: Visit, visits: Sequence[Visit]) -> bool:
    """Whether the job was handed out again since: an interrupted visit then stays so, unless it is closed."""
    return any(
        other.assigned_at is not None
        and visit.assigned_at is not None
        and other.assigned_at > visit.assigned_at
        and other.end_reason not in TAKEN_BACK
        for other in visits
    )


def walk(visit: Visit, facts: Sequence[Fact], closures: Mapping[UUID, Closure], superseded: bool) -> Walked:
    """The visit's reports in force, in order, through the lifecycle table; what the table does not have is passed over."""
    worked = any(fact.report.report_id in closures for fact in facts)
    walked, ended_by = as_handed_out(visit, worked=worked), None
    for fact in facts:
        closure = closures.get(fact.report.report_id)
        if closure is not None:
            step = VisitStep.DECLINE if closure.outcome is ClosureOutcome.DECLINED else VisitStep.FINISH
        else:
            step = _STEP.get(type(fact.body))
        following = next_state(VISIT, walked.state, step) if step is not None else None
        if following is None or (superseded and following in LIVE_VISIT and walked.state not in LIVE_VISIT):
            continue
        walked = _stamped(walked, following, fact.report.corrected_at)
        ended_by = None if following in LIVE_VISIT else fact
    return Walked(walked, None if ended_by is None else ended_by.report.received_at, ended_by)


def _stamped(visit: Visit, state: VisitState, at: datetime) -> Visit:
    match state:
        case VisitState.ON_MY_WAY:
            return msgspec.structs.replace(visit, state=state, on_my_way_at=at)
        case VisitState.ARRIVED:
            return msgspec.structs.replace(
                visit, state=state, arrived_at=visit.arrived_at or at, ended_at=None
            )
        case VisitState.WORKING:
            return msgspec.structs.replace(
                visit,
                state=state,
                arrived_at=visit.arrived_at or at,
                working_at=visit.working_at or at,
                ended_at=None,
            )
        case _:
            return msgspec.structs.replace(visit, state=state, arrived_at=visit.arrived_at or at, ended_at=at)


def overtaken(
    known: Known,
    walked: Sequence[Walked],
    closures: Mapping[UUID, Closure],
    received: Mapping[UUID, datetime],
) -> list[Walked]:
    """Work is a fact: who has not started on what another has done need not go, also when the job is reopened later."""
    after: list[Walked] = []
    for item in walked:
        visit = item.visit
        done = [
            closure.closed_at
            for report_id, closure in closures.items()
            if closure.visit_id != visit.visit_id
            and (
                since_resumed(known, received[report_id])
                or (visit.assigned_at is not None and visit.assigned_at < received[report_id])
            )
        ]
        if done and visit.state is VisitState.PUBLISHED:
            visit = msgspec.structs.replace(
                visit,
                state=VisitState.CANCELLED,
                end_reason=VisitEnd.DONE_BY_ANOTHER,
                ended_at=min(done),
            )
            item = Walked(visit, None)
        after.append(item)
    return after


def since_resumed(known: Known, received_at: datetime) -> bool:
    """Whether it came after a person last took the job up again."""
    return known.job.resumed_at is None or received_at > known.job.resumed_at


def job_after(
    known: Known,
    walked: Sequence[Walked],
    closures: Sequence[Closure],
    facts: Sequence[Fact],
    rulings: Mapping[UUID, Ruling],
) -> Job:
    """The job's state follows from its visits; only cancelling is a person's word that nothing overrules."""
    restored = [
        fact.report.corrected_at
        for fact in facts
        if isinstance(fact.body, Restored)
        and rulings[fact.report.report_id].in_force
        and (known.job.reopened == 0 or since_resumed(known, fact.report.received_at))
    ]
    restored += [closure.closed_at for closure in closures if closure.action not in WITHOUT_WORK]
    restored_at = min(restored, default=None)
    job = known.job
    if job.state is JobState.CANCELLED:
        return msgspec.structs.replace(job, restored_at=restored_at)
    last = _last_interrupted(known, walked)
    pause = None if last is None else goes_on(last)
    step, hold_reason = _step_of(walked, bool(closures), restored_at is not None, None if pause else last)
    if step is None and job.hold_reason in HELD_BY_WORD:
        # until the subscriber has another window, or the outage is over
        step, hold_reason = JobStep.HOLD, job.hold_reason
    state = JobState.RECEIVED if step is None else JOB[JobState.RECEIVED, step]
    return msgspec.structs.replace(
        _going_on(known, facts, pause),
        state=state,
        hold_reason=hold_reason,
        restored_at=restored_at,
        closed_at=min(closure.closed_at for closure in closures) if closures else None,
    )


def _step_of(
    walked: Sequence[Walked], closed: bool, restored: bool, held: Walked | None
) -> tuple[JobStep | None, HoldReason | None]:
    """The one step that leads from `received` to where the job is. `held`: the interrupted visit that holds it up."""
    if closed:
        return JobStep.CLOSE, None
    states = {item.visit.state for item in walked}
    if restored and states & STARTED_VISIT:
        return JobStep.RESTORE, None
    if states & STARTED_VISIT:
        return JobStep.START, None
    if VisitState.PUBLISHED in states:
        return JobStep.PLAN, None
    if held is not None:
        return JobStep.HOLD, _HOLD[held.visit.state]
    return (JobStep.RESTORE if restored else None), None


def _last_interrupted(known: Known, walked: Sequence[Walked]) -> Walked | None:
    """The visit that was broken off last, of those since a person took the job up again."""
    interrupted = [
        item
        for item in walked
        if item.visit.state in _HOLD
        and item.ended_by_received_at is not None
        and since_resumed(known, item.ended_by_received_at)
    ]
    return max(
        interrupted, key=lambda item: (item.visit.ended_at or known.now, item.visit.visit_id), default=None
    )


def goes_on(item: Walked) -> Paused | None:
    """The pause after which the job goes on by itself, if that is how the visit was broken off."""
    if item.visit.state is not VisitState.PAUSED or item.ended_by is None:
        return None
    body, paused_at = item.ended_by.body, item.ended_by.report.corrected_at
    if not isinstance(body, Paused) or body.resume_on is None:
        return None
    return body if body.resume_on <= paused_at.date() + RESUMED_WITHIN else None


def _going_on(known: Known, facts: Sequence[Fact], pause: Paused | None) -> Job:
    """From when on the job is planned again and for how long. What no pause ever spoke of stays as it is."""
    job = known.job
    spoken = [fact.body for fact in facts if isinstance(fact.body, Paused)]
    if any(body.resume_on is not None for body in spoken):
        job = msgspec.structs.replace(job, earliest_on=None if pause is None else pause.resume_on)
    if any(body.remaining_minutes is not None for body in spoken):
        left = None if pause is None else pause.remaining_minutes
        length = known.kind.service_duration if left is None else timedelta(minutes=max(1, left))
        job = msgspec.structs.replace(job, service_duration=length)
    return job


def appointment_after(appointment: Appointment, walked: Sequence[Walked], now: datetime) -> Appointment:
    """Kept when a technician was there within the window: arrived in it, or earlier and still there when it began."""
    if appointment.state in (AppointmentState.OFFERED, AppointmentState.MOVED, AppointmentState.CANCELLED):
        return appointment
    there = [
        max(visit.arrived_at, appointment.earliest_at)
        for visit in (item.visit for item in walked)
        if visit.arrived_at is not None
        and visit.arrived_at <= appointment.latest_at
        and (visit.ended_at is None or visit.ended_at >= appointment.earliest_at)
    ]
    if there:
        state = APPOINTMENT[AppointmentState.CONFIRMED, AppointmentStep.ARRIVE_IN_TIME]
        return msgspec.structs.replace(appointment, state=state, arrived_at=min(there))
    if now > appointment.latest_at:
        state = APPOINTMENT[AppointmentState.CONFIRMED, AppointmentStep.MISS]
        return msgspec.structs.replace(appointment, state=state, arrived_at=None)
    return msgspec.structs.replace(appointment, state=AppointmentState.CONFIRMED, arrived_at=None)

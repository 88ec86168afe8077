"""Publishing: what a draft plan does to the rounds that are out, and when a technician may see it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from db.records import Area, Job, PlannedRoute, Round, RouteStop, Visit
from db.states import LIVE_VISIT, FeedOp, VisitEnd, VisitState
from dispatch.rules.journal import Shown
from dispatch.rules.lifecycle import JOB, VISIT, JobStep, VisitStep, next_state
from dispatch.rules.running import PLANNABLE, Day, day_of

MOVED = timedelta(minutes=30)
"""A visit that stays with its technician has moved when it starts by more than this earlier or later."""


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """What publishing changes. Cancel first, then retime, then send out: a job has one live visit at any moment."""

    cancelled: Sequence[Visit]
    retimed: Sequence[Visit]
    sent_out: Sequence[Visit]
    dropped: Sequence[Visit]
    """Drafts that came too late: their job was taken on, closed, cancelled or given to somebody meanwhile."""
    merged: Sequence[Visit]
    """Drafts whose content went into the visit that is already out."""
    made: Sequence[Visit]
    """Visits that no draft was before."""
    jobs: Sequence[Job]
    shown: Sequence[Shown]


def shown_up_to(area: Area, now: datetime) -> date:
    """The last day that technicians may see: today, from the evening on tomorrow."""
    local = now.astimezone(ZoneInfo(area.time_zone))
    return local.date() + timedelta(days=1 if local.hour >= area.settings.shown_from_hour else 0)


def change(visit: Visit, op: FeedOp) -> Shown:
    return shown_to(day_of(visit), visit, op)


def shown_to(day: Day, visit: Visit, op: FeedOp) -> Shown:
    """To the technician of this day, whose visit it may be or somebody else's."""
    return Shown(
        technician_area_id=day[0],
        technician_id=day[1],
        job_area_id=visit.area_id,
        job_id=visit.job_id,
        op=op,
    )


def shown_again(visits: Sequence[Visit]) -> list[Shown]:
    """To whoever has one of these visits on the phone: the job changed."""
    return [
        change(visit, FeedOp.PUT)
        for visit in visits
        if visit.shown_at is not None and visit.hidden_at is None
    ]


def publish(
    drafts: Sequence[Visit],
    out: Mapping[UUID, Visit],
    withdrawn: Sequence[Visit],
    jobs: Mapping[UUID, Job],
    area: Area,
    now: datetime,
) -> Published:
    """`out`: the live visit of each job that has one. `withdrawn`: those for which the plan found no place."""
    cancelled: list[Visit] = []
    retimed: list[Visit] = []
    out_now: list[Visit] = []
    dropped: list[Visit] = []
    merged: list[Visit] = []
    up_to = shown_up_to(area, now)
    for draft in drafts:
        present = out.get(draft.job_id)
        if jobs[draft.job_id].state not in PLANNABLE or (
            present is not None
            and (present.state is not VisitState.PUBLISHED or present.visit_id != draft.replaces_visit_id)
        ):
            dropped.append(draft)
        elif present is not None and day_of(present) == day_of(draft):
            retimed.append(_retimed(present, draft))
            merged.append(draft)
        else:
            if present is not None:
                cancelled.append(taken_back(present, VisitEnd.REASSIGNED, now))
            out_now.append(sent_out(draft, up_to, now))
    cancelled += [taken_back(visit, VisitEnd.WITHDRAWN, now) for visit in withdrawn]
    return changes_of(
        cancelled=cancelled, retimed=retimed, sent_out=out_now, dropped=dropped, merged=merged, jobs=jobs
    )


def changes_of(
    *,
    cancelled: Sequence[Visit],
    retimed: Sequence[Visit],
    dropped: Sequence[Visit],
    jobs: Mapping[UUID, Job],
    sent_out: Sequence[Visit] = (),
    merged: Sequence[Visit] = (),
    made: Sequence[Visit] = (),
) -> Published:
    """With what becomes of the jobs, and what phones are shown. Drafts are nobody's business yet."""
    placed = [visit for visit in [*retimed, *sent_out, *made] if visit.state is not VisitState.DRAFT]
    return Published(
        cancelled=cancelled,
        retimed=retimed,
        sent_out=sent_out,
        dropped=dropped,
        merged=merged,
        made=made,
        jobs=_jobs_after(jobs, placed, cancelled),
        shown=_shown(cancelled, placed),
    )


def with_retimed(
    changes: Published, retimed: Sequence[Visit], dropped: Sequence[Visit], jobs: Mapping[UUID, Job]
) -> Published:
    """And these visits beside, which the plan did not know; and drafts that do not go out."""
    return changes_of(
        cancelled=changes.cancelled,
        retimed=[*changes.retimed, *retimed],
        sent_out=changes.sent_out,
        dropped=[*changes.dropped, *dropped],
        merged=changes.merged,
        jobs=jobs,
    )


def route_out(
    frame: Round, visits: Sequence[Visit], states: Collection[VisitState] = LIVE_VISIT
) -> PlannedRoute:
    """A round that is out, in the words of a plan: for comparing versions and for going back to one."""
    mine = [visit for visit in visits if visit.state in states and day_of(visit) == day_of(frame)]
    return PlannedRoute(
        technician_area_id=frame.technician_area_id,
        technician_id=frame.technician_id,
        on_day=frame.on_day,
        leave_at=frame.leave_at,
        back_at=frame.back_at,
        break_start_at=frame.break_start_at,
        break_end_at=frame.break_end_at,
        travel_seconds=int(frame.travel_duration.total_seconds()),
        distance_m=frame.distance_m,
        stops=[
            RouteStop(
                job_id=visit.job_id,
                arrival_at=visit.planned_arrival_at,
                start_at=visit.planned_start_at,
                end_at=visit.planned_end_at,
                travel_seconds=int(visit.travel_duration.total_seconds()),
                distance_m=visit.distance_m,
            )
            for visit in sorted(mine, key=lambda visit: visit.planned_start_at)
        ],
    )


def _retimed(present: Visit, draft: Visit) -> Visit:
    """What the hand pinned goes on being of the version that pinned it, so that going back from that one lifts the pin."""
    return msgspec.structs.replace(
        present,
        sequence=draft.sequence,
        planned_arrival_at=draft.planned_arrival_at,
        planned_start_at=draft.planned_start_at,
        planned_end_at=draft.planned_end_at,
        travel_duration=draft.travel_duration,
        distance_m=draft.distance_m,
        plan_id=present.plan_id if present.pinned else draft.plan_id,
        moves=moves_of(present, draft.planned_start_at),
    )


def moves_of(present: Visit, start_at: datetime) -> int:
    """How often the visit was moved since it went out, once it starts then. Nobody was told of a draft."""
    told = present.state is not VisitState.DRAFT
    return present.moves + (told and abs(start_at - present.planned_start_at) > MOVED)


def taken_back(present: Visit, why: VisitEnd, now: datetime) -> Visit:
    return msgspec.structs.replace(
        present,
        state=VISIT[present.state, VisitStep.CANCEL],
        end_reason=why,
        hidden_at=now if present.shown_at is not None else None,
        ended_at=now,
    )


def sent_out(draft: Visit, up_to: date, now: datetime) -> Visit:
    return msgspec.structs.replace(
        draft,
        state=VISIT[draft.state, VisitStep.PUBLISH],
        replaces_visit_id=None,
        assigned_at=now,
        shown_at=now if draft.on_day <= up_to else None,
    )


def _jobs_after(jobs: Mapping[UUID, Job], placed: Sequence[Visit], cancelled: Sequence[Visit]) -> list[Job]:
    """Placed jobs are planned; those taken back without a new place are waiting again."""
    changed: dict[UUID, Job] = {}
    for visit in placed:
        job = jobs[visit.job_id]
        changed[visit.job_id] = msgspec.structs.replace(
            job, state=next_state(JOB, job.state, JobStep.PLAN) or job.state
        )
    for visit in cancelled:
        job = jobs[visit.job_id]
        if visit.job_id not in changed:
            changed[visit.job_id] = msgspec.structs.replace(
                job, state=next_state(JOB, job.state, JobStep.UNPLAN) or job.state
            )
    return [changed[job_id] for job_id in sorted(changed)]


def _shown(cancelled: Sequence[Visit], placed: Sequence[Visit]) -> list[Shown]:
    removed = [change(visit, FeedOp.REMOVE) for visit in cancelled if visit.hidden_at is not None]
    put = [change(visit, FeedOp.PUT) for visit in placed if visit.shown_at is not None]
    return [*removed, *put]


def round_after(
    route: PlannedRoute, present: Round | None, *, area_id: UUID, round_id: UUID, plan_id: UUID, now: datetime
) -> Round:
    """The frame of a published day; of a running one, what is past of it stays: when it began, the break taken."""
    began = present is not None and present.leave_at <= now
    kept_break = present is not None and route.break_start_at is None and began
    return Round(
        area_id=area_id,
        round_id=round_id,
        technician_area_id=route.technician_area_id,
        technician_id=route.technician_id,
        on_day=route.on_day,
        plan_id=plan_id,
        round_version=1,
        leave_at=present.leave_at if present is not None and began else route.leave_at,
        back_at=route.back_at,
        break_start_at=present.break_start_at if present is not None and kept_break else route.break_start_at,
        break_end_at=present.break_end_at if present is not None and kept_break else route.break_end_at,
        travel_duration=timedelta(seconds=route.travel_seconds),
        distance_m=route.distance_m,
        published_at=now,
    )


def days_touched(visits: Sequence[Visit]) -> list[Day]:
    return sorted({day_of(visit) for visit in visits})


def called_off(visit: Visit, now: datetime) -> Visit:
    """The job was cancelled: nobody goes; the phone goes on showing it, as cancelled."""
    return msgspec.structs.replace(
        visit, state=VISIT[visit.state, VisitStep.CANCEL], end_reason=VisitEnd.JOB_CANCELLED, ended_at=now
    )


NEVER_BEGUN_AFTER = timedelta(hours=3)
"""So long after its shift a visit that nobody began is taken back; a phone that did it after all is still believed."""


def never_begun(visit: Visit, job: Job, now: datetime) -> tuple[Visit, Job]:
    """The day is over and nobody went: the job waits for a new plan."""
    state = next_state(JOB, job.state, JobStep.UNPLAN) or job.state
    return taken_back(visit, VisitEnd.WITHDRAWN, now), msgspec.structs.replace(job, state=state)

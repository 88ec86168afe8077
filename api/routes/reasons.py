"""Why: of a version of the rounds for dispatchers, of the own round for technicians; and "why not?"."""

from datetime import date
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from api.auth import allow
from api.deps import NOBODY, AreaId, Caller, CallerDep, Limit, read_own_round
from api.problems import Malformed
from api.wire.reasons import (
    ElsewhereOut,
    HintOut,
    MovedAsideOut,
    ObstacleOut,
    OwnRoundOut,
    OwnVisitOut,
    ReasonOut,
    ReasonsOut,
    TriedOut,
    WhyNotIn,
    WhyNotOut,
)
from db.records import Area, PlanReason, Tried, WhyNot, WouldHelp
from db.states import Role
from dispatch.flows import reasons
from dispatch.rules.reasons import Stands
from dispatch.rules.told_dispatcher import Reader, told_of_reason, told_of_trial
from dispatch.rules.told_technician import told_of_round, told_of_visit

OneJob = Annotated[UUID | None, QueryParameter(name="jobId", description="Only this job")]


def reader_of(
    caller: Caller, area: Area, names: dict[UUID, str], numbers: dict[UUID, str], codes: dict[str, str]
) -> Reader:
    """Whom it is told: the caller, today."""
    today = caller.now.astimezone(ZoneInfo(area.time_zone)).date()
    return Reader(caller.actor.language, area, today, names, numbers, codes)


@get(
    "/v1/plans/{plan_id:uuid}/reasons",
    opt=allow(Role.DISPATCHER, Role.SUPERVISOR),
    tags=["plans"],
    summary="Why a plan is as it is",
)
async def list_reasons(
    plan_id: FromPath[UUID],
    caller: CallerDep,
    job_id: OneJob = None,
    area_id: AreaId = None,
    after: FromQuery[UUID | None] = None,
    limit: Limit = 100,
) -> ReasonsOut:
    """Of each job what it costs where it stands and who else could go; or why it has no place and what would help. Visits that
    were moved since say so: no reason is shown as true that is not."""
    area = caller.area(area_id)
    found = await caller.read(
        lambda conn: reasons.list_of_plan(
            conn, area_id=area, plan_id=plan_id, job_id=job_id, after=after or NOBODY, limit=limit
        )
    )
    reader = reader_of(caller, found.area, found.names, found.numbers, found.codes)
    items = [_reason(said.reason, said.stands, reader) for said in found.said]
    return ReasonsOut(
        plan_id=plan_id,
        plan_version=found.plan.plan_version,
        state=found.plan.state,
        items=items,
        next=items[-1].job_id if len(items) == limit else None,
    )


def _reason(reason: PlanReason, stands: Stands, reader: Reader) -> ReasonOut:
    other = reason.instead
    return ReasonOut(
        job_id=reason.job_id,
        job_number=reader.numbers[reason.job_id],
        technician_id=reason.technician_id,
        display_name=None if reason.technician_id is None else reader.names.get(reason.technician_id, ""),
        on_day=reason.on_day,
        start_at=reason.start_at,
        cost=reason.cost,
        own=reason.own,
        left_out=reason.left_out,
        instead=None
        if other is None
        else ElsewhereOut(
            technician_id=other.technician_id,
            display_name=reader.names.get(other.technician_id, ""),
            on_day=other.on_day,
            start_at=other.start_at,
            cost=other.cost,
        ),
        blocks=reason.blocks,
        hint=_hint(reason.hint, reader),
        explained_at=reason.explained_at,
        stands=stands,
        sentences=told_of_reason(reason, reader),
    )


def _hint(hint: WouldHelp | None, reader: Reader) -> HintOut | None:
    if hint is None:
        return None
    who = hint.technician_id
    return HintOut(
        kind=hint.kind,
        technician_id=who,
        display_name=None if who is None else reader.names.get(who, ""),
        on_day=hint.on_day,
        seconds=hint.seconds,
        missing=hint.missing,
    )


@post(
    "/v1/plans/{plan_id:uuid}/why-not",
    opt=allow(Role.DISPATCHER),
    tags=["plans"],
    summary="Why is somebody else not to go?",
    status_code=202,
)
async def ask_why_not(
    plan_id: FromPath[UUID], data: JSONBody[WhyNotIn], caller: CallerDep, area_id: AreaId = None
) -> WhyNotOut:
    """A worker puts the job there, on paper, lets give way what must, and says what that costs or what prevents it. Nothing is
    changed. Ask for the answer by its id; it takes a second or two."""
    area = caller.area(area_id)
    if (data.earliest is None) != (data.latest is None):
        raise Malformed()
    window = None if data.earliest is None or data.latest is None else (data.earliest, data.latest)
    asked = await caller.write(
        lambda conn: reasons.ask(
            conn,
            area_id=area,
            plan_id=plan_id,
            job_id=data.job_id,
            technician_id=data.technician_id,
            window=window,
            actor=caller.actor,
            now=caller.now,
        )
    )
    return _why_not(asked, None)


@get(
    "/v1/plans/{plan_id:uuid}/why-not/{why_not_id:uuid}",
    opt=allow(Role.DISPATCHER),
    tags=["plans"],
    summary="The answer to a why-not",
)
async def get_why_not(
    plan_id: FromPath[UUID], why_not_id: FromPath[UUID], caller: CallerDep, area_id: AreaId = None
) -> WhyNotOut:
    """`answer` is null until a worker has tried it. Kept for a day."""
    area = caller.area(area_id)
    found = await caller.read(
        lambda conn: reasons.get_answer(conn, area_id=area, plan_id=plan_id, why_not_id=why_not_id)
    )
    reader = reader_of(caller, found.area, found.names, found.numbers, found.codes)
    tried = found.asked.answer
    return _why_not(found.asked, None if tried is None else _tried(found.asked, tried, reader))


def _why_not(asked: WhyNot, answer: TriedOut | None) -> WhyNotOut:
    return WhyNotOut(
        why_not_id=asked.why_not_id,
        plan_id=asked.plan_id,
        job_id=asked.job_id,
        technician_id=asked.technician_id,
        earliest=asked.earliest_at,
        latest=asked.latest_at,
        asked_at=asked.asked_at,
        answered_at=asked.answered_at,
        answer=answer,
    )


def _tried(asked: WhyNot, tried: Tried, reader: Reader) -> TriedOut:
    def name(technician_id: UUID | None) -> str | None:
        return None if technician_id is None else reader.names.get(technician_id, "")

    return TriedOut(
        obstacles=[
            ObstacleOut(
                code=bar.code,
                on_day=bar.on_day,
                job_id=bar.job_id,
                job_number=None if bar.job_id is None else reader.numbers[bar.job_id],
                lacks=bar.lacks,
                seconds=bar.seconds,
            )
            for bar in tried.obstacles
        ],
        cost=tried.cost,
        on_day=tried.on_day,
        start_at=tried.start_at,
        moved=[
            MovedAsideOut(
                job_id=moved.job_id,
                job_number=reader.numbers[moved.job_id],
                from_display_name=name(moved.from_technician_id),
                from_day=moved.from_day,
                to_display_name=name(moved.to_technician_id),
                to_day=moved.to_day,
                seconds_later=moved.seconds_later,
            )
            for moved in tried.moved
        ],
        sentences=told_of_trial(tried, asked.technician_id, reader),
    )


@get(
    "/v1/rounds/{on:date}/reasons",
    opt=allow(Role.TECHNICIAN),
    tags=["rounds"],
    summary="Why my round is as it is",
)
async def get_own_round(on: FromPath[date], caller: CallerDep, area_id: AreaId = None) -> OwnRoundOut:
    """Of the own round alone, in the technician's language: how long it is, and of each visit why it is there. What the phone
    may not show yet is not in it."""
    area = caller.area(area_id)
    found = await read_own_round(
        caller,
        area,
        on,
        lambda conn, worked, me: reasons.own_round(conn, area_id=worked, technician_id=me, on_day=on),
    )
    language = caller.actor.language
    return OwnRoundOut(
        on=on,
        sentence=told_of_round(found.frame, [one.visit for one in found.visits], found.area, language),
        visits=[
            OwnVisitOut(
                visit_id=one.visit.visit_id,
                job_id=one.visit.job_id,
                job_number=one.number,
                state=one.visit.state,
                explained_at=None if one.reason is None else one.reason.explained_at,
                stands=one.stands,
                sentence=told_of_visit(one.reason, one.stands, one.visit.pinned, language),
            )
            for one in found.visits
        ],
    )

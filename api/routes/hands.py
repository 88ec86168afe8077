"""By hand: what a move would cost and break, doing it, taking a job out of the rounds, pins."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar, cast
from uuid import UUID

from litestar import Response, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from api.auth import allow
from api.deps import AreaId, Caller, CallerDep, HorizonsDep, IfMatch, etag, shown, version_of
from api.wire.hands import (
    BreakOut,
    ExpectedIn,
    MovedByHand,
    MoveIn,
    MoveMessage,
    MoveMessages,
    PinIn,
    PresentOut,
    TrialIn,
    TrialOut,
    TrialRow,
    UnassignIn,
)
from api.wire.jobs import VisitOut
from api.wire.plans import PlanOut
from db.rows import Conn
from db.states import Role
from dispatch import by_hand
from dispatch.errors import RulesBroken
from dispatch.flows import areas, catalogue, hands
from dispatch.rules.hands import Break, Tried
from dispatch.rules.pins import LIFTED, Pin
from dispatch.rules.told_hands import told_of_break, told_to_subscriber
from dispatch.rules.told_technician import round_changed

T = TypeVar("T")
Say = Callable[[Break, str, tuple[str, str] | None], BreakOut]
"""Of a break, the name of the technician, and the number and the name of the job that it is about."""
DISPATCHER = allow(Role.DISPATCHER)
VisitId = Annotated[UUID, QueryParameter(name="visitId")]
TechnicianId = Annotated[UUID, QueryParameter(name="technicianId", description="Who is to go")]
StartAt = Annotated[
    datetime | None, QueryParameter(name="startAt", description="When; else where it fits best")
]


@post("/v1/board/trials", opt=DISPATCHER, tags=["board"], summary="Try a move", status_code=200)
async def try_move(
    data: JSONBody[TrialIn], caller: CallerDep, horizons: HorizonsDep, area_id: AreaId = None
) -> TrialOut:
    """For each technician of the day the best place for the job, what it costs there and what it breaks; with a technician and a
    time also exactly that. Nothing changes."""
    trial = await by_hand.try_by_hand(
        caller.database,
        horizons,
        area_id=caller.area(area_id),
        job_id=data.job_id,
        on_day=data.on,
        technician_id=data.technician_id,
        start_at=data.start_at,
        actor=caller.actor,
        now=caller.now,
    )
    visit, present = trial.wish.visit, trial.present
    broken = [one for tried in (*trial.tried, trial.asked) if tried is not None for one in tried.breaks]
    say = await _say_of(caller, caller.area(area_id), broken)
    return TrialOut(
        job_id=trial.wish.job.job_id,
        visit_id=None if visit is None else visit.visit_id,
        version=trial.wish.job.version if visit is None else visit.version,
        now=None
        if present is None
        else PresentOut(technician_id=present.day[1], start_at=present.start_at, cost=present.cost),
        rows=[
            _tried(one, trial, say)
            for one in sorted(trial.tried, key=lambda one: (one.cost, one.start_s, one.day))
        ],
        asked=None if trial.asked is None else _tried(trial.asked, trial, say),
        absent=None if trial.absent is None else say(trial.absent, "", None),
    )


def _tried(tried: Tried, trial: by_hand.Trial, say: Say) -> TrialRow:
    stood = trial.rows[tried.day]
    name = stood.facts.technician.display_name
    before = None if tried.after is None else stood.visits.get(tried.after)
    return TrialRow(
        technician_id=tried.day[1],
        start_at=tried.start_at,
        cost=tried.cost,
        parts=dict(tried.parts),
        extra_travel_seconds=tried.extra_travel_s,
        breaks=[say(one, name, trial.called(one.job_id)) for one in tried.breaks],
        after=None if before is None else before.visit_id,
    )


async def _say_of(caller: Caller, area_id: UUID, broken: Sequence[Break]) -> Say:
    """In the reader's language; what things are called is looked up only where something lacks."""
    codes: dict[str, str] = {}
    if any(one.lacks for one in broken):
        codes = await caller.read(lambda conn: catalogue.list_code_names(conn, area_id=area_id))
    area = await caller.read(lambda conn: areas.get_area(conn, area_id=area_id))

    def say(one: Break, name: str, job: tuple[str, str] | None) -> BreakOut:
        number, called = job or (None, "")
        return BreakOut(
            code=one.code,
            seconds=one.seconds,
            job_number=number,
            sentence=told_of_break(one, name, called, caller.actor.language, codes, area),
        )

    return say


@get("/v1/board/messages", opt=DISPATCHER, tags=["board"], summary="Who would be told what of a move")
async def list_messages(
    caller: CallerDep,
    horizons: HorizonsDep,
    visit_id: VisitId,
    technician_id: TechnicianId,
    start_at: StartAt = None,
    area_id: AreaId = None,
) -> MoveMessages:
    """Both technicians hear that their rounds have changed; the subscriber hears of a window where the promised one breaks. A code
    stands as dots: only the subscriber sees it."""
    found = await by_hand.who_is_told(
        caller.database,
        horizons,
        area_id=caller.area(area_id),
        visit_id=visit_id,
        technician_id=technician_id,
        start_at=start_at,
        actor=caller.actor,
        now=caller.now,
    )
    return MoveMessages(
        items=[
            MoveMessage(
                to=one.name,
                language=one.language,
                text=round_changed(one.language)
                if one.window is None
                else told_to_subscriber(one.window, found.area, one.language),
            )
            for one in found.told
        ]
    )


def _expected(data: ExpectedIn) -> hands.Expected:
    return hands.Expected(
        visit_version=data.visit_version,
        job_version=data.job_version,
        rounds=data.technician_days,
        cursor=data.cursor,
    )


async def _done(caller: Caller, area_id: UUID, work: Callable[[Conn], Awaitable[hands.Moved]]) -> MovedByHand:
    """What it breaks is said in the reader's language."""
    try:
        moved = await caller.write(work)
    except RulesBroken as refused:
        facts = cast("dict[str, Any]", refused.facts)
        say = await _say_of(caller, area_id, facts["breaks"])
        raise RulesBroken(
            breaks=[say(one, facts["name"], facts["numbers"].get(one.job_id)) for one in facts["breaks"]]
        ) from refused
    return MovedByHand(
        plan_id=None if moved.plan is None else moved.plan.plan_id,
        plan=None if moved.plan is None else shown(moved.plan, PlanOut),
        visit=None if moved.visit is None else shown(moved.visit, VisitOut),
        accepted=[one.code for one in moved.accepted],
    )


@post("/v1/board/moves", opt=DISPATCHER, tags=["board"], summary="Move a visit by hand", status_code=200)
async def move_visit(data: JSONBody[MoveIn], caller: CallerDep, area_id: AreaId = None) -> MovedByHand:
    """The job goes there and stays there: no plan moves it any more. A version of the rounds, which can be taken back. 409
    `rules-broken` names what it would break and was not accepted; 409 `changed-since` who changed what since you looked. A
    promise that breaks is made anew, and its subscriber hears of it."""
    area = caller.area(area_id)
    return await _done(
        caller,
        area,
        lambda conn: hands.move(
            conn,
            area_id=area,
            job_id=data.job_id,
            on_day=data.on,
            technician_id=data.technician_id,
            start_at=data.start_at,
            expected=_expected(data.expected),
            accepted=data.accept,
            actor=caller.actor,
            now=caller.now,
        ),
    )


@post(
    "/v1/board/unassign",
    opt=DISPATCHER,
    tags=["board"],
    summary="Take a job out of the rounds",
    status_code=200,
)
async def unassign_job(data: JSONBody[UnassignIn], caller: CallerDep, area_id: AreaId = None) -> MovedByHand:
    """It waits again, and the next plan finds it a place. What was promised stays promised: accept `promise` to do it all the same.
    Answers like a move."""
    area = caller.area(area_id)
    return await _done(
        caller,
        area,
        lambda conn: hands.unassign(
            conn,
            area_id=area,
            job_id=data.job_id,
            expected=_expected(data.expected),
            accepted=data.accept,
            actor=caller.actor,
            now=caller.now,
        ),
    )


async def _pinned(
    caller: Caller, visit_id: UUID, pin: Pin, area_id: UUID | None, if_match: str | None
) -> Response[VisitOut]:
    area = caller.area(area_id)
    version = None if if_match is None else version_of(if_match)
    visit = await caller.write(
        lambda conn: hands.pin(
            conn,
            area_id=area,
            visit_id=visit_id,
            pin=pin,
            version=version,
            actor=caller.actor,
            now=caller.now,
        )
    )
    answer = shown(visit, VisitOut)
    return Response(answer, headers={"ETag": etag(answer.version)}, status_code=200)


@put("/v1/visits/{visit_id:uuid}/pin", opt=DISPATCHER, tags=["board"], summary="Pin a visit")
async def pin_visit(
    visit_id: FromPath[UUID],
    data: JSONBody[PinIn],
    caller: CallerDep,
    area_id: AreaId = None,
    if_match: IfMatch = None,
) -> Response[VisitOut]:
    """From now on no plan gives it to anybody else, nor to another time where one is named. A pin that cannot be kept is named
    among what burns; the rest is planned around it."""
    return await _pinned(caller, visit_id, Pin(pinned=True, start_at=data.start_at), area_id, if_match)


@delete(
    "/v1/visits/{visit_id:uuid}/pin",
    opt=DISPATCHER,
    tags=["board"],
    summary="Let a visit go",
    status_code=200,
)
async def unpin_visit(
    visit_id: FromPath[UUID], caller: CallerDep, area_id: AreaId = None, if_match: IfMatch = None
) -> Response[VisitOut]:
    """Plans may move it again."""
    return await _pinned(caller, visit_id, LIFTED, area_id, if_match)

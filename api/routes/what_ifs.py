"""What if: a day with something else in place, on paper."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, JSONBody

from api.auth import allow
from api.deps import AreaId, CallerDep, shown
from api.wire.plans import PromisesOut
from api.wire.what_ifs import (
    JobNamed,
    SideOut,
    SupposedIn,
    TrialProgress,
    TrialState,
    WhatIfIn,
    WhatIfOut,
    WhatIfResult,
    WouldMoveOut,
)
from db.records import SupposedChange, WhatIf, WhatIfSide
from db.states import Role
from dispatch import trying
from dispatch.flows import what_ifs
from dispatch.rules.supposing import Kind
from dispatch.rules.told_what_if import newcomer, told_of_what_if


@post("/v1/what-ifs", opt=allow(Role.DISPATCHER), tags=["plans"], summary="What if?", status_code=202)
async def ask_what_if(data: JSONBody[WhatIfIn], caller: CallerDep) -> WhatIfOut:
    """A worker plans the day twice, as it is and with what is supposed, equally long. Nothing is changed and no plan is made of it.
    Ask for the answer by its id; it takes twice the seconds."""
    asked = await trying.ask(
        caller.database,
        area_id=caller.area(data.area_id),
        on_day=data.on,
        changes=[_supposed(change) for change in data.changes],
        budget=None if data.seconds is None else timedelta(seconds=data.seconds),
        seed=data.seed,
        actor=caller.actor,
        now=caller.now,
    )
    return _what_if(asked, None)


def _supposed(change: SupposedIn) -> SupposedChange:
    at, shift = change.start_at, change.shift
    return SupposedChange(
        kind=change.kind,
        job_id=change.job_id,
        technician_id=change.technician_id,
        minutes=change.minutes,
        skills=change.skills,
        depot_id=change.depot_id,
        latitude=None if at is None else at.latitude,
        longitude=None if at is None else at.longitude,
        shift_start_at=None if shift is None else shift.start,
        shift_end_at=None if shift is None else shift.end,
    )


@get(
    "/v1/what-ifs/{what_if_id:uuid}",
    opt=allow(Role.DISPATCHER),
    tags=["plans"],
    summary="What would become of the rounds",
)
async def get_what_if(what_if_id: FromPath[UUID], caller: CallerDep, area_id: AreaId = None) -> WhatIfOut:
    """Progress while it is tried; then both sides and what would move. Kept for a day."""
    area = caller.area(area_id)
    found = await caller.read(lambda conn: what_ifs.get(conn, area_id=area, what_if_id=what_if_id))
    return _what_if(found.asked, _result(found, caller.actor.language))


def _what_if(asked: WhatIf, result: WhatIfResult | None) -> WhatIfOut:
    state = TrialState.QUEUED if asked.progress is None else TrialState.RUNNING
    if asked.ended_at is not None:
        state = TrialState.DONE if asked.failure is None else TrialState.FAILED
    return WhatIfOut(
        what_if_id=asked.what_if_id,
        on=asked.on_day,
        state=state,
        asked_at=asked.asked_at,
        ended_at=asked.ended_at,
        progress=None if asked.progress is None else shown(asked.progress, TrialProgress),
        failure=asked.failure,
        result=result,
    )


def _result(found: what_ifs.Tried, language: str) -> WhatIfResult | None:
    answer = found.asked.answer
    if answer is None:
        return None
    more = [change.technician_id for change in found.asked.changes if change.kind == Kind.TECHNICIAN_MORE]
    supposed = {who: newcomer(number, language) for number, who in enumerate(more, start=1)}
    return WhatIfResult(
        before=_side(answer.before, found.numbers),
        after=_side(answer.after, found.numbers),
        moved=[
            WouldMoveOut(
                job_id=one.job_id,
                job_number=found.numbers[one.job_id],
                from_technician_id=one.from_technician_id,
                from_display_name=found.names.get(one.from_technician_id, ""),
                from_start_at=one.from_start_at,
                to_technician_id=None if one.to_technician_id in supposed else one.to_technician_id,
                to_display_name=None
                if one.to_technician_id is None
                else supposed.get(one.to_technician_id) or found.names.get(one.to_technician_id, ""),
                to_start_at=one.to_start_at,
            )
            for one in answer.moved
        ],
        sentence=told_of_what_if(answer, language),
    )


def _side(side: WhatIfSide, numbers: Mapping[UUID, str]) -> SideOut:
    return SideOut(
        cost=side.cost,
        unassigned=[JobNamed(job_id=job_id, job_number=numbers[job_id]) for job_id in side.unassigned],
        promises=PromisesOut(kept=side.kept, late=side.late, unplaced=side.unplaced),
        moved=side.moved,
        driving_seconds=side.driving_seconds,
        driving_m=side.driving_m,
    )

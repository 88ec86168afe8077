"""Planning runs and plans."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from api.auth import allow
from api.deps import AreaId, CallerDep, HorizonsDep, NewestFirst, shown
from api.routes.reasons import reader_of
from api.wire.jobs import VisitOut
from api.wire.plans import (
    ChangeOut,
    DraftOut,
    HeldOut,
    PlanChanges,
    PlanOut,
    PlanRunIn,
    PlanRunOut,
    PlanRuns,
    Plans,
    PlanVersionOut,
    PlanWithDrafts,
    PublishIn,
    RoundWindow,
    SplitOut,
    StaysOut,
    UndoneOut,
)
from db.records import Appointment, PlanRun
from db.states import Role
from dispatch import repairs
from dispatch.flows import plans, publishing, versions
from dispatch.rules.expected import promise_of, risk_of
from dispatch.rules.phone import in_language
from dispatch.rules.told_dispatcher import Reader, told_of_change
from dispatch.rules.versions import Change, Held

DISPATCHER = allow(Role.DISPATCHER)
Against = Annotated[
    UUID | None,
    QueryParameter(
        name="against",
        description="Another plan; else what this one replaced, and for a draft what is out now",
    ),
]


def run_out(run: PlanRun, plan_id: UUID | None = None) -> PlanRunOut:
    """Progress is kept as JSON and becomes typed here; the plan is not a member of the run."""
    kept = None if run.moved is None or run.change_budget is None else run.moved <= run.change_budget
    return msgspec.structs.replace(shown(run, PlanRunOut), plan_id=plan_id, budget_kept=kept)


@post("/v1/plan-runs", opt=DISPATCHER, tags=["plans"], summary="Plan some days", status_code=202)
async def request_run(data: JSONBody[PlanRunIn], caller: CallerDep) -> PlanRunOut:
    """A worker solves it; watch the run. The result is a draft that somebody publishes."""
    area = caller.area(data.area_id)
    run = await caller.write(
        lambda conn: plans.request(
            conn,
            area_id=area,
            first_on=data.first_on,
            last_on=data.last_on,
            budget=None if data.seconds is None else timedelta(seconds=data.seconds),
            seed=data.seed,
            publish=data.publish,
            change_budget=data.change_budget,
            actor=caller.actor,
            now=caller.now,
        )
    )
    return run_out(run)


@get("/v1/plan-runs", opt=DISPATCHER, tags=["plans"], summary="List planning runs")
async def list_runs(caller: CallerDep, area_id: AreaId = None, limit: NewestFirst = 20) -> PlanRuns:
    """Newest first."""
    area = caller.area(area_id)
    rows = await caller.read(lambda conn: plans.list_runs(conn, area_id=area, limit=limit))
    return PlanRuns(items=[run_out(row) for row in rows])


@get("/v1/plan-runs/{plan_run_id:uuid}", opt=DISPATCHER, tags=["plans"], summary="Watch a planning run")
async def get_run(plan_run_id: FromPath[UUID], caller: CallerDep, area_id: AreaId = None) -> PlanRunOut:
    """Progress while it runs; the plan's id when it is done."""
    area = caller.area(area_id)
    found = await caller.read(lambda conn: plans.get_run(conn, area_id=area, plan_run_id=plan_run_id))
    return run_out(found.run, found.plan_id)


@post(
    "/v1/plan-runs/{plan_run_id:uuid}/stop",
    opt=DISPATCHER,
    tags=["plans"],
    summary="Stop a planning run: good enough",
    status_code=202,
)
async def stop_run(plan_run_id: FromPath[UUID], caller: CallerDep, area_id: AreaId = None) -> PlanRunOut:
    """It finishes with the best plan so far."""
    area = caller.area(area_id)
    await caller.write(lambda conn: plans.stop(conn, area_id=area, plan_run_id=plan_run_id))
    found = await caller.read(lambda conn: plans.get_run(conn, area_id=area, plan_run_id=plan_run_id))
    return run_out(found.run, found.plan_id)


@get("/v1/plans", opt=DISPATCHER, tags=["plans"], summary="List plans")
async def list_plans(
    caller: CallerDep, horizons: HorizonsDep, area_id: AreaId = None, limit: NewestFirst = 20
) -> Plans:
    """Newest first: who made and published each version, its cost split, why jobs were left out, and whether it can be undone."""
    area = caller.area(area_id)
    found = await repairs.list_versions(
        caller.database, horizons, area_id=area, limit=limit, actor=caller.actor, now=caller.now
    )
    return Plans(items=[_version(one) for one in found])


def _version(one: repairs.Version) -> PlanVersionOut:
    plan, listed = one.listed.plan, one.listed
    return PlanVersionOut(
        **msgspec.structs.asdict(shown(plan, PlanOut)),
        made_by=listed.made_by,
        published_by=listed.published_by,
        discarded_at=plan.discarded_at,
        discarded_by=listed.discarded_by,
        part_of_plan_id=plan.part_of_plan_id,
        undone_by_plan_id=listed.undone_by_plan_id,
        undoable=one.undoable,
    )


@get("/v1/plans/{plan_id:uuid}", opt=DISPATCHER, tags=["plans"], summary="Read a plan")
async def get_plan(plan_id: FromPath[UUID], caller: CallerDep, area_id: AreaId = None) -> PlanWithDrafts:
    """A draft plan beside what is out: which visits it would move, add, or leave as they are."""
    area = caller.area(area_id)
    found = await caller.read(lambda conn: plans.get_plan(conn, area_id=area, plan_id=plan_id))
    drafts = [
        DraftOut(
            visit=shown(draft, VisitOut),
            present=None if (out := found.replaced.get(draft.job_id)) is None else shown(out, VisitOut),
        )
        for draft in found.drafts
    ]
    return PlanWithDrafts(plan=shown(found.plan, PlanOut), drafts=drafts)


@post(
    "/v1/plans/{plan_id:uuid}/publish",
    opt=DISPATCHER,
    tags=["plans"],
    summary="Publish a plan",
    status_code=200,
)
async def publish_plan(
    plan_id: FromPath[UUID],
    caller: CallerDep,
    data: JSONBody[PublishIn | None] = None,
    area_id: AreaId = None,
) -> PlanOut:
    """Its rounds go out to the phones. Visits that began meanwhile stay as they are. A part of it goes out as a version of its own
    and the rest stays a draft; where the part has no room without others of the plan, 409 names them in `needs`: publish again
    with them."""
    area, asked = caller.area(area_id), data or PublishIn()
    if asked.only is None and not asked.but:
        plan = await caller.write(
            lambda conn: publishing.publish(
                conn, area_id=area, plan_id=plan_id, actor=caller.actor, now=caller.now
            )
        )
        return shown(plan, PlanOut)
    part = await caller.write(
        lambda conn: publishing.publish_part(
            conn,
            area_id=area,
            plan_id=plan_id,
            only=asked.only,
            but=asked.but,
            actor=caller.actor,
            now=caller.now,
        )
    )
    return shown(part, PlanOut)


@post(
    "/v1/plans/{plan_id:uuid}/discard",
    opt=DISPATCHER,
    tags=["plans"],
    summary="Throw a draft away",
    status_code=200,
)
async def discard_plan(plan_id: FromPath[UUID], caller: CallerDep, area_id: AreaId = None) -> PlanOut:
    """Nothing of it goes out. A place that it found for something promised stays until a plan finds a better one. Again is the
    same; what has gone out is undone instead."""
    area = caller.area(area_id)
    plan = await caller.write(
        lambda conn: publishing.discard(
            conn, area_id=area, plan_id=plan_id, actor=caller.actor, now=caller.now
        )
    )
    return shown(plan, PlanOut)


@post(
    "/v1/plans/{plan_id:uuid}/undo",
    opt=DISPATCHER,
    tags=["plans"],
    summary="Take a published plan back",
    status_code=200,
)
async def undo_plan(
    plan_id: FromPath[UUID], caller: CallerDep, horizons: HorizonsDep, area_id: AreaId = None
) -> UndoneOut:
    """Back to what was out before it, as a new version: what has begun, what was promised since and what somebody changed
    after it stay, and are named."""
    area = caller.area(area_id)
    undone = await repairs.undo(
        caller.database, horizons, area_id=area, plan_id=plan_id, actor=caller.actor, now=caller.now
    )
    names = undone.named
    return UndoneOut(
        plan=None if undone.plan is None else shown(undone.plan, PlanOut),
        stays=[
            StaysOut(
                job_id=visit.job_id,
                job_number=names.jobs[visit.job_id],
                address=names.addresses[visit.job_id],
                technician_id=visit.technician_id,
                display_name=names.technicians[visit.technician_id],
                start_at=visit.planned_start_at,
            )
            for visit in undone.stays
        ],
    )


@get(
    "/v1/plans/{plan_id:uuid}/changes",
    opt=allow(Role.DISPATCHER, Role.SUPERVISOR),
    tags=["plans"],
    summary="What a plan changes",
)
async def compare_plans(
    plan_id: FromPath[UUID], caller: CallerDep, against: Against = None, area_id: AreaId = None
) -> PlanChanges:
    """Visits that move, come or go, the promises among them, and what the rounds cost before and after. A draft is held
    against what is out, a published plan against what it replaced, or either against another."""
    area = caller.area(area_id)
    found = await caller.read(
        lambda conn: versions.compare(conn, area_id=area, plan_id=plan_id, against=against, now=caller.now)
    )
    compared = found.compared
    names = {person.technician_id: person.display_name for person in found.technicians.values()}
    numbers = {job.job_id: job.number for job in found.jobs.values()}
    reader = reader_of(caller, found.area, names, numbers, found.codes)
    return PlanChanges(
        moved=_changes(compared.moved, found, reader),
        new=_changes(compared.new, found, reader),
        dropped=_changes(compared.dropped, found, reader),
        promises_touched=_changes(compared.promises_touched, found, reader),
        before=shown(compared.before, SplitOut),
        after=shown(compared.after, SplitOut),
    )


def _changes(changes: Sequence[Change], found: versions.Between, reader: Reader) -> list[ChangeOut]:
    return [_change(change, found, reader) for change in changes]


def _change(change: Change, found: versions.Between, reader: Reader) -> ChangeOut:
    job = found.jobs[change.job_id]
    window, said = found.windows.get(job.job_id), found.said.get(job.job_id)
    return ChangeOut(
        job_id=job.job_id,
        job_number=job.number,
        kind=job.kind,
        title=in_language(found.kinds[job.kind, job.kind_version].title, reader.language),
        address=found.places[job.place_id].address,
        priority=job.priority,
        affected=job.affected,
        window=None
        if window is None
        else RoundWindow(earliest=window.earliest_at, latest=window.latest_at, state=window.state),
        before=_held(change.before, window, found),
        after=_held(change.after, window, found),
        seconds_later=change.seconds_later,
        promised=change.promised,
        why=None if said is None else told_of_change(said, reader),
    )


def _held(held: Held | None, window: Appointment | None, found: versions.Between) -> HeldOut | None:
    if held is None:
        return None
    _, technician_id, on_day = held.day
    person = found.technicians.get(technician_id)
    promise = None if window is None else promise_of([window])
    return HeldOut(
        technician_id=technician_id,
        display_name="" if person is None else person.display_name,
        on_day=on_day,
        arrival_at=held.stop.arrival_at,
        start_at=held.stop.start_at,
        end_at=held.stop.end_at,
        risk=None if promise is None else risk_of(promise, held.stop.arrival_at, found.area),
    )

"""A draft goes out in part, comes back, or is thrown away; what the part needs comes along, and nothing else."""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import cast
from uuid import UUID

import msgspec
import pytest

from db.ids import new_id
from db.pool import Database
from db.queries import plans
from db.records import Job, Plan, UnassignedJob, Visit
from db.states import PlanOrigin, PlanState, VisitState
from dispatch import repairs
from dispatch.errors import (
    NotInPlan,
    PartNeedsMore,
    PartOutdated,
    PlanSuperseded,
    TransitionRefused,
    UnknownPlan,
)
from dispatch.flows import publishing
from dispatch.horizon import Horizons
from dispatch.solver import Solver
from tests.builders import Town, dispatcher, hand_out, published_plan, received, settled_in, visit_of
from tests.dispatch.office import Office
from tests.rounds_oracle import broken
from tests.seeds import some
from tests.worlds import NOW, small_town, storm_day

HOUR = timedelta(hours=1)


@pytest.fixture
async def office(database: Database, solver: Solver) -> Office:
    """The small town with its day published: six jobs, one of them promised."""
    made = Office(database, Town(database, await settled_in(database, small_town)), solver)
    async with database.begin([small_town.area_id]) as conn:
        await received(
            conn, subscriber=1, promisedWindow={"earliest": NOW + 6 * HOUR, "latest": NOW + 7 * HOUR}
        )
        for subscriber in (2, 3, 4, 5, 6):
            await received(conn, subscriber=subscriber)
    await made.plan(publish=True)
    return made


@pytest.fixture
async def bare(database: Database, solver: Solver) -> Office:
    """The small town without a job."""
    return Office(database, Town(database, await settled_in(database, small_town)), solver)


async def publish_part(
    office: Office, plan: Plan, only: Sequence[UUID] | None = None, but: Sequence[UUID] = ()
) -> Plan:
    return await office.town.do(
        lambda conn: publishing.publish_part(
            conn,
            area_id=plan.area_id,
            plan_id=plan.plan_id,
            only=only,
            but=but,
            actor=dispatcher(office.town.world),
            now=office.now,
        )
    )


async def discard(office: Office, plan: Plan) -> Plan:
    return await office.town.do(
        lambda conn: publishing.discard(
            conn,
            area_id=plan.area_id,
            plan_id=plan.plan_id,
            actor=dispatcher(office.town.world),
            now=office.now,
        )
    )


async def holders(office: Office) -> dict[UUID, UUID]:
    """Who goes, by job."""
    return {visit.job_id: visit.technician_id for visit in await office.visits(VisitState.PUBLISHED)}


async def test_of_two_new_jobs_one_goes_out_as_a_version_of_its_own_and_the_other_waits(
    office: Office,
) -> None:
    before = await holders(office)
    one, other = await office.town.job("wifi_setup"), await office.town.job("wifi_setup")
    draft = await office.plan()
    part = await publish_part(office, draft, [one.job_id])
    assert (part.origin, part.part_of_plan_id, part.state) == (
        PlanOrigin.PART,
        draft.plan_id,
        PlanState.PUBLISHED,
    )
    assert part.plan_version == draft.plan_version + 1
    now = await holders(office)
    assert now.keys() == before.keys() | {one.job_id}
    assert {job_id: now[job_id] for job_id in before} == before
    assert other.job_id in {visit.job_id for visit in await office.visits(VisitState.DRAFT)}
    kept = next(plan for plan in await office.plans() if plan.plan_id == draft.plan_id)
    assert kept.state is PlanState.DRAFT
    assert one.job_id not in {stop.job_id for route in kept.routes for stop in route.stops}
    await office.publish(draft)
    assert (await holders(office)).keys() == before.keys() | {one.job_id, other.job_id}


async def test_a_part_is_undone_without_what_was_out_before_it(office: Office) -> None:
    before = await holders(office)
    one, _ = await office.town.job("wifi_setup"), await office.town.job("wifi_setup")
    part = await publish_part(office, await office.plan(), [one.job_id])
    await repairs.undo(
        office.town.database,
        Horizons(),
        area_id=part.area_id,
        plan_id=part.plan_id,
        actor=dispatcher(office.town.world),
        now=office.now,
    )
    assert await holders(office) == before


async def test_all_but_what_is_named_goes_out_and_nothing_is_left_of_a_draft_that_went_out_whole(
    office: Office,
) -> None:
    one, other = await office.town.job("wifi_setup"), await office.town.job("wifi_setup")
    draft = await office.plan()
    await publish_part(office, draft, but=[other.job_id])
    assert one.job_id in await holders(office)
    assert other.job_id not in await holders(office)
    await publish_part(office, draft)
    assert other.job_id in await holders(office)
    (kept,) = [plan for plan in await office.plans() if plan.plan_id == draft.plan_id]
    assert (kept.state, kept.published_at) == (PlanState.SUPERSEDED, None)
    with pytest.raises(PlanSuperseded):
        await publish_part(office, draft)


async def test_what_the_plan_does_not_change_is_no_part_of_it(office: Office) -> None:
    draft = await office.plan()
    stranger = await office.town.job("wifi_setup")
    with pytest.raises(NotInPlan) as refused:
        await publish_part(office, draft, [stranger.job_id])
    assert refused.value.facts["pointer"] == "/only/0"
    with pytest.raises(UnknownPlan):
        await publish_part(office, msgspec.structs.replace(draft, plan_id=new_id()))


# --- rounds without room -------------------------------------------------------------------------------------


async def full_round(office: Office, visits: int = 8) -> list[Visit]:
    """The first technician has as much work as goes into the day."""
    await office.town.do(lambda conn: plans.insert_plans(conn, [published_plan()]))
    return [
        await office.town.out(
            await office.town.job("cable_break", subscriber=1 + number % 6),
            at=NOW + timedelta(hours=1, minutes=5 + 70 * number),
        )
        for number in range(visits)
    ]


async def drafted(
    office: Office, placed: Sequence[Visit], left_out: Sequence[UUID] = (), number: int = 2
) -> Plan:
    """A draft with these visits, and jobs that lose theirs."""
    plan = msgspec.structs.replace(
        published_plan(),
        plan_version=number,
        state=PlanState.DRAFT,
        published_at=None,
        unassigned=[UnassignedJob(job_id=job_id, blocks={}) for job_id in left_out],
    )
    drafts = [
        msgspec.structs.replace(
            visit,
            visit_id=new_id(),
            plan_id=plan.plan_id,
            state=VisitState.DRAFT,
            assigned_at=None,
            shown_at=None,
        )
        for visit in placed
    ]
    await office.town.do(lambda conn: plans.insert_plans(conn, [plan]))
    await office.town.do(lambda conn: plans.insert_visits(conn, drafts))
    return plan


def to(office: Office, visit: Visit, technician: int) -> Visit:
    """The visit in the hands of another."""
    person = office.town.world.technicians[technician - 1]
    return msgspec.structs.replace(
        visit, technician_id=person.technician_id, replaces_visit_id=visit.visit_id
    )


def new(office: Office, job: Job, technician: int = 1) -> Visit:
    return visit_of(job, office.town.world.technicians[technician - 1], NOW + 2 * HOUR)


def needed_by(refused: PartNeedsMore) -> list[UUID]:
    return cast("list[UUID]", refused.facts["needs"])


async def test_a_visit_that_must_leave_first_is_named_and_comes_along_when_it_is_named_back(
    bare: Office,
) -> None:
    out = await full_round(bare)
    emergency = await bare.town.job("cable_break", affected=900)
    draft = await drafted(bare, [new(bare, emergency), to(bare, out[2], 2), to(bare, out[3], 3)])
    with pytest.raises(PartNeedsMore) as refused:
        await publish_part(bare, draft, [emergency.job_id])
    (needed,) = needed_by(refused.value)
    assert needed in {out[2].job_id, out[3].job_id}
    await publish_part(bare, draft, [emergency.job_id, needed])
    now = await holders(bare)
    first = bare.town.world.technicians[0].technician_id
    assert now[emergency.job_id] == first
    assert now[needed] != first
    (other,) = {out[2].job_id, out[3].job_id} - {needed}
    assert now[other] == first


async def test_a_visit_that_only_leaves_needs_nobody(bare: Office) -> None:
    out = await full_round(bare)
    emergency = await bare.town.job("cable_break", affected=900)
    draft = await drafted(bare, [new(bare, emergency), to(bare, out[2], 2)], left_out=[out[5].job_id])
    await publish_part(bare, draft, [out[5].job_id])
    now = await holders(bare)
    assert out[5].job_id not in now
    assert emergency.job_id not in now
    assert now[out[2].job_id] == out[2].technician_id


async def test_a_round_that_was_filled_since_takes_no_part_with_any_help(bare: Office) -> None:
    out = await full_round(bare, visits=7)
    emergency = await bare.town.job("cable_break", affected=900)
    draft = await drafted(bare, [new(bare, emergency)])
    person = bare.town.world.technicians[0]
    since = await bare.town.job("cable_break", subscriber=2)
    await bare.town.do(lambda conn: hand_out(conn, since, person, at=out[-1].planned_end_at + HOUR / 6))
    with pytest.raises(PartOutdated):
        await publish_part(bare, draft, [emergency.job_id])
    assert emergency.job_id not in await holders(bare)


async def test_what_was_promised_in_a_round_that_goes_out_goes_out_with_it(bare: Office) -> None:
    promised = await bare.town.job(
        subscriber=1, promisedWindow={"earliest": NOW + 6 * HOUR, "latest": NOW + 7 * HOUR}
    )
    plain = await bare.town.job(subscriber=2)
    at = visit_of(promised, bare.town.world.technicians[0], NOW + 6 * HOUR)
    draft = await drafted(bare, [at, new(bare, plain)])
    with pytest.raises(PartNeedsMore) as refused:
        await publish_part(bare, draft, [plain.job_id])
    assert refused.value.facts["needs"] == [promised.job_id]
    await publish_part(bare, draft, [promised.job_id])
    assert (await holders(bare)).keys() == {promised.job_id}


@pytest.mark.parametrize("seed", some(range(1, 3)))
async def test_whatever_part_of_a_storms_draft_goes_out_no_other_visit_changes_hands(
    database: Database, solver: Solver, seed: int
) -> None:
    chance = random.Random(seed)
    office = Office(database, Town(database, await settled_in(database, storm_day)), solver)
    kinds = ("cable_break", "equipment_failure", "wifi_setup")
    async with database.begin([storm_day.area_id]) as conn:
        for subscriber in range(1, 91):
            await received(conn, storm_day, subscriber=subscriber, faultClass=kinds[subscriber % 3])
    await office.plan(publish=True)
    async with database.begin([storm_day.area_id]) as conn:
        for subscriber in range(91, 121):
            await received(conn, storm_day, subscriber=subscriber, affected=chance.randint(1, 500))
    before = await holders(office)
    draft = await office.plan()
    changes = sorted(visit.job_id for visit in await office.visits(VisitState.DRAFT))
    chosen = set(chance.sample(changes, len(changes) // 4))
    try:
        await publish_part(office, draft, sorted(chosen))
    except PartNeedsMore as refused:
        chosen |= set(needed_by(refused))
        await publish_part(office, draft, sorted(chosen))
    now = await holders(office)
    assert {job_id: now.get(job_id) for job_id in before.keys() - chosen} == {
        job_id: before[job_id] for job_id in before.keys() - chosen
    }
    assert now.keys() - before.keys() <= chosen
    async with database.begin([storm_day.area_id]) as conn:
        assert await broken(conn, office.now) == []


# --- thrown away ----------------------------------------------------------------------------------------------


async def test_a_draft_that_is_thrown_away_leaves_nothing_and_may_be_thrown_away_again(
    office: Office,
) -> None:
    before = await holders(office)
    await office.town.job("wifi_setup")
    draft = await office.plan()
    gone = await discard(office, draft)
    assert (gone.state, gone.discarded_by) == (
        PlanState.SUPERSEDED,
        office.town.world.staff_id("dispatcher"),
    )
    assert await office.visits(VisitState.DRAFT) == []
    assert await holders(office) == before
    again = await discard(office, draft)
    assert again.discarded_at == gone.discarded_at
    with pytest.raises(PlanSuperseded):
        await office.publish(draft)


async def test_what_is_out_is_not_thrown_away(office: Office) -> None:
    (out,) = [plan for plan in await office.plans() if plan.state is PlanState.PUBLISHED]
    with pytest.raises(TransitionRefused):
        await discard(office, out)


async def test_a_place_for_something_promised_outlives_the_draft(bare: Office) -> None:
    promised = await bare.town.job(
        subscriber=1, promisedWindow={"earliest": NOW + 6 * HOUR, "latest": NOW + 7 * HOUR}
    )
    plain = await bare.town.job(subscriber=2)
    draft = await bare.plan()
    assert {visit.job_id for visit in await bare.visits(VisitState.DRAFT)} == {
        promised.job_id,
        plain.job_id,
    }
    await discard(bare, draft)
    assert [visit.job_id for visit in await bare.visits(VisitState.DRAFT)] == [promised.job_id]

"""Through the day: emergencies, somebody ill, going back; promises are never broken by any of it."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from db.ids import new_id
from db.pool import Database
from db.queries import plans
from db.states import AppointmentState, PlanOrigin, PlanState, VisitState
from dispatch import absences, repairs
from dispatch.absences import Away
from dispatch.errors import NothingToUndo
from dispatch.flows import hands
from dispatch.horizon import Horizon, Horizons
from dispatch.rules.running import day_of
from dispatch.rules.versions import taken_back_to
from dispatch.solver import Solver
from tests.builders import Town, dispatcher, received, settled_in
from tests.dispatch.office import Office
from tests.worlds import NOW, TODAY, small_town


@pytest.fixture
async def office(database: Database, solver: Solver) -> Office:
    """The small town with its day published: one promise among six jobs."""
    town = Town(database, await settled_in(database, small_town))
    made = Office(database, town, solver)
    async with database.begin([town.world.area_id]) as conn:
        window = {"earliest": NOW + timedelta(hours=6), "latest": NOW + timedelta(hours=7)}
        await received(conn, subscriber=1, promisedWindow=window)
        for subscriber in (2, 3, 4, 5, 6):
            await received(conn, subscriber=subscriber)
    await made.plan(publish=True)
    return made


async def test_an_emergency_is_proposed_with_what_it_does_to_others_and_then_done(office: Office) -> None:
    town = office.town
    job = await town.job("cable_break", affected=300)
    horizons = Horizons()
    office.now = NOW + timedelta(hours=2)
    proposed = await repairs.propose_emergency(
        town.database, horizons, job_id=job.job_id, most_moved=3, actor=dispatcher(), now=office.now
    )
    assert proposed.options
    option = proposed.options[0]
    plan = await repairs.accept(
        town.database, proposal_id=proposed.proposal.proposal_id, option=1, actor=dispatcher(), now=office.now
    )
    assert plan is not None
    assert plan.origin is PlanOrigin.EMERGENCY
    again = await repairs.accept(
        town.database,
        proposal_id=proposed.proposal.proposal_id,
        option=1,
        actor=dispatcher(),
        now=office.now,
    )
    assert again is not None
    assert again.plan_id == plan.plan_id
    whole = await town.whole(job)
    (visit,) = whole.visits
    assert visit.state is VisitState.PUBLISHED
    assert visit.technician_id == option.technician_id
    assert abs(visit.planned_start_at - option.start_at) < timedelta(minutes=2)


async def test_who_is_ill_gives_the_day_away_and_the_promise_is_kept_by_another(office: Office) -> None:
    town = office.town
    published = await office.visits(VisitState.PUBLISHED)
    windows = {visit.job_id: (await town.whole_of(visit)).appointments for visit in published}
    promised = next(visit for visit in published if windows[visit.job_id])
    answer = await absences.record(
        town.database,
        Horizons(),
        area_id=town.world.area_id,
        away=Away(technician_id=promised.technician_id, on_day=TODAY, last_on=TODAY),
        actor=dispatcher(),
        now=office.now,
    )
    after = (await town.whole_of(promised)).visits
    live = [visit for visit in after if visit.state is VisitState.PUBLISHED]
    assert len(live) == 1
    assert live[0].technician_id != promised.technician_id
    window = windows[promised.job_id][0]
    assert window.state is AppointmentState.CONFIRMED
    assert window.earliest_at <= live[0].planned_start_at <= window.latest_at
    assert next(one for one in answer.became if one.job_id == promised.job_id).to is not None
    assert answer.plan is not None
    assert [
        v
        for v in await office.visits(VisitState.PUBLISHED)
        if v.technician_id == promised.technician_id and v.on_day == TODAY
    ] == []


async def test_a_version_is_undone_as_far_as_it_still_can_be(office: Office) -> None:
    town = office.town
    before = {
        visit.job_id: (visit.technician_id, visit.planned_start_at)
        for visit in await office.visits(VisitState.PUBLISHED)
    }
    job = await town.job("cable_break", affected=300)
    proposed = await repairs.propose_emergency(
        town.database, Horizons(), job_id=job.job_id, most_moved=3, actor=dispatcher(), now=office.now
    )
    plan = await repairs.accept(
        town.database, proposal_id=proposed.proposal.proposal_id, option=1, actor=dispatcher(), now=office.now
    )
    assert plan is not None
    back = await repairs.undo(
        town.database,
        Horizons(),
        area_id=town.world.area_id,
        plan_id=plan.plan_id,
        actor=dispatcher(),
        now=office.now,
    )
    assert back.plan is not None
    assert back.plan.undoes_plan_id == plan.plan_id
    assert back.stays == []
    after = {
        visit.job_id: (visit.technician_id, visit.planned_start_at)
        for visit in await office.visits(VisitState.PUBLISHED)
    }
    assert after == before


async def test_what_cannot_go_back_with_its_version_is_named(office: Office) -> None:
    """The first plan of a day: what is promised stays with whom it has."""
    published = await office.visits(VisitState.PUBLISHED)
    (promised,) = [visit for visit in published if (await office.town.whole_of(visit)).appointments]
    (first,) = [plan for plan in await office.plans() if plan.state is PlanState.PUBLISHED]
    back = await undone(office, first.plan_id)
    assert [visit.job_id for visit in back.stays] == [promised.job_id]
    assert promised.job_id in back.named.addresses
    assert {visit.job_id for visit in await office.visits(VisitState.PUBLISHED)} == {promised.job_id}


async def test_a_day_that_was_given_away_whole_comes_back_in_its_order(office: Office) -> None:
    town = office.town

    async def rounds() -> dict[UUID, list[UUID]]:
        found: dict[UUID, list[UUID]] = {}
        for visit in sorted(
            await office.visits(VisitState.PUBLISHED), key=lambda visit: visit.planned_start_at
        ):
            found.setdefault(visit.technician_id, []).append(visit.job_id)
        return found

    before = await rounds()
    ill, day = max(before.items(), key=lambda one: len(one[1]))
    assert len(day) > 2
    plan_ids = [await absent(office, ill)]
    assert ill not in await rounds()
    after_all = await absences.take_back(
        town.database,
        Horizons(),
        area_id=town.world.area_id,
        technician_id=ill,
        on_day=TODAY,
        actor=dispatcher(),
        now=office.now,
    )
    assert after_all.plans == plan_ids
    for plan_id in plan_ids:
        await repairs.undo(
            town.database,
            Horizons(),
            area_id=town.world.area_id,
            plan_id=plan_id,
            actor=dispatcher(),
            now=office.now,
        )
    assert (await rounds())[ill] == day


@pytest.mark.parametrize("thought_of", [False, True])
async def test_what_a_version_left_without_a_place_is_put_back_by_undoing_it(
    office: Office, thought_of: bool
) -> None:
    """Also where a plan has thought of another place for it since; not where somebody is sent to it."""
    town = office.town

    async def out() -> dict[UUID, tuple[UUID, datetime]]:
        return {
            visit.job_id: (visit.technician_id, visit.planned_start_at)
            for visit in await office.visits(VisitState.PUBLISHED)
        }

    before = await out()
    free = [
        visit
        for visit in await office.visits(VisitState.PUBLISHED)
        if not (await town.whole_of(visit)).appointments
    ]
    taken = free[0]
    version = (
        await town.do(
            lambda conn: hands.unassign(
                conn,
                area_id=town.world.area_id,
                job_id=taken.job_id,
                expected=hands.Expected(),
                accepted=[],
                actor=dispatcher(),
                now=office.now,
            )
        )
    ).plan
    assert version is not None
    assert taken.job_id not in await out()
    if thought_of:
        await office.plan()
        assert [visit.job_id for visit in await office.visits(VisitState.DRAFT)].count(taken.job_id) == 1
    await undone(office, version.plan_id)
    assert await out() == before
    assert taken.job_id not in {visit.job_id for visit in await office.visits(VisitState.DRAFT)}
    with pytest.raises(NothingToUndo):
        await undone(office, version.plan_id)


async def test_what_a_plan_has_only_thought_of_is_nobodys_to_give_away(office: Office) -> None:
    """Beside a day that is out a draft is a thought: it neither moves nor takes room when somebody falls ill."""
    town = office.town
    jobs = [await town.job("equipment_failure", subscriber=number) for number in (2, 3)]
    await office.plan()
    drafts = {visit.job_id: visit for visit in await office.visits(VisitState.DRAFT)}
    thought = next(drafts[job.job_id] for job in jobs if job.job_id in drafts)
    away = Away(technician_id=thought.technician_id, on_day=TODAY, last_on=TODAY)
    area_id = town.world.area_id
    foreseen = await absences.foresee(
        town.database, Horizons(), area_id=area_id, away=away, actor=dispatcher(), now=office.now
    )
    out = {
        visit.job_id
        for visit in await office.visits(VisitState.PUBLISHED)
        if visit.technician_id == thought.technician_id
    }
    assert {one.job_id for one in foreseen.became} == out
    answer = await absences.record(
        town.database, Horizons(), area_id=area_id, away=away, actor=dispatcher(), now=office.now
    )
    assert {one.job_id for one in answer.became} == out
    assert thought.job_id not in {visit.job_id for visit in await office.visits(VisitState.PUBLISHED)}
    assert [
        visit
        for visit in await office.visits(VisitState.DRAFT)
        if (visit.technician_id, visit.on_day) == (thought.technician_id, TODAY)
    ] == [], "nobody may send it out to somebody who does not come"


async def test_nobody_is_to_be_sent_from_elsewhere_to_somebody_who_does_not_come(office: Office) -> None:
    """Also where the plan would have moved a visit that is out with another technician."""
    town = office.town
    moved = (await office.visits(VisitState.PUBLISHED))[0]
    ill = next(
        one for one in town.world.technicians if one.technician_id != moved.technician_id
    ).technician_id
    thought = msgspec.structs.replace(
        moved,
        visit_id=new_id(),
        technician_id=ill,
        state=VisitState.DRAFT,
        replaces_visit_id=moved.visit_id,
        assigned_at=None,
        shown_at=None,
    )
    await town.do(lambda conn: plans.insert_visits(conn, [thought]))
    await absences.record(
        town.database,
        Horizons(),
        area_id=town.world.area_id,
        away=Away(technician_id=ill, on_day=TODAY, last_on=TODAY),
        actor=dispatcher(),
        now=office.now,
    )
    there = [visit for visit in await office.visits(VisitState.DRAFT) if visit.technician_id == ill]
    assert [visit for visit in there if visit.on_day == TODAY] == []


async def undone(office: Office, plan_id: UUID) -> repairs.Undone:
    return await repairs.undo(
        office.town.database,
        Horizons(),
        area_id=office.town.world.area_id,
        plan_id=plan_id,
        actor=dispatcher(),
        now=office.now,
    )


async def absent(office: Office, technician_id: UUID) -> UUID:
    """The whole day; the version that gave it away."""
    answer = await absences.record(
        office.town.database,
        Horizons(),
        area_id=office.town.world.area_id,
        away=Away(technician_id=technician_id, on_day=TODAY, last_on=TODAY),
        actor=dispatcher(),
        now=office.now,
    )
    assert answer.plan is not None
    return answer.plan.plan_id


async def test_an_undone_version_puts_what_it_only_reordered_back_in_order(office: Office) -> None:
    """A version that turned a round around: what stayed with the technician goes back to its old place in the day."""
    horizon = Horizon()
    async with office.town.database.begin([office.town.world.area_id], snapshot=True) as conn:
        await horizon.refresh(conn, office.town.world.area, office.now)
    (now_out,) = [plan for plan in await office.plans() if plan.state is PlanState.PUBLISHED]
    route = max(now_out.routes, key=lambda route: len(route.stops))
    free = [stop for stop in horizon.rows[day_of(route)].row.stops if stop.window is None]
    assert len(free) > 1
    turned = [stop for stop in route.stops if stop.job_id in {one.key for one in free}]
    starts = [stop.start_at for stop in turned]
    before = {stop.job_id: start for stop, start in zip(turned, reversed(starts), strict=True)}
    was = msgspec.structs.replace(
        route,
        stops=[
            msgspec.structs.replace(stop, start_at=before.get(stop.job_id, stop.start_at))
            for stop in route.stops
        ],
    )
    made = msgspec.structs.replace(now_out, routes=[route], replaced=[was])
    (day,), leaving = taken_back_to(made, horizon.rows, horizon.standing, {})
    assert leaving == []
    assert [key for key in day.after if key in before] == [stop.job_id for stop in reversed(turned)]
    # whoever has put them in another order since is not overruled
    elsewhere = msgspec.structs.replace(now_out, routes=[was], replaced=[route])
    assert taken_back_to(elsewhere, horizon.rows, horizon.standing, {}) == ([], [])

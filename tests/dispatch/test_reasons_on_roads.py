"""Reasons and why-nots are worked out on the travel times that their version was made with, whatever there is by then."""

import logging
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from db.pool import Database
from db.records import Plan, PlanReason, RunTravel
from db.states import VisitState
from dispatch import repairs
from dispatch.flows import plans as plan_flows
from dispatch.horizon import Horizons
from dispatch.rules.reasons import Stands, explain_all, parts_of, routes_as
from dispatch.solver import Solver
from dispatch.travelling import TravelSources, travel_between
from tests.builders import Town, dispatcher, settled_in
from tests.dispatch.office import Office, prepared
from tests.dispatch.router import FakeRouter, routing
from tests.dispatch.test_reasons import ask, explain, kept, stands
from tests.dispatch.test_travelling import TOWN, asked, built, escalated, grid, router
from tests.worlds import NOW, small_town

FORGET = "DELETE FROM travel_row"


@pytest.fixture
async def town(database: Database) -> Town:
    """The small town with six jobs."""
    town = Town(database, await settled_in(database, small_town))
    await escalated(town)
    return town


@pytest.fixture
def roads(tmp_path: Path) -> TravelSources:
    """Living streets, on which everything takes several times as long as by straight lines."""
    return TravelSources(built(tmp_path, grid(highway="living_street")))


@pytest.fixture
def office(database: Database, town: Town, solver: Solver, roads: TravelSources) -> Office:
    return Office(database, town, solver, roads)


@pytest.fixture
def fake() -> Generator[FakeRouter]:
    with routing() as listening:
        yield listening


async def said(office: Office, plan: Plan) -> dict[UUID, PlanReason]:
    """Without the instant at which it was found out."""
    found = await kept(office, plan)
    return {job_id: msgspec.structs.replace(row, explained_at=NOW) for job_id, row in found.items()}


async def look(office: Office, plan: Plan) -> plan_flows.AsItStands:
    return await office.town.do(
        lambda conn: plan_flows.look_at(conn, area_id=plan.area_id, plan_id=plan.plan_id, now=office.now)
    )


async def test_reasons_count_the_ways_that_the_plan_drives_and_do_so_when_asked_again(office: Office) -> None:
    plan = await office.plan()
    drafts = {visit.job_id: visit for visit in await office.visits(VisitState.DRAFT)}
    found = await said(office, plan)
    assert len(found) == len(drafts) == 6
    for job_id, row in found.items():
        assert row.own["travel"] == drafts[job_id].travel_duration.total_seconds()
    await explain(office, plan)
    assert await said(office, plan) == found
    seen = await look(office, plan)
    on_lines = prepared(seen)
    others, _ = explain_all(on_lines, routes_as(on_lines, seen.plan, seen.visits))
    assert {on_lines.jobs[one.job].job_id: parts_of(one.own) for one in others} != {
        job_id: row.own for job_id, row in found.items()
    }


async def test_a_why_not_is_tried_on_the_roads_of_its_plan(office: Office) -> None:
    plan = await office.publish(await office.plan())
    for visit in await office.visits(VisitState.PUBLISHED):
        tried = await ask(office, plan, visit.job_id, office.number_of(visit))
        assert (tried.obstacles, tried.moved, tried.cost["total"]) == ([], [], 0)
        assert tried.start_at == visit.planned_start_at


async def test_a_plan_of_straight_lines_is_explained_on_them_though_there_are_roads_by_then(
    database: Database, town: Town, solver: Solver, office: Office
) -> None:
    on_lines = Office(database, town, solver)
    plan = await on_lines.plan()
    before = await said(office, plan)
    await explain(office, plan)
    assert await said(office, plan) == before


async def test_a_plan_made_while_the_router_was_silent_is_not_explained_by_its_word(
    database: Database, town: Town, solver: Solver, fake: FakeRouter
) -> None:
    fake.answers = 0
    office = Office(database, town, solver, TravelSources(None, router(fake)))
    plan = await office.plan()
    before = await said(office, plan)
    fake.answers = None
    fake.asked.clear()
    await explain(office, plan)
    assert await said(office, plan) == before
    assert fake.asked == []


def travel_said(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(one.message, vars(one)["reason"]) for one in caplog.records if one.name == "dispatch.travelling"]


async def test_of_roads_that_are_gone_what_was_kept_will_do_and_then_straight_lines(
    database: Database, town: Town, solver: Solver, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    plan = await office.plan()
    before = await said(office, plan)
    without = Office(database, town, solver)
    with caplog.at_level(logging.WARNING):
        await explain(without, plan)
        assert await said(office, plan) == before
        assert travel_said(caplog) == []
        await town.do(lambda conn: conn.execute(FORGET))
        await explain(without, plan)
    assert travel_said(caplog) == [("travel.fell_back", "source_gone")]
    after = await said(office, plan)
    assert {job_id: row.own for job_id, row in after.items()} != {
        job_id: row.own for job_id, row in before.items()
    }
    assert set((await stands(office, plan)).values()) == {Stands.HOLDS}


async def test_what_was_timed_by_straight_lines_since_is_explained_on_roads_and_holds(office: Office) -> None:
    plan = await office.publish(await office.plan())
    (visit, *_) = await office.visits(VisitState.PUBLISHED)
    moved = await office.town.reassign(visit, office.another(visit), now=office.now)
    assert (await stands(office, plan))[visit.job_id] is Stands.MOVED
    await explain(office, plan)
    row = (await kept(office, plan))[visit.job_id]
    assert (row.technician_id, row.start_at) == (moved.technician_id, moved.planned_start_at)
    assert row.own["travel"] > moved.travel_duration.total_seconds()
    assert set((await stands(office, plan)).values()) == {Stands.HOLDS}


async def test_a_version_that_no_run_made_has_the_travel_times_of_the_one_it_went_out_over(
    office: Office, database: Database, town: Town, solver: Solver
) -> None:
    plan = await office.publish(await office.plan())
    then = (await look(office, plan)).travel
    assert then is not None
    assert then.source == "town"
    await Office(database, town, solver).plan()
    job = await town.job("cable_break", affected=300)
    office.now = NOW + timedelta(minutes=10)
    proposed = await repairs.propose_emergency(
        database, Horizons(), job_id=job.job_id, most_moved=3, actor=dispatcher(), now=office.now
    )
    made = await repairs.accept(
        database,
        proposal_id=proposed.proposal.proposal_id,
        option=1,
        actor=dispatcher(),
        now=office.now,
    )
    assert made is not None
    assert made.plan_run_id is None
    assert (await look(office, made)).travel == then
    await explain(office, made)
    assert (await kept(office, made))[job.job_id].own["travel"] > 0


async def asked_as(town: Town, sources: TravelSources, then: RunTravel) -> RunTravel:
    found = await travel_between(town.database, sources, town.world.area, TOWN, 1.0, NOW, then)
    return found.said


async def test_the_source_of_then_comes_before_a_better_one(
    town: Town, tmp_path: Path, fake: FakeRouter
) -> None:
    folder = built(tmp_path, grid())
    _, by_roads = await asked(town, TravelSources(folder))
    _, by_lines = await asked(town, TravelSources())
    both = TravelSources(folder, router(fake))
    _, by_router = await asked(town, both)
    assert [one.source for one in (by_roads, by_lines, by_router)] == ["town", "straight", "osrm"]
    for then in (by_roads, by_lines, by_router):
        found = await asked_as(town, both, then)
        assert (found.source, found.version, found.instead) == (then.source, then.version, None)


async def test_what_the_source_of_then_cannot_say_any_more_comes_from_what_plans_take_now(
    town: Town, tmp_path: Path, fake: FakeRouter
) -> None:
    _, by_router = await asked(town, TravelSources(None, router(fake)), TOWN[:3])
    folder = built(tmp_path, grid())
    found = await asked_as(town, TravelSources(folder), by_router)
    assert (found.source, found.instead) == ("town", "source_gone")
    found = await asked_as(town, TravelSources(), by_router)
    assert (found.source, found.instead) == ("straight", "source_gone")

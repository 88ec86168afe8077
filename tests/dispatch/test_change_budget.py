"""A run that may move so many visits moves no more; counted here once more, on the drafts beside what is out."""

import random
from datetime import timedelta
from typing import Any

import pytest

from db.pool import Database
from db.queries import plans
from db.records import Visit
from db.states import PlanRunState, VisitState
from dispatch.solver import Solver
from tests.builders import Town, received, settled_in
from tests.dispatch.office import Office
from tests.seeds import some
from tests.worlds import NOW, build

QUARTER = timedelta(minutes=15)
KINDS = ("cable_break", "equipment_failure", "wifi_setup")
FREE = 10_000


async def out_and_stormy(database: Database, solver: Solver, seed: int) -> Office:
    """A random day that is out, and then half as many jobs again, each of which is worth some turning over."""
    chance = random.Random(seed)
    world = build(f"storm_of_{seed}", technicians=3 + seed % 3, jobs=20)
    office = Office(database, Town(database, await settled_in(database, world)), solver)
    async with database.begin([world.area_id]) as conn:
        for subscriber in chance.sample(range(1, 21), 12 + seed % 4):
            start = NOW + timedelta(hours=chance.randint(2, 7))
            window = {"earliest": start, "latest": start + timedelta(hours=2)}
            promised: dict[str, Any] = {"promisedWindow": window} if chance.random() < 0.25 else {}
            await received(
                conn, world, subscriber=subscriber, faultClass=chance.choice(KINDS), affected=1, **promised
            )
    await office.plan(publish=True)
    async with database.begin([world.area_id]) as conn:
        for number in range(8):
            await received(
                conn,
                world,
                subscriber=chance.randint(1, 20),
                ticketNumber=f"storm-{number}",
                faultClass=chance.choice(KINDS[:2]),
                affected=chance.choice([1, 400, 900]),
            )
    return office


async def moved_by(office: Office, budget: int) -> int:
    """Of the visits that are out, those that a plan within this budget gives to somebody else, to another day, to nobody, or
    another quarter of an hour."""
    before = await office.visits(VisitState.PUBLISHED)
    run = await office.request(change_budget=budget)
    plan = await office.solve(run)
    assert plan.unassigned or plan.routes
    drafts = {visit.job_id: visit for visit in await office.visits(VisitState.DRAFT)}
    counted = sum(moves(visit, drafts.get(visit.job_id)) for visit in before)
    done = await office.town.do(lambda conn: plans.find_run(conn, run.area_id, run.plan_run_id))
    assert done is not None
    assert (done.state, done.change_budget, done.moved) == (PlanRunState.DONE, budget, counted)
    return counted


def moves(before: Visit, after: Visit | None) -> bool:
    if after is None or (after.technician_id, after.on_day) != (before.technician_id, before.on_day):
        return True
    return abs(after.planned_start_at - before.planned_start_at) > QUARTER


@pytest.mark.parametrize("seed", some(range(1, 4)))
async def test_a_run_of_a_random_stormy_day_moves_no_more_than_it_may(
    database: Database, solver: Solver, seed: int
) -> None:
    office = await out_and_stormy(database, solver, seed)
    for budget in some((0, 2)):
        assert await moved_by(office, budget) <= budget


async def test_with_nothing_in_the_way_such_days_are_turned_over(database: Database, solver: Solver) -> None:
    """Or the test above would prove nothing."""
    office = await out_and_stormy(database, solver, 2)
    assert await moved_by(office, FREE) > 3


async def test_a_run_with_another_budget_is_a_run_of_its_own(database: Database, solver: Solver) -> None:
    office = await out_and_stormy(database, solver, 1)
    strict = await office.request(change_budget=0)
    looser = await office.request(change_budget=5)
    anyhow = await office.request()
    assert [run.change_budget for run in (strict, looser, anyhow)] == [0, 5, None]
    assert (await office.request(change_budget=5)).plan_run_id not in (strict.plan_run_id, anyhow.plan_run_id)

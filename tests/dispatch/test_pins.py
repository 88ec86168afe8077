"""What the hand has put somewhere stays there, whatever is planned around it."""

import random
from datetime import timedelta
from typing import Any

import pytest

from db.pool import Database
from db.queries import technicians
from db.records import Visit
from db.states import VisitState
from dispatch.errors import RulesBroken, VisitStarted
from dispatch.flows import hands
from dispatch.rules.hands import BreakCode
from dispatch.rules.pins import ABOUT
from dispatch.rules.running import day_of
from dispatch.solver import Solver
from tests.builders import Town, dispatcher, received, settled_in
from tests.dispatch.office import Office
from tests.seeds import some
from tests.worlds import NOW, TODAY, World, build

FINE = tuple(code for code in BreakCode if code is not BreakCode.PIN)
"""What the hands of these tests take upon themselves: all but other pins."""


@pytest.fixture
async def office(database: Database, solver: Solver) -> Office:
    """Four technicians, fourteen jobs, every fourth of them promised."""
    world = build("pinned_town", 4, 14)
    await settled_in(database, world)
    made = Office(database, Town(database, world), solver)
    async with database.begin([world.area_id]) as conn:
        for number in range(1, 15):
            at = NOW + timedelta(hours=2 + number % 6)
            window = {"earliest": at, "latest": at + timedelta(hours=2)}
            said: dict[str, Any] = {"promisedWindow": window} if number % 4 == 0 else {}
            await received(conn, world, number, faultClass="wifi_setup", **said)
    return made


async def put(office: Office, visit: Visit, technician: int, hours: float | None) -> bool:
    """By hand; whether it could be."""
    world: World = office.town.world
    try:
        await office.town.do(
            lambda conn: hands.move(
                conn,
                area_id=world.area_id,
                job_id=visit.job_id,
                on_day=TODAY,
                technician_id=world.technicians[technician].technician_id,
                start_at=None if hours is None else NOW + timedelta(hours=hours),
                expected=hands.Expected(),
                accepted=FINE,
                actor=dispatcher(world),
                now=office.now,
            )
        )
    except (RulesBroken, VisitStarted):
        return False
    return True


@pytest.mark.parametrize("seed", some(range(3)))
async def test_plans_leave_visits_where_the_hand_put_them(office: Office, seed: int) -> None:
    chance = random.Random(seed)
    await office.plan(publish=True)
    for turn in range(3):
        today = [visit for visit in await office.visits(VisitState.PUBLISHED) if visit.on_day == TODAY]
        for visit in chance.sample(today, 2):
            await put(office, visit, chance.randrange(4), chance.choice([None, 2.5, 4.0, 5.5, 7.0]))
        put_there = {
            visit.job_id: visit for visit in await office.visits(VisitState.PUBLISHED) if visit.pinned
        }
        assert put_there
        for visit in put_there.values():
            if visit.pinned_start_at is not None:
                assert visit.planned_start_at - visit.pinned_start_at <= ABOUT, (
                    "no hand has moved it on unasked"
                )
        before = {visit.job_id for visit in await office.visits(VisitState.PUBLISHED)}
        await office.plan(publish=True)
        after = {visit.job_id: visit for visit in await office.visits(VisitState.PUBLISHED)}
        assert set(after) >= before, f"turn {turn}: nobody loses a place to a pin"
        for job_id, visit in put_there.items():
            now = after[job_id]
            assert now.pinned
            assert day_of(now) == day_of(visit)
            if visit.pinned_start_at is not None:
                assert timedelta() <= now.planned_start_at - visit.pinned_start_at <= ABOUT


async def test_a_draft_that_was_put_somewhere_stays_there_in_the_next_plan(office: Office) -> None:
    await office.plan()
    draft = (await office.visits(VisitState.DRAFT))[0]
    assert await put(office, draft, 3, 5.0)
    await office.plan(publish=True)
    (visit,) = [one for one in await office.visits(VisitState.PUBLISHED) if one.job_id == draft.job_id]
    assert visit.technician_id == office.town.world.technicians[3].technician_id
    assert visit.pinned
    assert timedelta() <= visit.planned_start_at - (NOW + timedelta(hours=5)) <= ABOUT


async def test_two_pins_that_cannot_both_be_kept_bend_and_the_rest_is_planned(office: Office) -> None:
    await office.plan(publish=True)
    today = [visit for visit in await office.visits(VisitState.PUBLISHED) if visit.on_day == TODAY]
    first, second = today[:2]
    assert await put(office, first, 0, 5.0)
    world = office.town.world
    await office.town.do(
        lambda conn: hands.move(
            conn,
            area_id=world.area_id,
            job_id=second.job_id,
            on_day=TODAY,
            technician_id=world.technicians[0].technician_id,
            start_at=NOW + timedelta(hours=5),
            expected=hands.Expected(),
            accepted=tuple(BreakCode),
            actor=dispatcher(world),
            now=office.now,
        )
    )
    async with office.town.database.begin([world.area_id]) as conn:
        # both at the same time, whatever the hand was told
        await conn.execute("UPDATE visit SET pinned_start_at = $1 WHERE pinned", NOW + timedelta(hours=5))
        (day,) = await technicians.list_technician_days_of(
            conn, [(world.area_id, world.technicians[0].technician_id, TODAY)]
        )
        await technicians.touch_technician_days(conn, [day_of(day)])
    before = {visit.job_id for visit in await office.visits(VisitState.PUBLISHED)}
    await office.plan(publish=True)
    after = {visit.job_id: visit for visit in await office.visits(VisitState.PUBLISHED)}
    assert set(after) >= before
    for visit in (first, second):
        assert after[visit.job_id].technician_id == world.technicians[0].technician_id
    starts = sorted(after[visit.job_id].planned_start_at for visit in (first, second))
    assert starts[0] - (NOW + timedelta(hours=5)) <= ABOUT, "one of them is kept"
    assert starts[1] > starts[0]


async def test_a_pin_beyond_the_shift_lengthens_it_for_that_visit(office: Office) -> None:
    await office.plan(publish=True)
    visit = next(one for one in await office.visits(VisitState.PUBLISHED) if one.on_day == TODAY)
    assert await put(
        office, visit, 1, 10.5
    )  # the shift ends after ten hours, with half an hour of overtime at most
    await office.plan(publish=True)
    (now,) = [one for one in await office.visits(VisitState.PUBLISHED) if one.job_id == visit.job_id]
    assert now.technician_id == office.town.world.technicians[1].technician_id
    assert timedelta() <= now.planned_start_at - (NOW + timedelta(hours=10, minutes=30)) <= ABOUT

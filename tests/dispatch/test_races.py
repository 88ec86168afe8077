"""Everybody at once on the same rounds; afterwards, and all the while, what the oracle asks for holds."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import date, timedelta
from typing import TypeVar
from uuid import UUID

import msgspec
import pytest

from db.ids import new_id
from db.pool import Database, open_database
from db.queries import plans, technicians
from db.records import Job, Plan, Technician, UnassignedJob
from db.rows import Conn
from db.states import PlanOrigin, PlanState, VisitState
from dispatch import absences, booking, repairs
from dispatch.absences import Away
from dispatch.flows import plans as plan_flows
from dispatch.flows import slots
from dispatch.horizon import Horizons
from dispatch.rules.lifecycle import JobStep
from dispatch.rules.plans import stops_of
from dispatch.rules.running import day_of
from dispatch.solver import Solver
from dispatch.worker import Worker
from tests.builders import Town, dispatcher, settled_in
from tests.conftest import Server
from tests.crowd import Crowd, Desk
from tests.dispatch.office import Office, prepared
from tests.rounds_oracle import RULES, Acknowledged, Broken, broken, lost
from tests.street import DESKS, Street
from tests.worlds import NOW, TODAY, small_town, storm_day

T = TypeVar("T")
SECONDS = 6.0
EVERYTHING = {"publish", "reassign", "accept", "undo", "report", "move", "cancel appointment"}


async def test_rounds_hold_while_fifty_desks_two_dispatchers_phones_and_a_worker_change_them(
    database_url: str,
) -> None:
    inside, outside = await open_database(database_url, size=6), await open_database(database_url, size=8)
    street = Street(inside, outside, await settled_in(inside, storm_day))
    stop = asyncio.Event()
    working = asyncio.create_task(Worker(outside, street.clock).run(database_url, stop))
    await street.open()

    def enough() -> bool:
        return len(street.told.booked) >= DESKS / 2 and set(street.told.seconds) >= EVERYTHING

    await street.race(SECONDS, enough)
    stop.set()
    await working
    async with inside.begin([street.world.area_id], snapshot=True) as conn:
        gone = await lost(conn, street.told.booked, street.told.given_back)
    await inside.close()
    await outside.close()
    assert street.told.surfaced == []
    assert sorted(street.seen) == [], "\n".join(street.stories)
    assert gone == []
    assert enough(), {act: len(times) for act, times in street.told.seconds.items()}


class Meanwhile(Database):
    """The database of somebody who looks, and then writes: something happens in between, once."""

    def __init__(self, inner: Database, happens: Callable[[], Awaitable[object]]) -> None:
        self._inner = inner
        self._happens: Callable[[], Awaitable[object]] | None = happens
        self.begin = inner.begin

    async def transact(self, areas: Iterable[UUID], work: Callable[[Conn], Awaitable[T]]) -> T:
        happens, self._happens = self._happens, None
        if happens is not None:
            await happens()
        return await self._inner.transact(areas, work)


class Scene:
    """The small town, where tests let one thing happen in the middle of another."""

    def __init__(self, database: Database, solver: Solver) -> None:
        self.database = database
        self.town = Town(database, small_town)
        self.office = Office(database, self.town, solver)
        self.desk = Desk(Crowd(database, small_town, lambda: self.office.now, "scene"), 1)
        self.area_id = small_town.area_id

    async def promise(self, job: Job, on_day: date, only: Technician | None = None) -> slots.Booked:
        """The first window of that day, with that technician."""
        others = {each.technician_id for each in small_town.technicians if only is not None and each != only}
        asked = booking.Asked(first_on=on_day, last_on=on_day, excluded=frozenset(others))
        actor, now = self.desk.actor, self.office.now
        quoted = await booking.quote(
            self.database, self.desk.horizons, job_id=job.job_id, asked=asked, actor=actor, now=now
        )
        booked = await booking.book(
            self.database,
            self.desk.horizons,
            slot_quote_id=quoted.quote.slot_quote_id,
            number=1,
            actor=actor,
            now=now,
        )
        assert isinstance(booked, slots.Booked)
        return booked

    async def broken(self) -> list[Broken]:
        async with self.database.begin([self.area_id], snapshot=True) as conn:
            return await broken(conn, self.office.now)


@pytest.fixture
async def scene(database: Database, solver: Solver) -> Scene:
    await settled_in(database, small_town)
    return Scene(database, solver)


TOMORROW = TODAY + timedelta(days=1)


async def test_a_visit_that_is_about_to_start_can_be_given_another_window(scene: Scene) -> None:
    job = await scene.town.job()
    await scene.office.plan(publish=True)
    (visit,) = await scene.office.visits(VisitState.PUBLISHED)
    scene.office.now = visit.planned_start_at - timedelta(minutes=10)
    booked = await scene.promise(job, TOMORROW)
    assert booked.visit is not None
    assert booked.visit.on_day == TOMORROW
    assert await scene.broken() == []


async def test_a_visit_that_a_draft_would_move_can_be_booked_for_a_day_that_is_not_out(scene: Scene) -> None:
    job = await scene.town.job()
    office = scene.office
    await office.publish(await office.solve(await office.request(days=1)))
    await office.solve(await office.request(days=1))
    assert len(await office.visits(VisitState.DRAFT)) == 1
    booked = await scene.promise(job, TOMORROW)
    assert booked.visit is not None
    assert [visit.on_day for visit in await office.visits(VisitState.DRAFT)] == [TOMORROW]
    assert await scene.broken() == []


async def test_of_two_versions_that_are_drawn_at_once_the_slower_is_drawn_again(scene: Scene) -> None:
    plan = await scene.office.plan()
    meeting = asyncio.Barrier(2)
    drawn: list[int] = []

    async def draw(conn: Conn) -> None:
        version = await plans.next_plan_version(conn, scene.area_id)
        drawn.append(version)
        if len(drawn) <= 2:
            await meeting.wait()
        fresh = msgspec.structs.replace(
            plan, plan_id=new_id(), plan_version=version, plan_run_id=None, origin=PlanOrigin.EMERGENCY
        )
        await plans.insert_plans(conn, [fresh])

    async with asyncio.timeout(10):
        await asyncio.gather(*(scene.database.transact([scene.area_id], draw) for _ in range(2)))
    assert sorted(drawn) == [2, 2, 3]


async def test_an_emergency_that_was_promised_a_window_is_served_in_it(scene: Scene) -> None:
    await scene.town.job()
    await scene.office.plan(publish=True)
    window = {"earliest": NOW + timedelta(hours=4), "latest": NOW + timedelta(hours=5)}
    job = await scene.town.job("cable_break", affected=300, promisedWindow=window)
    proposed = await repairs.propose_emergency(
        scene.database, Horizons(), job_id=job.job_id, most_moved=3, actor=dispatcher(), now=NOW
    )
    await repairs.accept(
        scene.database, proposal_id=proposed.proposal.proposal_id, option=1, actor=dispatcher(), now=NOW
    )
    (visit,) = (await scene.town.whole(job)).visits
    assert window["earliest"] <= visit.planned_start_at <= window["latest"]
    assert await scene.broken() == []


async def test_what_is_booked_with_somebody_as_that_person_is_taken_ill_goes_to_others_too(
    scene: Scene,
) -> None:
    ill = small_town.technicians[0]
    await scene.promise(await scene.town.job(), TOMORROW, ill)
    late = await scene.town.job()
    meanwhile = Meanwhile(scene.database, lambda: scene.promise(late, TOMORROW, ill))
    await absences.record(
        meanwhile,
        Horizons(),
        area_id=scene.area_id,
        away=Away(technician_id=ill.technician_id, on_day=TOMORROW, last_on=TOMORROW),
        actor=dispatcher(),
        now=NOW,
    )
    drafts = await scene.office.visits(VisitState.DRAFT)
    assert len(drafts) == 2
    assert ill.technician_id not in {visit.technician_id for visit in drafts}
    assert await scene.broken() == []


async def test_a_result_that_cannot_move_a_booking_any_more_leaves_it_where_it_is(scene: Scene) -> None:
    # one does all, while the others have nothing to do: the search spreads it
    only = small_town.technicians[0]
    for number in (1, 2, 3):
        await scene.promise(await scene.town.job("wifi_setup", subscriber=number), TOMORROW, only)
    before = {visit.job_id: visit for visit in await scene.office.visits(VisitState.DRAFT)}
    run = await scene.office.request()
    begun = await scene.town.do(
        lambda conn: plan_flows.begin(
            conn, area_id=scene.area_id, plan_run_id=run.plan_run_id, now=scene.office.now
        )
    )
    assert begun is not None
    result = await scene.office.solver.solve(
        prepared(begun).problem, prepared(begun).warm, seconds=0.6, seed=1, on_progress=quietly
    )
    moved = [
        stop for stop in stops_of(prepared(begun), result) if stop.day != day_of(before[stop.job.job_id])
    ]
    assert moved, "the search moved nothing: this test does not bite"
    # somebody changes the day that the booking was to go to
    await scene.town.do(lambda conn: technicians.touch_technician_days(conn, [moved[0].day]))
    await scene.town.do(
        lambda conn: plan_flows.save(
            conn, run=begun.run, prepared=prepared(begun), result=result, actor=dispatcher(), now=NOW
        )
    )
    after = {visit.job_id: visit for visit in await scene.office.visits(VisitState.DRAFT)}
    assert set(after) == set(before)
    assert day_of(after[moved[0].job.job_id]) == day_of(before[moved[0].job.job_id])
    assert await scene.broken() == []


async def test_a_result_that_left_a_promise_out_leaves_it_where_it_is(scene: Scene) -> None:
    job = await scene.town.job("wifi_setup")
    await scene.promise(job, TOMORROW)
    run = await scene.office.request()
    begun = await scene.town.do(
        lambda conn: plan_flows.begin(conn, area_id=scene.area_id, plan_run_id=run.plan_run_id, now=NOW)
    )
    assert begun is not None
    result = await scene.office.solver.solve(
        prepared(begun).problem, prepared(begun).warm, seconds=0.1, seed=1, on_progress=quietly
    )
    nothing = msgspec.structs.replace(result, routes=())
    await scene.town.do(
        lambda conn: plan_flows.save(
            conn, run=begun.run, prepared=prepared(begun), result=nothing, actor=dispatcher(), now=NOW
        )
    )
    assert [visit.job_id for visit in await scene.office.visits(VisitState.DRAFT)] == [job.job_id]
    assert await scene.broken() == []


async def quietly(_: object) -> bool:
    return False


async def test_a_plan_that_found_no_place_for_a_job_does_not_take_back_what_was_promised_since(
    scene: Scene,
) -> None:
    office, job = scene.office, await scene.town.job()
    await office.plan(publish=True)
    plan = await office.plan()
    (draft,) = await office.visits(VisitState.DRAFT)
    left_out = [UnassignedJob(job_id=job.job_id, blocks={"full": 1}, hint=None)]

    async def find_no_place(conn: Conn) -> None:
        await plans.delete_drafts(conn, scene.area_id, [draft.visit_id], [])
        await conn.execute("UPDATE plan SET unassigned = $1 WHERE plan_id = $2", left_out, plan.plan_id)

    await scene.town.do(find_no_place)
    booked = await scene.promise(job, draft.on_day)
    await office.publish(plan)
    assert booked.visit is not None
    assert [visit.job_id for visit in await office.visits(VisitState.PUBLISHED)] == [job.job_id]
    assert await scene.broken() == []


async def test_a_promise_in_a_round_that_cannot_go_out_any_more_keeps_its_place_until_it_is_planned_again(
    scene: Scene,
) -> None:
    job = await scene.town.job("wifi_setup", subscriber=6)
    booked = await scene.promise(job, TODAY, small_town.technicians[0])
    plan = await scene.office.plan()
    # too late to be there in time, though the window has not ended
    scene.office.now = booked.appointment.latest_at - timedelta(seconds=30)
    published = await scene.office.publish(plan)
    assert published.state is PlanState.PUBLISHED
    assert [visit.job_id for visit in await scene.office.visits(VisitState.DRAFT)] == [job.job_id]
    assert await scene.broken() == []


async def test_a_visit_that_cannot_move_as_planned_keeps_its_room_from_those_who_were_to_have_it(
    scene: Scene,
) -> None:
    office, (here, there, _) = scene.office, small_town.technicians
    await scene.promise(await scene.town.job("wifi_setup"), TOMORROW, here)
    plan = await office.plan(publish=True)
    (out,) = await office.visits(VisitState.PUBLISHED)
    other = await scene.town.job("wifi_setup", subscriber=2)
    draft = msgspec.structs.replace(
        out, visit_id=new_id(), state=VisitState.DRAFT, assigned_at=None, shown_at=None, plan_id=new_id()
    )
    away = msgspec.structs.replace(
        draft, technician_id=there.technician_id, replaces_visit_id=out.visit_id, visit_id=new_id()
    )
    fresh = msgspec.structs.replace(
        plan, plan_id=draft.plan_id, plan_version=2, state=PlanState.DRAFT, plan_run_id=None,
        origin=PlanOrigin.EMERGENCY,
    )  # fmt: skip

    async def draw(conn: Conn) -> None:
        """A plan that gives the visit to somebody else, who then has no time, and its room to another job."""
        await plans.insert_plans(conn, [fresh])
        await plans.insert_visits(conn, [msgspec.structs.replace(draft, job_id=other.job_id), away])
        await technicians.touch_technician_days(conn, [day_of(draft), day_of(away)], drafts_fit=True)
        await technicians.touch_technician_days(conn, [day_of(away)])
        short = "UPDATE technician_day SET shift_end_at = shift_start_at + interval '1 minute', break_earliest_at = NULL, "
        rest = "break_latest_at = NULL, break_duration = NULL WHERE technician_id = $1 AND on_day = $2"
        await conn.execute(short + rest, there.technician_id, TOMORROW)

    await scene.town.do(draw)
    await office.publish(fresh)
    assert len({visit.technician_id for visit in await office.visits(VisitState.PUBLISHED)}) == 1
    assert len(await office.visits(VisitState.PUBLISHED)) == 2
    assert await scene.broken() == []


async def test_a_booking_into_an_empty_round_of_a_day_that_goes_out_meanwhile_goes_out_with_it(
    scene: Scene,
) -> None:
    await scene.town.job()
    plan = await scene.office.plan()
    busy = {visit.technician_id for visit in await scene.office.visits(VisitState.DRAFT)}
    idle = next(each for each in small_town.technicians if each.technician_id not in busy)
    day = (idle.area_id, idle.technician_id, TODAY)
    job = await scene.town.job("wifi_setup")
    quoted = await booking.quote(
        scene.database,
        scene.desk.horizons,
        job_id=job.job_id,
        asked=booking.Asked(first_on=TODAY, last_on=TODAY),
        actor=scene.desk.actor,
        now=NOW,
    )
    async with scene.database.begin([scene.area_id]) as conn:
        await slots.book(
            conn, quote=quoted.quote, number=1, candidates=[day], actor=scene.desk.actor, now=NOW
        )
        publishing = asyncio.create_task(scene.office.publish(plan))
        await until_waiting_or_done(scene.database, publishing)
    await publishing
    assert len(await scene.office.visits(VisitState.PUBLISHED)) == 2
    assert await scene.broken() == []


async def until_waiting_or_done(database: Database, task: asyncio.Task[Plan]) -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    async with asyncio.timeout(10):
        while not task.done():
            async with database.begin() as conn:
                if await conn.fetchval(waiting):
                    return
            await asyncio.sleep(0.02)


async def test_the_room_of_a_cancelled_job_is_seen_by_every_desk(scene: Scene) -> None:
    job = await scene.town.job()
    booked = await scene.promise(job, TOMORROW)
    assert booked.visit is not None
    await scene.desk.quote((await scene.town.job()).job_id)
    rows = scene.desk.horizons.of(scene.area_id).rows
    assert job.job_id in rows[day_of(booked.visit)].visits
    await scene.town.change(job, JobStep.CANCEL, NOW)
    await scene.desk.quote((await scene.town.job()).job_id)
    assert job.job_id not in rows[day_of(booked.visit)].visits


SABOTAGE = {
    "double booking": ["UPDATE visit SET planned_end_at = planned_end_at + interval '5 hours'"],
    "two visits": [
        "DROP INDEX visit_is_one_draft_per_job",
        "UPDATE visit SET job_id = (SELECT min(job_id::text)::uuid FROM visit)",
    ],
    "stale draft": [
        """UPDATE visit SET job_id = live.job_id FROM visit AS live WHERE live.state = 'published' 
        AND visit.visit_id = (SELECT visit_id FROM visit WHERE state = 'draft' LIMIT 1)"""
    ],
    "broken promise": ["UPDATE appointment SET earliest_at = latest_at - interval '1 second'"],
    "unserved promise": ["DELETE FROM visit WHERE state = 'draft'"],
    "unsent promise": [
        "UPDATE plan SET last_on = last_on + 1",
        "DELETE FROM plan_run WHERE state = 'queued'",
    ],
    "two promises": [
        "DROP INDEX appointment_is_one_live_per_job",
        "UPDATE appointment SET job_id = (SELECT min(job_id::text)::uuid FROM appointment)",
    ],
    "half a booking": [
        "DELETE FROM appointment WHERE appointment_id = (SELECT min(appointment_id::text)::uuid FROM appointment)"
    ],
    "nobody works": ["UPDATE technician_day SET absent = true"],
    "unskilled": ["UPDATE technician SET skills = '{}'"],
    "gap": ["DELETE FROM journal WHERE n = 2"],
}


@pytest.mark.parametrize("rule", RULES)
async def test_the_oracle_sees_what_breaks_its_rules(
    scene: Scene, server: Server, fresh: str, rule: str
) -> None:
    await scene.town.job()
    office = scene.office
    await office.publish(await office.solve(await office.request(days=1)))
    only = small_town.technicians[0]
    for _ in range(3):
        await scene.promise(await scene.town.job("wifi_setup"), TOMORROW, only)
    assert await scene.broken() == []
    await server.run(fresh, *SABOTAGE[rule])
    assert rule in {one.rule for one in await scene.broken()}


async def test_the_oracle_misses_a_booking_that_was_told_and_is_not_there(scene: Scene) -> None:
    made = (await scene.promise(await scene.town.job(), TOMORROW)).appointment
    told = Acknowledged(made.job_id, made.appointment_id, made.earliest_at, made.latest_at)
    other = told._replace(latest_at=told.latest_at + timedelta(hours=1))
    nowhere = told._replace(appointment_id=new_id())
    async with scene.database.begin([scene.area_id]) as conn:
        assert await lost(conn, [told]) == []
        assert len(await lost(conn, [told, other, nowhere])) == 2
        await conn.execute("UPDATE appointment SET state = 'cancelled'")
        assert len(await lost(conn, [told])) == 1
        assert await lost(conn, [told], [told.job_id]) == []

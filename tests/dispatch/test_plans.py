"""Planning with the real solving process: drafts, publishing, re-planning around what is frozen and promised."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from db.pool import Database
from db.queries import plans
from db.records import Plan, PlanRun, Visit
from db.states import JobState, PlanRunState, PlanState, VisitEnd, VisitState
from dispatch.errors import (
    DaysImpossible,
    NotEligible,
    PlanSuperseded,
    Stale,
    TransitionRefused,
    UnknownDay,
    VisitStarted,
)
from dispatch.flows import plans as flows
from dispatch.flows import rounds
from dispatch.solver import Solver
from tests.builders import Town, dispatcher, received, settled_in, terms
from tests.dispatch.office import Office, prepared
from tests.worlds import NOW, TODAY, storm_day


@pytest.fixture
async def office(database: Database, solver: Solver) -> Office:
    """The small town with its six jobs: one with a promise, one paid, one cable break that darkens many."""
    town = Town(database, await settled_in(database))
    made = Office(database, town, solver)
    async with database.begin([town.world.area_id]) as conn:
        window = {"earliest": NOW + timedelta(hours=6), "latest": NOW + timedelta(hours=7)}
        await received(conn, subscriber=1, promisedWindow=window)
        await received(conn, subscriber=2, faultClass="wifi_setup", terms=terms())
        await received(conn, subscriber=3, faultClass="cable_break", affected=200)
        for subscriber in (4, 5, 6):
            await received(conn, subscriber=subscriber)
    return made


async def test_a_plan_places_every_job_keeps_the_promise_and_shows_nobody_anything_yet(
    office: Office,
) -> None:
    plan = await office.plan()
    assert plan.state is PlanState.DRAFT
    assert plan.unassigned == []
    drafts = await office.visits(VisitState.DRAFT)
    assert len({visit.job_id for visit in drafts}) == 6
    promised = [visit for visit in drafts if (await promise(office, visit)) is not None]
    (kept,) = promised
    assert NOW + timedelta(hours=6) <= kept.planned_start_at <= NOW + timedelta(hours=7)
    assert [await office.feed(number) for number in (1, 2, 3)] == [[], [], []]
    assert {stop.state for stop in drafts} == {VisitState.DRAFT}


async def promise(office: Office, visit: Visit) -> tuple[datetime, datetime] | None:
    for window in (await office.town.whole_of(visit)).appointments:
        return window.earliest_at, window.latest_at
    return None


async def test_publishing_sends_the_rounds_out_and_shows_today_but_not_tomorrow(office: Office) -> None:
    await office.publish(await office.plan())
    out = await office.visits(VisitState.PUBLISHED)
    assert len(out) == 6
    assert {(await office.town.whole_of(visit)).job.state for visit in out} == {JobState.PLANNED}
    assert {visit.shown_at is not None for visit in out if visit.on_day == TODAY} == {True}
    assert {visit.shown_at is None for visit in out if visit.on_day > TODAY} <= {True}
    for number in (1, 2, 3):
        mine = [visit for visit in out if office.number_of(visit) == number and visit.shown_at is not None]
        assert sorted(await office.feed(number)) == sorted(("put", str(visit.job_id)) for visit in mine)
    days = [
        day
        for after in range(2)
        for day in await office.town.do(
            lambda conn, after=after: plans.list_rounds(
                conn, office.town.world.area_id, TODAY + timedelta(days=after)
            )
        )
    ]
    assert {(day.technician_id, day.on_day) for day in days} == {
        (visit.technician_id, visit.on_day) for visit in out
    }


async def test_a_run_may_publish_by_itself(office: Office) -> None:
    plan = await office.plan(publish=True)
    assert plan.state is PlanState.PUBLISHED
    assert len(await office.visits(VisitState.PUBLISHED)) == 6


async def test_a_plan_is_published_once(office: Office) -> None:
    plan = await office.plan(publish=True)
    with pytest.raises(PlanSuperseded):
        await office.publish(plan)


async def test_a_newer_draft_supersedes_the_older(office: Office) -> None:
    first = await office.plan()
    second = await office.plan()
    assert second.plan_version == first.plan_version + 1
    with pytest.raises(PlanSuperseded):
        await office.publish(first)
    assert len(await office.visits(VisitState.DRAFT)) == 6
    await office.publish(second)


async def test_publishing_the_same_again_moves_nothing_and_hands_nothing_out_twice(office: Office) -> None:
    await office.plan(publish=True)
    before = {visit.job_id: visit.visit_id for visit in await office.visits(VisitState.PUBLISHED)}
    await office.plan(publish=True)
    after = {visit.job_id: visit.visit_id for visit in await office.visits(VisitState.PUBLISHED)}
    assert after == before


async def test_replanning_never_moves_what_is_frozen_nor_leaves_a_promise(office: Office) -> None:
    await office.plan(publish=True)
    out = sorted(await office.visits(VisitState.PUBLISHED), key=lambda visit: visit.planned_start_at)
    office.now = out[0].planned_start_at - timedelta(minutes=10)
    frozen = [visit for visit in out if visit.planned_start_at < office.now + timedelta(minutes=30)]
    async with office.town.database.begin([office.town.world.area_id]) as conn:
        for number in (10, 11, 12):
            await received(
                conn,
                subscriber=1 + number % 6,
                now=office.now,
                ticketNumber=f"late-{number}",
                faultClass="cable_break",
                affected=500,
                reportedAt=office.now,
            )
    (queued,) = [run for run in await runs(office) if run.state is PlanRunState.QUEUED]
    await office.publish(await office.solve(queued))
    after = {visit.visit_id: visit for visit in await office.visits(*VisitState)}
    for visit in frozen:
        now = after[visit.visit_id]
        assert (now.state, now.planned_start_at) == (VisitState.PUBLISHED, visit.planned_start_at)
    live = [visit for visit in after.values() if visit.state is VisitState.PUBLISHED]
    assert len(live) >= 7
    for visit in live:
        window = await promise(office, visit)
        assert window is None or window[0] <= visit.planned_start_at <= window[1]
    for number in (1, 2, 3):
        mine = sorted(
            (v for v in live if office.number_of(v) == number and v.on_day == TODAY),
            key=lambda visit: visit.planned_start_at,
        )
        for first, second in pairwise(mine):
            assert second.planned_arrival_at >= first.planned_end_at


async def runs(office: Office) -> list[PlanRun]:
    return await office.town.do(lambda conn: plans.list_runs(conn, office.town.world.area_id, 50))


async def test_many_escalations_of_a_running_day_ask_for_one_plan(office: Office) -> None:
    await office.plan(publish=True)
    for _ in range(3):
        await office.town.job()
    assert [run.state for run in await runs(office)].count(PlanRunState.QUEUED) == 1


async def test_todays_new_plan_leaves_tomorrows_in_force(office: Office) -> None:
    tomorrow = await office.solve(await office.request(first=1))
    await office.publish(tomorrow)
    today = await office.solve(await office.request(days=1))
    await office.publish(today)
    assert {plan.plan_id: plan.state for plan in await office.plans()} == {
        tomorrow.plan_id: PlanState.PUBLISHED,
        today.plan_id: PlanState.PUBLISHED,
    }
    await office.plan(publish=True)
    states = [plan.state for plan in await office.plans()]
    assert states == [PlanState.PUBLISHED, PlanState.SUPERSEDED, PlanState.PUBLISHED]


async def test_a_request_to_publish_is_not_lost_in_a_queued_run_that_does_not(office: Office) -> None:
    await office.request()
    assert (await office.request(publish=True)).publish


async def test_what_changed_while_solving_is_not_overwritten_and_is_planned_again(office: Office) -> None:
    await office.plan(publish=True)
    run = await office.request()
    area_id = run.area_id
    begun = await office.town.do(
        lambda conn: flows.begin(conn, area_id=area_id, plan_run_id=run.plan_run_id, now=office.now)
    )
    assert begun is not None
    (visit, *_) = await office.visits(VisitState.PUBLISHED)
    moved = await office.town.reassign(visit, office.another(visit))
    result = await office.solver.solve(
        prepared(begun).problem, prepared(begun).warm, seconds=0.6, seed=1, on_progress=quietly
    )
    plan = await office.town.do(
        lambda conn: flows.save(
            conn, run=begun.run, prepared=prepared(begun), result=result, actor=dispatcher(), now=office.now
        )
    )
    assert plan is not None
    touched = {visit.technician_id, moved.technician_id}
    drafts = await office.visits(VisitState.DRAFT)
    assert not [draft for draft in drafts if draft.technician_id in touched and draft.on_day == moved.on_day]
    assert moved.job_id not in {draft.job_id for draft in drafts}
    framed = {route.technician_id for route in plan.routes if route.on_day == moved.on_day}
    assert framed.isdisjoint(touched)
    assert [run.state for run in await runs(office)].count(PlanRunState.QUEUED) == 1
    await office.publish(plan)
    (still,) = [row for row in await office.visits(VisitState.PUBLISHED) if row.job_id == moved.job_id]
    assert still.visit_id == moved.visit_id


async def quietly(_: object) -> bool:
    return False


async def test_an_attempt_that_was_taken_over_saves_nothing(office: Office) -> None:
    run = await office.request()

    async def begin() -> flows.Begun:
        begun = await office.town.do(
            lambda conn: flows.begin(conn, area_id=run.area_id, plan_run_id=run.plan_run_id, now=office.now)
        )
        assert begun is not None
        return begun

    first, second = await begin(), await begin()
    assert (first.run.attempt, second.run.attempt) == (1, 2)
    result = await office.solver.solve(prepared(first).problem, (), seconds=0.6, seed=1, on_progress=quietly)

    async def save(begun: flows.Begun) -> Plan | None:
        return await office.town.do(
            lambda conn: flows.save(
                conn, run=begun.run, prepared=prepared(begun), result=result, actor=dispatcher(), now=NOW
            )
        )

    assert await save(first) is None
    assert await office.visits(VisitState.DRAFT) == []
    assert await save(second) is not None
    assert len(await office.visits(VisitState.DRAFT)) == 6


async def test_publishing_drops_what_a_phone_has_started_meanwhile(office: Office) -> None:
    await office.plan(publish=True)
    plan = await office.plan()
    (visit, *_) = [row for row in await office.visits(VisitState.PUBLISHED) if row.on_day == TODAY]
    phone = await office.town.phone(office.number_of(visit))
    await phone.send(office.town.database, [phone.say(visit, "on-my-way", NOW)], now=NOW)
    await office.publish(plan)
    of_job = [row for row in await office.visits(*VisitState) if row.job_id == visit.job_id]
    assert [(row.visit_id, row.state) for row in of_job] == [(visit.visit_id, VisitState.ON_MY_WAY)]


async def test_publishing_drops_what_a_dispatcher_gave_to_another_meanwhile(office: Office) -> None:
    await office.plan(publish=True)
    plan = await office.plan()
    (visit, *_) = await office.visits(VisitState.PUBLISHED)
    moved = await office.town.reassign(visit, office.another(visit))
    await office.publish(plan)
    (live,) = [row for row in await office.visits(VisitState.PUBLISHED) if row.job_id == visit.job_id]
    assert live.visit_id == moved.visit_id


async def test_a_job_nobody_can_do_is_left_out_with_the_reason(office: Office) -> None:
    sql = "UPDATE technician SET skills = ARRAY['wifi']"
    await office.town.do(lambda conn: conn.execute(sql))
    plan = await office.plan(publish=True)
    assert len(plan.unassigned) == 5
    assert all(set(item.blocks) == {"skill"} for item in plan.unassigned)
    assert len(await office.visits(VisitState.PUBLISHED)) == 1


async def test_publishing_leaves_with_its_new_holder_what_the_plan_had_no_place_for(office: Office) -> None:
    await office.plan(publish=True)
    skills = "UPDATE technician SET skills = $1"
    able = office.town.world.technicians[0].skills
    await office.town.do(lambda conn: conn.execute(skills, ["wifi"]))
    plan = await office.plan()
    await office.town.do(lambda conn: conn.execute(skills, able))
    left = {item.job_id for item in plan.unassigned}
    (visit, *others) = [row for row in await office.visits(VisitState.PUBLISHED) if row.job_id in left]
    moved = await office.town.reassign(visit, office.another(visit))
    await office.publish(plan)
    live = {row.visit_id for row in await office.visits(VisitState.PUBLISHED)}
    assert moved.visit_id in live
    promised = {row.visit_id for row in others if (await office.town.whole_of(row)).appointments}
    assert {row.visit_id for row in others} & live == promised, (
        "a promise keeps its place until another is found"
    )


async def test_only_days_ahead_and_at_most_14_are_planned(office: Office) -> None:
    for days in (0, 15):
        with pytest.raises(DaysImpossible):
            await office.request(days=days)


async def test_a_taken_back_visit_does_not_move_the_technician(office: Office) -> None:
    await office.plan(publish=True)
    (visit, *_) = [row for row in await office.visits(VisitState.PUBLISHED) if row.on_day == TODAY]
    await office.town.reassign(visit, office.another(visit))
    run = await office.request()
    begun = await office.town.do(
        lambda conn: flows.begin(conn, area_id=run.area_id, plan_run_id=run.plan_run_id, now=office.now)
    )
    assert begun is not None
    assert {shift.start_place for shift in prepared(begun).problem.shifts} == {0}


async def test_reassigning_takes_it_from_one_phone_and_puts_it_on_the_other(office: Office) -> None:
    await office.plan(publish=True)
    (visit, *_) = [row for row in await office.visits(VisitState.PUBLISHED) if row.on_day == TODAY]
    number, other = office.number_of(visit), office.another(visit)
    moved = await office.town.reassign(visit, other)
    assert (moved.replaces_visit_id, moved.state) == (visit.visit_id, VisitState.PUBLISHED)
    for person, op in ((number, "remove"), (other, "put")):
        of_job = [change for change in await office.feed(person) if change[1] == str(visit.job_id)]
        assert of_job[-1] == (op, str(visit.job_id))
    (old,) = [row for row in await office.visits(VisitState.CANCELLED) if row.visit_id == visit.visit_id]
    assert old.end_reason is VisitEnd.REASSIGNED


async def test_reassigning_refuses_what_has_begun_who_cannot_and_what_is_old(office: Office) -> None:
    await office.plan(publish=True)
    today = [row for row in await office.visits(VisitState.PUBLISHED) if row.on_day == TODAY]
    (visit,) = [row for row in today if (await office.town.whole_of(row)).job.kind == "cable_break"]
    other = office.another(visit)
    person = office.town.world.technicians[other - 1]
    with pytest.raises(TransitionRefused):
        await office.town.reassign(visit, office.number_of(visit))
    with pytest.raises(Stale):
        await office.town.do(
            lambda conn: rounds.reassign(
                conn,
                area_id=visit.area_id,
                visit_id=visit.visit_id,
                technician_id=person.technician_id,
                version=visit.version + 1,
                actor=dispatcher(),
                now=NOW,
            )
        )
    no_skill = "UPDATE technician SET skills = '{}' WHERE technician_id = $1"
    await office.town.do(lambda conn: conn.execute(no_skill, person.technician_id))
    with pytest.raises(NotEligible):
        await office.town.reassign(visit, other)
    no_day = "DELETE FROM technician_day WHERE technician_id = $1"
    await office.town.do(lambda conn: conn.execute(no_day, person.technician_id))
    with pytest.raises(UnknownDay):
        await office.town.reassign(visit, other)
    phone = await office.town.phone(office.number_of(visit))
    await phone.send(office.town.database, [phone.say(visit, "on-my-way", NOW)], now=NOW)
    third = ({1, 2, 3} - {office.number_of(visit), other}).pop()
    with pytest.raises(VisitStarted):
        await office.town.reassign(visit, third)


async def test_tomorrow_appears_in_the_evening_and_what_is_done_goes_a_day_after_its_end(
    office: Office,
) -> None:
    town = office.town
    job, done = await town.job(), await town.job()
    tomorrow = await town.out(job, 1, at=NOW + timedelta(days=1, hours=2), shown_at=None)
    phone = await town.phone(2)
    visit = await town.out(done, 2)
    said = [phone.say(visit, kind) for kind in ("working", "part-used", "measurement", "closure")]
    await phone.send(town.database, said, now=NOW + timedelta(hours=3))

    async def tick(now: datetime) -> None:
        office.now = now
        await office.worker.tick()

    evening = NOW + timedelta(hours=10)
    await tick(evening - timedelta(minutes=1))
    assert (await town.whole_of(tomorrow)).visits[0].shown_at is None
    await tick(evening)
    assert (await town.whole_of(tomorrow)).visits[0].shown_at == evening
    assert (await office.feed(1))[-1] == ("put", str(job.job_id))
    closed_at = (await town.whole_of(visit)).job.closed_at
    assert closed_at is not None
    await tick(closed_at + timedelta(hours=24))
    assert (await town.whole_of(visit)).visits[0].hidden_at is None
    await tick(closed_at + timedelta(hours=24, seconds=1))
    assert (await town.whole_of(visit)).visits[0].hidden_at is not None
    assert (await office.feed(2))[-1] == ("remove", str(done.job_id))


async def test_a_promise_that_passes_unkept_is_missed(office: Office) -> None:
    town = office.town
    window = {"earliest": NOW + timedelta(hours=1), "latest": NOW + timedelta(hours=2)}
    job = await town.job(promisedWindow=window)
    office.now = NOW + timedelta(hours=2)
    await office.worker.tick()
    assert [row.state for row in (await town.whole(job)).appointments] == ["confirmed"]
    office.now += timedelta(seconds=1)
    await office.worker.tick()
    assert [row.state for row in (await town.whole(job)).appointments] == ["missed"]


async def test_a_storm_day_is_planned_and_published_in_one_go(database: Database, solver: Solver) -> None:
    office = Office(database, Town(database, await settled_in(database, storm_day)), solver)
    async with database.begin([storm_day.area_id]) as conn:
        for subscriber in range(1, storm_day.jobs + 1):
            kind = ("cable_break", "equipment_failure", "wifi_setup")[subscriber % 3]
            await received(conn, storm_day, subscriber=subscriber, faultClass=kind)
    plan = await office.plan(publish=True)
    out = await office.visits(VisitState.PUBLISHED)
    assert len({visit.job_id for visit in out}) == len(out)
    assert len(out) + len(plan.unassigned) == storm_day.jobs
    assert len(out) >= 100

"""Reasons are kept with the plan, say when they no longer hold, and are worked out anew after visits were moved."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from db.pool import Database
from db.queries import reasons as rows
from db.queue import Work
from db.records import Plan, PlanReason, Tried, Visit, WhyNot
from db.rows import Conn
from db.states import VisitState
from dispatch import absences, repairs
from dispatch.absences import Away
from dispatch.errors import PlanSuperseded, UnknownJob, UnknownPlan, UnknownTechnician, WindowImpossible
from dispatch.flows import crews
from dispatch.flows import jobs as job_flows
from dispatch.flows import plans as plan_flows
from dispatch.flows import reasons as flows
from dispatch.horizon import Horizons
from dispatch.planning import EXPLAIN, ExplainWork, WhyNotWork
from dispatch.rules.lifecycle import JobStep
from dispatch.rules.reasons import NOT_OPEN, OFF, Stands, explain_all, parts_of, routes_as
from dispatch.solver import Solver
from optimizer.problem import MANDATORY, Weights
from optimizer.result import Cost
from tests.builders import Town, dispatcher, received, settled_in
from tests.dispatch.office import Office, prepared
from tests.worlds import NOW, TODAY, small_town

NOBODY = UUID(int=0)
CHURN_S = Weights().churn_shift


@pytest.fixture
async def office(database: Database, solver: Solver) -> Office:
    """The small town with six jobs, one of them promised, and nothing planned."""
    town = Town(database, await settled_in(database, small_town))
    async with database.begin([town.world.area_id]) as conn:
        window = {"earliest": NOW + timedelta(hours=6), "latest": NOW + timedelta(hours=7)}
        await received(conn, subscriber=1, promisedWindow=window)
        await received(conn, subscriber=2, faultClass="cable_break", affected=200)
        for subscriber in (3, 4, 5, 6):
            await received(conn, subscriber=subscriber)
    return Office(database, town, solver)


async def kept(office: Office, plan: Plan) -> dict[UUID, PlanReason]:
    found = await office.town.do(lambda conn: rows.list_reasons(conn, plan.area_id, plan.plan_id))
    return {row.job_id: row for row in found}


async def stands(office: Office, plan: Plan) -> dict[UUID, Stands]:
    found = await office.town.do(
        lambda conn: flows.list_of_plan(
            conn, area_id=plan.area_id, plan_id=plan.plan_id, job_id=None, after=NOBODY, limit=500
        )
    )
    return {said.reason.job_id: said.stands for said in found.said}


async def work_waits(office: Office, plan: Plan) -> int:
    """How often the reasons of this version are asked for."""
    async with office.town.database.begin([plan.area_id]) as conn:
        waiting = await conn.fetch(
            "SELECT payload FROM line3_queue.pgqueuer WHERE entrypoint = $1 AND status = 'queued'", EXPLAIN
        )
    asked = [msgspec.json.decode(row["payload"], type=ExplainWork) for row in waiting]
    return sum(one.plan_id == plan.plan_id for one in asked)


async def published(office: Office) -> Plan:
    """A plan that is out, with nothing left to be explained."""
    plan = await office.publish(await office.plan())
    async with office.town.database.begin([plan.area_id]) as conn:
        await conn.execute("DELETE FROM line3_queue.pgqueuer")
    return plan


async def explain(office: Office, plan: Plan) -> None:
    """What the queue would have a worker do."""
    work = ExplainWork(area_id=plan.area_id, plan_id=plan.plan_id)
    await office.worker.explain(Work(1, "explain", msgspec.json.encode(work), 1))


async def test_a_plan_is_kept_with_a_reason_for_each_of_its_jobs(office: Office) -> None:
    plan = await office.plan()
    drafts = {visit.job_id: visit for visit in await office.visits(VisitState.DRAFT)}
    found = await kept(office, plan)
    assert set(found) == set(drafts)
    for job_id, row in found.items():
        visit = drafts[job_id]
        assert (row.technician_id, row.on_day, row.start_at) == (
            visit.technician_id,
            visit.on_day,
            visit.planned_start_at,
        )
        assert row.cost["total"] == sum(part for name, part in row.cost.items() if name != "total")
        assert row.instead is not None, "all can do all here"
        assert row.instead.technician_id != visit.technician_id or row.instead.on_day != visit.on_day
    assert set((await stands(office, plan)).values()) == {Stands.HOLDS}


async def test_what_is_kept_is_what_the_optimizer_says_of_the_days_as_they_are(office: Office) -> None:
    plan = await office.plan()
    seen = await office.town.do(
        lambda conn: plan_flows.look_at(conn, area_id=plan.area_id, plan_id=plan.plan_id, now=office.now)
    )
    ready = prepared(seen)
    said, left = explain_all(ready, routes_as(ready, seen.plan, seen.visits))
    found = await kept(office, plan)
    assert left == []
    assert {ready.jobs[reason.job].job_id: parts_of(reason.cost) for reason in said} == {
        job_id: row.cost for job_id, row in found.items()
    }
    await explain(office, plan)
    again = await kept(office, plan)
    assert [msgspec.structs.replace(row, explained_at=NOW) for row in again.values()] == [
        msgspec.structs.replace(row, explained_at=NOW) for row in found.values()
    ]


async def test_publishing_leaves_the_reasons_true_but_moving_costs_more_from_then_on(office: Office) -> None:
    plan = await office.publish(await office.plan())
    assert Counter((await stands(office, plan)).values()) == {Stands.HOLDS: 6}
    before = await kept(office, plan)
    assert await work_waits(office, plan) == 1
    await explain(office, plan)
    for job_id, row in (await kept(office, plan)).items():
        was = before[job_id].instead
        assert row.instead is not None
        assert was is not None
        assert row.instead.cost >= was.cost + CHURN_S - 1


async def test_a_visit_moved_by_hand_is_said_to_be_moved_until_it_is_explained_anew(office: Office) -> None:
    plan = await published(office)
    (visit, *_) = await office.visits(VisitState.PUBLISHED)
    before = (await kept(office, plan))[visit.job_id]
    moved = await office.town.reassign(visit, office.another(visit), now=office.now)
    after = await stands(office, plan)
    assert after[visit.job_id] is Stands.MOVED
    touched = {visit.technician_id, moved.technician_id}
    for other in await office.visits(VisitState.PUBLISHED):
        same_day = other.on_day == visit.on_day and other.technician_id in touched
        if same_day and other.job_id != visit.job_id:
            assert after[other.job_id] is not Stands.HOLDS
    assert await work_waits(office, plan) == 1
    office.now += timedelta(minutes=1)
    await explain(office, plan)
    now = (await kept(office, plan))[visit.job_id]
    assert (now.technician_id, now.start_at) == (moved.technician_id, moved.planned_start_at)
    assert now.explained_at > before.explained_at
    assert set((await stands(office, plan)).values()) == {Stands.HOLDS}


async def test_moved_twice_it_is_explained_once(office: Office) -> None:
    plan = await published(office)
    (visit, other, *_) = await office.visits(VisitState.PUBLISHED)
    await office.town.reassign(visit, office.another(visit), now=office.now)
    await office.town.reassign(other, office.another(other), now=office.now)
    assert await work_waits(office, plan) == 1


async def test_a_second_technician_is_news_for_the_reasons(office: Office) -> None:
    plan = await published(office)
    (visit, *_) = await office.visits(VisitState.PUBLISHED)
    other = office.town.world.technicians[office.another(visit) - 1]
    await office.town.do(
        lambda conn: crews.join(
            conn,
            area_id=plan.area_id,
            visit_id=visit.visit_id,
            technician_id=other.technician_id,
            version=visit.version,
            actor=dispatcher(),
            now=office.now,
        )
    )
    assert await work_waits(office, plan) == 1
    await explain(office, plan)
    row = (await kept(office, plan))[visit.job_id]
    assert row.instead is None
    assert row.blocks == {"locked": 5}, "from here on no plan moves the visit"


async def test_an_emergency_has_reasons_of_its_own(office: Office) -> None:
    plan = await published(office)
    job = await office.town.job("cable_break", affected=300)
    office.now = NOW + timedelta(minutes=10)
    proposed = await repairs.propose_emergency(
        office.town.database,
        Horizons(),
        job_id=job.job_id,
        most_moved=3,
        actor=dispatcher(),
        now=office.now,
    )
    made = await repairs.accept(
        office.town.database,
        proposal_id=proposed.proposal.proposal_id,
        option=1,
        actor=dispatcher(),
        now=office.now,
    )
    assert made is not None
    assert await kept(office, made) == {}
    (placed,) = [visit for visit in await office.visits(VisitState.PUBLISHED) if visit.job_id == job.job_id]
    before = await stands(office, plan)
    for visit in await office.visits(VisitState.PUBLISHED):
        day = visit.technician_id, visit.on_day
        if visit.job_id != job.job_id and day == (placed.technician_id, placed.on_day):
            assert before[visit.job_id] is not Stands.HOLDS
    assert await work_waits(office, made) == 1
    await explain(office, made)
    found = await kept(office, made)
    assert found[job.job_id].technician_id == placed.technician_id
    assert found[job.job_id].cost["outage"] > 0
    assert set((await stands(office, made)).values()) == {Stands.HOLDS}


async def test_what_was_booked_beside_makes_the_costs_those_of_then(office: Office) -> None:
    plan = await office.publish(await office.plan())
    (visit, *_) = sorted(await office.visits(VisitState.PUBLISHED), key=lambda one: one.planned_start_at)
    late = NOW + timedelta(hours=9)
    assert visit.planned_start_at < late
    job = await office.town.job()
    await office.town.out(job, office.number_of(visit), at=late)
    assert (await stands(office, plan))[visit.job_id] is Stands.CHANGED


async def late_afternoon(office: Office) -> Plan:
    """Ten minutes to five: a visit each, and nobody has room for the rest."""
    office.now = NOW + timedelta(hours=8, minutes=50)
    return await office.solve(await office.request(days=1))


async def test_a_job_without_a_place_says_what_blocks_it(office: Office) -> None:
    plan = await late_afternoon(office)
    assert plan.unassigned
    found = await kept(office, plan)
    for item in plan.unassigned:
        row = found[item.job_id]
        assert row.technician_id is None
        assert row.blocks == item.blocks
        assert sum(row.blocks.values()) == 3
        assert row.hint is not None
        assert (await stands(office, plan))[item.job_id] is Stands.HOLDS


async def test_the_subscriber_hears_why_no_time_was_found_and_nothing_of_others(office: Office) -> None:
    plan = await late_afternoon(office)
    left = plan.unassigned[0].job_id
    whole = await office.town.do(
        lambda conn: told_to_the_subscriber(conn, left, office.now),
    )
    assert whole == (
        "ru",
        (
            "Нам не удалось найти для вас время до 24 ноября включительно: все мастера, которые это умеют, заняты. "
            "Мы ищем дальше."
        ),
    )


async def told_to_the_subscriber(conn: Conn, job_id: UUID, now: datetime) -> tuple[str, str]:
    whole = await job_flows.get(conn, areas_seen=[small_town.area_id], job_id=job_id, language="en", now=now)
    assert whole.told is not None
    return whole.told.language, whole.told.sentence


async def ask(
    office: Office, plan: Plan, job_id: UUID, technician: int, window: tuple[datetime, datetime] | None = None
) -> Tried:
    """Asked, tried by a worker, answered."""
    asked = await question(office, plan, job_id, technician, window)
    work = WhyNotWork(area_id=plan.area_id, why_not_id=asked.why_not_id)
    await office.worker.try_out(Work(1, "why_not", msgspec.json.encode(work), 1))
    found = await office.town.do(
        lambda conn: flows.get_answer(
            conn, area_id=plan.area_id, plan_id=plan.plan_id, why_not_id=asked.why_not_id
        )
    )
    assert found.asked.answer is not None
    return found.asked.answer


async def question(
    office: Office, plan: Plan, job_id: UUID, technician: int, window: tuple[datetime, datetime] | None = None
) -> WhyNot:
    return await office.town.do(
        lambda conn: flows.ask(
            conn,
            area_id=plan.area_id,
            plan_id=plan.plan_id,
            job_id=job_id,
            technician_id=office.town.world.technicians[technician - 1].technician_id,
            window=window,
            actor=dispatcher(),
            now=office.now,
        )
    )


async def test_a_why_not_costs_no_more_than_the_next_best_place_and_changes_nothing(office: Office) -> None:
    plan = await office.plan()
    found = await kept(office, plan)
    before = await office.visits(*VisitState)
    people = [person.technician_id for person in office.town.world.technicians]
    for row in found.values():
        assert row.instead is not None
        tried = await ask(office, plan, row.job_id, 1 + people.index(row.instead.technician_id))
        assert tried.obstacles == []
        assert tried.cost["total"] <= row.instead.cost + 10
        assert tried.start_at is not None
    assert await office.visits(*VisitState) == before


async def test_of_a_published_plan_it_is_what_is_out_that_is_asked_about(office: Office) -> None:
    plan = await office.publish(await office.plan())
    (visit, *_) = await office.visits(VisitState.PUBLISHED)
    tried = await ask(office, plan, visit.job_id, office.number_of(visit))
    assert (tried.obstacles, tried.moved) == ([], [])
    assert tried.cost["total"] == 0
    assert tried.start_at == visit.planned_start_at


def test_a_promise_that_finds_a_place_is_not_worth_a_billion() -> None:
    found = Cost(unassigned=-MANDATORY - 57_600, travel=900)
    assert parts_of(found) == {"unassigned": -57_600, "travel": 900, "total": -56_700}
    assert parts_of(Cost(unassigned=4_000)) == {"unassigned": 4_000, "total": 4_000}


async def test_a_million_in_the_dark_for_a_fortnight_are_counted(office: Office) -> None:
    plan = await office.plan()
    row = next(iter((await kept(office, plan)).values()))
    dear = msgspec.structs.replace(row, left_out=1_000_000 * 14 * 86_400, cost={"total": 10**12})
    await office.town.do(lambda conn: rows.save_reasons(conn, [dear]))
    assert (await kept(office, plan))[row.job_id] == dear


async def test_a_window_that_is_asked_for_is_kept(office: Office) -> None:
    plan = await office.plan()
    _, (visit, *_) = await promised_and_others(office)
    window = NOW + timedelta(hours=5), NOW + timedelta(hours=6)
    tried = await ask(office, plan, visit.job_id, office.another(visit), window)
    assert tried.obstacles == []
    assert tried.start_at is not None
    assert window[0] <= tried.start_at <= window[1]


async def promised_and_others(office: Office) -> tuple[Visit, list[Visit]]:
    """Drafts: the one of the promise, and those without one."""
    drafts = await office.visits(VisitState.DRAFT)
    promises = {visit.job_id: (await office.town.whole_of(visit)).appointments for visit in drafts}
    (promised,) = [visit for visit in drafts if promises[visit.job_id]]
    return promised, [visit for visit in drafts if not promises[visit.job_id]]


async def test_what_prevents_it_is_said(office: Office) -> None:
    plan = await office.plan()
    promised, (other, *_) = await promised_and_others(office)
    evening = NOW + timedelta(hours=8), NOW + timedelta(hours=9)
    tried = await ask(office, plan, promised.job_id, 1, evening)
    assert [bar.code for bar in tried.obstacles] == ["window"]
    await absences.record(
        office.town.database,
        Horizons(),
        area_id=plan.area_id,
        away=Away(technician_id=office.town.world.technicians[0].technician_id, on_day=TODAY, last_on=TODAY),
        actor=dispatcher(),
        now=office.now,
    )
    tomorrow_only = await ask(office, plan, promised.job_id, 1)
    assert {bar.code for bar in tomorrow_only.obstacles} == {"window"}
    job = (await office.town.whole_of(other)).job
    await office.town.change(job, JobStep.CANCEL, now=office.now)
    assert [bar.code for bar in (await ask(office, plan, job.job_id, 2)).obstacles] == [NOT_OPEN]


async def test_who_does_not_work_any_more_is_off(office: Office) -> None:
    plan = await late_afternoon(office)
    office.now = NOW + timedelta(hours=11)
    (visit, *_) = await office.visits(VisitState.DRAFT)
    assert [bar.code for bar in (await ask(office, plan, visit.job_id, 2)).obstacles] == [OFF]


async def test_asked_twice_by_the_queue_it_is_answered_once(office: Office) -> None:
    plan = await office.plan()
    (visit, *_) = await office.visits(VisitState.DRAFT)
    asked = await question(office, plan, visit.job_id, 1)
    work = Work(1, "why_not", msgspec.json.encode(WhyNotWork(plan.area_id, asked.why_not_id)), 1)
    await office.worker.try_out(work)
    first = await office.town.do(lambda conn: rows.find_why_not(conn, plan.area_id, asked.why_not_id))
    office.now += timedelta(minutes=1)
    await office.worker.try_out(work)
    again = await office.town.do(lambda conn: rows.find_why_not(conn, plan.area_id, asked.why_not_id))
    assert again == first


async def test_what_makes_no_sense_is_not_asked(office: Office) -> None:
    plan = await office.plan()
    (visit, *_) = await office.visits(VisitState.DRAFT)
    person = office.town.world.technicians[0].technician_id
    good: dict[str, Any] = {
        "plan_id": plan.plan_id,
        "job_id": visit.job_id,
        "technician_id": person,
        "window": None,
    }
    past = NOW - timedelta(hours=2), NOW - timedelta(hours=1)
    wrong: list[tuple[type[Exception], dict[str, Any]]] = [
        (UnknownPlan, {"plan_id": NOBODY}),
        (UnknownJob, {"job_id": NOBODY}),
        (UnknownTechnician, {"technician_id": NOBODY}),
        (WindowImpossible, {"window": past}),
        (WindowImpossible, {"window": (NOW + timedelta(hours=3), NOW + timedelta(hours=2))}),
        (WindowImpossible, {"window": (NOW, NOW + timedelta(hours=25))}),
    ]
    for error, changed in wrong:
        with pytest.raises(error):
            await asking(office, {**good, **changed})
    await office.plan()
    with pytest.raises(PlanSuperseded):
        await asking(office, good)


async def asking(office: Office, said: dict[str, Any]) -> WhyNot:
    area_id = office.town.world.area_id
    return await office.town.do(
        lambda conn: flows.ask(conn, area_id=area_id, actor=dispatcher(), now=office.now, **said)
    )


async def test_a_technician_sees_why_of_the_own_round_and_of_nothing_else(office: Office) -> None:
    await office.publish(await office.plan())
    out = await office.visits(VisitState.PUBLISHED)
    for number in (1, 2, 3):
        mine = [v for v in out if office.number_of(v) == number and v.on_day == TODAY]
        found = await own_round(office, number)
        assert {one.visit.visit_id for one in found.visits} == {visit.visit_id for visit in mine}
        assert all(one.stands is Stands.HOLDS for one in found.visits)
        assert (found.frame is None) == (not mine)


async def own_round(office: Office, number: int, days: int = 0) -> flows.OwnRound:
    person = office.town.world.technicians[number - 1]
    return await office.town.do(
        lambda conn: flows.own_round(
            conn,
            area_id=office.town.world.area_id,
            technician_id=person.technician_id,
            on_day=TODAY + timedelta(days=days),
        )
    )


async def test_what_the_phone_does_not_show_yet_is_not_explained(office: Office) -> None:
    tomorrow = await office.solve(await office.request(first=1))
    await office.publish(tomorrow)
    assert await office.visits(VisitState.PUBLISHED)
    for number in (1, 2, 3):
        found = await own_round(office, number, days=1)
        assert (found.frame, found.visits) == (None, [])


async def test_a_visit_that_came_by_hand_has_no_old_reason_for_the_technician(office: Office) -> None:
    await office.publish(await office.plan())
    (visit, *_) = [v for v in await office.visits(VisitState.PUBLISHED) if v.on_day == TODAY]
    moved = await office.town.reassign(visit, office.another(visit), now=office.now)
    found = await own_round(office, office.number_of(moved))
    (mine,) = [one for one in found.visits if one.visit.job_id == visit.job_id]
    assert mine.stands is Stands.MOVED


async def test_reasons_of_drafts_that_never_went_out_are_forgotten_after_a_day(office: Office) -> None:
    first = await office.plan()
    second = await office.publish(await office.plan())
    (visit, *_) = await office.visits(VisitState.PUBLISHED)
    asked = await question(office, second, visit.job_id, 1)
    area_id = first.area_id
    for hours, drafts in ((23, 6), (25, 0)):
        at = NOW + timedelta(hours=hours)
        await office.town.do(lambda conn, at=at: flows.forget(conn, area_id=area_id, now=at))
        assert len(await kept(office, first)) == drafts
        assert len(await kept(office, second)) == 6
    assert await office.town.do(lambda conn: rows.find_why_not(conn, area_id, asked.why_not_id)) is None

"""What falls due by time alone, and phones that still show an earlier visit of a job."""

from datetime import timedelta

import pytest

from db.ids import new_id
from db.pool import Database
from db.records import PlanRun
from db.rows import Conn
from db.states import JobState, VisitEnd, VisitState
from dispatch.flows import accounts, answers
from dispatch.planning import request_run
from dispatch.rules.lifecycle import JobStep
from dispatch.worker import Worker
from tests.builders import LATE, Town, dispatcher, settled_in
from tests.conftest import Server
from tests.dispatch.test_pull import Model
from tests.worlds import NOW, TODAY

NIGHT = NOW + timedelta(hours=20)


@pytest.fixture
async def town(database: Database) -> Town:
    return Town(database, await settled_in(database))


async def test_a_visit_that_nobody_began_is_taken_back_in_the_night_and_its_job_waits_again(
    town: Town,
) -> None:
    job, begun = await town.job(), await town.job()
    visit = await town.out(job)
    under_way = await town.out(begun, 2)
    phone = await town.phone(2)
    await phone.send(town.database, [phone.say(under_way, "on-my-way")])
    await Worker(town.database, lambda: NOW + timedelta(hours=6)).tick()
    assert (await town.whole(job)).job.state is JobState.PLANNED
    await Worker(town.database, lambda: NIGHT).tick()
    after = await town.whole(job)
    assert after.job.state is JobState.RECEIVED
    assert [(row.visit_id, row.state, row.end_reason) for row in after.visits] == [
        (visit.visit_id, VisitState.CANCELLED, VisitEnd.WITHDRAWN)
    ]
    assert [entry.action for entry in after.journal][-1] == "visit.never_begun"
    assert (await town.whole(begun)).job.state is JobState.IN_PROGRESS


async def test_failures_to_sign_in_are_forgotten_by_the_hourly_sweep_once_nobody_counts_them(
    town: Town,
) -> None:
    for hours in (25, 23):
        at = NOW - timedelta(hours=hours)
        await town.do(lambda conn, at=at: accounts.record_failure(conn, login="somebody", now=at))
    worker = Worker(town.database, lambda: NOW)
    await worker.tick()
    kept = "SELECT array_agg(failed_at) FROM sign_in_failure"
    assert await town.do(lambda conn: conn.fetchval(kept)) == [NOW - timedelta(hours=23)]
    await town.do(lambda conn: accounts.record_failure(conn, login="somebody", now=NOW - timedelta(hours=30)))
    await worker.tick()
    assert len(await town.do(lambda conn: conn.fetchval(kept))) == 2, "once an hour is enough"


async def test_a_bug_with_one_thing_that_is_due_holds_up_no_other(
    server: Server, fresh: str, town: Town
) -> None:
    window = {"earliest": NOW + timedelta(hours=1), "latest": NOW + timedelta(hours=2)}
    bad, good = await town.job(promisedWindow=window), await town.job(promisedWindow=window)
    assert bad.job_id < good.job_id
    bug = f"ALTER TABLE appointment ADD CHECK (state = 'confirmed' OR job_id <> '{bad.job_id}')"
    await server.run(fresh, bug)
    await Worker(town.database, lambda: NOW + timedelta(hours=3)).tick()
    states = {job.number: [row.state for row in (await town.whole(job)).appointments] for job in (bad, good)}
    assert states == {bad.number: ["confirmed"], good.number: ["missed"]}


async def test_a_run_whose_work_is_held_is_queued_again_by_the_next_request(
    server: Server, fresh: str, town: Town
) -> None:
    async def request(conn: Conn) -> PlanRun:
        area, actor = town.world.made.area, dispatcher(town.world)
        return await request_run(conn, area, actor, NOW, first_on=TODAY, last_on=TODAY)

    run = await town.do(request)
    await server.run(fresh, "UPDATE line3_queue.pgqueuer SET status = 'failed', dedupe_key = NULL")
    for _ in range(2):
        assert (await town.do(request)).plan_run_id == run.plan_run_id
    waiting = "SELECT count(*) FROM line3_queue.pgqueuer WHERE status = 'queued'"
    assert await town.do(lambda conn: conn.fetchval(waiting)) == 1


async def test_a_phone_that_did_it_after_all_is_believed(town: Town) -> None:
    job = await town.job()
    visit, phone = await town.out(job), await town.phone()
    model = Model(town, phone)
    await model.pull()
    await Worker(town.database, lambda: NIGHT).tick()
    await model.pull()
    assert model.rows == {}
    done = [phone.say(visit, kind) for kind in ("arrived", "working", "part-used", "measurement", "closure")]
    await phone.send(town.database, done, now=NIGHT + timedelta(hours=1))
    assert (await town.whole(job)).job.state is JobState.CLOSED


async def test_a_phone_that_still_shows_an_ended_visit_hears_of_the_next_one(town: Town) -> None:
    job = await town.job()
    first = await town.out(job, 1)
    one, two = Model(town, await town.phone(1)), Model(town, await town.phone(2))
    door = one.phone.say(first, "photo-taken", photoId=str(job.job_id), purpose="door")
    await one.pull(one.phone.say(first, "arrived"), door, one.phone.say(first, "no-access"))
    assert (await town.whole(job)).job.state is JobState.ON_HOLD
    await town.change(job, JobStep.RELEASE)
    second = await town.out((await town.whole(job)).job, 1)
    await town.reassign(second, 2, now=LATE)
    for model in (one, two):
        await model.pull()
    assert set(one.rows) == set(two.rows) == {str(job.job_id)}


async def test_an_answer_is_remembered_for_thirty_days(town: Town) -> None:
    area_id, who, month = town.world.area_id, new_id(), timedelta(days=31)

    async def asked(conn: Conn) -> answers.Answer | None:
        return await answers.find(
            conn, area_id=area_id, principal_id=who, key="k", request_hash=b"same", now=NOW
        )

    async def answered(conn: Conn) -> None:
        first = answers.Answer(status=201, body=b"{}")
        await answers.remember(conn, area_id=area_id, principal_id=who, key="k", answer=first)

    assert await town.do(asked) is None
    await town.do(answered)
    await Worker(town.database, lambda: NOW + timedelta(days=29)).tick()
    assert await town.do(asked) == answers.Answer(status=201, body=b"{}")
    await Worker(town.database, lambda: NOW + month).tick()
    assert await town.do(asked) is None

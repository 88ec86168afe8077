"""Through the day: work that goes on tomorrow, parts that are missing, a limit to what a plan moves."""

from datetime import timedelta

import msgspec
import pytest

from db.pool import Database
from db.queries import plans, technicians
from db.records import Job, PlanRun, Stock, Visit
from db.states import ActorKind, HoldReason, JobState, PlanRunState, StockKind, VisitState
from dispatch.actors import worker
from dispatch.flows import supplies
from dispatch.solver import Solver
from tests.builders import Town, received, settled_in
from tests.dispatch.office import Office
from tests.dispatch.said import THERE, walk
from tests.worlds import NOW, TODAY, known_id, small_town

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
async def office(database: Database, solver: Solver) -> Office:
    """The small town with its day published: six jobs, one of them promised."""
    town = Town(database, await settled_in(database, small_town))
    made = Office(database, town, solver)
    async with database.begin([town.world.area_id]) as conn:
        window = {"earliest": NOW + 6 * HOUR, "latest": NOW + 7 * HOUR}
        await received(conn, subscriber=1, promisedWindow=window)
        for subscriber in (2, 3, 4, 5, 6):
            await received(conn, subscriber=subscriber)
    await made.plan(publish=True)
    return made


async def queued(office: Office) -> list[PlanRun]:
    found = await office.town.do(lambda conn: plans.list_runs(conn, office.town.world.area_id, 50))
    return [run for run in found if run.state is PlanRunState.QUEUED]


async def first_of(office: Office, *, technician: int | None = None) -> Visit:
    """The earliest visit of today that nobody was promised."""
    out = sorted(await office.visits(VisitState.PUBLISHED), key=lambda visit: visit.planned_start_at)
    for visit in out:
        promised = (await office.town.whole_of(visit)).appointments
        if visit.on_day == TODAY and not promised and technician in (None, office.number_of(visit)):
            return visit
    raise AssertionError("the day has such a visit")


async def job_of(office: Office, visit: Visit) -> Job:
    return (await office.town.whole_of(visit)).job


# --- work that goes on tomorrow -------------------------------------------------------------------------------


async def test_work_that_is_broken_off_until_tomorrow_is_planned_for_tomorrow_and_for_what_is_left_of_it(
    office: Office,
) -> None:
    visit = await first_of(office)
    phone = await office.town.phone(office.number_of(visit))
    office.now = visit.planned_start_at + 20 * MINUTE
    said = [phone.say(visit, kind, visit.planned_start_at) for kind in THERE]
    paused = phone.say(visit, "paused", office.now, resumeOn=str(TOMORROW), remainingMinutes=25)
    await phone.send(office.town.database, [*said, paused], now=office.now)
    job = await job_of(office, visit)
    assert (job.state, job.hold_reason) == (JobState.RECEIVED, None)
    assert (job.earliest_on, job.service_duration) == (TOMORROW, 25 * MINUTE)
    (run,) = await queued(office)
    await office.publish(await office.solve(run))
    (again,) = [
        one for one in (await office.town.whole_of(visit)).visits if one.state is VisitState.PUBLISHED
    ]
    assert again.on_day == TOMORROW
    # five minutes of setup come with a new place
    assert again.planned_end_at - again.planned_start_at == 30 * MINUTE
    assert (await job_of(office, visit)).service_duration == 25 * MINUTE


async def test_a_pause_without_a_day_waits_for_a_person_and_so_does_one_until_next_year(
    office: Office,
) -> None:
    for resume_on in (None, str(TODAY + timedelta(days=400))):
        visit = await first_of(office)
        phone = await office.town.phone(office.number_of(visit))
        office.now = visit.planned_start_at
        said = walk(phone, visit, *THERE)
        await phone.send(
            office.town.database, [*said, phone.say(visit, "paused", resumeOn=resume_on)], now=office.now
        )
        job = await job_of(office, visit)
        assert (job.state, job.hold_reason) == (JobState.ON_HOLD, HoldReason.PAUSED)
        assert job.earliest_on is None
    assert await queued(office) == []


async def test_who_comes_back_the_same_day_needs_the_whole_time_again(office: Office) -> None:
    visit = await first_of(office)
    phone = await office.town.phone(office.number_of(visit))
    said = walk(phone, visit, *THERE)
    paused = phone.say(visit, "paused", resumeOn=str(TOMORROW), remainingMinutes=25)
    office.now = visit.planned_start_at + HOUR
    await phone.send(office.town.database, [*said, paused], now=office.now)
    await phone.send(office.town.database, walk(phone, visit, "working"), now=office.now)
    job = await job_of(office, visit)
    assert (job.state, job.earliest_on) == (JobState.IN_PROGRESS, None)
    assert job.service_duration == small_town.kind("equipment_failure").service_duration


# --- parts that are missing -----------------------------------------------------------------------------------


async def carried(office: Office, technician: int, code: str = "ont") -> int:
    person = office.town.world.technicians[technician - 1]
    found = await office.town.do(
        lambda conn: technicians.list_van_stock(conn, [person.area_id], [person.technician_id])
    )
    return sum(row.quantity for row in found if row.code == code)


async def test_a_missing_part_is_counted_once_and_the_van_has_none_of_it(office: Office) -> None:
    visit = await first_of(office)
    number = office.number_of(visit)
    phone = await office.town.phone(number)
    versions = await day_versions(office)
    there = walk(phone, visit, *THERE)
    used = phone.say(visit, "part-used", visit.planned_start_at, quantity=2)
    missing = phone.say(visit, "part-missing", visit.planned_start_at + MINUTE)
    office.now = visit.planned_start_at + HOUR
    before = await carried(office, number)
    assert before > 2
    # the use comes after the count that knows of it
    await phone.send(office.town.database, [*there, missing], now=office.now)
    await phone.send(office.town.database, [used, missing], now=office.now)
    assert await carried(office, number) == 0
    job = await job_of(office, visit)
    assert (job.state, job.hold_reason) == (JobState.ON_HOLD, HoldReason.PART_MISSING)
    mine = visit.technician_id
    assert (await day_versions(office))[mine] > versions[mine]
    # refilled, and the phone says it all once more, with something new
    await set_stock(office, number, "ont", 4)
    new = phone.say(visit, "note")
    await phone.send(office.town.database, [missing, used, new], now=office.now + MINUTE)
    assert await carried(office, number) == 4


async def day_versions(office: Office) -> dict[object, int]:
    found = await office.town.do(
        lambda conn: technicians.list_day_versions(conn, office.town.world.area_id, TODAY)
    )
    return {row.technician_id: row.version for row in found}


async def set_stock(office: Office, technician: int, code: str, quantity: int) -> None:
    person = office.town.world.technicians[technician - 1]
    sql = "UPDATE stock SET quantity = $3 WHERE area_id = $1 AND technician_id = $2 AND code = $4"
    async with office.town.database.begin([person.area_id]) as conn:
        await conn.execute(sql, person.area_id, person.technician_id, quantity, code)


async def release(office: Office) -> list[object]:
    area_id = office.town.world.area_id
    return list(
        await office.town.do(
            lambda conn: supplies.release_supplied(
                conn, area_id=area_id, now=office.now, actor=worker(area_id)
            )
        )
    )


async def test_a_job_waits_for_its_part_until_a_van_carries_it_and_is_then_taken_up_by_the_worker(
    office: Office,
) -> None:
    visit = await first_of(office)
    number = office.number_of(visit)
    phone = await office.town.phone(number)
    office.now = visit.planned_start_at
    for other in {1, 2, 3} - {number}:
        await set_stock(office, other, "ont", 0)
    await phone.send(office.town.database, walk(phone, visit, *THERE, "part-missing"), now=office.now)
    assert await release(office) == []
    await set_stock(office, 1 + number % 3, "ont", 1)
    assert await release(office) == [visit.job_id]
    whole = await office.town.whole_of(visit)
    assert (whole.job.state, whole.job.hold_reason) == (JobState.RECEIVED, None)
    (said,) = [entry for entry in whole.journal if entry.action == "job.released"]
    assert said.actor_kind is ActorKind.WORKER
    assert len(await queued(office)) == 1
    assert await release(office) == []


async def test_a_part_that_the_kind_does_not_name_is_waited_for_as_well(office: Office) -> None:
    visit = await first_of(office)
    phone = await office.town.phone(office.number_of(visit))
    office.now = visit.planned_start_at
    there = walk(phone, visit, *THERE)
    missing = phone.say(visit, "part-missing", code="odd_connector")
    await phone.send(office.town.database, [*there, missing], now=office.now)
    assert await release(office) == []
    person = office.town.world.technicians[office.another(visit) - 1]
    connector = Stock(
        area_id=person.area_id,
        stock_id=known_id("connector"),
        technician_id=person.technician_id,
        depot_id=None,
        kind=StockKind.PART,
        code="odd_connector",
        serial="",
        quantity=1,
    )
    await office.town.do(lambda conn: technicians.insert_stock(conn, [connector]))
    assert await release(office) == [visit.job_id]


# --- a limit to what a plan moves -----------------------------------------------------------------------------


async def storm(office: Office) -> None:
    """Cables break all over the town: whoever plans freely turns the day over."""
    async with office.town.database.begin([office.town.world.area_id]) as conn:
        for number in range(12):
            await received(
                conn,
                subscriber=1 + number % 6,
                now=office.now,
                ticketNumber=f"storm-{number}",
                faultClass="cable_break",
                affected=900,
                reportedAt=office.now,
            )


async def turned_over(office: Office, allowed: int) -> int:
    """How many of today's visits a re-plan of the stormy day moves, with so many allowed."""
    area = office.town.world.area
    settings = msgspec.structs.replace(area.settings, change_budget=allowed)
    async with office.town.database.begin([area.area_id]) as conn:
        sql = "UPDATE area SET settings = $2 WHERE area_id = $1"
        await conn.execute(sql, area.area_id, msgspec.to_builtins(settings))
    office.now = NOW + HOUR
    before = {
        visit.job_id: visit for visit in await office.visits(VisitState.PUBLISHED) if visit.on_day == TODAY
    }
    await storm(office)
    plan = await office.plan(publish=True)
    assert plan.routes
    after = {visit.job_id: visit for visit in await office.visits(VisitState.PUBLISHED)}
    moved = 0
    for job_id, visit in before.items():
        now = after.get(job_id)
        same = now is not None and now.technician_id == visit.technician_id and now.on_day == visit.on_day
        moved += now is None or not same or abs(now.planned_start_at - visit.planned_start_at) > 30 * MINUTE
    assert len(after) > len(before)
    return moved


async def test_a_plan_that_may_move_nothing_moves_nothing_and_still_finds_places(office: Office) -> None:
    assert await turned_over(office, 0) == 0


async def test_without_a_limit_the_same_storm_turns_the_day_over(office: Office) -> None:
    """Or the test above would prove nothing."""
    assert await turned_over(office, 40) > 1


async def test_a_plan_moves_no_more_than_it_may(office: Office) -> None:
    assert await turned_over(office, 1) <= 1

"""Through the day: work that goes on tomorrow, parts that are missing, a second technician, a limit to what a plan moves."""

from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from db.pool import Database
from db.queries import plans, technicians
from db.records import Alert, Job, PlanRun, Stock, Visit
from db.states import ActorKind, AlertKind, HoldReason, JobState, PlanRunState, StockKind, VisitState
from dispatch import repairs
from dispatch.actors import worker
from dispatch.errors import NoRoom, NotEligible, TransitionRefused
from dispatch.flows import alerts, crews, supplies
from dispatch.horizon import Horizons, stand_all
from dispatch.rules.lifecycle import JobStep
from dispatch.rules.slots import unix
from dispatch.rules.standing import asked_stop
from dispatch.solver import Solver
from tests.builders import Phone, Town, dispatcher, received, settled_in
from tests.dispatch.office import Office
from tests.dispatch.said import THERE, walk
from tests.worlds import NOW, TODAY, known_id, small_town

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture(scope="module")
async def solver() -> AsyncGenerator[Solver]:
    made = Solver()
    made.warm_up()
    yield made
    await made.close()


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


# --- a second technician --------------------------------------------------------------------------------------


async def alone(
    office: Office, technician: int, hours: float, kind: str = "equipment_failure", affected: int = 0
) -> Visit:
    """A visit of this technician at this hour, handed out by a person."""
    job = await office.town.job(kind, subscriber=6, affected=affected)
    person = office.town.world.technicians[technician - 1]
    visit = await office.town.out(job, technician, at=NOW + hours * HOUR, sequence=9)
    await office.town.do(
        lambda conn: technicians.touch_technician_days(conn, [(person.area_id, person.technician_id, TODAY)])
    )
    return visit


async def join(office: Office, visit: Visit, technician: int) -> Visit:
    person = office.town.world.technicians[technician - 1]
    (read,) = [one for one in (await office.town.whole_of(visit)).visits if one.visit_id == visit.visit_id]
    return await office.town.do(
        lambda conn: crews.join(
            conn,
            area_id=visit.area_id,
            visit_id=visit.visit_id,
            technician_id=person.technician_id,
            version=read.version,
            actor=dispatcher(),
            now=office.now,
        )
    )


@pytest.fixture
async def quiet(database: Database, solver: Solver) -> Office:
    """The small town with today's plan out and nothing in it."""
    town = Town(database, await settled_in(database, small_town))
    made = Office(database, town, solver)
    await made.plan(publish=True)
    return made


async def shown_to(phone: Phone, office: Office) -> list[tuple[UUID, str]]:
    answer = await phone.send(office.town.database, [], now=office.now)
    assert answer.pull is not None
    return [(change.job_id, change.op) for change in answer.pull.changes]


async def test_help_that_was_asked_for_changes_nothing_but_opens_an_alert_until_somebody_joins(
    quiet: Office,
) -> None:
    visit = await alone(quiet, 1, 3)
    first, second = await quiet.town.phone(1), await quiet.town.phone(2)
    quiet.now = NOW + 3 * HOUR
    said = walk(first, visit, *THERE)
    asked = first.say(visit, "help-asked", skills=["fibre"])
    answer = await first.send(quiet.town.database, [*said, asked, asked], now=quiet.now)
    assert [result.outcome for result in answer.results][-1] == "applied"
    whole = await quiet.town.whole_of(visit)
    assert whole.job.state is JobState.IN_PROGRESS
    assert [one.kind for one in await alerts_of(quiet)] == [AlertKind.HELP_ASKED]
    assert await shown_to(second, quiet) == []
    await join(quiet, visit, 2)
    assert await alerts_of(quiet) == []
    assert await shown_to(second, quiet) == [(visit.job_id, "put")]
    assert (visit.job_id, "put") in await shown_to(first, quiet)
    assert "visit.joined" in [row.action for row in (await quiet.town.whole_of(visit)).journal]


async def alerts_of(office: Office) -> list[Alert]:
    area_id = office.town.world.area_id
    await office.town.do(
        lambda conn: alerts.refresh(conn, area_id=area_id, now=office.now, actor=worker(area_id))
    )
    found = await office.town.do(lambda conn: alerts.list_open(conn, area_id=area_id))
    return [alert for alert in found if alert.kind is AlertKind.HELP_ASKED]


async def test_the_second_technician_may_report_and_goes_on_hearing_of_the_job(quiet: Office) -> None:
    visit = await alone(quiet, 1, 3)
    first, second = await quiet.town.phone(1), await quiet.town.phone(2)
    await join(quiet, visit, 2)
    await shown_to(second, quiet)
    quiet.now = NOW + 3 * HOUR
    answer = await second.send(quiet.town.database, walk(second, visit, "note"), now=quiet.now)
    assert [result.outcome for result in answer.results] == ["applied"]
    await first.send(quiet.town.database, walk(first, visit, *THERE), now=quiet.now)
    assert await shown_to(second, quiet) == [(visit.job_id, "put")]
    # called off for everybody
    await quiet.town.change(await job_of(quiet, visit), JobStep.CANCEL, quiet.now)
    assert [job_id for job_id, _ in await shown_to(second, quiet)] == [visit.job_id]


async def test_no_window_is_offered_in_the_time_of_a_second_technician(quiet: Office) -> None:
    """Technicians 2 and 3 are at other visits; 1 helps."""
    for technician in (2, 3):
        await alone(quiet, technician, 3)
    visit = await alone_at(quiet, 2, NOW + 5 * HOUR)
    await join(quiet, visit, 1)
    home, mine, _ = (visit.technician_area_id, quiet.town.world.technicians[0].technician_id, TODAY)
    area = quiet.town.world.area
    days = [day for day in quiet.town.world.made.days if (day.technician_id, day.on_day) == (mine, TODAY)]
    found = await quiet.town.do(lambda conn: stand_all(conn, area, days, NOW))
    stood = found.rows[home, mine, TODAY]
    assert (list(stood.visits), list(stood.joined)) == ([], [visit.visit_id])
    job = await quiet.town.job(subscriber=1)
    kind = small_town.kind("equipment_failure")
    place = next(row for row in small_town.made.places if row.place_id == job.place_id)
    asked = asked_stop(found.standing, area, job, kind, place)
    begins, ends = unix(visit.planned_start_at), unix(visit.planned_end_at)
    assert found.standing.price(asked, [(begins, ends)], [(home, mine, TODAY)]) == [[]]
    assert found.standing.price(asked, [(begins, ends + 3600)], [(home, mine, TODAY)]) != [[]]


async def alone_at(office: Office, technician: int, at: datetime) -> Visit:
    return await alone(office, technician, (at - NOW) / HOUR)


async def test_a_plan_leaves_the_visit_where_two_meet_and_puts_nothing_into_either_ones_time(
    quiet: Office,
) -> None:
    # so urgent that any plan would have somebody go there at once
    visit = await alone(quiet, 2, 4, "cable_break", 2000)
    await join(quiet, visit, 1)
    for subscriber in (1, 2, 3, 4, 5):
        for _ in range(3):
            await quiet.town.job(subscriber=subscriber)
    plan = await quiet.plan()
    (planned,) = [stop for route in plan.routes for stop in route.stops if stop.job_id == visit.job_id]
    assert planned.start_at == visit.planned_start_at
    await quiet.publish(plan)
    out = await quiet.visits(VisitState.PUBLISHED)
    (same,) = [one for one in out if one.job_id == visit.job_id]
    assert (same.visit_id, same.planned_start_at) == (visit.visit_id, visit.planned_start_at)
    assert len(out) > 10
    for one in out:
        if one.visit_id != visit.visit_id and one.on_day == TODAY and quiet.number_of(one) in (1, 2):
            before = one.planned_end_at <= visit.planned_start_at
            after = one.planned_start_at >= visit.planned_end_at
            assert before or after
    assert any(quiet.number_of(one) == 1 and one.on_day == TODAY for one in out)


async def test_an_emergency_does_not_fall_into_the_time_of_a_second_technician(quiet: Office) -> None:
    visit = await alone(quiet, 2, 2)
    await join(quiet, visit, 1)
    await alone(quiet, 3, 2)
    quiet.now = NOW + HOUR
    job = await quiet.town.job("cable_break", affected=300)
    horizons = Horizons()
    for number in (1, 2, 3):
        proposed = await repairs.propose_emergency(
            quiet.town.database, horizons, job_id=job.job_id, most_moved=3, actor=dispatcher(), now=quiet.now
        )
        helping = quiet.town.world.technicians[0].technician_id
        for option in proposed.options:
            if option.technician_id in (helping, visit.technician_id):
                before = option.end_at <= visit.planned_start_at
                after = option.start_at >= visit.planned_end_at
                assert before or after
        mine = [one for one in proposed.options if one.technician_id == helping]
        if mine:
            plan = await repairs.accept(
                quiet.town.database,
                proposal_id=proposed.proposal.proposal_id,
                option=mine[0].option,
                actor=dispatcher(),
                now=quiet.now,
            )
            assert plan is not None
            return
        job = await quiet.town.job("cable_break", affected=300 * number)
    raise AssertionError("one of them goes to who helps")


async def test_whoever_helps_must_have_the_skill_that_was_asked_for_and_come_that_day(quiet: Office) -> None:
    visit = await alone(quiet, 1, 3)
    first = await quiet.town.phone(1)
    quiet.now = NOW + 3 * HOUR
    asked = first.say(visit, "help-asked", skills=["crane"])
    await first.send(quiet.town.database, [asked], now=quiet.now)
    with pytest.raises(NotEligible):
        await join(quiet, visit, 2)
    with pytest.raises(TransitionRefused):
        await join(quiet, visit, 1)


async def test_help_that_would_break_a_promise_of_the_second_one_has_no_room(quiet: Office) -> None:
    window = {"earliest": NOW + 3 * HOUR, "latest": NOW + 3 * HOUR + 10 * MINUTE}
    promised = await quiet.town.job(subscriber=5, promisedWindow=window)
    await quiet.town.out(promised, 2, at=NOW + 3 * HOUR)
    visit = await alone(quiet, 1, 3)
    with pytest.raises(NoRoom):
        await join(quiet, visit, 2)
    await join(quiet, visit, 3)


async def test_a_visit_that_goes_to_somebody_else_keeps_its_second_technician(quiet: Office) -> None:
    visit = await alone(quiet, 1, 3)
    second = await quiet.town.phone(2)
    await join(quiet, visit, 2)
    await shown_to(second, quiet)
    new = await quiet.town.reassign(visit, 3)
    assert new.planned_start_at == visit.planned_start_at
    crew = await quiet.town.do(lambda conn: plans.list_crew(conn, visit.area_id, [visit.job_id]))
    assert {row.visit_id for row in crew} == {visit.visit_id, new.visit_id}
    assert await shown_to(second, quiet) == [(visit.job_id, "put")]


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

"""A second technician: who is asked for comes, has the time for it, and stays with the visit whatever moves."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from db.pool import Database
from db.queries import plans, technicians
from db.records import Alert, Visit
from db.states import AlertKind, JobState, VisitState
from dispatch import absences, repairs
from dispatch.absences import Away
from dispatch.actors import worker
from dispatch.errors import NoRoom, NotEligible, TransitionRefused
from dispatch.flows import alerts, crews, rounds
from dispatch.horizon import Horizons, stand_all
from dispatch.rules.lifecycle import JobStep
from dispatch.rules.phone import VisibleVisit
from dispatch.rules.slots import unix
from dispatch.rules.standing import asked_stop
from dispatch.solver import Solver
from tests.builders import Phone, Town, dispatcher, settled_in
from tests.dispatch.office import Office
from tests.dispatch.said import THERE, walk
from tests.worlds import NOW, TODAY, small_town

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


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
    await quiet.town.change((await quiet.town.whole_of(visit)).job, JobStep.CANCEL, quiet.now)
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


async def visits_on(phone: Phone, office: Office) -> dict[UUID, VisibleVisit]:
    """What the phone shows of all its jobs."""
    phone.cursor = None
    pull = (await phone.send(office.town.database, [], now=office.now)).pull
    assert pull is not None
    shown = [change.job for change in pull.changes if change.job is not None]
    return {visit.visit_id: visit for job in shown for visit in job.visits}


async def test_both_phones_say_who_comes_with_whom_and_when_they_meet(quiet: Office) -> None:
    visit = await alone(quiet, 1, 3)
    first, second = await quiet.town.phone(1), await quiet.town.phone(2)
    before = (await visits_on(first, quiet))[visit.visit_id]
    assert (before.joined, before.together_with, before.meet_at) == (False, [], None)
    await join(quiet, visit, 2)
    mine = (await visits_on(first, quiet))[visit.visit_id]
    assert (mine.joined, mine.together_with) == (False, ["Technician 2"])
    theirs = (await visits_on(second, quiet))[visit.visit_id]
    assert (theirs.joined, theirs.together_with) == (True, ["Technician 1"])
    assert mine.meet_at == theirs.meet_at == visit.planned_start_at
    await join(quiet, visit, 3)
    assert (await visits_on(second, quiet))[visit.visit_id].together_with == ["Technician 1", "Technician 3"]


async def rounds_of(office: Office, technician: int | None = None) -> dict[str, rounds.RoundOf]:
    area_id = office.town.world.area_id
    who = None if technician is None else office.town.world.technicians[technician - 1].technician_id
    found = await office.town.do(
        lambda conn: rounds.list_day(conn, area_id=area_id, on_day=TODAY, technician_id=who, now=office.now)
    )
    return {one.technician.display_name: one for one in found}


async def test_a_joined_visit_stands_in_the_round_of_the_second_one_too(quiet: Office) -> None:
    own = await alone(quiet, 2, 5)
    visit = await alone(quiet, 1, 3)
    await join(quiet, visit, 2)
    for found in (await rounds_of(quiet), await rounds_of(quiet, 2)):
        stops = found["Technician 2"].stops
        assert [(stop.visit.visit_id, stop.joined) for stop in stops] == [
            (visit.visit_id, True),
            (own.visit_id, False),
        ]
        assert [stop.together_with for stop in stops] == [["Technician 1"], []]
        assert all(stop.expected is not None for stop in stops)
        assert stops[0].expected is not None
        assert (stops[0].expected.promise, stops[0].expected.risk) == (None, None)
    (stop,) = (await rounds_of(quiet))["Technician 1"].stops
    assert (stop.joined, stop.together_with) == (False, ["Technician 2"])


async def help_asked(office: Office, visit: Visit, phone: Phone, *skills: str) -> None:
    asked = phone.say(visit, "help-asked", office.now, skills=list(skills))
    await phone.send(office.town.database, [asked], now=office.now)


async def test_only_who_comes_after_help_was_asked_for_answers_it(quiet: Office) -> None:
    visit, elsewhere = await alone(quiet, 1, 3), await alone(quiet, 3, 5)
    phone = await quiet.town.phone(1)
    quiet.now = NOW + 2 * HOUR
    await join(quiet, visit, 2)
    quiet.now = NOW + 3 * HOUR
    await help_asked(quiet, visit, phone, "fibre")
    (open_,) = await alerts_of(quiet)
    assert open_.facts["visitId"] == str(visit.visit_id)
    await join(quiet, elsewhere, 2)
    assert len(await alerts_of(quiet)) == 1
    quiet.now += MINUTE
    await join(quiet, visit, 3)
    assert await alerts_of(quiet) == []
    # once more, for what nobody here can do: what was answered is not asked again
    quiet.now += MINUTE
    await help_asked(quiet, visit, phone, "crane")
    (again,) = await alerts_of(quiet)
    assert (again.facts["skills"], again.alert_id != open_.alert_id) == (["crane"], True)


async def test_who_cannot_come_after_all_leaves_the_visit_and_everybody_hears_of_it(quiet: Office) -> None:
    visit = await alone(quiet, 1, 5)
    first, second = await quiet.town.phone(1), await quiet.town.phone(2)
    await join(quiet, visit, 2)
    await shown_to(first, quiet)
    await shown_to(second, quiet)
    quiet.now = NOW + MINUTE
    await help_asked(quiet, visit, first)
    await absences.record(
        quiet.town.database,
        Horizons(),
        area_id=visit.area_id,
        away=Away(technician_id=quiet.town.world.technicians[1].technician_id, on_day=TODAY, last_on=TODAY),
        actor=dispatcher(),
        now=quiet.now,
    )
    assert await shown_to(second, quiet) == [(visit.job_id, "remove")]
    assert (visit.job_id, "put") in await shown_to(first, quiet)
    assert (await visits_on(first, quiet))[visit.visit_id].together_with == []
    # the visit is free to move again, and help is still wanted
    facts = await quiet.town.do(
        lambda conn: stand_all(conn, quiet.town.world.area, [quiet.town.world.made.days[0]], NOW)
    )
    (stood,) = facts.rows.values()
    assert [stop.window for stop in stood.row.stops] == [None]
    assert len(await alerts_of(quiet)) == 1


async def test_the_round_of_who_is_absent_says_so(quiet: Office) -> None:
    for subscriber in (1, 2, 3):
        await quiet.town.job(subscriber=subscriber)
    await quiet.plan(publish=True)
    before = await rounds_of(quiet)
    name, mine = next((name, one) for name, one in before.items() if one.stops)
    assert (mine.absent, mine.frame is None) == (False, False)
    await absences.record(
        quiet.town.database,
        Horizons(),
        area_id=quiet.town.world.area_id,
        away=Away(technician_id=mine.technician.technician_id, on_day=TODAY, last_on=TODAY),
        actor=dispatcher(),
        now=quiet.now,
    )
    after = await rounds_of(quiet)
    assert (after[name].absent, after[name].stops, after[name].frame) == (True, [], None)
    assert [other for other, one in after.items() if one.absent] == [name]

"""Technicians on loan: where somebody works that day is where he is offered, planned and sent; what is his stays at home."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from db.pool import Database
from db.records import Job, Visit
from db.states import Role, VisitState
from dispatch import absences, booking, repairs
from dispatch.absences import Away
from dispatch.actors import Actor
from dispatch.errors import UnknownDay
from dispatch.flows import alerts, areas, crews, rounds, slots, sync, technicians
from dispatch.horizon import Horizon, Horizons
from dispatch.rules.running import Day
from dispatch.solver import Solver
from tests.builders import Phone, Town, dispatcher, person, settled_in
from tests.dispatch.office import Office
from tests.dispatch.said import walk
from tests.worlds import NOW, TODAY, World, quiet_street, small_town

HOUR = timedelta(hours=1)
TOMORROW = TODAY + timedelta(days=1)
LENT, OWN = small_town.technicians[0], quiet_street.technicians[0]


@pytest.fixture
async def street(database: Database, solver: Solver) -> Office:
    """The quiet street, to which the small town lends its first technician today and tomorrow."""
    await settled_in(database, small_town)
    made = Office(database, Town(database, await settled_in(database, quiet_street)), solver)
    for on_day in (TODAY, TOMORROW):
        await lend(database, on_day)
    return made


async def lend(database: Database, on_day: object, to: World = quiet_street, technician: int = 1) -> None:
    sql = """
    UPDATE technician_day
    SET area_id_worked = $1, version = version + 1
    WHERE technician_id = $2 AND on_day = $3
    """
    lent = small_town.technicians[technician - 1].technician_id
    async with database.begin([small_town.area_id, quiet_street.area_id]) as conn:
        await conn.execute(sql, to.area_id, lent, on_day)


@pytest.fixture
def town(street: Office) -> Town:
    """The lender."""
    return Town(street.town.database, small_town)


def of_both() -> Actor:
    """Somebody with rights in both areas."""
    roles = frozenset({(quiet_street.area_id, Role.DISPATCHER), (small_town.area_id, Role.DISPATCHER)})
    one = dispatcher(quiet_street)
    return Actor(
        kind=one.kind,
        actor_id=one.actor_id,
        roles=roles,
        areas=(quiet_street.area_id, small_town.area_id),
        language="en",
    )


async def rows(database: Database, horizon: Horizon, seen: Sequence[UUID], world: World) -> set[Day]:
    async with database.begin(seen, snapshot=True) as conn:
        area = await areas.get_area(conn, area_id=world.area_id)
        await horizon.refresh(conn, area, NOW)
    return set(horizon.rows)


async def booked(
    town: Town, job: Job, excluded: frozenset[UUID] = frozenset(), actor: Actor | None = None
) -> Visit:
    """Into the first window that is offered, by the area's own support line unless it is somebody else."""
    actor = actor or person(town.world, Role.SUPPORT)
    horizons = Horizons()
    quoted = await booking.quote(
        town.database,
        horizons,
        job_id=job.job_id,
        asked=booking.Asked(last_on=TOMORROW, excluded=excluded),
        actor=actor,
        now=NOW,
    )
    made = await booking.book(
        town.database, horizons, slot_quote_id=quoted.quote.slot_quote_id, number=1, actor=actor, now=NOW
    )
    assert isinstance(made, slots.Booked)
    assert made.visit is not None
    return made.visit


async def phone(database: Database) -> Phone:
    """Of the technician on loan, as the API lets it see."""
    made = Phone(small_town, LENT)
    await made.enrol(database)
    async with database.begin([LENT.area_id]) as conn:
        seen = await technicians.seen_by(conn, home=LENT.area_id, technician_id=LENT.technician_id)
    made.actor = sync.phone_of(LENT, seen)
    return made


async def test_whoever_asks_finds_the_same_days_in_memory(street: Office) -> None:
    database, both = street.town.database, of_both().areas
    shared, lender = Horizon(), Horizon()
    lent = {(LENT.area_id, LENT.technician_id, day) for day in (TODAY, TOMORROW)}
    first = await rows(database, shared, [quiet_street.area_id], quiet_street)
    assert lent <= first
    for seen in (both, [quiet_street.area_id], both):
        assert await rows(database, shared, seen, quiet_street) == first
        assert await rows(database, Horizon(), seen, quiet_street) == first
    for seen in (both, [small_town.area_id]):
        assert not lent & await rows(database, lender, seen, small_town)


async def test_one_who_comes_while_another_goes_is_noticed(street: Office) -> None:
    """As many people as before, and the same sum of versions."""
    database = street.town.database
    kept, seen = Horizon(), [small_town.area_id]
    before = await rows(database, kept, seen, small_town)
    # the first comes back at version 3, the second goes, who has version 2 by then and had 1
    await lend(database, TODAY, small_town)
    await lend(database, TODAY, quiet_street, technician=2)
    async with database.begin(seen) as conn:
        sql = "UPDATE technician_day SET version = 1 WHERE technician_id = $1 AND on_day = $2"
        await conn.execute(sql, LENT.technician_id, TODAY)
    after = await rows(database, kept, seen, small_town)
    assert after != before
    assert after == await rows(database, Horizon(), seen, small_town)
    await lend(database, TODAY)
    await lend(database, TODAY, small_town, technician=2)
    assert await rows(database, kept, seen, small_town) == before


async def test_a_desk_books_who_is_on_loan_and_his_phone_hears_of_it(street: Office, town: Town) -> None:
    own = frozenset({OWN.technician_id})
    visit = await booked(street.town, await street.town.job(), own)
    assert (visit.technician_area_id, visit.technician_id) == (LENT.area_id, LENT.technician_id)
    assert visit.area_id == quiet_street.area_id
    # again, and by somebody who may do more: into what is left of the same day
    other = await booked(street.town, await street.town.job(), own, of_both())
    assert other.technician_id == LENT.technician_id
    earlier, later = sorted(await street.visits(VisitState.DRAFT), key=lambda row: row.planned_start_at)
    assert {earlier.visit_id, later.visit_id} == {visit.visit_id, other.visit_id}
    assert earlier.planned_end_at <= later.planned_start_at
    others = frozenset(row.technician_id for row in small_town.technicians[1:])
    quoted = await booking.quote(
        town.database,
        Horizons(),
        job_id=(await town.job()).job_id,
        asked=booking.Asked(last_on=TOMORROW, excluded=others),
        actor=person(small_town, Role.SUPPORT),
        now=NOW,
    )
    assert quoted.quote.offers == []

    await street.plan(publish=True)
    mobile = await phone(street.town.database)
    pulled = (await mobile.send(street.town.database, [], now=NOW)).pull
    assert pulled is not None
    out = [row for row in await street.visits(VisitState.PUBLISHED) if row.shown_at is not None]
    mine = {row.job_id for row in out if row.technician_id == LENT.technician_id}
    assert {change.job_id for change in pulled.changes} == mine
    third = await booked(street.town, await street.town.job(), own)
    assert third.state is VisitState.PUBLISHED
    pulled = (await mobile.send(street.town.database, [], now=NOW)).pull
    assert pulled is not None
    assert third.job_id in {change.job_id for change in pulled.changes}


async def test_a_plan_sends_who_is_on_loan_and_the_lenders_plan_does_not(street: Office, town: Town) -> None:
    lender = Office(town.database, town, street.solver)
    for subscriber in (1, 2) * 4:
        await street.town.job(subscriber=subscriber)
    for subscriber in range(1, 7):
        await town.job(subscriber=subscriber)
    await street.publish(await street.plan())
    await lender.publish(await lender.plan())
    out = await street.visits(VisitState.PUBLISHED)
    assert {row.technician_id for row in out} == {LENT.technician_id, OWN.technician_id}
    assert LENT.technician_id not in {row.technician_id for row in await lender.visits(VisitState.PUBLISHED)}

    found = await street.town.do(
        lambda conn: rounds.list_day(conn, area_id=quiet_street.area_id, on_day=TODAY, now=NOW)
    )
    assert {one.technician.display_name for one in found if one.stops} == {"Technician 1"}
    assert {one.technician.technician_id for one in found} == {LENT.technician_id, OWN.technician_id}


async def test_what_is_reported_on_loan_counts_where_the_job_is_and_alerts_hear_of_the_phone(
    street: Office,
) -> None:
    database = street.town.database
    visit = await booked(street.town, await street.town.job(), frozenset({OWN.technician_id}))
    await street.plan(publish=True)
    (visit,) = [row for row in await street.visits(VisitState.PUBLISHED) if row.job_id == visit.job_id]
    mobile = await phone(database)
    at = visit.planned_start_at
    answer = await mobile.send(database, walk(mobile, visit, "arrived", "working"), now=at)
    assert [result.outcome for result in answer.results] == ["applied", "applied"]
    whole = await street.town.whole_of(visit)
    assert [row.state for row in whole.visits] == [VisitState.WORKING]
    area_id, desk = quiet_street.area_id, dispatcher(quiet_street)
    await street.town.do(lambda conn: alerts.refresh(conn, area_id=area_id, now=at, actor=desk))
    # a week after the loan a phone still says what it kept
    late = await mobile.send(database, walk(mobile, visit, "note"), now=at + timedelta(days=7))
    assert [result.outcome for result in late.results] == ["applied"]


async def test_an_emergency_goes_to_who_is_on_loan_and_his_absence_is_recorded_where_he_works(
    street: Office, town: Town
) -> None:
    database, desk = street.town.database, dispatcher(quiet_street)
    await street.town.job(subscriber=1)
    await street.plan(publish=True)
    horizons, now = Horizons(), NOW + HOUR
    job = await street.town.job("cable_break", affected=300)
    proposed = await repairs.propose_emergency(
        database, horizons, job_id=job.job_id, most_moved=1, actor=desk, now=now
    )
    mine = [one for one in proposed.options if one.technician_id == LENT.technician_id]
    assert mine
    proposal_id, option = proposed.proposal.proposal_id, mine[0].option
    await repairs.accept(database, proposal_id=proposal_id, option=option, actor=desk, now=now)
    out = {row.job_id: row for row in await street.visits(VisitState.PUBLISHED)}
    assert out[job.job_id].technician_id == LENT.technician_id

    async def absent(world: World) -> absences.Absence:
        return await absences.record(
            database,
            horizons,
            area_id=world.area_id,
            away=Away(technician_id=LENT.technician_id, on_day=TODAY, last_on=TODAY),
            actor=dispatcher(world),
            now=now,
        )

    with pytest.raises(UnknownDay):
        await absent(small_town)
    assert job.job_id in {one.job_id for one in (await absent(quiet_street)).became}
    still = {row.technician_id for row in await street.visits(VisitState.PUBLISHED) if row.on_day == TODAY}
    assert still <= {OWN.technician_id}


async def test_a_visit_goes_by_hand_to_who_works_here_that_day_and_to_nobody_else(
    street: Office, town: Town
) -> None:
    visit = await street.town.out(await street.town.job())
    assert visit.technician_id == OWN.technician_id
    given = await street.town.do(
        lambda conn: rounds.reassign(
            conn,
            area_id=quiet_street.area_id,
            visit_id=visit.visit_id,
            technician_id=LENT.technician_id,
            version=None,
            actor=dispatcher(quiet_street),
            now=NOW,
        )
    )
    assert (given.technician_area_id, given.technician_id) == (LENT.area_id, LENT.technician_id)
    joined = await street.town.do(
        lambda conn: crews.join(
            conn,
            area_id=quiet_street.area_id,
            visit_id=given.visit_id,
            technician_id=OWN.technician_id,
            version=given.version,
            actor=dispatcher(quiet_street),
            now=NOW,
        )
    )
    assert joined.visit_id == given.visit_id
    mine = await town.out(await town.job(), 2)
    with pytest.raises(UnknownDay):
        await town.reassign(mine, 1, NOW)


async def test_who_was_lent_between_looking_and_booking_is_not_booked(street: Office) -> None:
    database, support = street.town.database, person(quiet_street, Role.SUPPORT)
    job = await street.town.job()
    asked = booking.Asked(last_on=TOMORROW, excluded=frozenset({OWN.technician_id}))
    quoted = await booking.quote(database, Horizons(), job_id=job.job_id, asked=asked, actor=support, now=NOW)
    offer = quoted.quote.offers[0]
    day = (LENT.area_id, LENT.technician_id, offer.on_day)
    await lend(database, offer.on_day, small_town)
    booked = await street.town.do(
        lambda conn: slots.book(conn, quote=quoted.quote, number=1, candidates=[day], actor=support, now=NOW)
    )
    assert booked is None

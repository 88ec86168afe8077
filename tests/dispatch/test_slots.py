"""A subscriber is on the line: windows are offered, one is promised, and the promise has a place in a round."""

import asyncio
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any
from uuid import UUID

import msgspec
import pytest

from db.pool import Database
from db.queries import plans
from db.records import Job, Visit
from db.states import AppointmentState, HoldReason, JobState, Role, VisitState
from dispatch import booking
from dispatch.errors import (
    AppointmentMissing,
    NotBookable,
    QuoteExpired,
    Stale,
    UnknownOffer,
    VisitStarted,
)
from dispatch.flows import plans as plan_flows
from dispatch.flows import slots
from dispatch.horizon import Horizons
from dispatch.rules.lifecycle import JobStep
from dispatch.rules.plans import Prepared
from dispatch.rules.slots import HORIZON_DAYS, Priced, Window, chosen, said
from optimizer.insertion import cheapest
from optimizer.problem import Window as Bounds
from optimizer.rounds import Found
from tests.builders import Town, dispatcher, person, settled_in
from tests.dispatch.office import prepared
from tests.worlds import NOW, TODAY, small_town


class Desk:
    """A support desk of the small town, with its own days in memory."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.horizons = Horizons()
        self.actor = person(town.world, Role.SUPPORT)
        self.now = NOW

    async def quote(self, job: Job, **asked: object) -> slots.Quoted:
        return await booking.quote(
            self.town.database,
            self.horizons,
            job_id=job.job_id,
            asked=booking.Asked(**asked),  # type: ignore[arg-type]
            actor=self.actor,
            now=self.now,
        )

    async def book(self, quoted: slots.Quoted, number: int = 1) -> slots.Booked | slots.Quoted:
        return await booking.book(
            self.town.database,
            self.horizons,
            slot_quote_id=quoted.quote.slot_quote_id,
            number=number,
            actor=self.actor,
            now=self.now,
        )

    async def booked(self, quoted: slots.Quoted, number: int = 1) -> slots.Booked:
        answer = await self.book(quoted, number)
        assert isinstance(answer, slots.Booked)
        return answer

    async def cancel(self, job: Job) -> Job:
        return await self.town.do(
            lambda conn: slots.cancel_appointment(
                conn,
                areas_seen=self.actor.areas,
                job_id=job.job_id,
                version=job.version,
                reason="",
                actor=self.actor,
                now=self.now,
            )
        )

    async def visits(self) -> list[Visit]:
        last_on = TODAY + timedelta(days=HORIZON_DAYS)
        return await self.town.do(
            lambda conn: plans.list_visits_between(conn, self.town.world.area_id, TODAY, last_on)
        )


@pytest.fixture
async def desk(database: Database) -> Desk:
    return Desk(Town(database, await settled_in(database, small_town)))


async def test_windows_are_offered_cheapest_first_on_several_days_and_kept_until_they_expire(
    desk: Desk,
) -> None:
    job = await desk.town.job()
    quoted = await desk.quote(job)
    offers = quoted.quote.offers
    assert len(offers) == quoted.area.settings.offers
    assert [offer.number for offer in offers] == list(range(1, len(offers) + 1))
    assert [offer.cost for offer in offers] == sorted(offer.cost for offer in offers)
    assert len({offer.on_day for offer in offers}) >= 3
    assert all(offer.earliest_at <= offer.arrival_at <= offer.latest_at for offer in offers)
    kept = await desk.town.do(
        lambda conn: slots.get_quote(
            conn, areas_seen=desk.actor.areas, slot_quote_id=quoted.quote.slot_quote_id
        )
    )
    assert kept.quote == quoted.quote


def test_the_soonest_window_is_offered_however_dear_it_is_and_two_of_a_day_at_most_while_there_are_others() -> (
    None
):
    def priced(day: int, hour: int, cost: float) -> Priced:
        earliest = NOW.replace(hour=hour) + timedelta(days=day)
        window = Window(on_day=earliest.date(), earliest_at=earliest, latest_at=earliest + timedelta(hours=2))
        found = Found((), 0, 0, 0, 0, cost, 0, 0, None, None)
        return Priced(window, found, (UUID(int=1), UUID(int=1), window.on_day))

    dear, tuesday, wednesday = (
        priced(0, 8, 9_000.0),
        [priced(1, 8 + hour, 10.0 + hour) for hour in range(4)],
        [priced(2, 8 + hour, 500.0 + hour) for hour in range(2)],
    )
    everything = [dear, *tuesday, *wednesday]
    assert chosen(everything, 5) == [*tuesday[:2], *wednesday, dear]
    assert chosen(everything, 6) == [*tuesday[:3], *wednesday, dear]
    assert chosen(everything, 1) == [dear] and chosen([], 5) == []


async def test_each_offer_says_why_in_three_languages(desk: Desk) -> None:
    quoted = await desk.quote(await desk.town.job())
    offer = quoted.quote.offers[0]
    sentences = {language: said(offer, language, quoted.area) for language in ("en", "ru-RU", "hu", "de")}
    assert sentences["en"].startswith("A technician")
    assert sentences["ru-RU"].startswith("Мастер")
    assert "szerelő" in sentences["hu"]
    assert sentences["de"] == sentences["en"]


async def test_a_booked_window_is_promised_and_has_a_place_in_the_days_draft(desk: Desk) -> None:
    job = await desk.town.job()
    quoted = await desk.quote(job)
    booked = await desk.booked(quoted, 2)
    offer = quoted.quote.offers[1]
    assert (booked.appointment.earliest_at, booked.appointment.latest_at) == (
        offer.earliest_at,
        offer.latest_at,
    )
    assert booked.appointment.state is AppointmentState.CONFIRMED
    assert booked.appointment.slot_quote_id == quoted.quote.slot_quote_id
    assert booked.visit is not None
    assert booked.visit.state is VisitState.DRAFT
    assert offer.earliest_at <= booked.visit.planned_start_at <= offer.latest_at


async def test_booking_the_same_offer_again_is_the_same_booking(desk: Desk) -> None:
    quoted = await desk.quote(await desk.town.job())
    first, again = await desk.booked(quoted), await desk.booked(quoted)
    assert not first.again
    assert again.again
    assert again.appointment == first.appointment
    assert len([visit for visit in await desk.visits() if visit.state is VisitState.DRAFT]) == 1


async def test_of_many_desks_that_want_the_last_place_one_gets_it_and_the_others_get_other_windows(
    desk: Desk,
) -> None:
    # three technicians, each with room for few in one window: sell the first window out
    town = desk.town
    jobs = [await town.job() for _ in range(16)]
    quotes = [
        await desk.quote(job, first_on=TODAY + timedelta(days=2), last_on=TODAY + timedelta(days=2))
        for job in jobs
    ]
    window = quotes[0].quote.offers[0]
    numbers = [
        next((offer.number for offer in quoted.quote.offers if offer.earliest_at == window.earliest_at), None)
        for quoted in quotes
    ]
    assert None not in numbers
    desks = [Desk(town) for _ in jobs]
    answers = await asyncio.gather(
        *(each.book(quoted, number or 0) for each, quoted, number in zip(desks, quotes, numbers, strict=True))
    )
    won = [answer for answer in answers if isinstance(answer, slots.Booked)]
    lost = [answer for answer in answers if isinstance(answer, slots.Quoted)]
    assert won
    assert lost
    for other in lost:
        assert all(
            offer.earliest_at != window.earliest_at or offer.on_day != window.on_day
            for offer in other.quote.offers
        )
    await no_overlaps(desk)
    for answer in won:
        assert answer.visit is not None
        assert window.earliest_at <= answer.visit.planned_start_at <= window.latest_at


async def no_overlaps(desk: Desk) -> None:
    """No technician is in two places, and every promise lies in its window."""
    by_day: dict[tuple[object, object], list[Visit]] = {}
    for visit in await desk.visits():
        if visit.state in (VisitState.DRAFT, VisitState.PUBLISHED):
            by_day.setdefault((visit.technician_id, visit.on_day), []).append(visit)
    for visits in by_day.values():
        visits.sort(key=lambda visit: visit.planned_start_at)
        for before, after in pairwise(visits):
            assert before.planned_end_at + after.travel_duration <= after.planned_arrival_at


async def test_a_booking_asked_for_again_after_the_technician_came_is_still_that_booking(desk: Desk) -> None:
    quoted = await desk.quote(await desk.town.job())
    first = await desk.booked(quoted)
    assert first.visit is not None
    out = msgspec.structs.replace(first.visit, state=VisitState.WORKING)
    await desk.town.do(lambda conn: plans.save_visits(conn, [out]))
    again = await desk.booked(quoted)
    assert again.again
    assert again.appointment == first.appointment
    with pytest.raises(VisitStarted):
        await desk.book(quoted, 2)


async def test_another_window_moves_the_promise_and_the_visit(desk: Desk) -> None:
    job = await desk.town.job()
    first = await desk.booked(await desk.quote(job), 1)
    again = await desk.quote(job)
    later = next(
        offer for offer in again.quote.offers if offer.on_day != first.appointment.earliest_at.date()
    )
    second = await desk.booked(again, later.number)
    whole = await desk.town.whole(job)
    assert [row.state for row in whole.appointments] == [AppointmentState.MOVED, AppointmentState.CONFIRMED]
    drafts = [visit for visit in whole.visits if visit.state is VisitState.DRAFT]
    assert [visit.on_day for visit in drafts] == [later.on_day]
    assert second.visit == drafts[0]


async def test_a_cancelled_appointment_leaves_the_job_waiting_for_another(desk: Desk) -> None:
    job = await desk.town.job()
    booked = await desk.booked(await desk.quote(job))
    with pytest.raises(Stale):
        await desk.cancel(job)
    held = await desk.cancel(booked.job)
    assert (held.state, held.hold_reason) == (JobState.ON_HOLD, HoldReason.SUBSCRIBER_WISH)
    assert [visit for visit in await desk.visits() if visit.state is VisitState.DRAFT] == []
    with pytest.raises(AppointmentMissing):
        await desk.cancel(held)
    again = await desk.booked(await desk.quote(held))
    assert again.job.state is JobState.RECEIVED
    assert again.job.hold_reason is None


async def test_what_is_over_or_unknown_or_too_late_is_refused(desk: Desk) -> None:
    job = await desk.town.job()
    quoted = await desk.quote(job)
    with pytest.raises(UnknownOffer):
        await desk.book(quoted, 99)
    desk.now = NOW + timedelta(hours=1)
    with pytest.raises(QuoteExpired):
        await desk.book(quoted)
    desk.now = NOW
    await desk.town.change(job, JobStep.CANCEL)
    with pytest.raises(NotBookable):
        await desk.quote(job)
    with pytest.raises(NotBookable):
        await desk.book(quoted)


async def test_a_job_nobody_can_do_gets_no_offer_but_the_reason_and_what_would_help(desk: Desk) -> None:
    town = desk.town
    job = await town.job()
    everybody = frozenset(person.technician_id for person in town.world.technicians)
    quoted = await desk.quote(job, excluded=everybody)
    assert quoted.quote.offers == []
    assert quoted.quote.nothing is not None
    assert quoted.quote.nothing.blocks["excluded"] > 0
    assert [fit.code for fit in quoted.quote.nothing.would] == ["excluded"]


async def test_a_window_that_line_2_promised_gets_its_place_before_anybody_plans(desk: Desk) -> None:
    day = NOW + timedelta(days=2)
    window = {"earliest": day + timedelta(hours=3), "latest": day + timedelta(hours=5)}
    job = await desk.town.job(promisedWindow=window)

    async def place() -> bool:
        return await booking.place(
            desk.town.database,
            desk.horizons,
            area_id=job.area_id,
            job_id=job.job_id,
            actor=desk.actor,
            now=desk.now,
        )

    assert await place()
    assert not await place(), "the second time there is nothing to do"
    (visit,) = await desk.visits()
    assert (visit.job_id, visit.state) == (job.job_id, VisitState.DRAFT)
    assert window["earliest"] <= visit.planned_start_at <= window["latest"]


async def test_a_new_window_from_line_2_takes_a_job_off_hold(desk: Desk) -> None:
    town = desk.town
    job = await town.job()
    booked = await desk.booked(await desk.quote(job))
    await desk.cancel(booked.job)
    window = {"earliest": NOW + timedelta(hours=6), "latest": NOW + timedelta(hours=8)}
    again = await town.job(ticketNumber="N-1", sequence=2, promisedWindow=window)
    assert again.job_id == job.job_id
    assert (again.state, again.hold_reason) == (JobState.RECEIVED, None)


async def test_offers_are_what_brute_force_finds(desk: Desk) -> None:
    """Every window over every technician-day and position, on the problem that a plan would be made of."""
    town = desk.town
    random = Random(3)
    for number in range(9):
        kind = ("equipment_failure", "wifi_setup", "cable_break")[number % 3]
        contract = f"small_town-{number % 6 + 1}"
        job = await town.job(kind, contract=contract, affected=1 + 9 * (number % 2))
        quoted = await desk.quote(job)
        await desk.booked(quoted, random.randint(1, len(quoted.quote.offers)))
    job = await town.job("cable_break", contract="small_town-4", affected=12)
    prepared = await problem_of(desk)
    index = [one.job_id for one in prepared.jobs].index(job.job_id)
    quoted = await desk.quote(job)
    weights = prepared.problem.weights
    sunk = 12 * weights.outage_per_minute * (NOW - prepared.clock.origin).total_seconds() / 60
    for offer in quoted.quote.offers:
        window = Bounds(
            earliest=prepared.clock.seconds(offer.earliest_at), latest=prepared.clock.seconds(offer.latest_at)
        )
        best = cheapest(prepared.problem, prepared.warm, index, [window])
        assert best is not None
        assert round(best.cost - sunk) == pytest.approx(offer.cost, abs=1)


async def problem_of(desk: Desk) -> Prepared:
    """The three days as the optimizer would get them, bookings included."""
    run = await desk.town.do(
        lambda conn: plan_flows.request(
            conn,
            area_id=desk.town.world.area_id,
            first_on=TODAY,
            last_on=TODAY + timedelta(days=2),
            budget=None,
            seed=1,
            publish=False,
            actor=dispatcher(),
            now=desk.now,
        )
    )
    begun = await desk.town.do(
        lambda conn: plan_flows.begin(conn, area_id=run.area_id, plan_run_id=run.plan_run_id, now=desk.now)
    )
    assert begun is not None
    return prepared(begun)


@pytest.mark.parametrize("seed", range(3))
async def test_what_is_quoted_can_be_booked_and_comes_when_it_was_said(desk: Desk, seed: int) -> None:
    """Unless somebody took it: one desk alone gets all it is offered, until the days are full."""
    random = Random(seed)
    for number in range(25):
        kind = random.choice(["equipment_failure", "wifi_setup", "cable_break"])
        job = await desk.town.job(kind, contract=f"small_town-{number % 6 + 1}")
        quoted = await desk.quote(job)
        if not quoted.quote.offers:
            assert quoted.quote.nothing is not None
            break
        number = random.randint(1, len(quoted.quote.offers))
        booked = await desk.booked(quoted, number)
        assert booked.visit is not None
        offer = quoted.quote.offers[number - 1]
        assert booked.visit.technician_id == offer.technician_id
        assert booked.visit.planned_start_at == offer.arrival_at
    await no_overlaps(desk)


async def test_offers_nobody_took_are_forgotten_and_booked_ones_stay(desk: Desk) -> None:
    booked = await desk.booked(await desk.quote(await desk.town.job()))
    left = await desk.quote(await desk.town.job())
    area_id = desk.town.world.area_id
    for later in (timedelta(hours=2), timedelta(days=2)):
        await desk.town.do(lambda conn, now=NOW + later: slots.forget(conn, area_id=area_id, now=now))
        found = {row["slot_quote_id"] for row in await rows_of(desk, "SELECT slot_quote_id FROM slot_quote")}
        assert booked.appointment.slot_quote_id in found
        assert (left.quote.slot_quote_id in found) == (later < timedelta(days=1))


async def rows_of(desk: Desk, sql: str) -> list[Any]:
    return await desk.town.do(lambda conn: conn.fetch(sql))

"""A day at noon on which all that a board can show stands side by side: every state of a visit, promises kept, at risk and
broken, nights on call, who is ill; names and addresses as long as people's are. Without a worker, so it is there in a second."""

import math
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from api.app import build
from db.ids import new_id
from db.pool import Database
from db.queries import jobs, plans
from db.records import Appointment, Job, Place, Plan, Round, Technician, TechnicianDay, Visit
from db.rows import Conn
from db.states import AbsenceReason, AppointmentState, HoldReason, JobState, VisitState
from tests import worlds
from tests.builders import published_plan, received, settled_in, visit_of
from tests.e2e.chromium import serve
from tests.e2e.storm import FAULTS, Clock, House
from tests.worlds import NOW, TODAY, World

NOON = NOW + timedelta(hours=5, minutes=10)
NIGHT = NOW + timedelta(hours=17, minutes=20)
WAITING = 4
BREAK = timedelta(minutes=30)
OVER = (
    VisitState.DONE,
    VisitState.DONE,
    VisitState.NO_ACCESS,
    VisitState.PART_MISSING,
    VisitState.DONE,
    VisitState.DECLINED,
    VisitState.PAUSED,
)
UNDER_WAY = (VisitState.WORKING, VisitState.ARRIVED, VisitState.ON_MY_WAY, VisitState.PUBLISHED)
STREETS = ("улица Ленина", "улица Академика Королёва", "Andrássy út", "Long Acre", "Szentháromság tér")
NAMES = (
    "Константинопольская-Оболенская Александра",
    "Bartholomew Featherstonehaugh",
    "Szabó-Hegedűs Krisztián",
)
REVIEW = """
INSERT INTO review (area_id, review_id, event_id, technician_area_id, technician_id, job_id, reason, facts, state, opened_at)
VALUES ($1, $2, $3, $1, $4, $5, 'gate-failed', '{}', 'open', $6)
"""


@asynccontextmanager
async def mixed_day(database: Database, technicians: int, visits: int) -> AsyncGenerator[House]:
    """So many, and a few jobs that wait; the house stands still at noon."""
    world = await settled_in(database, _world(technicians, visits + WAITING))
    clock = Clock()
    clock.now = NOON
    async with database.begin([world.area_id]) as conn:
        plan = published_plan(world)
        await plans.insert_plans(conn, [plan])
        for number, technician in enumerate(world.technicians):
            first, last = (each * visits // technicians for each in (number, number + 1))
            driven = await _round(conn, world, number, technician, range(first + 1, last + 1))
            if driven:
                await plans.save_rounds(conn, [_frame(plan, driven)])
        await _waiting(conn, world, range(visits + 1, visits + WAITING + 1))
    async with serve(build(database, clock)) as url:
        yield House(url, database, world, clock)


def _world(technicians: int, subscribers: int) -> World:
    built = worlds.build("storm", technicians, subscribers)
    places = [built.made.places[0], *map(_addressed, range(1, subscribers + 1), built.made.places[1:])]
    crew = [
        msgspec.structs.replace(one, display_name=name, phone="+79161234567")
        for one, name in zip(built.made.technicians, NAMES, strict=False)
    ]
    on_call = built.technicians[1].technician_id
    days = [
        _day(n, day)
        for n, day in enumerate(built.made.days)
        if day.technician_id != on_call or day.on_day == TODAY
    ]
    people = [*crew, *built.made.technicians[len(crew) :]]
    return World(
        built.name,
        msgspec.structs.replace(built.made, places=places, technicians=people, days=days),
        built.jobs,
    )


def _addressed(number: int, place: Place) -> Place:
    street = STREETS[number % len(STREETS)]
    house = f"{1 + number % 97}" + (", корпус 4, строение 2" if number % 9 == 0 else "")
    return msgspec.structs.replace(
        place,
        address=f"{street} {house}, Москва",
        city="Москва",
        street=street,
        house=house,
        postcode=f"12700{number % 6}",
        access_note="Второй подъезд, код 47, ключи у консьержа",
    )


def _day(number: int, day: TechnicianDay) -> TechnicianDay:
    """The second is on call after the shift, and off on the next day; the fourth is ill."""
    if day.on_day != TODAY:
        return day
    if number // worlds.DAYS == 1:
        end = day.shift_end_at + timedelta(hours=12)
        return msgspec.structs.replace(day, on_call_start_at=day.shift_end_at, on_call_end_at=end)
    if number // worlds.DAYS == 3:
        return msgspec.structs.replace(day, absent=True, absence_reason=AbsenceReason.ILLNESS)
    return day


async def to_night(at: House) -> None:
    """Past midnight whoever is on call is out."""
    at.clock.now = NIGHT
    async with at.database.begin([at.world.area_id]) as conn:
        job = await received(
            conn, at.world, subscriber=1, ticketNumber="night", faultClass="cable_break", affected=80
        )
        visit = visit_of(
            job,
            at.world.technicians[1],
            NIGHT + timedelta(minutes=10),
            on_day=TODAY,
            sequence=20,
            state=VisitState.ON_MY_WAY,
            on_my_way_at=NIGHT,
        )
        await jobs.save_jobs(conn, [msgspec.structs.replace(job, state=JobState.PLANNED)])
        await plans.insert_visits(conn, [visit])


async def _round(
    conn: Conn, world: World, number: int, technician: Technician, subscribers: Sequence[int]
) -> list[Visit]:
    """Nearest to the depot first. Every fifth technician has said nothing yet."""
    if number == 3:
        subscribers = ()
    at = NOW + timedelta(hours=1)
    driven: list[Visit] = []
    places = {place.place_id: place for place in world.made.places}
    where = places[technician.start_place_id]
    for order, subscriber in enumerate(subscribers):
        job = await received(
            conn,
            world,
            subscriber=subscriber,
            ticketNumber=f"M-{subscriber}",
            faultClass=FAULTS[(subscriber + order) % len(FAULTS)],
            contact={
                "name": "Анна Петрова",
                "relation": "neighbour",
                "phone": "+74951234567",
                "language": "ru",
            },
        )
        job = msgspec.structs.replace(
            job, state=JobState.PLANNED, service_duration=timedelta(minutes=30 + 15 * (subscriber % 4))
        )
        there = places[job.place_id]
        way = timedelta(
            minutes=4
            + round(120 * math.dist((where.latitude, where.longitude), (there.latitude, there.longitude)))
        )
        visit = visit_of(
            job,
            technician,
            at + way,
            sequence=order + 1,
            travel_duration=way,
            distance_m=int(way.total_seconds() * 8),
        )
        driven.append(visit)
        said = visit if number % 5 == 4 else _at_noon(visit, number + order)
        await jobs.save_jobs(conn, [job])
        await plans.insert_visits(conn, [said])
        if order % 3 == 2:
            await jobs.insert_appointments(conn, [_promise(visit, timedelta(minutes=30 * (number % 3)))])
        if subscriber % 11 == 0:
            await conn.execute(
                REVIEW, world.area_id, new_id(), new_id(), visit.technician_id, job.job_id, NOON
            )
        at, where = visit.planned_end_at + (BREAK if order == 2 else timedelta()), there
    return driven


def _frame(plan: Plan, driven: Sequence[Visit]) -> Round:
    """Around them, with a break after the third."""
    first, last = driven[0], driven[-1]
    begins = driven[min(2, len(driven) - 1)].planned_end_at
    return Round(
        area_id=plan.area_id,
        round_id=new_id(),
        technician_area_id=first.technician_area_id,
        technician_id=first.technician_id,
        on_day=first.on_day,
        plan_id=plan.plan_id,
        round_version=1,
        leave_at=first.planned_arrival_at - first.travel_duration,
        back_at=last.planned_end_at + timedelta(minutes=15),
        break_start_at=begins,
        break_end_at=begins + BREAK,
        travel_duration=sum((one.travel_duration for one in driven), timedelta(minutes=15)),
        distance_m=sum(one.distance_m for one in driven),
        published_at=NOW,
    )


def _at_noon(visit: Visit, number: int) -> Visit:
    """As the phone has said it by then."""
    if visit.planned_end_at < NOON:
        return _said(visit, OVER[number % len(OVER)])
    if visit.planned_start_at < NOON:
        return _said(visit, UNDER_WAY[number % len(UNDER_WAY)])
    return msgspec.structs.replace(visit, pinned=number % 4 == 0)


def _said(visit: Visit, state: VisitState) -> Visit:
    """With the instants that belong to it."""
    over, before = state in OVER, state in (VisitState.PUBLISHED, VisitState.ON_MY_WAY)
    begun = state is not VisitState.PUBLISHED
    return msgspec.structs.replace(
        visit,
        state=state,
        on_my_way_at=visit.planned_arrival_at - visit.travel_duration if begun else None,
        arrived_at=None if before else visit.planned_arrival_at,
        working_at=visit.planned_start_at if over or state is VisitState.WORKING else None,
        ended_at=visit.planned_end_at if over else None,
    )


def _promise(visit: Visit, earlier: timedelta) -> Appointment:
    """An hour and a half around its beginning, or `earlier`, which makes it tight or breaks it."""
    begin: datetime = visit.planned_start_at - timedelta(minutes=60) - earlier
    return Appointment(
        area_id=visit.area_id,
        appointment_id=new_id(),
        job_id=visit.job_id,
        state=AppointmentState.CONFIRMED,
        earliest_at=begin,
        latest_at=begin + timedelta(minutes=90),
        slot_quote_id=None,
        promised_at=NOW,
        promised_by=visit.area_id,
        arrived_at=None,
    )


async def _waiting(conn: Conn, world: World, subscribers: Sequence[int]) -> list[UUID]:
    """A cable break that darkens many, one that is on hold, and others."""
    found: list[Job] = []
    for number, subscriber in enumerate(subscribers):
        said: dict[str, Any] = {"faultClass": "cable_break", "affected": 120} if number == 0 else {}
        found.append(
            await received(conn, world, subscriber=subscriber, ticketNumber=f"W-{subscriber}", **said)
        )
    held = msgspec.structs.replace(found[-1], state=JobState.ON_HOLD, hold_reason=HoldReason.PART_MISSING)
    await jobs.save_jobs(conn, [held])
    return [job.job_id for job in found]

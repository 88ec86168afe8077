"""A city on a full day: 200 rounds of 8 visits that are out, a quarter of them promised, and windows of 18 minutes, so that
a day has thirty of them."""

import math
from datetime import timedelta

import msgspec

from db.ids import new_id
from db.pool import Database
from db.queries import jobs, plans
from db.records import Appointment, Job, Place, Visit
from db.states import AppointmentState, JobState
from dispatch.rules.standing import empty_standing
from tests.builders import published_plan, received, settled_in, visit_of
from tests.worlds import (
    NOW,
    TODAY,
    World,
    build,
)

CREW, VISITS = 200, 8
WINDOW_MINUTES = 18


def city(days: int = 1, crew: int = CREW, visits: int = CREW * VISITS) -> World:
    """Whose technicians work on these days, from today."""
    built = build("city", crew, visits)
    settings = msgspec.structs.replace(built.area.settings, slot_minutes=WINDOW_MINUTES)
    made = msgspec.structs.replace(
        built.made,
        area=msgspec.structs.replace(built.area, settings=settings),
        days=[day for day in built.made.days if (day.on_day - TODAY).days < days],
    )
    return World(built.name, made, built.jobs)


async def fill(database: Database, world: World, waiting: int = 60) -> list[Job]:
    """Today's rounds are out. So many jobs that wait for a window."""
    await settled_in(database, world)
    async with database.begin([world.area_id]) as conn:
        pattern = await received(conn, world, 1, ticketNumber="pattern", faultClass="wifi_setup")
        made, promises, visits = _rounds(world, pattern)
        await jobs.insert_jobs(conn, made)
        await jobs.insert_appointments(conn, promises)
        await plans.insert_plans(conn, [published_plan(world)])
        await plans.insert_visits(conn, visits)
        return [
            await received(
                conn, world, 1 + 37 * n % world.jobs, ticketNumber=f"w{n}", faultClass="wifi_setup"
            )
            for n in range(waiting)
        ]


def _rounds(world: World, pattern: Job) -> tuple[list[Job], list[Appointment], list[Visit]]:
    """Each technician has a slice of the city, and drives out through it."""
    places = sorted(
        world.made.places[1:], key=lambda place: math.atan2(place.latitude - 55.8, place.longitude - 37.57)
    )
    standing = empty_standing(world.area, NOW)
    index = {
        place.place_id: standing.place(place.place_id, place.latitude, place.longitude)
        for place in world.made.places
    }
    made: list[Job] = []
    promises: list[Appointment] = []
    visits: list[Visit] = []
    for number, technician in enumerate(world.technicians):
        first, last = (each * len(places) // len(world.technicians) for each in (number, number + 1))
        slice_ = sorted(places[first:last], key=_from_the_middle)
        at, here = NOW + timedelta(hours=1), index[technician.start_place_id]
        for order, place in enumerate(slice_):
            seconds, metres = standing.travel(here, index[place.place_id])
            at, here = at + timedelta(seconds=seconds, minutes=5), index[place.place_id]
            job = msgspec.structs.replace(
                pattern,
                job_id=new_id(),
                number=f"C-{len(made)}",
                place_id=place.place_id,
                state=JobState.PLANNED,
            )
            made.append(job)
            visit = visit_of(
                job,
                technician,
                at,
                sequence=order + 1,
                travel_duration=timedelta(seconds=seconds),
                distance_m=metres,
            )
            visits.append(visit)
            if order % 4 == 2:
                promises.append(_promise(visit))
            at = visit.planned_end_at + (timedelta(minutes=30) if order == 4 else timedelta())
    return made, promises, visits


def _from_the_middle(place: Place) -> float:
    return math.hypot(place.latitude - 55.8, (place.longitude - 37.57) / 1.8)


def _promise(visit: Visit) -> Appointment:
    return Appointment(
        area_id=visit.area_id,
        appointment_id=new_id(),
        job_id=visit.job_id,
        state=AppointmentState.CONFIRMED,
        earliest_at=visit.planned_start_at - timedelta(hours=1),
        latest_at=visit.planned_start_at + timedelta(hours=1),
        slot_quote_id=None,
        promised_at=NOW,
        promised_by=visit.area_id,
        arrived_at=None,
    )

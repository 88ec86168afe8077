"""Opening a demo: the area straight into the database, then everybody signed in through HTTP."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import msgspec

from api.demo.addresses import Address
from api.demo.area import PASSWORD, Made, make_area, shift_of
from api.demo.client import Client
from api.demo.dark import begin_to_fail
from api.demo.desk import Desk, TicketSystem, until
from api.demo.faults import OPENS, doors_of, make_faults
from api.demo.house import Child, House
from api.demo.past import live_through
from api.demo.phone import Phone
from api.demo.region import region_of
from api.demo.support import SupportLine
from api.demo.technician import Person
from api.demo.world import World
from db.errors import UniqueViolated
from db.ids import new_id
from db.pool import Database, open_database
from db.states import ActorKind
from dispatch.actors import Actor
from dispatch.clock import SteppedClock
from dispatch.flows import accounts, areas, messages
from dispatch.passwords import hash_password
from dispatch.rules.links import DIGITS, VISIT_PATH

REPLAN_SECONDS, SMALL_REPLAN_SECONDS = 3, 1
SMALL = 30
"""Up to so many jobs one second of re-planning is plenty."""
TICKETS_SHARE = 22
"""Of the jobs of a demo, one ticket a day of its past."""
READY_SECONDS = 60.0
FAST_CLOCK = timedelta(minutes=4)
"""How far the clock of one phone is off."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line said."""

    once: bool
    addresses: Path | None
    jobs: int
    technicians: int
    seed: int
    json: Path | None
    data: Path | None
    port: int | None
    broken: str | None


async def set_up(asked: Asked, homes: Sequence[Address], house: House) -> tuple[Made, str, date]:
    """The area and the ticket system's token, straight into the database; all else goes through HTTP."""
    zone = ZoneInfo(region_of(homes).time_zone)
    first_on = datetime.now(zone).date()
    now = datetime.combine(first_on, OPENS, tzinfo=zone)
    SteppedClock(house.clock_file).step_to(now.astimezone(UTC))
    password_hash = await asyncio.to_thread(hash_password, PASSWORD)
    async with _opened(house) as database:
        number = 0
        while True:
            number = max(number, await _count_areas(database)) + 1
            made = make_area(
                homes,
                number=number,
                technicians=asked.technicians,
                subscribers=max(120, asked.jobs + 40),
                seed=asked.seed,
                first_on=first_on,
                password_hash=password_hash,
                plan_seconds=SMALL_REPLAN_SECONDS if asked.jobs <= SMALL else REPLAN_SECONDS,
            )
            try:
                return made, await _insert(database, made, now), first_on
            except UniqueViolated:
                # another demo took this number in the same moment
                continue


async def _count_areas(database: Database) -> int:
    async with database.begin() as conn:
        return len(await areas.list_areas(conn))


async def _insert(database: Database, made: Made, now: datetime) -> str:
    actor = Actor(kind=ActorKind.SET_UP, actor_id=new_id(), areas=(made.area_id,))
    async with database.begin([made.area_id]) as conn:
        await areas.set_up(conn, made=made.set_up, actor=actor, now=now)
        return await accounts.create_token(
            conn,
            name="ticket system",
            scopes=["escalations:write"],
            area_ids=[made.area_id],
            now=now,
        )


async def live_before(asked: Asked, house: House, made: Made, first_on: date) -> None:
    """Two weeks of it, the more the larger the demo is."""
    async with _opened(house) as database:
        await live_through(
            database, made, first_on, seed=asked.seed, a_day=max(1, asked.jobs // TICKETS_SHARE)
        )


async def fail_now(world: World, house: House, now: datetime) -> None:
    """Something to decide for whoever opens the desk."""
    async with _opened(house) as database:
        await begin_to_fail(database, world.made, now, seed=world.seed)


@asynccontextmanager
async def _opened(house: House) -> AsyncGenerator[Database]:
    database = await open_database(house.app_url)
    try:
        yield database
    finally:
        await database.close()


async def told_link(house: House, made: Made) -> tuple[str, str] | None:
    """The newest link that a subscriber was sent, and the last digits of the phone. Texts stay here without a messenger."""
    async with _opened(house) as database, database.begin([made.area_id]) as conn:
        found = await messages.find_link_told(conn, area_id=made.area_id)
    if found is None:
        return None
    return next(word for word in found.text.split() if VISIT_PATH in word), found.phone[-DIGITS:]


@asynccontextmanager
async def open_world(
    asked: Asked,
    made: Made,
    token: str,
    first_on: date,
    house: House,
    address: str,
    children: Sequence[Child],
) -> AsyncGenerator[World]:
    """Everybody signed in."""
    client = Client(address)

    async def ready() -> bool | None:
        for child in children:
            child.verify_alive()
        return True if await client.is_ready() else None

    try:
        await until("the server", ready, READY_SECONDS)
        world = World(
            made=made,
            faults=make_faults(made, seed=asked.seed, first_on=first_on, count=asked.jobs),
            first_on=first_on,
            clock=SteppedClock(house.clock_file),
            client=client,
            desk=Desk(await client.sign_in(made.logins["dispatcher"], PASSWORD)),
            tickets=TicketSystem(client.with_token(token)),
            support=SupportLine(await client.sign_in(made.logins["support"], PASSWORD)),
            people=[],
            seed=asked.seed,
            plan_seconds=made.set_up.area.settings.plan_seconds,
            broken=asked.broken,
        )
        if asked.once:
            world.people += await _people(world)
        yield world
    finally:
        await client.close()


async def _people(world: World) -> list[Person]:
    """The technicians with their phones; one clock is fast."""
    people: list[Person] = []
    doors = doors_of(world.faults)
    for number, login in enumerate(world.made.technician_logins):
        chance = Random(f"phone {world.seed} {number}")
        phone = Phone(world.client, chance, clock_error=FAST_CLOCK if number == 1 else timedelta(0))
        (start, end), _ = shift_of(number)
        people.append(
            Person(
                phone,
                technician_id=await phone.sign_in(login, PASSWORD),
                name=world.made.set_up.technicians[number].display_name,
                on=world.first_on,
                shift=(world.at(start), world.at(end)),
                doors=doors,
                seed=f"{world.seed}",
            )
        )
    return people

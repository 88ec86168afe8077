"""What a finished day left behind, as HTTP tells it and as the phones remember it: the material of the invariants."""

import asyncio
from datetime import timedelta
from uuid import UUID

import msgspec

from api.demo.desk import Emergency
from api.demo.faults import Fault
from api.demo.phone import digest_of
from api.demo.support import Booking
from api.demo.world import Publication, World
from api.wire.jobs import ChargeOut, JournalEntryOut, WholeJob
from api.wire.plans import DayNumbersOut, RoundOut

AT_ONCE = 8


class PhoneRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One phone at the end of the day. `digest`: the server's word; `own_digest`: over the rows the phone has."""

    name: str
    diary: list[UUID]
    waiting: int
    digest: str | None
    own_digest: str
    digest_alarms: int


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the invariants look at."""

    jobs: list[WholeJob]
    charges: list[ChargeOut]
    journal: list[JournalEntryOut]
    numbers: DayNumbersOut
    rounds: list[RoundOut]
    publications: list[Publication]
    phones: list[PhoneRecord]
    delivered: dict[UUID, Fault]
    escalations_differing: int
    failed_runs: list[str]
    bookings: list[Booking]
    races_lost: int
    emergencies: list[Emergency]
    freeze: timedelta


async def gather(world: World) -> Evidence:
    """Read it all through the API."""
    jobs = await world.desk.jobs()
    turn = asyncio.Semaphore(AT_ONCE)

    async def whole(job_id: UUID) -> WholeJob:
        async with turn:
            return await world.desk.whole_job(job_id)

    return Evidence(
        jobs=await asyncio.gather(*(whole(job.job_id) for job in jobs)),
        charges=await world.desk.charges(),
        journal=await world.desk.journal(),
        numbers=await world.desk.numbers(world.first_on),
        rounds=[one for on in world.days for one in await world.desk.rounds(on)],
        publications=world.publications,
        phones=[
            PhoneRecord(
                name=person.name,
                diary=list(person.phone.outbox.diary),
                waiting=len(person.phone.outbox),
                digest=person.phone.digest,
                own_digest=digest_of(person.phone.rows.values()),
                digest_alarms=person.phone.seen.digest_alarms,
            )
            for person in world.people
        ],
        delivered=dict(world.tickets.delivered),
        escalations_differing=world.tickets.differing,
        failed_runs=[f"{run}: {why}" for run, why in world.failed_runs.items()],
        bookings=list(world.support.bookings),
        races_lost=world.support.races_lost,
        emergencies=list(world.emergencies),
        freeze=timedelta(minutes=world.made.set_up.area.settings.freeze_minutes),
    )

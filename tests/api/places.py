"""Towns with terms of credit: people who ask, and a worker on the same clock."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import msgspec

from db.ids import new_id
from db.pool import Database
from db.queries import endings
from db.records import Job, Visit
from tests.api.conftest import Clock, Desk, sign_in
from tests.builders import Town, settled_in
from tests.dispatch.said import MENDED, THERE
from tests.turns import turn
from tests.worlds import World, small_town

SHUT = (*THERE, "photo-taken", "no-access")
"""Nobody opened the door."""
DOOR: dict[str, Any] = {"photoId": new_id(), "purpose": "door"}
SCHEMES = {
    "uk": ("Europe/London", "GBP", 3_000),
    "de": ("Europe/Berlin", "EUR", 4_000),
    "ru": ("Europe/Moscow", "RUB", 60_000),
}
"""Where each is at home, in what money, and what a month costs there."""


def moved(zone: str, currency: str, fee: int) -> World:
    """The small town elsewhere, where everybody pays this much a month and speaks English."""
    made = small_town.made
    area = msgspec.structs.replace(made.area, time_zone=zone, currency=currency)
    payers = [msgspec.structs.replace(one, fee_minor=fee, language="en") for one in made.subscribers]
    return World(
        small_town.name, msgspec.structs.replace(made, area=area, subscribers=payers), small_town.jobs
    )


class Place:
    """A town with its terms of credit, the people who ask, and a worker on the same clock."""

    def __init__(self, client: httpx.AsyncClient, database: Database, clock: Clock, world: World) -> None:
        self.client, self.database, self.clock, self.world = client, database, clock, world
        self.town = Town(database, world)
        self.zone = ZoneInfo(world.area.time_zone)

    def local(self, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
        return datetime(2026, month, day, hour, minute, tzinfo=self.zone)

    async def agree(self, scheme: str, **changes: Any) -> None:
        """A supervisor takes up a known scheme, from today on."""
        boss = await sign_in(self.client, f"{self.world.name}.supervisor")
        tables = (await boss.get("/v1/setup/credit-tables")).json()
        (known,) = [one for one in tables["known"] if one["terms"]["scheme"] == scheme]
        made = {**known["terms"], "validFrom": None, **changes}
        answer = await boss.post("/v1/setup/credit-tables", json=made)
        assert answer.status_code == 201, answer.text

    async def by_file(self) -> None:
        """Credits are taken along by a person from now on."""
        async with self.database.begin([self.world.area_id]) as conn:
            await conn.execute('UPDATE area SET settings = settings || \'{"credits_leave_by": "file"}\'')

    async def escalated(self, at: datetime, number: int = 1, **more: Any) -> Job:
        """Another system's ticket, reported then."""
        self.clock.now = at
        return await self.town.job(
            reportedAt=at, contract=self.world.subscribers[number - 1].contract, now=at, **more
        )

    async def tick(self, at: datetime) -> None:
        self.clock.now = at
        await turn(self.database, self.clock)

    async def there(self, job: Job, at: datetime, kinds: Sequence[str] = MENDED) -> Visit:
        """A technician goes and says this, within a minute."""
        visit = await self.town.out(job, at=at, assigned_at=at - timedelta(hours=1))
        phone = await self.town.phone()
        said = [phone.say(visit, kind, at, **(DOOR if kind == "photo-taken" else {})) for kind in kinds]
        await phone.send(self.database, said, now=at + timedelta(minutes=1))
        return visit

    async def ticket_of(self, job: Job) -> UUID:
        async with self.database.begin([self.world.area_id]) as conn:
            (found,) = await endings.list_tickets_of_jobs(conn, self.world.area_id, [job.job_id])
        return found

    async def desk(self) -> Desk:
        return await sign_in(self.client, f"{self.world.name}.support")

    async def credited(self, number: int = 1) -> list[dict[str, Any]]:
        subscriber = self.world.subscribers[number - 1].subscriber_id
        answer = await (await self.desk()).get(f"/v1/subscribers/{subscriber}/credits")
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def amounts(self, number: int = 1) -> list[int]:
        """Oldest credit first."""
        return [one["amountMinor"] for one in reversed(await self.credited(number))]

    async def of_ticket(self, job: Job) -> dict[str, Any]:
        answer = await (await self.desk()).get(f"/v1/tickets/{await self.ticket_of(job)}/credits")
        assert answer.status_code == 200, answer.text
        return answer.json()


async def unagreed(client: httpx.AsyncClient, database: Database, clock: Clock, scheme: str) -> Place:
    """Without any terms."""
    return Place(client, database, clock, await settled_in(database, moved(*SCHEMES[scheme])))


async def placed(client: httpx.AsyncClient, database: Database, clock: Clock, scheme: str) -> Place:
    """With these terms in force."""
    place = await unagreed(client, database, clock, scheme)
    await place.agree(scheme)
    return place

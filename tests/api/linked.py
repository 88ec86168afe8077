"""A town whose subscribers get links, and who holds them."""

import re
from typing import Any
from uuid import UUID

import httpx

from db.pool import Database
from db.queries import messages, plans
from db.records import Visit
from dispatch.delivering import Deliverer
from tests.api.conftest import Clock, Desk
from tests.api.test_booking import booked, quoted
from tests.builders import Phone, Town
from tests.worlds import World

PUBLIC = "https://visits.example"
DIGITS = "4567"
HOLDER = {"name": "Holder", "relation": "holder", "phone": f"+7916123{DIGITS}", "language": "en"}


class Subscriber(Desk):
    """With one link."""

    def __init__(self, client: httpx.AsyncClient, token: str) -> None:
        super().__init__(client, {"Authorization": f"Link {token}"})
        self.token = token

    async def see(self, **query: str) -> dict[str, Any]:
        answer = await self.get("/v1/visit", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def windows(self) -> dict[str, Any]:
        answer = await self.post("/v1/visit/windows", json={})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def move(self, windows: dict[str, Any], offer: int = 1, digits: str = DIGITS) -> httpx.Response:
        said = {"slotQuoteId": windows["slotQuoteId"], "offer": offer, "digits": digits}
        return await self.post("/v1/visit/move", json=said)

    async def cancel(self, digits: str = DIGITS, reason: str = "not_at_home") -> httpx.Response:
        return await self.post("/v1/visit/cancellation", json={"digits": digits, "reason": reason})


class Street:
    """A town whose subscribers get links."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        database: Database,
        world: World,
        clock: Clock,
        desk: Desk,
        tickets: Desk,
    ) -> None:
        self.client = client
        self.town = Town(database, world)
        self.database = database
        self.world = world
        self.clock = clock
        self.desk = desk
        self.tickets = tickets
        self.count = 0

    async def job(self, subscriber: int = 1, **more: Any) -> str:
        self.count += 1
        said: dict[str, Any] = {
            "source": "desk",
            "ticketNumber": f"L-{self.count}",
            "sequence": 1,
            "contract": self.world.subscribers[subscriber - 1].contract,
            "faultClass": "wifi_setup",
            "reportedAt": "2026-11-24T04:00:00Z",
            "diagnosis": {"summary": "Wi-Fi", "readings": []},
            "contact": HOLDER,
            **more,
        }
        made = await self.tickets.post("/v1/escalations", json=said)
        assert made.status_code == 201, made.text
        return made.json()["jobId"]

    async def texts(self, public_url: str | None = PUBLIC) -> list[str]:
        """All that came to the subscriber's phone."""
        await Deliverer(self.database, public_url=public_url).deliver(self.world.area_id, self.clock.now)
        async with self.database.begin([self.world.area_id]) as conn:
            kept = await messages.list_messages(conn, self.world.area_id, HOLDER["phone"])
        return [message.text for message in kept]

    async def booked(self, subscriber: int = 1, **more: Any) -> tuple[Subscriber, dict[str, Any]]:
        """A visit booked at the desk, and who has opened the link from the message."""
        told = await booked(self.desk, await quoted(self.desk, await self.job(subscriber, **more)))
        return self.holding((await self.texts())[-1]), told

    def holding(self, text: str) -> Subscriber:
        (token,) = re.findall(rf"{PUBLIC}/visit/#([\w-]{{43}})(?!\S)", text)
        return Subscriber(self.client, token)

    async def out(self, told: dict[str, Any]) -> tuple[Phone, Visit]:
        """The booked visit is published; with the phone of whoever has it."""
        job_id = UUID(told["job"]["jobId"])
        async with self.database.begin([self.world.area_id]) as conn:
            await conn.execute(
                "UPDATE visit SET state = 'published', assigned_at = $2, shown_at = $2 WHERE job_id = $1",
                job_id,
                self.clock.now,
            )
            await conn.execute("UPDATE job SET state = 'planned' WHERE job_id = $1", job_id)
            (visit,) = await plans.list_visits_of_jobs(conn, self.world.area_id, [job_id])
        holders = [one.technician_id for one in self.world.technicians]
        return await self.town.phone(1 + holders.index(visit.technician_id)), visit

    async def whole(self, job_id: str) -> dict[str, Any]:
        answer = await self.desk.get(f"/v1/jobs/{job_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()


async def street_of(
    client: httpx.AsyncClient, database: Database, world: World, clock: Clock, desk: Desk, tickets: Desk
) -> Street:
    async with database.begin([world.area_id]) as conn:
        await conn.execute("UPDATE subscriber SET holder_name = 'Иванова Мария'")
        await conn.execute('UPDATE area SET settings = settings || \'{"support_phone": "+74950000000"}\'')
        await conn.execute("UPDATE technician SET display_name = 'Петров Андрей'")
    return Street(client, database, world, clock, desk, tickets)


def refused(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


def wire(said: dict[str, Any]) -> dict[str, Any]:
    return {**said, "answeredAt": said["answeredAt"].isoformat()}

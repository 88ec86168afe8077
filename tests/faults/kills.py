"""kill -9 of the API and of PostgreSQL while phones record and send: what was saved is there, once."""

import asyncio
import os
import random
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from db import embedded
from db.ids import new_id
from db.pool import Database
from dispatch import exchange
from tests import serving
from tests.builders import Town, settled_in
from tests.faults.judge import Evidence, Held, judge
from tests.faults.phones import Phones
from tests.worlds import NOW, small_town

SHOWN = int((NOW + timedelta(hours=1)).timestamp() * 1000)
WORLD = small_town


class Fleet:
    """The phones of all technicians of a small town, which record and send as fast as they can until they are told to stop."""

    def __init__(self, database: Database, process: Phones, url: str) -> None:
        self.database, self.process, self.url = database, process, url
        self.over = asyncio.Event()
        self.acting: list[asyncio.Task[None]] = []
        self.visits: list[Any] = []
        self.devices = [new_id() for _ in WORLD.technicians]
        self.sent = 0
        """Flushes that came to their end."""

    async def begin(self, served: serving.Served) -> None:
        town = Town(self.database, WORLD)
        for number in range(1, len(WORLD.technicians) + 1):
            self.visits.append(await town.out(await town.job(), number))
            header = await serving.cookie_of(served, f"{WORLD.name}.technician{number}")
            said = {
                "url": self.url,
                "run": "",
                "deviceId": self.devices[number - 1],
                "cookie": header["Cookie"],
            }
            await self._ask(number - 1, "open", **said)
        self.acting = [asyncio.create_task(self._until_over(number)) for number in range(len(self.visits))]

    async def _ask(self, number: int, do: str, **said: Any) -> dict[str, Any]:
        return await self.process.ask(do, f"{self.devices[number]}", now=SHOWN, **said)

    async def _until_over(self, number: int) -> None:
        chance = random.Random(number)
        visit = self.visits[number]
        while not self.over.is_set():
            drafts = [
                {
                    "jobId": visit.job_id,
                    "kind": "note",
                    "body": {"visitId": visit.visit_id, "text": f"{chance.random()}"},
                    "baseVersion": 1,
                }
                for _ in range(chance.randint(1, 3))
            ]
            await self._ask(number, "record", drafts=drafts, monoMs=0)
            while (await self._ask(number, "flush"))["ended"] != "done":
                await asyncio.sleep(0.05)
            self.sent += 1

    async def until_sent(self, more: int) -> None:
        aim = self.sent + more
        async with asyncio.timeout(120):
            while self.sent < aim:
                await asyncio.sleep(0.005)

    async def end(self) -> None:
        self.over.set()
        await asyncio.gather(*self.acting)

    async def faults(self) -> list[str]:
        """After everything was sent in peace."""
        for number in range(len(self.devices)):
            await self._ask(number, "flush")
        later = NOW + timedelta(minutes=10)
        await exchange.apply_left_over(self.database, area_id=WORLD.area_id, seen=[WORLD.area_id], now=later)
        held: list[Held] = []
        for number, technician in enumerate(WORLD.technicians):
            await self._ask(number, "flush")
            answer = await self._ask(number, "judge", fresh=True)
            known = {event["eventId"] for event in answer["events"]}
            held.append(Held(technician.display_name, technician.technician_id, answer, set(), known))
        return await judge(self.database, WORLD.area_id, Evidence(held, []))

    async def records(self) -> int:
        async with self.database.begin([WORLD.area_id]) as conn:
            return int(await conn.fetchval("SELECT count(*) FROM report"))


def kill_api(served: serving.Served) -> None:
    """The processes that answer, and the one that started them."""
    for pid in serving.workers_of(served.process):
        os.kill(pid, signal.SIGKILL)
    served.process.kill()
    served.process.wait()


async def under_load(
    folder: Path,
    database: Database,
    process: Phones,
    kills: int,
    server: embedded.Server | None,
    killed: Callable[[], None] = lambda: None,
) -> tuple[int, list[str]]:
    """How many records there were, and what is wrong. Kills the server given, else the API, and says so each time."""
    await settled_in(database, WORLD)
    chance = random.Random(kills)
    port = serving.free_port()
    served = serving.start(folder, NOW, port)
    try:
        await serving.until_lives(served)
        fleet = Fleet(database, process, served.url)
        await fleet.begin(served)
        for _ in range(kills):
            await fleet.until_sent(chance.randint(1, 12))
            if server is None:
                kill_api(served)
                served = serving.start(folder, NOW, port)
            elif (pid := server.pid) is not None:
                os.kill(pid, signal.SIGKILL)
            killed()
        await fleet.until_sent(3)
        await fleet.end()
        return await fleet.records(), await fleet.faults()
    finally:
        served.process.terminate()
        await asyncio.to_thread(served.process.wait, 20)

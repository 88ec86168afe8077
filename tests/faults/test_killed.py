"""kill -9 where it hurts: what was acknowledged is there, what was begun is finished by somebody else, once."""

import asyncio
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Generator, Sequence
from datetime import timedelta
from pathlib import Path

import httpx
import msgspec
import pytest

from db import embedded
from db.errors import Unavailable
from db.ids import new_id
from db.migrate import migrate
from db.pool import Database, open_database
from db.records import PlanRun
from db.states import PlanRunState, PlanState, ReportStatus
from dispatch.flows import plans, versions
from dispatch.horizon import Horizons
from dispatch.rules.phone import EventResult
from tests import serving
from tests.builders import Phone, Town, dispatcher, hand_out, received, settled_in
from tests.crowd import Clock, Crowd, Desk
from tests.faults.kills import kill_api, under_load
from tests.faults.phones import find_node, phones
from tests.rounds_oracle import broken, lost
from tests.worlds import NOW, TODAY, World, small_town, storm_day


@pytest.fixture
def folder() -> Generator[Path]:
    """A data folder that the server's user can enter."""
    made = Path(tempfile.mkdtemp(prefix="line3-faults-", dir="/tmp"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
async def server(folder: Path) -> AsyncGenerator[embedded.Server]:
    with await asyncio.to_thread(embedded.start, folder / "data") as started:
        await migrate(started.owner_url, demo=True)
        yield started
    async with asyncio.timeout(20):
        await until_gone(started)


async def until_gone(server: embedded.Server) -> None:
    while server.pid is not None:
        await asyncio.sleep(0.05)


@pytest.fixture
async def own(server: embedded.Server) -> AsyncGenerator[Database]:
    opened = await open_database(server.app_url, revive=server.ensure)
    yield opened
    await opened.close()


@contextlib.contextmanager
def worker(folder: Path) -> Generator[subprocess.Popen[bytes]]:
    """A worker process, by the demo's clock standing at the tests' instant; gone at the end of the block, however that comes."""
    clock = folder / "clock"
    clock.write_text(NOW.isoformat(), "ascii")
    environment = {**os.environ, "LINE3_DATA": str(folder / "data"), "LINE3_DEMO_CLOCK": str(clock)}
    command = [sys.executable, "-m", "api.cli", "worker"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


async def run_of(database: Database, world: World, run: PlanRun) -> PlanRun:
    async with database.begin([world.area_id]) as conn:
        return (await plans.get_run(conn, area_id=world.area_id, plan_run_id=run.plan_run_id)).run


async def until_state(database: Database, world: World, run: PlanRun, *states: PlanRunState) -> PlanRun:
    # a search, beside desks that book and whatever else the machine does
    async with asyncio.timeout(240):
        while (found := await run_of(database, world, run)).state not in states:
            await asyncio.sleep(0.05)
    return found


async def test_a_database_killed_between_batches_has_every_acknowledged_report(
    server: embedded.Server, own: Database
) -> None:
    world = await settled_in(own, small_town)
    async with own.begin([world.area_id]) as conn:
        visit = await hand_out(conn, await received(conn, world), world.technicians[0])
    phone = Phone(world, world.technicians[0])
    await phone.enrol(own)
    acknowledged = 0
    for turn in range(8):
        events = [phone.say(visit, "note", text=f"{turn}") for _ in range(3)]
        if turn % 4 == 3 and (pid := server.pid) is not None:
            os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(30):
            answer = await until_answered(own, phone, events)
        assert {result.outcome for result in answer} == {"applied"}
        acknowledged += len(events)
    async with own.begin([world.area_id]) as conn:
        assert await conn.fetchval("SELECT count(*) FROM report") == acknowledged
        assert await conn.fetchval("SELECT count(DISTINCT seq) FROM report") == acknowledged


async def until_answered(database: Database, phone: Phone, events: list[bytes]) -> list[EventResult]:
    """What a phone does with 503 and with results that wait: it sends the same again."""
    while True:
        try:
            answer = await phone.send(database, events)
        except Unavailable:
            await asyncio.sleep(0.05)
            continue
        if all(result.outcome is not ReportStatus.PENDING for result in answer.results):
            return answer.results
        await asyncio.sleep(0.05)


class Desks:
    """Of one process, which book until they are told to stop."""

    def __init__(self, database: Database, many: int = 12) -> None:
        self.crowd = Crowd(database, storm_day, Clock(), "kill")
        self.told = self.crowd.told
        horizons = Horizons()
        self.desks = [Desk(self.crowd, seed, horizons) for seed in range(many)]
        self.over = asyncio.Event()
        self.acting: list[asyncio.Task[None]] = []

    async def until_over(self, desk: Desk) -> None:
        while not self.over.is_set():
            try:
                await desk.act()
            except Unavailable:
                await asyncio.sleep(0.05)

    def begin(self) -> None:
        self.acting = [asyncio.create_task(self.until_over(desk)) for desk in self.desks]

    async def until_booked(self, more: int) -> None:
        aim = len(self.told.booked) + more
        async with asyncio.timeout(60):
            while len(self.told.booked) < aim:
                await asyncio.sleep(0.01)

    async def end(self) -> None:
        self.over.set()
        await asyncio.gather(*self.acting)

    async def faults(self) -> list[object]:
        """What is not as it should be: in the tables, or against what was told."""
        async with self.crowd.database.begin([storm_day.area_id], snapshot=True) as conn:
            found = [*await broken(conn, NOW), *await lost(conn, self.told.booked, self.told.given_back)]
        return [*found, *self.told.surfaced]


async def test_a_database_killed_while_desks_book_has_every_acknowledged_booking_whole(
    server: embedded.Server, own: Database
) -> None:
    await settled_in(own, storm_day)
    desks = Desks(own)
    desks.begin()
    for _ in range(2):
        await desks.until_booked(15)
        pid = server.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    await desks.until_booked(15)
    await desks.end()
    assert len(desks.told.booked) >= 45
    assert desks.told.later, "no kill was felt: this test does not bite"
    assert await desks.faults() == []


async def test_a_worker_killed_in_a_solve_while_desks_book_is_replaced_and_overwrites_no_booking(
    folder: Path, own: Database
) -> None:
    world = await settled_in(own, storm_day)
    # few: they share the cores with the search
    desks = Desks(own, many=2)
    for seed in range(40):
        await desks.crowd.job(random.Random(seed))
    async with own.begin([world.area_id]) as conn:
        run = await plans.request(
            conn,
            area_id=world.area_id,
            first_on=TODAY,
            last_on=TODAY + timedelta(days=1),
            budget=timedelta(seconds=3),
            seed=1,
            publish=True,
            actor=dispatcher(world),
            now=NOW,
        )
    desks.begin()
    with worker(folder) as first:
        await until_state(own, world, run, PlanRunState.RUNNING)
        await desks.until_booked(5)
        first.send_signal(signal.SIGKILL)
    assert (await run_of(own, world, run)).state is PlanRunState.RUNNING
    with worker(folder) as second:
        finished = await until_state(own, world, run, PlanRunState.DONE, PlanRunState.FAILED)
        await desks.until_booked(5)
        await desks.end()
        second.send_signal(signal.SIGTERM)
    assert second.returncode == 0
    assert (finished.state, finished.attempt, finished.failure) == (PlanRunState.DONE, 2, None)
    async with own.begin([world.area_id]) as conn:
        saved = await versions.list_versions(conn, area_id=world.area_id, limit=10)
        assert await conn.fetchval("SELECT count(*) FROM visit WHERE state = 'published'") >= 40
    assert [one.plan.state for one in saved if one.plan.plan_run_id == run.plan_run_id] == [
        PlanState.PUBLISHED
    ]
    assert await desks.faults() == []


async def test_an_api_killed_in_a_sync_loses_nothing_and_doubles_nothing_when_the_phone_sends_again(
    folder: Path, own: Database
) -> None:
    town = Town(own, await settled_in(own, small_town))
    visit = await town.out(await town.job())
    phone = await town.phone()
    events = [phone.say(visit, "note", text=f"{number}") for number in range(60)]
    served = serving.start(folder, NOW, serving.free_port())
    await serving.until_ready(served)
    header = await serving.cookie_of(served, f"{small_town.name}.technician1")
    sent = asyncio.create_task(sync(served, header, phone, events))
    await until_applied(own, 5)
    kill_api(served)
    with pytest.raises(httpx.TransportError):
        await sent
    async with own.begin([small_town.area_id]) as conn:
        before = await conn.fetchval("SELECT count(*) FROM report")
    assert 5 <= before < len(events), "it was killed too late: this test does not bite"
    async with serving.serving(folder, NOW) as again:
        outcomes = await sync(again, header, phone, events)
    assert set(outcomes) == {"applied"}
    async with own.begin([small_town.area_id]) as conn:
        assert await conn.fetchval("SELECT count(*) FROM report") == len(events)
        assert await conn.fetchval("SELECT count(DISTINCT seq) FROM report") == len(events)
        assert await conn.fetchval("SELECT count(*) FROM inbox WHERE status <> 'applied'") == 0
        received_entries = "SELECT count(*) FROM journal WHERE action = 'report.received'"
        assert await conn.fetchval(received_entries) == len(events)
        assert await broken(conn, NOW) == []


async def sync(
    served: serving.Served, header: dict[str, str], phone: Phone, events: Sequence[bytes]
) -> list[str]:
    body = {"deviceId": phone.device_id, "batchId": new_id(), "events": [msgspec.Raw(one) for one in events]}
    async with httpx.AsyncClient(base_url=served.url, timeout=60) as client:
        answer = await client.post(
            "/v1/mobile/sync",
            content=msgspec.json.encode(body),
            headers={**header, "Content-Type": "application/json"},
        )
    assert answer.status_code == 200, answer.text
    return [result["outcome"] for result in answer.json()["results"]]


async def until_applied(database: Database, reports: int) -> None:
    async with asyncio.timeout(20):
        while True:
            async with database.begin([small_town.area_id]) as conn:
                if await conn.fetchval("SELECT count(*) FROM report") >= reports:
                    return
            await asyncio.sleep(0.002)


@pytest.mark.skipif(find_node() is None, reason="no node: `make setup` brings it")
@pytest.mark.parametrize(("kills", "what"), [(2, "api"), (1, "postgres")])
async def test_kills_while_phones_send_lose_no_saved_record(
    folder: Path, server: embedded.Server, own: Database, kills: int, what: str
) -> None:
    async with phones() as process:
        records, found = await under_load(folder, own, process, kills, server if what == "postgres" else None)
    assert found == []
    assert records >= 3 * kills

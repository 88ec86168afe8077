"""kill -9 where it hurts: what was acknowledged is there, what was begun is finished by somebody else, once."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Generator
from datetime import timedelta
from pathlib import Path

import pytest

from db import embedded
from db.errors import Unavailable
from db.migrate import migrate
from db.pool import Database, open_database
from db.records import PlanRun
from db.states import PlanRunState, PlanState, ReportStatus
from dispatch.flows import plans
from dispatch.rules.phone import EventResult
from tests.builders import Phone, dispatcher, hand_out, received, settled_in
from tests.worlds import NOW, TODAY, World, small_town


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


def worker(folder: Path) -> subprocess.Popen[bytes]:
    """A worker process, by the demo's clock standing at the tests' instant."""
    clock = folder / "clock"
    clock.write_text(NOW.isoformat(), "ascii")
    environment = {**os.environ, "LINE3_DATA": str(folder / "data"), "LINE3_DEMO_CLOCK": str(clock)}
    command = [sys.executable, "-m", "api.cli", "worker"]
    return subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)


async def run_of(database: Database, world: World, run: PlanRun) -> PlanRun:
    async with database.begin([world.area_id]) as conn:
        return (await plans.get_run(conn, area_id=world.area_id, plan_run_id=run.plan_run_id)).run


async def until_state(database: Database, world: World, run: PlanRun, *states: PlanRunState) -> PlanRun:
    async with asyncio.timeout(60):
        while (found := await run_of(database, world, run)).state not in states:
            await asyncio.sleep(0.05)
    return found


async def test_a_worker_killed_in_a_solve_is_replaced_and_its_run_saved_once(
    folder: Path, own: Database
) -> None:
    world = await settled_in(own, small_town)
    async with own.begin([world.area_id]) as conn:
        for subscriber in (1, 2, 3):
            await received(conn, world, subscriber)
        run = await plans.request(
            conn,
            area_id=world.area_id,
            first_on=TODAY,
            last_on=TODAY,
            budget=timedelta(seconds=3),
            seed=1,
            publish=False,
            actor=dispatcher(world),
            now=NOW,
        )
    with worker(folder) as first:
        await until_state(own, world, run, PlanRunState.RUNNING)
        first.send_signal(signal.SIGKILL)
    assert (await run_of(own, world, run)).state is PlanRunState.RUNNING
    with worker(folder) as second:
        finished = await until_state(own, world, run, PlanRunState.DONE, PlanRunState.FAILED)
        second.send_signal(signal.SIGTERM)
    assert (finished.state, finished.attempt, finished.failure) == (PlanRunState.DONE, 2, None)
    async with own.begin([world.area_id]) as conn:
        drafted = await plans.list_plans(conn, area_id=world.area_id, limit=10)
    assert [plan.state for plan in drafted] == [PlanState.DRAFT]
    assert second.returncode == 0


async def test_a_database_killed_between_batches_has_every_acknowledged_report(
    server: embedded.Server, own: Database
) -> None:
    world = await settled_in(own, small_town)
    async with own.begin([world.area_id]) as conn:
        visit = await hand_out(conn, await received(conn, world), world.technicians[0])
    phone = Phone(world, world.technicians[0])
    await phone.enrol(own)
    acknowledged = 0
    for turn in range(12):
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

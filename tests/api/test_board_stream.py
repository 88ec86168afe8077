"""A board hears what changes: the real application on a real socket, over a real database."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest

from api.app import build
from db.ids import new_id
from db.pool import Database
from db.queries import plans
from db.records import Visit
from dispatch.announce import announce
from dispatch.flows import plans as planning
from dispatch.rules.journal import entry
from tests.api.conftest import Clock, sign_in
from tests.builders import dispatcher, hand_out, received
from tests.e2e.chromium import serve
from tests.worlds import NOW, TODAY, World

SOON = 3.0


class Served:
    """The application with its streams, and where it listens."""

    def __init__(self, url: str, world: World) -> None:
        self.url = url
        self.world = world

    @asynccontextmanager
    async def listening(
        self, after: int | None = None, last: int | None = None
    ) -> AsyncGenerator[tuple[AsyncIterator[str], httpx.Response]]:
        """The lines that a board hears."""
        async with httpx.AsyncClient(base_url=self.url, timeout=30) as client:
            desk = await sign_in(client, f"{self.world.name}.dispatcher")
            headers = desk.headers if last is None else {**desk.headers, "Last-Event-ID": str(last)}
            asked = "/v1/board/stream" + ("" if after is None else f"?after={after}")
            async with client.stream("GET", asked, headers=headers) as answer:
                assert answer.status_code == 200
                yield answer.aiter_lines(), answer

    async def cursor(self) -> int:
        async with httpx.AsyncClient(base_url=self.url, timeout=30) as client:
            desk = await sign_in(client, f"{self.world.name}.dispatcher")
            return (await desk.get(f"/v1/board/days/{TODAY.isoformat()}")).json()["cursor"]


@pytest.fixture
async def served(database: Database, clock: Clock, world: World) -> AsyncGenerator[Served]:
    async with serve(build(database, clock)) as url:
        yield Served(url, world)


async def until_said(lines: AsyncIterator[str], seconds: float = SOON) -> tuple[str, str | None, Any]:
    """The next event: name, id and what it says."""
    async with asyncio.timeout(seconds):
        said: dict[str, str] = {}
        async for line in lines:
            name, _, value = line.partition(": ")
            if line:
                said[name] = value
            elif "event" in said:
                return said["event"], said.get("id"), json.loads(said["data"])
            else:
                said = {}
    raise AssertionError("the stream has ended")


async def happened(database: Database, world: World, job_id: UUID | None = None, times: int = 1) -> None:
    """As any flow leaves it: entries of the journal, committed."""
    async with database.begin([world.area_id]) as conn:
        entries = [
            entry(dispatcher(world), NOW, "job.changed", area_id=world.area_id, job_id=job_id)
            for _ in range(times)
        ]
        await announce(conn, world.area_id, entries)


async def handed_out(database: Database, world: World) -> Visit:
    async with database.begin([world.area_id]) as conn:
        return await hand_out(conn, await received(conn, world), world.technicians[1])


async def test_a_change_is_told_with_what_it_touches(
    served: Served, database: Database, world: World
) -> None:
    visit = await handed_out(database, world)
    cursor = await served.cursor()
    async with served.listening(after=cursor) as (lines, answer):
        assert answer.headers["content-type"].startswith("text/event-stream")
        await happened(database, world, visit.job_id)
        name, number, said = await until_said(lines)
        assert (name, number) == ("changed", str(cursor + 1))
        assert said == {
            "n": cursor + 1,
            "kinds": ["job.changed"],
            "visitIds": [str(visit.visit_id)],
            "jobIds": [str(visit.job_id)],
            "technicianIds": [str(visit.technician_id)],
            "days": [TODAY.isoformat()],
        }


async def test_who_comes_again_hears_what_was_missed_once(
    served: Served, database: Database, world: World
) -> None:
    cursor = await served.cursor()
    await happened(database, world, times=3)
    async with served.listening(after=0, last=cursor) as (lines, _):
        assert (await until_said(lines))[:2] == ("changed", str(cursor + 3))
        await happened(database, world)
        assert (await until_said(lines))[1] == str(cursor + 4)


async def test_who_missed_too_much_or_too_little_reads_everything_anew(
    served: Served, database: Database, world: World
) -> None:
    cursor = await served.cursor()
    await happened(database, world, times=201)
    async with served.listening(after=cursor) as (lines, _):
        assert (await until_said(lines))[:2] == ("reload", str(cursor + 201))
    async with served.listening(after=cursor + 900) as (lines, _):
        assert (await until_said(lines))[:2] == ("reload", str(cursor + 201)), "the database was restored"


async def test_a_run_is_followed_to_its_end(served: Served, database: Database, world: World) -> None:
    async with database.begin([world.area_id]) as conn:
        run = await planning.request(
            conn,
            area_id=world.area_id,
            first_on=TODAY,
            last_on=TODAY,
            budget=None,
            seed=1,
            publish=False,
            actor=dispatcher(world),
            now=NOW,
        )
    async with served.listening() as (lines, _):
        name, number, said = await until_said(lines)
        assert (name, number, said["state"]) == ("run", None, "queued")
        async with database.begin([world.area_id]) as conn:
            claimed = await plans.claim_run(conn, world.area_id, run.plan_run_id)
            assert claimed is not None
            progress: dict[str, Any] = {"seconds": 1, "cost": 900, "unassigned": 2, "budget_seconds": 12}
            await plans.note_progress(conn, world.area_id, run.plan_run_id, claimed.attempt, progress)
        name, _, said = await until_said(lines)
        assert (name, said["progress"]["cost"]) == ("run", 900)
        async with database.begin([world.area_id]) as conn:
            await planning.fail(conn, run=claimed, why="no", actor=dispatcher(world), now=NOW)
        heard = {name: said for name, _, said in [await until_said(lines), await until_said(lines)]}
        assert heard["run"]["state"] == "failed"
        assert heard["changed"]["kinds"] == ["plan_run.failed"]


async def test_who_is_no_dispatcher_any_more_hears_no_more(
    served: Served, database: Database, world: World
) -> None:
    async with served.listening() as (lines, _):
        async with database.begin() as conn:
            await conn.execute(
                "UPDATE staff_area_role SET role = 'support' WHERE staff_id = $1 AND role = 'dispatcher'",
                world.staff_id("dispatcher"),
            )
        async with asyncio.timeout(15):
            async for _ in lines:
                pass


async def test_another_areas_changes_do_not_arrive(served: Served, database: Database, world: World) -> None:
    cursor = await served.cursor()
    async with served.listening(after=cursor) as (lines, _):
        elsewhere = {"areaId": str(new_id())}
        async with httpx.AsyncClient(base_url=served.url) as client:
            desk = await sign_in(client, f"{world.name}.dispatcher")
            assert (await desk.get("/v1/board/stream", params=elsewhere)).status_code == 403
        await happened(database, world)
        assert (await until_said(lines))[1] == str(cursor + 1)

"""A phone hears at once that its round has changed: the real application on a real socket, over a real database."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from api.app import build
from db.ids import new_id
from db.pool import Database
from db.states import FeedOp
from dispatch.announce import announce
from dispatch.rules.journal import Shown
from dispatch.streams import Streams
from tests.api.conftest import Clock, sign_in
from tests.conftest import Server
from tests.e2e.chromium import serve
from tests.worlds import World

SOON = 2.0


class Served:
    """The application with its streams, and where it listens."""

    def __init__(self, url: str, streams: Streams) -> None:
        self.url = url
        self.streams = streams

    @asynccontextmanager
    async def listening(
        self, login: str, last: int | None = None, after: int | None = None
    ) -> AsyncGenerator[tuple[AsyncIterator[str], httpx.Response]]:
        """The lines that a technician's phone hears."""
        async with httpx.AsyncClient(base_url=self.url, timeout=30) as client:
            desk = await sign_in(client, login)
            headers = desk.headers if last is None else {**desk.headers, "Last-Event-ID": str(last)}
            asked = "/v1/mobile/stream" if after is None else f"/v1/mobile/stream?after={after}"
            async with client.stream("GET", asked, headers=headers) as answer:
                yield answer.aiter_lines(), answer


@pytest.fixture
async def served(database: Database, clock: Clock, world: World) -> AsyncGenerator[Served]:
    app = build(database, clock)
    async with serve(app) as url:
        yield Served(url, app.state.streams)


async def changed(database: Database, world: World, technician: int = 1, jobs: int = 1) -> None:
    """As any flow leaves it: jobs that are to be looked at by that technician's phone, committed."""
    person = world.technicians[technician - 1]
    shown = [
        Shown(
            technician_area_id=person.area_id,
            technician_id=person.technician_id,
            job_area_id=world.area_id,
            job_id=new_id(),
            op=FeedOp.PUT,
        )
        for _ in range(jobs)
    ]
    async with database.begin([world.area_id]) as conn:
        await announce(conn, world.area_id, [], shown)


async def until_said(lines: AsyncIterator[str], seconds: float = SOON) -> int:
    """The next event's number, before so much time has gone."""
    async with asyncio.timeout(seconds):
        said: dict[str, str] = {}
        async for line in lines:
            name, _, value = line.partition(": ")
            if line:
                said[name] = value
            elif said.get("event") == "round":
                assert said["id"] == said["data"]
                return int(said["id"])
            else:
                said = {}
    raise AssertionError("the stream has ended")


async def until_ended(lines: AsyncIterator[str], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        async for _ in lines:
            pass


async def test_a_change_arrives_within_two_seconds_of_its_commit(
    served: Served, database: Database, world: World
) -> None:
    async with served.listening(f"{world.name}.technician1") as (lines, answer):
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        assert await until_said(lines) == 0, "who does not say what it has heard is told at once"
        for n in (1, 2, 3):
            await changed(database, world)
            assert await until_said(lines) == n


async def test_a_phone_that_comes_again_hears_what_it_missed_and_nothing_twice(
    served: Served, database: Database, world: World
) -> None:
    async with served.listening(f"{world.name}.technician1", after=0) as (lines, _):
        await changed(database, world)
        assert await until_said(lines) == 1
    await changed(database, world, jobs=3)
    async with served.listening(f"{world.name}.technician1", last=1, after=0) as (lines, _):
        assert await until_said(lines) == 4
    async with served.listening(f"{world.name}.technician1", last=4, after=0) as (lines, _):
        await changed(database, world)
        assert await until_said(lines) == 5, "4 is not said again"


async def test_another_technicians_change_does_not_arrive(
    served: Served, database: Database, world: World
) -> None:
    async with (
        served.listening(f"{world.name}.technician1", after=0) as (lines, _),
        served.listening(f"{world.name}.technician2", after=0) as (others, _),
    ):
        for n in (1, 2, 3):
            await changed(database, world, technician=2)
            assert await until_said(others) == n
        await changed(database, world)
        assert await until_said(lines) == 1


async def test_a_database_that_was_restored_to_a_lower_number_is_heard_of(
    served: Served, world: World
) -> None:
    async with served.listening(f"{world.name}.technician1", last=99) as (lines, _):
        assert await until_said(lines) == 0


async def test_without_the_hint_a_change_arrives_all_the_same_and_the_hint_comes_back(
    served: Served, server: Server, fresh: str, database: Database, world: World
) -> None:
    listens = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE 'LISTEN%'"
    owner = await asyncpg.connect(server.owner_url(fresh))
    try:
        async with served.listening(f"{world.name}.technician1", after=0) as (lines, _):
            pids = await until_both(owner, listens)
            await owner.execute("SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid", list(pids))
            await changed(database, world)
            assert await until_said(lines) == 1
            assert not pids & await until_both(owner, listens)
            await changed(database, world)
            assert await until_said(lines) == 2
    finally:
        await owner.close()


async def until_both(conn: "asyncpg.Connection[Any]", asked: str) -> set[int]:
    """The connection that hears for the phones, and the one for the boards."""
    async with asyncio.timeout(10):
        while len(rows := await conn.fetch(asked)) != 2:
            await asyncio.sleep(0.02)
    return {int(row[0]) for row in rows}


async def test_a_session_that_ends_ends_its_stream_and_no_other(
    served: Served, database: Database, world: World
) -> None:
    login = f"{world.name}.technician1"
    async with (
        served.listening(login, after=0) as (lines, answer),
        served.listening(f"{world.name}.technician2", after=0) as (others, _),
        httpx.AsyncClient(base_url=served.url) as client,
    ):
        cookie = {"Cookie": answer.request.headers["cookie"]}
        assert (await client.post("/v1/sign-out", headers=cookie)).status_code == 204
        await until_ended(lines, 15)
        assert (await client.get("/v1/mobile/stream", headers=cookie)).status_code == 401
        await changed(database, world, technician=2)
        assert await until_said(others) == 1


async def test_who_is_no_technician_any_more_hears_no_more(
    served: Served, database: Database, world: World, clock: Clock
) -> None:
    async with served.listening(f"{world.name}.technician1", after=0) as (lines, _):
        async with database.begin() as conn:
            await conn.execute(
                "DELETE FROM staff_area_role WHERE staff_id = $1", world.staff_id("technician1")
            )
        await until_ended(lines, 15)
    async with served.listening(f"{world.name}.technician2", after=0) as (lines, _):
        clock.forward(timedelta(hours=15))
        await until_ended(lines, 15)


class Counted(Database):
    """How often it is asked."""

    asked = 0

    def begin(self, *areas: Any, **options: Any) -> Any:
        self.asked += 1
        return super().begin(*areas, **options)


async def test_three_hundred_streams_cost_one_question_at_a_time(
    database: Database, world: World, clock: Clock
) -> None:
    counted = Counted(database._pool, database._dial)  # pyright: ignore[reportPrivateUsage]
    streams = Streams()
    running = asyncio.create_task(streams.run(counted, clock))
    feeds = [(world.area_id, person.technician_id) for person in world.technicians]
    with ExitStack() as stack:
        every = [stack.enter_context(streams.open(new_id(), feeds[n % 3], None)) for n in range(300)]
        async with asyncio.timeout(SOON):
            assert await asyncio.gather(*(stream.grown(SOON) for stream in every)) == [0] * 300
        assert counted.asked <= 4, "one look, one at the sessions; a hint may bring another"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

"""Ready means that the first subscriber does not wait: compiled, and the coming days in memory."""

import logging

import httpx
import pytest

from api.app import build
from db.pool import Database
from tests.api.conftest import Clock, Desk, speaking_to, until_ready
from tests.api.test_booking import booked, escalated, quoted
from tests.conftest import Server
from tests.worlds import World


async def test_a_process_that_has_warmed_nothing_lives_but_is_not_ready(client: httpx.AsyncClient) -> None:
    ready = await client.get("/health/ready")
    assert (ready.status_code, ready.headers["retry-after"]) == (503, "2")
    assert ready.headers["content-type"] == "application/problem+json"
    assert ready.json()["type"] == "/problems/starting"
    assert (await client.get("/health/live")).json() == {"status": "ok"}


async def test_it_is_ready_when_the_days_of_all_areas_are_in_memory(
    database: Database, world: World, clock: Clock
) -> None:
    app = build(database, clock)
    async with app.lifespan(), speaking_to(app) as client:
        assert (await client.get("/health/live")).status_code == 200
        await until_ready(client)
        rows = app.state.horizons.of(world.area_id).rows
        assert len(rows) == len(world.made.days)


async def test_a_failed_warm_up_is_logged_and_tried_again(
    server: Server, fresh: str, database: Database, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    await server.run(fresh, "ALTER TABLE area RENAME TO area_away")
    app = build(database, clock)
    with caplog.at_level(logging.INFO, "dispatch.warming"):
        async with app.lifespan(), speaking_to(app) as client:
            while "warming.failed" not in caplog.messages:
                assert (await client.get("/health/ready")).status_code == 503
            assert (await client.get("/health/live")).status_code == 200
            await server.run(fresh, "ALTER TABLE area_away RENAME TO area")
            await until_ready(client)
    assert caplog.messages[-1] == "warming.done"


async def test_what_comes_before_it_is_warm_is_served_all_the_same(
    world: World, support: Desk, tickets: Desk
) -> None:
    quote = await quoted(support, await escalated(tickets, world))
    assert (await booked(support, quote))["appointment"]["state"] == "confirmed"

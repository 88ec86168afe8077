"""Systemic problems over HTTP: three faults in one house are seen by every role that looks after it."""

from datetime import timedelta

import httpx
import pytest

from db.pool import Database
from db.states import Role
from tests.api.conftest import Clock, Desk, with_role
from tests.branching import HOUSE, branched
from tests.builders import Town
from tests.worlds import NOW, World


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.DISPATCHER, Role.SUPERVISOR])
async def test_what_fails_again_and_again_in_one_house_is_named_with_its_jobs(
    client: httpx.AsyncClient, database: Database, world: World, clock: Clock, role: Role
) -> None:
    await branched(database, world)
    town = Town(database, world)
    jobs = [
        await town.job("cable_break", contract=world.subscribers[0].contract, reportedAt=at.isoformat())
        for at in (NOW - timedelta(days=days) for days in (30, 20, 12, 5, 2))
    ]
    clock.now = NOW
    desk: Desk = await with_role(client, database, world, role)
    answer = await desk.get("/v1/systemic-problems")
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    named = {(one["of"], one["networkElementId"] or one["name"]) for one in items}
    assert ("element", str(HOUSE)) in named
    told = next(one for one in items if one["networkElementId"] == str(HOUSE))
    assert told["name"] == "H-1"
    assert [fault["number"] for fault in told["faults"]] == [job.number for job in jobs]
    assert told["weeks"] == [0, 0, 0, 1, 0, 1, 1, 2]
    assert (await desk.get("/v1/systemic-problems", params={"weeks": 1})).json()["items"] == []
    assert (await desk.get("/v1/systemic-problems", params={"weeks": 0})).status_code == 422

"""After a closed visit the subscriber is asked whether it is mended: who calls whom and when, and what the answers do."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from db.pool import Database
from db.queries import areas, jobs
from db.records import AreaSettings, Job
from db.states import JobState, Role
from tests.api.conftest import Clock, Desk, sign_in, with_role
from tests.api.test_tickets import done, kinds, opened, verified
from tests.builders import Town
from tests.dispatch.said import MENDED
from tests.turns import turn
from tests.worlds import NOW, World

DAY = timedelta(hours=24)


class After:
    """A town in which visits are closed, and a worker on the same clock."""

    def __init__(self, client: httpx.AsyncClient, database: Database, world: World, clock: Clock) -> None:
        self.client, self.database, self.world, self.clock = client, database, world, clock
        self.town = Town(database, world)

    async def desk(self) -> Desk:
        return await with_role(self.client, self.database, self.world, Role.SUPPORT)

    async def tick(self) -> None:
        await turn(self.database, self.clock)

    async def mended(self, number: int = 1) -> tuple[Job, str]:
        """A ticket of our own that went to the field and came back closed; the job, and the ticket's id."""
        desk = await self.desk()
        ticket = await opened(desk, self.world, number)
        path = f"/v1/tickets/{ticket['ticketId']}"
        await verified(desk, self.database, path)
        body = {"faultClass": "equipment_failure", "summary": "dark"}
        sent = await done(await desk.post(f"{path}/escalation", json=body))
        job = await self.job(sent["jobId"])
        await self.close(job)
        return await self.job(job.job_id), ticket["ticketId"]

    async def close(self, job: Job) -> None:
        """Somebody goes and closes it now."""
        visit = await self.town.out(job, at=self.clock.now, assigned_at=self.clock.now)
        phone = await self.town.phone()
        said = [phone.say(visit, kind, self.clock.now) for kind in MENDED]
        await phone.send(self.database, said, now=self.clock.now + timedelta(minutes=1))
        self.clock.forward(timedelta(minutes=1))
        await self.tick()

    async def job(self, job_id: UUID | str) -> Job:
        found = await self.town.do(lambda conn: jobs.find_job(conn, self.world.area_id, UUID(str(job_id))))
        assert found is not None
        return found

    async def ticket(self, ticket_id: str) -> Any:
        return await done(await (await self.desk()).get(f"/v1/tickets/{ticket_id}"))

    async def take(self, desk: Desk) -> Any:
        return await done(await desk.post("/v1/callbacks/next"))

    async def say(self, desk: Desk, call: Any, outcome: str, note: str = "") -> Any:
        path = f"/v1/callbacks/{call['callbackId']}/outcome"
        return await done(await desk.post(path, json={"outcome": outcome, "note": note}))

    async def settings(self, **changes: Any) -> None:
        async with self.database.begin([self.world.area_id]) as conn:
            area = await areas.get_area(conn, self.world.area_id)
            changed: AreaSettings = msgspec.structs.replace(area.settings, **changes)
            await conn.execute("UPDATE area SET settings = $1", msgspec.to_builtins(changed))

    async def actions(self, job: Job) -> list[str]:
        return [entry.action for entry in (await self.town.whole(job)).journal]


@pytest.fixture
async def after(client: httpx.AsyncClient, database: Database, world: World, clock: Clock) -> After:
    clock.now = NOW
    return After(client, database, world, clock)


async def test_a_call_is_due_a_day_after_the_visit_and_fixed_closes_the_ticket(after: After) -> None:
    job, ticket_id = await after.mended()
    desk = await after.desk()
    assert await after.take(desk) is None
    assert (await done(await desk.get("/v1/callbacks")))["items"] == []
    after.clock.forward(DAY)
    desk = await after.desk()
    (due,) = (await done(await desk.get("/v1/callbacks")))["items"]
    assert (due["state"], due["inHand"], due["jobNumber"]) == ("due", False, job.number)
    assert due["closure"]["action"] == "swap_ont"
    call = await after.take(desk)
    assert (call["state"], call["inHand"], call["ticketId"]) == ("taken", True, ticket_id)
    said = await after.say(desk, call, "fixed", "happy")
    assert said["state"] == "fixed"
    ticket = await after.ticket(ticket_id)
    assert (ticket["state"], kinds(ticket)[-1]) == ("closed", "closed")
    assert ticket["history"][0]["facts"] == {"callback": "fixed", "note": "happy", "tries": 0}
    assert (await done(await desk.get("/v1/callbacks")))["items"] == []
    again = await desk.post(f"/v1/callbacks/{call['callbackId']}/outcome", json={"outcome": "not_fixed"})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/not-in-hand")
    told = [action for action in await after.actions(job) if action.startswith("callback.")]
    assert told == ["callback.planned", "callback.taken", "callback.fixed"]
    assert "happy" not in str((await after.town.whole(job)).journal), "the journal has no words of anybody"


async def test_not_fixed_reopens_ticket_and_job_more_urgent_with_their_history_and_is_asked_again(
    after: After,
) -> None:
    job, ticket_id = await after.mended()
    before = await after.ticket(ticket_id)
    after.clock.forward(DAY)
    desk = await after.desk()
    await after.say(desk, await after.take(desk), "not_fixed", "dark again since the evening")
    again = await after.job(job.job_id)
    assert (again.state, again.priority, again.reopened) == (
        JobState.RECEIVED,
        max(1, job.priority - 1),
        1,
    )
    assert (again.restored_at, again.closed_at) == (None, None)
    assert again.due_at > after.clock.now
    ticket = await after.ticket(ticket_id)
    assert (ticket["state"], ticket["priority"]) == ("escalated", before["priority"] - 1)
    assert kinds(ticket)[-2:] == ["resolved", "reopened"]
    assert ticket["history"][0]["facts"]["note"] == "dark again since the evening"
    assert len((await after.town.whole(job)).closures) == 1, "the history stays"
    assert {"callback.not_fixed", "job.reopened"} <= set(await after.actions(job))
    after.clock.forward(timedelta(hours=2))
    await after.close(again)
    assert (await after.ticket(ticket_id))["state"] == "resolved"
    after.clock.forward(DAY)
    second = await after.take(await after.desk())
    assert (second["jobId"], second["reopened"]) == (str(job.job_id), 1)


async def test_who_is_not_reached_is_called_again_later_and_not_for_ever(after: After) -> None:
    await after.settings(callback_tries=2, callback_again_minutes=60)
    _, ticket_id = await after.mended()
    after.clock.forward(DAY)
    desk = await after.desk()
    once = await after.say(desk, await after.take(desk), "not_reached")
    assert (once["state"], once["tries"]) == ("due", 1)
    assert await after.take(desk) is None
    after.clock.forward(timedelta(hours=1))
    twice = await after.say(desk, await after.take(desk), "not_reached")
    assert (twice["state"], twice["tries"]) == ("given_up", 2)
    after.clock.forward(DAY)
    assert await after.take(await after.desk()) is None
    ticket = await after.ticket(ticket_id)
    assert (ticket["state"], kinds(ticket)[-2:]) == ("resolved", ["noted", "noted"])


async def test_the_oldest_is_called_first_and_two_people_never_call_the_same(after: After) -> None:
    closed = list[Job]()
    for number in (1, 2, 3):
        closed.append((await after.mended(number))[0])
        after.clock.forward(timedelta(minutes=5))
    after.clock.forward(DAY)
    first, second = await after.desk(), await after.desk()
    calls = await asyncio.gather(after.take(first), after.take(second))
    assert {call["jobId"] for call in calls} == {str(job.job_id) for job in closed[:2]}
    assert await after.take(first) == calls[0], "one at a time"
    theirs = f"/v1/callbacks/{calls[1]['callbackId']}/outcome"
    assert (await first.post(theirs, json={"outcome": "fixed"})).status_code == 409
    declined = await after.say(first, calls[0], "declined")
    assert declined["state"] == "declined"
    assert (await after.take(first))["jobId"] == str(closed[2].job_id)
    # whoever took one and went home has left it to the next
    after.clock.forward(timedelta(minutes=31))
    third = await after.desk()
    assert (await after.take(third))["jobId"] == calls[1]["jobId"]


async def test_nobody_is_asked_about_a_job_that_came_back_by_itself_or_where_the_area_asks_nobody(
    after: After,
) -> None:
    job, _ = await after.mended()
    boss = await sign_in(after.client, f"{after.world.name}.dispatcher")
    version = (await after.job(job.job_id)).version
    reopened = await boss.post(
        f"/v1/jobs/{job.job_id}/reopen",
        json={"reason": "she called"},
        headers={"If-Match": f'"{version}"'},
    )
    assert reopened.status_code == 200, reopened.text
    await after.settings(callback_hours=None)
    await after.mended(2)
    after.clock.forward(DAY)
    assert await after.take(await after.desk()) is None


async def test_the_ticket_of_another_system_stays_with_the_field_and_its_job_comes_back(after: After) -> None:
    job = await after.town.job(reportedAt=after.clock.now)
    await after.close(job)
    after.clock.forward(DAY)
    desk = await after.desk()
    call = await after.take(desk)
    await after.say(desk, call, "not_fixed")
    assert (await after.job(job.job_id)).state is JobState.RECEIVED
    ticket = await after.ticket(call["ticketId"])
    assert (ticket["state"], kinds(ticket)) == ("escalated", ["reopened"])
    missing = await desk.post(f"/v1/callbacks/{job.job_id}/outcome", json={"outcome": "fixed"})
    assert (missing.status_code, missing.json()["type"]) == (404, "/problems/unknown-callback")

"""How long a subscriber's link lives, who gets the next one, and how often its digits may be wrong."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from db.pool import Database
from dispatch.actors import worker
from dispatch.flows import links
from dispatch.flows.links import KEPT_DEAD
from dispatch.rules.links import TRIES
from dispatch.sessions import digest
from tests.api.conftest import Clock, Desk
from tests.api.linked import Street, refused, street_of, wire
from tests.builders import terms
from tests.worlds import World


@pytest.fixture
async def street(
    client: httpx.AsyncClient, database: Database, world: World, clock: Clock, dispatcher: Desk, tickets: Desk
) -> Street:
    return await street_of(client, database, world, clock, dispatcher, tickets)


async def test_wrong_digits_count_over_all_links_that_ask_for_one_phone(street: Street) -> None:
    first, told = await street.booked()
    second, _ = await street.booked()
    stranger, _ = await street.booked(2)
    for number in range(TRIES):
        answer = await (first, second)[number % 2].cancel("0000")
        assert answer.json().get("triesLeft", 0) == TRIES - number - 1
    for mine in (first, second):
        assert refused(await mine.cancel()) == (403, "link-locked")
        assert (await mine.see())["locked"] is True
    assert (await stranger.see())["locked"] is False
    # whoever speaks with the office may try again
    assert (await street.desk.post(f"/v1/jobs/{told['job']['jobId']}/link", json={})).status_code == 204
    assert (await second.cancel()).status_code == 200


async def test_a_job_that_was_reopened_gets_a_link_with_its_next_visit_and_dead_links_are_swept(
    street: Street,
) -> None:
    mine, told = await street.booked()
    job_id, area_id = UUID(told["job"]["jobId"]), street.world.area_id
    actor = worker(area_id)

    async def ticked() -> int:
        now = street.clock.now
        async with street.database.begin([area_id]) as conn:
            await links.renew_reopened(conn, area_id=area_id, actor=actor, now=now)
            await links.forget(conn, area_id=area_id, now=now)
            return await conn.fetchval("SELECT count(*) FROM subscriber_link")

    async with street.database.begin([area_id]) as conn:
        await conn.execute("UPDATE job SET state = 'planned', reopened = 1")
    assert refused(await mine.get("/v1/visit")) == (404, "unknown-link")
    assert await ticked() == 1, "nobody is sent yet"
    await street.out(told)
    assert [await ticked() for _ in range(2)] == [2, 2]
    other = street.holding((await street.texts())[-1])
    assert other.token != mine.token
    assert (await other.see())["stage"] == "agreed"
    # what the office takes back is not sent again by itself
    assert (await street.desk.post(f"/v1/jobs/{job_id}/link/revocation", json={})).status_code == 204
    assert await ticked() == 2
    street.clock.forward(KEPT_DEAD + timedelta(days=1))
    assert await ticked() == 0
    # the journal keeps that they were
    async with street.database.begin([area_id]) as conn:
        rows = await conn.fetch("SELECT action FROM journal WHERE action LIKE 'visit_link.%' ORDER BY n")
    assert [row["action"].removeprefix("visit_link.") for row in rows] == ["made", "sent", "revoked"]


async def test_a_link_by_which_something_was_confirmed_or_of_a_job_with_a_consent_is_never_swept(
    street: Street,
) -> None:
    paid, _ = await street.booked(terms=wire(terms()))
    confirmed, _ = await street.booked(2)
    await street.booked(3)
    assert (await confirmed.post("/v1/visit/confirmation", json={})).status_code == 200
    area_id = street.world.area_id
    async with street.database.begin([area_id]) as conn:
        await conn.execute("UPDATE job SET state = 'closed', closed_at = $1", street.clock.now)
        now = street.clock.now + KEPT_DEAD
        await links.forget(conn, area_id=area_id, now=now - timedelta(minutes=1))
        assert await conn.fetchval("SELECT count(*) FROM subscriber_link") == 3, "not yet"
        await links.forget(conn, area_id=area_id, now=now + timedelta(minutes=1))
        kept = await conn.fetch("SELECT token_hash FROM subscriber_link")
    assert {bytes(row["token_hash"]) for row in kept} == {digest(one.token) for one in (paid, confirmed)}

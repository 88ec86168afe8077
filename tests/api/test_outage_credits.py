"""Mass outages are credited to all who were dark, once, and together with what they reported themselves."""

import asyncio
from datetime import datetime, timedelta

import httpx
import pytest

from db import queue
from db.ids import new_id
from db.pool import Database
from db.queries import outages
from db.records import Outage, OutageEvidence
from db.states import OutageState
from dispatch import crediting
from dispatch.actors import worker
from dispatch.following import KIND, Follower
from dispatch.rules.credits import Credit, RefusalReason
from dispatch.rules.troubles import dark_in
from tests.api.conftest import Clock
from tests.api.places import Place, placed
from tests.api.test_outages import ON_LEFT, decided, raised
from tests.api.test_tickets import opened
from tests.branching import TOP, branched
from tests.conftest import Server
from tests.db.waits import until


@pytest.fixture
async def london(client: httpx.AsyncClient, database: Database, clock: Clock) -> Place:
    return await placed(client, database, clock, "uk")


@pytest.fixture
async def moscow(client: httpx.AsyncClient, database: Database, clock: Clock) -> Place:
    return await placed(client, database, clock, "ru")


async def dark(place: Place, begin: datetime, end: datetime, number: int = 1) -> Credit:
    """A mass outage above this subscriber, over and credited."""
    area_id, subscriber_id = place.world.area_id, place.world.subscribers[number - 1].subscriber_id
    outage = Outage(
        area_id=area_id,
        outage_id=new_id(),
        network_element_id=TOP,
        state=OutageState.RESTORED,
        since=begin,
        proposed_at=begin,
        affected=1,
        evidence=OutageEvidence(),
        accepted_at=begin,
        accepted_by=area_id,
        restored_at=end,
        ended_at=end,
    )
    async with place.database.begin([area_id]) as conn:
        await outages.insert_outages(conn, [outage])
        area, subscriber = await crediting.locked(conn, area_id, subscriber_id)
        found = await crediting.owed(conn, area, subscriber, dark_in(outage))
        await crediting.keep(conn, area, subscriber, found, worker(area_id), end, outage_id=outage.outage_id)
        return found


async def test_two_tickets_of_one_outage_are_one_and_a_mass_outage_adds_only_what_was_not_credited(
    london: Place,
) -> None:
    monday, sunday = london.local(11, 30, 9), london.local(12, 6, 17)
    first, second = await london.escalated(monday), await london.escalated(london.local(12, 2, 9))
    await london.there(first, sunday)
    await london.tick(sunday + timedelta(hours=1))
    await london.there(second, sunday + timedelta(hours=2))
    await london.tick(sunday + timedelta(hours=3))
    assert await london.amounts() == [4_136]
    await branched(london.database, london.world)
    same = await dark(london, monday, sunday)
    assert (same.lines, {one.reason for one in same.refused}) == ([], {RefusalReason.CREDITED_BEFORE})
    longer = await dark(london, monday, london.local(12, 7, 9))
    assert [line.on_day.day for line in longer.lines] == [7]
    assert await london.amounts() == [4_136, 1_034]


async def test_a_ticket_in_a_mass_outage_that_was_credited_adds_nothing(moscow: Place) -> None:
    begin = moscow.clock.now
    await branched(moscow.database, moscow.world)
    found = await dark(moscow, begin, begin + timedelta(minutes=3_000))
    assert found.amount_minor == 4_167
    job = await moscow.escalated(begin + timedelta(hours=1))
    await moscow.there(job, begin + timedelta(hours=30))
    await moscow.tick(begin + timedelta(hours=31))
    assert await moscow.amounts() == [4_167]
    claim = await (await moscow.desk()).post(
        f"/v1/tickets/{await moscow.ticket_of(job)}/credit-claims", json={}
    )
    assert (claim.status_code, claim.json()["type"]) == (409, "/problems/credited-before")


async def test_all_who_were_dark_are_credited_once_whether_they_called_or_not(
    moscow: Place, clock: Clock
) -> None:
    await branched(moscow.database, moscow.world)
    called = await opened(await moscow.desk(), moscow.world, 1)
    outage = await raised(await moscow.desk())
    clock.forward(timedelta(minutes=3_000))
    await decided(await moscow.desk(), outage, "restoration")
    for _ in range(2):
        await moscow.tick(clock.now)
    assert [await moscow.amounts(number) for number in (1, 2, 3, 4)] == [[4_167]] * 3 + [[]]
    (theirs,), (own,) = await moscow.credited(3), await moscow.credited(2)
    assert (theirs["outageId"], theirs["ticketId"]) == (outage["outageId"], None)
    assert (own["outageId"], own["ticketId"]) == (None, called["ticketId"])
    async with moscow.database.begin([moscow.world.area_id]) as conn:
        assert await conn.fetchval("SELECT count(*) FROM credit") == ON_LEFT
    claim = await (await moscow.desk()).post(f"/v1/tickets/{called['ticketId']}/credit-claims", json={})
    assert (claim.status_code, claim.json()["type"]) == (409, "/problems/credited-before")


async def test_whoever_could_not_be_credited_is_credited_later_and_holds_up_no_other(
    moscow: Place, clock: Clock, server: Server, fresh: str, database_url: str
) -> None:
    await branched(moscow.database, moscow.world)
    outage = await raised(await moscow.desk())
    clock.forward(timedelta(minutes=3_000))
    await decided(await moscow.desk(), outage, "restoration")
    refused = f"subscriber_id = '{moscow.world.subscribers[0].subscriber_id}'"
    await server.run(fresh, f"ALTER TABLE credit ADD CONSTRAINT broken CHECK (NOT {refused})")
    await moscow.tick(clock.now)
    assert [await moscow.amounts(number) for number in (1, 2, 3)] == [[], [4_167], [4_167]]
    await server.run(fresh, "ALTER TABLE credit DROP CONSTRAINT broken")
    again = Follower(moscow.database, clock).follow_again
    stop = asyncio.Event()
    working = asyncio.create_task(queue.run(database_url, {KIND: again}, stop=stop))
    await until(lambda: is_credited(moscow))
    stop.set()
    await working
    assert [await moscow.amounts(number) for number in (1, 2, 3)] == [[4_167]] * 3


async def is_credited(place: Place) -> bool:
    return bool(await place.amounts(1))

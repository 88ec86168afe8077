"""Outages over HTTP: from alarms to a proposal, what accepting one does to tickets and visits, and what its end does."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from db.pool import Database
from db.queries import jobs
from db.states import Role
from dispatch.delivering import Deliverer
from dispatch.following import Follower
from dispatch.weighing import Weigher
from tests.api.conftest import Clock, Desk, with_role, with_token
from tests.api.test_access import escalation_of
from tests.api.test_booking import book, booked, quoted
from tests.api.test_tickets import done, kinds, opened
from tests.branching import HOUSE, LEFT, MORE, RIGHT, TOP, branched, dying
from tests.builders import Town
from tests.db.waits import until
from tests.dispatch.said import MENDED
from tests.worlds import NOW, World

ON_LEFT = MORE + 3
SOON = (NOW + timedelta(hours=2)).isoformat()


@pytest.fixture
async def net(database: Database, world: World) -> World:
    await branched(database, world)
    return world


@pytest.fixture
async def line1(client: httpx.AsyncClient, database: Database, net: World) -> Desk:
    return await with_role(client, database, net, Role.SUPPORT)


@pytest.fixture
async def nms(client: httpx.AsyncClient, database: Database, net: World) -> Desk:
    """The system that watches the network."""
    return await with_token(client, database, net, ["alarms:write"])


def seen(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}


async def raised(desk: Desk, element: UUID = LEFT, **said: Any) -> dict[str, Any]:
    return await done(await desk.post(f"/v1/network-elements/{element}/outage", json=said))


async def decided(desk: Desk, outage: dict[str, Any], step: str, **said: Any) -> dict[str, Any]:
    path = f"/v1/outages/{outage['outageId']}/{step}"
    return await done(await desk.post(path, json=said, headers=seen(outage["version"])))


async def listed(desk: Desk) -> list[dict[str, Any]]:
    return (await done(await desk.get("/v1/outages")))["items"]


async def escalated(tickets: Desk, world: World, number: int, **more: Any) -> str:
    """The job of this subscriber, counted from 1."""
    said = {**escalation_of(world, number), "reportedAt": NOW.isoformat(), **more}
    made = await done(await tickets.post("/v1/escalations", json=said))
    return made["jobId"]


async def promised(desk: Desk, job_id: str) -> dict[str, Any]:
    return await booked(desk, await quoted(desk, job_id))


async def whole(desk: Desk, job_id: str) -> dict[str, Any]:
    return await done(await desk.get(f"/v1/jobs/{job_id}"))


async def texts(database: Database, world: World, clock: Clock) -> list[str]:
    """What has left, as it was worded."""
    await Deliverer(database).deliver(world.area_id, clock.now)
    async with database.begin([world.area_id]) as conn:
        return [row["text"] for row in await conn.fetch("SELECT text FROM message ORDER BY message_id")]


def on_site(phone: str) -> dict[str, str]:
    return {"name": "Holder", "relation": "holder", "phone": phone, "language": "ru"}


class Calls:
    """Thirty callers of the left branch, five at a time."""

    def __init__(self, line1: Desk, tickets: Desk, world: World) -> None:
        self.line1, self.tickets, self.world = line1, tickets, world
        self.at_once = asyncio.Semaphore(5)
        self.began = 0

    async def call(self, number: int) -> str:
        """As far as the desk comes: told, refused a window, or booked."""
        contract = {"contract": f"left-{number}"}
        async with self.at_once:
            (item,) = (await done(await self.line1.post("/v1/callers", json=contract)))["items"]
            self.began += 1
            if item["outage"] is not None:
                return "told"
            await done(await self.line1.post("/v1/tickets", json={"subscriberId": item["subscriberId"]}))
            job_id = await escalated(self.tickets, self.world, 1, **contract, ticketNumber=f"N-{number}")
            quote = await self.line1.post("/v1/slot-quotes", json={"jobId": job_id})
            took = quote.status_code == 201 and (await book(self.line1, quote.json())).status_code == 200
            return "booked" if took else "refused"

    async def all(self) -> list[str]:
        return await asyncio.gather(*(self.call(number) for number in range(MORE)))

    async def until(self, began: int) -> None:
        async def so_many() -> bool:
            return self.began >= began

        await until(so_many)

    async def left_nothing_booked(self, database: Database, mends: str) -> None:
        """`mends`: the one job that goes on."""
        async with database.begin([self.world.area_id]) as conn:
            promised = await conn.fetchval("SELECT count(*) FROM appointment WHERE state = 'confirmed'")
            states = await conn.fetch("SELECT state, hold_reason, job_id FROM job")
            visits = await conn.fetchval("SELECT count(*) FROM visit WHERE state <> 'cancelled'")
            loose = await conn.fetchval("SELECT count(*) FROM ticket WHERE outage_id IS NULL")
        assert (promised, visits, loose) == (0, 0, 0)
        assert {row["hold_reason"] for row in states if str(row["job_id"]) != mends} == {"outage"}


async def test_an_alarm_is_kept_once_however_often_it_is_sent_and_ended_by_being_cleared(
    nms: Desk, client: httpx.AsyncClient, database: Database, net: World
) -> None:
    batch = msgspec.to_builtins(dying(range(3)))
    batch["alarms"].append({"id": "olt", "networkElementId": str(TOP), "raisedAt": NOW.isoformat()})
    batch["alarms"].append({"id": "gone", "contract": "nobody", "raisedAt": NOW.isoformat()})
    for _ in range(2):
        assert await done(await nms.post("/v1/alarms", json=batch)) == {"kept": 4, "unknown": ["gone"]}
    batch["alarms"][0]["clearedAt"] = NOW.isoformat()
    await done(await nms.post("/v1/alarms", json=batch))
    del batch["alarms"][0]["clearedAt"]
    await done(await nms.post("/v1/alarms", json=batch))
    async with database.begin([net.area_id]) as conn:
        kept = await conn.fetch("SELECT source_alarm_id, cleared_at FROM alarm ORDER BY source_alarm_id")
    assert [(row["source_alarm_id"], row["cleared_at"]) for row in kept] == [
        ("left-0", NOW),
        ("left-1", None),
        ("left-2", None),
        ("olt", None),
    ]
    nothing = await nms.post(
        "/v1/alarms", json={"source": "nms", "alarms": [{"id": "x", "raisedAt": NOW.isoformat()}]}
    )
    assert (nothing.status_code, nothing.json()["errors"][0]["pointer"]) == (422, "/alarms/0")
    never = {"id": "x", "contract": "left-1", "raisedAt": "1970-01-01T00:00:00Z"}
    assert (await nms.post("/v1/alarms", json={"source": "nms", "alarms": [never]})).status_code == 422
    other = await with_token(client, database, net, ["charges:read"])
    assert (await other.post("/v1/alarms", json=batch)).status_code == 403


async def test_signs_on_one_branch_become_one_proposal_that_outlives_its_worker_and_falls_away(
    nms: Desk, line1: Desk, database: Database, net: World, clock: Clock
) -> None:
    await done(await nms.post("/v1/alarms", json=msgspec.to_builtins(dying(range(14)))))
    ticket = await opened(line1, net, 1)
    clock.forward(timedelta(seconds=1))
    assert await Weigher(database).weigh(net.area_id, clock.now)
    (proposal,) = await listed(line1)
    assert (proposal["state"], proposal["elementName"], proposal["affected"]) == (
        "proposed",
        "S-left",
        ON_LEFT,
    )
    assert [one["ticketId"] for one in proposal["evidence"]["tickets"]] == [ticket["ticketId"]]
    assert len(proposal["evidence"]["alarms"]) == 14
    assert proposal["evidence"]["sure"] > 0.5
    assert proposal["since"] == proposal["evidence"]["alarms"][0]["raisedAt"]
    assert set(proposal["announcement"]) == {"en", "ru", "hu"}
    assert proposal["announcement"]["en"].startswith("There is no service in Long Street.")
    await opened(line1, net, 2)
    clock.forward(timedelta(seconds=1))
    afresh = Weigher(database)
    assert await afresh.weigh(net.area_id, clock.now)
    (again,) = await listed(line1)
    assert (again["outageId"], again["version"]) == (proposal["outageId"], 1)
    assert len(again["evidence"]["tickets"]) == 2
    assert not await afresh.weigh(net.area_id, clock.now), "at most once a second"
    cleared = [
        {**one, "clearedAt": clock.now.isoformat()} for one in msgspec.to_builtins(dying(range(14)))["alarms"]
    ]
    await done(await nms.post("/v1/alarms", json={"source": "nms", "alarms": cleared}))
    clock.forward(timedelta(seconds=1))
    assert await afresh.weigh(net.area_id, clock.now)
    assert await listed(line1) == []
    async with database.begin([net.area_id]) as conn:
        states = await conn.fetch("SELECT state FROM outage")
        said = await conn.fetch("SELECT action FROM journal WHERE action LIKE 'outage.%' ORDER BY n")
    assert [row["state"] for row in states] == ["withdrawn"]
    assert [row["action"] for row in said] == ["outage.proposed", "outage.withdrawn"]


async def test_what_was_refused_is_not_proposed_again_by_the_same_signs(
    nms: Desk, line1: Desk, database: Database, net: World, clock: Clock
) -> None:
    await done(await nms.post("/v1/alarms", json=msgspec.to_builtins(dying(range(14)))))
    weigher = Weigher(database)
    clock.forward(timedelta(seconds=1))
    await weigher.weigh(net.area_id, clock.now)
    (proposal,) = await listed(line1)
    path = f"/v1/outages/{proposal['outageId']}/refusal"
    assert (await line1.post(path)).status_code == 428
    assert (await line1.post(path, headers=seen(7))).status_code == 412
    refused = await done(await line1.post(path, headers=seen(1)))
    assert refused["state"] == "refused"
    twice = await line1.post(path, headers=seen(2))
    assert (twice.status_code, twice.json()["type"]) == (409, "/problems/transition-refused")
    clock.forward(timedelta(seconds=1))
    assert await weigher.weigh(net.area_id, clock.now)
    assert await listed(line1) == []


async def test_accepting_calls_off_what_it_explains_and_leaves_one_job_for_the_element(
    line1: Desk, tickets: Desk, database: Database, net: World, clock: Clock
) -> None:
    dark = await escalated(tickets, net, 1, contact=on_site("+79001110001"), faultClass="cable_break")
    also = await escalated(tickets, net, 2, contact=on_site("+79001110002"))
    tablet = await escalated(tickets, net, 3, faultClass="wifi_setup")
    elsewhere = await escalated(tickets, net, 4)
    for job_id in (dark, also, tablet, elsewhere):
        await promised(line1, job_id)
    await opened(line1, net, 1, caller={"phone": "+79001110002"})
    outage = await raised(line1, expectedAt=SOON)
    assert (outage["state"], outage["affected"], outage["held"]) == ("accepted", ON_LEFT, 2)
    assert outage["linked"] == 3, "two of the ticket system, whose jobs are held, and our own"
    for job_id in (dark, also):
        held = await whole(line1, job_id)
        assert (held["job"]["state"], held["job"]["holdReason"]) == ("on_hold", "outage")
        assert held["job"]["outageId"] == outage["outageId"]
        assert [row["state"] for row in held["appointments"]] == ["cancelled"]
        assert [visit for visit in held["visits"] if visit["state"] in ("draft", "published")] == []
        assert "нет связи" in held["told"]["sentence"]
    for job_id in (tablet, elsewhere):
        goes_on = await whole(line1, job_id)
        assert [row["state"] for row in goes_on["appointments"]] == ["confirmed"]
        assert len(goes_on["visits"]) == 1
    mends = (await whole(line1, outage["jobId"]))["job"]
    assert (mends["affected"], mends["priority"], mends["state"]) == (ON_LEFT, 1, "received")
    async with database.begin([net.area_id]) as conn:
        at = await conn.fetchval(
            "SELECT network_element_id FROM job WHERE job_id = $1", UUID(outage["jobId"])
        )
    assert at == LEFT
    said = [text for text in await texts(database, net, clock) if "нет связи" in text]
    assert len(said) == 2, "each subscriber once"
    assert all("отменён" in text for text in said)
    assert (await listed(line1))[0]["outageId"] == outage["outageId"]


async def test_no_visit_is_booked_on_it_after_acceptance(
    line1: Desk, dispatcher: Desk, tickets: Desk, net: World
) -> None:
    job_id = await escalated(tickets, net, 1)
    quote = await quoted(line1, job_id)
    outage = await raised(line1)
    for refused in (
        await book(line1, quote),
        await line1.post("/v1/slot-quotes", json={"jobId": job_id}),
    ):
        problem = refused.json()
        assert (refused.status_code, problem["type"]) == (409, "/problems/outage-holds")
        assert problem["outageId"] == outage["outageId"]
    # what comes now is held from the beginning, and a window promised elsewhere is none
    window = {"earliest": (NOW + timedelta(hours=3)).isoformat(), "latest": SOON.replace("07:", "11:")}
    late = await whole(line1, await escalated(tickets, net, 2, promisedWindow=window))
    assert (late["job"]["state"], late["job"]["holdReason"]) == ("on_hold", "outage")
    assert late["appointments"] == []
    # a person may say that one is something else
    held = (await whole(line1, job_id))["job"]
    released = await dispatcher.post(
        f"/v1/jobs/{job_id}/release", json={"reason": "the drop is torn"}, headers=seen(held["version"])
    )
    assert (released.status_code, released.json()["state"]) == (200, "received")
    await promised(line1, job_id)
    # and the one that mends it can be booked, as can what lies elsewhere
    await promised(line1, outage["jobId"])
    await promised(line1, await escalated(tickets, net, 5))


async def test_a_job_that_was_made_for_the_element_is_the_one_that_stays(
    line1: Desk, tickets: Desk, net: World
) -> None:
    trunk = await escalated(
        tickets, net, 2, faultClass="cable_break", affected=12, networkElementId=str(LEFT)
    )
    told = await promised(line1, trunk)
    outage = await raised(line1)
    assert (outage["jobId"], outage["held"]) == (trunk, 0)
    after = await whole(line1, trunk)
    assert (after["job"]["affected"], after["job"]["priority"]) == (ON_LEFT, 1)
    assert after["appointments"] == [told["appointment"]]


async def test_who_calls_is_told_first_and_linked_and_may_be_taken_out_again(
    line1: Desk, net: World, clock: Clock
) -> None:
    outage = await raised(line1, expectedAt=SOON)

    async def found(number: int) -> dict[str, Any] | None:
        answer = await line1.post("/v1/callers", json={"contract": net.subscribers[number].contract})
        (item,) = (await done(answer))["items"]
        return item["outage"]

    told = await found(0)
    assert told is not None
    assert (told["outageId"], told["elementName"]) == (outage["outageId"], "S-left")
    assert told["text"].startswith("Нет связи: Long Street.")
    assert "около 10:00" in told["text"]
    assert await found(4) is None
    ticket = await opened(line1, net, 0)
    assert (ticket["state"], ticket["inHand"], ticket["outage"]) == ("linked", False, told)
    assert kinds(ticket) == ["opened", "linked"]
    assert (await listed(line1))[0]["linked"] == 1
    elsewhere = await opened(line1, net, 4)
    assert (elsewhere["state"], elsewhere["outage"]) == ("in_progress", None)
    path = f"/v1/tickets/{ticket['ticketId']}/unlinking"
    clock.forward(timedelta(seconds=20))
    out = await done(await line1.post(path, json={"note": "only the tablet"}))
    assert (out["state"], out["inHand"]) == ("in_progress", True)
    assert kinds(out) == ["opened", "linked", "unlinked"]
    assert (await listed(line1))[0]["linked"] == 0
    assert (await line1.post(path, json={"note": "again"})).json()["type"] == "/problems/transition-refused"


async def test_its_end_resolves_what_it_explained_and_sends_on_what_has_a_cause_of_its_own(
    line1: Desk, tickets: Desk, database: Database, net: World, clock: Clock
) -> None:
    mended = await escalated(tickets, net, 1, contact=on_site("+79001110001"))
    long_before = (NOW - timedelta(days=1)).isoformat()
    before = await escalated(tickets, net, 2, reportedAt=long_before)
    ticket = await opened(line1, net, 1, caller={"phone": "+79001110003"})
    outage = await raised(line1, since=NOW.isoformat())
    still = await escalated(tickets, net, 3)
    own = await opened(line1, net, 0)
    await texts(database, net, clock)
    clock.forward(timedelta(hours=1))
    path = f"/v1/outages/{outage['outageId']}/restoration"
    assert (await line1.post(path, json={})).status_code == 428
    early = {"restoredAt": (NOW - timedelta(hours=1)).isoformat()}
    refused = await line1.post(path, json=early, headers=seen(outage["version"]))
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/restoredAt")
    over = await decided(line1, outage, "restoration", notMended=[still])
    assert (over["state"], over["held"]) == ("restored", 0)
    assert over["restoredAt"] == clock.now.isoformat().replace("+00:00", "Z")
    states = {job_id: (await whole(line1, job_id))["job"]["state"] for job_id in (mended, before, still)}
    assert states == {mended: "cancelled", before: "received", still: "received"}
    for linked in (ticket, own):
        now = await done(await line1.get(f"/v1/tickets/{linked['ticketId']}"))
        assert (now["state"], now["resolution"]) == ("resolved", "outage_restored")
    said = [text for text in await texts(database, net, clock) if "восстановлена" in text]
    assert len(said) == 2, "each whose phone is known, once"
    (item,) = (await done(await line1.post("/v1/callers", json={"contract": net.subscribers[0].contract})))[
        "items"
    ]
    assert item["outage"] is None
    assert [one["state"] for one in await listed(line1)] == ["restored"]
    await promised(line1, before)
    again = await line1.post(path, json={}, headers=seen(over["version"]))
    assert (again.status_code, again.json()["type"]) == (409, "/problems/transition-refused")


async def test_it_is_over_when_the_job_that_mends_it_is_done(
    line1: Desk, tickets: Desk, database: Database, net: World, clock: Clock
) -> None:
    held = await escalated(tickets, net, 1)
    outage = await raised(line1)
    town, follower = Town(database, net), Follower(database, clock)
    await follower.follow()
    assert (await listed(line1))[0]["state"] == "accepted"
    mends = await town.do(lambda conn: jobs.find_job(conn, net.area_id, UUID(outage["jobId"])))
    assert mends is not None
    visit = await town.out(mends, at=clock.now, assigned_at=clock.now)
    phone = await town.phone()
    said = [phone.say(visit, kind, clock.now) for kind in MENDED]
    await phone.send(database, said, now=clock.now + timedelta(minutes=1))
    clock.forward(timedelta(hours=1))
    await follower.follow()
    (over,) = await listed(line1)
    restored = (await whole(line1, outage["jobId"]))["job"]["restoredAt"]
    assert (over["state"], over["restoredAt"]) == ("restored", restored)
    assert (await whole(line1, held))["job"]["state"] == "cancelled"


async def test_a_job_whose_ticket_was_taken_out_is_not_ended_with_the_outage(
    line1: Desk, net: World, database: Database
) -> None:
    ticket = await opened(line1, net, 1)
    path = f"/v1/tickets/{ticket['ticketId']}"
    async with database.begin([net.area_id]) as conn:
        await conn.execute("UPDATE ticket SET verified_by = 'name'")
    sent = await done(
        await line1.post(f"{path}/escalation", json={"faultClass": "cable_break", "summary": "dark"})
    )
    outage = await raised(line1)
    assert (outage["held"], outage["linked"]) == (1, 1)
    out = await done(await line1.post(f"{path}/unlinking", json={"note": "the drop is torn"}))
    assert out["state"] == "escalated"
    await decided(line1, outage, "restoration")
    assert (await whole(line1, sent["jobId"]))["job"]["state"] == "received"


async def test_what_line_two_sends_on_after_taking_it_out_is_not_held(
    line1: Desk, net: World, database: Database
) -> None:
    await raised(line1)
    ticket = await opened(line1, net, 1)
    path = f"/v1/tickets/{ticket['ticketId']}"
    await done(await line1.post(f"{path}/unlinking", json={"note": "the drop is torn"}))
    async with database.begin([net.area_id]) as conn:
        await conn.execute("UPDATE ticket SET verified_by = 'name'")
    sent = await done(
        await line1.post(f"{path}/escalation", json={"faultClass": "cable_break", "summary": "torn"})
    )
    told = await promised(line1, sent["jobId"])
    assert told["appointment"]["state"] == "confirmed"


async def test_a_larger_outage_takes_over_those_beneath_it(line1: Desk, tickets: Desk, net: World) -> None:
    first = await escalated(tickets, net, 1)
    small = await raised(line1, HOUSE, since=(NOW - timedelta(minutes=20)).isoformat())
    assert (small["affected"], small["held"]) == (1, 1)
    second = await escalated(tickets, net, 2)
    large = await raised(line1, LEFT)
    assert (large["held"], large["since"]) == (3, small["since"]), "the smaller one's own job is held too"
    assert [one["outageId"] for one in await listed(line1)] == [large["outageId"]]
    for job_id in (first, second, small["jobId"]):
        assert (await whole(line1, job_id))["job"]["holdReason"] == "outage"
    within = await line1.post(f"/v1/network-elements/{HOUSE}/outage", json={})
    assert (within.status_code, within.json()["type"]) == (409, "/problems/outage-known")
    assert within.json()["outageId"] == large["outageId"]
    beside = await raised(line1, RIGHT)
    assert beside["state"] == "accepted"
    missing = await line1.post(f"/v1/network-elements/{net.area_id}/outage", json={})
    assert (missing.status_code, missing.json()["errors"][0]["pointer"]) == (422, "/networkElementId")


async def test_a_proposal_is_accepted_on_another_element_and_its_end_is_told_anew(
    nms: Desk, line1: Desk, database: Database, net: World, clock: Clock
) -> None:
    await done(await nms.post("/v1/alarms", json=msgspec.to_builtins(dying(range(14)))))
    await opened(line1, net, 1, caller={"phone": "+79001110003"})
    clock.forward(timedelta(seconds=1))
    weigher = Weigher(database)
    await weigher.weigh(net.area_id, clock.now)
    (proposal,) = await listed(line1)
    past = await line1.post(
        f"/v1/outages/{proposal['outageId']}/acceptance",
        json={"expectedAt": NOW.isoformat()},
        headers=seen(1),
    )
    assert (past.status_code, past.json()["errors"][0]["pointer"]) == (422, "/expectedAt")
    accepted = await decided(line1, proposal, "acceptance", networkElementId=str(TOP))
    assert (accepted["elementName"], accepted["affected"], accepted["linked"]) == ("OLT-1", 2 * MORE + 6, 1)
    assert accepted["since"] == proposal["since"]
    clock.forward(timedelta(seconds=1))
    await weigher.weigh(net.area_id, clock.now)
    assert len(await listed(line1)) == 1, "its signs are explained"
    path = f"/v1/outages/{accepted['outageId']}/expected-end"
    assert (await line1.put(path, json={"expectedAt": SOON})).status_code == 428
    expected = await done(await line1.put(path, json={"expectedAt": SOON}, headers=seen(2)))
    assert "at about 10:00" in expected["announcement"]["en"]
    said = await texts(database, net, clock)
    assert len(said) == 2, "that it is dark, and until when"
    assert all("около 10:00" in text for text in said), "what is true when it leaves"


async def test_in_the_middle_of_thirty_calls_each_is_held_or_told_and_no_visit_stays_booked(
    line1: Desk, tickets: Desk, database: Database, net: World
) -> None:
    calls = Calls(line1, tickets, net)

    async def accepted() -> dict[str, Any]:
        await calls.until(10)
        return await raised(line1)

    became, outage = await asyncio.gather(calls.all(), accepted())
    assert {"told", "booked"} <= set(became), became
    await calls.left_nothing_booked(database, outage["jobId"])
    assert await calls.call(0) == "told"


async def test_a_supervisor_reads_and_decides_nothing(
    client: httpx.AsyncClient, database: Database, line1: Desk, net: World
) -> None:
    await raised(line1)
    supervisor = await with_role(client, database, net, Role.SUPERVISOR)
    assert len(await listed(supervisor)) == 1
    assert (await supervisor.post(f"/v1/network-elements/{RIGHT}/outage", json={})).status_code == 403

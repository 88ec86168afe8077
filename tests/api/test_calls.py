"""What is known of whoever calls again, and what one line leaves to the next, over HTTP and a real database."""

from datetime import timedelta
from uuid import UUID

import httpx
import msgspec
import pytest

from db.pool import Database
from db.queries import jobs, messages
from db.queries import tickets as queries
from db.records import CheckAnswer, SupportProfile
from db.states import Role
from dispatch.delivering import Deliverer
from tests.api.conftest import Clock, Desk, with_role
from tests.api.test_tickets import NO_INTERNET, done, opened, verified
from tests.builders import Town
from tests.worlds import World

PHONE = "+79001112233"


@pytest.fixture
async def line1(client: httpx.AsyncClient, database: Database, world: World) -> Desk:
    return await with_role(client, database, world, Role.SUPPORT)


@pytest.fixture
async def line2(client: httpx.AsyncClient, database: Database, world: World) -> Desk:
    return await with_role(client, database, world, Role.SUPPORT)


async def test_a_name_holds_for_its_call_and_the_next_caller_is_asked_again(
    line1: Desk, line2: Desk, database: Database, world: World
) -> None:
    ticket = await opened(line1, world)
    path = f"/v1/tickets/{ticket['ticketId']}"
    await verified(line1, database, path)
    send = {"faultClass": "cable_break", "summary": "dark"}

    async def is_known(desk: Desk) -> tuple[bool, str]:
        told = await done(await desk.get(path))
        return told["verifiedBy"] is not None, told["holderName"]

    # another call of another operator is not this one
    assert await is_known(line2) == (False, "")
    await done(await line2.delete(f"{path}/verification"))
    assert await is_known(line1) == (True, "Anna Kiss")
    # whoever is on the line stays there while line 2 takes it; back in the queue, the call is over
    await done(await line1.post(f"{path}/hand-over", json={"line": 2}))
    assert await is_known(line1) == (False, "")
    assert (await done(await line2.post("/v1/queue/next")))["holderName"] == "Anna Kiss"
    await done(await line2.post(f"{path}/hand-over", json={"line": 2}))
    await done(await line2.post("/v1/queue/next"))
    refused = await line2.post(f"{path}/escalation", json=send)
    assert refused.json()["type"] == "/problems/not-verified"
    await verified(line2, database, path)
    await done(await line2.delete(f"{path}/verification"))
    assert (await line2.post(f"{path}/escalation", json=send)).json()["type"] == "/problems/not-verified"
    # its subscriber calls while it waits, or after it was resolved
    await verified(line2, database, path)
    await done(await line2.post(f"{path}/hand-over", json={"line": 1}))
    assert (await done(await line1.post(f"{path}/take")))["verifiedBy"] is None
    await verified(line1, database, path)
    await done(await line1.post(f"{path}/resolution", json={"resolution": "restarted"}))
    await done(await line1.post(f"{path}/reopening", json={"note": "dark again"}))
    assert (await done(await line1.post("/v1/queue/next")))["verifiedBy"] is None
    # with the field it is in nobody's hands, and its caller is asked all the same
    await verified(line1, database, path)
    await done(await line1.post(f"{path}/escalation", json=send))
    await done(await line2.delete(f"{path}/verification"))
    assert await is_known(line1) == (False, "")
    await verified(line2, database, path)
    told = await done(await line2.get(path))
    assert next(one["staff"] for one in told["history"] if one["kind"] == "verified") != ""


async def test_whoever_calls_again_is_shown_what_was_just_resolved_and_a_new_ticket_can_follow_it(
    line1: Desk, database: Database, world: World, clock: Clock
) -> None:
    async def recent() -> list[str]:
        looked = await line1.post("/v1/callers", json={"contract": world.subscribers[1].contract})
        (item,) = (await done(looked))["items"]
        assert item["tickets"] == []
        return [one["ticketId"] for one in item["recent"]]

    first = await opened(line1, world)
    path = f"/v1/tickets/{first['ticketId']}"
    await done(await line1.post(f"{path}/resolution", json={"resolution": "restarted"}))
    assert await recent() == [first["ticketId"]]
    clock.forward(timedelta(hours=1))
    again = await opened(line1, world, follows=first["ticketId"])
    assert again["history"][0]["facts"]["follows"] == first["ticketNumber"]
    await done(
        await line1.post(f"/v1/tickets/{again['ticketId']}/resolution", json={"resolution": "account"})
    )
    assert await recent() == [again["ticketId"], first["ticketId"]]
    async with database.begin([world.area_id]) as conn:
        await conn.execute(
            "UPDATE ticket SET resolved_at = $1 WHERE ticket_number = $2",
            clock.now - timedelta(days=14),
            first["ticketNumber"],
        )
    assert await recent() == [again["ticketId"]]
    body = {"subscriberId": str(world.subscribers[2].subscriber_id), "follows": first["ticketId"]}
    foreign = await line1.post("/v1/tickets", json=body)
    assert (foreign.status_code, foreign.json()["errors"][0]["pointer"]) == (422, "/follows")


async def test_an_answer_of_the_self_check_is_taken_back_and_the_history_says_both_in_words(
    line1: Desk, database: Database, world: World
) -> None:
    async with database.begin([world.area_id]) as conn:
        # what it turns out to be: another trouble, with a check of its own
        slow = CheckAnswer(code="green", text={"en": "Green"}, outcome="next", symptom="slow")
        lights, plug = NO_INTERNET.steps
        lights.answers.append(slow)
        await queries.insert_self_checks(
            conn,
            [
                type(NO_INTERNET)(
                    area_id=world.area_id,
                    symptom=symptom,
                    self_check_version=1,
                    title={"en": symptom},
                    skills=["fibre"],
                    steps=[lights, plug],
                    valid_from=NO_INTERNET.valid_from,
                )
                for symptom in ("no_internet", "slow")
            ],
        )
        lights.answers.remove(slow)
    ticket = await opened(line1, world, symptom="no_internet")
    path = f"/v1/tickets/{ticket['ticketId']}/checks"
    handed = await done(await line1.post(path, json={"step": "lights", "answer": "red"}))
    assert (handed["step"], handed["skills"]) == (None, ["fibre"])
    turned = await done(await line1.post(path, json={"step": "lights", "answer": "green"}))
    assert (turned["symptom"], turned["skills"], turned["step"]["code"]) == ("slow", [], "lights")
    unknown = {"step": "lights", "answer": "none", "symptom": "no_phone"}
    assert (await line1.post(path, json=unknown)).status_code == 422
    back = await done(await line1.post(path, json={**unknown, "symptom": "no_internet"}))
    assert (back["symptom"], back["step"]["code"]) == ("no_internet", "plug")
    (stands,) = back["checked"]
    assert (stands["step"], stands["answer"], len(stands["answers"])) == ("lights", "none", 3)
    said = [one["question"] for one in back["history"] if one["kind"] == "checked"]
    # the reader's language is Russian; an answer without words in it is said in English
    assert said == [
        {"text": "Какие лампочки горят?", "said": "None", "instead": "Green"},
        {"text": "Какие лампочки горят?", "said": "Green", "instead": "A red one"},
        {"text": "Какие лампочки горят?", "said": "A red one", "instead": ""},
    ]


async def test_what_was_asked_agreed_and_done_goes_over_to_the_next_line_as_three_things(
    line1: Desk, database: Database, world: World, clock: Clock
) -> None:
    ticket = await opened(line1, world)
    path = f"/v1/tickets/{ticket['ticketId']}"
    await verified(line1, database, path)
    answer = {"person": "Wife", "accepted": True}
    for actions in (["wifi_password"], ["reinstall_router"]):
        clock.forward(timedelta(seconds=1))
        await done(await line1.post(f"{path}/agreements", json={**answer, "actions": actions}))
    for action in ("reinstall_router", "restart_port"):
        clock.forward(timedelta(seconds=1))
        await done(await line1.post(f"{path}/actions", json={"action": action}))
    clock.forward(timedelta(seconds=1))
    over = {"line": 2, "note": "wants a new password", "asked": "wifi_name"}
    await done(await line1.post(f"{path}/hand-over", json=over))
    theirs = await done(await line1.post("/v1/queue/next"))
    stands = [(one["action"], one["accepted"], one["doneAt"] is not None) for one in theirs["askedFor"]]
    assert stands == [
        ("wifi_password", True, False),
        ("reinstall_router", True, True),
        ("restart_port", None, True),
        ("wifi_name", None, False),
    ]
    handed = next(one for one in theirs["history"] if one["kind"] == "handed_over")
    assert (handed["facts"]["note"], handed["facts"]["asked"]) == ("wants a new password", "wifi_name")
    # asked anew, what was done before is no longer what was agreed to
    await done(await line1.post(f"{path}/agreements", json={**answer, "actions": ["reinstall_router"]}))
    after = await done(await line1.get(path))
    assert [one["doneAt"] for one in after["askedFor"] if one["action"] == "reinstall_router"] == [None]


async def test_no_visit_is_needed_after_all_and_its_job_ends_its_subscriber_hears_of_it_its_ticket_is_resolved(
    line1: Desk, database: Database, world: World, clock: Clock
) -> None:
    ticket = await opened(line1, world, 1, caller={"name": "Son", "relation": "family", "phone": PHONE})
    path = f"/v1/tickets/{ticket['ticketId']}"
    none = {"resolution": "works_again", "note": "by itself"}
    await verified(line1, database, path)
    assert (await line1.post(f"{path}/no-visit", json=none)).json()["state"] == "in_progress"
    body = {"faultClass": "cable_break", "summary": "dark"}
    sent_out = await done(await line1.post(f"{path}/escalation", json=body))
    quote = await done(await line1.post("/v1/slot-quotes", json={"jobId": sent_out["jobId"]}))
    await done(await line1.put(f"/v1/slot-quotes/{quote['slotQuoteId']}/booking", json={"offer": 1}))
    # the son calls again: what he says is noted, and nobody is verified
    noted = await done(await line1.post(f"{path}/notes", json={"note": "it works"}))
    assert (noted["history"][0]["facts"]["note"], noted["inHand"]) == ("it works", False)
    await done(await line1.delete(f"{path}/verification"))
    unknown = await line1.post(f"{path}/no-visit", json=none)
    assert unknown.json()["type"] == "/problems/not-verified"
    await verified(line1, database, path)
    told = await done(await line1.post(f"{path}/no-visit", json=none))
    assert (told["state"], told["resolution"]) == ("resolved", "works_again")
    assert told["history"][0]["facts"]["note"] == "by itself"
    whole = await done(await line1.get(f"/v1/jobs/{sent_out['jobId']}"))
    assert whole["job"]["state"] == "cancelled"
    assert [one["state"] for one in whole["appointments"]] == ["cancelled"]
    assert (await line1.post(f"{path}/no-visit", json=none)).json()["state"] == "resolved"
    await Deliverer(database).deliver(world.area_id, clock.now)
    async with database.begin([world.area_id]) as conn:
        (text,) = [one.text for one in await messages.list_messages(conn, world.area_id, PHONE)]
        assert await conn.fetchval("SELECT count(*) FROM visit WHERE state <> 'cancelled'") == 0
    assert "отменён: приходить к вам для этого не нужно" in text


async def test_a_visit_is_not_called_off_behind_the_back_of_whoever_is_on_the_way_or_of_others_who_wait_for_it(
    line1: Desk, database: Database, world: World, clock: Clock
) -> None:
    ticket = await opened(line1, world)
    path = f"/v1/tickets/{ticket['ticketId']}"
    await verified(line1, database, path)
    body = {"faultClass": "cable_break", "summary": "dark", "affected": 2}
    made = await done(await line1.post(f"{path}/escalation", json=body))
    none = {"resolution": "works_again"}
    many = await line1.post(f"{path}/no-visit", json=none)
    assert many.json()["type"] == "/problems/transition-refused"
    town = Town(database, world)
    async with database.begin([world.area_id]) as conn:
        await conn.execute("UPDATE job SET affected = 1")
        job = await jobs.find_job(conn, world.area_id, UUID(made["jobId"]))
    assert job is not None
    visit, phone = await town.out(job), await town.phone()
    await phone.send(database, [phone.say(visit, "on-my-way", clock.now)], now=clock.now)
    late = await line1.post(f"{path}/no-visit", json=none)
    assert late.json()["type"] == "/problems/visit-started"
    assert (await done(await line1.get(path)))["state"] == "escalated"


async def test_the_queue_shows_what_is_ones_own_to_take_in_its_order_and_whoever_supervises_sees_all_without_names(
    client: httpx.AsyncClient, line1: Desk, database: Database, world: World, clock: Clock
) -> None:
    boss = await with_role(client, database, world, Role.SUPERVISOR)
    async with database.begin([world.area_id]) as conn:
        check = msgspec.structs.replace(NO_INTERNET, area_id=world.area_id)
        await queries.insert_self_checks(conn, [check])
        await conn.execute("UPDATE subscriber SET holder_name = 'Anna Kiss'")
    me = UUID((await done(await line1.get("/v1/me")))["staffId"])
    first = await opened(line1, world, 1, symptom="no_internet", take=False)
    clock.forward(timedelta(minutes=3))
    second = await opened(line1, world, 2, description="Anna cannot watch.", take=False)
    third = await opened(line1, world, 3, symptom="no_internet")
    path = f"/v1/tickets/{third['ticketId']}"
    await done(await line1.post(f"{path}/hand-over", json={"line": 2, "skills": ["fibre"]}))
    fourth = await opened(line1, world, 4, caller={"name": "Son", "relation": "family"})

    async def waiting(desk: Desk) -> list[tuple[str, str, str, bool]]:
        found = (await done(await desk.get("/v1/queue")))["tickets"]
        assert all("ticketId" not in one for one in found), "nothing to pick one by"
        return [(one["contract"], one["who"], one["trouble"], one["over"]) for one in found]

    told = [
        (first["contract"], "A. K.", "Нет интернета", True),
        (third["contract"], "A. K.", "Нет интернета", False),
        (second["contract"], "A. K.", "Anna cannot watch.", False),
    ]
    assert await waiting(line1) == told
    profile = SupportProfile(area_id=world.area_id, staff_id=me, lines=[1], skills=[], languages=["ru"])
    async with database.begin([world.area_id]) as conn:
        await queries.save_profiles(conn, [profile])
    assert await waiting(line1) == [told[0], told[2]]
    assert await waiting(boss) == [
        (contract, "", "" if "Anna" in trouble else trouble, over) for contract, _, trouble, over in told
    ]
    (mine,) = (await done(await line1.get("/v1/tickets")))["items"]
    assert (mine["ticketId"], mine["who"], mine["trouble"]) == (fourth["ticketId"], "Son", "")
    assert mine["since"] is not None
    assert (await done(await line1.post("/v1/queue/next")))["ticketId"] == first["ticketId"]

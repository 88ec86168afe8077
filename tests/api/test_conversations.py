"""Written requests at the desk, over HTTP: what waits, whose it is, answers, tickets, setting aside."""

from typing import Any

import httpx
import pytest

from db.pool import Database
from db.states import Role
from tests.api.conftest import Desk, with_role, with_token
from tests.worlds import World

PATH = "/v1/written-conversations"
WHO = {"relation": "family", "name": "Anna"}
NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
async def desk(client: httpx.AsyncClient, database: Database, world: World) -> Desk:
    return await with_role(client, database, world, Role.SUPPORT)


async def written(desk: Desk, key: str, text: str, **more: Any) -> dict[str, Any]:
    body = {
        "channel": "chat",
        "conversation": "chat-1",
        "messageKey": key,
        "text": text,
        "sender": "Anna",
        **more,
    }
    answer = await desk.post("/v1/written-requests", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def listed(desk: Desk, state: str) -> list[dict[str, Any]]:
    return (await desk.get(f"{PATH}?state={state}")).json()["items"]


async def did(
    desk: Desk, one: dict[str, Any], step: str, body: dict[str, Any], method: str = "POST"
) -> dict[str, Any]:
    answer = await desk.ask(method, f"{PATH}/{one['conversationId']}/{step}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_request_that_nobody_could_assign_is_assigned_answered_and_a_ticket_by_hand(
    desk: Desk, client: httpx.AsyncClient, database: Database, world: World
) -> None:
    subscriber = world.subscribers[3]
    for key in ("m1", "m2", "m3"):
        said = await written(desk, key, "No internet since Monday and no lamp is on")
    assert said["reply"].startswith("Thank you for writing. A colleague")
    assert await listed(desk, "asked") == []
    (brief,) = await listed(desk, "unassigned")
    assert (brief["channel"], brief["sender"], brief["missing"][0]) == ("chat", "Anna", "contract")
    # whose it is nobody knows yet
    refused = await desk.post(f"{PATH}/{brief['conversationId']}/ticket", json=WHO)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/transition-refused")
    whole = await did(desk, brief, "subscriber", {"subscriberId": str(subscriber.subscriber_id)}, "PUT")
    assert (whole["contract"], whole["byHand"], whole["missing"]) == (
        subscriber.contract,
        True,
        ["contact", "address"],
    )
    whole = await did(desk, brief, "answers", {"text": "Is the box plugged in?"})
    assert (whole["state"], whole["answers"][0]["deliveredAt"]) == ("asked", None)
    bot = await with_token(client, database, world, ["tickets:write"])
    (waiting,) = (await bot.get("/v1/written-answers?channel=chat")).json()["items"]
    assert (waiting["conversation"], waiting["text"]) == ("chat-1", "Is the box plugged in?")
    assert (await bot.get("/v1/written-answers?channel=account")).json()["items"] == []
    for _ in range(2):
        assert (await bot.post(f"/v1/written-answers/{waiting['answerId']}/delivery")).status_code == 204
    assert (await bot.get("/v1/written-answers?channel=chat")).json()["items"] == []
    # a person has answered: nothing more is asked by itself
    assert "colleague" in (await written(desk, "m4", "It is plugged in"))["reply"]
    assert [one["conversationId"] for one in await listed(desk, "unassigned")] == [brief["conversationId"]]
    # who wrote is said, never presumed
    assert (await desk.post(f"{PATH}/{brief['conversationId']}/ticket", json={})).status_code == 422
    whole = await did(desk, brief, "ticket", WHO)
    assert (whole["state"], whole["missing"]) == ("ticket", [])
    ticket = (await desk.get(f"/v1/tickets/{whole['ticketId']}")).json()
    assert (ticket["callerName"], ticket["callerRelation"], ticket["verifiedBy"]) == ("Anna", "family", None)
    assert (ticket["contract"], ticket["state"], ticket["line"]) == (subscriber.contract, "waiting", 1)
    assert "It is plugged in" in ticket["description"]
    again = await desk.post(f"{PATH}/{brief['conversationId']}/ticket", json=WHO)
    assert again.status_code == 409
    # what is answered from then on stands in the ticket as well
    await did(desk, brief, "answers", {"text": "Somebody calls you today"})
    history = (await desk.get(f"/v1/tickets/{whole['ticketId']}")).json()["history"]
    assert history[0]["facts"]["note"] == "Somebody calls you today"


async def called(desk: Desk, subscriber_id: object) -> dict[str, Any]:
    """A ticket that somebody opened by phone."""
    body = {"subscriberId": str(subscriber_id), "description": "No internet since the storm"}
    answer = await desk.post("/v1/tickets", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_second_ticket_of_the_same_subscriber_is_asked_for_or_the_request_is_added_to_the_first(
    desk: Desk, world: World
) -> None:
    subscriber = world.subscribers[3]
    first = await called(desk, subscriber.subscriber_id)
    other = await called(desk, world.subscribers[4].subscriber_id)
    text = f"{subscriber.contract}: still no internet, Long Street 4, +79001112233"
    # all that is needed is said, and yet nothing is raised by itself, nor is its writer told of the first
    said = await written(desk, "m1", text)
    assert (said["ticketId"], said["missing"]) == (None, [])
    assert first["ticketNumber"] not in said["reply"]
    (brief,) = await listed(desk, "unassigned")
    whole = (await desk.get(f"{PATH}/{brief['conversationId']}")).json()
    (shown,) = whole["openTickets"]
    assert (shown["ticketNumber"], shown["line"], shown["description"]) == (
        first["ticketNumber"],
        1,
        "No internet since the storm",
    )
    refused = await desk.post(f"{PATH}/{brief['conversationId']}/ticket", json=WHO)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/ticket-open")
    assert refused.json()["ticketNumbers"] == [first["ticketNumber"]]
    foreign = await desk.put(f"{PATH}/{brief['conversationId']}/ticket", json={"ticketId": other["ticketId"]})
    assert foreign.status_code == 422
    whole = await did(desk, brief, "ticket", {"ticketId": first["ticketId"]}, "PUT")
    assert (whole["state"], whole["ticketNumber"]) == ("ticket", first["ticketNumber"])
    # from then on it goes on in that ticket, and there is no other
    await written(desk, "m2", "The lamp is red")
    ticket = (await desk.get(f"/v1/tickets/{first['ticketId']}")).json()
    assert [one["facts"].get("note") for one in ticket["history"][:2]] == ["The lamp is red", text]
    await written(desk, "m3", text, conversation="chat-2")
    (second,) = await listed(desk, "unassigned")
    whole = await did(desk, second, "ticket", {**WHO, "another": True})
    assert whole["ticketNumber"] not in ("", first["ticketNumber"])


async def test_what_is_written_after_a_ticket_was_resolved_waits_for_a_person(
    desk: Desk, world: World
) -> None:
    subscriber = world.subscribers[5]
    text = f"{subscriber.contract}: no internet since Monday, Long Street 6, +79001112233"
    first = await written(desk, "m1", text)
    ticket = (await desk.get(f"/v1/tickets/{first['ticketId']}")).json()
    assert (ticket["callerRelation"], ticket["holderName"]) == ("unknown", "")
    path = f"/v1/tickets/{first['ticketId']}"
    assert (await desk.post(f"{path}/take")).status_code == 200
    assert (await desk.post(f"{path}/resolution", json={"resolution": "restarted"})).status_code == 200
    more = await written(desk, "m2", "It is dead again")
    assert (more["ticketId"], more["missing"]) == (None, [])
    (brief,) = await listed(desk, "unassigned")
    whole = (await desk.get(f"{PATH}/{brief['conversationId']}")).json()
    assert (whole["contract"], whole["ticketNumber"]) == (subscriber.contract, first["ticketNumber"])
    assert (await desk.post(f"{path}/reopening", json={"note": "It is dead again"})).status_code == 200
    whole = await did(desk, brief, "ticket", {"ticketId": first["ticketId"]}, "PUT")
    assert (whole["state"], whole["ticketId"]) == ("ticket", first["ticketId"])
    history = (await desk.get(path)).json()["history"]
    assert history[0]["facts"]["note"] == "It is dead again"


async def test_what_was_written_before_a_ticket_by_hand_is_no_part_of_the_next(
    desk: Desk, database: Database, world: World
) -> None:
    await written(desk, "m1", "No internet since Monday and no lamp is on")
    (brief,) = await listed(desk, "asked")
    await did(desk, brief, "subscriber", {"subscriberId": str(world.subscribers[1].subscriber_id)}, "PUT")
    await did(desk, brief, "ticket", WHO)
    async with database.begin([world.area_id]) as conn:
        await conn.execute("UPDATE ticket SET state = 'closed', waiting_since = NULL, closed_at = now()")
    await written(desk, "m2", "The television freezes every evening")
    whole = await did(desk, brief, "ticket", WHO)
    ticket = (await desk.get(f"/v1/tickets/{whole['ticketId']}")).json()
    assert ticket["description"] == "The television freezes every evening"


async def test_who_assigned_answered_and_set_aside_stands_in_the_journal(
    desk: Desk, database: Database, world: World
) -> None:
    await written(desk, "m1", "Buy our lamps")
    (brief,) = await listed(desk, "asked")
    await did(desk, brief, "subscriber", {"subscriberId": str(world.subscribers[1].subscriber_id)}, "PUT")
    await did(desk, brief, "answers", {"text": "No, thank you"})
    whole = await did(desk, brief, "setting-aside", {"reason": "an advertisement"})
    assert (whole["state"], whole["reason"]) == ("set_aside", "an advertisement")
    async with database.begin([world.area_id]) as conn:
        rows = await conn.fetch(
            "SELECT action, actor_id FROM journal WHERE action LIKE 'conversation.%' ORDER BY n"
        )
    assert [row["action"] for row in rows] == [
        "conversation.assigned",
        "conversation.answered",
        "conversation.set_aside",
    ]
    assert len({row["actor_id"] for row in rows}) == 1
    # whoever writes again is looked at again
    await written(desk, "m2", "No, really, my internet is dead")
    assert [one["state"] for one in await listed(desk, "unassigned")] == ["unassigned"]


async def test_an_answer_asked_for_twice_is_one(desk: Desk) -> None:
    await written(desk, "m1", "Hello")
    (brief,) = await listed(desk, "asked")
    key = {"Idempotency-Key": "k1"}
    path = f"{PATH}/{brief['conversationId']}/answers"
    first, second = [await desk.post(path, json={"text": "Hello, Anna"}, headers=key) for _ in range(2)]
    assert first.json() == second.json()
    assert len(second.json()["answers"]) == 1


async def test_an_email_that_came_by_another_way_than_the_mailbox_cannot_be_answered_from_here(
    desk: Desk,
) -> None:
    await written(desk, "m1", "Hello", channel="email")
    (brief,) = await listed(desk, "asked")
    refused = await desk.post(f"{PATH}/{brief['conversationId']}/answers", json={"text": "Hello"})
    assert refused.status_code == 409


async def test_a_foreign_conversation_subscriber_or_answer_is_unknown(desk: Desk) -> None:
    await written(desk, "m1", "Hello")
    (brief,) = await listed(desk, "asked")
    gone = await desk.get(f"{PATH}/{NOBODY}")
    assert (gone.status_code, gone.json()["type"]) == (404, "/problems/unknown-conversation")
    foreign = await desk.put(f"{PATH}/{brief['conversationId']}/subscriber", json={"subscriberId": NOBODY})
    assert foreign.status_code == 422
    assert (await desk.post(f"/v1/written-answers/{NOBODY}/delivery")).status_code == 404

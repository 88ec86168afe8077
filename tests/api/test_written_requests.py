"""Requests in writing over HTTP: asked back until they say all that is needed, then a ticket."""

import asyncio
from typing import Any

import httpx
import pytest

from db.pool import Database
from db.states import Role
from tests.api.conftest import Desk, with_role, with_token
from tests.worlds import World

PATH = "/v1/written-requests"


@pytest.fixture
async def desk(client: httpx.AsyncClient, database: Database, world: World) -> Desk:
    return await with_role(client, database, world, Role.SUPPORT)


async def write(desk: Desk, key: str, text: str, **more: Any) -> dict[str, Any]:
    body = {"channel": "email", "conversation": "thread-1", "messageKey": key, "text": text, **more}
    answer = await desk.post(PATH, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_written_request_without_an_address_is_asked_back_and_then_a_ticket(
    desk: Desk, world: World
) -> None:
    subscriber = world.subscribers[3]
    text = f"Нет интернета третий день, лампочка красная. Договор {subscriber.contract}, +79001112233"
    asked = await write(desk, "m1", text, sender="anna@example.org")
    assert (asked["missing"], asked["ticketId"]) == (["address"], None)
    assert "адрес" in asked["reply"]
    assert await write(desk, "m1", text, sender="anna@example.org") == {**asked, "again": True}
    taken = await write(desk, "m2", "Long Street 4", sender="anna@example.org")
    assert (taken["missing"], taken["again"]) == ([], False)
    assert taken["ticketNumber"] in taken["reply"]
    ticket = (await desk.get(f"/v1/tickets/{taken['ticketId']}")).json()
    assert (ticket["channel"], ticket["state"], ticket["line"]) == ("email", "waiting", 1)
    assert (ticket["contract"], ticket["callerPhone"]) == (subscriber.contract, "+79001112233")
    assert "лампочка красная" in ticket["description"]
    assert "Long Street 4" in ticket["description"]
    assert ticket["verifiedBy"] is None
    # what comes later goes to the same ticket
    more = await write(desk, "m3", "The lamp is green now", sender="anna@example.org")
    assert more["ticketId"] == taken["ticketId"]
    history = (await desk.get(f"/v1/tickets/{taken['ticketId']}")).json()["history"]
    assert history[0]["facts"] == {"note": "The lamp is green now", "sender": "anna@example.org"}


async def test_a_chat_is_handed_over_by_a_bot_with_all_that_was_said(desk: Desk, world: World) -> None:
    subscriber = world.subscribers[5]
    taken = await write(
        desk,
        "c1",
        "It comes and goes all day",
        channel="account",
        conversation="chat-9",
        contract=subscriber.contract,
        phone="+36201234567",
        address="Long Street 6",
        verified=True,
        transcript=[{"who": "bot", "text": "Is it plugged in?"}, {"who": "Anna", "text": "It is."}],
    )
    ticket = (await desk.get(f"/v1/tickets/{taken['ticketId']}")).json()
    assert (ticket["verifiedBy"], ticket["channel"]) == ("account", "account")
    said = [one["facts"] for one in ticket["history"] if one["kind"] == "noted"]
    assert {one["sender"] for one in said} == {"bot", "Anna"}


async def test_of_two_contracts_none_is_chosen(desk: Desk, world: World) -> None:
    first, second = world.subscribers[1].contract, world.subscribers[2].contract
    asked = await write(
        desk, "m1", f"{first} or {second}: no internet since Monday, Long Street 2, +79001112233"
    )
    assert asked["missing"][0] == "contract"


async def test_a_closed_ticket_takes_no_more_and_the_conversation_begins_anew(
    desk: Desk, database: Database, world: World
) -> None:
    subscriber = world.subscribers[4]
    text = f"{subscriber.contract}: no internet since Monday, Long Street 5, +79001112233"
    first = await write(desk, "m1", text)
    async with database.begin([world.area_id]) as conn:
        await conn.execute("UPDATE ticket SET state = 'closed', waiting_since = NULL, closed_at = now()")
    second = await write(desk, "m2", text)
    assert second["ticketId"] not in (None, first["ticketId"])


async def test_a_system_needs_the_scope(client: httpx.AsyncClient, database: Database, world: World) -> None:
    body = {"channel": "chat", "conversation": "c", "messageKey": "k", "text": "help"}
    other = await with_token(client, database, world, ["escalations:write"])
    assert (await other.post(PATH, json=body)).status_code == 403
    chat = await with_token(client, database, world, ["tickets:write"])
    assert (await chat.post(PATH, json=body)).status_code == 200


async def test_an_account_speaks_for_its_own_contract_alone(desk: Desk, world: World) -> None:
    text = f"{world.subscribers[2].contract}: no internet since Monday, Long Street 3, +79001112233"
    taken = await write(desk, "a1", text, channel="account", verified=True)
    ticket = (await desk.get(f"/v1/tickets/{taken['ticketId']}")).json()
    assert ticket["verifiedBy"] is None


async def test_a_message_counts_once_whatever_conversation_it_comes_in(desk: Desk) -> None:
    first = await write(desk, "m1", "Hello")
    assert await write(desk, "m1", "Hello", conversation="thread-2") == {**first, "again": True}


async def test_two_halves_of_a_request_that_come_at_once_are_one_ticket(desk: Desk, world: World) -> None:
    subscriber = world.subscribers[4]
    halves = (f"{subscriber.contract}, +79001112233, Long Street 5", "No internet since Monday morning")
    taken = await asyncio.gather(
        *(write(desk, f"{turn}-{half}", halves[half]) for turn in range(3) for half in range(2))
    )
    assert len({one["ticketId"] for one in taken} - {None}) == 1

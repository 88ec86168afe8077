"""Complaints: with date, text and about whom; overdue ones first; answered in writing, once, and the answer goes to the subscriber."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from db.ids import new_id
from db.pool import Database
from db.queries import areas, messages, subscribers
from db.records import Contact
from db.states import Relation, Role
from dispatch.delivering import Deliverer
from dispatch.rules.told_complaints import WORDS
from tests.api.conftest import Clock, Desk, with_role
from tests.api.test_tickets import done, kinds, opened
from tests.worlds import NOW, World

PHONE = "+79001112233"
TEXT = "He came two hours late."


@pytest.fixture
async def desk(client: httpx.AsyncClient, database: Database, world: World) -> Desk:
    return await with_role(client, database, world, Role.SUPPORT)


@pytest.fixture
async def boss(client: httpx.AsyncClient, database: Database, world: World) -> Desk:
    return await with_role(client, database, world, Role.SUPERVISOR)


async def complained(desk: Desk, world: World, number: int = 1, **more: Any) -> Any:
    said = {"subscriberId": str(world.subscribers[number - 1].subscriber_id), "text": TEXT, **more}
    return await done(await desk.post("/v1/complaints", json=said))


async def within(database: Database, world: World, days: int) -> None:
    async with database.begin([world.area_id]) as conn:
        area = await areas.get_area(conn, world.area_id)
        settings = msgspec.structs.replace(area.settings, complaint_days=days)
        await conn.execute("UPDATE area SET settings = $1", msgspec.to_builtins(settings))


async def with_phone(database: Database, world: World) -> None:
    """The first subscriber's, who speaks Russian."""
    holder = Contact(
        area_id=world.area_id,
        contact_id=new_id(),
        subscriber_id=world.subscribers[0].subscriber_id,
        name="Holder 1",
        relation=Relation.HOLDER,
        phone=PHONE,
        language="ru",
    )
    async with database.begin([world.area_id]) as conn:
        await subscribers.insert_contacts(conn, [holder])


async def sent(database: Database, world: World, at: datetime) -> list[str]:
    await Deliverer(database).deliver(world.area_id, at)
    async with database.begin([world.area_id]) as conn:
        return [one.text for one in await messages.list_messages(conn, world.area_id, PHONE)]


async def test_a_complaint_has_date_text_staff_and_a_deadline_and_stands_in_the_history_of_its_ticket(
    desk: Desk, database: Database, world: World
) -> None:
    await within(database, world, 10)
    ticket = await opened(desk, world, 1)
    me = (await done(await desk.get("/v1/me")))["staffId"]
    written = NOW - timedelta(days=2)
    made = await complained(
        desk,
        world,
        2,
        ticketId=ticket["ticketId"],
        about="the man of Tuesday",
        aboutStaffId=me,
        complainedAt=written.isoformat(),
    )
    assert (made["state"], made["overdue"], made["text"]) == ("open", False, TEXT)
    assert (made["about"], made["aboutStaff"]) == ("the man of Tuesday", made["openedBy"])
    assert datetime.fromisoformat(made["complainedAt"]) == written
    # the end of the tenth day, by the clocks of Moscow
    assert datetime.fromisoformat(made["dueAt"]) == datetime(2026, 12, 2, 21, tzinfo=UTC)
    assert made["number"].startswith("CP-")
    told = await done(await desk.get(f"/v1/tickets/{ticket['ticketId']}"))
    assert kinds(told)[-1] == "noted"
    assert told["history"][0]["facts"]["complaint"] == made["number"]
    async with database.begin([world.area_id]) as conn:
        assert TEXT not in str(await conn.fetch("SELECT facts FROM journal"))


async def test_the_overdue_come_first_then_by_deadline_and_what_is_answered_last(
    desk: Desk, boss: Desk, database: Database, world: World, clock: Clock, client: httpx.AsyncClient
) -> None:
    await within(database, world, 5)
    numbers: list[str] = []
    for days in (1, 9, 4, 8):
        at = (NOW - timedelta(days=days)).isoformat()
        numbers.append((await complained(desk, world, complainedAt=at))["complaintId"])
    await done(await boss.post(f"/v1/complaints/{numbers[3]}/answer", json={"text": "Sorry."}))
    clock.forward(timedelta(minutes=1))
    items = (await done(await boss.get("/v1/complaints")))["items"]
    assert [one["complaintId"] for one in items] == [numbers[1], numbers[2], numbers[0], numbers[3]]
    assert [one["overdue"] for one in items] == [True, False, False, False]
    only = (await done(await desk.get("/v1/complaints?state=answered")))["items"]
    assert [one["answer"] for one in only] == ["Sorry."]
    other = world.subscribers[1].subscriber_id
    assert (await done(await desk.get(f"/v1/complaints?subscriberId={other}")))["items"] == []
    # a day passes at the area's midnight
    clock.now = datetime(2026, 11, 25, 21, tzinfo=UTC)
    late = await with_role(client, database, world, Role.SUPPORT)
    items = (await done(await late.get("/v1/complaints?state=open")))["items"]
    assert [one["overdue"] for one in items] == [True, True, False]


async def test_the_answer_is_written_once_and_goes_to_the_subscriber_in_their_language(
    desk: Desk, boss: Desk, database: Database, world: World
) -> None:
    await with_phone(database, world)
    made = await complained(desk, world)
    path = f"/v1/complaints/{made['complaintId']}"
    assert (await desk.post(f"{path}/answer", json={"text": "mine"})).status_code == 403
    assert (await boss.post(f"{path}/answer", json={"text": ""})).status_code == 422
    answered = await done(await boss.post(f"{path}/answer", json={"text": "Просим прощения."}))
    assert (answered["state"], answered["answer"]) == ("answered", "Просим прощения.")
    assert answered["answeredBy"]
    again = await boss.post(f"{path}/answer", json={"text": "Другое."})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/transition-refused")
    for hours in range(2):
        texts = await sent(database, world, NOW + timedelta(hours=hours))
        assert texts == [f"Ваша жалоба {made['number']}, поданная сегодня: Просим прощения."]
    assert (await done(await desk.get(path)))["answer"] == "Просим прощения."
    async with database.begin([world.area_id]) as conn:
        told = await conn.fetch("SELECT action FROM journal WHERE action LIKE 'complaint%' ORDER BY n")
    assert [row["action"] for row in told] == [
        "complaint.opened",
        "complaint.answered",
        "complaint_answer.sent",
    ]


async def test_whoever_reads_one_sees_who_did_what_and_when_but_not_what_was_said(
    desk: Desk, boss: Desk, database: Database, world: World, clock: Clock
) -> None:
    ticket = await opened(desk, world, 1, description="It blinks red.")
    clock.forward(timedelta(minutes=3))
    await done(await desk.post(f"/v1/tickets/{ticket['ticketId']}/hand-over", json={"line": 2}))
    await opened(desk, world, 1)
    made = await complained(desk, world, 2, ticketId=ticket["ticketId"])
    path = f"/v1/complaints/{made['complaintId']}"
    told = await done(await boss.get(path))
    assert [(one["kind"], one["line"]) for one in told["history"]] == [
        ("noted", 2),
        ("handed_over", 2),
        ("opened", 1),
    ]
    assert {one["staff"] for one in told["history"]} == {made["openedBy"]}
    assert "blinks" not in str(told)
    assert (told["reachable"], told["answerSentAt"]) == (False, None)
    of_none = await complained(desk, world)
    assert (await done(await boss.get(f"/v1/complaints/{of_none['complaintId']}")))["history"] == []

    await with_phone(database, world)
    path = f"/v1/complaints/{of_none['complaintId']}"
    assert (await done(await boss.post(f"{path}/answer", json={"text": "Sorry."})))["state"] == "answered"
    told = await done(await boss.get(path))
    assert (told["reachable"], told["answerSentAt"]) == (True, None)
    await sent(database, world, clock.now)
    told = await done(await desk.get(path))
    assert datetime.fromisoformat(told["answerSentAt"]) == clock.now
    assert told["answer"] == "Sorry."


async def test_without_a_phone_of_the_subscriber_the_answer_goes_to_who_called_for_its_ticket(
    desk: Desk, boss: Desk, database: Database, world: World, clock: Clock
) -> None:
    son = {"name": "Son", "relation": "family", "phone": PHONE}
    ticket = await opened(desk, world, 1, caller=son, language="hu")
    of_none = await complained(desk, world, 2)
    made = await complained(desk, world, 2, ticketId=ticket["ticketId"])
    reachable = [
        (await done(await boss.get(f"/v1/complaints/{one['complaintId']}")))["reachable"]
        for one in (of_none, made)
    ]
    assert reachable == [False, True]
    for one in (of_none, made):
        await done(await boss.post(f"/v1/complaints/{one['complaintId']}/answer", json={"text": "Elnézést."}))
    (text,) = await sent(database, world, clock.now)
    assert text == f"{made['number']} számú panasza, amelyet ma tett: Elnézést."


async def test_nothing_that_was_complained_of_can_be_changed(
    desk: Desk, database: Database, world: World
) -> None:
    await complained(desk, world)
    for said in ("UPDATE complaint SET text = 'nothing'", "DELETE FROM complaint"):
        with pytest.raises(Exception, match="InsufficientPrivilege"):
            async with database.begin([world.area_id]) as conn:
                await conn.execute(said)


async def test_what_is_not_there_is_refused_and_the_same_key_opens_one(desk: Desk, world: World) -> None:
    ticket = await opened(desk, world, 1)
    other = str(world.subscribers[0].subscriber_id)
    missing = str(new_id())

    async def pointer(**said: Any) -> tuple[int, str]:
        answer = await desk.post("/v1/complaints", json={"subscriberId": other, "text": TEXT, **said})
        return answer.status_code, answer.json()["errors"][0]["pointer"]

    assert await pointer(ticketId=ticket["ticketId"]) == (422, "/ticketId")
    assert await pointer(aboutStaffId=missing) == (422, "/aboutStaffId")
    ahead = (NOW + timedelta(hours=1)).isoformat()
    assert await pointer(complainedAt=ahead) == (422, "/complainedAt")
    nobody = await desk.post("/v1/complaints", json={"subscriberId": missing, "text": TEXT})
    assert (nobody.status_code, nobody.json()["type"]) == (404, "/problems/unknown-subscriber")
    gone = await desk.get(f"/v1/complaints/{missing}")
    assert (gone.status_code, gone.json()["type"]) == (404, "/problems/unknown-complaint")
    said = {"subscriberId": other, "text": TEXT}
    first, again = [
        await desk.post("/v1/complaints", json=said, headers={"Idempotency-Key": "one"}) for _ in range(2)
    ]
    assert (first.status_code, again.json()) == (201, first.json())


def test_the_answer_has_words_in_three_languages() -> None:
    assert set(WORDS) == {"en", "ru", "hu"}
    for text in WORDS.values():
        assert all(name in text for name in ("{number}", "{day}", "{answer}"))


async def test_an_answer_is_a_letter_in_the_language_of_its_subscriber_for_who_answers_for_it(
    desk: Desk, boss: Desk, database: Database, world: World
) -> None:
    async with database.begin([world.area_id]) as conn:
        await conn.execute("UPDATE subscriber SET holder_name = 'Kiss Anna', language = 'hu'")
    ticket = await opened(desk, world, 0)
    made = await complained(desk, world, ticketId=ticket["ticketId"])
    path = f"/v1/complaints/{made['complaintId']}"
    assert (await boss.get(f"{path}/letter")).status_code == 409
    await done(await boss.post(f"{path}/answer", json={"text": "Elnézést.\n\nHívjuk Önt."}))
    letter = await done(await boss.get(f"{path}/letter"))
    assert (letter["toName"], letter["paragraphs"]) == ("Kiss Anna", ["Elnézést.", "Hívjuk Önt."])
    assert letter["subject"] == f"Válaszunk {made['number']} számú panaszára (2026. november 24.)"
    assert letter["reference"] == [
        f"Szerződés: {made['contract']}",
        f"Bejelentés: {ticket['ticketNumber']}",
    ]
    assert letter["toAddress"].startswith("Long Street")
    assert letter["signedBy"] != ""
    # the holder's name is not read to who takes calls
    assert (await desk.get(f"{path}/letter")).status_code == 403
    # who supervises reads the ticket, and takes nothing in hand
    assert (await done(await boss.get(f"/v1/tickets/{ticket['ticketId']}")))["holderName"] == ""
    assert (await boss.post(f"/v1/tickets/{ticket['ticketId']}/take")).status_code == 403

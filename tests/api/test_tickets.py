"""Lines 1 and 2 over HTTP: from who calls to what goes to the field, over a real database and the simulated network."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from db.pool import Database
from db.queries import tickets as queries
from db.records import CheckAnswer, CheckStep, SelfCheckVersion, SimulatedTerminal, SupportProfile
from db.states import Role, TerminalFault
from dispatch.actors import worker
from dispatch.flows import lines
from tests.api.conftest import Clock, Desk, with_role
from tests.api.test_access import escalation_of
from tests.builders import terms
from tests.worlds import NOW, World

NO_INTERNET = SelfCheckVersion(
    area_id=UUID(int=0),
    symptom="no_internet",
    self_check_version=1,
    title={"en": "No internet", "ru": "Нет интернета"},
    skills=["fibre"],
    steps=[
        CheckStep(
            code="lights",
            text={"en": "Which lights are on?", "ru": "Какие лампочки горят?"},
            answers=[
                CheckAnswer(code="none", text={"en": "None"}, outcome="next"),
                CheckAnswer(code="red", text={"en": "A red one"}, outcome="hand-over"),
            ],
        ),
        CheckStep(
            code="plug",
            text={"en": "Is it plugged in?", "ru": "Вилка в розетке?"},
            answers=[
                CheckAnswer(code="yes", text={"en": "Yes"}, outcome="hand-over"),
                CheckAnswer(code="was-not", text={"en": "It was not"}, outcome="resolved"),
            ],
        ),
    ],
    valid_from=NOW - timedelta(days=1),
)


@pytest.fixture
async def line1(client: httpx.AsyncClient, database: Database, world: World) -> Desk:
    """Takes calls; a self-check is set up."""
    async with database.begin([world.area_id]) as conn:
        check = msgspec.structs.replace(NO_INTERNET, area_id=world.area_id)
        await queries.insert_self_checks(conn, [check])
    return await with_role(client, database, world, Role.SUPPORT)


@pytest.fixture
async def line2(client: httpx.AsyncClient, database: Database, world: World) -> Desk:
    return await with_role(client, database, world, Role.SUPPORT)


async def done(answer: httpx.Response) -> Any:
    assert answer.status_code < 300, answer.text
    return answer.json() if answer.content else None


async def opened(desk: Desk, world: World, number: int = 1, **more: Any) -> dict[str, Any]:
    """A ticket of this subscriber, in the hands of whoever opened it."""
    body = {"subscriberId": str(world.subscribers[number].subscriber_id), **more}
    return await done(await desk.post("/v1/tickets", json=body))


async def fault(database: Database, world: World, number: int, wrong: TerminalFault) -> None:
    row = SimulatedTerminal(
        area_id=world.area_id,
        subscriber_id=world.subscribers[number].subscriber_id,
        fault=wrong,
        restarted_at=None,
    )
    async with database.begin([world.area_id]) as conn:
        await queries.save_terminals(conn, [row])


async def verified(desk: Desk, database: Database, path: str) -> None:
    """The caller says the holder's name."""
    async with database.begin() as conn:
        await conn.execute(
            "SELECT set_config('line3.area_ids', (SELECT string_agg(area_id::text, ',') FROM area), true)"
        )
        await conn.execute("UPDATE subscriber SET holder_name = 'Anna Kiss'")
    assert (await done(await desk.post(f"{path}/verification", json={"name": "Kiss Anna"})))["verifiedBy"]


def kinds(ticket: dict[str, Any]) -> list[str]:
    """Oldest first."""
    return [one["kind"] for one in reversed(ticket["history"]) if one["ticketId"] == ticket["ticketId"]]


async def test_who_calls_is_found_by_contract_phone_or_address_and_never_by_name(
    line1: Desk, database: Database, world: World
) -> None:
    subscriber = world.subscribers[2]

    async def found(**by: str) -> list[str]:
        return [one["contract"] for one in (await done(await line1.post("/v1/callers", json=by)))["items"]]

    assert await found(contract=subscriber.contract) == [subscriber.contract]
    assert await found(contract="no-such-contract") == []
    assert await found(address="long st. 3") == [subscriber.contract]
    assert await found(address="Street 3, Long") == [subscriber.contract]
    assert await found(address="Long Street 33") == []
    await opened(
        line1,
        world,
        2,
        onSite={"name": "Wife", "relation": "family", "phone": "+79001112233", "language": "ru"},
    )
    assert await found(phone="+79001112233") == [subscriber.contract]
    street = await line1.post("/v1/callers", json={"address": "Long Street"})
    assert (street.status_code, street.json()["errors"][0]["pointer"]) == (422, "/address")
    for body in ({}, {"contract": "a", "phone": "+79001112233"}, {"name": subscriber.holder_name}):
        assert (await line1.post("/v1/callers", json=body)).status_code == 422
    (item,) = (await done(await line1.post("/v1/callers", json={"contract": subscriber.contract})))["items"]
    assert subscriber.holder_name not in str(item)
    assert len(item["tickets"]) == 1
    async with database.begin([world.area_id]) as conn:
        looked = await conn.fetchval("SELECT count(*) FROM journal WHERE action = 'subscriber.looked_up'")
    assert looked >= 5


async def test_the_holders_name_is_read_only_once_the_caller_has_said_it(
    line1: Desk, line2: Desk, database: Database, world: World, clock: Clock
) -> None:
    first, last = "Алёна", "Преображенская"
    holder = f"{first} {last}"
    async with database.begin([world.area_id]) as conn:
        await conn.execute("UPDATE subscriber SET holder_name = $1", holder)
    ticket = await opened(line1, world, caller={"name": "Somebody", "relation": "family"})
    assert (ticket["verifiedBy"], ticket["holderName"]) == (None, "")
    path = f"/v1/tickets/{ticket['ticketId']}/verification"
    for wrong in (last, f"{first} Else", f"{last} {first[0]}."):
        told = await done(await line1.post(path, json={"name": wrong}))
        assert (told["verifiedBy"], told["holderName"]) == (None, ""), wrong
    # nobody finds it by trying: then the right one is not taken either for a while, on this ticket or by this person
    right = {"name": f"{last.upper()} {first}"}
    refused = await line1.post(path, json=right)
    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many-names")
    assert refused.headers["retry-after"] == "1800"
    assert kinds(await done(await line1.get(f"/v1/tickets/{ticket['ticketId']}"))) == [
        "opened",
        *["not_verified"] * 3,
    ]
    again = await opened(line1, world)
    tried = await line1.post(f"/v1/tickets/{again['ticketId']}/verification", json=right)
    assert tried.json()["type"] == "/problems/too-many-names"
    other = await opened(line2, world)
    assert (await done(await line2.post(f"/v1/tickets/{other['ticketId']}/verification", json=right)))[
        "verifiedBy"
    ] == "name"
    clock.forward(timedelta(minutes=30))
    told = await done(await line1.post(path, json=right))
    assert (told["verifiedBy"], told["holderName"]) == ("name", holder)
    assert kinds(told) == ["opened", *["not_verified"] * 3, "verified"]


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (
            "+36201234567",
            [
                "06 20 123 4567",
                "0036 20 1234567",
                "+0036201234567",
                "+36 20 123-4567",
                "(20) 123-4567",
                "1234567",
            ],
        ),
        ("+79001112233", ["8 900 111-22-33", "+89001112233", "900 111 22 33", "007 900 1112233"]),
    ],
)
async def test_a_caller_is_found_by_the_phone_as_people_say_it_also_by_that_of_an_earlier_call(
    line1: Desk, database: Database, world: World, clock: Clock, kept: str, said: list[str]
) -> None:
    async def found(phone: str) -> list[str]:
        items = (await done(await line1.post("/v1/callers", json={"phone": phone})))["items"]
        return [one["contract"] for one in items]

    here, there = world.subscribers[1], world.subscribers[2]
    assert await found(kept) == []
    await opened(line1, world, 1, caller={"name": "Son", "relation": "family", "phone": kept})
    for phone in [kept, *said]:
        assert await found(phone) == [here.contract], phone
    for phone in ("12 34", "0000000", "no phone", f"{kept}0123456"):
        refused = await line1.post("/v1/callers", json={"phone": phone})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/phone"), phone
    # the same end abroad: a whole number is that one alone, any other is both
    abroad = {"name": "Wife", "relation": "family", "phone": f"+49{kept[-9:]}", "language": "ru"}
    await opened(line1, world, 2, onSite=abroad)
    assert await found(kept) == [here.contract]
    assert await found(abroad["phone"]) == [there.contract]
    assert sorted(await found(said[0])) == sorted([here.contract, there.contract])
    async with database.begin([world.area_id]) as conn:
        looked = await conn.fetchval("SELECT count(*) FROM journal WHERE action = 'subscriber.looked_up'")
        await conn.execute("UPDATE ticket SET reported_at = $1", clock.now - timedelta(days=91))
    assert looked == len(said) + 4
    assert await found(kept) == [there.contract], "whose phone stands on a contact, not on an old ticket"


async def test_a_caller_is_found_by_the_whole_number_of_a_ticket_or_a_job(
    line1: Desk, tickets: Desk, database: Database, world: World
) -> None:
    async def found(number: str) -> list[str]:
        items = (await done(await line1.post("/v1/callers", json={"contract": number})))["items"]
        return [one["contract"] for one in items]

    number = (await opened(line1, world, 1))["ticketNumber"]
    assert await found(number) == await found(number.lower()) == [world.subscribers[1].contract]
    made = await done(await tickets.post("/v1/escalations", json=escalation_of(world, 4)))
    async with database.begin([world.area_id]) as conn:
        of_job: str = await conn.fetchval("SELECT number FROM job WHERE job_id = $1", made["jobId"])
    assert await found(of_job) == [world.subscribers[3].contract]
    assert await found(number[:-1]) == []


async def test_a_self_check_asks_one_step_after_the_other_and_hands_over_what_was_answered(
    line1: Desk, line2: Desk, world: World
) -> None:
    ticket = await opened(line1, world, symptom="no_internet", atEquipment=True)
    assert ticket["step"]["code"] == "lights"
    # the subscriber speaks Russian, and so does whoever reads here
    assert ticket["step"]["spoken"] == "Какие лампочки горят?"
    path = f"/v1/tickets/{ticket['ticketId']}"
    unknown = await line1.post(f"{path}/checks", json={"step": "lights", "answer": "green"})
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/answer")
    ticket = await done(await line1.post(f"{path}/checks", json={"step": "lights", "answer": "none"}))
    assert ticket["step"]["code"] == "plug"
    ticket = await done(await line1.post(f"{path}/checks", json={"step": "plug", "answer": "yes"}))
    assert (ticket["step"], ticket["skills"]) == (None, ["fibre"])
    ticket = await done(await line1.post(f"{path}/hand-over", json={"line": 2, "note": "plug checked"}))
    assert (ticket["state"], ticket["line"], ticket["clock"]) == ("waiting", 2, None)
    assert (await line1.post(f"{path}/notes", json={"note": "mine?"})).json()[
        "type"
    ] == "/problems/not-in-hand"
    theirs = await done(await line2.post("/v1/queue/next"))
    assert theirs["ticketId"] == ticket["ticketId"]
    assert kinds(theirs) == ["opened", "checked", "checked", "handed_over", "taken"]
    assert theirs["clock"]["limitSeconds"] == 900
    assert await done(await line2.post("/v1/queue/next")) is None


async def test_the_clock_of_line_two_stands_still_for_listed_reasons_only_and_says_when_it_is_over(
    line1: Desk, database: Database, world: World, clock: Clock
) -> None:
    ticket = await opened(line1, world)
    path = f"/v1/tickets/{ticket['ticketId']}"
    await done(await line1.post(f"{path}/hand-over", json={"line": 2}))
    await done(await line1.post(f"{path}/take"))
    clock.forward(timedelta(minutes=10))
    assert (await line1.post(f"{path}/pause", json={"reason": "lunch"})).status_code == 422
    paused = await done(await line1.post(f"{path}/pause", json={"reason": "device_restarts"}))
    assert (paused["clock"]["paused"], paused["clock"]["dueAt"]) == (True, None)
    assert (await line1.post(f"{path}/pause", json={"reason": "call_cut"})).status_code == 409
    clock.forward(timedelta(minutes=30))
    going = await done(await line1.delete(f"{path}/pause"))
    assert going["clock"]["spentSeconds"] == 600
    assert (await line1.delete(f"{path}/pause")).status_code == 409
    clock.forward(timedelta(minutes=2, seconds=30))
    assert (await done(await line1.get(path)))["clock"]["warning"] is True
    clock.forward(timedelta(minutes=2, seconds=30))
    over = (await done(await line1.get(path)))["clock"]
    assert (over["overrun"], over["warning"], over["spentSeconds"]) == (True, False, 900)
    assert kinds(going)[-2:] == ["paused", "went_on"]
    for _ in range(2):
        async with database.begin([world.area_id]) as conn:
            await lines.note_overruns(conn, area_id=world.area_id, actor=worker(world.area_id), now=clock.now)
    said = await done(await line1.get(path))
    assert kinds(said).count("overran") == 1
    assert said["history"][0]["staff"] == "", "nobody did it: it came to be so"


async def test_what_is_the_subscribers_is_done_only_with_consent_and_a_password_is_kept_nowhere(
    line1: Desk, database: Database, world: World, clock: Clock
) -> None:
    await fault(database, world, 1, TerminalFault.ROUTER)
    ticket = await opened(line1, world)
    path = f"/v1/tickets/{ticket['ticketId']}"
    ticket = await done(await line1.post(f"{path}/measurements"))
    assert ticket["measured"]["localised"] == "subscriber"
    bad = [one["quantity"] for one in ticket["measured"]["measures"] if not one["good"]]
    assert bad == ["router_answers"]
    unknown = await line1.post(f"{path}/actions", json={"action": "reinstall_router"})
    assert (unknown.status_code, unknown.json()["type"]) == (409, "/problems/not-verified")
    await verified(line1, database, path)
    refused = await line1.post(f"{path}/actions", json={"action": "reinstall_router"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/consent-missing")
    asked = {"actions": ["reinstall_router", "wifi_password"], "person": "Wife"}
    await done(await line1.post(f"{path}/agreements", json={**asked, "accepted": False}))
    assert (await line1.post(f"{path}/actions", json={"action": "reinstall_router"})).status_code == 409
    await done(await line1.post(f"{path}/agreements", json={**asked, "accepted": True}))
    await done(await line1.post(f"{path}/actions", json={"action": "reinstall_router"}))
    secret = "correct horse battery"
    await done(await line1.post(f"{path}/actions", json={"action": "wifi_password", "value": secret}))
    clock.forward(timedelta(minutes=2))
    ticket = await done(await line1.post(f"{path}/measurements"))
    assert all(one["good"] for one in ticket["measured"]["measures"])
    assert kinds(ticket).count("acted") == 2
    async with database.begin([world.area_id]) as conn:
        for table in ("contact_entry", "journal"):
            assert secret not in str(await conn.fetch(f"SELECT facts FROM {table}"))


async def test_a_dark_line_goes_to_the_field_with_what_was_measured_and_who_is_on_site(
    line1: Desk, database: Database, world: World, clock: Clock
) -> None:
    await fault(database, world, 1, TerminalFault.WEAK)
    ticket = await opened(
        line1,
        world,
        onSite={"name": "Wife", "relation": "family", "phone": "+79001112233", "language": "ru"},
    )
    path = f"/v1/tickets/{ticket['ticketId']}"
    ticket = await done(await line1.post(f"{path}/measurements"))
    assert (ticket["measured"]["localised"], ticket["measured"]["faultClass"]) == ("line", "cable_break")
    await done(await line1.post(f"{path}/localisation", json={"localised": "line"}))
    body = {"faultClass": "cable_break", "summary": "level low"}
    assert (await line1.post(f"{path}/escalation", json=body)).json()["type"] == "/problems/not-verified"
    await verified(line1, database, path)
    asked = {key: terms()[key] for key in ("termsVersion", "language", "answer", "person", "capacity")}
    sent = await done(await line1.post(f"{path}/escalation", json={**body, "terms": asked}))
    assert (sent["ticket"]["state"], sent["ticket"]["inHand"]) == ("escalated", False)
    whole = await done(await line1.get(f"/v1/jobs/{sent['jobId']}"))
    (escalation,) = whole["escalations"]
    level = next(one for one in escalation["diagnosis"]["readings"] if one["quantity"] == "rx_power")
    assert level["value"] < -27
    (consent,) = whole["consents"]
    assert (consent["subject"], consent["answer"], consent["method"]) == ("terms", "accepted", "spoken")
    assert (await line1.post(f"{path}/escalation", json=body)).status_code == 409
    # the job is still owed
    assert await settled(database, world, clock) == 0
    # and a window is offered at once
    quote = await done(await line1.post("/v1/slot-quotes", json={"jobId": sent["jobId"]}))
    assert quote["offers"]


async def settled(database: Database, world: World, clock: Clock) -> int:
    """What a worker resolves, because the field has done its part."""
    async with database.begin([world.area_id]) as conn:
        return await lines.resolve_mended(
            conn, area_id=world.area_id, actor=worker(world.area_id), now=clock.now
        )


async def test_a_ticket_is_resolved_once_its_job_is_over(
    line1: Desk, dispatcher: Desk, database: Database, world: World, clock: Clock
) -> None:
    ticket = await opened(line1, world)
    path = f"/v1/tickets/{ticket['ticketId']}"
    await verified(line1, database, path)
    body = {"faultClass": "cable_break", "summary": "dark"}
    sent = await done(await line1.post(f"{path}/escalation", json=body))
    job = await dispatcher.get(f"/v1/jobs/{sent['jobId']}")
    gone = await dispatcher.post(
        f"/v1/jobs/{sent['jobId']}/cancel",
        json={"reason": "found to be the subscriber's own cable"},
        headers={"If-Match": job.headers["ETag"]},
    )
    assert gone.status_code == 200, gone.text
    assert await settled(database, world, clock) == 1
    assert await settled(database, world, clock) == 0
    told = await done(await line1.get(path))
    assert (told["state"], told["resolution"], kinds(told)[-1]) == ("resolved", "job_cancelled", "resolved")


async def test_the_next_ticket_is_the_most_urgent_that_one_has_the_skills_for(
    line1: Desk, line2: Desk, database: Database, world: World, clock: Clock
) -> None:
    numbers: list[str] = []
    for number in (1, 2, 3, 4):
        ticket = await opened(line1, world, number, take=False)
        numbers.append(ticket["ticketId"])
        clock.forward(timedelta(seconds=1))
    me = UUID((await done(await line2.get("/v1/me")))["staffId"])
    profile = SupportProfile(area_id=world.area_id, staff_id=me, lines=[1], skills=["wifi"], languages=[])
    async with database.begin([world.area_id]) as conn:
        await queries.save_profiles(conn, [profile])
        await conn.execute("UPDATE ticket SET skills = '{fibre}' WHERE ticket_id = $1", UUID(numbers[0]))
        await conn.execute("UPDATE ticket SET priority = 1 WHERE ticket_id = $1", UUID(numbers[3]))
        await conn.execute("UPDATE ticket SET line = 2 WHERE ticket_id = $1", UUID(numbers[2]))
    taken = [(await done(await line2.post("/v1/queue/next"))) for _ in range(3)]
    assert [None if one is None else one["ticketId"] for one in taken] == [numbers[3], numbers[1], None]
    clock.forward(timedelta(minutes=3))
    waits = {one["line"]: one for one in (await done(await line1.get("/v1/queue")))["items"]}
    assert (waits[1]["waiting"], waits[1]["inHand"], waits[1]["over"]) == (1, 2, True)
    assert len((await done(await line2.get("/v1/tickets")))["items"]) == 2


async def test_what_was_not_mended_waits_again_more_urgent_than_before(line1: Desk, world: World) -> None:
    ticket = await opened(line1, world)
    path = f"/v1/tickets/{ticket['ticketId']}"
    assert (await line1.post(f"{path}/reopening", json={"note": "no"})).status_code == 409
    ticket = await done(await line1.post(f"{path}/resolution", json={"resolution": "restarted"}))
    assert (ticket["state"], ticket["clock"]) == ("resolved", None)
    again = await done(await line1.post(f"{path}/reopening", json={"note": "still dark"}))
    assert (again["state"], again["priority"]) == ("waiting", ticket["priority"] - 1)


async def test_the_terms_of_a_paid_visit_are_kept_with_either_answer_and_the_last_one_goes_to_the_field(
    line1: Desk, database: Database, world: World
) -> None:
    desk = await done(await line1.get("/v1/desk"))
    assert [one["code"] for one in desk["symptoms"]] == ["no_internet"]
    assert "cable_break" in {one["faultClass"] for one in desk["faults"]}
    text = next(one for one in desk["terms"] if one["language"] == "ru")
    assert text["callOutMinor"] > 0
    ticket = await opened(line1, world)
    path = f"/v1/tickets/{ticket['ticketId']}"
    said = {
        "termsVersion": text["termsVersion"],
        "language": "ru",
        "person": "Anna Kiss",
        "capacity": "holder",
    }
    unknown = await line1.post(f"{path}/terms", json={**said, "answer": "accepted"})
    assert unknown.json()["type"] == "/problems/not-verified"
    await verified(line1, database, path)
    wrong = await line1.post(f"{path}/terms", json={**said, "termsVersion": 99, "answer": "accepted"})
    assert (wrong.status_code, wrong.json()["type"]) == (422, "/problems/unknown-terms")
    refused = await done(await line1.post(f"{path}/terms", json={**said, "answer": "declined"}))
    assert (refused["terms"]["accepted"], refused["terms"]["person"]) == (False, "Anna Kiss")
    agreed = await done(await line1.post(f"{path}/terms", json={**said, "answer": "accepted"}))
    assert agreed["terms"]["accepted"] is True
    assert agreed["agreed"] == [], "the terms are no remote action"
    assert kinds(agreed).count("agreed") == 2
    found = {"faultClass": "cable_break", "summary": "a tablet, perhaps"}
    sent = await done(await line1.post(f"{path}/escalation", json=found))
    (consent,) = (await done(await line1.get(f"/v1/jobs/{sent['jobId']}")))["consents"]
    assert (consent["answer"], consent["person"], consent["language"]) == ("accepted", "Anna Kiss", "ru")


async def test_who_calls_turns_out_in_the_course_of_the_call(
    line1: Desk, database: Database, world: World
) -> None:
    ticket = await opened(line1, world)
    path = f"/v1/tickets/{ticket['ticketId']}"
    await verified(line1, database, path)
    wife = {"name": "Wife", "relation": "family", "phone": "+79001112233", "language": "ru"}
    same = {"caller": {"name": "", "relation": "holder"}, "atEquipment": False, "onSite": wife}
    told = await done(await line1.put(f"{path}/caller", json=same))
    assert (told["atEquipment"], told["onSite"], told["verifiedBy"]) == (False, wife, "name")
    other = {"caller": {"name": "Son", "relation": "family", "phone": "+79001112244"}}
    told = await done(await line1.put(f"{path}/caller", json=other))
    assert (told["callerName"], told["verifiedBy"], told["holderName"]) == ("Son", None, "")
    assert told["onSite"] == wife
    sent = await line1.post(f"{path}/escalation", json={"faultClass": "cable_break", "summary": "dark"})
    assert sent.json()["type"] == "/problems/not-verified"

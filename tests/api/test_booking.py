"""A support line with a subscriber on the phone, over HTTP: windows offered, booked, moved, given back."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx

from db.ids import new_id
from db.pool import Database
from db.states import Role
from tests.api.conftest import Clock, Desk, sign_in, with_role
from tests.api.test_access import NOBODY, escalation_of
from tests.builders import settled_in
from tests.worlds import TODAY, World, quiet_street

IN_TWO_DAYS = (TODAY + timedelta(days=2)).isoformat()


async def escalated(tickets: Desk, world: World, ticket: int = 1) -> str:
    """The id of a new job."""
    said = {**escalation_of(world, 1 + ticket % world.jobs), "ticketNumber": f"{world.name}-{ticket}"}
    made = await tickets.post("/v1/escalations", json=said)
    assert made.status_code == 201, made.text
    return made.json()["jobId"]


async def quoted(desk: Desk, job_id: str, **asked: Any) -> dict[str, Any]:
    answer = await desk.post("/v1/slot-quotes", json={"jobId": job_id, **asked})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def book(desk: Desk, quote: dict[str, Any], offer: int = 1) -> httpx.Response:
    return await desk.put(f"/v1/slot-quotes/{quote['slotQuoteId']}/booking", json={"offer": offer})


async def booked(desk: Desk, quote: dict[str, Any], offer: int = 1) -> dict[str, Any]:
    answer = await book(desk, quote, offer)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_support_line_quotes_in_russian_and_books(
    world: World, support: Desk, dispatcher: Desk, tickets: Desk
) -> None:
    quote = await quoted(support, await escalated(tickets, world))
    offers = quote["offers"]
    assert [offer["offer"] for offer in offers] == list(range(1, len(offers) + 1))
    assert [offer["cost"] for offer in offers] == sorted(offer["cost"] for offer in offers)
    assert all(offer["sentence"].startswith("Мастер") for offer in offers)
    assert all(offer["earliest"] <= offer["expectedArrivalAt"] <= offer["latest"] for offer in offers)
    told = await booked(support, quote, 2)
    assert told["appointment"]["state"] == "confirmed"
    assert told["appointment"]["earliestAt"] == offers[1]["earliest"]
    assert told["appointment"]["latestAt"] == offers[1]["latest"]
    assert offers[1]["earliest"] <= told["visit"]["plannedStartAt"] <= offers[1]["latest"]
    whole = (await support.get(f"/v1/jobs/{quote['jobId']}")).json()
    assert whole["appointments"] == [told["appointment"]]
    assert whole["job"] == told["job"]
    entry = (await dispatcher.get("/v1/journal")).json()["items"][-1]
    assert (entry["action"], entry["actorId"]) == ("appointment.booked", str(world.staff_id("support")))


async def test_a_quote_is_kept_and_said_again_in_another_language(
    world: World, support: Desk, tickets: Desk
) -> None:
    quote = await quoted(support, await escalated(tickets, world), language="hu")
    assert "szerelő" in quote["offers"][0]["sentence"]
    path = f"/v1/slot-quotes/{quote['slotQuoteId']}"
    english = await support.get(path, params={"language": "en"})
    assert english.json()["offers"][0]["sentence"].startswith("A technician")
    assert english.headers["cache-control"] == "no-store"
    own = (await support.get(path)).json()
    assert own["offers"][0]["sentence"].startswith("Мастер")
    assert without_sentences(own) == without_sentences(quote) == without_sentences(english.json())


def without_sentences(quote: dict[str, Any]) -> dict[str, Any]:
    return {**quote, "offers": [{**offer, "sentence": ""} for offer in quote["offers"]]}


async def test_booking_again_is_the_same_booking(world: World, support: Desk, tickets: Desk) -> None:
    quote = await quoted(support, await escalated(tickets, world))
    first, again = await booked(support, quote), await booked(support, quote)
    assert first["appointment"] == again["appointment"]
    whole = (await support.get(f"/v1/jobs/{quote['jobId']}")).json()
    assert len(whole["appointments"]) == 1
    assert len(whole["visits"]) == 1


async def test_of_two_desks_one_gets_the_last_place_and_the_other_gets_windows_that_can_be_booked(
    world: World, support: Desk, tickets: Desk
) -> None:
    others = [str(person.technician_id) for person in world.technicians[1:]]
    asked = {"firstOn": IN_TWO_DAYS, "lastOn": IN_TWO_DAYS, "excludedTechnicians": others}
    jobs = [await escalated(tickets, world, number) for number in range(6)]
    quotes = [await quoted(support, job_id, **asked) for job_id in jobs]
    window = quotes[0]["offers"][0]["earliest"]
    numbers = [
        next(offer["offer"] for offer in quote["offers"] if offer["earliest"] == window) for quote in quotes
    ]
    answers = await asyncio.gather(
        *(book(support, quote, number) for quote, number in zip(quotes, numbers, strict=True))
    )
    won = [answer for answer in answers if answer.status_code == 200]
    lost = [answer for answer in answers if answer.status_code == 409]
    assert won
    assert lost
    assert len(won) + len(lost) == len(answers)
    for answer in lost:
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["type"] == "/problems/slot-taken"
        instead = problem["quote"]
        assert set(instead) == set(quotes[0])
        assert window not in [offer["earliest"] for offer in instead["offers"]]
        assert instead["offers"][0]["sentence"].startswith("Мастер")
    problem = lost[0].json()
    told = await booked(support, problem["quote"])
    assert told["job"]["jobId"] == problem["quote"]["jobId"]
    assert told["appointment"]["earliestAt"] == problem["quote"]["offers"][0]["earliest"]
    assert told["visit"]["technicianId"] not in others


async def test_another_window_takes_the_place_of_the_one_before(
    world: World, support: Desk, tickets: Desk
) -> None:
    job_id = await escalated(tickets, world)
    first = await booked(support, await quoted(support, job_id))
    quote = await quoted(support, job_id)
    day = first["visit"]["onDay"]
    offer = next(offer for offer in quote["offers"] if offer["earliest"][:10] != day)
    second = await booked(support, quote, offer["offer"])
    whole = (await support.get(f"/v1/jobs/{job_id}")).json()
    assert [row["state"] for row in whole["appointments"]] == ["moved", "confirmed"]
    assert [visit["onDay"] for visit in whole["visits"]] == [second["visit"]["onDay"]]
    assert second["visit"]["onDay"] != day


async def test_a_cancelled_appointment_leaves_the_job_on_hold_and_can_be_booked_again(
    world: World, support: Desk, tickets: Desk
) -> None:
    job_id = await escalated(tickets, world)
    told = await booked(support, await quoted(support, job_id))
    path, why = f"/v1/jobs/{job_id}/appointment/cancel", {"reason": "has to be at work"}
    assert (await support.post(path, json=why)).status_code == 428
    assert (await support.post(path, json=why, headers={"If-Match": '"99"'})).status_code == 412
    version = f'"{told["job"]["version"]}"'
    done = await support.post(path, json=why, headers={"If-Match": version})
    assert (done.status_code, done.json()["state"]) == (200, "on_hold")
    assert done.json()["holdReason"] == "subscriber_wish"
    again = await support.post(path, json=why, headers={"If-Match": done.headers["etag"]})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/appointment-missing")
    anew = await booked(support, await quoted(support, job_id))
    assert anew["job"]["state"] == "received"


async def test_where_nothing_fits_it_says_why_and_what_would_help(
    world: World, support: Desk, tickets: Desk
) -> None:
    everybody = [str(person.technician_id) for person in world.technicians]
    quote = await quoted(support, await escalated(tickets, world), excludedTechnicians=everybody)
    assert quote["offers"] == []
    (block,) = quote["nothing"]["blocks"]
    assert (block["code"], block["count"]) == ("excluded", 9)
    assert block["sentence"] == "исключены (смен: 9)"
    (would,) = quote["nothing"]["would"]
    assert would["code"] == "excluded"
    assert would["earliest"] >= TODAY.isoformat()
    assert would["sentence"].startswith("С исключёнными мастерами есть место")
    refused = await book(support, quote)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/unknown-offer")


async def test_what_came_too_late_or_is_over_is_said_as_such(
    world: World, support: Desk, dispatcher: Desk, tickets: Desk, clock: Clock
) -> None:
    job_id = await escalated(tickets, world)
    quote = await quoted(support, job_id)
    clock.forward(timedelta(minutes=16))
    late = await book(support, quote)
    assert (late.status_code, late.json()["type"]) == (409, "/problems/quote-expired")
    job = (await dispatcher.get(f"/v1/jobs/{job_id}")).json()["job"]
    match = {"If-Match": f'"{job["version"]}"'}
    await dispatcher.post(f"/v1/jobs/{job_id}/cancel", json={"reason": "mended"}, headers=match)
    over = await support.post("/v1/slot-quotes", json={"jobId": job_id})
    assert (over.status_code, over.json()["type"]) == (409, "/problems/not-bookable")
    assert over.json()["state"] == "cancelled"


async def test_only_support_and_dispatch_book(
    client: httpx.AsyncClient, database: Database, world: World, technician: Desk
) -> None:
    others = [await with_role(client, database, world, role) for role in (Role.AUDITOR, Role.SUPERVISOR)]
    for person in (technician, *others):
        for method, path in (
            ("POST", "/v1/slot-quotes"),
            ("GET", f"/v1/slot-quotes/{NOBODY}"),
            ("PUT", f"/v1/slot-quotes/{NOBODY}/booking"),
            ("POST", f"/v1/jobs/{NOBODY}/appointment/cancel"),
        ):
            answer = await person.ask(method, path, json=None if method == "GET" else {})
            assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-allowed"), path


async def test_another_areas_job_and_quote_are_as_unknown_as_ones_that_do_not_exist(
    client: httpx.AsyncClient, database: Database, world: World, support: Desk, tickets: Desk
) -> None:
    job_id = await escalated(tickets, world)
    quote = await quoted(support, job_id)
    await settled_in(database, quiet_street)
    stranger = await sign_in(client, f"{quiet_street.name}.support")
    cancel, match = {"reason": ""}, {"If-Match": '"1"'}
    answers = [
        [
            await stranger.post("/v1/slot-quotes", json={"jobId": job}),
            await stranger.get(f"/v1/slot-quotes/{quote_id}"),
            await stranger.put(f"/v1/slot-quotes/{quote_id}/booking", json={"offer": 1}),
            await stranger.post(f"/v1/jobs/{job}/appointment/cancel", json=cancel, headers=match),
        ]
        for job, quote_id in ((job_id, quote["slotQuoteId"]), (NOBODY, NOBODY))
    ]
    told = [[(answer.status_code, answer.json()["type"]) for answer in each] for each in answers]
    assert told[0] == told[1]
    assert told[0] == [
        (404, "/problems/unknown-job"),
        (404, "/problems/unknown-slot-quote"),
        (404, "/problems/unknown-slot-quote"),
        (404, "/problems/unknown-job"),
    ]
    assert (await book(support, quote)).status_code == 200


HOSTILE_QUOTES: list[tuple[dict[str, Any], str]] = [
    ({}, "/problems/malformed"),
    ({"jobId": "x"}, "/problems/malformed"),
    ({"jobId": 7}, "/problems/malformed"),
    ({"colour": "red"}, "/problems/malformed"),
    ({"firstOn": "2026-13-01"}, "/problems/malformed"),
    ({"firstOn": "0001-01-01"}, "/problems/days-impossible"),
    ({"lastOn": "9999-12-31"}, "/problems/days-impossible"),
    ({"firstOn": "2026-11-26", "lastOn": "2026-11-25"}, "/problems/days-impossible"),
    ({"firstOn": "2026-11-23"}, "/problems/days-impossible"),
    ({"language": "ru\u0000"}, "/problems/malformed"),
    ({"language": "<script>"}, "/problems/malformed"),
    ({"excludedTechnicians": [NOBODY] * 101}, "/problems/malformed"),
    ({"excludedTechnicians": None}, "/problems/malformed"),
]


async def test_a_hostile_question_is_refused_and_the_next_good_one_is_answered(
    world: World, support: Desk, tickets: Desk
) -> None:
    job_id = await escalated(tickets, world)
    for members, problem in HOSTILE_QUOTES:
        sent = members if not members else {"jobId": job_id, **members}
        answer = await support.post("/v1/slot-quotes", json=sent)
        assert (answer.status_code, answer.json()["type"]) == (422, problem), members
        assert "script" not in answer.text
    assert (await quoted(support, job_id, excludedTechnicians=[str(new_id())]))["offers"]


HOSTILE_BOOKINGS: list[tuple[bytes, int]] = [
    (b"", 422),
    (b"{", 400),
    (b"[]", 422),
    (b"{}", 422),
    (b'{"offer": "1"}', 422),
    (b'{"offer": 0}', 422),
    (b'{"offer": 1.5}', 422),
    (b'{"offer": 18446744073709551616}', 422),
    (b'{"offer": 1, "technicianId": "x"}', 422),
    (b'{"offer": 100}', 422),
]


async def test_a_hostile_booking_promises_nothing(world: World, support: Desk, tickets: Desk) -> None:
    quote = await quoted(support, await escalated(tickets, world))
    path = f"/v1/slot-quotes/{quote['slotQuoteId']}/booking"
    for body, status in HOSTILE_BOOKINGS:
        answer = await support.put(path, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == status, (body, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
    assert (await support.get(f"/v1/jobs/{quote['jobId']}")).json()["appointments"] == []
    assert (await book(support, quote)).status_code == 200

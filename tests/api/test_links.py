"""A subscriber's link over HTTP: from the message that brings it to seeing, confirming, moving and cancelling the visit."""

import asyncio
import re
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from db.pool import Database
from db.states import Role
from dispatch.rules.links import NOTES, QUOTES, TRIES
from tests.api.conftest import Clock, Desk, with_role
from tests.api.linked import DIGITS, HOLDER, Street, Subscriber, refused, street_of, wire
from tests.api.test_booking import booked, quoted
from tests.branching import LEFT, branched
from tests.builders import terms
from tests.dispatch.said import MENDED
from tests.worlds import World


@pytest.fixture
async def street(
    client: httpx.AsyncClient, database: Database, world: World, clock: Clock, dispatcher: Desk, tickets: Desk
) -> Street:
    return await street_of(client, database, world, clock, dispatcher, tickets)


async def test_the_message_brings_the_link_and_nothing_that_is_kept_opens_it(street: Street) -> None:
    mine, told = await street.booked(terms=wire(terms()))
    (text,) = await street.texts()
    assert "Visit code: " in text
    seen = await mine.see()
    code = re.findall(r"\b\d{6}\b", text)[0]
    window = {"earliest": told["appointment"]["earliestAt"], "latest": told["appointment"]["latestAt"]}
    assert (seen["window"], seen["visitCode"], seen["stage"]) == (window, code, "agreed")
    assert (seen["firstName"], seen["technician"], seen["call"]) == ("Мария", "", "+74950000000")
    assert seen["sentence"].startswith("Мастер придёт к вам")
    assert (await mine.see(language="hu"))["sentence"].startswith("A szerelő")
    (kept,) = seen["consents"]
    assert (kept["subject"], kept["answer"], kept["text"]) == (
        "terms",
        "accepted",
        "Выезд может быть платным.",
    )
    # own first name, and nobody's more than that
    said = (await mine.get("/v1/visit")).text
    for hidden in ("Иванова", "Петров", HOLDER["phone"], "Long Street", mine.token):
        assert hidden not in said
    async with street.database.begin([street.world.area_id]) as conn:
        rows = await conn.fetch("SELECT row_to_json(one)::text AS row FROM subscriber_link AS one")
        waits = await conn.fetch("SELECT row_to_json(one)::text AS row FROM outbox AS one")
    assert len(rows) == 1
    assert all(mine.token not in row["row"] for row in [*rows, *waits])


async def test_without_a_code_there_is_a_confirmation_and_without_an_address_no_link(street: Street) -> None:
    await booked(street.desk, await quoted(street.desk, await street.job(faultClass="equipment_failure")))
    assert await street.texts(None) == []
    await booked(street.desk, await quoted(street.desk, await street.job(2, faultClass="equipment_failure")))
    (text,) = await street.texts()
    assert text.startswith("Your technician comes on ")
    assert "code" not in text
    assert (await street.holding(text).see())["visitCode"] is None


async def test_confirming_is_said_once_and_again_for_another_window(street: Street) -> None:
    mine, told = await street.booked()
    for _ in range(2):
        answer = await mine.post("/v1/visit/confirmation", json={})
        assert (answer.status_code, answer.json()["confirmed"]) == (200, True)
    whole = await street.whole(told["job"]["jobId"])
    (said,) = [row for row in whole["journal"] if row["action"] == "appointment.acknowledged"]
    assert said["actorKind"] == "subscriber"
    moved = await mine.move(await mine.windows(), 2)
    assert (moved.status_code, moved.json()["confirmed"]) == (200, False)


async def test_how_to_get_in_reaches_the_phone_of_whoever_comes(street: Street) -> None:
    mine, told = await street.booked()
    async with street.database.begin([street.world.area_id]) as conn:
        await conn.execute("UPDATE place SET access_note = 'Gate 2'")
    phone, _ = await street.out(told)
    await phone.send(street.database, [], now=street.clock.now)
    note = "Звонок не работает\nпозвоните <script>"
    answer = await mine.put("/v1/visit/access-note", json={"note": note})
    assert (answer.status_code, answer.json()["accessNote"]) == (200, note)
    for wrong in ("x" * 501, "a\u0000b", "a\u202eb", None):
        assert refused(await mine.put("/v1/visit/access-note", json={"note": wrong})) == (422, "malformed")
    # it is news to the phone, which had the visit already
    pulled = (await phone.send(street.database, [], now=street.clock.now)).pull
    assert pulled is not None
    (changed,) = [one.job for one in pulled.changes if one.job is not None]
    assert changed.place.access_note == f"Gate 2\n{note}"
    await mine.put("/v1/visit/access-note", json={"note": " "})
    assert (await mine.see())["accessNote"] == ""


async def test_how_to_get_in_changes_so_often_and_no_more(street: Street) -> None:
    mine, _ = await street.booked()
    for number in range(NOTES):
        answer = await mine.put("/v1/visit/access-note", json={"note": f"{number}"})
        assert answer.status_code == 200
    assert refused(await mine.put("/v1/visit/access-note", json={"note": "again"})) == (429, "too-many")
    assert (await mine.see())["accessNote"] == f"{NOTES - 1}"
    street.clock.forward(timedelta(minutes=61))
    assert (await mine.put("/v1/visit/access-note", json={"note": "again"})).status_code == 200


async def test_a_move_keeps_the_books_as_the_desk_does_and_again_it_is_the_same(street: Street) -> None:
    mine, told = await street.booked()
    job_id = told["job"]["jobId"]
    windows = await mine.windows()
    assert set(windows["offers"][0]) == {"offer", "earliest", "latest"}
    first, again = await mine.move(windows, 2), await mine.move(windows, 2)
    assert (first.status_code, again.status_code) == (200, 200)
    offer = windows["offers"][1]
    assert first.json()["window"] == {"earliest": offer["earliest"], "latest": offer["latest"]}
    assert again.json()["window"] == first.json()["window"]
    whole = await street.whole(job_id)
    assert [row["state"] for row in whole["appointments"]] == ["moved", "confirmed"]
    assert len(whole["visits"]) == 1
    moved = [row for row in whole["journal"] if row["action"] == "appointment.booked"][-1]
    assert (moved["actorKind"], moved["facts"]["moved"]) == ("subscriber", True)
    assert moved["actorId"] != str(street.world.staff_id("dispatcher"))
    # the new window is confirmed by a message, with the same link
    text = (await street.texts())[-1]
    assert street.holding(text).token == mine.token


async def test_of_two_moves_into_the_last_place_one_gets_it_and_the_other_gets_free_windows(
    street: Street,
) -> None:
    several = [(await street.booked(number))[0] for number in range(1, 7)]
    quotes = [await one.windows() for one in several]
    # one technician stays, so that few places are left
    async with street.database.begin([street.world.area_id]) as conn:
        await conn.execute(
            "UPDATE technician_day SET absent = true, version = version + 1 WHERE technician_id <> $1",
            street.world.technicians[0].technician_id,
        )
    starts = [{one["earliest"]: one["offer"] for one in quote["offers"]} for quote in quotes]
    wanted = max(start for start in starts[0] if all(start in one for one in starts))
    answers = await asyncio.gather(
        *(
            one.move(quote, numbers[wanted])
            for one, quote, numbers in zip(several, quotes, starts, strict=True)
        )
    )
    won = [answer for answer in answers if answer.status_code == 200]
    lost = [answer for answer in answers if answer.status_code == 409]
    assert won
    assert lost
    assert len(won) + len(lost) == len(answers)
    index = answers.index(lost[0])
    assert refused(lost[0]) == (409, "slot-taken")
    others = lost[0].json()["windows"]
    assert wanted not in [one["earliest"] for one in others["offers"]]
    assert (await several[index].move(others)).status_code == 200


async def test_a_cancelled_visit_waits_for_another_window(street: Street) -> None:
    mine, told = await street.booked()
    job_id = told["job"]["jobId"]
    first, again = await mine.cancel(), await mine.cancel()
    for answer in (first, again):
        assert answer.status_code == 200, answer.text
        assert (answer.json()["stage"], answer.json()["window"]) == ("cancelled", None)
    whole = await street.whole(job_id)
    assert (whole["job"]["state"], whole["job"]["holdReason"]) == ("on_hold", "subscriber_wish")
    assert whole["visits"] == []
    (said,) = [row for row in whole["journal"] if row["action"] == "appointment.cancelled"]
    assert (said["actorKind"], said["facts"]["chosen"]) == ("subscriber", "not_at_home")
    assert refused(await mine.post("/v1/visit/confirmation", json={})) == (409, "appointment-missing")
    anew = await mine.move(await mine.windows())
    assert (anew.status_code, anew.json()["stage"]) == (200, "agreed")
    told_us = await mine.cancel(reason="works_again")
    assert (told_us.json()["stage"], told_us.json()["mayMove"]) == ("works_again", True)


async def test_after_five_wrong_tries_right_digits_do_not_count_and_a_new_link_from_the_office_does(
    street: Street,
) -> None:
    mine, told = await street.booked()
    windows = await mine.windows()
    for number in range(1, TRIES):
        answer = await (mine.cancel("0000") if number % 2 else mine.move(windows, digits="0000"))
        assert refused(answer) == (403, "wrong-digits")
        assert (answer.json()["triesLeft"], "0000" in answer.text) == (TRIES - number, False)
    for digits in ("0000", DIGITS):
        assert refused(await mine.cancel(digits)) == (403, "link-locked")
    assert refused(await mine.move(windows)) == (403, "link-locked")
    assert (await mine.see())["locked"] is True
    assert (await mine.post("/v1/visit/confirmation", json={})).status_code == 200
    job_id = told["job"]["jobId"]
    assert [row["state"] for row in (await street.whole(job_id))["appointments"]] == ["confirmed"]
    assert (await street.desk.post(f"/v1/jobs/{job_id}/link", json={})).status_code == 204
    other = street.holding((await street.texts())[-1])
    assert refused(await mine.get("/v1/visit")) == (404, "unknown-link")
    assert (await other.cancel()).status_code == 200


async def test_tries_at_once_are_counted_one_by_one(street: Street) -> None:
    mine, _ = await street.booked()
    answers = await asyncio.gather(*(mine.cancel("0000") for _ in range(8)))
    assert sorted(refused(answer)[1] for answer in answers) == ["link-locked"] * 4 + ["wrong-digits"] * 4


async def test_a_dead_link_is_answered_as_one_that_never_was(street: Street) -> None:
    mine, told = await street.booked()
    other, _ = await street.booked(2)
    job_id, version = told["job"]["jobId"], told["job"]["version"]
    off = await street.desk.post(
        f"/v1/jobs/{job_id}/cancel", json={"reason": ""}, headers={"If-Match": f'"{version}"'}
    )
    assert off.status_code == 200, off.text
    street.clock.forward(timedelta(hours=71))
    assert (await mine.see())["stage"] == "called_off"
    assert refused(await mine.post("/v1/visit/windows", json={})) == (409, "not-bookable")
    street.clock.forward(timedelta(hours=2))
    never = Subscriber(street.client, "A" * 43)
    strangers = [Subscriber(street.client, token) for token in ("", "x", "..", mine.token[:-1])]
    answers = [await one.get("/v1/visit") for one in (mine, never, *strangers)]
    answers.append(await street.client.get("/v1/visit", headers={b"Authorization": "Link é".encode()}))
    assert {refused(answer) for answer in answers} == {(404, "unknown-link")}
    assert len({str({**answer.json(), "instance": ""}) for answer in answers}) == 1
    assert all(answer.headers["cache-control"] == "no-store" for answer in answers)
    # noise is kept out; whoever shares the address and has a good link is not
    for _ in range(29):
        await never.get("/v1/visit")
    noise = await never.get("/v1/visit")
    assert refused(noise) == (429, "too-many-links")
    assert noise.json()["title"] == answers[0].json()["title"]
    # nobody came in its window, three days ago by now
    assert (await other.see())["stage"] == "missed"


async def test_once_somebody_is_on_the_way_it_is_too_late_and_done_it_is_seen_until_it_is_reopened(
    street: Street,
) -> None:
    mine, told = await street.booked(faultClass="equipment_failure")
    job_id = told["job"]["jobId"]
    phone, visit = await street.out(told)
    street.clock.now = visit.planned_start_at - timedelta(minutes=15)
    seen = await mine.see()
    assert (seen["stage"], seen["technician"]) == ("agreed", "")
    assert seen["window"]["earliest"] <= seen["expected"]["earliest"] < seen["expected"]["latest"]
    read_out = (await street.whole(job_id))["told"]["expected"]
    assert {**seen["expected"], "readersSentence": read_out["readersSentence"]} == read_out, "and at the desk"
    await phone.send(street.database, [phone.say(visit, "on-my-way", street.clock.now)], now=street.clock.now)
    seen = await mine.see()
    assert (seen["stage"], seen["technician"]) == ("on_the_way", "Андрей")
    assert (seen["mayMove"], seen["mayCancel"]) == (False, False)
    assert refused(await mine.post("/v1/visit/windows", json={})) == (409, "visit-started")
    assert refused(await mine.cancel()) == (409, "visit-started")
    said = [phone.say(visit, kind, street.clock.now) for kind in MENDED[1:]]
    street.clock.forward(timedelta(hours=1))
    await phone.send(street.database, said, now=street.clock.now)
    seen = await mine.see()
    assert (seen["stage"], seen["sentence"]) == ("done", "Работа выполнена.")
    assert refused(await mine.put("/v1/visit/access-note", json={"note": "x"})) == (409, "not-bookable")
    version = (await street.whole(job_id))["job"]["version"]
    again = await street.desk.post(
        f"/v1/jobs/{job_id}/reopen", json={"reason": ""}, headers={"If-Match": f'"{version}"'}
    )
    assert again.status_code == 200, again.text
    assert refused(await mine.get("/v1/visit")) == (404, "unknown-link")
    await booked(street.desk, await quoted(street.desk, job_id))
    other = street.holding((await street.texts())[-1])
    assert other.token != mine.token
    assert (await other.see())["stage"] == "agreed"


async def test_while_it_is_dark_no_other_window_is_offered(street: Street) -> None:
    await branched(street.database, street.world)
    mine, _ = await street.booked(2, faultClass="equipment_failure")
    windows = await mine.windows()
    raised = await street.desk.post(f"/v1/network-elements/{LEFT}/outage", json={})
    assert raised.json()["state"] == "accepted", raised.text
    seen = await mine.see()
    assert (seen["stage"], seen["window"], seen["mayMove"]) == ("outage", None, False)
    assert "нет связи" in seen["sentence"]
    for answer in (await mine.post("/v1/visit/windows", json={}), await mine.move(windows)):
        assert refused(answer) == (409, "outage-holds")


async def test_windows_are_looked_for_so_often_and_no_more(street: Street) -> None:
    mine, _ = await street.booked()
    async with street.database.begin([street.world.area_id]) as conn:
        quote = await mine.windows()
        await conn.execute(
            "INSERT INTO slot_quote SELECT area_id, gen_random_uuid(), job_id, offers, nothing, excluded, asked_by,"
            " created_at, expires_at FROM slot_quote, generate_series(2, $1) WHERE slot_quote_id = $2",
            QUOTES,
            UUID(quote["slotQuoteId"]),
        )
    answer = await mine.post("/v1/visit/windows", json={})
    assert refused(answer) == (429, "too-many-windows")
    street.clock.forward(timedelta(minutes=61))
    assert await mine.windows()


async def test_a_link_opens_its_own_job_and_nothing_else(
    street: Street, client: httpx.AsyncClient, database: Database
) -> None:
    mine, _ = await street.booked()
    other, told = await street.booked(2)
    # a quote of another job, also where the digits are right
    foreign = await other.windows()
    assert refused(await mine.move(foreign)) == (404, "unknown-slot-quote")
    for path in ("/v1/jobs", f"/v1/jobs/{told['job']['jobId']}", "/v1/me", "/v1/journal"):
        assert refused(await mine.get(path)) == (401, "not-signed-in")
    assert refused(await street.desk.get("/v1/visit")) == (403, "not-allowed")
    assert refused(await client.get("/v1/visit")) == (401, "not-signed-in")
    auditor = await with_role(client, database, street.world, Role.AUDITOR)
    path = f"/v1/jobs/{told['job']['jobId']}/link"
    for step in ("", "/revocation"):
        assert refused(await auditor.post(path + step, json={})) == (403, "not-allowed")
    assert (await street.desk.post(f"{path}/revocation", json={})).status_code == 204
    assert refused(await other.get("/v1/visit")) == (404, "unknown-link")


HOSTILE: list[tuple[str, bytes, int]] = [
    ("move", b"", 422),
    ("move", b"{", 400),
    ("move", b'{"slotQuoteId": "x", "offer": 1, "digits": "4567"}', 422),
    ("cancellation", b'{"digits": 4567, "reason": "other"}', 422),
    ("cancellation", b'{"digits": "456", "reason": "other"}', 422),
    ("cancellation", b'{"digits": "4567\\n", "reason": "other"}', 422),
    ("cancellation", '{"digits": "４５６７", "reason": "other"}'.encode(), 422),
    ("cancellation", b'{"digits": "4567", "reason": "because"}', 422),
    ("cancellation", b'{"digits": "4567", "reason": "other", "jobId": "x"}', 422),
]


async def test_a_hostile_body_changes_nothing_and_uses_up_no_try(street: Street) -> None:
    mine, told = await street.booked()
    for path, body, status in HOSTILE:
        answer = await mine.post(
            f"/v1/visit/{path}", content=body, headers={"Content-Type": "application/json"}
        )
        assert refused(answer)[0] == status, body
        assert "4567" not in answer.text
    form = await mine.post("/v1/visit/cancellation", content=b"digits=4567")
    assert form.status_code == 415
    whole = await street.whole(told["job"]["jobId"])
    assert [row["state"] for row in whole["appointments"]] == ["confirmed"]
    async with street.database.begin([street.world.area_id]) as conn:
        assert await conn.fetchval("SELECT wrong_digits FROM subscriber_link") == 0


async def test_the_page_tells_nobody_where_its_reader_came_from_and_is_not_kept(
    client: httpx.AsyncClient,
) -> None:
    page = await client.get("/visit/")
    assert page.status_code == 200
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    bare = await client.get("/visit")
    assert (bare.status_code, bare.headers["location"]) == (308, "/visit/")
    assert bare.headers["referrer-policy"] == "no-referrer"

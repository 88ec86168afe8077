"""Credits through the database and over HTTP, to the penny: the worked examples, what is never credited twice, what leaves once."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from db.errors import UniqueViolated
from db.ids import new_id
from db.pool import Database
from db.queries import credits, shifts
from db.records import Holiday, Job
from db.states import Role
from dispatch.delivering import Deliverer
from tests.api.conftest import Clock, Desk, sign_in, with_role, with_token
from tests.api.places import SHUT, Place, placed, unagreed
from tests.builders import terms
from tests.dispatch.said import Paid
from tests.dispatch.test_delivering import Till


@pytest.fixture
async def london(client: httpx.AsyncClient, database: Database, clock: Clock) -> Place:
    return await placed(client, database, clock, "uk")


@pytest.fixture
async def berlin(client: httpx.AsyncClient, database: Database, clock: Clock) -> Place:
    return await placed(client, database, clock, "de")


@pytest.fixture
async def moscow(client: httpx.AsyncClient, database: Database, clock: Clock) -> Place:
    return await placed(client, database, clock, "ru")


# --- the worked examples: Monday is 30 November 2026 --------------------------------------------------------


async def test_uk_four_days_and_the_engineer_who_missed_tuesday(london: Place) -> None:
    window = {"earliest": london.local(12, 1, 10), "latest": london.local(12, 1, 12)}
    job = await london.escalated(london.local(11, 30, 9), promisedWindow=window)
    await london.tick(london.local(12, 1, 13))
    assert await london.credited() == [], "it is worked out when the trouble is over"
    await london.there(job, london.local(12, 6, 17))
    await london.tick(london.local(12, 6, 18))
    (credit,) = await london.credited()
    assert (credit["amountMinor"], credit["currency"], credit["claimed"]) == (4_136 + 3_231, "GBP", False)
    assert [(line["onDay"], line["amountMinor"]) for line in credit["lines"]] == [
        ("2026-12-01", 3_231),
        *((f"2026-12-0{day}", 1_034) for day in (3, 4, 5, 6)),
    ]
    assert credit["lines"][0]["spoken"] == "1 December 2026: nobody came to the appointment: 32.31\u00a0GBP."
    # whoever reads here reads Russian
    assert credit["lines"][1]["sentence"].startswith("3 декабря 2026 г.: связи не было, день 1-й:")


async def test_de_thirty_euros_from_the_third_day_on(berlin: Place) -> None:
    job = await berlin.escalated(berlin.local(11, 30, 9))
    await berlin.there(job, berlin.local(12, 6, 17))
    await berlin.tick(berlin.local(12, 6, 18))
    (credit,) = await berlin.credited()
    assert credit["amountMinor"] == 3_000
    assert [line["amountMinor"] for line in credit["lines"]] == [500, 500, 1_000, 1_000]


async def test_de_a_missed_appointment_is_ten_euros_on_top_of_the_outage(berlin: Place) -> None:
    window = {"earliest": berlin.local(12, 1, 10), "latest": berlin.local(12, 1, 12)}
    job = await berlin.escalated(berlin.local(11, 30, 9), promisedWindow=window)
    await berlin.there(job, berlin.local(12, 6, 17))
    await berlin.tick(berlin.local(12, 6, 18))
    assert await berlin.amounts() == [3_000 + 1_000]


async def test_ru_a_share_of_the_month_to_the_minute_whatever_support_paused(
    moscow: Place, clock: Clock
) -> None:
    line1 = await moscow.desk()
    subscriber = str(moscow.world.subscribers[0].subscriber_id)
    ticket = (await line1.post("/v1/tickets", json={"subscriberId": subscriber})).json()
    path = f"/v1/tickets/{ticket['ticketId']}"
    assert (await line1.post(f"{path}/pause", json={"reason": "subscriber_away"})).status_code == 200
    clock.forward(timedelta(minutes=3_000))
    line1 = await moscow.desk()
    assert (await line1.delete(f"{path}/pause")).status_code == 200
    early = (await line1.get(f"{path}/credits")).json()
    assert (early["isOver"], early["dueMinor"]) == (False, 0)
    claim = await line1.post(f"{path}/credit-claims", json={})
    assert (claim.status_code, claim.json()["type"]) == (409, "/problems/trouble-goes-on")
    resolved = await line1.post(f"{path}/resolution", json={"resolution": "port_restarted"})
    assert resolved.status_code == 200
    assert (await line1.get(f"{path}/credits")).json()["dueMinor"] == 4_167
    await moscow.tick(clock.now)
    (credit,) = await moscow.credited()
    assert credit["amountMinor"] == 4_167
    assert credit["ticketId"] == ticket["ticketId"]


# --- never twice --------------------------------------------------------------------------------------------


async def test_a_second_claim_for_the_same_outage_is_refused_also_when_both_come_at_once(
    london: Place,
) -> None:
    job = await london.escalated(london.local(11, 30, 9))
    await london.there(job, london.local(12, 6, 17))
    desk, ticket_id = await london.desk(), await london.ticket_of(job)
    path = f"/v1/tickets/{ticket_id}/credit-claims"
    answers = await asyncio.gather(*(desk.post(path, json={}) for _ in range(2)))
    assert sorted(one.status_code for one in answers) == [201, 409]
    (refused,) = [one.json() for one in answers if one.status_code == 409]
    assert (refused["type"], refused["reasons"]) == ("/problems/credited-before", ["credited_before"])
    (made,) = [one.json() for one in answers if one.status_code == 201]
    assert (made["credit"]["amountMinor"], made["credit"]["claimed"]) == (4_136, True)
    await london.tick(london.local(12, 6, 18))
    assert await london.amounts() == [4_136]
    told = await london.of_ticket(job)
    assert (told["dueMinor"], {one["reason"] for one in told["refused"]}) == (0, {"credited_before"})
    assert told["refused"][0]["spoken"] == "3 December 2026: credited already."


async def test_the_answer_to_a_claim_that_got_lost_is_the_same_again(london: Place) -> None:
    job = await london.escalated(london.local(11, 30, 9))
    await london.there(job, london.local(12, 6, 17))
    desk = await london.desk()
    path = f"/v1/tickets/{await london.ticket_of(job)}/credit-claims"
    first, again = [await desk.post(path, json={}, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert (first.status_code, again.json()) == (201, first.json())


async def test_the_schema_lets_no_line_be_written_twice_and_none_be_changed(
    london: Place, database: Database
) -> None:
    job = await london.escalated(london.local(11, 30, 9))
    await london.there(job, london.local(12, 6, 17))
    await london.tick(london.local(12, 6, 18))
    area_id, subscriber = london.world.area_id, london.world.subscribers[0]
    async with database.begin([area_id]) as conn:
        lines = await credits.list_lines_of_subscriber(conn, area_id, subscriber.subscriber_id)
    twice = msgspec.structs.replace(lines[0], credit_line_id=new_id())
    with pytest.raises(UniqueViolated):
        async with database.begin([area_id]) as conn:
            await credits.insert_lines(conn, [twice])
    for table in ("credit", "credit_line", "credit_table_version"):
        async with database.begin([area_id]) as conn:
            may = "SELECT has_table_privilege($1, 'UPDATE') OR has_table_privilege($1, 'DELETE')"
            assert await conn.fetchval(may, table) is False


# --- the clock, and appointments ----------------------------------------------------------------------------


async def test_days_after_a_door_that_nobody_opened_and_after_the_subscribers_own_cancelling_do_not_count(
    london: Place,
) -> None:
    window = {"earliest": london.local(12, 1, 8), "latest": london.local(12, 1, 12)}
    job = await london.escalated(london.local(11, 30, 9), promisedWindow=window)
    await london.there(job, london.local(12, 1, 9), SHUT)
    assert (await london.town.whole(job)).job.hold_reason == "no_access"
    number = (await london.town.whole(job)).escalations[0].ticket_number

    async def agreed(sequence: int, at: datetime) -> None:
        """The subscriber calls, and there is another window."""
        window = {"earliest": at + timedelta(hours=32), "latest": at + timedelta(hours=36)}
        said: dict[str, Any] = {"ticketNumber": number, "sequence": sequence, "promisedWindow": window}
        await london.town.job(reportedAt=london.local(11, 30, 9), now=at, **said)

    await agreed(2, london.local(12, 4))
    london.clock.now = london.local(12, 4, 12)
    await gone(await london.desk(), london, job, "appointment/cancel")
    await agreed(3, london.local(12, 8, 12))
    await london.there((await london.town.whole(job)).job, london.local(12, 9, 17))
    await london.tick(london.local(12, 9, 18))
    # Monday is the day of the report; Tuesday, which stood only in part, and Friday are the two working days; Wednesday and
    # Thursday stood, and so did Saturday to Monday; what is owed is Tuesday and Wednesday
    assert [line["onDay"] for line in (await london.credited())[0]["lines"]] == ["2026-12-08", "2026-12-09"]
    assert await london.amounts() == [2_068]


async def test_what_we_cancel_at_short_notice_is_credited_and_what_the_subscriber_cancels_is_not(
    london: Place,
) -> None:
    window = {"earliest": london.local(12, 2, 8), "latest": london.local(12, 2, 12)}
    late, early, own = [
        await london.escalated(london.local(11, 30, 9), number, promisedWindow=window) for number in (1, 2, 3)
    ]
    for job, hours in ((early, 25), (late, 23)):
        london.clock.now = london.local(12, 2, 8) - timedelta(hours=hours)
        boss = await sign_in(london.client, f"{london.world.name}.dispatcher")
        await gone(boss, london, job, "cancel")
    await gone(await london.desk(), london, own, "appointment/cancel")
    await london.tick(london.local(12, 1, 12))
    assert [await london.amounts(number) for number in (1, 2, 3)] == [[3_231], [], []]
    (line,) = (await london.credited())[0]["lines"]
    assert line["spoken"].startswith(
        "2 December 2026: the appointment was cancelled 23 h before it: 32.31\u00a0GBP"
    )
    told = await london.of_ticket(early)
    assert [one["reason"] for one in told["refused"]] == ["notice_given"]


async def gone(desk: Desk, place: Place, job: Job, way: str) -> None:
    version = (await place.town.whole(job)).job.version
    answer = await desk.post(
        f"/v1/jobs/{job.job_id}/{way}", json={"reason": "because"}, headers={"If-Match": f'"{version}"'}
    )
    assert answer.status_code == 200, answer.text


async def test_what_was_the_subscribers_own_is_not_credited_but_the_engineer_who_did_not_come_is(
    london: Place,
) -> None:
    window = {"earliest": london.local(12, 1, 10), "latest": london.local(12, 1, 12)}
    said: dict[str, Any] = {"faultClass": "wifi_setup", "terms": terms(), "promisedWindow": window}
    london.clock.now = london.local(11, 30, 9)
    job = await london.town.job("wifi_setup", reportedAt=london.clock.now, now=london.clock.now, **said)
    await london.tick(london.local(12, 1, 13))
    visit = await london.town.out(job, at=london.local(12, 6, 17))
    phone = await london.town.phone()
    paid = Paid(london.town, phone, visit)
    await phone.send(london.database, paid.all, now=london.local(12, 6, 18))
    await london.tick(london.local(12, 6, 19))
    assert await london.amounts() == [3_231]
    told = await london.of_ticket(job)
    assert told["refused"][0]["reason"] == "subscriber_side"


async def test_where_nobody_was_dark_terms_that_ask_for_a_complete_outage_give_nothing(london: Place) -> None:
    job = await london.escalated(london.local(11, 30, 9), affected=0)
    await london.there(job, london.local(12, 6, 17))
    await london.tick(london.local(12, 6, 18))
    assert await london.amounts() == []
    told = await london.of_ticket(job)
    assert [one["reason"] for one in told["refused"]] == ["not_complete"]


async def test_a_holiday_of_the_area_is_no_working_day(london: Place, database: Database) -> None:
    async with database.begin([london.world.area_id]) as conn:
        day = Holiday(
            area_id=london.world.area_id, on_day=london.local(12, 2).date(), name="St Nobody", version=1
        )
        await shifts.save_holidays(conn, [day])
    job = await london.escalated(london.local(11, 30, 9))
    await london.there(job, london.local(12, 6, 17))
    await london.tick(london.local(12, 6, 18))
    assert await london.amounts() == [3_102]


async def test_a_job_that_comes_back_is_credited_for_the_days_that_came_on_top(london: Place) -> None:
    job = await london.escalated(london.local(11, 30, 9))
    await london.there(job, london.local(12, 4, 17))
    await london.tick(london.local(12, 4, 18))
    assert await london.amounts() == [2_068]
    london.clock.now = london.local(12, 4, 19)
    await gone(await sign_in(london.client, f"{london.world.name}.dispatcher"), london, job, "reopen")
    told = await london.of_ticket(job)
    assert told["isOver"] is False
    again = (await london.town.whole(job)).job
    await london.there(again, london.local(12, 6, 17))
    await london.tick(london.local(12, 6, 18))
    assert await london.amounts() == [2_068, 2_068]


# --- what leaves, and by which terms ------------------------------------------------------------------------


async def test_a_credit_leaves_for_billing_once_and_is_read_up_to_where_one_was(
    london: Place, database: Database
) -> None:
    for number in (1, 2):
        job = await london.escalated(london.local(11, 30, 9), number)
        await london.there(job, london.local(12, 6, 17))
    await london.tick(london.local(12, 6, 18))
    till = Till()
    deliverer = Deliverer(database, billing=till)
    for hours in range(3):
        await deliverer.deliver(london.world.area_id, london.clock.now + timedelta(hours=hours))
    assert [bill.kind for bill in till.sent] == ["credit"] * 2
    billing = await with_token(london.client, database, london.world, ["charges:read"])
    page = (await billing.get("/v1/credits?limit=1")).json()
    rest = (await billing.get(f"/v1/credits?after={page['next']}")).json()
    listed = [one["creditId"] for one in (*page["items"], *rest["items"])]
    assert sorted(listed) == sorted(str(bill.key) for bill in till.sent)
    (bill,) = [one for one in till.sent if str(one.key) == listed[0]]
    assert (bill.facts["amount_minor"], len(bill.facts["lines"])) == (4_136, 4)
    assert rest["next"] is None


async def test_new_terms_count_for_what_begins_under_them_and_none_is_edited(
    london: Place, database: Database
) -> None:
    boss = await with_role(london.client, database, london.world, Role.SUPERVISOR)
    newest = (await boss.get("/v1/setup/credit-tables")).json()["items"][0]
    assert (newest["tableVersion"], newest["currency"], newest["terms"]["after"]) == (1, "GBP", 1)
    dearer: dict[str, Any] = {**newest["terms"], "scheme": "own", "validFrom": "2026-12-01"}
    dearer["daily"] = {**dearer["daily"], "steps": [{"fromDay": 1, "amount": {"minor": 2_000}}]}
    stale = await boss.post("/v1/setup/credit-tables", json={**dearer, "after": 0})
    assert stale.status_code == 412
    past = await boss.post("/v1/setup/credit-tables", json={**dearer, "validFrom": "2026-11-01"})
    assert (past.status_code, past.json()["type"]) == (422, "/problems/validity-impossible")
    falling: dict[str, Any] = {**dearer["daily"], "steps": [{"fromDay": day, "amount": {}} for day in (3, 3)]}
    wrong = await boss.post("/v1/setup/credit-tables", json={**dearer, "daily": falling})
    assert wrong.json()["errors"][0]["pointer"] == "/daily/steps"
    made = await boss.post("/v1/setup/credit-tables", json=dearer)
    assert (made.status_code, made.json()["tableVersion"]) == (201, 2)
    for number, begins in ((1, london.local(11, 30, 9)), (2, london.local(12, 1, 9))):
        job = await london.escalated(begins, number)
        await london.there(job, london.local(12, 6, 17))
    await london.tick(london.local(12, 6, 18))
    assert [await london.amounts(number) for number in (1, 2)] == [[4_136], [6_000]]
    assert [one["tableVersion"] for one in (await london.credited(2))[0]["lines"]] == [2, 2, 2]


async def test_without_terms_nothing_is_credited_and_nobody_elses_are_seen(
    client: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    place = await unagreed(client, database, clock, "uk")
    job = await place.escalated(place.local(11, 30, 9))
    await place.there(job, place.local(12, 6, 17))
    await place.tick(place.local(12, 6, 18))
    claim = await (await place.desk()).post(
        f"/v1/tickets/{await place.ticket_of(job)}/credit-claims", json={}
    )
    assert (claim.status_code, claim.json()["type"]) == (409, "/problems/nothing-owed")
    assert claim.json()["reasons"] == ["no_table"]
    desk = await place.desk()
    for path in (f"/v1/subscribers/{new_id()}/credits", f"/v1/tickets/{new_id()}/credits"):
        assert (await desk.get(path)).status_code == 404

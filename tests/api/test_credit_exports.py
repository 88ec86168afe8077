"""The credits of a period, what of it was exported when, and what terms of credit would give."""

import asyncio
import csv
import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from db.ids import new_id
from db.pool import Database
from db.states import Role
from dispatch.delivering import Deliverer
from tests.api.conftest import Clock, Desk, with_role
from tests.api.places import Place, placed, unagreed
from tests.api.test_tickets import done
from tests.dispatch.test_delivering import Till

DECEMBER = {"from": "2026-12-01", "to": "2026-12-31"}
ALL = {"firstOn": "2026-12-01", "lastOn": "2026-12-31"}


@pytest.fixture
async def london(client: httpx.AsyncClient, database: Database, clock: Clock) -> Place:
    """Two were credited, one of them for Tuesday's appointment as well."""
    place = await placed(client, database, clock, "uk")
    await place.by_file()
    window = {"earliest": place.local(12, 1, 10), "latest": place.local(12, 1, 12)}
    first = await place.escalated(place.local(11, 30, 9), promisedWindow=window)
    second = await place.escalated(place.local(11, 30, 9), 2)
    for job in (first, second):
        await place.there(job, place.local(12, 6, 17))
    await place.tick(place.local(12, 6, 18))
    return place


async def boss_of(place: Place, role: Role = Role.SUPERVISOR) -> Desk:
    return await with_role(place.client, place.database, place.world, role)


def read(answer: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


async def test_a_period_is_told_line_by_line_with_its_sums_and_each_credit_is_exported_once(
    london: Place,
) -> None:
    boss = await boss_of(london)
    told = await done(await boss.get("/v1/credit-statement", params=DECEMBER))
    assert {one["contract"]: one["amountMinor"] for one in told["items"]} == {
        "small_town-1": 4_136 + 3_231,
        "small_town-2": 4_136,
    }
    assert told["totals"] == [
        {
            "currency": "GBP",
            "credits": 2,
            "amountMinor": 11_503,
            "exported": 0,
            "exportedMinor": 0,
            "owed": 2,
            "owedMinor": 11_503,
        }
    ]
    assert [len(one["lines"]) for one in told["items"] if one["contract"] == "small_town-1"] == [5]
    assert (told["more"], {one["exportedAt"] for one in told["items"]}) == (False, {None})
    few = await done(await boss.get("/v1/credit-statement", params={**DECEMBER, "limit": 1}))
    assert (len(few["items"]), few["more"], few["totals"]) == (1, True, told["totals"])

    answers = await asyncio.gather(*(boss.post("/v1/credit-exports", json=ALL) for _ in range(2)))
    assert sorted(one.status_code for one in answers) == [201, 409]
    (refused,) = [one.json() for one in answers if one.status_code == 409]
    assert refused["type"] == "/problems/nothing-to-export"
    (made,) = (await done(await boss.get("/v1/credit-exports")))["items"]
    assert (made["credits"], made["firstOn"], bool(made["exportedBy"])) == (2, "2026-12-01", True)
    told = await done(await boss.get("/v1/credit-statement", params=DECEMBER))
    assert {one["exportedAt"] for one in told["items"]} == {made["exportedAt"]}
    assert told["totals"][0]["exportedMinor"] == 11_503

    path = f"/v1/credit-exports/{made['exportId']}/file"
    rows = read(await boss.get(path))
    assert [row["amount"] for row in rows if row["contract"] == "small_town-1"] == ["32.31", *["10.34"] * 4]
    assert {row["currency"] for row in rows} == {"GBP"}
    assert sum(round(float(row["amount"]) * 100) for row in rows) == 11_503

    # and each is a letter, with the same amount
    (more,) = [one for one in told["items"] if one["contract"] == "small_town-1"]
    letter = await done(await boss.get(f"/v1/credits/{more['creditId']}/letter"))
    assert (letter["subject"], len(letter["lines"])) == ("Your credit of 73.67\xa0GBP", 5)
    assert (await boss.get(f"/v1/credits/{new_id()}/letter")).json()["type"] == "/problems/unknown-credit"

    # what comes later is in a file of its own, and the first stays what it was
    third = await london.escalated(london.local(11, 30, 9), 3)
    await london.there(third, london.local(12, 6, 17))
    await london.tick(london.local(12, 6, 19))
    later = await done(await boss.post("/v1/credit-exports", json=ALL))
    assert later["credits"] == 1
    assert read(await boss.get(path)) == rows
    async with london.database.begin([london.world.area_id]) as conn:
        said = await conn.fetchval("SELECT count(*) FROM journal WHERE action = 'credit.exported'")
    assert said == 2


async def test_each_credit_leaves_one_way_to_the_penny_whatever_the_area_changes_to(
    client: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    place = await placed(client, database, clock, "uk")
    jobs = [await place.escalated(place.local(11, 30, 9), number) for number in (1, 2)]
    till = Till()
    deliverer = Deliverer(database, billing=till)
    await place.there(jobs[0], place.local(12, 6, 17))
    await place.tick(place.local(12, 6, 18))
    boss = await boss_of(place)
    told = await done(await boss.get("/v1/credit-statement", params=DECEMBER))
    assert (told["leavesBy"], told["totals"][0]["owed"]) == ("billing", 0)
    # it has not even left yet, and is in no file
    assert (await boss.post("/v1/credit-exports", json=ALL)).json()["type"] == "/problems/nothing-to-export"
    await place.by_file()
    await place.there(jobs[1], place.local(12, 6, 18))
    await place.tick(place.local(12, 6, 19))
    made = await done(await boss.post("/v1/credit-exports", json=ALL))
    rows = read(await boss.get(f"/v1/credit-exports/{made['exportId']}/file"))
    for hours in range(3):
        await deliverer.deliver(place.world.area_id, place.clock.now + timedelta(hours=hours))
    billed = {str(bill.key): bill.facts["amount_minor"] for bill in till.sent}
    filed = {row["creditId"]: 0 for row in rows}
    for row in rows:
        filed[row["creditId"]] += round(float(row["amount"]) * 100)
    assert set(billed) & set(filed) == set()
    assert (sum(billed.values()), sum(filed.values())) == (4_136, 4_136)
    assert [bill.kind for bill in till.sent] == ["credit"]
    told = await done(await boss.get("/v1/credit-statement", params=DECEMBER))
    ways = {
        one["creditId"]: (one["leavesBy"], bool(one["billedAt"]), bool(one["exportedAt"]))
        for one in told["items"]
    }
    assert ways == {
        **dict.fromkeys(billed, ("billing", True, False)),
        **dict.fromkeys(filed, ("file", False, True)),
    }
    # who reads what is for billing does not find what is in the file
    listed = await done(await boss.get("/v1/credits"))
    assert [one["creditId"] for one in listed["items"]] == list(billed)
    # whatever the code above believes
    async with database.begin([place.world.area_id]) as conn:
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await conn.execute(
                "INSERT INTO credit_exported (area_id, credit_id, export_id) VALUES ($1, $2, $3)",
                place.world.area_id,
                UUID(next(iter(billed))),
                UUID(made["exportId"]),
            )


async def test_a_contract_that_is_a_formula_is_none_in_the_file(london: Place) -> None:
    async with london.database.begin([london.world.area_id]) as conn:
        await conn.execute("UPDATE subscriber SET contract = '=1+1' WHERE contract = 'small_town-1'")
    boss = await boss_of(london)
    made = await done(await boss.post("/v1/credit-exports", json=ALL))
    rows = read(await boss.get(f"/v1/credit-exports/{made['exportId']}/file"))
    assert {row["contract"] for row in rows} == {"'=1+1", "small_town-2"}


async def test_support_reads_and_exports_nothing_and_others_do_neither(london: Place) -> None:
    support, dispatcher = [await boss_of(london, role) for role in (Role.SUPPORT, Role.DISPATCHER)]
    assert len((await done(await support.get("/v1/credit-statement", params=DECEMBER)))["items"]) == 2
    assert (await support.post("/v1/credit-exports", json=ALL)).status_code == 403
    assert (await dispatcher.get("/v1/credit-statement", params=DECEMBER)).status_code == 403
    boss = await boss_of(london)
    gone = await boss.get(f"/v1/credit-exports/{new_id()}/file")
    assert (gone.status_code, gone.json()["type"]) == (404, "/problems/unknown-export")
    wrong = await boss.post("/v1/credit-exports", json={"firstOn": "2026-12-02", "lastOn": "2026-12-01"})
    assert wrong.json()["type"] == "/problems/period-impossible"


async def test_terms_are_worked_out_before_they_are_saved_as_the_worked_examples_are(
    client: httpx.AsyncClient, database: Database, clock: Clock
) -> None:
    place = await unagreed(client, database, clock, "uk")
    boss = await boss_of(place)
    known = (await done(await boss.get("/v1/setup/credit-tables")))["known"]

    async def given(scheme: str, fee: int) -> dict[str, Any]:
        (table,) = [one["terms"] for one in known if one["terms"]["scheme"] == scheme]
        body = {"terms": {**table, "validFrom": None}, "feeMinor": fee}
        return await done(await boss.post("/v1/setup/credit-tables/example", json=body))

    uk = await given("uk", 3_000)
    assert (uk["amountMinor"], uk["currency"], len(uk["sentences"])) == (4_136 + 3_231, "GBP", 5)
    assert uk["reportedAt"].startswith("2026-11-30T09:00")
    assert (await given("de", 4_000))["amountMinor"] == 3_000 + 1_000
    # the first day lies in November, the rest in December
    dark = round(60_000 * 15 * 60 / 43_200) + round(60_000 * (5 * 24 + 17) * 60 / 44_640)
    assert (await given("ru", 60_000))["amountMinor"] == dark
    assert (await done(await boss.get("/v1/setup/credit-tables")))["items"] == [], "nothing is kept"
    for day in ("2020-01-01", "9999-12-31"):
        body = {"terms": {**known[0]["terms"], "validFrom": day}, "feeMinor": 3_000}
        wrong = await boss.post("/v1/setup/credit-tables/example", json=body)
        assert (wrong.status_code, wrong.json()["type"]) == (422, "/problems/validity-impossible")

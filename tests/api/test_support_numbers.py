"""The numbers of support: what is counted of a day at two lines, who sees whose, and the file."""

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from api.sheets import MARK
from db.ids import new_id
from db.pool import Database
from db.queries import tickets as queries
from db.records import ContactEntry
from db.states import HistoryKind, Role
from dispatch.rules.support_numbers import SupportBy, SupportCounts, support_measures
from tests.api.conftest import Clock, Desk, with_role
from tests.api.test_callbacks import DAY, After
from tests.api.test_tickets import done, opened, verified
from tests.builders import terms
from tests.worlds import NOW, World

TODAY = {"from": "2026-11-24", "to": "2026-11-24"}
NAME = '=HYPERLINK("x"), "two"'


class Lines:
    """Somebody at line 1, somebody at line 2, and their supervisor."""

    def __init__(self, one: Desk, two: Desk, boss: Desk, ids: list[str]) -> None:
        self.one, self.two, self.boss = one, two, boss
        self.first, self.second, _ = ids


@pytest.fixture
async def lines(client: httpx.AsyncClient, database: Database, world: World, clock: Clock) -> Lines:
    """A day of theirs: four tickets, of which one ends at the self-check, one at line 2 and one in the field."""
    one, two = [await with_role(client, database, world, Role.SUPPORT) for _ in range(2)]
    boss = await with_role(client, database, world, Role.SUPERVISOR)
    ids = [(await done(await desk.get("/v1/me")))["staffId"] for desk in (one, two, boss)]
    async with database.begin([world.area_id]) as conn:
        await conn.execute("UPDATE staff SET display_name = $1 WHERE staff_id = $2", NAME, UUID(ids[1]))
        await conn.execute("UPDATE staff SET display_name = 'Anna' WHERE staff_id = $1", UUID(ids[0]))
    await a_day(one, two, database, world, clock)
    complained = {"subscriberId": str(world.subscribers[1].subscriber_id), "text": "Late."}
    made = await done(await one.post("/v1/complaints", json=complained))
    await done(await boss.post(f"/v1/complaints/{made['complaintId']}/answer", json={"text": "Sorry."}))
    return Lines(one, two, boss, ids)


async def a_day(one: Desk, two: Desk, database: Database, world: World, clock: Clock) -> None:
    """At lines 1 and 2."""
    waits = await opened(one, world, 1, take=False)
    clock.forward(timedelta(seconds=60))
    path = f"/v1/tickets/{waits['ticketId']}"
    await done(await one.post("/v1/queue/next"))
    await done(await one.post(f"{path}/resolution", json={"resolution": "self_check"}))

    path = await handed_over(one, world, 2, channel="chat")
    clock.forward(timedelta(seconds=180))
    await done(await two.post("/v1/queue/next"))
    clock.forward(timedelta(minutes=10))
    await done(await two.post(f"{path}/pause", json={"reason": "device_restarts"}))
    clock.forward(timedelta(minutes=30))
    await done(await two.delete(f"{path}/pause"))
    clock.forward(timedelta(minutes=2))
    await verified(two, database, path)
    said = {key: terms()[key] for key in ("termsVersion", "language", "person", "capacity")}
    await done(await two.post(f"{path}/terms", json={**said, "answer": "declined"}))
    await done(await two.post(f"{path}/resolution", json={"resolution": "restarted"}))

    path = await handed_over(one, world, 3)
    await done(await two.post("/v1/queue/next"))
    clock.forward(timedelta(minutes=20))
    await verified(two, database, path)
    body = {"faultClass": "equipment_failure", "summary": "dark"}
    await done(await two.post(f"{path}/escalation", json=body))

    again = await opened(one, world, 1)
    for ticket, after in ((again, timedelta()), (waits, timedelta(hours=1))):
        await linked(database, world, ticket, after)


async def handed_over(desk: Desk, world: World, number: int, **more: Any) -> str:
    ticket = await opened(desk, world, number, **more)
    path = f"/v1/tickets/{ticket['ticketId']}"
    await done(await desk.post(f"{path}/hand-over", json={"line": 2}))
    return path


async def linked(database: Database, world: World, ticket: dict[str, Any], after: timedelta) -> None:
    """To an outage, so long after it was opened."""
    async with database.begin([world.area_id]) as conn:
        found = await queries.find_ticket_seen(conn, [world.area_id], UUID(ticket["ticketId"]))
        assert found is not None
        entry = ContactEntry(
            area_id=world.area_id,
            contact_entry_id=new_id(),
            ticket_id=found.ticket_id,
            subscriber_id=found.subscriber_id,
            at=found.reported_at + after + timedelta(microseconds=1),
            line=1,
            staff_id=None,
            kind=HistoryKind.LINKED,
            facts={},
        )
        await queries.insert_entries(conn, [entry])


def counts(measures: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Both counts, and where there is one the spread."""
    return {
        name: tuple(
            one[member]
            for member in ("numerator", "denominator", "median", "p90")
            if member in ("numerator", "denominator") or one[member] is not None
        )
        for name, one in measures.items()
    }


ANNA = {
    "taken": (4, 1),
    "selfCheck": (1, 3),
    "lineInTime": (0, 0),
    "lineTime": (0, 0),
    "waitInTime": (1, 1),
    "waitTime": (60, 1, 60, 60),
    "handedOver": (2, 3),
    "escalated": (0, 3),
    "calledAgain": (1, 1),
    "firstTimeFix": (0, 0),
    "repeats": (0, 0),
    "timeToRestore": (0, 0),
    "restoredInTime": (0, 0),
    "promisesKept": (0, 0),
    "paidDeclined": (0, 0),
    "callbacksFixed": (0, 0),
    "complaintsInTime": (1, 1),
    "complaintsOpen": (0, 1),
    "outageTold": (1, 2),
}
SECOND = {
    **dict.fromkeys(ANNA, (0, 0)),
    "taken": (2, 1),
    "selfCheck": (0, 2),
    "lineInTime": (1, 2),
    "lineTime": (720 + 1200, 2, 720, 1200),
    "waitInTime": (1, 2),
    "waitTime": (180, 2, 0, 180),
    "handedOver": (0, 2),
    "escalated": (1, 2),
    "calledAgain": (0, 1),
    "paidDeclined": (1, 1),
}
WHOLE = {
    **ANNA,
    "taken": (4, 2),
    "lineInTime": (1, 2),
    "lineTime": (1920, 2, 720, 1200),
    "waitInTime": (2, 3),
    "waitTime": (240, 3, 60, 180),
    "escalated": (1, 3),
    "calledAgain": (1, 2),
    "paidDeclined": (1, 1),
}


async def in_moscow(database: Database, world: World) -> None:
    async with database.begin([world.area_id]) as conn:
        await conn.execute("UPDATE place SET city = 'Moscow'")


async def numbers(desk: Desk, by: str, **more: str) -> dict[str, Any]:
    return await done(await desk.get("/v1/support-numbers", params={**TODAY, "by": by, **more}))


async def test_a_day_is_counted_as_each_definition_says_it(
    lines: Lines, database: Database, world: World
) -> None:
    told = await numbers(lines.boss, "staff")
    assert told["everybody"] is True
    assert [(part["key"], part["label"]) for part in told["parts"]] == [
        (lines.second, NAME),
        (lines.first, "Anna"),
    ]
    assert counts(told["parts"][1]["measures"]) == ANNA
    assert counts(told["parts"][0]["measures"]) == SECOND
    assert counts(told["total"]) == WHOLE
    assert told["total"]["lineInTime"]["value"] == 0.5
    assert told["total"]["firstTimeFix"]["value"] is None
    known = {one["measure"]: (one["lowest"], one["source"]) for one in told["benchmarks"]}
    assert known == {
        "selfCheck": (0.4, "provider"),
        "firstTimeFix": (0.74, "field"),
        "restoredInTime": (0.88, "regulated"),
        "promisesKept": (0.9891, "regulated"),
    }

    by_line = await numbers(lines.boss, "line")
    assert [part["key"] for part in by_line["parts"]] == ["1", "2"]
    first, second = [counts(part["measures"]) for part in by_line["parts"]]
    assert (first["selfCheck"], first["handedOver"], first["lineInTime"]) == ((1, 3), (2, 3), (0, 0))
    assert (second["escalated"], second["lineTime"], second["waitInTime"]) == (
        (1, 2),
        SECOND["lineTime"],
        (1, 2),
    )
    assert (first["callbacksFixed"], first["complaintsOpen"]) == ((0, None), (0, None))
    by_channel = await numbers(lines.boss, "channel")
    taken = {part["key"]: part["measures"]["taken"]["numerator"] for part in by_channel["parts"]}
    assert taken == {"chat": 1, "phone": 3}
    assert (await numbers(lines.boss, "district"))["parts"] == [], "of no place is it known"
    await in_moscow(database, world)
    (of_the_town,) = (await numbers(lines.boss, "district"))["parts"]
    assert (of_the_town["key"], counts(of_the_town["measures"])) == ("Moscow", WHOLE)
    for by in ("day", "week", "month"):
        (part,) = (await numbers(lines.boss, by))["parts"]
        assert counts(part["measures"]) == WHOLE
    # a day by the clocks of Moscow: what was at five in the morning of Greenwich is of no day before
    before = await done(
        await lines.boss.get("/v1/support-numbers", params={"from": "2026-11-23", "to": "2026-11-23"})
    )
    assert all(pair[:2] == (0, 0) for pair in counts(before["total"]).values())


async def test_support_sees_itself_and_the_whole_a_supervisor_everybody_and_others_nothing(
    lines: Lines, dispatcher: Desk, client: httpx.AsyncClient, database: Database, world: World
) -> None:
    told = await numbers(lines.one, "staff")
    assert told["everybody"] is False
    assert [part["key"] for part in told["parts"]] == [lines.first]
    assert counts(told["parts"][0]["measures"]) == ANNA
    assert counts(told["total"]) == WHOLE
    answer = await lines.one.get("/v1/support-numbers.csv", params={**TODAY, "by": "staff"})
    assert lines.second not in answer.text
    assert "HYPERLINK" not in answer.text
    idle = await with_role(client, database, world, Role.SUPPORT)
    (own,) = (await numbers(idle, "staff"))["parts"]
    assert own["measures"]["taken"] == {
        "numerator": 0,
        "denominator": 0,
        "value": None,
        "median": None,
        "p90": None,
    }
    auditor = await with_role(client, database, world, Role.AUDITOR)
    for desk in (dispatcher, auditor):
        for path in ("support-numbers", "support-numbers.csv"):
            assert (await desk.get(f"/v1/{path}", params=TODAY)).status_code == 403
    elsewhere = await lines.one.get("/v1/support-numbers", params={**TODAY, "areaId": str(new_id())})
    assert elsewhere.status_code == 403
    impossible = await lines.one.get("/v1/support-numbers", params={"from": "2020-01-01", "to": "2026-11-24"})
    assert (impossible.status_code, impossible.json()["type"]) == (422, "/problems/period-impossible")


async def test_the_table_says_what_the_list_says_and_holds_no_formula(lines: Lines) -> None:
    answer = await lines.boss.get("/v1/support-numbers.csv", params={**TODAY, "by": "staff"})
    assert answer.content.startswith(MARK.encode())
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [row["label"] for row in rows] == [f"'{NAME}", "Anna", ""]
    assert (rows[0]["lineTimeMedian"], rows[0]["lineTimeP90"], rows[0]["lineInTime"]) == (
        "720",
        "1200",
        "0.5",
    )
    assert (rows[2]["taken"], rows[2]["takenNumerator"], rows[2]["takenDenominator"]) == ("2.0", "4", "2")


async def test_what_came_of_a_job_is_of_whoever_sent_it_and_a_call_of_whoever_asked(
    client: httpx.AsyncClient, database: Database, world: World, clock: Clock
) -> None:
    clock.now = NOW
    after = After(client, database, world, clock)
    _, ticket_id = await after.mended()
    ticket = await after.ticket(ticket_id)
    sender = next(one["staff"] for one in ticket["history"] if one["kind"] == "escalated")
    clock.forward(DAY)
    caller = await after.desk()
    me = (await done(await caller.get("/v1/me")))["staffId"]
    await after.say(caller, await after.take(caller), "fixed")
    boss = await with_role(client, database, world, Role.SUPERVISOR)
    period = {"from": "2026-11-24", "to": "2026-11-25", "by": "staff"}
    told = await done(await boss.get("/v1/support-numbers", params=period))
    field = {part["label"]: part for part in told["parts"] if part["key"] != me}
    assert counts(field[sender]["measures"])["firstTimeFix"] == (1, 1)
    assert counts(field[sender]["measures"])["timeToRestore"][1] == 1
    (asked,) = [part for part in told["parts"] if part["key"] == me]
    assert counts(asked["measures"])["callbacksFixed"] == (1, 1)
    assert counts(asked["measures"])["firstTimeFix"] == (0, 0)
    assert counts(told["total"])["firstTimeFix"] == (1, 1)
    await in_moscow(database, world)
    for by, key in (("line", "1"), ("channel", "phone"), ("district", "Moscow")):
        split = await done(await boss.get("/v1/support-numbers", params={**period, "by": by}))
        of = {part["key"]: counts(part["measures"]) for part in split["parts"]}
        assert [of[key][name] for name in ("firstTimeFix", "repeats")] == [(1, 1), (0, 1)], by
        assert sum(one["firstTimeFix"][1] for one in of.values()) == 1, by
    days = await done(await boss.get("/v1/support-numbers", params={**period, "by": "day"}))
    assert [part["key"] for part in days["parts"]] == ["2026-11-24", "2026-11-25"]
    by_day = [counts(part["measures"]) for part in days["parts"]]
    assert [one["firstTimeFix"] for one in by_day] == [(1, 1), (0, 0)]
    assert [one["callbacksFixed"] for one in by_day] == [(0, 0), (1, 1)]
    weeks = {"from": "2026-11-16", "to": "2026-12-06", "by": "week"}
    told_by_week = await done(await boss.get("/v1/support-numbers", params=weeks))
    taken = {part["key"]: part["measures"]["escalated"]["numerator"] for part in told_by_week["parts"]}
    assert taken == {"2026-11-16": 0, "2026-11-23": 1, "2026-11-30": 0}
    board = await with_role(client, database, world, Role.DISPATCHER)
    same = await done(await board.get("/v1/numbers", params={"from": "2026-11-24", "to": "2026-11-25"}))
    for name in ("firstTimeFix", "repeats", "timeToRestore", "restoredInTime", "promisesKept"):
        assert counts(told["total"])[name][:2] == (
            same["total"][name]["numerator"],
            same["total"][name]["denominator"],
        )


def test_nothing_is_divided_by_nothing_and_what_is_not_known_of_a_part_has_no_count() -> None:
    assert all(one.value is None for one in support_measures(SupportCounts()).values())
    calls = {"callbacks_fixed", "complaints_in_time", "complaints_open"}
    for by, names in (
        (SupportBy.LINE, calls),
        (SupportBy.CHANNEL, set[str]()),
        (SupportBy.STAFF, set[str]()),
    ):
        found = support_measures(SupportCounts(), by)
        assert {name for name, one in found.items() if one.denominator is None} == names

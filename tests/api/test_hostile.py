"""Bad input gets a clear, typed error, loses nothing, and the next good request works (the table of bad input)."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from db.ids import new_id
from db.pool import Database
from tests.api.conftest import Desk
from tests.api.test_access import escalation_of
from tests.worlds import World

COUNTS = """
SELECT (SELECT count(*) FROM job) AS jobs, (SELECT count(*) FROM escalation) AS escalations,
       (SELECT count(*) FROM ticket) AS tickets, (SELECT count(*) FROM inbox) AS inbox,
       (SELECT count(*) FROM report) AS reports, (SELECT count(*) FROM plan_run) AS runs,
       (SELECT n FROM journal_counter LIMIT 1) AS journal
"""

JSON = {"Content-Type": "application/json"}


async def counts(database: Database, world: World) -> dict[str, int]:
    async with database.begin([world.area_id]) as conn:
        row = await conn.fetchrow(COUNTS)
        assert row is not None
        return dict(row.items())


def with_member(world: World, **members: Any) -> bytes:
    return json.dumps({**escalation_of(world), **members}).encode()


HOSTILE: list[tuple[str, Callable[[World], bytes], int]] = [
    ("bad UTF-8", lambda world: b'{"source": "\xff\xfe"}', 400),
    ("broken JSON", lambda world: b'{"source": ', 400),
    ("NaN", lambda world: with_member(world).replace(b'"sequence": 1', b'"sequence": NaN'), 400),
    ("empty body", lambda world: b"", 422),
    ("not an object", lambda world: b"[]", 422),
    ("nesting", lambda world: b'{"source":' + b"[" * 100_000 + b"]" * 100_000 + b"}", 422),
    ("100k keys", lambda world: json.dumps({f"k{n}": n for n in range(10_000)}).encode(), 422),
    ("unknown member", lambda world: with_member(world, colour="red"), 422),
    ("missing member", lambda world: b'{"source": "desk"}', 422),
    ("NUL", lambda world: with_member(world, ticketNumber="T\x00"), 422),
    ("NUL in text", lambda world: with_member(world, diagnosis={"summary": "a\x00b", "readings": []}), 422),
    (
        "bidi override",
        lambda world: with_member(world, diagnosis={"summary": "a\u202eb", "readings": []}),
        422,
    ),
    ("zero width", lambda world: with_member(world, diagnosis={"summary": "a\u200bb", "readings": []}), 422),
    ("lone surrogate", lambda world: with_member(world).replace(b"ONT dark", b"\\ud800"), 400),
    ("int of 2^63", lambda world: with_member(world, affected=2**63), 422),
    ("int of 2^80", lambda world: with_member(world, affected=2**80), 422),
    ("1e999", lambda world: with_member(world).replace(b'"sequence": 1', b'"sequence": 1e999'), 422),
    ("negative count", lambda world: with_member(world, affected=-1), 422),
    ("a number as text", lambda world: with_member(world, affected="1"), 422),
    ("naive time", lambda world: with_member(world, reportedAt="2026-11-24T04:00:00"), 422),
    ("year 1 with an offset", lambda world: with_member(world, reportedAt="0001-01-01T00:00:00+14:00"), 422),
    (
        "year 9999 with an offset",
        lambda world: with_member(world, reportedAt="9999-12-31T23:59:59-14:00"),
        422,
    ),
    ("unknown fault class", lambda world: with_member(world, faultClass="haunted"), 422),
    (
        "a window that ends before it starts",
        lambda world: with_member(
            world, promisedWindow={"earliest": "2026-11-24T12:00:00Z", "latest": "2026-11-24T10:00:00Z"}
        ),
        422,
    ),
    (
        "a window of two days",
        lambda world: with_member(
            world, promisedWindow={"earliest": "2026-11-24T12:00:00Z", "latest": "2026-11-26T13:00:00Z"}
        ),
        422,
    ),
    (
        "a window that is over",
        lambda world: with_member(
            world, promisedWindow={"earliest": "2026-11-23T12:00:00Z", "latest": "2026-11-23T14:00:00Z"}
        ),
        422,
    ),
    (
        "too large",
        lambda world: with_member(world, diagnosis={"summary": "x" * 300_000, "readings": []}),
        413,
    ),
    ("a contract of markup", lambda world: with_member(world, contract="<script>alert(1)</script>"), 422),
]


@pytest.mark.parametrize(("name", "body", "status"), HOSTILE, ids=[name for name, _, _ in HOSTILE])
async def test_a_hostile_escalation_is_refused_and_stores_nothing(
    database: Database, world: World, tickets: Desk, name: str, body: Callable[..., bytes], status: int
) -> None:
    before = await counts(database, world)
    sent = body(world)
    answer = await tickets.post("/v1/escalations", content=sent, headers=JSON)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert status != 413 or told["type"] == "/problems/too-large"
    assert told["title"]
    assert told["instance"].startswith("urn:request:")
    for secret in ("haunted", "alert(1)", "xxxxx"):
        assert secret not in answer.text
    assert await counts(database, world) == before
    good = await tickets.post("/v1/escalations", json=escalation_of(world))
    assert good.status_code == 201, good.text


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
async def test_only_json_is_json(tickets: Desk, world: World, media_type: str) -> None:
    headers = {"Content-Type": media_type} if media_type else {"Content-Type": ""}
    body = json.dumps(escalation_of(world)).encode()
    answer = await tickets.post("/v1/escalations", content=body, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (415, "/problems/wrong-media-type")


async def test_the_place_of_the_fault_is_named_never_its_value(tickets: Desk, world: World) -> None:
    # longer than any group of digits in the request's id
    value = -7_070_707_070_707
    answer = await tickets.post(
        "/v1/escalations", content=with_member(world, affected=value, contract="C-1"), headers=JSON
    )
    assert answer.json()["errors"] == [{"pointer": "/affected", "code": "out-of-range"}]
    assert str(value) not in answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/jobs?state=lost", 422),
        ("/v1/jobs?limit=0", 422),
        ("/v1/jobs?limit=100000", 422),
        ("/v1/jobs?after=x", 422),
        ("/v1/jobs?colour=red", 422),
        ("/v1/jobs?states=closed", 422),
        ("/v1/jobs?area_id=01935a1c-7a00-7000-8000-000000000001", 422),
        ("/v1/jobs?caller=me", 422),
        ("/v1/jobs/not-an-id", 404),
        ("/v1/jobs/01935a1c-7a00-7000-8000-000000000001", 404),
        ("/v1/rounds?on=2026-13-01", 422),
        ("/v1/rounds", 422),
        ("/v1/journal?after=-1", 422),
        ("/v1/journal?after=99999999999999999999999", 422),
        ("/v1/days/tomorrow/numbers", 404),
        ("/v1/nothing", 404),
        ("/v1/jobs?areaId=01935a1c-7a00-7000-8000-000000000001", 403),
    ],
)
async def test_a_hostile_list_gets_a_problem(dispatcher: Desk, path: str, status: int) -> None:
    answer = await dispatcher.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_method_that_is_not_there_gets_a_problem(dispatcher: Desk) -> None:
    answer = await dispatcher.delete("/v1/jobs")
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")


async def enrolled(technician: Desk) -> str:
    device_id = str(new_id())
    answer = await technician.post("/v1/mobile/devices", json={"deviceId": device_id, "name": "Pixel"})
    assert answer.status_code == 200
    return device_id


def batch(device_id: str, *events: Any) -> bytes:
    return json.dumps({"deviceId": device_id, "batchId": str(new_id()), "events": list(events)}).encode()


BAD_ENVELOPES: list[tuple[str, Callable[[str], bytes], int]] = [
    ("bad UTF-8", lambda device: b'{"deviceId": "\xff"}', 400),
    ("broken", lambda device: batch(device)[:-3], 400),
    ("no batch", lambda device: json.dumps({"deviceId": device}).encode(), 422),
    ("not a list", lambda device: batch(device).replace(b"[]", b"5"), 422),
    ("101 events", lambda device: batch(device, *({} for _ in range(101))), 413),
    ("more than 1 MiB", lambda device: batch(device, {"x": "y" * 1_100_000}), 413),
    ("a stranger's phone", lambda device: batch(str(new_id())), 404),
]


@pytest.mark.parametrize(
    ("name", "body", "status"), BAD_ENVELOPES, ids=[name for name, _, _ in BAD_ENVELOPES]
)
async def test_a_refused_envelope_stores_nothing(
    database: Database, world: World, technician: Desk, name: str, body: Callable[..., bytes], status: int
) -> None:
    device_id = await enrolled(technician)
    before = await counts(database, world)
    answer = await technician.post("/v1/mobile/sync", content=body(device_id), headers=JSON)
    assert answer.status_code == status, answer.text
    assert await counts(database, world) == before
    good = await technician.post("/v1/mobile/sync", content=batch(device_id), headers=JSON)
    assert good.status_code == 200, good.text


HOSTILE_EVENTS: list[Any] = [
    5,
    "text",
    None,
    [],
    {},
    {"eventId": "x"},
    {"eventId": str(new_id()), "seq": -1},
    {"eventId": str(new_id()), "seq": 2**70, "jobId": str(new_id()), "kind": "note", "v": 1, "body": {}},
    {"eventId": str(new_id()), "seq": 1, "jobId": str(new_id()), "kind": "teleported", "v": 1, "body": {}},
    {"eventId": str(new_id()), "seq": 1, "jobId": str(new_id()), "kind": "note", "v": 99, "body": {}},
    {
        "eventId": str(new_id()),
        "seq": 1,
        "jobId": str(new_id()),
        "kind": "note",
        "v": 1,
        "body": {"x": "\x00"},
    },
    {"eventId": str(new_id()), "x": "y" * 70_000},
]


async def test_no_event_is_ever_refused_and_a_bad_one_spoils_no_other(
    database: Database, world: World, technician: Desk
) -> None:
    device_id = await enrolled(technician)
    answer = await technician.post("/v1/mobile/sync", content=batch(device_id, *HOSTILE_EVENTS), headers=JSON)
    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    assert len(results) == len(HOSTILE_EVENTS)
    assert {result["status"] for result in results} == {"review"}
    assert {result["reason"] for result in results} <= {"invalid-body", "unknown-kind", "unknown-job"}
    again = await technician.post("/v1/mobile/sync", content=batch(device_id, *HOSTILE_EVENTS), headers=JSON)
    assert {result["status"] for result in again.json()["results"]} == {"duplicate"}
    assert (await counts(database, world))["inbox"] == len(HOSTILE_EVENTS)


async def test_a_small_gzip_cannot_hide_a_large_body(technician: Desk) -> None:
    device_id = await enrolled(technician)
    headers = {**JSON, "Content-Encoding": "gzip"}
    bomb = gzip.compress(batch(device_id, {"x": "y" * 50_000_000}))
    assert len(bomb) < 100_000
    assert (await technician.post("/v1/mobile/sync", content=bomb, headers=headers)).status_code == 413
    honest = gzip.compress(batch(device_id))
    assert (await technician.post("/v1/mobile/sync", content=honest, headers=headers)).status_code == 200
    torn = await technician.post("/v1/mobile/sync", content=honest[:-9], headers=headers)
    assert torn.status_code == 400


async def test_a_forged_cursor_is_a_resync_and_the_push_counts(technician: Desk) -> None:
    device_id = await enrolled(technician)
    body = {
        "deviceId": device_id,
        "batchId": str(new_id()),
        "cursor": "99.forged",
        "events": [{"eventId": "x"}],
    }
    answer = (await technician.post("/v1/mobile/sync", json=body)).json()
    assert answer["pull"]["reset"] is True
    assert answer["results"][0]["status"] == "review"


async def test_a_database_that_is_gone_is_503_and_says_when_to_come_back(
    client: httpx.AsyncClient, database: Database, dispatcher: Desk
) -> None:
    await database.close()
    answer = await dispatcher.get("/v1/jobs")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.json()["type"] == "/problems/unavailable"
    ready = await client.get("/health/ready")
    assert ready.status_code == 503
    assert (await client.get("/health/live")).status_code == 200

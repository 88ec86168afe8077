"""From an escalation to a closed visit, over HTTP, with a real worker and a real solver."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from db.ids import new_id
from db.pool import Database
from dispatch.worker import Worker
from tests.api.conftest import Clock, Desk, sign_in
from tests.api.test_access import escalation_of
from tests.worlds import NOW, World


@pytest.fixture
async def working(database: Database, database_url: str, clock: Clock) -> AsyncGenerator[None]:
    """A worker on the same database."""
    stop = asyncio.Event()
    running = asyncio.create_task(Worker(database, clock).run(database_url, stop))
    yield
    stop.set()
    await running


async def until_done(dispatcher: Desk, plan_run_id: str) -> dict[str, Any]:
    """Watch the run to its end."""
    async with asyncio.timeout(40):
        while True:
            run = (await dispatcher.get(f"/v1/plan-runs/{plan_run_id}")).json()
            if run["state"] in ("done", "failed"):
                return run
            await asyncio.sleep(0.05)


async def planned(dispatcher: Desk) -> dict[str, Any]:
    """A published plan of today and tomorrow."""
    asked = {"firstOn": "2026-11-24", "lastOn": "2026-11-25", "seconds": 1}
    requested = await dispatcher.post("/v1/plan-runs", json=asked)
    assert requested.status_code == 202, requested.text
    run = await until_done(dispatcher, requested.json()["planRunId"])
    assert run["state"] == "done", run
    assert 0 < run["progress"]["budgetSeconds"] <= 1
    assert (run["travel"]["source"], run["travel"]["instead"]) == ("straight", None)
    published = await dispatcher.post(f"/v1/plans/{run['planId']}/publish")
    assert published.status_code == 200, published.text
    return published.json()


class Phone:
    """Speaks HTTP as a phone does."""

    def __init__(self, desk: Desk, clock: Clock) -> None:
        self.desk, self.clock = desk, clock
        self.device_id, self.seq, self.cursor = str(uuid4()), 0, None
        self.jobs: dict[str, Any] = {}

    async def enrol(self) -> None:
        answer = await self.desk.post(
            "/v1/mobile/devices", json={"deviceId": self.device_id, "name": "Pixel"}
        )
        assert answer.status_code == 200, answer.text

    def event(self, job_id: str, kind: str, visit_id: str, **body: Any) -> dict[str, Any]:
        self.seq += 1
        return {
            "eventId": str(new_id()),
            "seq": self.seq,
            "jobId": job_id,
            "kind": kind,
            "v": 1,
            "recordedAt": (self.clock() - timedelta(minutes=30 - self.seq)).isoformat(),
            "needs": [],
            "body": {"visitId": visit_id, **body},
        }

    async def sync(self, *events: dict[str, Any]) -> dict[str, Any]:
        sent = {
            "deviceId": self.device_id,
            "batchId": str(new_id()),
            "sentAt": self.clock().isoformat(),
            "cursor": self.cursor,
            "events": list(events),
        }
        answer = await self.desk.post("/v1/mobile/sync", json=sent)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        self.cursor = told["pull"]["cursor"]
        if told["pull"]["reset"]:
            self.jobs = {}
        for change in told["pull"]["changes"]:
            if change["op"] == "put":
                self.jobs[change["jobId"]] = change["job"]
            else:
                self.jobs.pop(change["jobId"], None)
        return told


def agreement(job: dict[str, Any], at: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The bodies of a quote of one tariff line and of the consent to it."""
    tariff = job["tariff"]
    line = tariff["lines"][-1]
    shown = {name: line[name] for name in ("code", "text", "amountMinor", "taxBasisPoints")}
    price = {"amountMinor": line["amountMinor"], "currency": tariff["currency"], "language": "ru"}
    quote = {
        "quoteId": str(new_id()),
        "tariffId": tariff["tariffId"],
        "lines": [{**shown, "quantity": 1}],
        **price,
    }
    signed = {"method": "signature", "person": "Holder", "capacity": "holder", "signature": "strokes"}
    text = {"textSha256": job["agreement"]["textSha256"], "agreedAt": at, "answer": "accepted"}
    return quote, {"consentId": str(new_id()), "quoteId": quote["quoteId"], **price, **signed, **text}


def proofs(phone: Phone, job: dict[str, Any], visit_id: str) -> list[dict[str, Any]]:
    """What the gate asks for: checklist, photos, line test."""
    job_id, kind = job["jobId"], job["kind"]
    events = [
        phone.event(job_id, "checklist", visit_id, code=item["code"], done=True) for item in kind["checklist"]
    ]
    for name in kind["photos"]:
        photo = {"photoId": str(new_id()), "purpose": name, "sha256": "cd" * 32, "bytes": 9}
        events.append(phone.event(job_id, "photo-taken", visit_id, **photo))
    if test := kind["lineTest"]:
        good = {"value": (test["minimum"] + test["maximum"]) / 2, "unit": test["unit"], "moment": "after"}
        events.append(phone.event(job_id, "measurement", visit_id, quantity=test["quantity"], **good))
    return events


async def phone_of_whoever_goes(
    client: httpx.AsyncClient, world: World, dispatcher: Desk, clock: Clock
) -> Phone:
    """Signed in as the only technician with a round, enrolled."""
    rounds = (await dispatcher.get("/v1/rounds?on=2026-11-24")).json()["rounds"]
    (found,) = [item["technicianId"] for item in rounds if item["stops"]]
    numbers = {str(row.technician_id): number for number, row in enumerate(world.technicians, start=1)}
    phone = Phone(await sign_in(client, f"{world.name}.technician{numbers[found]}"), clock)
    await phone.enrol()
    return phone


async def test_an_escalation_becomes_a_closed_and_charged_visit(
    client: httpx.AsyncClient, world: World, dispatcher: Desk, tickets: Desk, clock: Clock, working: None
) -> None:
    made = await tickets.post("/v1/escalations", json={**escalation_of(world), "faultClass": "wifi_setup"})
    job_id = made.json()["jobId"]
    await planned(dispatcher)
    phone = await phone_of_whoever_goes(client, world, dispatcher, clock)
    clock.forward(timedelta(hours=6))
    await phone.sync()
    job = phone.jobs[job_id]
    visit_id = job["visits"][0]["visitId"]
    quote, consent = agreement(job, clock().isoformat())
    closing = {"location": "subscriber_settings", "cause": "config", "action": "reconfigure"}
    events = [
        phone.event(job_id, "arrived", visit_id),
        phone.event(job_id, "working", visit_id),
        phone.event(job_id, "quote", visit_id, **quote),
        phone.event(job_id, "consent", visit_id, **consent),
        *proofs(phone, job, visit_id),
        phone.event(job_id, "closure", visit_id, consentId=consent["consentId"], **closing),
    ]

    await phone.sync(*reversed(events))
    again = await phone.sync(*events)
    assert {result["status"] for result in again["results"]} == {"duplicate"}
    assert {result["outcome"] for result in again["results"]} == {"applied"}, again["results"]

    whole = (await dispatcher.get(f"/v1/jobs/{job_id}")).json()
    assert whole["job"]["state"] == "closed"
    assert [charge["amountMinor"] for charge in whole["charges"]] == [quote["amountMinor"]]
    assert [review for review in whole["reviews"] if review["state"] == "open"] == []
    assert phone.jobs[job_id]["version"] == whole["job"]["version"]
    charges = (await tickets.get("/v1/charges")).json()["items"]
    assert [charge["consentId"] for charge in charges] == [consent["consentId"]]
    numbers = (await dispatcher.get("/v1/days/2026-11-24/numbers")).json()
    assert (numbers["done"], numbers["charges"], numbers["firstTimeFix"]) == (1, 1, 1.0)
    journal = (await dispatcher.get("/v1/journal")).json()["items"]
    assert [entry["n"] for entry in journal] == list(range(1, len(journal) + 1))


async def test_a_later_escalation_replans_by_itself_and_the_dispatcher_publishes_it(
    world: World, dispatcher: Desk, tickets: Desk, clock: Clock, working: None
) -> None:
    await tickets.post("/v1/escalations", json=escalation_of(world, 1))
    first = await planned(dispatcher)
    clock.forward(timedelta(hours=3))
    emergency = {**escalation_of(world, 2), "faultClass": "cable_break", "affected": 200}
    job_id = (await tickets.post("/v1/escalations", json=emergency)).json()["jobId"]
    newest = (await dispatcher.get("/v1/plan-runs?limit=1")).json()["items"][0]
    run = await until_done(dispatcher, newest["planRunId"])
    drafted = (await dispatcher.get(f"/v1/plans/{run['planId']}")).json()
    assert job_id in {draft["visit"]["jobId"] for draft in drafted["drafts"]}
    assert (await dispatcher.post(f"/v1/plans/{run['planId']}/publish")).status_code == 200
    again = await dispatcher.post(f"/v1/plans/{first['planId']}/publish")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/plan-superseded")
    assert (await dispatcher.get(f"/v1/jobs/{job_id}")).json()["job"]["state"] == "planned"


async def test_the_very_same_escalation_again_is_the_same_job(world: World, tickets: Desk) -> None:
    said = escalation_of(world)
    first = await tickets.post("/v1/escalations", json=said)
    again = await tickets.post("/v1/escalations", json=said)
    other = await tickets.post("/v1/escalations", json={**said, "affected": 7})
    assert [first.status_code, again.status_code, other.status_code] == [201, 200, 409]
    assert first.json()["jobId"] == again.json()["jobId"] == other.json()["jobId"]


async def test_an_idempotency_key_answers_as_the_first_time(world: World, tickets: Desk) -> None:
    said, key = escalation_of(world), {"Idempotency-Key": "k1"}
    first = await tickets.post("/v1/escalations", json=said, headers=key)
    again = await tickets.post("/v1/escalations", json=said, headers=key)
    other = await tickets.post("/v1/escalations", json=escalation_of(world, 2), headers=key)
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.content == again.content
    assert other.json()["type"] == "/problems/key-reused"


async def test_rounds_have_an_etag_and_a_map(
    world: World, dispatcher: Desk, tickets: Desk, working: None
) -> None:
    for number in range(1, 7):
        await tickets.post("/v1/escalations", json=escalation_of(world, number))
    await planned(dispatcher)
    listed = await dispatcher.get("/v1/rounds?on=2026-11-24")
    same = await dispatcher.get("/v1/rounds?on=2026-11-24", headers={"If-None-Match": listed.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    on_the_map = await dispatcher.get("/v1/rounds?on=2026-11-24", headers={"Accept": "application/geo+json"})
    assert on_the_map.headers["content-type"] == "application/geo+json"
    drawn = on_the_map.json()
    assert drawn["type"] == "FeatureCollection"
    assert {feature["geometry"]["type"] for feature in drawn["features"]} == {"Point", "LineString"}
    for feature in drawn["features"]:
        if feature["geometry"]["type"] == "Point":
            longitude, latitude = feature["geometry"]["coordinates"]
            assert 37 < longitude < 38 and 55 < latitude < 56


async def test_a_version_must_be_said_and_be_todays(world: World, dispatcher: Desk, tickets: Desk) -> None:
    made = (await tickets.post("/v1/escalations", json=escalation_of(world))).json()
    path, why = f"/v1/jobs/{made['jobId']}/cancel", {"reason": "mended from the exchange"}
    assert (await dispatcher.post(path, json=why)).status_code == 428
    assert (await dispatcher.post(path, json=why, headers={"If-Match": '"9"'})).status_code == 412
    done = await dispatcher.post(path, json=why, headers={"If-Match": f'"{made["version"]}"'})
    assert (done.status_code, done.json()["state"]) == (200, "cancelled")
    assert done.headers["etag"] == f'"{done.json()["version"]}"'
    again = await dispatcher.post(path, json=why, headers={"If-Match": done.headers["etag"]})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/transition-refused")


async def test_days_that_make_no_plan_are_refused(dispatcher: Desk) -> None:
    for first_on, last_on in (
        ("2026-11-23", "2026-11-24"),
        ("2026-11-25", "2026-11-24"),
        ("2026-11-24", "2026-12-24"),
    ):
        answer = await dispatcher.post("/v1/plan-runs", json={"firstOn": first_on, "lastOn": last_on})
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/days-impossible")
    assert NOW.date().isoformat() == "2026-11-24"

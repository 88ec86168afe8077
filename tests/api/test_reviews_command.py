"""`line3 reviews`, and the protocol's version on the wire."""

import asyncio
import uuid
from typing import Any

import pytest

from api.cli import main
from db.ids import new_id
from db.pool import Database
from db.states import JobState, ReviewReason, ReviewState
from dispatch.rules.phone import PROTOCOL
from tests.api.conftest import Desk
from tests.builders import Town
from tests.conftest import Server
from tests.dispatch.said import THERE, out, walk
from tests.worlds import World


@pytest.fixture
def town(database: Database, world: World) -> Town:
    return Town(database, world)


@pytest.fixture
def own_environment(server: Server, fresh: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINE3_DATABASE_URL", server.owner_url(fresh))
    monkeypatch.setenv("LINE3_APP_DATABASE_URL", server.app_url(fresh))


async def line3(*words: str) -> int:
    """In a thread: the command has a loop of its own."""
    return await asyncio.to_thread(main, ["reviews", *words])


@pytest.mark.usefixtures("own_environment")
async def test_a_dispatcher_lists_and_decides_at_the_command_line(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    by = ("--by", f"{town.world.name}.dispatcher")
    phone, job, visit = await out(town)
    await phone.send(town.database, walk(phone, visit, *THERE, "part-used", "closure"))
    assert await line3("list", *by) == 0
    (line,) = capsys.readouterr().out.splitlines()
    (review,) = (await town.whole(job)).reviews
    assert line.startswith(str(review.review_id))
    assert line.endswith(f"gate-failed  job {job.job_id} line-test-missing rx_power")
    decided = ("decide", str(review.review_id), *by, "--accept", "--note", "measured on the phone")
    assert await line3(*decided) == 0
    whole = await town.whole(job)
    assert whole.job.state is JobState.CLOSED
    assert [(row.state, row.decision_note) for row in whole.reviews] == [
        (ReviewState.ACCEPTED, "measured on the phone")
    ]
    assert whole.reviews[0].decided_by == town.world.staff_id("dispatcher")
    assert await line3(*decided) == 2
    assert "TransitionRefused" in capsys.readouterr().err


MANY_REVIEWS = """
INSERT INTO review (area_id, review_id, event_id, technician_area_id, technician_id, reason, facts, state, opened_at)
SELECT area_id, gen_random_uuid(), gen_random_uuid(), area_id, technician_id, 'invalid-body', '{}', 'open', now()
FROM technician, generate_series(1, 501)
WHERE technician_id = $1
"""


@pytest.mark.usefixtures("own_environment")
async def test_the_list_is_whole_however_long(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    technician_id = town.world.technicians[0].technician_id
    await town.do(lambda conn: conn.execute(MANY_REVIEWS, technician_id))
    assert await line3("list", "--by", f"{town.world.name}.dispatcher") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len({line.partition(" ")[0] for line in lines}) == len(lines) == 501


@pytest.mark.usefixtures("own_environment")
@pytest.mark.parametrize("login", ["technician1", "support", "nobody"])
async def test_who_is_no_dispatcher_decides_nothing(town: Town, login: str) -> None:
    phone, job, visit = await out(town)
    await phone.send(town.database, walk(phone, visit, *THERE, "part-used", "closure"))
    (review,) = (await town.whole(job)).reviews
    said = ("--by", f"{town.world.name}.{login}", "--accept", "--note", "why not")
    assert await line3("decide", str(review.review_id), *said) == 2
    assert await town.open_reasons(job) == [ReviewReason.GATE_FAILED]


async def exchanged(technician: Desk, **more: Any) -> Any:
    device = str(uuid.UUID(int=5))
    await technician.post("/v1/mobile/devices", json={"deviceId": device, "name": "Pixel"})
    event: dict[str, Any] = {
        "eventId": str(new_id()),
        "seq": 1,
        "kind": "note",
        "v": 1,
        "jobId": str(new_id()),
        "body": {},
    }
    return await technician.post(
        "/v1/mobile/sync", json={"deviceId": device, "batchId": str(new_id()), "events": [event], **more}
    )


@pytest.mark.parametrize("said", [{}, {"protocol": PROTOCOL - 1}, {"protocol": PROTOCOL}])
async def test_this_protocol_and_the_one_before_are_taken(technician: Desk, said: dict[str, int]) -> None:
    answer = await exchanged(technician, **said)
    assert (answer.status_code, len(answer.json()["results"])) == (200, 1)


@pytest.mark.parametrize("protocol", [PROTOCOL - 2, PROTOCOL + 1, -1])
async def test_another_protocol_is_told_to_upgrade_and_nothing_is_stored(
    town: Town, technician: Desk, protocol: int
) -> None:
    answer = await exchanged(technician, protocol=protocol)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/upgrade-needed")
    assert answer.json()["protocols"] == [PROTOCOL - 1, PROTOCOL]
    assert await town.do(lambda conn: conn.fetchval("SELECT count(*) FROM inbox")) == 0

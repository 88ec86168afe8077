"""The queue of what phones reported and a person decides: both versions side by side, over HTTP."""

from typing import Any

import httpx
import pytest

from db.ids import new_id
from db.pool import Database
from db.states import ReviewReason
from dispatch.rules.told_review import WORDS, choices_of, reason_of, rows_of
from tests.api.conftest import Desk, sign_in
from tests.builders import Town
from tests.dispatch.said import MENDED, THERE, out, walk
from tests.worlds import World


@pytest.fixture
async def town(database: Database, world: World) -> Town:
    return Town(database, world)


async def english(client: httpx.AsyncClient, town: Town) -> Desk:
    """The dispatcher, who reads English from now on."""
    async with town.database.begin([town.world.area_id]) as conn:
        await conn.execute(
            "UPDATE staff SET language = 'en' WHERE staff_id = $1", town.world.staff_id("dispatcher")
        )
    return await sign_in(client, f"{town.world.name}.dispatcher")


async def queue(desk: Desk) -> list[dict[str, Any]]:
    answer = await desk.get("/v1/reviews")
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def field(review: dict[str, Any], name: str) -> tuple[Any, Any]:
    (row,) = [row for row in review["rows"] if row["field"] == name]
    return row["phone"], row["server"]


async def test_a_closure_at_the_gate_stands_beside_a_job_that_is_still_open(
    client: httpx.AsyncClient, town: Town
) -> None:
    desk = await english(client, town)
    phone, job, visit = await out(town)
    await phone.send(town.database, walk(phone, visit, *THERE, "closure"))
    (review,) = await queue(desk)
    assert (review["jobNumber"], review["displayName"], review["kind"]) == (
        job.number,
        phone.technician.display_name,
        "closure",
    )
    assert review["sentence"] == "The closure lacks something that its kind of job asks for."
    assert field(review, "action") == ("swap_ont", None)
    assert field(review, "technician") == (phone.technician.display_name,) * 2
    assert field(review, "jobState") == (None, "in_progress")
    assert [choice["decision"] for choice in review["choices"]] == ["accept", "dismiss"]
    assert "visitId" not in {row["field"] for row in review["rows"]}
    assert {row["label"] for row in review["rows"]} >= {"cause", "what was done", "state of the job"}


async def test_a_second_closure_stands_beside_the_one_in_force_which_it_would_replace(
    client: httpx.AsyncClient, town: Town
) -> None:
    desk = await english(client, town)
    phone, _, visit = await out(town)
    said = [*walk(phone, visit, *MENDED), phone.say(visit, "closure", confirmedBy="Neighbour")]
    await phone.send(town.database, said)
    (review,) = await queue(desk)
    assert field(review, "confirmedBy") == ("Neighbour", "Holder")
    assert field(review, "jobState") == (None, "closed")
    assert "in place of what the server has" in review["choices"][0]["sentence"]


async def test_two_contents_under_one_id_stand_side_by_side_and_the_second_can_only_be_dismissed(
    client: httpx.AsyncClient, town: Town
) -> None:
    desk = await english(client, town)
    phone, _, visit = await out(town)
    event_id = new_id()
    await phone.send(town.database, [phone.say(visit, "note", event_id=event_id, text="first")])
    await phone.send(town.database, [phone.say(visit, "note", event_id=event_id, text="second")])
    (review,) = await queue(desk)
    assert review["reason"] == "id-reused"
    assert field(review, "text")[0] == "second"
    assert [choice["decision"] for choice in review["choices"]] == ["dismiss"]


async def test_a_record_of_an_unknown_job_asks_for_the_job(client: httpx.AsyncClient, town: Town) -> None:
    desk = await english(client, town)
    phone, _, visit = await out(town)
    await phone.send(
        town.database, [phone.say(visit, "note", envelope={"jobId": new_id()}, text="nobody knows")]
    )
    (review,) = await queue(desk)
    assert (review["reason"], review["jobNumber"]) == ("unknown-job", None)
    assert field(review, "text") == ("nobody knows", None)
    assert [choice["decision"] for choice in review["choices"]] == ["attach", "dismiss"]


def test_each_reason_field_and_choice_is_said_in_each_language() -> None:
    for language, words in WORDS.items():
        assert words.fields.keys() == WORDS["en"].fields.keys()
        for reason in ReviewReason:
            assert reason_of(reason, language)
            choices = choices_of(reason, "note", known=True, replaces=False, language=language)
            assert choices[-1].decision == "dismiss"
    (row,) = rows_of({"signature": "strokes", "code": "1234", "person": "Holder"}, {}, "consent", "hu-HU")
    assert (row.field, row.label) == ("person", "személy")

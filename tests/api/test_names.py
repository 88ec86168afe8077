"""To whom a subscriber has a name: dispatchers and support. Supervisors and auditors read a contract."""

from datetime import timedelta

import httpx
import pytest

from db.pool import Database
from db.states import Role
from tests.api.conftest import Clock, Desk, with_role
from tests.builders import PAID_CLOSURE, Town
from tests.dispatch.said import Paid
from tests.worlds import TODAY, World

HOLDER, AGREED, THERE = "Holder Who Pays", "Sister Who Agreed", "Neighbour Who Was There"


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AUDITOR])
async def test_no_answer_names_a_subscriber_to_who_speaks_with_none(
    client: httpx.AsyncClient, database: Database, dispatcher: Desk, world: World, clock: Clock, role: Role
) -> None:
    town = Town(database, world)
    phone, job = await town.phone(), await town.job("equipment_failure")
    async with database.begin([world.area_id]) as conn:
        await conn.execute("UPDATE subscriber SET holder_name = $1", HOLDER)
    visit = await town.out(job)
    paid = Paid(town, phone, visit)
    consent = phone.say(
        visit, "consent", consentId=paid.consent_id, quoteId=paid.quote_id, answer="accepted", person=AGREED
    )
    closure = phone.say(visit, "closure", **PAID_CLOSURE, consentId=paid.consent_id, confirmedBy=THERE)
    await phone.send(database, [*paid.there, paid.quote, consent, paid.checked, closure])
    clock.forward(timedelta(hours=1))
    whole = f"/v1/jobs/{job.job_id}"
    paths = [whole, f"{whole}/consents", f"{whole}/closures", f"/v1/board/days/{TODAY}", "/v1/charges"]
    told = "".join([(await dispatcher.get(path)).text for path in paths])
    assert all(name in told for name in (HOLDER, AGREED, THERE)), "there is something to hide"

    desk = await with_role(client, database, world, role)
    contract = world.subscribers[0].contract
    for path in [*paths, "/v1/jobs", "/v1/journal", f"/v1/rounds?on={TODAY}", "/v1/alerts"]:
        answer = await desk.get(path)
        assert answer.status_code in (200, 403), answer.text
        assert not [name for name in (HOLDER, AGREED, THERE) if name in answer.text], path
    assert (await desk.get(whole)).json()["subscriber"]["holderName"] == contract
    if role is Role.SUPERVISOR:
        (stop,) = [
            stop
            for one in (await desk.get(f"/v1/board/days/{TODAY}")).json()["technicians"]
            for stop in one["stops"]
        ]
        assert stop["subscriber"] == contract

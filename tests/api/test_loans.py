"""A technician on loan over HTTP: offered and booked where he works, told on his phone, not offered at home."""

from typing import Any

import httpx

from db.ids import new_id
from db.pool import Database
from db.queries import plans
from tests.api.conftest import Desk, sign_in, with_token
from tests.api.test_booking import booked, escalated, quoted
from tests.builders import published_plan, settled_in
from tests.dispatch.test_loans import lend
from tests.worlds import TODAY, World, quiet_street

ON = {"on": TODAY.isoformat()}
TODAY_ALONE = {"firstOn": TODAY.isoformat(), "lastOn": TODAY.isoformat()}


async def test_the_borrowing_desk_books_him_and_the_lending_one_does_not(
    client: httpx.AsyncClient,
    database: Database,
    world: World,
    technician: Desk,
    support: Desk,
    tickets: Desk,
) -> None:
    await settled_in(database, quiet_street)
    await lend(database, TODAY)
    async with database.begin([quiet_street.area_id]) as conn:
        await plans.insert_plans(conn, [published_plan(quiet_street)])
    lent, own = world.technicians[0].technician_id, quiet_street.technicians[0].technician_id
    desk = await sign_in(client, f"{quiet_street.name}.support")
    system = await with_token(client, database, quiet_street, ["escalations:write"])
    known = {row["technicianId"] for row in (await desk.get("/v1/technicians")).json()["items"]}
    assert known == {str(lent), str(own)}

    job_id = await escalated(system, quiet_street)
    quote = await quoted(desk, job_id, excludedTechnicians=[str(own)], **TODAY_ALONE)
    visit = (await booked(desk, quote))["visit"]
    assert (visit["technicianId"], visit["state"]) == (str(lent), "published")
    others = [str(row.technician_id) for row in world.technicians[1:]]
    at_home = await quoted(
        support, await escalated(tickets, world), excludedTechnicians=others, **TODAY_ALONE
    )
    assert at_home["offers"] == []

    rounds = (await desk.get("/v1/rounds", params=ON)).json()["rounds"]
    stops = {one["technicianId"]: [stop["jobId"] for stop in one["stops"]] for one in rounds}
    assert stops == {str(lent): [job_id], str(own): []}
    at_home = (await support.get("/v1/rounds", params=ON)).json()["rounds"]
    assert {one["technicianId"] for one in at_home} == set(others)

    device = {"deviceId": str(new_id()), "name": "Pixel"}
    assert (await technician.post("/v1/mobile/devices", json=device)).status_code == 200
    envelope: dict[str, Any] = {"deviceId": device["deviceId"], "batchId": str(new_id()), "events": []}
    pull = (await technician.post("/v1/mobile/sync", json=envelope)).json()["pull"]
    assert [(change["jobId"], change["op"]) for change in pull["changes"]] == [(job_id, "put")]
    (mine,) = (await technician.get("/v1/rounds", params=ON)).json()["rounds"]
    assert [stop["jobId"] for stop in mine["stops"]] == [job_id]
    why = (await technician.get(f"/v1/rounds/{TODAY.isoformat()}/reasons")).json()
    assert [one["jobId"] for one in why["visits"]] == [job_id]

"""Planned absences over HTTP: what is said before, saved and dropped, and what the board shows of them."""

from datetime import timedelta

import httpx

from db.ids import new_id
from db.pool import Database
from tests.api.conftest import Desk
from tests.api.test_setup import TOMORROW, read
from tests.builders import Town
from tests.worlds import NOW, TODAY, World


async def test_an_absence_is_foreseen_saved_shown_and_dropped(
    dispatcher: Desk, database: Database, world: World
) -> None:
    town, person = Town(database, world), world.technicians[0]
    visit = await town.out(await town.job(), at=NOW + timedelta(days=1, hours=3))
    address = f"/v1/setup/technicians/{person.technician_id}/absences/{new_id()}"
    asked = {"firstOn": TODAY.isoformat(), "lastOn": TOMORROW.isoformat(), "reason": "illness"}
    foreseen = await dispatcher.post(f"{address}/foreseen", json=asked)
    assert [row["visitId"] for row in foreseen.json()["items"]] == [str(visit.visit_id)]
    assert (await dispatcher.put(address, json=asked)).status_code == 428
    saved = await dispatcher.put(address, json=asked, **read(0))
    assert (saved.status_code, saved.headers["etag"]) == (200, '"1"')
    assert saved.json()["waiting"] == foreseen.json()["items"]

    async def of_today() -> tuple[bool, str | None]:
        board = (await dispatcher.get(f"/v1/board/days/{TODAY.isoformat()}")).json()
        (row,) = [one for one in board["technicians"] if one["technicianId"] == str(person.technician_id)]
        return row["absent"], row["absenceReason"]

    assert await of_today() == (True, "illness")
    times = f"/v1/setup/technicians/{person.technician_id}/working-times"
    said = (await dispatcher.get(times)).json()
    assert [row["reason"] for row in said["absences"]] == ["illness"]
    assert [day["absenceReason"] for day in said["days"]] == ["illness", None, None]
    dropped = await dispatcher.delete(address, **read(1))
    assert dropped.json()["items"] == []
    assert await of_today() == (False, None)
    assert (await dispatcher.delete(address, **read(1))).status_code == 412


async def test_what_cannot_be_is_refused_with_where_it_stands(dispatcher: Desk, world: World) -> None:
    person = world.technicians[0].technician_id
    asked = {"firstOn": TODAY.isoformat(), "lastOn": TOMORROW.isoformat(), "reason": "holiday"}

    async def plan(**changes: object) -> httpx.Response:
        address = f"/v1/setup/technicians/{person}/absences/{new_id()}"
        return await dispatcher.put(address, json={**asked, **changes}, **read(0))

    assert (await plan()).status_code == 200
    again = await plan()
    assert (again.status_code, again.json()["type"]) == (409, "/problems/absence-overlaps")
    for changes, pointer, code in (
        ({"reason": "mood"}, "/reason", "invalid"),
        ({"lastOn": "2026-11-01"}, "/lastOn", "hours-impossible"),
        ({"hours": {"start": "12:00", "end": "11:00"}}, "/hours", "hours-impossible"),
        ({"hours": {"start": "12:00"}}, "/hours/end", "missing"),
    ):
        refused = await plan(**changes)
        assert (refused.status_code, refused.json()["errors"]) == (422, [{"pointer": pointer, "code": code}])
    stranger = await dispatcher.put(
        f"/v1/setup/technicians/{new_id()}/absences/{new_id()}", json=asked, **read(0)
    )
    assert stranger.status_code == 404

"""The fairness ledger over HTTP: a technician sees the own days alone, the dispatcher everybody's."""

from datetime import timedelta
from typing import Any

import pytest

from db.pool import Database
from dispatch.flows import fairness
from tests.api.conftest import Clock, Desk
from tests.builders import Town
from tests.dispatch.said import MENDED, out
from tests.dispatch.test_fairness import END, EVENING
from tests.worlds import World


@pytest.fixture
async def busy(database: Database, world: World, clock: Clock) -> Town:
    """Technician 1 stayed 40 minutes longer than the shift."""
    town = Town(database, world)
    phone, _, visit = await out(town)
    said = [
        phone.say(visit, kind, END - timedelta(minutes=60 - 20 * number))
        for number, kind in enumerate(MENDED)
    ]
    await phone.send(database, said, now=END + timedelta(hours=1))
    clock.now = EVENING
    await town.do(lambda conn: fairness.settle(conn, area_id=world.area_id, now=EVENING))
    return town


@pytest.mark.usefixtures("busy")
async def test_a_technician_sees_the_own_days_and_nobody_elses(technician: Desk) -> None:
    told = (await technician.get("/v1/me/fairness")).json()
    first, second = told["days"]
    assert (first["onDay"], first["overtimeMinutes"], first["burdenMinutes"]) == ("2026-11-24", 40, 40)
    assert first["sentence"].startswith("40 мин после конца смены: засчитано 40 мин.")
    assert second["sentence"].startswith("Обычный день.")
    assert told["balanceMinutes"] == second["balanceMinutes"] == 27


async def test_the_dispatcher_sees_all_and_the_balances_sum_to_nothing(busy: Town, dispatcher: Desk) -> None:
    asked = {"from": "2026-11-24", "to": "2026-11-24"}
    told = (await dispatcher.get("/v1/fairness", params=asked)).json()["items"]
    assert {one["technicianId"] for one in told} == {
        str(person.technician_id) for person in busy.world.technicians
    }
    assert sorted(one["balanceMinutes"] for one in told) == [-13, -13, 27]
    assert [len(one["days"]) for one in told] == [1, 1, 1]


@pytest.mark.parametrize(
    "asked",
    [
        {"from": "2026-11-25", "to": "2026-11-24"},
        {"from": "2026-08-01", "to": "2026-11-24"},
        {"from": "soon"},
        {"to": "0001-01-05"},
        {"from": "0001-01-01", "to": "0001-01-20"},
        {"to": "9999-12-31"},
    ],
)
async def test_a_period_out_of_order_or_endless_is_refused(dispatcher: Desk, asked: dict[str, Any]) -> None:
    assert (await dispatcher.get("/v1/fairness", params=asked)).status_code == 422


@pytest.mark.usefixtures("world")
async def test_without_any_day_there_is_nothing_to_say(technician: Desk) -> None:
    assert (await technician.get("/v1/me/fairness")).json() == {"balanceMinutes": 0, "days": []}

"""Charges reach billing: at least once, known by their key, and never a reversal before its charge."""

from datetime import timedelta

import pytest

from db.pool import Database
from dispatch.delivering import Deliverer
from dispatch.outside.billing import Bill, Billing
from dispatch.rules.visit_codes import TRIES
from tests.builders import LATE, Town, settled_in
from tests.dispatch.said import Paid, out
from tests.dispatch.test_visit_codes import Typed, coded, wrong
from tests.worlds import WORK


@pytest.fixture
async def town(database: Database) -> Town:
    return Town(database, await settled_in(database))


class Till(Billing):
    """Answers nothing so many times; then takes what comes."""

    def __init__(self, failures: int = 0) -> None:
        self.sent: list[Bill] = []
        self.failures = failures

    async def take(self, bill: Bill) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError
        self.sent.append(bill)


async def test_a_charge_arrives_once_with_its_own_id_as_the_key(town: Town) -> None:
    phone, job, visit = await out(town, "wifi_setup")
    await phone.send(town.database, Paid(town, phone, visit).all)
    (charge,) = (await town.whole(job)).charges
    till = Till()
    deliverer = Deliverer(town.database, billing=till)
    for hours in range(3):
        await deliverer.deliver(town.world.area_id, LATE + timedelta(hours=hours))
    (bill,) = till.sent
    assert (bill.kind, bill.key, bill.facts["amount_minor"]) == ("charge", charge.charge_id, WORK)


async def test_a_reversal_waits_while_its_charge_does_not_arrive(town: Town) -> None:
    phone, job, visit, code = await coded(town)
    said = Typed(town, phone, visit, *[wrong(code)] * TRIES, code).said
    late = said[-2 - TRIES : -2]
    await phone.send(town.database, [event for event in said if event not in late])
    assert await town.net_charges(job) == [("work", WORK)]
    # five wrong codes that were typed before the right one turn up
    await phone.send(town.database, late)
    assert await town.net_charges(job) == []
    till = Till(failures=1)
    deliverer = Deliverer(town.database, billing=till)
    await deliverer.deliver(town.world.area_id, LATE)
    assert till.sent == []
    await deliverer.deliver(town.world.area_id, LATE + timedelta(minutes=1))
    assert [bill.kind for bill in till.sent] == ["charge", "charge-reversal"]
    assert till.sent[1].facts["charge_id"] == str(till.sent[0].facts["charge_id"])

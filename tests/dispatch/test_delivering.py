"""Charges reach billing: at least once, known by their key, and never a reversal before its charge."""

import json
from datetime import timedelta

import pytest

from db.pool import Database
from dispatch.delivering import Deliverer
from dispatch.outside.billing import Bill, Billing
from dispatch.outside.messenger import Messenger, TextMessage
from dispatch.rules.visit_codes import TRIES
from tests.builders import LATE, Town, settled_in
from tests.dispatch.said import Paid, out
from tests.dispatch.test_decisions import decide
from tests.dispatch.test_visit_codes import Typed, booked, coded, wrong
from tests.worlds import NOW, WORK


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


class Choosy(Messenger):
    """Never takes what goes to one number."""

    def __init__(self, never: str) -> None:
        self.never = never
        self.taken: list[str] = []

    async def send(self, message: TextMessage) -> bool:
        if message.phone == self.never:
            raise ConnectionError
        self.taken.append(message.phone)
        return True


async def test_what_can_never_be_delivered_holds_up_nothing_else(town: Town) -> None:
    phones = [(await booked(town, subscriber=number))[1] for number in range(1, 7)]
    messenger = Choosy(phones[0])
    deliverer = Deliverer(town.database, messenger=messenger)
    assert await deliverer.deliver(town.world.area_id, NOW) == 5
    assert sorted(messenger.taken) == sorted(phones[1:])


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
    for minutes in range(3):
        # the reversal alone is due while its charge waits for its next try
        assert till.sent == []
        await deliverer.deliver(town.world.area_id, LATE + timedelta(seconds=29 * minutes))
    await deliverer.deliver(town.world.area_id, LATE + timedelta(minutes=2))
    assert [bill.kind for bill in till.sent] == ["charge", "charge-reversal"]
    assert till.sent[1].facts["charge_id"] == str(till.sent[0].facts["charge_id"])
    # a person knows that the subscriber had agreed
    right = json.loads(said[-2])["eventId"]
    (review,) = [one for one in (await town.whole(job)).reviews if str(one.event_id) == right]
    await decide(town, review, accepted=True)
    assert await town.net_charges(job) == [("work", WORK)]
    for minutes in (3, 4):
        await deliverer.deliver(town.world.area_id, LATE + timedelta(minutes=minutes))
    assert [bill.kind for bill in till.sent] == ["charge", "charge-reversal", "charge"]
    assert till.sent[2].facts["replaces_charge_id"] == till.sent[0].facts["charge_id"]

"""An operator's own network and gateway for texts, over HTTP."""

from collections.abc import Generator
from datetime import timedelta

import msgspec
import pytest

from db.ids import new_id
from db.pool import Database
from dispatch.delivering import Deliverer
from dispatch.errors import NetworkSilent
from dispatch.outside.messenger import HttpMessenger
from dispatch.outside.network import HttpNetwork, Terminal
from dispatch.rules.remote import Measure, Measured, RemoteAction
from dispatch.settings import SystemAddress, system_address
from tests.builders import Town, settled_in
from tests.dispatch.operator_system import Asked, FakeSystem, operated
from tests.dispatch.test_visit_codes import booked
from tests.worlds import NOW

TERMINAL = Terminal(area_id=new_id(), subscriber_id=new_id(), contract="C-7", network_element_id=None)


@pytest.fixture
def system() -> Generator[FakeSystem]:
    with operated() as found:
        yield found


@pytest.fixture
async def town(database: Database) -> Town:
    return Town(database, await settled_in(database))


async def test_a_network_is_measured_and_acted_on(system: FakeSystem) -> None:
    level = Measure(quantity="rx_power", value=-21.5, unit="dBm", minimum=-27.0)
    measured = Measured(online=True, measures=[level], changed_at=None)
    system.body = msgspec.json.encode(measured)
    network = HttpNetwork(system.address)
    assert await network.measure(TERMINAL, NOW) == measured
    await network.act(TERMINAL, RemoteAction.WIFI_ON, "", NOW)
    whose = {"contract": "C-7", "networkElementId": None}
    assert system.asked == [
        Asked("/line3/measurements", "Bearer secret", None, whose | {"action": None, "value": ""}),
        Asked("/line3/actions", "Bearer secret", None, whose | {"action": "wifi_on", "value": ""}),
    ]


@pytest.mark.parametrize("said", [b"{}", b"<html>", b""])
async def test_a_network_that_speaks_nonsense_is_silent(system: FakeSystem, said: bytes) -> None:
    system.body = said
    with pytest.raises(NetworkSilent):
        await HttpNetwork(system.address).measure(TERMINAL, NOW)


async def test_a_network_that_refuses_or_is_not_there_is_silent(system: FakeSystem) -> None:
    system.statuses = [500]
    with pytest.raises(NetworkSilent):
        await HttpNetwork(system.address).act(TERMINAL, RemoteAction.RESTART_PORT, "", NOW)
    with pytest.raises(NetworkSilent):
        await HttpNetwork(SystemAddress("http://127.0.0.1:1")).measure(TERMINAL, NOW)


async def test_a_text_goes_out_by_the_gateway_once_it_takes_it(town: Town, system: FakeSystem) -> None:
    _, phone = await booked(town)
    system.statuses = [503, 429]
    deliverer = Deliverer(town.database, HttpMessenger(system.address))
    for minutes in (0, 2, 10, 60):
        await deliverer.deliver(town.world.area_id, NOW + timedelta(minutes=minutes))
    first, *_, taken = system.asked
    assert len(system.asked) == 3
    assert (taken.path, taken.authorization) == ("/line3/messages", "Bearer secret")
    assert {one.key for one in system.asked} == {first.body["key"]}
    assert taken.body["phone"] == phone
    assert set(taken.body) == {"areaId", "key", "phone", "language", "text", "at"}


async def test_what_the_gateway_will_never_take_is_not_sent_again_and_said_to_be_not_sent(
    town: Town, system: FakeSystem
) -> None:
    job, _ = await booked(town)
    system.statuses = [422]
    deliverer = Deliverer(town.database, HttpMessenger(system.address))
    for minutes in (0, 10):
        await deliverer.deliver(town.world.area_id, NOW + timedelta(minutes=minutes))
    assert len(system.asked) == 1
    async with town.database.begin([town.world.area_id]) as conn:
        said = await conn.fetch("SELECT action FROM journal WHERE job_id = $1", job.job_id)
    assert "visit_code.not_sent" in {row["action"] for row in said}


@pytest.mark.parametrize("said", ["ftp://SECRET@host", "SECRET@host", "https://SECRET@", "SECRET"])
def test_an_address_that_is_none_is_refused_and_not_repeated(said: str) -> None:
    with pytest.raises(ValueError, match="LINE3_MESSENGER is given as") as refused:
        system_address("LINE3_MESSENGER", said)
    assert "SECRET" not in str(refused.value)


def test_an_address_is_split_from_its_key() -> None:
    assert system_address("LINE3_MESSENGER", "https://KEY@sms.example:8443/v2/") == SystemAddress(
        "https://sms.example:8443/v2", "KEY"
    )

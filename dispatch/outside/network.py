"""The access network as line 2 sees it: what is measured at a subscriber's end, and what can be done there remotely.

Without a network of the operator's, a simulated one answers: its faults stand in a table, so that every process sees the same.
"""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import msgspec

from db.pool import Database
from db.queries import tickets
from db.records import SimulatedTerminal
from db.states import TerminalFault
from dispatch.bounded import Wire
from dispatch.errors import NetworkSilent
from dispatch.outside.operator_system import OperatorSystem, SystemFailed
from dispatch.rules.remote import Measure, Measured, RemoteAction
from dispatch.settings import SystemAddress

RESTART_TAKES = timedelta(seconds=90)
"""Until a terminal that was restarted is there again."""


class Terminal(msgspec.Struct, frozen=True, kw_only=True):
    """Whose end it is, by the ids of line3 and by the contract that other systems know."""

    area_id: UUID
    subscriber_id: UUID
    contract: str
    network_element_id: UUID | None


class NetworkAdapter(Protocol):
    async def measure(self, terminal: Terminal, now: datetime) -> Measured:
        """Raises `NetworkSilent`."""
        ...

    async def act(self, terminal: Terminal, action: RemoteAction, value: str, now: datetime) -> None:
        """`value`: of a name or a password. Done when it returns, though it may take effect later. Raises `NetworkSilent`."""
        ...


LOWEST_DBM, HIGHEST_DBM = -27.0, -8.0
"""GPON class B+, ITU-T G.984.2 Amd 1."""
MENDS: Mapping[RemoteAction, TerminalFault] = {
    RemoteAction.RESTART_PORT: TerminalFault.PORT_STUCK,
    RemoteAction.CONFIGURE_PORT: TerminalFault.PORT_STUCK,
    RemoteAction.REINSTALL_ROUTER: TerminalFault.ROUTER,
    RemoteAction.WIFI_ON: TerminalFault.WIFI_OFF,
}
OFFLINE = frozenset({TerminalFault.DARK, TerminalFault.DEAD})


class SimulatedNetwork(NetworkAdapter):
    """Each subscriber has a level of their own, the same each time; faults are what the table says."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def measure(self, terminal: Terminal, now: datetime) -> Measured:
        async with self._database.begin([terminal.area_id]) as conn:
            row = await tickets.find_terminal(conn, terminal.area_id, terminal.subscriber_id)
        fault = TerminalFault.NONE if row is None else row.fault
        restarted = None if row is None else row.restarted_at
        away = restarted is not None and now < restarted + RESTART_TAKES
        online = fault not in OFFLINE and not away
        return Measured(
            online=online,
            measures=_measures(terminal.subscriber_id, fault) if online else [],
            changed_at=None if restarted is None else restarted + RESTART_TAKES * (not away),
        )

    async def act(self, terminal: Terminal, action: RemoteAction, value: str, now: datetime) -> None:
        del value
        async with self._database.begin([terminal.area_id]) as conn:
            row = await tickets.find_terminal(conn, terminal.area_id, terminal.subscriber_id)
            fault = TerminalFault.NONE if row is None else row.fault
            if fault in OFFLINE:
                raise NetworkSilent()
            if MENDS.get(action) is fault:
                fault = TerminalFault.NONE
            if action is RemoteAction.WIFI_OFF:
                fault = TerminalFault.WIFI_OFF
            restarts = action in (RemoteAction.RESTART_TERMINAL, RemoteAction.REINSTALL_ROUTER)
            await tickets.save_terminals(
                conn,
                [
                    SimulatedTerminal(
                        area_id=terminal.area_id,
                        subscriber_id=terminal.subscriber_id,
                        fault=fault,
                        restarted_at=now if restarts else None if row is None else row.restarted_at,
                    )
                ],
            )


def _measures(subscriber_id: UUID, fault: TerminalFault) -> list[Measure]:
    drawn = random.Random(subscriber_id.bytes)
    level = round(drawn.uniform(-22.0, -14.0), 1)
    stuck = fault is TerminalFault.PORT_STUCK
    return [
        Measure(
            quantity="rx_power",
            value=level - 12 if fault is TerminalFault.WEAK else level,
            unit="dBm",
            minimum=LOWEST_DBM,
            maximum=HIGHEST_DBM,
        ),
        Measure(quantity="port_speed", value=0 if stuck else 1000, unit="Mbit/s", minimum=100),
        Measure(quantity="port_errors", value=drawn.randint(0, 3) + 4000 * stuck, unit="", maximum=100),
        Measure(
            quantity="router_answers", value=float(fault is not TerminalFault.ROUTER), unit="", minimum=1
        ),
        Measure(quantity="wifi", value=float(fault is not TerminalFault.WIFI_OFF), unit="", minimum=1),
    ]


class _Asked(Wire):
    """The body of a question to an operator's own system."""

    contract: str
    network_element_id: UUID | None
    action: RemoteAction | None = None
    value: str = ""


class HttpNetwork(NetworkAdapter):
    """An operator's own system, asked by `POST {url}/measurements` and `POST {url}/actions`."""

    def __init__(self, address: SystemAddress) -> None:
        self._system = OperatorSystem(address)

    async def measure(self, terminal: Terminal, now: datetime) -> Measured:
        asked = _Asked(contract=terminal.contract, network_element_id=terminal.network_element_id)
        try:
            return msgspec.json.decode(await self._ask("measurements", asked), type=Measured)
        except msgspec.DecodeError as error:
            raise NetworkSilent() from error

    async def act(self, terminal: Terminal, action: RemoteAction, value: str, now: datetime) -> None:
        asked = _Asked(
            contract=terminal.contract,
            network_element_id=terminal.network_element_id,
            action=action,
            value=value,
        )
        await self._ask("actions", asked)

    async def _ask(self, path: str, asked: _Asked) -> bytes:
        try:
            return await self._system.post(path, asked)
        except SystemFailed as error:
            raise NetworkSilent() from error

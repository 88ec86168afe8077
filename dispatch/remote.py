"""Line 2 measures and acts through the network, which may take its time: no transaction is open meanwhile."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from db.pool import Database
from db.records import Ticket
from db.rows import Conn
from db.states import HistoryKind
from dispatch.actors import Actor
from dispatch.clock import Clock
from dispatch.flows import escalations, tickets
from dispatch.outside.network import NetworkAdapter, Terminal
from dispatch.rules import tickets as rules
from dispatch.rules.remote import (
    LineTwoFound,
    Measured,
    RemoteAction,
    agreed_to,
    escalation_of,
    verify_agreed,
)


async def measure(
    database: Database, network: NetworkAdapter, *, ticket_id: UUID, actor: Actor, clock: Clock
) -> tuple[Ticket, Measured]:
    """What the network says of the subscriber's end now; kept in the history. Raises `UnknownTicket`, `NotInHand`,
    `NetworkSilent`."""
    whole = await _whole(database, ticket_id, actor, clock())
    measured = await network.measure(_terminal(whole), clock())
    ticket = await _recorded(
        database, ticket_id, HistoryKind.TESTED, msgspec.to_builtins(measured), actor, clock()
    )
    return ticket, measured


async def act(
    database: Database,
    network: NetworkAdapter,
    *,
    ticket_id: UUID,
    action: RemoteAction,
    value: str,
    actor: Actor,
    clock: Clock,
) -> Ticket:
    """What was typed, a password above all, is handed on and not kept. Raises `UnknownTicket`, `NotInHand`, `ConsentMissing`,
    `NetworkSilent`."""
    whole = await _whole(database, ticket_id, actor, clock())
    verify_agreed(action, agreed_to(whole.entries, ticket_id))
    await network.act(_terminal(whole), action, value, clock())
    return await _recorded(database, ticket_id, HistoryKind.ACTED, {"action": action}, actor, clock())


async def escalate(
    database: Database, *, ticket_id: UUID, found: LineTwoFound, actor: Actor, clock: Clock
) -> tuple[Ticket, escalations.Received]:
    """To the field, with all that is known: a job, and the ticket has its line behind it. Raises `UnknownTicket`, `NotInHand`, and
    what `flows/escalations.receive` raises."""
    now = clock()
    whole = await _whole(database, ticket_id, actor, now)
    escalation = escalation_of(
        found, whole.ticket, whole.subscriber, whole.contact, whole.entries, actor.display_name, now
    )

    async def both(conn: Conn) -> tuple[Ticket, escalations.Received]:
        received = await escalations.receive(
            conn, area_id=whole.ticket.area_id, escalation=escalation, actor=actor, now=now
        )
        ticket = await tickets.mark_escalated(
            conn,
            areas_seen=actor.areas,
            ticket_id=ticket_id,
            job_id=received.job.job_id,
            actor=actor,
            now=now,
        )
        return ticket, received

    return await database.transact(actor.areas, both)


async def _whole(database: Database, ticket_id: UUID, actor: Actor, now: datetime) -> tickets.WholeTicket:
    async with database.begin(actor.areas, snapshot=True) as conn:
        whole = await tickets.get(conn, areas_seen=actor.areas, ticket_id=ticket_id, now=now)
    rules.verify_in_hand(whole.ticket, actor.actor_id)
    return whole


def _terminal(whole: tickets.WholeTicket) -> Terminal:
    return Terminal(
        area_id=whole.ticket.area_id,
        subscriber_id=whole.subscriber.subscriber_id,
        contract=whole.subscriber.contract,
        network_element_id=whole.subscriber.network_element_id,
    )


async def _recorded(
    database: Database,
    ticket_id: UUID,
    kind: HistoryKind,
    facts: Mapping[str, object],
    actor: Actor,
    now: datetime,
) -> Ticket:
    return await database.transact(
        actor.areas,
        lambda conn: tickets.record(
            conn,
            areas_seen=actor.areas,
            ticket_id=ticket_id,
            kind=kind,
            facts=facts,
            actor=actor,
            now=now,
        ),
    )

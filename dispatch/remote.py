"""Line 2 measures and acts through the network, which may take its time: no transaction is open meanwhile."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from db.pool import Database
from db.rows import Conn
from db.states import HistoryKind
from dispatch.actors import Actor
from dispatch.clock import Clock
from dispatch.flows import escalations, tickets
from dispatch.outside.network import NetworkAdapter, Terminal
from dispatch.rules import tickets as rules
from dispatch.rules.remote import (
    NEEDS_CONSENT,
    LineTwoFound,
    RemoteAction,
    agreed_to,
    escalation_of,
    verify_agreed,
)


class Remote:
    """What line 2 does with tickets that it has in hand. All raise `UnknownTicket` and `NotInHand`."""

    def __init__(self, database: Database, network: NetworkAdapter, clock: Clock) -> None:
        self._database = database
        self._network = network
        self._clock = clock

    async def measure(self, ticket_id: UUID, actor: Actor) -> None:
        """What the network says of the subscriber's end now, into the history. Raises `NetworkSilent`."""
        whole = await self._whole(ticket_id, actor)
        measured = await self._network.measure(_terminal(whole), self._clock())
        await self._record(ticket_id, HistoryKind.TESTED, msgspec.to_builtins(measured), actor)

    async def act(self, ticket_id: UUID, action: RemoteAction, value: str, actor: Actor) -> None:
        """What was typed, a password above all, is handed on and not kept. Raises `NotVerified`, `ConsentMissing`,
        `NetworkSilent`."""
        whole = await self._whole(ticket_id, actor)
        if action in NEEDS_CONSENT:
            rules.verify_known(whole.ticket)
        verify_agreed(action, agreed_to(whole.entries, ticket_id))
        await self._network.act(_terminal(whole), action, value, self._clock())
        await self._record(ticket_id, HistoryKind.ACTED, {"action": action}, actor)

    async def escalate(self, ticket_id: UUID, found: LineTwoFound, actor: Actor) -> escalations.Received:
        """To the field with all that is known: a job, or the one that this ticket had, opened anew. Raises `NotVerified`, and what
        `flows/escalations.receive` raises."""
        now = self._clock()
        whole = await self._whole(ticket_id, actor)
        rules.verify_known(whole.ticket)
        escalation = escalation_of(
            found, whole.ticket, whole.subscriber, whole.contact, whole.entries, actor.display_name, now
        )

        async def both(conn: Conn) -> escalations.Received:
            received = await escalations.receive(
                conn, area_id=whole.ticket.area_id, escalation=escalation, actor=actor, now=now
            )
            await tickets.mark_escalated(
                conn,
                areas_seen=actor.areas,
                ticket_id=ticket_id,
                job_id=received.job.job_id,
                actor=actor,
                now=now,
            )
            return received

        return await self._database.transact(actor.areas, both)

    async def _whole(self, ticket_id: UUID, actor: Actor) -> tickets.WholeTicket:
        async with self._database.begin(actor.areas, snapshot=True) as conn:
            whole = await tickets.get(conn, areas_seen=actor.areas, ticket_id=ticket_id, now=self._clock())
        rules.verify_in_hand(whole.ticket, actor.actor_id)
        return whole

    async def _record(
        self, ticket_id: UUID, kind: HistoryKind, facts: Mapping[str, object], actor: Actor
    ) -> None:
        await self._database.transact(
            actor.areas,
            lambda conn: tickets.record(
                conn,
                areas_seen=actor.areas,
                ticket_id=ticket_id,
                kind=kind,
                facts=facts,
                actor=actor,
                now=self._clock(),
            ),
        )


def _terminal(whole: tickets.WholeTicket) -> Terminal:
    return Terminal(
        area_id=whole.ticket.area_id,
        subscriber_id=whole.subscriber.subscriber_id,
        contract=whole.subscriber.contract,
        network_element_id=whole.subscriber.network_element_id,
    )

"""How a step of a ticket begins and ends: locked, in the right hands; kept, with its entry in the history and in the journal."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import tickets
from db.records import Ticket
from db.rows import Conn
from db.states import HistoryKind
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import UnknownTicket
from dispatch.rules import tickets as rules
from dispatch.rules.journal import entry


async def locked(conn: Conn, areas_seen: Sequence[UUID], ticket_id: UUID) -> Ticket:
    ticket = await tickets.lock_ticket(conn, areas_seen, ticket_id)
    if ticket is None:
        raise UnknownTicket()
    return ticket


async def in_hand(conn: Conn, areas_seen: Sequence[UUID], ticket_id: UUID, actor: Actor) -> Ticket:
    ticket = await locked(conn, areas_seen, ticket_id)
    rules.verify_in_hand(ticket, actor.actor_id)
    return ticket


async def saved(
    conn: Conn,
    ticket: Ticket,
    kind: HistoryKind,
    facts: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> Ticket:
    await tickets.save_tickets(conn, [ticket])
    await write(conn, ticket, [(kind, facts)], actor, now)
    return msgspec.structs.replace(ticket, version=ticket.version + 1)


async def write(
    conn: Conn,
    ticket: Ticket,
    said: Sequence[tuple[HistoryKind, Mapping[str, Any]]],
    actor: Actor,
    now: datetime,
) -> None:
    """What was said stands in the history; the journal has who did what and when, and no words of anybody."""
    rows = [
        # ids of one millisecond have no order
        rules.history(ticket, kind, new_id(), actor.actor_id, now + timedelta(microseconds=number), facts)
        for number, (kind, facts) in enumerate(said)
    ]
    await tickets.insert_entries(conn, rows)
    told = [
        entry(
            actor,
            now,
            f"ticket.{kind}",
            area_id=ticket.area_id,
            subject_id=ticket.ticket_id,
            facts={"line": ticket.line, "state": ticket.state},
        )
        for kind, _ in said
    ]
    await announce(conn, ticket.area_id, told)

"""What waits at the lines, what is in hand, and the next one."""

from litestar import get, post

from api.auth import allow
from api.deps import Caller, CallerDep
from api.routes.tickets import DONE, SUPPORT, whole
from api.wire.tickets import (
    LineWaitsOut,
    TicketBrief,
    TicketInHand,
    TicketOut,
    TicketsMine,
    TicketWaiting,
    Waits,
)
from db.rows import Conn
from db.states import Role
from dispatch.flows import lines, tickets
from dispatch.rules.callers import hint_of
from dispatch.rules.phone import in_language


@get("/v1/tickets", opt=SUPPORT, tags=["tickets"], summary="List what is in the own hands")
async def list_own_tickets(caller: CallerDep) -> TicketsMine:
    """Oldest first."""
    mine = await caller.read(
        lambda conn: lines.list_mine(conn, areas_seen=caller.actor.areas, actor=caller.actor, now=caller.now)
    )
    return TicketsMine(
        items=[
            TicketInHand(
                **{name: getattr(one.ticket, name) for name in TicketBrief.__struct_fields__},
                contract=one.ticket.contract,
                who=_who(one),
                trouble=_trouble(one, caller),
                since=one.ticket.line_began_at,
            )
            for one in mine
        ]
    )


@get(
    "/v1/queue", opt=allow(Role.SUPPORT, Role.SUPERVISOR), tags=["tickets"], summary="What waits at each line"
)
async def get_queue(caller: CallerDep) -> Waits:
    """Of all areas of the reader. Lines at which nobody waits or works are left out."""

    async def work(conn: Conn) -> tuple[list[lines.Waiting], list[lines.Listed]]:
        seen = caller.actor.areas
        listed = await lines.list_waiting(conn, areas_seen=seen, actor=caller.actor, now=caller.now)
        return await lines.list_waits(conn, areas_seen=seen), listed

    found, waiting = await caller.read(work)
    return Waits(
        tickets=[_waiting(one, caller) for one in waiting],
        items=[
            LineWaitsOut(
                area_id=one.waits.area_id,
                line=one.waits.line,
                waiting=one.waits.waiting,
                longest_since=one.waits.longest_since,
                in_hand=one.waits.in_hand,
                limit_seconds=one.line.wait_seconds,
                over=one.waits.longest_since is not None
                and (caller.now - one.waits.longest_since).total_seconds() > one.line.wait_seconds,
            )
            for one in found
        ],
    )


@post("/v1/queue/next", opt=SUPPORT, tags=["tickets"], summary="Take the next ticket", status_code=DONE)
async def take_next(caller: CallerDep) -> TicketOut | None:
    """The best for this person of all that waits in all their areas; null where nothing does."""

    async def work(conn: Conn) -> TicketOut | None:
        ticket = await tickets.take_next(
            conn, areas_seen=caller.actor.areas, actor=caller.actor, now=caller.now
        )
        return None if ticket is None else await whole(conn, caller, ticket.ticket_id)

    return await caller.write(work)


def _waiting(one: lines.Listed, caller: Caller) -> TicketWaiting:
    ticket = one.ticket
    assert ticket.waiting_since is not None, "what waits has begun to"
    return TicketWaiting(
        area_id=ticket.area_id,
        line=ticket.line,
        contract=ticket.contract,
        who=hint_of(ticket.holder_name) if caller.knows_names(ticket.area_id) else "",
        trouble=_trouble(one, caller),
        language=ticket.language,
        skills=one.skills,
        priority=ticket.priority,
        waiting_since=ticket.waiting_since,
        over=one.over,
    )


def _who(one: lines.Listed) -> str:
    """The holder's name is said once the caller has said it."""
    ticket = one.ticket
    known = hint_of(ticket.holder_name) if ticket.verified_by is None else ticket.holder_name
    return ticket.caller_name or known


def _trouble(one: lines.Listed, caller: Caller) -> str:
    """The caller's words may name somebody."""
    if one.trouble:
        return in_language(one.trouble, caller.actor.language)
    return one.ticket.description if caller.knows_names(one.ticket.area_id) else ""

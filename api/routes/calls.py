"""Who calls: found, verified, and asked again in the next call."""

from uuid import UUID

from litestar import delete, post, put
from litestar.params import FromPath, JSONBody

from api.deps import CallerDep, shown
from api.problems import Malformed
from api.routes.outages import told_to
from api.routes.tickets import DONE, SUPPORT, done, step
from api.wire.jobs import JobOut
from api.wire.tickets import CallerLookup, CallerOut, Callers, NameSaid, NoteIn, TicketBrief, TicketOut
from dispatch.flows import callers, calls
from dispatch.rules.callers import hint_of
from dispatch.rules.tickets import WhoCalls


@post("/v1/callers", opt=SUPPORT, tags=["tickets"], summary="Find who calls", status_code=DONE)
async def find_callers(data: JSONBody[CallerLookup], caller: CallerDep) -> Callers:
    """By contract (or the number of a ticket or job), phone or address; never by name. In the body, because an address holds personal
    data; that somebody looked is kept."""
    if sum(one is not None for one in (data.contract, data.phone, data.address)) != 1:
        raise Malformed()
    found = await caller.write(
        lambda conn: callers.find(
            conn,
            areas_seen=caller.actor.areas,
            contract=data.contract,
            phone=data.phone,
            address=data.address,
            actor=caller.actor,
            now=caller.now,
        )
    )
    return Callers(
        items=[
            CallerOut(
                area_id=one.found.area_id,
                subscriber_id=one.found.subscriber_id,
                contract=one.found.contract,
                holder_hint=hint_of(one.found.holder_name),
                language=one.found.language,
                address=one.found.address,
                tickets=[shown(ticket, TicketBrief) for ticket in one.open_tickets],
                recent=[shown(ticket, TicketBrief) for ticket in one.recent_tickets],
                jobs=[shown(job, JobOut) for job in one.open_jobs],
                outage=told_to(one.dark, one.found.language, caller.now),
            )
            for one in found
        ]
    )


@step("verification", "Verify the caller")
async def verify_caller(ticket_id: FromPath[UUID], data: JSONBody[NameSaid], caller: CallerDep) -> TicketOut:
    """By the holder's name; neither a family name alone nor an initial is enough. `verifiedBy` says whether it was right. After three
    wrong names within half an hour none is taken (`too-many-names`)."""
    return await done(caller, ticket_id, calls.verify_caller, name=data.name)


@step("caller", "Say who calls", verb=put)
async def say_who_calls(ticket_id: FromPath[UUID], data: JSONBody[WhoCalls], caller: CallerDep) -> TicketOut:
    """Who speaks, and whom to reach on site; somebody else is verified anew."""
    return await done(caller, ticket_id, calls.say_who_calls, who=data)


@step("notes", "Note what was said")
async def note_down(ticket_id: FromPath[UUID], data: JSONBody[NoteIn], caller: CallerDep) -> TicketOut:
    """Into the history of the subscriber."""
    return await done(caller, ticket_id, calls.note_down, note=data.note)


@step("verification", "End the call", verb=delete)
async def end_call(ticket_id: FromPath[UUID], caller: CallerDep) -> TicketOut:
    """What was said in it to verify the caller holds no longer; whoever calls next is asked again. Where somebody else has the ticket
    in hand, it is their call, and it goes on."""
    return await done(caller, ticket_id, calls.end_call)

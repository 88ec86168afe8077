"""Credits: what subscribers get back for time without service and appointments that were not kept, line by line."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.auth import allow
from api.deps import NOBODY, AreaId, CallerDep, IdempotencyKey, Limit, once
from api.wire.credits import (
    ClaimIn,
    CreditClaimed,
    CreditExampleIn,
    CreditExampleOut,
    CreditLineOut,
    CreditOut,
    Credits,
    CreditTableOut,
    CreditTables,
    NotCreditedOut,
    SubscriberCredits,
    TicketCredits,
)
from db.rows import Conn
from db.states import Role
from dispatch.crediting import Kept
from dispatch.flows import credit_tables, credits
from dispatch.rules.credit_rows import line_of
from dispatch.rules.credit_setup import CreditTableIn, said_of
from dispatch.rules.credit_tables import TABLES, CreditTable
from dispatch.rules.credits import Refused
from dispatch.rules.told_credits import told_of_line, told_of_refusal

READERS = (Role.DISPATCHER, Role.SUPPORT, Role.SUPERVISOR, Role.AUDITOR)
SPEAKERS = allow(Role.SUPPORT, Role.SUPERVISOR)
OFFICE = allow(Role.DISPATCHER, Role.SUPERVISOR)


def _credit(kept: Kept, reader: str, subscriber: str) -> CreditOut:
    credit = kept.credit
    return CreditOut(
        area_id=credit.area_id,
        credit_id=credit.credit_id,
        subscriber_id=credit.subscriber_id,
        ticket_id=credit.ticket_id,
        outage_id=credit.outage_id,
        amount_minor=credit.amount_minor,
        currency=credit.currency,
        claimed=credit.claimed_by is not None,
        credited_at=credit.credited_at,
        lines=[
            CreditLineOut(
                kind=row.kind,
                on_day=row.on_day,
                appointment_id=row.appointment_id,
                amount_minor=row.amount_minor,
                table_version=row.table_version,
                sentence=told_of_line(line_of(row), credit.currency, reader),
                spoken=told_of_line(line_of(row), credit.currency, subscriber),
            )
            for row in kept.lines
        ],
    )


def _refused(refused: Sequence[Refused], reader: str, subscriber: str) -> list[NotCreditedOut]:
    return [
        NotCreditedOut(
            reason=one.reason,
            on_day=one.on_day,
            appointment_id=one.appointment_id,
            sentence=told_of_refusal(one, reader),
            spoken=told_of_refusal(one, subscriber),
        )
        for one in refused
    ]


@get(
    "/v1/subscribers/{subscriber_id:uuid}/credits",
    opt=SPEAKERS,
    tags=["credits"],
    summary="The credits of a subscriber",
)
async def list_subscriber_credits(subscriber_id: FromPath[UUID], caller: CallerDep) -> SubscriberCredits:
    """Each explained line by line, for the reader and in the subscriber's language."""
    found = await caller.read(
        lambda conn: credits.list_of_subscriber(
            conn, areas_seen=caller.actor.areas, subscriber_id=subscriber_id
        )
    )
    speaks = found.subscriber.language
    return SubscriberCredits(items=[_credit(one, caller.actor.language, speaks) for one in found.credits])


@get(
    "/v1/tickets/{ticket_id:uuid}/credits",
    opt=SPEAKERS,
    tags=["credits"],
    summary="The credits of a ticket",
)
async def list_ticket_credits(ticket_id: FromPath[UUID], caller: CallerDep) -> TicketCredits:
    """What was credited for its trouble, what is not and why, and what a claim would add."""
    found = await caller.read(
        lambda conn: credits.list_of_ticket(conn, areas_seen=caller.actor.areas, ticket_id=ticket_id)
    )
    reader, speaks = caller.actor.language, found.subscriber.language
    return TicketCredits(
        items=[_credit(one, reader, speaks) for one in found.credits],
        is_over=found.is_over,
        due_minor=found.due_minor,
        currency=found.area.currency,
        refused=_refused(found.refused, reader, speaks),
    )


@post(
    "/v1/tickets/{ticket_id:uuid}/credit-claims",
    opt=allow(Role.SUPPORT),
    tags=["credits"],
    summary="Claim a credit",
    status_code=201,
)
async def claim_credit(
    ticket_id: FromPath[UUID],
    data: JSONBody[ClaimIn],
    caller: CallerDep,
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """The subscriber asks: it is worked out anew, less what was credited before. 409 where that leaves nothing, or where the trouble
    is not over."""
    area = await caller.read(
        lambda conn: credits.area_of(conn, areas_seen=caller.actor.areas, ticket_id=ticket_id)
    )

    async def work(conn: Conn) -> tuple[int, msgspec.Struct]:
        found = await credits.claim(
            conn, areas_seen=[area], ticket_id=ticket_id, actor=caller.actor, now=caller.now
        )
        reader, speaks = caller.actor.language, found.subscriber.language
        (made,) = found.credits
        return 201, CreditClaimed(
            credit=_credit(made, reader, speaks), refused=_refused(found.refused, reader, speaks)
        )

    return await once(caller, area, idempotency_key, data, work)


@get("/v1/credits", opt=allow(*READERS, scope="charges:read"), tags=["credits"], summary="List credits")
async def list_credits(
    caller: CallerDep,
    area_id: AreaId = None,
    after: FromQuery[UUID | None] = None,
    limit: Limit = 100,
) -> Credits:
    """Those that leave by billing, in the order of their making: it reads up to where it was. `creditId` is its idempotency key."""
    area = caller.area(area_id)
    rows = await caller.read(
        lambda conn: credits.list_some(conn, area_id=area, after=after or NOBODY, limit=limit)
    )
    reader = caller.actor.language
    return Credits(
        items=[_credit(row, reader, reader) for row in rows],
        next=rows[-1].credit.credit_id if len(rows) == limit else None,
    )


def _table(table: CreditTable, after: int) -> CreditTableOut:
    return CreditTableOut(
        table_version=table.version,
        currency=table.currency,
        valid_from=table.valid_from,
        terms=said_of(table, after),
    )


@get("/v1/setup/credit-tables", opt=OFFICE, tags=["set-up"], summary="List the terms of credit")
async def list_credit_tables(caller: CallerDep, area_id: AreaId = None) -> CreditTables:
    """All versions, the newest first; and the schemes that are known, to begin with."""
    area = caller.area(area_id)
    tables = await caller.read(lambda conn: credit_tables.list_tables(conn, area_id=area))
    newest = tables[0].version if tables else 0
    return CreditTables(
        items=[_table(table, newest) for table in tables], known=[_table(table, newest) for table in TABLES]
    )


@post(
    "/v1/setup/credit-tables/example",
    opt=OFFICE,
    tags=["set-up"],
    summary="Work out an example of terms of credit",
    status_code=200,
)
async def show_credit_example(
    data: JSONBody[CreditExampleIn], caller: CallerDep, area_id: AreaId = None
) -> CreditExampleOut:
    """Before they are saved: what they would give for one case, line by line. Nothing is kept."""
    area = caller.area(area_id)
    table, found = await caller.read(
        lambda conn: credit_tables.example(
            conn, area_id=area, made=data.terms, fee_minor=data.fee_minor, now=caller.now
        )
    )
    language = caller.actor.language
    return CreditExampleOut(
        reported_at=found.reported_at,
        restored_at=found.restored_at,
        currency=table.currency,
        amount_minor=found.credit.amount_minor,
        sentences=[
            *(told_of_line(line, table.currency, language) for line in found.credit.lines),
            *(told_of_refusal(one, language) for one in found.credit.refused),
        ],
    )


@post(
    "/v1/setup/credit-tables",
    opt=allow(Role.SUPERVISOR),
    tags=["set-up"],
    summary="Set up a new version of the terms of credit",
)
async def save_credit_table(
    data: JSONBody[CreditTableIn], caller: CallerDep, area_id: AreaId = None
) -> CreditTableOut:
    """In the area's currency, for whatever begins on its first day or later. 412 where `after` is not the newest version any more."""
    area = caller.area(area_id)
    table = await caller.write(
        lambda conn: credit_tables.save_table(
            conn, area_id=area, made=data, actor=caller.actor, now=caller.now
        )
    )
    return _table(table, table.version)

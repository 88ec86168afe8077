"""Windows for a subscriber who is on the line: offered, booked, given back."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from api.auth import allow
from api.deps import CallerDep, HorizonsDep, IfMatch, etag, shown, version_of
from api.wire.jobs import JobOut
from api.wire.slots import (
    AppointmentCancelIn,
    BlockOut,
    BookedOut,
    BookingIn,
    NothingOut,
    OfferOut,
    SlotQuoteIn,
    SlotQuoteOut,
    WouldOut,
)
from db.records import Area, Nothing, SlotQuote
from db.states import Role
from dispatch import booking
from dispatch.errors import SlotTaken
from dispatch.flows import slots
from dispatch.rules.slots import said, said_of_block, said_of_would

READERS = (Role.DISPATCHER, Role.SUPPORT)
Reader = Annotated[
    str | None, QueryParameter(name="language", description="Of the sentences; your own unless told")
]


def _quote(quote: SlotQuote, area: Area, language: str) -> SlotQuoteOut:
    return SlotQuoteOut(
        slot_quote_id=quote.slot_quote_id,
        job_id=quote.job_id,
        created_at=quote.created_at,
        expires_at=quote.expires_at,
        offers=[
            OfferOut(
                offer=offer.number,
                earliest=offer.earliest_at,
                latest=offer.latest_at,
                expected_arrival_at=offer.arrival_at,
                travel_minutes=max(1, round(offer.travel_seconds / 60)),
                cost=offer.cost,
                reason=offer.reason,
                sentence=said(offer, language, area),
            )
            for offer in quote.offers
        ],
        nothing=None if quote.nothing is None else _nothing(quote.nothing, area, language),
    )


def _nothing(nothing: Nothing, area: Area, language: str) -> NothingOut:
    return NothingOut(
        blocks=[
            BlockOut(code=code, count=count, sentence=said_of_block(code, count, language))
            for code, count in nothing.blocks.items()
        ],
        would=[
            WouldOut(
                code=fit.code,
                value=fit.value,
                earliest=fit.earliest_at,
                sentence=said_of_would(fit.code, fit.value, fit.earliest_at, language, area),
            )
            for fit in nothing.would
        ],
    )


@post("/v1/slot-quotes", opt=allow(*READERS), tags=["slots"], summary="Offer windows for a job")
async def quote_slots(data: JSONBody[SlotQuoteIn], caller: CallerDep, horizons: HorizonsDep) -> SlotQuoteOut:
    """Cheapest first, spread over days, each true as things stand; or why there is none and what would help."""
    asked = booking.Asked(
        first_on=data.first_on, last_on=data.last_on, excluded=frozenset(data.excluded_technicians)
    )
    made = await booking.quote(
        caller.database, horizons, job_id=data.job_id, asked=asked, actor=caller.actor, now=caller.now
    )
    return _quote(made.quote, made.area, data.language or caller.actor.language)


@get("/v1/slot-quotes/{slot_quote_id:uuid}", opt=allow(*READERS), tags=["slots"], summary="Read a slot quote")
async def get_quote(
    slot_quote_id: FromPath[UUID], caller: CallerDep, language: Reader = None
) -> SlotQuoteOut:
    """What was offered, and until when it stands."""
    found = await caller.read(
        lambda conn: slots.get_quote(conn, areas_seen=caller.actor.areas, slot_quote_id=slot_quote_id)
    )
    return _quote(found.quote, found.area, language or caller.actor.language)


@put(
    "/v1/slot-quotes/{slot_quote_id:uuid}/booking",
    opt=allow(*READERS),
    tags=["slots"],
    summary="Book an offer",
)
async def book_slot(
    slot_quote_id: FromPath[UUID], data: JSONBody[BookingIn], caller: CallerDep, horizons: HorizonsDep
) -> BookedOut:
    """The window is promised. Again is the same. A job that had another window gets this one instead. When somebody was
    faster: 409 with other windows."""
    booked = await booking.book(
        caller.database,
        horizons,
        slot_quote_id=slot_quote_id,
        number=data.offer,
        actor=caller.actor,
        now=caller.now,
    )
    if isinstance(booked, slots.Quoted):
        raise SlotTaken(quote=_quote(booked.quote, booked.area, caller.actor.language))
    return shown(booked, BookedOut)


@post(
    "/v1/jobs/{job_id:uuid}/appointment/cancel",
    opt=allow(*READERS),
    tags=["slots"],
    summary="Cancel the appointment of a job",
    status_code=200,
)
async def cancel_appointment(
    job_id: FromPath[UUID], data: JSONBody[AppointmentCancelIn], caller: CallerDep, if_match: IfMatch = None
) -> Response[JobOut]:
    """The subscriber cannot after all: nobody comes, and the job waits on hold for a new window."""
    version = version_of(if_match)
    job = await caller.write(
        lambda conn: slots.cancel_appointment(
            conn,
            areas_seen=caller.actor.areas,
            job_id=job_id,
            version=version,
            reason=data.reason,
            actor=caller.actor,
            now=caller.now,
        )
    )
    return Response(shown(job, JobOut), headers={"ETag": etag(job.version)}, status_code=200)

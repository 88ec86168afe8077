"""A subscriber's own link: the visit as it stands, being there, how to get in, another window, none at all. And the office, which
sends such a link again or takes it back."""

from typing import Annotated
from uuid import UUID

from litestar import get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from api.auth import BY_LINK, allow
from api.deps import Caller, CallerDep, HorizonsDep
from api.wire.links import (
    AccessNoteIn,
    AwaitedVisitOut,
    CancelIn,
    ExpectedOut,
    KeptConsentOut,
    MoveIn,
    ShownLineOut,
    WindowOfferOut,
    WindowOut,
    WindowsOut,
)
from db.states import Role
from dispatch import linking
from dispatch.errors import SlotTaken
from dispatch.flows import links, slots
from dispatch.rules import told_link, told_subscriber
from dispatch.rules.links import first_name, may_cancel, may_move, span_of
from dispatch.rules.phone import in_language

OFFICE = (Role.DISPATCHER, Role.SUPPORT)
SECURITY: list[dict[str, list[str]]] = [{"link": []}]
Reader = Annotated[
    str | None,
    QueryParameter(
        name="language", max_length=35, description="Of the sentences; the subscriber's unless told"
    ),
]


def _shown(seen: links.Seen, language: str, caller: Caller) -> AwaitedVisitOut:
    job, area, promise = seen.known.job, seen.area, seen.promise
    span = span_of(seen.expected, caller.now)
    sentence = told_subscriber.told(seen.known, language, caller.now)
    return AwaitedVisitOut(
        number=job.number,
        language=seen.subscriber.language,
        time_zone=area.time_zone,
        first_name=first_name(seen.subscriber.holder_name, seen.subscriber.language),
        what=in_language(seen.kind.title, language),
        stage=seen.stage,
        sentence=told_link.stands(seen.stage, sentence, language),
        window=None if promise is None else WindowOut(earliest=promise.earliest_at, latest=promise.latest_at),
        confirmed=promise is not None and seen.link.appointment_id == promise.appointment_id,
        expected=None
        if span is None
        else ExpectedOut(
            earliest=span.earliest,
            latest=span.latest,
            late=span.late,
            sentence=told_link.expected(span, area, language),
        ),
        technician=seen.technician,
        access_note=job.access_note,
        visit_code=seen.code,
        consents=[_consent(one) for one in seen.consents],
        may_move=may_move(seen.stage),
        may_cancel=may_cancel(seen.stage, promise),
        locked=seen.locked,
        call=area.settings.support_phone,
        now=caller.now,
    )


def _consent(kept: told_link.Kept) -> KeptConsentOut:
    consent = kept.consent
    return KeptConsentOut(
        consent_id=consent.consent_id,
        subject=consent.subject,
        answer=consent.answer,
        answered_at=consent.agreed_at,
        title=kept.title,
        text=kept.text,
        language=consent.language,
        lines=[
            ShownLineOut(text=line.text, quantity=line.quantity, amount_minor=line.amount_minor)
            for line in kept.lines
        ],
        amount_minor=consent.amount_minor,
        currency=consent.currency,
        copy=kept.copy,
    )


def _windows(quoted: slots.Quoted) -> WindowsOut:
    """What it would cost us, and why then, is nobody else's."""
    quote = quoted.quote
    return WindowsOut(
        slot_quote_id=quote.slot_quote_id,
        expires_at=quote.expires_at,
        offers=[
            WindowOfferOut(offer=one.number, earliest=one.earliest_at, latest=one.latest_at)
            for one in quote.offers
        ],
    )


async def _seen(caller: Caller, language: str | None) -> AwaitedVisitOut:
    seen = await caller.read(
        lambda conn: links.see(conn, actor=caller.actor, language=language, now=caller.now)
    )
    return _shown(seen, language or seen.subscriber.language, caller)


@get(
    "/v1/visit", opt=BY_LINK, security=SECURITY, tags=["links"], summary="The visit as its subscriber sees it"
)
async def see_visit(caller: CallerDep, language: Reader = None) -> AwaitedVisitOut:
    """Nobody else's data, and none of the office: no cost, no reason of ours, no name but first ones. A link that is wrong, taken back
    or over answers 404, all alike."""
    return await _seen(caller, language)


@post(
    "/v1/visit/confirmation",
    opt=BY_LINK,
    security=SECURITY,
    tags=["links"],
    summary="Say that one will be there",
    status_code=200,
)
async def confirm_visit(caller: CallerDep, language: Reader = None) -> AwaitedVisitOut:
    """Of the window as it is now; once it is moved, it is to be said again."""
    await caller.write(lambda conn: links.confirm(conn, actor=caller.actor, now=caller.now))
    return await _seen(caller, language)


@put(
    "/v1/visit/access-note",
    opt=BY_LINK,
    security=SECURITY,
    tags=["links"],
    summary="Say how to get in",
)
async def leave_note(
    data: JSONBody[AccessNoteIn], caller: CallerDep, language: Reader = None
) -> AwaitedVisitOut:
    """Whoever comes has it on the phone, beside what the office knows of the place. Empty takes it back. At most 20 times an hour."""
    await caller.write(
        lambda conn: links.leave_note(conn, actor=caller.actor, note=data.note.strip(), now=caller.now)
    )
    return await _seen(caller, language)


@post(
    "/v1/visit/windows",
    opt=BY_LINK,
    security=SECURITY,
    tags=["links"],
    summary="Look for another window",
    status_code=200,
)
async def quote_windows(caller: CallerDep, horizons: HorizonsDep) -> WindowsOut:
    """As a desk offers them, best first; at most 20 times an hour. While the network is dark there are none (409 `outage-holds`), and
    none once somebody is on the way (409 `visit-started`)."""
    quoted = await linking.quote(caller.database, horizons, actor=caller.actor, now=caller.now)
    return _windows(quoted)


@post(
    "/v1/visit/move",
    opt=BY_LINK,
    security=SECURITY,
    tags=["links"],
    summary="Take another window",
    status_code=200,
)
async def move_visit(
    data: JSONBody[MoveIn], caller: CallerDep, horizons: HorizonsDep, language: Reader = None
) -> AwaitedVisitOut:
    """Again is the same. When somebody was faster: 409 with other windows. Of wrong digits there may be five."""
    booked = await linking.move(
        caller.database,
        horizons,
        slot_quote_id=data.slot_quote_id,
        number=data.offer,
        digits=data.digits,
        actor=caller.actor,
        now=caller.now,
    )
    if isinstance(booked, slots.Quoted):
        raise SlotTaken(windows=_windows(booked))
    return await _seen(caller, language)


@post(
    "/v1/visit/cancellation",
    opt=BY_LINK,
    security=SECURITY,
    tags=["links"],
    summary="Call the visit off",
    status_code=200,
)
async def cancel_visit(
    data: JSONBody[CancelIn], caller: CallerDep, language: Reader = None
) -> AwaitedVisitOut:
    """Nobody comes; the job waits until another window is taken. Again is the same."""
    await linking.cancel(
        caller.database, digits=data.digits, reason=data.reason, actor=caller.actor, now=caller.now
    )
    return await _seen(caller, language)


@post(
    "/v1/jobs/{job_id:uuid}/link",
    opt=allow(*OFFICE),
    tags=["links"],
    summary="Send the subscriber a new link",
    status_code=204,
)
async def send_link(job_id: FromPath[UUID], caller: CallerDep) -> None:
    """To the contract's phone; the one before is over. It also helps whoever mistyped the digits too often."""
    await caller.write(
        lambda conn: links.send_again(
            conn, areas_seen=caller.actor.areas, job_id=job_id, actor=caller.actor, now=caller.now
        )
    )


@post(
    "/v1/jobs/{job_id:uuid}/link/revocation",
    opt=allow(*OFFICE),
    tags=["links"],
    summary="Take the subscriber's link back",
    status_code=204,
)
async def revoke_link(job_id: FromPath[UUID], caller: CallerDep) -> None:
    """Nobody sees anything by it any more. Again changes nothing."""
    await caller.write(
        lambda conn: links.revoke(
            conn, areas_seen=caller.actor.areas, job_id=job_id, actor=caller.actor, now=caller.now
        )
    )

"""Lines 1 and 2: who calls, what the trouble is, what was tried, and what goes to the field."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from api.auth import allow
from api.deps import AreaId, Caller, CallerDep, IdempotencyKey, RemoteDep, once, shown
from api.routes.outages import told_to
from api.wire.jobs import JobOut
from api.wire.tickets import (
    ActionIn,
    AgreedIn,
    AskedForOut,
    CheckAnswerIn,
    CheckAnswerOut,
    CheckedOut,
    CheckStepOut,
    ContactEntryOut,
    DeskOut,
    FaultOut,
    HandOverIn,
    LineClockOut,
    LineOut,
    LocalisationIn,
    MeasuredOut,
    MeasureOut,
    NoteIn,
    OnSiteOut,
    PauseIn,
    QuestionOut,
    ResolutionIn,
    SymptomOut,
    TermsOfVisit,
    TermsSaid,
    TicketEscalated,
    TicketOpenIn,
    TicketOut,
)
from db.records import CheckStep, ContactEntry, Ticket
from db.rows import Conn
from db.states import ConsentAnswer, HistoryKind, Role
from dispatch.calling_off import call_off
from dispatch.flows import lines, tickets
from dispatch.rules.callers import hint_of
from dispatch.rules.phone import in_language
from dispatch.rules.remote import (
    LineTwoFound,
    Measured,
    TermsAnswered,
    agreed_to,
    asked_for,
    last_measured,
    proposed,
    terms_answered,
)
from dispatch.rules.tickets import known_to, last_answers, words_of

SUPPORT = allow(Role.SUPPORT)
DONE = 200


def step(path: str, summary: str, verb: Callable[..., HTTPRouteHandler] = post) -> HTTPRouteHandler:
    """Each step of a ticket answers with the ticket as it is then."""
    path = f"/v1/tickets/{{ticket_id:uuid}}/{path}"
    return verb(path, opt=SUPPORT, tags=["tickets"], summary=summary, status_code=DONE)


@post("/v1/tickets", opt=SUPPORT, tags=["tickets"], summary="Open a ticket", status_code=201)
async def open_ticket(
    data: JSONBody[TicketOpenIn],
    caller: CallerDep,
    area_id: AreaId = None,
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """For a subscriber who was found; in the own hands, or waiting at the first line."""
    area = caller.area(area_id)

    async def work(conn: Conn) -> tuple[int, msgspec.Struct]:
        ticket = await tickets.open_ticket(
            conn, area_id=area, made=data, take=data.take, actor=caller.actor, now=caller.now
        )
        return 201, await whole(conn, caller, ticket.ticket_id)

    return await once(caller, area, idempotency_key, data, work)


@get(
    "/v1/tickets/{ticket_id:uuid}",
    opt=allow(Role.SUPPORT, Role.SUPERVISOR),
    tags=["tickets"],
    summary="Read a ticket",
)
async def get_ticket(ticket_id: FromPath[UUID], caller: CallerDep) -> TicketOut:
    """With the clock of its line, the next step of its self-check, what was measured last, and the history of the subscriber."""
    return await caller.read(lambda conn: whole(conn, caller, ticket_id))


@get("/v1/desk", opt=SUPPORT, tags=["tickets"], summary="What a desk asks, says and sends")
async def get_desk(caller: CallerDep, area_id: AreaId = None) -> DeskOut:
    """The symptoms of the self-check, the terms of paid visits, what can go to the field, and the lines of the area."""
    area = caller.area(area_id)
    found = await caller.read(lambda conn: lines.desk_facts(conn, area_id=area, now=caller.now))
    reader = caller.actor.language
    return DeskOut(
        symptoms=[
            SymptomOut(code=one.symptom, title=in_language(one.title, reader), spoken=one.title)
            for one in found.checks
        ],
        faults=[
            FaultOut(
                fault_class=fault,
                kind=kind.kind,
                title=in_language(kind.title, reader),
                chargeable=kind.chargeable,
            )
            for kind in found.kinds
            for fault in kind.fault_classes
        ],
        terms=[shown(text, TermsOfVisit) for text in found.terms],
        lines=[
            LineOut(
                number=line.number,
                limit_seconds=None if line.limit_minutes is None else line.limit_minutes * 60,
                wait_seconds=line.wait_seconds,
            )
            for line in found.area.settings.support_lines
        ],
    )


@step("take", "Take this ticket")
async def take_ticket(ticket_id: FromPath[UUID], caller: CallerDep) -> TicketOut:
    """Its subscriber is on the line again."""
    return await done(caller, ticket_id, tickets.take)


@step("terms", "Keep the answer to the terms")
async def answer_terms(
    ticket_id: FromPath[UUID], data: JSONBody[TermsAnswered], caller: CallerDep
) -> TicketOut:
    """Of a visit that may be paid, as they were read out. A refusal is kept as well."""
    return await done(caller, ticket_id, tickets.answer_terms, terms=data)


@step("checks", "Answer a step of the self-check")
async def answer_check(
    ticket_id: FromPath[UUID], data: JSONBody[CheckAnswerIn], caller: CallerDep
) -> TicketOut:
    """What follows is in the answer: the next step, or none. Of a step that was answered the newer answer counts."""
    return await done(
        caller,
        ticket_id,
        tickets.answer_check,
        step=data.step,
        answer=data.answer,
        symptom=data.symptom,
    )


@step("hand-over", "Hand a ticket over")
async def hand_over(ticket_id: FromPath[UUID], data: JSONBody[HandOverIn], caller: CallerDep) -> TicketOut:
    """To another line with all that is known; or back into the queue."""
    return await done(
        caller,
        ticket_id,
        tickets.hand_over,
        line=data.line,
        skills=data.skills,
        note=data.note,
        asked=data.asked,
    )


@step("pause", "Stop the clock of the line")
async def pause_clock(ticket_id: FromPath[UUID], data: JSONBody[PauseIn], caller: CallerDep) -> TicketOut:
    """For a reason of the list, which is kept."""
    return await done(caller, ticket_id, tickets.pause, reason=data.reason)


@step("pause", "Let the clock go on", verb=delete)
async def go_on(ticket_id: FromPath[UUID], caller: CallerDep) -> TicketOut:
    """From where it stood."""
    return await done(caller, ticket_id, tickets.go_on)


@step("measurements", "Measure the line")
async def measure_line(ticket_id: FromPath[UUID], caller: CallerDep, remote: RemoteDep) -> TicketOut:
    """What the access network says of the subscriber's end now."""
    await remote.measure(ticket_id, caller.actor)
    return await caller.read(lambda conn: whole(conn, caller, ticket_id))


@step("agreements", "Keep what was agreed to")
async def keep_agreement(ticket_id: FromPath[UUID], data: JSONBody[AgreedIn], caller: CallerDep) -> TicketOut:
    """The subscriber's answer to being asked for something that is theirs; the last one counts."""
    return await done(
        caller, ticket_id, tickets.record, kind=HistoryKind.AGREED, facts=msgspec.to_builtins(data)
    )


@step("actions", "Act remotely")
async def act_remotely(
    ticket_id: FromPath[UUID], data: JSONBody[ActionIn], caller: CallerDep, remote: RemoteDep
) -> TicketOut:
    """What is the subscriber's is done only with consent: 409 without it."""
    await remote.act(ticket_id, data.action, data.value, caller.actor)
    return await caller.read(lambda conn: whole(conn, caller, ticket_id))


@step("localisation", "Say where the fault is")
async def localise_fault(
    ticket_id: FromPath[UUID], data: JSONBody[LocalisationIn], caller: CallerDep
) -> TicketOut:
    """At the subscriber, on the line, in the equipment, in the network."""
    return await done(caller, ticket_id, tickets.localise, localised=data.localised)


@post(
    "/v1/tickets/{ticket_id:uuid}/escalation",
    opt=SUPPORT,
    tags=["tickets"],
    summary="Send it to the field",
    status_code=201,
)
async def escalate_ticket(
    ticket_id: FromPath[UUID], data: JSONBody[LineTwoFound], caller: CallerDep, remote: RemoteDep
) -> TicketEscalated:
    """Makes the job, or opens the one that this ticket had anew; then `POST /v1/slot-quotes` offers windows."""
    received = await remote.escalate(ticket_id, data, caller.actor)
    job = received.job
    return TicketEscalated(
        job_id=job.job_id,
        number=job.number,
        priority=job.priority,
        due_at=job.due_at,
        ticket=await caller.read(lambda conn: whole(conn, caller, ticket_id)),
    )


@step("resolution", "Resolve a ticket")
async def resolve_ticket(
    ticket_id: FromPath[UUID], data: JSONBody[ResolutionIn], caller: CallerDep
) -> TicketOut:
    """Service is there again, or nothing was wrong."""
    return await done(caller, ticket_id, tickets.resolve, resolution=data.resolution, note=data.note)


@step("no-visit", "Say that no visit is needed")
async def call_visit_off(
    ticket_id: FromPath[UUID], data: JSONBody[ResolutionIn], caller: CallerDep
) -> TicketOut:
    """Of a ticket that is with the field: its job is cancelled, the subscriber told where a window was promised, and it is resolved.
    `resolution` is why. 409 while a technician is at it, or where the job mends what others wait for."""
    return await done(caller, ticket_id, call_off, resolution=data.resolution, note=data.note)


@step("unlinking", "Take a ticket out of its outage")
async def unlink_ticket(ticket_id: FromPath[UUID], data: JSONBody[NoteIn], caller: CallerDep) -> TicketOut:
    """It is something else: it is in the hands of whoever says so."""
    return await done(caller, ticket_id, tickets.unlink, note=data.note)


@step("reopening", "Reopen a ticket")
async def reopen_ticket(ticket_id: FromPath[UUID], data: JSONBody[NoteIn], caller: CallerDep) -> TicketOut:
    """It was not mended: it waits again, more urgent than before."""
    return await done(caller, ticket_id, tickets.reopen, note=data.note)


async def done(
    caller: Caller, ticket_id: UUID, flow: Callable[..., Awaitable[Ticket]], **more: object
) -> TicketOut:
    """The step, and the ticket as it is then, in one transaction."""

    async def work(conn: Conn) -> TicketOut:
        await flow(
            conn,
            areas_seen=caller.actor.areas,
            ticket_id=ticket_id,
            actor=caller.actor,
            now=caller.now,
            **more,
        )
        return await whole(conn, caller, ticket_id)

    return await caller.write(work)


async def whole(conn: Conn, caller: Caller, ticket_id: UUID) -> TicketOut:
    found = await tickets.get(conn, areas_seen=caller.actor.areas, ticket_id=ticket_id, now=caller.now)
    ticket, measured = found.ticket, last_measured(found.entries, found.ticket)
    reader = caller.actor.language
    verified_by = known_to(ticket, caller.actor.actor_id)
    return TicketOut(
        **{name: getattr(ticket, name) for name in SAME},
        verified_by=verified_by,
        in_hand=ticket.staff_id == caller.actor.actor_id,
        on_site=None if found.contact is None else shown(found.contact, OnSiteOut),
        contract=found.subscriber.contract,
        holder_hint=hint_of(found.subscriber.holder_name),
        holder_name="" if verified_by is None else found.subscriber.holder_name,
        address=found.place.address,
        clock=None if found.clock is None else shown(found.clock, LineClockOut),
        step=None if found.next_step is None else _step(found.next_step, reader, ticket.language),
        measured=None if measured is None else _measured(measured),
        agreed=sorted(agreed_to(found.entries, ticket_id)),
        asked_for=[shown(one, AskedForOut) for one in asked_for(found.entries, ticket_id)],
        checked=[_checked(found, one, reader) for one in last_answers(found.entries, ticket_id).values()],
        terms=_terms(found),
        jobs=[shown(job, JobOut) for job in found.jobs],
        outage=told_to(found.dark, ticket.language or found.subscriber.language, caller.now),
        history=[
            ContactEntryOut(
                contact_entry_id=one.contact_entry_id,
                ticket_id=one.ticket_id,
                at=one.at,
                line=one.line,
                staff="" if one.staff_id is None else found.names.get(one.staff_id, ""),
                kind=one.kind,
                facts=one.facts,
                question=_question(found, one, reader),
            )
            for one in found.entries
        ],
    )


def _terms(found: tickets.WholeTicket) -> TermsSaid | None:
    answered = terms_answered(found.entries, found.ticket.ticket_id)
    if answered is None:
        return None
    said, at = answered
    accepted = said.answer is ConsentAnswer.ACCEPTED
    return TermsSaid(terms_version=said.terms_version, accepted=accepted, person=said.person, at=at)


SAME = sorted({*TicketOut.__struct_fields__} & {*Ticket.__struct_fields__} - {"verified_by"})
"""What the wire has as the record has it."""


def _step(step: CheckStep, reader: str, subscriber: str) -> CheckStepOut:
    return CheckStepOut(
        code=step.code,
        text=in_language(step.text, reader),
        spoken=in_language(step.text, subscriber, reader),
        answers=_answers(step, reader),
    )


def _checked(found: tickets.WholeTicket, entry: ContactEntry, reader: str) -> CheckedOut:
    said = entry.facts
    words = words_of(found.check_versions, said["symptom"], said["step"], said["answer"])
    return CheckedOut(
        symptom=said["symptom"],
        step=said["step"],
        text=said["step"] if words is None else in_language(words[0].text, reader),
        answer=said["answer"],
        said=said["answer"] if words is None else in_language(words[1].text, reader),
        at=entry.at,
        answers=[] if words is None else _answers(words[0], reader),
    )


def _question(found: tickets.WholeTicket, entry: ContactEntry, reader: str) -> QuestionOut | None:
    """What it was instead of is said by the same step."""
    if entry.kind is not HistoryKind.CHECKED:
        return None
    is_now = _checked(found, entry, reader)
    was = entry.facts.get("instead", "")
    instead = next((one.text for one in is_now.answers if one.code == was), was)
    return QuestionOut(text=is_now.text, said=is_now.said, instead=instead)


def _answers(step: CheckStep, reader: str) -> list[CheckAnswerOut]:
    return [
        CheckAnswerOut(code=one.code, text=in_language(one.text, reader), outcome=one.outcome)
        for one in step.answers
    ]


def _measured(measured: Measured) -> MeasuredOut:
    seems = proposed(measured)
    return MeasuredOut(
        online=measured.online,
        measures=[shown(one, MeasureOut) for one in measured.measures],
        changed_at=measured.changed_at,
        localised=seems.localised,
        fault_class=seems.fault_class,
    )

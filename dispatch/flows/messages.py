"""What leaves for other systems: claimed, worded, and marked once the other side has it."""

from datetime import datetime, timedelta
from uuid import UUID

from db.queries import areas, charges, complaints, jobs, kinds, messages, outages, subscribers
from db.records import Message, OutboxMessage
from db.rows import Conn
from db.states import AppointmentState
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.contacts import find_reached
from dispatch.giving_links import find_address
from dispatch.outages import OUTAGE_TOLD
from dispatch.outside.messenger import TextMessage
from dispatch.rules import consent_copies, told_complaints, told_link, told_outage, visit_codes
from dispatch.rules.agreements import text_of
from dispatch.rules.journal import entry
from dispatch.rules.links import VISIT_LINK, VISIT_PATH
from dispatch.rules.visits import CALLED_OFF

AT_ONCE = 100
KEPT_FOR = timedelta(days=30)


async def claim(conn: Conn, *, area_id: UUID, now: datetime) -> list[OutboxMessage]:
    """What waits, in the order of its making; another worker passes it over for a while."""
    async with conn.transaction():
        found = await messages.claim_outbox(conn, area_id, now, AT_ONCE)
        return sorted(found, key=lambda message: (message.created_at, message.outbox_id))


async def word_visit_code(
    conn: Conn, *, message: OutboxMessage, now: datetime, public_url: str | None = None
) -> TextMessage | None:
    """For the contract's phone, with the visit code where something can be charged, and the link where the installation's address
    is known; None where the window was given up, there is neither, or no phone."""
    area = await areas.get_area(conn, message.area_id)
    job = await jobs.find_job(conn, area.area_id, UUID(message.payload["job_id"]))
    assert job is not None, "jobs are never removed"
    promised = await jobs.list_appointments(conn, area.area_id, [job.job_id])
    appointment = next(row for row in promised if row.appointment_id == message.subject_id)
    kind = await kinds.find_kind(conn, area.area_id, job.kind, job.kind_version)
    link = await find_address(conn, area.area_id, job.job_id, public_url)
    if appointment.state is not AppointmentState.CONFIRMED or kind is None:
        return None
    holder = await subscribers.find_holder_by_phone(conn, area.area_id, job.subscriber_id)
    installation = await areas.find_installation(conn)
    if holder is None or installation is None or not (kind.chargeable or link):
        return None
    code = visit_codes.code_for(visit_codes.key_from(installation.cursor_key), appointment)
    said = [
        visit_codes.text_for(code, appointment, area, holder.language)
        if kind.chargeable
        else told_link.comes(appointment, area, holder.language),
        *([] if link is None else [told_link.here(link, holder.language)]),
    ]
    return TextMessage(
        area_id=area.area_id,
        key=message.outbox_id,
        phone=holder.phone,
        language=holder.language,
        text=" ".join(said),
        at=now,
    )


async def word_visit_link(
    conn: Conn, *, message: OutboxMessage, now: datetime, public_url: str | None = None
) -> TextMessage | None:
    """The link alone, for the contract's phone. None where it was taken back before it left."""
    area = await areas.get_area(conn, message.area_id)
    job = await jobs.find_job(conn, area.area_id, UUID(message.payload["job_id"]))
    assert job is not None, "jobs are never removed"
    link = await find_address(conn, area.area_id, job.job_id, public_url)
    holder = await subscribers.find_holder_by_phone(conn, area.area_id, job.subscriber_id)
    if link is None or holder is None:
        return None
    return TextMessage(
        area_id=area.area_id,
        key=message.outbox_id,
        phone=holder.phone,
        language=holder.language,
        text=told_link.again(link, holder.language),
        at=now,
    )


async def word_consent_copy(conn: Conn, *, message: OutboxMessage, now: datetime) -> TextMessage | None:
    """For the contract's phone; None where there is none."""
    area = await areas.get_area(conn, message.area_id)
    job = await jobs.find_job(conn, area.area_id, UUID(message.payload["job_id"]))
    assert job is not None, "jobs are never removed"
    (consent,) = await charges.list_consents_by_id(conn, area.area_id, [message.subject_id])
    assert consent.quote_id is not None, "a copy is made of answers to quotes"
    (quote,) = await charges.list_quotes_by_id(conn, area.area_id, [consent.quote_id])
    holder = await subscribers.find_holder_by_phone(conn, area.area_id, job.subscriber_id)
    if holder is None:
        return None
    tariff = await kinds.list_tariff_lines(conn, area.area_id)
    wording = text_of(await kinds.list_agreements(conn, area.area_id), consent)
    return TextMessage(
        area_id=area.area_id,
        key=message.outbox_id,
        phone=holder.phone,
        language=holder.language,
        text=consent_copies.copy_of(consent, quote, tariff, wording, job, area, holder.language),
        at=now,
    )


async def word_outage(conn: Conn, *, message: OutboxMessage, now: datetime) -> TextMessage | None:
    """What is true when it leaves: for the contract's phone, else for that of who called. None where there is neither, or it was
    over before it could be told."""
    area = await areas.get_area(conn, message.area_id)
    said = message.payload
    outage = await outages.find_outage_seen(conn, [area.area_id], UUID(said["outage_id"]))
    assert outage is not None, "outages are never removed"
    caller = None if said["ticket_id"] is None else UUID(said["ticket_id"])
    reached = await find_reached(conn, area.area_id, UUID(said["subscriber_id"]), caller)
    if reached is None or (
        outage.restored_at is not None and not said["restored"] and not said["appointment_id"]
    ):
        return None
    phone, language = reached
    announced = told_outage.Announced(
        area=area,
        element="",
        streets=[],
        since=outage.since,
        expected_at=outage.expected_at,
        restored_at=outage.restored_at,
    )
    words = [told_outage.text(announced, language, now)]
    if said["appointment_id"] is not None:
        (visit_off,) = await jobs.list_appointments_by_id(conn, area.area_id, [UUID(said["appointment_id"])])
        words.insert(0, told_outage.called_off(visit_off, area, language, now))
    return TextMessage(
        area_id=area.area_id,
        key=message.outbox_id,
        phone=phone,
        language=language,
        text=" ".join(words),
        at=now,
    )


async def word_answer(conn: Conn, *, message: OutboxMessage, now: datetime) -> TextMessage | None:
    """The answer to a complaint, for the contract's phone, else for that of who called for its ticket; None where there is neither."""
    area = await areas.get_area(conn, message.area_id)
    complaint = await complaints.find_complaint(conn, [area.area_id], message.subject_id)
    assert complaint is not None, "complaints are never removed"
    reached = await find_reached(conn, area.area_id, complaint.subscriber_id, complaint.ticket_id)
    if reached is None:
        return None
    phone, language = reached
    return TextMessage(
        area_id=area.area_id,
        key=message.outbox_id,
        phone=phone,
        language=language,
        text=told_complaints.answer_of(complaint, area, language, now),
        at=now,
    )


async def word_called_off(conn: Conn, *, message: OutboxMessage, now: datetime) -> TextMessage | None:
    """For the contract's phone, else for that of who called; None where there is neither."""
    area = await areas.get_area(conn, message.area_id)
    job = await jobs.find_job(conn, area.area_id, UUID(message.payload["job_id"]))
    assert job is not None, "jobs are never removed"
    (visit_off,) = await jobs.list_appointments_by_id(conn, area.area_id, [message.subject_id])
    reached = await find_reached(conn, area.area_id, job.subscriber_id, UUID(message.payload["ticket_id"]))
    if reached is None:
        return None
    phone, language = reached
    return TextMessage(
        area_id=area.area_id,
        key=message.outbox_id,
        phone=phone,
        language=language,
        text=told_outage.called_off(visit_off, area, language, now),
        at=now,
    )


WITH_LINKS = {visit_codes.VISIT_CODE: word_visit_code, VISIT_LINK: word_visit_link}
"""Those that say where to look at the visit."""
WORDED = {
    **WITH_LINKS,
    consent_copies.CONSENT_COPY: word_consent_copy,
    OUTAGE_TOLD: word_outage,
    CALLED_OFF: word_called_off,
    told_complaints.COMPLAINT_ANSWER: word_answer,
}
"""What goes to subscribers, by its kind in the outbox; all else is for billing."""


async def mark_delivered(
    conn: Conn, *, message: OutboxMessage, sent: bool, actor: Actor, now: datetime
) -> None:
    """`sent`: it had somebody to go to. Of what went to a subscriber the journal tells, the job's where it is of one."""
    async with conn.transaction():
        await messages.mark_delivered(conn, message.area_id, message.outbox_id, now)
        if message.kind in WORDED:
            subject = message.kind.replace("-", "_")
            entries = [
                entry(
                    actor,
                    now,
                    f"{subject}.sent" if sent else f"{subject}.not_sent",
                    area_id=message.area_id,
                    job_id=UUID(message.payload["job_id"]) if "job_id" in message.payload else None,
                    subject_id=message.subject_id,
                )
            ]
            await announce(conn, message.area_id, entries)


async def find_link_told(conn: Conn, *, area_id: UUID) -> Message | None:
    """The newest text kept here that brought a link, for whoever tries line3 without a messenger."""
    return await messages.find_newest_message(conn, area_id, VISIT_PATH)


async def forget(conn: Conn, *, area_id: UUID, now: datetime) -> None:
    """Texts that were kept for want of a messenger."""
    async with conn.transaction():
        await messages.forget_messages(conn, area_id, now - KEPT_FOR)

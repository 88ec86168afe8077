"""What leaves for other systems: claimed, worded, and marked once the other side has it."""

from datetime import datetime, timedelta
from uuid import UUID

from db.queries import areas, charges, jobs, kinds, messages, subscribers
from db.records import OutboxMessage
from db.rows import Conn
from db.states import AppointmentState
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.outside.messenger import TextMessage
from dispatch.rules import consent_copies, visit_codes
from dispatch.rules.agreements import text_of
from dispatch.rules.journal import entry

AT_ONCE = 100
KEPT_FOR = timedelta(days=30)


async def claim(conn: Conn, *, area_id: UUID, now: datetime) -> list[OutboxMessage]:
    """What waits, in the order of its making; another worker passes it over for a while."""
    async with conn.transaction():
        found = await messages.claim_outbox(conn, area_id, now, AT_ONCE)
        return sorted(found, key=lambda message: (message.created_at, message.outbox_id))


async def word_visit_code(conn: Conn, *, message: OutboxMessage, now: datetime) -> TextMessage | None:
    """For the contract's phone; None where the window was given up, nothing can be charged, or there is no phone."""
    area = await areas.get_area(conn, message.area_id)
    job = await jobs.find_job(conn, area.area_id, UUID(message.payload["job_id"]))
    assert job is not None, "jobs are never removed"
    promised = await jobs.list_appointments(conn, area.area_id, [job.job_id])
    appointment = next(row for row in promised if row.appointment_id == message.subject_id)
    kind = await kinds.find_kind(conn, area.area_id, job.kind, job.kind_version)
    if appointment.state is not AppointmentState.CONFIRMED or kind is None or not kind.chargeable:
        return None
    holder = await subscribers.find_holder_by_phone(conn, area.area_id, job.subscriber_id)
    installation = await areas.find_installation(conn)
    if holder is None or installation is None:
        return None
    code = visit_codes.code_for(visit_codes.key_from(installation.cursor_key), appointment)
    return TextMessage(
        area_id=area.area_id,
        key=message.outbox_id,
        phone=holder.phone,
        language=holder.language,
        text=visit_codes.text_for(code, appointment, area, holder.language),
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


WORDED = {
    visit_codes.VISIT_CODE: word_visit_code,
    consent_copies.CONSENT_COPY: word_consent_copy,
}
"""What goes to subscribers, by its kind in the outbox; all else is for billing."""


async def mark_delivered(
    conn: Conn, *, message: OutboxMessage, sent: bool, actor: Actor, now: datetime
) -> None:
    """`sent`: it had somebody to go to. Of what went to a subscriber the job's journal tells."""
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
                    job_id=UUID(message.payload["job_id"]),
                    subject_id=message.subject_id,
                )
            ]
            await announce(conn, message.area_id, entries)


async def forget(conn: Conn, *, area_id: UUID, now: datetime) -> None:
    """Texts that were kept for want of a messenger."""
    async with conn.transaction():
        await messages.forget_messages(conn, area_id, now - KEPT_FOR)

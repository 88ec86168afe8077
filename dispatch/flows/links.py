"""A subscriber looks at the visit by the link: finding it, what it shows, confirming, how to get in; and who may move or cancel.

Moving and cancelling themselves are what a desk does (`dispatch/linking.py`).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import (
    areas,
    charges,
    credits,
    jobs,
    journal,
    kinds,
    links,
    plans,
    reasons,
    subscribers,
    technicians,
)
from db.records import (
    Appointment,
    Area,
    Job,
    JobKindVersion,
    OutboxMessage,
    Subscriber,
    SubscriberLink,
    Visit,
)
from db.records.base import Record
from db.rows import Conn
from db.states import ActorKind, JobState
from dispatch import phone_keys
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import (
    AppointmentMissing,
    NotBookable,
    TooMany,
    TooManyLinks,
    TooManyWindows,
    UnknownJob,
    UnknownLink,
)
from dispatch.expecting import expect_visit
from dispatch.giving_links import give_link
from dispatch.placing import present_visits
from dispatch.rules import rounds, visit_codes
from dispatch.rules.expected import ExpectedVisit, promise_of
from dispatch.rules.journal import entry
from dispatch.rules.links import (
    LIVES_AFTER,
    NOTES,
    NOTES_WINDOW,
    QUOTES,
    QUOTES_WINDOW,
    TRIES,
    VISIT_LINK,
    Stage,
    ends_with,
    first_name,
    is_told,
    stage_of,
)
from dispatch.rules.told_link import Kept, Texts, kept
from dispatch.rules.told_subscriber import Known
from dispatch.sessions import digest

KEPT_DEAD = timedelta(days=90)
"""So long a row of a dead link is kept."""
FAILURES = 30
FAILURE_WINDOW = timedelta(minutes=15)
"""So many unknown links in it from one network address: guessing one would take longer than the sun will shine."""


class Seen(Record):
    """What a link shows. `technician`: a first name, once it is of use; `expected`: of the visit, while it is to come; `code`: of a
    visit at which something can be charged."""

    link: SubscriberLink
    area: Area
    kind: JobKindVersion
    subscriber: Subscriber
    known: Known
    promise: Appointment | None
    stage: Stage
    locked: bool
    technician: str
    expected: ExpectedVisit | None
    code: str | None
    consents: list[Kept]


async def find_by_token(conn: Conn, *, token: str, now: datetime) -> Actor:
    """The subscriber who shows it. Raises `UnknownLink`, alike for one that never was and one that is over."""
    link = await links.find_live_link(conn, phone_keys.area_of(token), digest(token), now - LIVES_AFTER)
    if link is None:
        raise UnknownLink()
    return Actor(
        kind=ActorKind.SUBSCRIBER,
        actor_id=link.subscriber_link_id,
        areas=(link.area_id,),
        job_id=link.job_id,
    )


async def note_unknown(conn: Conn, *, address: str, now: datetime) -> None:
    """Raises `TooManyLinks`, in the words of an unknown one: a good one always works, for an address may be shared by many."""
    # a line break, which no login has
    tries = digest(f"link\n{address}")
    async with conn.transaction():
        if await areas.count_sign_in_failures(conn, tries, now - FAILURE_WINDOW) >= FAILURES:
            raise TooManyLinks()
        await areas.insert_sign_in_failure(conn, tries, now, new_id())


async def see(conn: Conn, *, actor: Actor, language: str | None, now: datetime) -> Seen:
    """`language`: of the copies; the subscriber's own unless told. Raises `UnknownLink`."""
    link, job = await _of(conn, actor, lock=False)
    area = await areas.get_area(conn, job.area_id)
    kind = await kinds.find_kind(conn, area.area_id, job.kind, job.kind_version)
    subscriber = await subscribers.find_subscriber(conn, area.area_id, job.subscriber_id)
    assert kind is not None, "job kinds are never removed"
    assert subscriber is not None, "subscribers are never removed"
    promised = await jobs.list_appointments(conn, area.area_id, [job.job_id])
    visit = (await present_visits(conn, area.area_id, [job.job_id])).get(job.job_id)
    reason = await reasons.find_last_reason(conn, area.area_id, job.job_id)
    plan = None if reason is None else await plans.find_plan(conn, area.area_id, reason.plan_id)
    chosen = await journal.find_cancelled_because(conn, area.area_id, job.job_id)
    stage = stage_of(job, visit, promised, now, chosen)
    promise = promise_of(promised)
    return Seen(
        link=link,
        area=area,
        kind=kind,
        subscriber=subscriber,
        known=Known(
            area=area,
            job=job,
            visit=visit,
            appointments=promised,
            reason=reason,
            planned_until=None if plan is None else plan.last_on,
        ),
        promise=promise,
        stage=stage,
        locked=await links.count_wrong_digits(conn, area.area_id, job.subscriber_id) >= TRIES,
        technician=await _technician(conn, area, visit) if is_told(stage) else "",
        expected=await expect_visit(conn, area, visit, now),
        code=await _code(conn, kind, promise),
        consents=await _consents(conn, area, job, language or subscriber.language),
    )


async def _of(conn: Conn, actor: Actor, *, lock: bool) -> tuple[SubscriberLink, Job]:
    """The link that acts, and its job. Raises `UnknownLink`."""
    assert actor.job_id is not None, "the guard has let a link in"
    (area_id,) = actor.areas
    find = jobs.lock_job if lock else jobs.find_job
    job = await find(conn, area_id, actor.job_id)
    link = await links.lock_link(conn, area_id, actor.actor_id) if lock else None
    link = link or await links.find_link_of_job(conn, area_id, actor.job_id)
    if job is None or link is None or link.revoked_at is not None:
        raise UnknownLink()
    return link, job


async def _technician(conn: Conn, area: Area, visit: Visit | None) -> str:
    if visit is None:
        return ""
    found = await technicians.find_technician(conn, visit.technician_area_id, visit.technician_id)
    return "" if found is None else first_name(found.display_name, area.language)


async def _code(conn: Conn, kind: JobKindVersion, promise: Appointment | None) -> str | None:
    installation = await areas.find_installation(conn)
    if promise is None or installation is None or not kind.chargeable:
        return None
    return visit_codes.code_for(visit_codes.key_from(installation.cursor_key), promise).code


async def _consents(conn: Conn, area: Area, job: Job, language: str) -> list[Kept]:
    given = await charges.list_consents(conn, area.area_id, job.job_id)
    if not given:
        return []
    quotes = {one.quote_id: one for one in await charges.list_quotes(conn, area.area_id, job.job_id)}
    texts = Texts(
        terms=await kinds.list_terms(conn, area.area_id),
        agreements=await kinds.list_agreements(conn, area.area_id),
        tariff=await kinds.list_tariff_lines(conn, area.area_id),
    )
    return [
        kept(one, None if one.quote_id is None else quotes.get(one.quote_id), texts, job, area, language)
        for one in given
    ]


async def confirm(conn: Conn, *, actor: Actor, now: datetime) -> None:
    """The subscriber will be there. Again changes nothing. Raises `UnknownLink`, `AppointmentMissing`."""
    async with conn.transaction():
        link, job = await _of(conn, actor, lock=True)
        promise = promise_of(await jobs.list_appointments(conn, job.area_id, [job.job_id]))
        if promise is None:
            raise AppointmentMissing()
        if link.appointment_id == promise.appointment_id:
            return
        said = msgspec.structs.replace(link, confirmed_at=now, appointment_id=promise.appointment_id)
        await links.save_links(conn, [said])
        entries = [
            entry(
                actor,
                now,
                "appointment.acknowledged",
                area_id=job.area_id,
                job_id=job.job_id,
                subject_id=promise.appointment_id,
            )
        ]
        await announce(conn, job.area_id, entries)


async def leave_note(conn: Conn, *, actor: Actor, note: str, now: datetime) -> None:
    """How to get in: whoever has the visit on the phone hears of it. Raises `UnknownLink`, `NotBookable` where nothing is owed any
    more, `TooMany`."""
    async with conn.transaction():
        _, job = await _of(conn, actor, lock=True)
        if job.state in (JobState.CLOSED, JobState.CANCELLED):
            raise NotBookable(state=job.state)
        if job.access_note == note:
            return
        if await links.count_notes(conn, job.area_id, job.job_id, now - NOTES_WINDOW) >= NOTES:
            raise TooMany()
        await jobs.save_jobs(conn, [msgspec.structs.replace(job, access_note=note)])
        visits = await plans.list_visits_of_jobs(conn, job.area_id, [job.job_id])
        facts = {"length": len(note)}
        said = entry(actor, now, "access_note.left", area_id=job.area_id, job_id=job.job_id, facts=facts)
        await announce(conn, job.area_id, [said], rounds.shown_again(visits))


class Checked(Record):
    """`left`: how many more wrong ones there may be."""

    right: bool
    left: int


async def check_digits(conn: Conn, *, actor: Actor, digits: str, now: datetime) -> Checked:
    """The last four of the phone that the link was sent to; after too many wrong ones, by any link of that subscriber, no right one
    counts. It is a transaction of its own, so that a wrong one is counted whatever follows. Raises `UnknownLink`."""
    async with conn.transaction():
        link, job = await _of(conn, actor, lock=True)
        # one try after the other, whatever the link
        await credits.lock_subscriber(conn, job.area_id, job.subscriber_id)
        wrong = await links.count_wrong_digits(conn, job.area_id, job.subscriber_id)
        if wrong >= TRIES:
            return Checked(right=False, left=0)
        holder = await subscribers.find_holder_by_phone(conn, job.area_id, job.subscriber_id)
        if holder is not None and ends_with(holder.phone, digits):
            return Checked(right=True, left=TRIES - wrong)
        counted = msgspec.structs.replace(link, wrong_digits=link.wrong_digits + 1)
        await links.save_links(conn, [counted])
        left = TRIES - wrong - 1
        said = entry(
            actor,
            now,
            "visit_link.mistyped" if left else "visit_link.locked",
            area_id=job.area_id,
            job_id=job.job_id,
            subject_id=link.subscriber_link_id,
        )
        await announce(conn, job.area_id, [said])
        return Checked(right=False, left=left)


async def verify_may_ask(conn: Conn, *, actor: Actor, now: datetime) -> None:
    """Raises `TooManyWindows`."""
    assert actor.job_id is not None, "the guard has let a link in"
    (area_id,) = actor.areas
    asked = await links.count_quotes_asked(conn, area_id, actor.job_id, actor.actor_id, now - QUOTES_WINDOW)
    if asked >= QUOTES:
        raise TooManyWindows()


async def send_again(
    conn: Conn, *, areas_seen: Sequence[UUID], job_id: UUID, actor: Actor, now: datetime
) -> None:
    """A new link to the subscriber, who may try again; the one before is over. Raises `UnknownJob`, `NotBookable` where nothing is
    owed any more."""
    async with conn.transaction():
        job = await _lock_seen(conn, areas_seen, job_id)
        area_id = job.area_id
        if job.state in (JobState.CLOSED, JobState.CANCELLED):
            raise NotBookable(state=job.state)
        await links.revoke_links(conn, area_id, job_id, now)
        await links.forgive_wrong_digits(conn, area_id, job.subscriber_id)
        await _send(conn, job, actor, now)


async def renew_reopened(conn: Conn, *, area_id: UUID, actor: Actor, now: datetime) -> None:
    """Jobs that were reopened and have a visit again: the link from before died with the closure, so a new one is sent."""
    async with conn.transaction():
        for job in await links.lock_reopened_without_link(conn, area_id):
            await _send(conn, job, actor, now)


async def forget(conn: Conn, *, area_id: UUID, now: datetime) -> None:
    """Rows of links that died long ago and are evidence of nothing; the journal keeps that they were made and taken back."""
    async with conn.transaction():
        await links.forget_links(conn, area_id, now - KEPT_DEAD)


async def _send(conn: Conn, job: Job, actor: Actor, now: datetime) -> None:
    area_id, job_id = job.area_id, job.job_id
    link = await give_link(conn, job, actor, now)
    assert link is not None, "a running installation has its key"
    waits = OutboxMessage(
        area_id=area_id,
        outbox_id=new_id(),
        kind=VISIT_LINK,
        subject_id=link.subscriber_link_id,
        payload={"job_id": job_id},
        created_at=now,
        delivered_at=None,
        due_at=now,
    )
    await journal.insert_outbox(conn, [waits])
    said = entry(
        actor, now, "visit_link.made", area_id=area_id, job_id=job_id, subject_id=link.subscriber_link_id
    )
    await announce(conn, area_id, [said])


async def revoke(
    conn: Conn, *, areas_seen: Sequence[UUID], job_id: UUID, actor: Actor, now: datetime
) -> None:
    """Nobody looks by it any more. Again changes nothing. Raises `UnknownJob`."""
    async with conn.transaction():
        job = await _lock_seen(conn, areas_seen, job_id)
        if await links.revoke_links(conn, job.area_id, job_id, now):
            said = entry(actor, now, "visit_link.revoked", area_id=job.area_id, job_id=job_id)
            await announce(conn, job.area_id, [said])


async def _lock_seen(conn: Conn, areas_seen: Sequence[UUID], job_id: UUID) -> Job:
    area_id = await jobs.find_area_of_job(conn, areas_seen, job_id)
    job = None if area_id is None else await jobs.lock_job(conn, area_id, job_id)
    if job is None:
        raise UnknownJob()
    return job

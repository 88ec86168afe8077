"""Reading a job whole, and what a person may do with it: cancel, release, reopen."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from db.queries import (
    areas,
    board,
    charges,
    jobs,
    journal,
    kinds,
    plans,
    reasons,
    reports,
    subscribers,
    technicians,
)
from db.records import (
    Appointment,
    Charge,
    ChargeWaiver,
    Closure,
    Consent,
    Contact,
    Escalation,
    Job,
    JobKindVersion,
    JournalEntry,
    Place,
    Quote,
    Report,
    Review,
    Subscriber,
    Visit,
)
from db.records.base import Record
from db.rows import Conn
from db.states import LIVE_VISIT, JobState, VisitState
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import Stale, TransitionRefused, UnknownJob
from dispatch.expecting import expect_visit
from dispatch.placing import present_visits
from dispatch.promising import end_promises
from dispatch.rules import rounds, told_link
from dispatch.rules.journal import entry, named_in
from dispatch.rules.lifecycle import JOB, AppointmentStep, JobStep, next_state
from dispatch.rules.links import span_of, way_in
from dispatch.rules.plurals import language_of
from dispatch.rules.reopening import reopened
from dispatch.rules.told_subscriber import Known, told


class Expecting(Record):
    """Of a visit of today. `late`: after the window that was promised."""

    earliest: datetime
    latest: datetime
    late: bool
    sentence: str
    readers_sentence: str


class Told(Record):
    """What the subscriber may be told, in the subscriber's language; and the same for whoever reads it."""

    language: str
    sentence: str
    readers_sentence: str
    expected: Expecting | None
    """When somebody is to be there, once that says more than the window."""


class WholeJob(Record):
    """A job with everything that belongs to it."""

    job: Job
    kind: JobKindVersion
    place: Place
    subscriber: Subscriber
    contact: Contact | None
    """Who is there when somebody comes, where line 2 named one."""
    escalations: list[Escalation]
    appointments: list[Appointment]
    visits: list[Visit]
    reports: list[Report]
    quotes: list[Quote]
    consents: list[Consent]
    closures: list[Closure]
    charges: list[Charge]
    waivers: list[ChargeWaiver]
    reviews: list[Review]
    journal: list[JournalEntry]
    names: dict[UUID, str]
    """Of whoever the journal speaks."""
    told: Told | None
    """Of when somebody comes, or why no time was found; None once nothing is owed any more."""


async def get(
    conn: Conn, *, areas_seen: Sequence[UUID], job_id: UUID, language: str, now: datetime
) -> WholeJob:
    """`language`: the reader's. Raises `UnknownJob`, for a job of another area too."""
    area_id = await jobs.find_area_of_job(conn, areas_seen, job_id)
    job = None if area_id is None else await jobs.find_job(conn, area_id, job_id)
    if area_id is None or job is None:
        raise UnknownJob()
    kind = await kinds.find_kind(conn, area_id, job.kind, job.kind_version)
    place = await subscribers.find_place(conn, area_id, job.place_id)
    subscriber = await subscribers.find_subscriber(conn, area_id, job.subscriber_id)
    assert kind is not None, "job kinds are never removed"
    assert place is not None, "places are never removed"
    assert subscriber is not None, "subscribers are never removed"
    appointments = await jobs.list_appointments(conn, area_id, [job_id])
    entries = await journal.list_journal_of_job(conn, area_id, job_id)
    spoken_of = sorted(named_in(entries))
    return WholeJob(
        job=job,
        kind=kind,
        # one answer to how to get in, whoever knows it
        place=msgspec.structs.replace(place, access_note=way_in(place, job)),
        subscriber=subscriber,
        contact=None
        if job.contact_id is None
        else await subscribers.find_contact(conn, area_id, job.contact_id),
        escalations=await jobs.list_escalations_of_job(conn, area_id, job_id),
        appointments=appointments,
        visits=await plans.list_visits_of_jobs(conn, area_id, [job_id]),
        reports=await reports.list_reports(conn, area_id, [job_id]),
        quotes=await charges.list_quotes(conn, area_id, job_id),
        consents=await charges.list_consents(conn, area_id, job_id),
        closures=await charges.list_closures(conn, area_id, job_id),
        charges=await charges.list_charges_of_job(conn, area_id, job_id),
        waivers=await charges.list_waivers(conn, area_id, job_id),
        reviews=await reports.list_reviews_of_job(conn, area_id, job_id),
        journal=entries,
        names={row.person_id: row.display_name for row in await board.list_names(conn, area_id, spoken_of)},
        told=await _told(conn, job, appointments, (subscriber.language, language), now),
    )


async def _told(
    conn: Conn, job: Job, appointments: Sequence[Appointment], languages: tuple[str, str], now: datetime
) -> Told | None:
    """In the first of the languages and, for whoever reads it, in the second."""
    reason = await reasons.find_last_reason(conn, job.area_id, job.job_id)
    plan = None if reason is None else await plans.find_plan(conn, job.area_id, reason.plan_id)
    area = await areas.get_area(conn, job.area_id)
    visit = (await present_visits(conn, job.area_id, [job.job_id])).get(job.job_id)
    known = Known(
        area=area,
        job=job,
        visit=visit,
        appointments=appointments,
        reason=reason,
        planned_until=None if plan is None else plan.last_on,
    )
    theirs, ours = (told(known, language, now) for language in languages)
    if theirs is None or ours is None:
        return None
    span = span_of(await expect_visit(conn, area, visit, now), now)
    return Told(
        language=language_of(languages[0]),
        sentence=theirs,
        readers_sentence=ours,
        expected=None
        if span is None
        else Expecting(
            earliest=span.earliest,
            latest=span.latest,
            late=span.late,
            sentence=told_link.expected(span, area, languages[0]),
            readers_sentence=told_link.expected(span, area, languages[1]),
        ),
    )


async def list_some(
    conn: Conn, *, area_id: UUID, states: list[JobState], after: UUID, limit: int, number: str | None = None
) -> list[Job]:
    """In the order of their ids, which is that of their making; the one of this number, if one is named."""
    return await jobs.list_jobs(conn, area_id, states, after, limit, number)


async def list_charges(conn: Conn, *, area_id: UUID, after: UUID, limit: int) -> list[Charge]:
    """In the order of their making, for billing to read up to where it was."""
    return await charges.list_charges(conn, area_id, after, limit)


async def change(
    conn: Conn,
    *,
    areas_seen: Sequence[UUID],
    job_id: UUID,
    step: JobStep,
    version: int,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Job:
    """A person cancels, releases or reopens the job. Raises `UnknownJob`, `Stale`, `TransitionRefused`."""
    async with conn.transaction():
        area_id = await jobs.find_area_of_job(conn, areas_seen, job_id)
        if area_id is None:
            raise UnknownJob()
        visits = await plans.list_visits_of_jobs(conn, area_id, [job_id])
        await technicians.lock_technician_days(conn, rounds.days_touched(visits))
        job = await jobs.lock_job(conn, area_id, job_id)
        if job is None:
            raise UnknownJob()
        if job.version != version:
            raise Stale(version=job.version)
        following = next_state(JOB, job.state, step)
        if following is None:
            raise TransitionRefused(state=job.state)
        changed = msgspec.structs.replace(job, state=following, hold_reason=None)
        if step is JobStep.RELEASE:
            changed = msgspec.structs.replace(changed, resumed_at=now)
        elif step is JobStep.REOPEN:
            changed = reopened(job, now)
        # under the lock once more
        visits = await plans.list_visits_of_jobs(conn, area_id, [job_id])
        if step is JobStep.CANCEL:
            await _call_off(conn, job, visits, now)
        await jobs.save_jobs(conn, [changed])
        # people's words may name a person: the journal keeps that there was a reason, the length of it, not the text
        facts = {"from": job.state, "to": following, "reasonLength": len(reason)}
        entries = [entry(actor, now, f"job.{_PAST[step]}", area_id=area_id, job_id=job_id, facts=facts)]
        await announce(conn, area_id, entries, rounds.shown_again(visits))
        return msgspec.structs.replace(changed, version=job.version + 1)


_PAST = {JobStep.CANCEL: "cancelled", JobStep.RELEASE: "released", JobStep.REOPEN: "reopened"}


async def _call_off(conn: Conn, job: Job, visits: Sequence[Visit], now: datetime) -> None:
    """Nobody goes any more, and the promise is withdrawn."""
    live = [visit for visit in visits if visit.state in LIVE_VISIT]
    await plans.save_visits(conn, [rounds.called_off(visit, now) for visit in live])
    drafts = [visit for visit in visits if visit.state is VisitState.DRAFT]
    await plans.delete_drafts(conn, job.area_id, [], [job.job_id])
    # there is room again
    await technicians.touch_technician_days(conn, rounds.days_touched([*live, *drafts]))
    await end_promises(conn, job.area_id, job.job_id, AppointmentStep.CANCEL)

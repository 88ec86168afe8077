"""Reading what a technician's phone is shown of its jobs."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.queries import charges, jobs, kinds, plans, reports, subscribers
from db.records import (
    Appointment,
    Contact,
    Job,
    JobKindVersion,
    Report,
    Subscriber,
    Tariff,
    TariffLine,
    Visit,
)
from db.rows import Conn
from db.states import LIVE_VISIT, AppointmentState, ConsentSubject, VisitState
from dispatch.rules.agreements import agreement_for
from dispatch.rules.links import way_in
from dispatch.rules.phone import (
    VisibleAgreement,
    VisibleContact,
    VisibleEarlier,
    VisibleItem,
    VisibleJob,
    VisibleKind,
    VisibleLineTest,
    VisibleOutcome,
    VisiblePlace,
    VisiblePrice,
    VisibleTariff,
    VisibleVisit,
    VisibleWindow,
    in_language,
)
from dispatch.teams import Team, read_teams


async def visible_jobs(
    conn: Conn, area_id: UUID, technician_id: UUID, job_ids: Sequence[UUID], language: str, now: datetime
) -> list[VisibleJob]:
    """These jobs as this technician's phone shows them, in the order given; jobs of other areas are passed over."""
    found: list[VisibleJob] = []
    tariffs = await kinds.list_tariffs(conn, area_id)
    lines = await kinds.list_tariff_lines(conn, area_id)
    texts = await kinds.list_agreements(conn, area_id)
    visits = await plans.list_visits_of_jobs(conn, area_id, job_ids)
    windows = await jobs.list_appointments(conn, area_id, job_ids)
    rows = await reports.list_reports(conn, area_id, job_ids)
    teams = await read_teams(conn, area_id, visits)
    for job_id in job_ids:
        job = await jobs.find_job(conn, area_id, job_id)
        if job is None:
            continue
        kind = await kinds.find_kind(conn, area_id, job.kind, job.kind_version)
        subscriber = await subscribers.find_subscriber(conn, area_id, job.subscriber_id)
        assert kind is not None, "job kinds are never removed"
        assert subscriber is not None, "subscribers are never removed"
        mine = [
            visit
            for visit in visits
            if visit.job_id == job_id
            and visit.state is not VisitState.DRAFT
            and technician_id in teams[visit.visit_id].names
        ]
        shown = [_visit(visit, teams[visit.visit_id], technician_id) for visit in mine]
        said = [row for row in rows if row.job_id == job_id and row.technician_id == technician_id]
        promised = [window for window in windows if window.job_id == job_id]
        tariff = _tariff(tariffs, lines, subscriber.language, now) if kind.chargeable else None
        agreement = agreement_for(texts, subscriber.language, now) if kind.chargeable else None
        found.append(
            await _visible(conn, job, kind, subscriber, shown, said, promised, (tariff, agreement), language)
        )
    return found


async def _visible(
    conn: Conn,
    job: Job,
    kind: JobKindVersion,
    subscriber: Subscriber,
    shown: list[VisibleVisit],
    said: Sequence[Report],
    promised: Sequence[Appointment],
    priced: tuple[VisibleTariff | None, VisibleAgreement | None],
    language: str,
) -> VisibleJob:
    area_id, job_id = job.area_id, job.job_id
    place = await subscribers.find_place(conn, area_id, job.place_id)
    assert place is not None, "places are never removed"
    contact = (
        None if job.contact_id is None else await subscribers.find_contact(conn, area_id, job.contact_id)
    )
    escalations = await jobs.list_escalations_of_job(conn, area_id, job_id)
    closures = await charges.list_closures(conn, area_id, job_id)
    terms = [
        consent.answer
        for consent in await charges.list_consents(conn, area_id, job_id)
        if consent.subject is ConsentSubject.TERMS
    ]
    return VisibleJob(
        job_id=job_id,
        number=job.number,
        version=job.version,
        state=job.state,
        kind=_kind(kind, language),
        priority=job.priority,
        affected=job.affected,
        due_at=job.due_at,
        holder_name=subscriber.holder_name,
        place=VisiblePlace(
            address=place.address,
            latitude=place.latitude,
            longitude=place.longitude,
            access_note=way_in(place, job),
        ),
        contact=_contact(contact),
        diagnosis=[escalation.diagnosis.summary for escalation in escalations],
        readings=[reading for escalation in escalations for reading in escalation.diagnosis.readings],
        window=_window(promised),
        terms_answer=terms[-1] if terms else None,
        tariff=priced[0],
        agreement=priced[1],
        visits=shown,
        outcomes=[
            VisibleOutcome(event_id=row.report_id, status=row.status, reason=row.reason) for row in said
        ],
        history=[
            VisibleEarlier(closed_at=closure.closed_at, action=closure.action, outcome=closure.outcome)
            for closure in closures
            if closure.in_force
        ],
    )


def _kind(kind: JobKindVersion, language: str) -> VisibleKind:
    test = kind.line_test
    return VisibleKind(
        code=kind.kind,
        version=kind.kind_version,
        title=in_language(kind.title, language),
        checklist=[
            VisibleItem(code=item.code, text=in_language(item.text, language), required=item.required)
            for item in kind.checklist
        ],
        photos=kind.photos,
        parts=kind.parts,
        tools=kind.tools,
        line_test=None
        if test is None
        else VisibleLineTest(
            quantity=test.quantity,
            unit=test.unit,
            minimum=test.minimum,
            maximum=test.maximum,
            warn_below=test.warn_below,
            warn_above=test.warn_above,
        ),
        chargeable=kind.chargeable,
    )


def _contact(contact: Contact | None) -> VisibleContact | None:
    if contact is None:
        return None
    return VisibleContact(name=contact.name, phone=contact.phone, language=contact.language)


def _window(promised: Sequence[Appointment]) -> VisibleWindow | None:
    counting = [
        window
        for window in promised
        if window.state in (AppointmentState.CONFIRMED, AppointmentState.KEPT, AppointmentState.MISSED)
    ]
    if not counting:
        return None
    return VisibleWindow(
        earliest=counting[-1].earliest_at, latest=counting[-1].latest_at, state=counting[-1].state
    )


def _visit(visit: Visit, team: Team, technician_id: UUID) -> VisibleVisit:
    others = team.beside(technician_id)
    return VisibleVisit(
        visit_id=visit.visit_id,
        on_day=visit.on_day,
        sequence=visit.sequence,
        state=visit.state,
        end_reason=visit.end_reason,
        planned_arrival_at=visit.planned_arrival_at,
        planned_start_at=visit.planned_start_at,
        planned_end_at=visit.planned_end_at,
        travel_seconds=int(visit.travel_duration.total_seconds()),
        distance_m=visit.distance_m,
        joined=visit.technician_id != technician_id,
        together_with=others,
        meet_at=visit.planned_start_at if others and visit.state in LIVE_VISIT else None,
    )


def _tariff(
    tariffs: Sequence[Tariff], lines: Sequence[TariffLine], language: str, now: datetime
) -> VisibleTariff | None:
    current = [tariff for tariff in tariffs if tariff.valid_from <= now]
    if not current:
        return None
    tariff = max(current, key=lambda tariff: tariff.tariff_version)
    return VisibleTariff(
        tariff_id=tariff.tariff_id,
        version=tariff.tariff_version,
        currency=tariff.currency,
        lines=[
            VisiblePrice(
                code=line.code,
                text=in_language(line.text, language),
                amount_minor=line.amount_minor,
                tax_basis_points=line.tax_basis_points,
            )
            for line in lines
            if line.tariff_id == tariff.tariff_id
        ],
    )

"""A demo area, a job as a phone shows it, and a day without fault as evidence: what the demo's tests start from."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import msgspec

from api.demo.area import Made, make_area
from api.demo.desk import Emergency
from api.demo.evidence import Evidence, PhoneRecord
from api.demo.faults import DARKENED, Fault, make_faults
from api.demo.support import Booking
from api.demo.town import default_town
from api.demo.world import Publication
from api.wire.emergencies import ConsequencesOut, OptionOut
from api.wire.jobs import (
    AppointmentOut,
    ChargeOut,
    ClosureOut,
    ConsentOut,
    JobOut,
    JournalEntryOut,
    PlaceOut,
    ReportOut,
    SubscriberOut,
    VisitOut,
    WholeJob,
)
from api.wire.plans import DayNumbersOut, PlanOut, RoundOut, RoundStopOut, RoundWindow
from db.ids import new_id
from db.records import JobKindVersion
from db.states import (
    Action,
    ActorKind,
    AppointmentState,
    Cause,
    ChargeKind,
    ClosureOutcome,
    ConsentAnswer,
    ConsentMethod,
    ConsentSubject,
    JobState,
    Liability,
    Location,
    PlanOrigin,
    PlanState,
    ReportStatus,
    VisitEnd,
    VisitState,
)
from dispatch.rules.agreements import agreement_for, first_texts
from dispatch.rules.phone import (
    VisibleItem,
    VisibleJob,
    VisibleKind,
    VisibleLineTest,
    VisiblePlace,
    VisiblePrice,
    VisibleTariff,
    VisibleVisit,
)

ON = date(2026, 11, 24)
MORNING = datetime(2026, 11, 24, 7, tzinfo=UTC)


def area(seed: int = 1, technicians: int = 12, number: int = 1, subscribers: int = 120) -> Made:
    return make_area(
        default_town(seed),
        number=number,
        technicians=technicians,
        subscribers=subscribers,
        seed=seed,
        first_on=ON,
        password_hash="no hash",
        plan_seconds=1,
    )


def faults_of(made: Made, seed: int = 1, count: int = 90) -> list[Fault]:
    return make_faults(made, seed=seed, first_on=ON, count=count)


def visible(kind: JobKindVersion) -> VisibleJob:
    test = kind.line_test
    visit = VisibleVisit(
        visit_id=new_id(),
        on_day=ON,
        sequence=1,
        state=VisitState.PUBLISHED,
        end_reason=VisitEnd.NONE,
        planned_arrival_at=MORNING,
        planned_start_at=MORNING,
        planned_end_at=MORNING + kind.service_duration,
        travel_seconds=300,
        distance_m=1000,
        joined=False,
        together_with=[],
        meet_at=None,
    )
    prices = [
        VisiblePrice(code=code, text=code, amount_minor=100, tax_basis_points=0)
        for code in ("settings_work", "own_device")
    ]
    return VisibleJob(
        job_id=new_id(),
        number="ABC1234",
        version=1,
        state=JobState.PLANNED,
        kind=VisibleKind(
            code=kind.kind,
            version=1,
            title=kind.kind,
            checklist=[VisibleItem(code=i.code, text=i.code, required=i.required) for i in kind.checklist],
            photos=kind.photos,
            parts=kind.parts,
            tools=kind.tools,
            line_test=None if test is None else msgspec.convert(test, VisibleLineTest, from_attributes=True),
            chargeable=kind.chargeable,
        ),
        priority=3,
        affected=1,
        due_at=MORNING,
        holder_name="Somebody",
        place=VisiblePlace(address="There 1", latitude=47.0, longitude=19.0, access_note=""),
        contact=None,
        diagnosis=[],
        readings=[],
        window=None,
        terms_answer=None,
        tariff=VisibleTariff(tariff_id=new_id(), version=1, currency="EUR", lines=prices),
        agreement=agreement_for(first_texts(new_id(), MORNING), "en", MORNING),
        visits=[visit],
        outcomes=[],
        history=[],
    )


TECHNICIAN, PLAN = UUID(int=20), UUID(int=21)


def stop(number: int, hour: int, state: VisitState = VisitState.PUBLISHED) -> RoundStopOut:
    at = MORNING + timedelta(hours=hour)
    return RoundStopOut(
        visit_id=UUID(int=100 + number),
        version=1,
        job_id=UUID(int=number),
        job_number=f"J{number}",
        kind="wifi_setup",
        title="",
        state=state,
        sequence=number,
        planned_arrival_at=at,
        planned_start_at=at,
        planned_end_at=at + timedelta(minutes=50),
        address="There 1",
        access_note="",
        parts={},
        tools=[],
        latitude=47.0,
        longitude=19.0,
        window=RoundWindow(earliest=at, latest=at + timedelta(hours=2), state=AppointmentState.CONFIRMED),
        priority=1,
        affected=1,
        joined=False,
        together_with=[],
    )


def round_of(*stops: RoundStopOut) -> RoundOut:
    return RoundOut(
        technician_id=TECHNICIAN,
        display_name="T",
        absent=False,
        leave_at=None,
        back_at=None,
        break_start_at=None,
        break_end_at=None,
        travel_seconds=0,
        distance_m=0,
        stops=list(stops),
    )


def publication(before: RoundOut, after: RoundOut) -> Publication:
    plan = PlanOut(
        plan_id=PLAN,
        plan_version=1,
        plan_run_id=PLAN,
        origin=PlanOrigin.RUN,
        undoes_plan_id=None,
        state=PlanState.PUBLISHED,
        first_on=ON,
        last_on=ON,
        cost={},
        unassigned=[],
        created_at=MORNING,
        published_at=MORNING,
    )
    return Publication(at=MORNING, plan=plan, before=[before], after=[after])


def whole_job() -> WholeJob:
    """The emergency and a paid visit in one: restored, agreed to, closed, charged, reported."""
    job = JobOut(
        job_id=UUID(int=1),
        number="J1",
        kind="wifi_setup",
        kind_version=1,
        state=JobState.CLOSED,
        hold_reason=None,
        priority=1,
        fault_class="",
        affected=DARKENED,
        reported_at=MORNING,
        received_at=MORNING,
        due_at=MORNING,
        restored_at=MORNING,
        closed_at=MORNING,
        reopened=0,
        outage_id=None,
        version=1,
    )
    visit = VisitOut(
        visit_id=UUID(int=101),
        job_id=UUID(int=1),
        technician_id=TECHNICIAN,
        on_day=ON,
        state=VisitState.DONE,
        end_reason=VisitEnd.NONE,
        sequence=1,
        planned_arrival_at=MORNING,
        planned_start_at=MORNING,
        planned_end_at=MORNING,
        on_my_way_at=None,
        arrived_at=None,
        working_at=None,
        ended_at=None,
        pinned=False,
        pinned_start_at=None,
        version=1,
    )
    return WholeJob(
        job=job,
        contact=None,
        names={},
        place=PlaceOut(address="There 1", latitude=47.0, longitude=19.0, access_note=""),
        subscriber=SubscriberOut(contract="D1-00001", holder_name="Somebody", language="en"),
        escalations=[],
        appointments=[appointment()],
        visits=[visit],
        reports=[report()],
        quotes=[],
        consents=[consent()],
        closures=[closure()],
        charges=[],
        waivers=[],
        reviews=[],
        journal=[],
        told=None,
    )


def appointment() -> AppointmentOut:
    return AppointmentOut(
        appointment_id=UUID(int=61),
        state=AppointmentState.KEPT,
        earliest_at=MORNING,
        latest_at=MORNING + timedelta(hours=2),
        promised_at=MORNING,
        arrived_at=MORNING,
    )


def report() -> ReportOut:
    return ReportOut(
        report_id=UUID(int=31),
        visit_id=UUID(int=101),
        technician_id=TECHNICIAN,
        device_id=TECHNICIAN,
        seq=1,
        kind="closure",
        body={},
        recorded_at=MORNING,
        received_at=MORNING,
        corrected_at=MORNING,
        clock_suspect=False,
        status=ReportStatus.APPLIED,
        reason=None,
    )


def consent() -> ConsentOut:
    return ConsentOut(
        consent_id=UUID(int=41),
        job_id=UUID(int=1),
        subject=ConsentSubject.QUOTE,
        quote_id=UUID(int=42),
        terms_version=None,
        answer=ConsentAnswer.ACCEPTED,
        amount_minor=900,
        currency="EUR",
        language="en",
        method=ConsentMethod.SIGNATURE,
        person="Somebody",
        capacity="holder",
        agreed_at=MORNING,
        recorded_at=MORNING,
    )


def closure() -> ClosureOut:
    return ClosureOut(
        closure_id=UUID(int=31),
        visit_id=UUID(int=101),
        technician_id=TECHNICIAN,
        location=Location.SUBSCRIBER_SETTINGS,
        cause=Cause.CONFIG,
        action=Action.RECONFIGURE,
        liability=Liability.SUBSCRIBER,
        outcome=ClosureOutcome.DONE,
        consent_id=UUID(int=41),
        confirmed_by="Somebody",
        closed_at=MORNING,
        in_force=True,
    )


def good_evidence() -> Evidence:
    charge = ChargeOut(
        charge_id=UUID(int=51),
        job_id=UUID(int=1),
        kind=ChargeKind.WORK,
        consent_id=UUID(int=41),
        closure_id=UUID(int=31),
        amount_minor=900,
        currency="EUR",
        charged_at=MORNING,
    )
    journal = [
        JournalEntryOut(
            n=n,
            at=MORNING,
            actor_kind=ActorKind.WORKER,
            actor_id=None,
            action=action,
            job_id=UUID(int=1),
            subject_id=UUID(int=31),
            facts={},
        )
        for n, action in enumerate(("job.received", "plan.published", "report.received"), 1)
    ]
    out = round_of(stop(1, 0, VisitState.DONE), stop(2, 4))
    return Evidence(
        jobs=[whole_job()],
        charges=[charge],
        journal=journal,
        numbers=no_numbers(),
        rounds=[out],
        publications=[publication(out, out)],
        phones=[
            PhoneRecord(
                name="T", diary=[UUID(int=31)], waiting=0, digest="same", own_digest="same", digest_alarms=0
            ),
        ],
        delivered={UUID(int=1): faults_of(area(), count=1)[0]},
        escalations_differing=0,
        failed_runs=[],
        bookings=[
            Booking(
                job_id=UUID(int=1),
                earliest=MORNING,
                latest=MORNING + timedelta(hours=2),
                sentence="A technician is free at 9.",
                raced=True,
            )
        ],
        races_lost=1,
        emergencies=[
            Emergency(job_id=UUID(int=1), options=1, accepted=option(), proposed_ms=9.0, accepted_ms=9.0)
        ],
        freeze=timedelta(minutes=30),
    )


def option() -> OptionOut:
    return OptionOut(
        option=1,
        technician_id=TECHNICIAN,
        display_name="T",
        on_day=ON,
        expected_arrival_at=MORNING,
        expected_start_at=MORNING,
        expected_end_at=MORNING + timedelta(hours=1),
        cost=1,
        moved=[],
        consequences=ConsequencesOut(
            driving_seconds=0, driving_m=0, overtime_seconds=0, shifted=[], promises_at_risk=[], messages=[]
        ),
        later=[],
    )


def no_numbers() -> DayNumbersOut:
    zero = dict.fromkeys(DayNumbersOut.__struct_encode_fields__, 0)
    return msgspec.convert({**zero, "onDay": "2026-11-24", "currency": "EUR"}, DayNumbersOut)

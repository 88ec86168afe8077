"""Billing as a property of the schema: whatever the code above it believes, these charges cannot be written."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from db import errors
from db.ids import new_id
from db.queries import charges, reports
from db.records import Charge, ChargeReversal, Closure, Consent, Job, Quote, Report, Visit
from db.rows import Conn
from db.states import (
    Action,
    Cause,
    ChargeKind,
    ClosureOutcome,
    ConsentAnswer,
    ConsentMethod,
    ConsentSubject,
    Liability,
    Location,
    ReportStatus,
)
from tests.builders import hand_out, place, received
from tests.worlds import NOW, WORK, small_town


class Till:
    """A job with a quote, its consent and a closure, written past all rules."""

    def __init__(self, job: Job, consent: Consent, closure: Closure) -> None:
        self.job = job
        self.consent = consent
        self.closure = closure

    def charge(self, **changes: Any) -> Charge:
        made = Charge(
            area_id=self.job.area_id,
            charge_id=new_id(),
            job_id=self.job.job_id,
            kind=ChargeKind.WORK,
            consent_id=self.consent.consent_id,
            consent_subject=self.consent.subject,
            consent_answer=self.consent.answer,
            consent_amount_minor=self.consent.amount_minor,
            closure_id=self.closure.closure_id,
            closure_liability=self.closure.liability,
            amount_minor=WORK,
            currency="RUB",
            charged_at=NOW,
        )
        return msgspec.structs.replace(made, **changes)


async def till(
    conn: Conn,
    *,
    answer: ConsentAnswer = ConsentAnswer.ACCEPTED,
    liability: Liability = Liability.SUBSCRIBER,
    ticket: str = "T-1",
) -> Till:
    job = await received(conn, ticketNumber=ticket, faultClass="wifi_setup")
    visit = await hand_out(conn, job, small_town.technicians[0])
    report = a_report(job, visit)
    quote = a_quote(job, visit, report)
    consent = a_consent(job, visit, quote, answer)
    closure = a_closure(job, visit, consent, liability)
    await reports.insert_reports(conn, [report])
    await charges.insert_quotes(conn, [quote])
    await charges.insert_consents(conn, [consent])
    await charges.save_closures(conn, [closure])
    return Till(job, consent, closure)


def a_report(job: Job, visit: Visit) -> Report:
    return Report(
        area_id=job.area_id,
        report_id=new_id(),
        job_id=job.job_id,
        visit_id=visit.visit_id,
        technician_area_id=job.area_id,
        technician_id=visit.technician_id,
        device_id=new_id(),
        seq=1,
        kind="quote",
        body={},
        needs=[],
        recorded_at=NOW,
        received_at=NOW,
        corrected_at=NOW,
        clock_suspect=False,
        status=ReportStatus.APPLIED,
        reason=None,
    )


def a_quote(job: Job, visit: Visit, report: Report) -> Quote:
    return Quote(
        area_id=job.area_id,
        quote_id=new_id(),
        job_id=job.job_id,
        visit_id=visit.visit_id,
        report_id=report.report_id,
        tariff_id=small_town.tariff.tariff_id,
        lines=[],
        amount_minor=WORK,
        currency="RUB",
        shown_at=NOW,
    )


def a_consent(job: Job, visit: Visit, quote: Quote, answer: ConsentAnswer) -> Consent:
    return Consent(
        area_id=job.area_id,
        consent_id=new_id(),
        job_id=job.job_id,
        subject=ConsentSubject.QUOTE,
        quote_id=quote.quote_id,
        terms_version=None,
        answer=answer,
        amount_minor=WORK,
        currency="RUB",
        language="ru",
        text_hash=bytes(32),
        method=ConsentMethod.SIGNATURE,
        person="Holder",
        capacity="holder",
        asked_by=visit.technician_id,
        device_id=None,
        agreed_at=NOW,
        recorded_at=NOW,
        evidence={},
        content_hash=bytes(32),
    )


def a_closure(job: Job, visit: Visit, consent: Consent, liability: Liability) -> Closure:
    return Closure(
        area_id=job.area_id,
        closure_id=new_id(),
        job_id=job.job_id,
        visit_id=visit.visit_id,
        technician_id=visit.technician_id,
        location=Location.SUBSCRIBER_SETTINGS,
        cause=Cause.CONFIG,
        action=Action.RECONFIGURE,
        liability=liability,
        outcome=ClosureOutcome.DONE,
        consent_id=consent.consent_id,
        confirmed_by="",
        closed_at=NOW + timedelta(hours=1),
        in_force=True,
    )


async def refused(conn: Conn, charge: Charge) -> str:
    """The constraint that said no."""
    with pytest.raises(errors.ConstraintViolated) as said:
        async with conn.transaction():
            await charges.insert_charges(conn, [charge])
    return said.value.constraint


async def test_what_was_agreed_to_can_be_charged(conn: Conn) -> None:
    await place(conn)
    made = await till(conn)
    charge = made.charge()
    await charges.insert_charges(conn, [charge])
    assert await charges.list_charges_of_job(conn, made.job.area_id, made.job.job_id) == [charge]


async def test_a_declined_consent_cannot_be_charged(conn: Conn) -> None:
    await place(conn)
    made = await till(conn, answer=ConsentAnswer.DECLINED)
    assert await refused(conn, made.charge()) == "charge_consent_was_accepted"
    assert "consent_id" in await refused(conn, made.charge(consent_answer=ConsentAnswer.ACCEPTED))


async def test_a_consent_of_another_job_cannot_be_charged(conn: Conn) -> None:
    await place(conn)
    made, other = await till(conn), await till(conn, ticket="T-2")
    assert "consent_id" in await refused(conn, made.charge(consent_id=other.consent.consent_id))
    assert "consent_id" in await refused(conn, made.charge(consent_id=new_id()))


async def test_a_closure_of_another_job_cannot_be_charged(conn: Conn) -> None:
    await place(conn)
    made, other = await till(conn), await till(conn, ticket="T-2")
    assert "closure_id" in await refused(conn, made.charge(closure_id=other.closure.closure_id))


async def test_never_more_than_was_shown_is_charged(conn: Conn) -> None:
    await place(conn)
    made = await till(conn)
    assert await refused(conn, made.charge(amount_minor=WORK + 1)) == "charge_never_exceeds_what_was_shown"
    more = made.charge(amount_minor=WORK + 1, consent_amount_minor=WORK + 1)
    assert "consent_id" in await refused(conn, more)
    assert await refused(conn, made.charge(amount_minor=0)) == "charge_never_exceeds_what_was_shown"
    assert "consent_id" in await refused(conn, made.charge(currency="EUR"))


@pytest.mark.parametrize("liability", [side for side in Liability if side is not Liability.SUBSCRIBER])
async def test_what_is_not_the_subscribers_fault_cannot_be_charged(conn: Conn, liability: Liability) -> None:
    await place(conn)
    made = await till(conn, liability=liability)
    assert await refused(conn, made.charge()) == "charge_cause_is_the_subscribers"
    assert "closure_id" in await refused(conn, made.charge(closure_liability=Liability.SUBSCRIBER))


async def test_a_consent_is_charged_once(conn: Conn) -> None:
    await place(conn)
    made = await till(conn)
    await charges.insert_charges(conn, [made.charge()])
    assert await refused(conn, made.charge()) == "charge_is_one_per_consent_and_kind"


async def test_a_consent_to_a_price_does_not_cover_a_call_out_fee(conn: Conn) -> None:
    await place(conn)
    made = await till(conn)
    assert await refused(conn, made.charge(kind=ChargeKind.CALL_OUT)) == "charge_is_what_was_agreed_to"


async def test_a_charge_is_reversed_once_and_then_made_again_once(conn: Conn) -> None:
    await place(conn)
    made = await till(conn)
    charge = made.charge()
    await charges.insert_charges(conn, [charge])

    def reversal() -> ChargeReversal:
        return ChargeReversal(
            area_id=charge.area_id,
            charge_reversal_id=new_id(),
            charge_id=charge.charge_id,
            reason="no-longer-owed",
            reversed_at=NOW,
            reversed_by=None,
        )

    again = made.charge(replaces_charge_id=charge.charge_id)
    assert await refused(conn, again) == "charge_replaces_what_was_reversed"
    assert await charges.insert_reversals(conn, [reversal()]) == 1
    assert await charges.insert_reversals(conn, [reversal()]) == 0
    # owed after all: once
    assert await refused(conn, made.charge()) == "charge_is_one_per_consent_and_kind"
    await charges.insert_charges(conn, [again])
    assert (
        await refused(conn, made.charge(replaces_charge_id=charge.charge_id))
        == "charge_is_one_per_consent_and_kind"
    )


async def test_a_visit_has_one_closure_in_force(conn: Conn) -> None:
    await place(conn)
    made = await till(conn)
    second = msgspec.structs.replace(made.closure, closure_id=new_id())
    with pytest.raises(errors.UniqueViolated, match="closure_is_one_in_force_per_visit"):
        async with conn.transaction():
            await charges.save_closures(conn, [second])
    first = msgspec.structs.replace(made.closure, in_force=False)
    await charges.save_closures(conn, [first, second])
    found = await charges.list_closures(conn, made.job.area_id, made.job.job_id)
    assert {row.closure_id: row.in_force for row in found} == {
        first.closure_id: False,
        second.closure_id: True,
    }

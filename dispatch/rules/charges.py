"""Prices, agreements and what is owed. No charge without an accepted consent that covers it and a subscriber's cause."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from db.records import Closure, Consent, Quote, QuoteLine, Report
from db.states import (
    ChargeKind,
    ClosureOutcome,
    ConsentAnswer,
    ConsentMethod,
    ConsentSubject,
    Liability,
    ReviewReason,
    ReviewState,
)
from dispatch.rules.agreements import is_unread
from dispatch.rules.closures import WITHOUT_WORK, Fault
from dispatch.rules.consents import sealed
from dispatch.rules.events import ConsentGiven, QuoteShown
from dispatch.rules.reports import APPLIED, Fact, Known, Ruling, decided, held, may_count, waits_for
from dispatch.rules.visit_codes import Try, VisitCode, verified

PROVEN_BY_CODE = frozenset({ConsentMethod.VISIT_CODE, ConsentMethod.SMS_CODE, ConsentMethod.ACCOUNT})
"""A phone's word does not do for these. Of the last two nothing is issued yet, so none can be verified."""


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A charge that is owed."""

    kind: ChargeKind
    consent: Consent
    closure: Closure
    amount_minor: int


class Prices(msgspec.Struct, frozen=True):
    """Quotes and consents of a job that count, and why a person has to look at a quote or a consent before it is charged."""

    quotes: Mapping[UUID, Quote]
    consents: Mapping[UUID, Consent]
    doubts: Mapping[UUID, Fault]


def quote_ruling(known: Known, fact: Fact, shown: QuoteShown) -> Ruling:
    """A quote must name a tariff of ours and add up; whether the tariff was current is asked when it is charged."""
    tariff = next((tariff for tariff in known.tariffs if tariff.tariff_id == shown.tariff_id), None)
    total = sum(line.amount_minor * line.quantity for line in shown.lines)
    if tariff is None or shown.currency != tariff.currency:
        return held(ReviewReason.PRICE_CHANGED, Fault("tariff-unknown"))
    if total != shown.amount_minor:
        return held(ReviewReason.PRICE_CHANGED, Fault("lines-do-not-add-up", f"{total} {shown.amount_minor}"))
    return APPLIED


def is_changed(known: Known, shown: QuoteShown, at: datetime) -> bool:
    """Whether the price shown is not that of the tariff in force when it was shown."""
    current = [tariff for tariff in known.tariffs if tariff.valid_from <= at]
    if not current or max(current, key=lambda tariff: tariff.tariff_version).tariff_id != shown.tariff_id:
        return True
    prices = {
        line.code: line.amount_minor for line in known.tariff_lines if line.tariff_id == shown.tariff_id
    }
    return any(prices.get(line.code) != line.amount_minor for line in shown.lines)


def is_by_code(fact: Fact) -> bool:
    return isinstance(fact.body, ConsentGiven) and fact.body.method is ConsentMethod.VISIT_CODE


def codes_typed(known: Known, facts: Sequence[Fact]) -> dict[UUID, VisitCode]:
    """The reports that came with a right code; `facts` in their order. Who was not sent there used up nobody's tries."""
    tries = [
        Try(fact.report.report_id, fact.report.visit_id, fact.body.code)
        for fact in facts
        if isinstance(fact.body, ConsentGiven) and is_by_code(fact) and may_count(known, fact) is APPLIED
    ]
    return verified(tries, known.codes)


def consent_ruling(
    known: Known,
    fact: Fact,
    given: ConsentGiven,
    quotes: Mapping[UUID, Quote],
    typed: Mapping[UUID, VisitCode],
) -> Ruling:
    """A consent answers a quote that is here, at the price that was shown."""
    quote = quotes.get(given.quote_id)
    if quote is None:
        # the quote is needed whether or not the phone named it; one that came and is not in force answers nothing
        ruling = waits_for(known, fact, [given.quote_id])
        lacking = Fault("needs", str(given.quote_id))
        return held(ReviewReason.NEEDS_MISSING, lacking) if ruling is APPLIED else ruling
    if (given.amount_minor, given.currency) != (quote.amount_minor, quote.currency):
        return held(ReviewReason.PRICE_CHANGED, Fault("not-the-price-of-the-quote"))
    proven = fact.report.report_id in typed or given.method not in PROVEN_BY_CODE
    if not proven and decided(known, fact, ReviewReason.CODE_MISMATCH) is not ReviewState.ACCEPTED:
        return held(ReviewReason.CODE_MISMATCH)
    return APPLIED


def quote_of(fact: Fact, shown: QuoteShown) -> Quote:
    lines = [
        QuoteLine(
            code=line.code,
            text=line.text,
            quantity=line.quantity,
            amount_minor=line.amount_minor,
            tax_basis_points=line.tax_basis_points,
        )
        for line in shown.lines
    ]
    return Quote(
        area_id=fact.report.area_id,
        quote_id=shown.quote_id,
        job_id=fact.report.job_id,
        visit_id=fact.report.visit_id,
        report_id=fact.report.report_id,
        tariff_id=shown.tariff_id,
        lines=lines,
        amount_minor=shown.amount_minor,
        currency=shown.currency,
        shown_at=fact.report.corrected_at,
    )


def consent_of(fact: Fact, given: ConsentGiven, quote: Quote, code: VisitCode | None) -> Consent:
    """The second consent: the answer to a price on site, with all that proves it: the price lines beside the words, the
    strokes, and when it was by the phone's clock."""
    evidence = {
        "signature": given.signature,
        "deviceTime": given.agreed_at.isoformat(),
        "deviceShownTime": None if given.shown_at is None else given.shown_at.isoformat(),
        "shownAt": quote.shown_at.isoformat(),
        "skewMs": _skew_ms(fact.report),
        "lines": msgspec.to_builtins(quote.lines),
        "code": None if code is None else {"appointment": str(code.appointment_id), "proof": code.proof},
    }
    return sealed(
        Consent(
            area_id=fact.report.area_id,
            consent_id=given.consent_id,
            job_id=fact.report.job_id,
            subject=ConsentSubject.QUOTE,
            quote_id=given.quote_id,
            terms_version=None,
            answer=given.answer,
            amount_minor=given.amount_minor,
            currency=given.currency,
            language=given.language,
            text_hash=bytes.fromhex(given.text_sha256),
            method=given.method,
            person=given.person,
            capacity=given.capacity,
            asked_by=fact.report.technician_id,
            device_id=fact.report.device_id,
            agreed_at=fact.report.corrected_at,
            recorded_at=fact.report.received_at,
            evidence=evidence,
            content_hash=bytes(32),
        )
    )


def _skew_ms(report: Report) -> int | None:
    """By how much the phone's clock was put right; None where it could not be believed."""
    if report.recorded_at is None or report.clock_suspect:
        return None
    return int((report.corrected_at - report.recorded_at).total_seconds() * 1000)


def is_paid(known: Known, closure: Closure) -> bool:
    """Chargeable work was done on the subscriber's side. Cable breaks never are, whatever was ticked."""
    return (
        known.kind.chargeable
        and closure.liability is Liability.SUBSCRIBER
        and closure.outcome is ClosureOutcome.DONE
        and closure.action not in WITHOUT_WORK
    )


def covering(closure: Closure, prices: Prices) -> Consent | None:
    """The accepted consent for this closure: the one it names, else the last one given at this visit."""
    accepted = [
        consent
        for consent in prices.consents.values()
        if consent.answer is ConsentAnswer.ACCEPTED
        and consent.quote_id is not None
        and prices.quotes[consent.quote_id].visit_id == closure.visit_id
    ]
    if closure.consent_id is not None:
        return next((consent for consent in accepted if consent.consent_id == closure.consent_id), None)
    return max(accepted, key=lambda consent: (consent.agreed_at, consent.consent_id), default=None)


def money_ruling(known: Known, fact: Fact, closure: Closure, prices: Prices) -> tuple[Ruling, Due | None]:
    """For a closure in force: what is charged, or why a person has to look at the charge (the closure stands)."""
    if closure.outcome is ClosureOutcome.DECLINED:
        return APPLIED, _call_out(known, closure)
    if not is_paid(known, closure):
        return APPLIED, None
    consent = covering(closure, prices)
    written_off = decided(known, fact, ReviewReason.CONSENT_MISSING)
    if written_off is ReviewState.DISMISSED:
        # by a named person, for good
        return APPLIED, None
    if consent is None:
        if written_off is not None:
            return APPLIED, None
        return held(ReviewReason.CONSENT_MISSING, in_force=True), None
    leans_on = (consent.quote_id, consent.consent_id)
    doubts = [fault for item, fault in prices.doubts.items() if item in leans_on]
    if doubts:
        decision = decided(known, fact, ReviewReason.PRICE_CHANGED)
        if decision is not ReviewState.ACCEPTED:
            ruling = (
                APPLIED
                if decision is ReviewState.DISMISSED
                else held(ReviewReason.PRICE_CHANGED, *doubts, in_force=True)
            )
            return ruling, None
    return APPLIED, _due(ChargeKind.WORK, consent, closure)


def _call_out(known: Known, closure: Closure) -> Due | None:
    """After a declined quote only the fee that the terms covered: the last that were asked before."""
    asked = [terms for terms in known.terms if terms.recorded_at <= closure.closed_at]
    last = max(asked, key=lambda terms: (terms.recorded_at, terms.consent_id), default=None)
    if last is None or last.answer is not ConsentAnswer.ACCEPTED:
        return None
    if not known.kind.chargeable or closure.liability is not Liability.SUBSCRIBER:
        return None
    return _due(ChargeKind.CALL_OUT, last, closure)


def _due(kind: ChargeKind, consent: Consent, closure: Closure) -> Due | None:
    if consent.amount_minor == 0:
        return None
    return Due(kind=kind, consent=consent, closure=closure, amount_minor=consent.amount_minor)


def prices_of(known: Known, facts: Sequence[Fact], rulings: Mapping[UUID, Ruling]) -> Prices:
    """From the reports in force."""
    counting = [fact for fact in facts if rulings[fact.report.report_id].in_force]
    quotes = {
        fact.body.quote_id: quote_of(fact, fact.body)
        for fact in reversed(counting)
        if isinstance(fact.body, QuoteShown)
    }
    doubts = {
        fact.body.quote_id: Fault("price-not-of-the-tariff")
        for fact in counting
        if isinstance(fact.body, QuoteShown) and is_changed(known, fact.body, fact.report.corrected_at)
    }
    typed = codes_typed(known, facts)
    consents = {
        fact.body.consent_id: consent_of(
            fact, fact.body, quotes[fact.body.quote_id], typed.get(fact.report.report_id)
        )
        for fact in reversed(counting)
        if isinstance(fact.body, ConsentGiven) and fact.body.quote_id in quotes
    }
    doubts |= {
        consent.consent_id: Fault("text-unknown")
        for consent in consents.values()
        if is_unread(known.agreements, consent)
    }
    return Prices(quotes, consents, doubts)

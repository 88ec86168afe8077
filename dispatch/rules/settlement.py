"""From all that is known of a job to what is true of it: one pure function, whatever the order of arrival.

Nothing a phone says is refused: a report counts, waits for what it needs, or is kept for a person to decide.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from db.records import Closure, Consent, Job, Quote, Visit
from db.states import (
    Action,
    ChargeKind,
    ClosureOutcome,
    ConsentAnswer,
    JobState,
    ReportStatus,
    ReviewReason,
    ReviewState,
    VisitEnd,
)
from dispatch.rules import charges, closures
from dispatch.rules.charges import Due, Prices
from dispatch.rules.closures import Fault
from dispatch.rules.consents import is_same
from dispatch.rules.events import Body, Closing, ConsentGiven, NoAccess, QuoteShown
from dispatch.rules.reports import APPLIED, Fact, Known, Ruling, decided, held, in_order, may_count
from dispatch.rules.visits import (
    TAKEN_BACK,
    Walked,
    is_superseded,
    job_after,
    no_access_faults,
    overtaken,
    since_resumed,
    walk,
)
from dispatch.rules.waivers import Waived, waived_of


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What is true of a job."""

    job: Job
    visits: Sequence[Visit]
    walked: Sequence[Walked]
    rulings: Mapping[UUID, Ruling]
    quotes: Sequence[Quote]
    consents: Sequence[Consent]
    closures: Sequence[Closure]
    """All that were reported by somebody entitled to, `in_force` or not."""
    dues: Sequence[Due]
    waived: Sequence[Waived]


def settle(known: Known) -> Settled:
    """The whole of it. Deterministic; needs nothing but its argument."""
    facts = in_order(known.facts)
    rulings = {fact.report.report_id: may_count(known, fact) for fact in facts}
    prices = _price(known, facts, rulings)
    _judge_no_access(known, facts, rulings)
    said = _judge_closures(known, facts, rulings, prices)
    in_force = {report_id: closure for report_id, closure in said.items() if closure.in_force}
    walked = [
        walk(visit, _of_visit(facts, visit.visit_id, rulings), in_force, is_superseded(visit, known.visits))
        for visit in known.visits
    ]
    received = {report_id: _received(facts, report_id) for report_id in in_force}
    lately = [closure for report_id, closure in in_force.items() if since_resumed(known, received[report_id])]
    walked = overtaken(known, walked, in_force, received)
    owed = _judge_money(known, facts, rulings, in_force, prices)
    waived = waived_of(known, owed, list(in_force.values()))
    spared = {(item.due.consent.consent_id, item.due.kind) for item in waived}
    return Settled(
        job=job_after(known, walked, lately, facts, rulings),
        visits=[item.visit for item in walked],
        walked=walked,
        rulings=rulings,
        quotes=list(prices.quotes.values()),
        consents=list(prices.consents.values()),
        closures=list(said.values()),
        dues=[due for due in owed if (due.consent.consent_id, due.kind) not in spared],
        waived=waived,
    )


def _received(facts: Sequence[Fact], report_id: UUID) -> datetime:
    return next(fact.report.received_at for fact in facts if fact.report.report_id == report_id)


def _of_visit(facts: Sequence[Fact], visit_id: UUID, rulings: Mapping[UUID, Ruling]) -> list[Fact]:
    """What counts of one visit, in order."""
    return [
        fact for fact in facts if fact.report.visit_id == visit_id and rulings[fact.report.report_id].in_force
    ]


def _bodies(facts: Sequence[Fact]) -> list[Body]:
    return [fact.body for fact in facts]


def _price(known: Known, facts: Sequence[Fact], rulings: dict[UUID, Ruling]) -> Prices:
    """Quotes first, then the answers to them. An id that was used for something else before stands for that."""
    quotes_kept, consents_kept = dict(known.quotes_kept), dict(known.consents_kept)
    for fact in facts:
        if isinstance(fact.body, QuoteShown) and rulings[fact.report.report_id] is APPLIED:
            ruling = charges.quote_ruling(known, fact, fact.body)
            if ruling.in_force and quotes_kept.setdefault(fact.body.quote_id, fact.report.report_id) != (
                fact.report.report_id
            ):
                ruling = held(ReviewReason.ID_REUSED)
            rulings[fact.report.report_id] = ruling
    quotes, typed = charges.prices_of(known, facts, rulings).quotes, charges.codes_typed(known, facts)
    for fact in facts:
        if isinstance(fact.body, ConsentGiven) and rulings[fact.report.report_id] is APPLIED:
            ruling = charges.consent_ruling(known, fact, fact.body, quotes, typed)
            if ruling.in_force:
                code = typed.get(fact.report.report_id)
                said = charges.consent_of(fact, fact.body, quotes[fact.body.quote_id], code)
                if not is_same(consents_kept.setdefault(said.consent_id, said), said):
                    ruling = held(ReviewReason.ID_REUSED)
            rulings[fact.report.report_id] = ruling
    return charges.prices_of(known, facts, rulings)


def _judge_no_access(known: Known, facts: Sequence[Fact], rulings: dict[UUID, Ruling]) -> None:
    for fact in facts:
        if isinstance(fact.body, NoAccess) and rulings[fact.report.report_id].in_force:
            of_visit = _bodies(_of_visit(facts, fact.report.visit_id, rulings))
            faults = no_access_faults(fact.body, of_visit)
            if faults and decided(known, fact, ReviewReason.GATE_FAILED) is not ReviewState.ACCEPTED:
                rulings[fact.report.report_id] = held(ReviewReason.GATE_FAILED, *faults)


def _judge_closures(
    known: Known, facts: Sequence[Fact], rulings: dict[UUID, Ruling], prices: Prices
) -> dict[UUID, Closure]:
    """Which closures are in force. Whoever holds the visit comes before one from whom it was taken back; one that a person
    takes though the visit was closed before takes the place of that other."""
    visits = {visit.visit_id: visit for visit in known.visits}
    closing = [
        fact for fact in facts if isinstance(fact.body, Closing) and rulings[fact.report.report_id].in_force
    ]
    closing.sort(key=lambda fact: visits[fact.report.visit_id].end_reason in TAKEN_BACK)
    said: dict[UUID, Closure] = {}
    for fact in closing:
        closure = _closure_of(fact, prices)
        ruling = _closure_ruling(known, fact, closure, visits, facts, rulings, said)
        for report_id, other in said.items():
            if ruling.in_force and other.in_force and other.visit_id == closure.visit_id:
                rulings[report_id] = held(ReviewReason.ALREADY_CLOSED)
                said[report_id] = msgspec.structs.replace(other, in_force=False)
        rulings[fact.report.report_id] = ruling
        said[fact.report.report_id] = msgspec.structs.replace(closure, in_force=ruling.in_force)
    return said


def _closure_ruling(
    known: Known,
    fact: Fact,
    closure: Closure,
    visits: Mapping[UUID, Visit],
    facts: Sequence[Fact],
    rulings: Mapping[UUID, Ruling],
    said: Mapping[UUID, Closure],
) -> Ruling:
    def unless_accepted(reason: ReviewReason, *faults: Fault) -> Ruling | None:
        return None if decided(known, fact, reason) is ReviewState.ACCEPTED else held(reason, *faults)

    visit = visits[fact.report.visit_id]
    cancelled = known.job.state is JobState.CANCELLED or visit.end_reason is VisitEnd.JOB_CANCELLED
    if cancelled and (ruling := unless_accepted(ReviewReason.JOB_CANCELLED)):
        return ruling
    if _closed_or_started_elsewhere(known, visit, visits, facts, rulings, said) and (
        ruling := unless_accepted(ReviewReason.ALREADY_CLOSED)
    ):
        return ruling
    assert isinstance(fact.body, Closing)
    faults = closures.gate(fact.body, known.kind, _bodies(_of_visit(facts, visit.visit_id, rulings)))
    if closure.action is Action.CANCELLED and closure.outcome is not ClosureOutcome.DECLINED:
        faults.append(Fault("refusal-missing"))
    if faults and (ruling := unless_accepted(ReviewReason.GATE_FAILED, *faults)):
        return ruling
    return APPLIED


def _closed_or_started_elsewhere(
    known: Known,
    visit: Visit,
    visits: Mapping[UUID, Visit],
    facts: Sequence[Fact],
    rulings: Mapping[UUID, Ruling],
    said: Mapping[UUID, Closure],
) -> bool:
    """Another closure is in force, or the visit was taken back and its new holder has started."""
    for report_id, closure in said.items():
        lately = since_resumed(known, _received(facts, report_id))
        if closure.in_force and (closure.visit_id == visit.visit_id or lately):
            return True
    if visit.end_reason not in TAKEN_BACK:
        return False
    holders = [
        other
        for other in visits.values()
        if other.visit_id != visit.visit_id
        and other.end_reason not in TAKEN_BACK
        and (other.assigned_at or known.now) >= (visit.assigned_at or known.now)
    ]
    so_far = [walk(other, _of_visit(facts, other.visit_id, rulings), {}, False).visit for other in holders]
    return any(other.on_my_way_at is not None or other.arrived_at is not None for other in so_far)


def _closure_of(fact: Fact, prices: Prices) -> Closure:
    assert isinstance(fact.body, Closing)
    body, report = fact.body, fact.report
    declined = body.action is Action.CANCELLED and any(
        consent.answer is ConsentAnswer.DECLINED
        and consent.quote_id is not None
        and prices.quotes[consent.quote_id].visit_id == report.visit_id
        for consent in prices.consents.values()
    )
    return Closure(
        area_id=report.area_id,
        closure_id=report.report_id,
        job_id=report.job_id,
        visit_id=report.visit_id,
        technician_id=report.technician_id,
        location=body.location,
        cause=body.cause,
        action=body.action,
        liability=closures.liability_for(body.location, body.cause),
        outcome=ClosureOutcome.DECLINED if declined else ClosureOutcome.DONE,
        consent_id=body.consent_id,
        confirmed_by=body.confirmed_by,
        closed_at=report.corrected_at,
        in_force=False,
    )


def _judge_money(
    known: Known,
    facts: Sequence[Fact],
    rulings: dict[UUID, Ruling],
    in_force: Mapping[UUID, Closure],
    prices: Prices,
) -> list[Due]:
    dues: dict[tuple[UUID, ChargeKind], Due] = {}
    for fact in facts:
        closure = in_force.get(fact.report.report_id)
        if closure is None:
            continue
        ruling, due = charges.money_ruling(known, fact, closure, prices)
        if ruling.status is not ReportStatus.APPLIED:
            rulings[fact.report.report_id] = ruling
        if due is not None:
            # a consent pays for one thing once, also when two visits were declined
            dues.setdefault((due.consent.consent_id, due.kind), due)
    return list(dues.values())

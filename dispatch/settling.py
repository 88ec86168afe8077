"""Settling a job: read all that is known, ask the rule what is true, write the difference. Shared by the flows that
learn something about a job (a phone reported, a person decided, time passed)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import areas, charges, jobs, kinds, photos, plans, reports, technicians
from db.queries import journal as outgoing
from db.records import (
    Charge,
    ChargeReversal,
    ChargeWaiver,
    Consent,
    JournalEntry,
    OutboxMessage,
    Photo,
    Report,
    Review,
    StockMove,
    Visit,
)
from db.rows import Conn
from db.states import ConsentSubject, JobState, ReportStatus, ReviewState, StockKind, VisitState
from dispatch.actors import Actor
from dispatch.planning import replan_running_days
from dispatch.rules import visit_codes
from dispatch.rules.charges import Due, is_by_code
from dispatch.rules.consent_copies import CONSENT_COPY, is_to_be_copied
from dispatch.rules.events import ConsentGiven, PartMissing, PartUsed, PhotoTaken, QuoteShown, decode_body
from dispatch.rules.journal import Shown, entry
from dispatch.rules.reports import Fact, Known, Ruling
from dispatch.rules.rounds import days_touched, shown_again
from dispatch.rules.running import PLANNABLE
from dispatch.rules.settlement import Settled, settle
from dispatch.rules.supplies import was_counted
from dispatch.rules.visit_codes import VisitCode
from dispatch.rules.visits import appointment_after
from dispatch.rules.waivers import Waived


class Changes(msgspec.Struct, frozen=True):
    """What to announce, and what was ruled of each report."""

    entries: list[JournalEntry]
    shown: list[Shown]
    rulings: dict[UUID, Ruling]


async def settle_job(conn: Conn, area_id: UUID, job_id: UUID, actor: Actor, now: datetime) -> Changes:
    """Lock the job, settle it, write what changed. The caller announces, last of all."""
    # days before jobs: whoever books into a round holds its day, and must not see half of what a phone says
    visits = await plans.list_visits_of_jobs(conn, area_id, [job_id])
    await technicians.lock_technician_days(conn, days_touched(visits))
    known = await _read(conn, area_id, job_id, now)
    settled = settle(known)
    entries: list[JournalEntry] = []
    await _write_visits(conn, known, settled)
    await _write_reports(conn, known, settled)
    await _write_evidence(conn, settled, known, now)
    await _write_reviews(conn, known, settled, now, entries, actor)
    # a visit has one closure in force at any moment: what loses its force goes first
    await charges.save_closures(conn, sorted(settled.closures, key=lambda closure: closure.in_force))
    await _write_charges(conn, known, settled, now, entries, actor)
    entries += await _write_waivers(conn, known, settled, now, actor)
    await _write_job(conn, known, settled, entries, actor, now)
    return Changes(entries, shown_again(known.visits), dict(settled.rulings))


async def _read(conn: Conn, area_id: UUID, job_id: UUID, now: datetime) -> Known:
    job = await jobs.lock_job(conn, area_id, job_id)
    assert job is not None, "jobs are never removed"
    kind = await kinds.find_kind(conn, area_id, job.kind, job.kind_version)
    assert kind is not None, "job kinds are never removed"
    visits = await plans.list_visits_of_jobs(conn, area_id, [job_id])
    facts = [
        Fact(row, decode_body(row.kind, row.body))
        for row in await reports.list_reports(conn, area_id, [job_id])
    ]
    here = {fact.report.report_id for fact in facts}
    needed = {needed for fact in facts for needed in fact.report.needs} - here
    homes = {fact.report.technician_area_id for fact in facts}
    arrived = [found for home in homes for found in await reports.list_known_events(conn, home, list(needed))]
    decisions = {
        (review.event_id, review.reason): review.state
        for review in await reports.list_reviews_of_job(conn, area_id, job_id)
        if review.state in (ReviewState.ACCEPTED, ReviewState.DISMISSED)
    }
    consents = await charges.list_consents(conn, area_id, job_id)
    codes = await _codes(conn, area_id, job_id) if any(map(is_by_code, facts)) else []
    return Known(
        job=job,
        kind=kind,
        visits=[visit for visit in visits if visit.state is not VisitState.DRAFT],
        crew={(crew.visit_id, crew.technician_id) for crew in await plans.list_crew(conn, area_id, [job_id])},
        facts=facts,
        terms=[consent for consent in consents if consent.subject is ConsentSubject.TERMS],
        escalations=await jobs.list_escalations_of_job(conn, area_id, job_id),
        tariffs=await kinds.list_tariffs(conn, area_id),
        tariff_lines=await kinds.list_tariff_lines(conn, area_id),
        agreements=await kinds.list_agreements(conn, area_id),
        decisions=decisions,
        arrived=frozenset(arrived),
        quotes_kept=await _quotes_kept(conn, area_id, facts),
        consents_kept=await _consents_kept(conn, area_id, facts),
        codes=codes,
        now=now,
    )


async def _quotes_kept(conn: Conn, area_id: UUID, facts: Sequence[Fact]) -> dict[UUID, UUID]:
    named = [fact.body.quote_id for fact in facts if isinstance(fact.body, QuoteShown)]
    kept = await charges.list_quotes_by_id(conn, area_id, named) if named else []
    return {quote.quote_id: quote.report_id for quote in kept}


async def _consents_kept(conn: Conn, area_id: UUID, facts: Sequence[Fact]) -> dict[UUID, Consent]:
    named = [fact.body.consent_id for fact in facts if isinstance(fact.body, ConsentGiven)]
    kept = await charges.list_consents_by_id(conn, area_id, named) if named else []
    return {consent.consent_id: consent for consent in kept}


async def _codes(conn: Conn, area_id: UUID, job_id: UUID) -> list[VisitCode]:
    """Of every appointment that was ever promised: the subscriber reads out the message at hand."""
    installation = await areas.find_installation(conn)
    assert installation is not None, "written by migrate"
    key = visit_codes.key_from(installation.cursor_key)
    promised = await jobs.list_appointments(conn, area_id, [job_id])
    return [visit_codes.code_for(key, appointment) for appointment in promised]


async def _write_visits(conn: Conn, known: Known, settled: Settled) -> None:
    before = {visit.visit_id: visit for visit in known.visits}
    changed = [visit for visit in settled.visits if visit != before[visit.visit_id]]
    await plans.save_visits(conn, changed)
    await technicians.touch_technician_days(conn, days_touched(changed))


async def _write_reports(conn: Conn, known: Known, settled: Settled) -> None:
    changed: list[Report] = []
    for fact in known.facts:
        ruling = settled.rulings[fact.report.report_id]
        if (fact.report.status, fact.report.reason) != (ruling.status, ruling.reason):
            changed.append(msgspec.structs.replace(fact.report, status=ruling.status, reason=ruling.reason))
    await reports.save_outcomes(conn, changed)
    await reports.save_inbox_outcomes(conn, changed)


async def _write_evidence(conn: Conn, settled: Settled, known: Known, now: datetime) -> None:
    """Quotes, consents, photos and parts: each counted once, whoever says it how often."""
    await charges.insert_quotes(conn, settled.quotes)
    await charges.insert_consents(conn, settled.consents)
    agreed = [
        consent
        for consent in settled.consents
        if consent.consent_id not in known.consents_kept and is_to_be_copied(consent)
    ]
    copies = [
        _message(CONSENT_COPY, consent.area_id, consent.consent_id, {"job_id": consent.job_id}, now)
        for consent in agreed
    ]
    await outgoing.insert_outbox(conn, copies)
    counting = [fact for fact in known.facts if settled.rulings[fact.report.report_id].in_force]
    taken = [_photo(fact.report, fact.body) for fact in counting if isinstance(fact.body, PhotoTaken)]
    await photos.insert_photos(conn, taken)
    for fact in counting:
        if isinstance(fact.body, PartUsed):
            await _use_part(conn, fact.report, fact.body, known.visits, counted=was_counted(fact, counting))
        elif isinstance(fact.body, PartMissing):
            await _empty_van(conn, fact.report, fact.body, known.visits)


def _photo(report: Report, taken: PhotoTaken) -> Photo:
    return Photo(
        area_id=report.area_id,
        photo_id=taken.photo_id,
        job_id=report.job_id,
        report_id=report.report_id,
        purpose=taken.purpose,
        content_hash=bytes.fromhex(taken.sha256),
        byte_count=max(1, taken.bytes),
    )


async def _use_part(
    conn: Conn, report: Report, used: PartUsed, visits: Sequence[Visit], *, counted: bool
) -> None:
    """`counted`: the van was found without this part afterwards, so the count knows of the use already."""
    move = StockMove(
        area_id=report.technician_area_id,
        stock_move_id=report.report_id,
        technician_id=report.technician_id,
        code=used.code,
        serial=used.serial,
        quantity=-used.quantity,
        job_id=report.job_id,
        moved_at=report.corrected_at,
    )
    if await technicians.insert_stock_moves(conn, [move]) and not counted:
        home, technician_id = report.technician_area_id, report.technician_id
        await technicians.take_from_van(
            conn, home, technician_id, used.code, used.quantity, used.serial, new_id()
        )
        mine = [visit for visit in visits if visit.visit_id == report.visit_id]
        await technicians.touch_technician_days(conn, days_touched(mine))


async def _empty_van(conn: Conn, report: Report, missing: PartMissing, visits: Sequence[Visit]) -> None:
    """Who looked for it in the van knows better than the books: there is none. Counts once, however often it is said."""
    home, technician_id = report.technician_area_id, report.technician_id
    carried = [
        row
        for row in await technicians.list_van_stock(conn, [home], [technician_id])
        if row.code == missing.code and row.kind is not StockKind.TOOL
    ]
    move = StockMove(
        area_id=home,
        stock_move_id=report.report_id,
        technician_id=technician_id,
        code=missing.code,
        serial="",
        quantity=-sum(row.quantity for row in carried),
        job_id=report.job_id,
        moved_at=report.corrected_at,
    )
    if await technicians.insert_stock_moves(conn, [move]):
        await technicians.empty_stock(conn, home, technician_id, missing.code)
        mine = [visit for visit in visits if visit.visit_id == report.visit_id]
        await technicians.touch_technician_days(conn, days_touched(mine))


async def _write_reviews(
    conn: Conn, known: Known, settled: Settled, now: datetime, entries: list[JournalEntry], actor: Actor
) -> None:
    """What needs a person is opened; what no longer does, because the missing came, is healed."""
    area_id, job_id = known.job.area_id, known.job.job_id
    existing = await reports.list_reviews_of_job(conn, area_id, job_id)
    by_key = {(review.event_id, review.reason): review for review in existing}
    wanted = {
        (fact.report.report_id, ruling.reason): (fact.report, ruling)
        for fact in known.facts
        if (ruling := settled.rulings[fact.report.report_id]).status is ReportStatus.REVIEW
        and ruling.reason is not None
    }
    saved: list[Review] = []
    for key, (report, ruling) in wanted.items():
        facts = {"faults": msgspec.to_builtins(ruling.faults)}
        present = by_key.get(key)
        if present is None:
            saved.append(_review(report, key[1], facts, now))
        elif present.state is ReviewState.HEALED or (
            present.state is ReviewState.OPEN and present.facts != facts
        ):
            saved.append(msgspec.structs.replace(present, state=ReviewState.OPEN, facts=facts))
    healed = [
        msgspec.structs.replace(review, state=ReviewState.HEALED)
        for key, review in by_key.items()
        if review.state is ReviewState.OPEN and key not in wanted and key[0] in settled.rulings
    ]
    await reports.save_reviews(conn, saved + healed)
    entries += [
        entry(
            actor,
            now,
            "review.healed" if review.state is ReviewState.HEALED else "review.opened",
            area_id=area_id,
            job_id=job_id,
            subject_id=review.review_id,
            facts={"reason": review.reason, "event": review.event_id},
        )
        for review in saved + healed
    ]


def _review(report: Report, reason: object, facts: dict[str, object], now: datetime) -> Review:
    return msgspec.convert(
        {
            "area_id": report.area_id,
            "review_id": new_id(),
            "event_id": report.report_id,
            "technician_area_id": report.technician_area_id,
            "technician_id": report.technician_id,
            "job_id": report.job_id,
            "reason": reason,
            "facts": facts,
            "state": ReviewState.OPEN,
            "opened_at": now,
            "decided_at": None,
            "decided_by": None,
            "decision_note": "",
        },
        Review,
        builtin_types=(UUID, datetime),
    )


async def _write_charges(
    conn: Conn, known: Known, settled: Settled, now: datetime, entries: list[JournalEntry], actor: Actor
) -> None:
    """What is owed leaves once; what turns out not to be owed is reversed, never edited, and charged anew if it is owed after
    all."""
    area_id, job_id = known.job.area_id, known.job.job_id
    existing = await charges.list_charges_of_job(conn, area_id, job_id)
    reversed_ids = {
        reversal.charge_id
        for reversal in await charges.list_reversals(conn, area_id, [charge.charge_id for charge in existing])
    }
    owed = {(due.consent.consent_id, due.kind) for due in settled.dues}
    replaced = {charge.replaces_charge_id for charge in existing}
    last = {(row.consent_id, row.kind): row.charge_id for row in existing if row.charge_id not in replaced}
    new = [
        _charge(due, before, now)
        for due in settled.dues
        if (before := last.get((due.consent.consent_id, due.kind))) is None or before in reversed_ids
    ]
    undone = [
        ChargeReversal(
            area_id=area_id,
            charge_reversal_id=new_id(),
            charge_id=charge.charge_id,
            reason="no-longer-owed",
            reversed_at=now,
            reversed_by=None,
        )
        for charge in existing
        if (charge.consent_id, charge.kind) not in owed and charge.charge_id not in reversed_ids
    ]
    await charges.insert_charges(conn, new)
    await charges.insert_reversals(conn, undone)
    messages = [
        _message("charge", area_id, charge.charge_id, msgspec.to_builtins(charge), now) for charge in new
    ]
    messages += [
        _message("charge-reversal", area_id, item.charge_reversal_id, msgspec.to_builtins(item), now)
        for item in undone
    ]
    await outgoing.insert_outbox(conn, messages)
    for charge in new:
        facts = {"kind": charge.kind, "amountMinor": charge.amount_minor, "currency": charge.currency}
        entries.append(
            entry(
                actor,
                now,
                "charge.made",
                area_id=area_id,
                job_id=job_id,
                subject_id=charge.charge_id,
                facts=facts,
            )
        )
    for item in undone:
        entries.append(
            entry(actor, now, "charge.reversed", area_id=area_id, job_id=job_id, subject_id=item.charge_id)
        )


async def _write_waivers(
    conn: Conn, known: Known, settled: Settled, now: datetime, actor: Actor
) -> list[JournalEntry]:
    """What would be owed and is not asked for. The journal keeps what the table no longer says."""
    area_id, job_id = known.job.area_id, known.job.job_id
    present = {(row.consent_id, row.kind): row for row in await charges.list_waivers(conn, area_id, job_id)}
    wanted = {(item.due.consent.consent_id, item.due.kind): item for item in settled.waived}
    same = {key for key, item in wanted.items() if key in present and _is_of(present[key], item)}
    ended = [row for key, row in present.items() if key not in same]
    new = [_waiver(item, now) for key, item in wanted.items() if key not in same]
    await charges.delete_waivers(conn, area_id, [row.charge_waiver_id for row in ended])
    await charges.insert_waivers(conn, new)
    said = [("charge.waived", row) for row in new] + [("charge.waiver_ended", row) for row in ended]
    return [
        entry(
            actor,
            now,
            action,
            area_id=area_id,
            job_id=job_id,
            subject_id=row.consent_id,
            facts={
                "kind": row.kind,
                "amountMinor": row.amount_minor,
                "currency": row.currency,
                "reason": row.reason,
                "proof": row.proof,
            },
        )
        for action, row in said
    ]


def _is_of(row: ChargeWaiver, item: Waived) -> bool:
    """The waiver names this closure and this proof: another closure may have come into force under the same consent."""
    return (row.closure_id, row.proof) == (item.due.closure.closure_id, msgspec.to_builtins(item.proof))


def _waiver(item: Waived, now: datetime) -> ChargeWaiver:
    due = item.due
    return ChargeWaiver(
        area_id=due.closure.area_id,
        charge_waiver_id=new_id(),
        job_id=due.closure.job_id,
        kind=due.kind,
        consent_id=due.consent.consent_id,
        closure_id=due.closure.closure_id,
        amount_minor=due.amount_minor,
        currency=due.consent.currency,
        reason=item.reason,
        proof=item.proof,
        waived_at=now,
    )


def _charge(due: Due, replaces: UUID | None, now: datetime) -> Charge:
    return Charge(
        area_id=due.closure.area_id,
        charge_id=new_id(),
        job_id=due.closure.job_id,
        kind=due.kind,
        consent_id=due.consent.consent_id,
        consent_subject=due.consent.subject,
        consent_answer=due.consent.answer,
        consent_amount_minor=due.consent.amount_minor,
        closure_id=due.closure.closure_id,
        closure_liability=due.closure.liability,
        amount_minor=due.amount_minor,
        currency=due.consent.currency,
        replaces_charge_id=replaces,
        charged_at=now,
    )


def _message(
    kind: str, area_id: UUID, subject_id: UUID, payload: dict[str, Any], now: datetime
) -> OutboxMessage:
    return OutboxMessage(
        area_id=area_id,
        outbox_id=new_id(),
        kind=kind,
        subject_id=subject_id,
        payload=payload,
        created_at=now,
        delivered_at=None,
        due_at=now,
    )


async def _write_job(
    conn: Conn, known: Known, settled: Settled, entries: list[JournalEntry], actor: Actor, now: datetime
) -> None:
    """The job row is saved each time: its version is what phones compare."""
    area_id, job = known.job.area_id, settled.job
    if job.state is not JobState.CANCELLED:  # what was kept or missed by then stays so
        before = await jobs.list_appointments(conn, area_id, [job.job_id])
        after = [appointment_after(appointment, settled.walked, now) for appointment in before]
        moved = [new for old, new in zip(before, after, strict=True) if old != new]
        await jobs.save_appointments(conn, moved)
    await jobs.save_jobs(conn, [job])
    if job.earliest_on not in (None, known.job.earliest_on) and job.state in PLANNABLE:
        # broken off for today: it goes on by itself
        area = await areas.get_area(conn, area_id)
        await replan_running_days(conn, area, now)
    if job.state is JobState.CLOSED and known.job.state is not JobState.CLOSED:
        # a plan may have drafted a visit for it meanwhile
        await plans.delete_drafts(conn, area_id, [], [job.job_id])
    if job.state is not known.job.state:
        facts = {"from": known.job.state, "to": job.state}
        entries.append(entry(actor, now, "job.changed", area_id=area_id, job_id=job.job_id, facts=facts))

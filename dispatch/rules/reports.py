"""Reports of one job as a set: in which order they count, and what may be said of each before looking at the rest.

The state of a job follows from *all that is known of it*, never from the order in which it became known: reports come
late, twice and out of order, and must end in the same state.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from db.records import (
    AgreementText,
    Consent,
    Escalation,
    Job,
    JobKindVersion,
    Report,
    Tariff,
    TariffLine,
    Visit,
)
from db.states import ReportStatus, ReviewReason, ReviewState
from dispatch.rules.closures import Fault
from dispatch.rules.events import Body, PhotoTaken
from dispatch.rules.visit_codes import VisitCode

PENDING_FOR = timedelta(hours=72)
"""So long a report waits for what it names in `needs`; then a person looks."""


class Fact(msgspec.Struct, frozen=True):
    """A report with its typed body."""

    report: Report
    body: Body


class Ruling(msgspec.Struct, frozen=True):
    """What is said of one report. In force: it counts. `review` and in force: only the charge waits for a person."""

    status: ReportStatus
    in_force: bool
    reason: ReviewReason | None = None
    faults: tuple[Fault, ...] = ()


APPLIED = Ruling(ReportStatus.APPLIED, True)


def held(reason: ReviewReason, *faults: Fault, in_force: bool = False) -> Ruling:
    """Kept, and a person decides."""
    return Ruling(ReportStatus.REVIEW, in_force, reason, faults)


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of one job: what the server did (history, decisions) and what the phones reported."""

    job: Job
    kind: JobKindVersion
    visits: Sequence[Visit]
    crew: Collection[tuple[UUID, UUID]] = ()
    """(visit, technician) of second technicians."""
    facts: Sequence[Fact]
    terms: Sequence[Consent]
    escalations: Sequence[Escalation] = ()
    tariffs: Sequence[Tariff]
    tariff_lines: Sequence[TariffLine]
    agreements: Sequence[AgreementText] = ()
    decisions: Mapping[tuple[UUID, ReviewReason], ReviewState]
    """What people decided of (event, reason)."""
    arrived: Collection[UUID] = ()
    """Needed ids that arrived elsewhere than at this job."""
    quotes_kept: Mapping[UUID, UUID] = msgspec.field(default_factory=dict[UUID, UUID])
    """Quotes that are stored, of whatever job, with the report that brought each: an id stands for one content."""
    consents_kept: Mapping[UUID, Consent] = msgspec.field(default_factory=dict[UUID, Consent])
    """Consents that are stored, of whatever job."""
    codes: Sequence[VisitCode] = ()
    """Of the job's appointments; only where a consent names one."""
    now: datetime


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """The one order in which reports count: by corrected time, but one device's own counter is never contradicted."""
    by_device: dict[UUID, list[Fact]] = {}
    for fact in sorted(facts, key=lambda fact: (fact.report.seq, fact.report.report_id)):
        by_device.setdefault(fact.report.device_id, []).append(fact)
    keyed: list[tuple[tuple[datetime, UUID, int, UUID], Fact]] = []
    for device, reported in by_device.items():
        latest = reported[0].report.corrected_at
        for fact in reported:
            latest = max(latest, fact.report.corrected_at)
            keyed.append(((latest, device, fact.report.seq, fact.report.report_id), fact))
    return [fact for _, fact in sorted(keyed, key=lambda pair: pair[0])]


def corrected_instant(
    recorded_at: datetime | None, skew: timedelta | None, assigned_at: datetime | None, received_at: datetime
) -> tuple[datetime, bool]:
    """When it happened by the server's clock, and whether the phone's clock is suspect.

    A plausible clock is corrected by its skew; what then still lies outside [assigned, received] is clamped.
    """
    if recorded_at is None:
        return received_at, True
    corrected = recorded_at + (skew or timedelta(0))
    earliest = min(assigned_at or received_at - PENDING_FOR, received_at)
    if earliest <= corrected <= received_at:
        return corrected, False
    return min(max(corrected, earliest), received_at), True


def decided(known: Known, fact: Fact, reason: ReviewReason) -> ReviewState | None:
    return known.decisions.get((fact.report.report_id, reason))


def may_count(known: Known, fact: Fact) -> Ruling:
    """Before the rest is looked at: did this technician ever hold the visit, and is everything there that it needs?"""
    visit = next(visit for visit in known.visits if visit.visit_id == fact.report.visit_id)
    held_by = visit.technician_id == fact.report.technician_id
    on_crew = (visit.visit_id, fact.report.technician_id) in known.crew
    if (
        not (held_by or on_crew)
        and decided(known, fact, ReviewReason.NOT_ASSIGNEE) is not ReviewState.ACCEPTED
    ):
        return held(ReviewReason.NOT_ASSIGNEE)
    return waits_for(known, fact, fact.report.needs)


def waits_for(known: Known, fact: Fact, needs: Iterable[UUID]) -> Ruling:
    """Pending while something needed has not arrived; after 72 hours a person looks."""
    here = {other.report.report_id for other in known.facts}
    here |= {other.body.photo_id for other in known.facts if isinstance(other.body, PhotoTaken)}
    missing = [needed for needed in needs if needed not in here and needed not in known.arrived]
    if not missing:
        return APPLIED
    faults = tuple(Fault("needs", str(needed)) for needed in missing)
    if known.now - fact.report.received_at < PENDING_FOR:
        return Ruling(ReportStatus.PENDING, False, None, faults)
    if decided(known, fact, ReviewReason.NEEDS_MISSING) is ReviewState.ACCEPTED:
        return APPLIED
    return held(ReviewReason.NEEDS_MISSING, *faults)

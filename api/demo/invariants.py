"""What must be true of a day whatever went wrong in it. Each function returns its violations, a sentence each."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from api.demo.evidence import Evidence
from api.demo.faults import DARKENED
from api.wire.jobs import ChargeOut, VisitOut, WholeJob
from api.wire.plans import RoundOut, RoundStopOut
from db.states import (
    LIVE_VISIT,
    STARTED_VISIT,
    Action,
    AppointmentState,
    ChargeKind,
    ClosureOutcome,
    ConsentAnswer,
    ConsentSubject,
    JobState,
    Liability,
    ReviewReason,
    VisitState,
)

STANDING = (AppointmentState.CONFIRMED, AppointmentState.KEPT, AppointmentState.MISSED)
CHARGEABLE_KINDS = frozenset({"wifi_setup"})


def nothing_is_lost(evidence: Evidence) -> Iterator[str]:
    """Every report that a phone ever recorded is known to the server, and no phone still holds one back."""
    known = _reports(evidence) | Counter(_unplaced(evidence))
    for phone in evidence.phones:
        if phone.waiting:
            yield f"{phone.waiting} reports still wait on the phone of {phone.name}"
        for event_id in phone.diary:
            if event_id not in known:
                yield f"report {event_id} of {phone.name} is not known to the server"


def nothing_is_doubled(evidence: Evidence) -> Iterator[str]:
    """Every report is there once, was received once, and was recorded by a phone."""
    recorded = {event_id for phone in evidence.phones for event_id in phone.diary}
    received = Counter(entry.subject_id for entry in evidence.journal if entry.action == "report.received")
    for event_id, times in _reports(evidence).items():
        if times != 1:
            yield f"report {event_id} is there {times} times"
        if event_id not in recorded:
            yield f"report {event_id} was recorded by no phone"
        if received[event_id] != 1:
            yield f"report {event_id} was received {received[event_id]} times by the journal"
    for entry in evidence.journal:
        if entry.action == "review.opened" and entry.facts["reason"] == ReviewReason.ID_REUSED:
            yield f"report {entry.facts['event']} came with two contents"


def _reports(evidence: Evidence) -> Counter[UUID]:
    return Counter(report.report_id for job in evidence.jobs for report in job.reports)


def _unplaced(evidence: Evidence) -> Iterator[UUID]:
    """Kept for a person because they fit no visit."""
    for entry in evidence.journal:
        if entry.action == "review.opened" and entry.job_id is None:
            yield UUID(str(entry.facts["event"]))


def phones_show_what_the_server_has(evidence: Evidence) -> Iterator[str]:
    for phone in evidence.phones:
        if phone.digest is None or phone.digest != phone.own_digest:
            yield f"the rows of {phone.name} are not the server's"


def no_phone_misses_a_change(evidence: Evidence) -> Iterator[str]:
    """What a phone was told always added up to what the server has; it never had to start over."""
    for phone in evidence.phones:
        if phone.digest_alarms:
            yield f"{phone.digest_alarms} times the rows of {phone.name} were not the server's during the day"


def each_charge_leaves_once(evidence: Evidence) -> Iterator[str]:
    """One that stands per consent and kind; and every paid closure with an accepted consent has one."""
    standing = Counter((charge.consent_id, charge.kind) for charge in _standing(evidence))
    for (consent_id, kind), times in standing.items():
        if times != 1:
            yield f"{kind} for consent {consent_id} was charged {times} times"
    for job in evidence.jobs:
        for consent_id in _paid_consents(job):
            if (consent_id, ChargeKind.WORK) not in standing:
                yield f"job {job.job.number} was agreed to and done, and never charged"


def _standing(evidence: Evidence) -> list[ChargeOut]:
    """Those that were not taken back: a closure that a later one replaced was charged, reversed, and the later one charged."""
    undone = {entry.subject_id for entry in evidence.journal if entry.action == "charge.reversed"}
    return [charge for charge in evidence.charges if charge.charge_id not in undone]


def _paid_consents(job: WholeJob) -> Iterator[UUID]:
    accepted = {consent.consent_id for consent in job.consents if consent.answer is ConsentAnswer.ACCEPTED}
    for closure in job.closures:
        if (
            closure.in_force
            and closure.outcome is ClosureOutcome.DONE
            and closure.liability is Liability.SUBSCRIBER
            and closure.consent_id in accepted
        ):
            assert closure.consent_id is not None, "it is in a set of ids"
            yield closure.consent_id


def no_charge_without_an_accepted_consent(evidence: Evidence) -> Iterator[str]:
    """Of the right kind, at most at its price, for a closure on the subscriber's side that is in force."""
    jobs = {job.job.job_id: job for job in evidence.jobs}
    for charge in _standing(evidence):
        job = jobs[charge.job_id]
        consent = next((one for one in job.consents if one.consent_id == charge.consent_id), None)
        closure = next((one for one in job.closures if one.closure_id == charge.closure_id), None)
        subject = ConsentSubject.QUOTE if charge.kind is ChargeKind.WORK else ConsentSubject.TERMS
        if consent is None or consent.answer is not ConsentAnswer.ACCEPTED or consent.subject is not subject:
            yield f"charge {charge.charge_id} of job {job.job.number} has no accepted consent to it"
        elif charge.amount_minor > consent.amount_minor or charge.currency != consent.currency:
            yield f"charge {charge.charge_id} of job {job.job.number} is above what was agreed to"
        if closure is None or not closure.in_force or closure.liability is not Liability.SUBSCRIBER:
            yield f"charge {charge.charge_id} of job {job.job.number} has no closure on the subscriber's side"


def declined_and_operators_work_is_free(evidence: Evidence) -> Iterator[str]:
    """Work is charged only for a chargeable kind that was done; a refusal costs the call-out at most."""
    jobs = {job.job.job_id: job for job in evidence.jobs}
    for charge in _standing(evidence):
        job = jobs[charge.job_id]
        if job.job.kind not in CHARGEABLE_KINDS:
            yield f"{job.job.kind} {job.job.number} was charged"
        for closure in job.closures:
            if closure.closure_id != charge.closure_id:
                continue
            wanted = ClosureOutcome.DONE if charge.kind is ChargeKind.WORK else ClosureOutcome.DECLINED
            if closure.outcome is not wanted or (wanted is ClosureOutcome.DONE) == (
                closure.action is Action.CANCELLED
            ):
                yield f"job {job.job.number} ended {closure.outcome} and was charged for {charge.kind}"


def no_plan_breaks_a_promise(evidence: Evidence) -> Iterator[str]:
    """Whatever a publication placed or moved starts inside its window; the morning's plan places every promise."""
    for publication in evidence.publications:
        before = {stop.visit_id: stop for stop in _stops(publication.before)}
        for stop in _stops(publication.after):
            window = stop.window
            if stop.state is not VisitState.PUBLISHED or window is None:
                continue
            moved = stop.visit_id not in before or (
                before[stop.visit_id].planned_start_at != stop.planned_start_at
            )
            open_still = window.state is AppointmentState.CONFIRMED and window.latest > publication.at
            if moved and open_still and not window.earliest <= stop.planned_start_at <= window.latest:
                yield (
                    f"plan {publication.plan.plan_version} put {stop.job_number} at {stop.planned_start_at}, "
                    f"promised {window.earliest} to {window.latest}"
                )
    for job_id in _unplaced_promises(evidence):
        yield f"the morning's plan left out job {job_id}, which was promised"


def _unplaced_promises(evidence: Evidence) -> Iterator[UUID]:
    morning = evidence.publications[0].plan
    left_out = {item.job_id for item in morning.unassigned}
    for job in evidence.jobs:
        if job.job.job_id in left_out and job.appointments:
            yield job.job.job_id


def no_technician_is_double_booked(evidence: Evidence) -> Iterator[str]:
    """After each publication and at the end what is still to be begun never overlaps; nobody was at two places at once.

    (During the day the server may think so for a while: the end of the one is still on a phone, the way to the other not.)
    """
    for publication in evidence.publications:
        for one in publication.after:
            for sentence in _overlaps(one):
                yield f"plan {publication.plan.plan_version}: {sentence}"
    for one in evidence.rounds:
        yield from _overlaps(one)
    attended: dict[UUID, list[VisitOut]] = {}
    for job in evidence.jobs:
        for visit in job.visits:
            if visit.arrived_at is not None:
                attended.setdefault(visit.technician_id, []).append(visit)
    for visits in attended.values():
        visits.sort(key=_arrival)
        for first, second in pairwise(visits):
            if first.ended_at is None or first.ended_at > _arrival(second):
                yield f"visits {first.visit_id} and {second.visit_id} were attended at once"


def _arrival(visit: VisitOut) -> datetime:
    assert visit.arrived_at is not None, "only attended visits are asked"
    return visit.arrived_at


def _overlaps(one: RoundOut) -> Iterator[str]:
    ahead = sorted(
        (stop for stop in one.stops if stop.state is VisitState.PUBLISHED),
        key=lambda stop: stop.planned_start_at,
    )
    for first, second in pairwise(ahead):
        if second.planned_start_at < first.planned_end_at:
            yield f"{one.display_name}: {first.job_number} and {second.job_number} overlap"


def _stops(rounds: Sequence[RoundOut]) -> Iterator[RoundStopOut]:
    for one in rounds:
        yield from one.stops


def journal_has_no_gap(evidence: Evidence) -> Iterator[str]:
    numbers = [entry.n for entry in evidence.journal]
    if numbers != list(range(1, len(numbers) + 1)):
        missing = sorted(set(range(1, max(numbers, default=0) + 1)) - set(numbers))
        yield f"the journal lacks {missing[:5]}"


def what_is_frozen_stays(evidence: Evidence) -> Iterator[str]:
    """A publication moves no visit that has begun, nor one that is about to begin: same technician, same start."""
    for publication in evidence.publications:
        after = {stop.visit_id: (one.technician_id, stop) for one in publication.after for stop in one.stops}
        for one in publication.before:
            for stop in one.stops:
                soon = stop.planned_start_at < publication.plan.created_at + evidence.freeze
                frozen = stop.state in STARTED_VISIT or (stop.state is VisitState.PUBLISHED and soon)
                who, now = after.get(stop.visit_id, (None, None))
                if frozen and (who != one.technician_id or _moved(stop, now)):
                    yield f"plan {publication.plan.plan_version} moved {stop.job_number}, which was {stop.state}"


def _moved(before: RoundStopOut, after: RoundStopOut | None) -> bool:
    return after is None or after.planned_start_at != before.planned_start_at


def emergency_is_mended(evidence: Evidence) -> Iterator[str]:
    """Placed by a plan that nobody asked for, and restored on the day."""
    for job in evidence.jobs:
        if job.job.affected != DARKENED:
            continue
        if not job.visits:
            yield f"the emergency {job.job.number} was never placed"
        elif job.job.restored_at is None or job.job.state not in (JobState.RESTORED, JobState.CLOSED):
            yield f"the emergency {job.job.number} is {job.job.state}, not restored"


def every_booking_stands(evidence: Evidence) -> Iterator[str]:
    """What a subscriber was told on the phone is promised, once."""
    jobs = {job.job.job_id: job for job in evidence.jobs}
    for booking in evidence.bookings:
        standing = [row for row in jobs[booking.job_id].appointments if row.state in STANDING]
        if [(row.earliest_at, row.latest_at) for row in standing] != [(booking.earliest, booking.latest)]:
            yield f"job {jobs[booking.job_id].job.number} was booked for {booking.earliest}, which is not what stands"


def who_loses_a_race_gets_another_window(evidence: Evidence) -> Iterator[str]:
    """Everybody who was too late has a promise all the same."""
    raced = [booking for booking in evidence.bookings if booking.raced]
    if not evidence.races_lost:
        yield "nobody lost a race, so nothing is shown by it"
    if len(raced) > evidence.races_lost or not raced:
        yield f"{evidence.races_lost} races were lost, {len(raced)} got another window"


def emergencies_are_placed_at_once(evidence: Evidence) -> Iterator[str]:
    """Somebody was proposed and sent; nothing that was promised moved for it."""
    promised = {job.job.job_id for job in evidence.jobs if job.appointments}
    for emergency in evidence.emergencies:
        if emergency.accepted is None:
            yield "an emergency was proposed to nobody"
        elif moved := [one.job_number for one in emergency.accepted.moved if one.job_id in promised]:
            yield f"the emergency moved {moved}, which was promised"


def every_escalation_is_one_job(evidence: Evidence) -> Iterator[str]:
    """However often it was delivered."""
    if len(evidence.jobs) != len(evidence.delivered):
        yield f"{len(evidence.delivered)} escalations became {len(evidence.jobs)} jobs"
    if evidence.escalations_differing:
        yield f"{evidence.escalations_differing} repeated escalations were answered with another job"


def no_plan_run_failed(evidence: Evidence) -> Iterator[str]:
    yield from evidence.failed_runs


def no_job_has_two_live_visits(evidence: Evidence) -> Iterator[str]:
    for job in evidence.jobs:
        live = [visit for visit in job.visits if visit.state in LIVE_VISIT]
        if len(live) > 1:
            yield f"job {job.job.number} has {len(live)} live visits"


Invariant = Callable[[Evidence], Iterator[str]]
INVARIANTS: tuple[Invariant, ...] = (
    nothing_is_lost,
    nothing_is_doubled,
    phones_show_what_the_server_has,
    no_phone_misses_a_change,
    each_charge_leaves_once,
    no_charge_without_an_accepted_consent,
    declined_and_operators_work_is_free,
    no_plan_breaks_a_promise,
    no_technician_is_double_booked,
    no_job_has_two_live_visits,
    what_is_frozen_stays,
    emergency_is_mended,
    emergencies_are_placed_at_once,
    every_booking_stands,
    who_loses_a_race_gets_another_window,
    every_escalation_is_one_job,
    no_plan_run_failed,
    journal_has_no_gap,
)


def judge(evidence: Evidence) -> dict[str, list[str]]:
    """Violations by the name of the invariant; empty where it holds."""
    return {invariant.__name__: list(invariant(evidence)) for invariant in INVARIANTS}

"""Breaking a demo day on purpose, one invariant at a time, so that a test can see it found. Not for users."""

from collections.abc import Callable, Sequence
from uuid import UUID

import msgspec

from api.demo.evidence import Evidence
from api.demo.world import World
from db.ids import new_id
from db.states import Action, ClosureOutcome, ConsentAnswer, JobState, VisitState


def drop_a_report(world: World) -> bool:
    """A phone that forgets what the server has not got."""
    for person in world.people:
        for event in person.phone.outbox.batch():
            if event["kind"] == "measurement":
                person.phone.outbox.forget(UUID(event["eventId"]))
                return True
    return False


def invent_a_report(world: World) -> bool:
    """A phone that sends the same thing twice as if it were two."""
    for person in world.people:
        outbox = person.phone.outbox
        for event in outbox.batch():
            if event["kind"] == "arrived":
                again = new_id()
                outbox.record({**event, "eventId": str(again)})
                del outbox.diary[again]
                return True
    return False


ON_THE_DAY: dict[str, Callable[[World], bool]] = {
    "nothing_is_lost": drop_a_report,
    "nothing_is_doubled": invent_a_report,
}
"""Tried at each step until it worked."""


def spoilt(evidence: Evidence, name: str) -> Evidence:
    """The same evidence with what the invariant forbids."""
    change = AFTERWARDS.get(name)
    return evidence if change is None else change(evidence)


def _replace(evidence: Evidence, **members: Sequence[object]) -> Evidence:
    return msgspec.structs.replace(evidence, **members)


def _doubled_charge(evidence: Evidence) -> Evidence:
    again = msgspec.structs.replace(evidence.charges[0], charge_id=new_id())
    return _replace(evidence, charges=[*evidence.charges, again])


def _taken_back_consent(evidence: Evidence) -> Evidence:
    paid = evidence.charges[0].consent_id
    jobs = [
        msgspec.structs.replace(
            job,
            consents=[
                msgspec.structs.replace(consent, answer=ConsentAnswer.DECLINED)
                if consent.consent_id == paid
                else consent
                for consent in job.consents
            ],
        )
        for job in evidence.jobs
    ]
    return _replace(evidence, jobs=jobs)


def _torn_journal(evidence: Evidence) -> Evidence:
    return _replace(evidence, journal=evidence.journal[:1] + evidence.journal[2:])


def _blind_phone(evidence: Evidence) -> Evidence:
    blind = msgspec.structs.replace(evidence.phones[0], own_digest="0" * 64)
    return _replace(evidence, phones=[blind, *evidence.phones[1:]])


def _unheard_change(evidence: Evidence) -> Evidence:
    deaf = msgspec.structs.replace(evidence.phones[0], digest_alarms=1)
    return _replace(evidence, phones=[deaf, *evidence.phones[1:]])


def _charged_refusal(evidence: Evidence) -> Evidence:
    paid = evidence.charges[0].closure_id
    jobs = [
        msgspec.structs.replace(
            job,
            closures=[
                msgspec.structs.replace(closure, outcome=ClosureOutcome.DECLINED, action=Action.CANCELLED)
                if closure.closure_id == paid
                else closure
                for closure in job.closures
            ],
        )
        for job in evidence.jobs
    ]
    return _replace(evidence, jobs=jobs)


def _visit_too_many(evidence: Evidence) -> Evidence:
    job = next(job for job in evidence.jobs if job.visits)
    live = msgspec.structs.replace(job.visits[0], state=VisitState.PUBLISHED, arrived_at=None)
    twice = msgspec.structs.replace(job, visits=[live, msgspec.structs.replace(live, visit_id=new_id())])
    return _replace(evidence, jobs=[twice if one is job else one for one in evidence.jobs])


def _dark_emergency(evidence: Evidence) -> Evidence:
    jobs = [
        msgspec.structs.replace(
            job, job=msgspec.structs.replace(job.job, state=JobState.RECEIVED, restored_at=None)
        )
        for job in evidence.jobs
    ]
    return _replace(evidence, jobs=jobs)


def _job_too_many(evidence: Evidence) -> Evidence:
    return _replace(evidence, jobs=[*evidence.jobs, evidence.jobs[0]])


def _failed_run(evidence: Evidence) -> Evidence:
    return _replace(evidence, failed_runs=["a run failed"])


def _moved_booking(evidence: Evidence) -> Evidence:
    booking = evidence.bookings[0]
    other = msgspec.structs.replace(booking, earliest=booking.earliest + (booking.latest - booking.earliest))
    return _replace(evidence, bookings=[other, *evidence.bookings[1:]])


def _forgotten_loser(evidence: Evidence) -> Evidence:
    return _replace(evidence, bookings=[one for one in evidence.bookings if not one.raced])


def _emergency_for_nobody(evidence: Evidence) -> Evidence:
    nobody = [msgspec.structs.replace(one, accepted=None) for one in evidence.emergencies]
    return _replace(evidence, emergencies=nobody)


AFTERWARDS: dict[str, Callable[[Evidence], Evidence]] = {
    "each_charge_leaves_once": _doubled_charge,
    "no_charge_without_an_accepted_consent": _taken_back_consent,
    "journal_has_no_gap": _torn_journal,
    "declined_and_operators_work_is_free": _charged_refusal,
    "phones_show_what_the_server_has": _blind_phone,
    "no_phone_misses_a_change": _unheard_change,
    "no_job_has_two_live_visits": _visit_too_many,
    "emergency_is_mended": _dark_emergency,
    "emergencies_are_placed_at_once": _emergency_for_nobody,
    "every_booking_stands": _moved_booking,
    "who_loses_a_race_gets_another_window": _forgotten_loser,
    "every_escalation_is_one_job": _job_too_many,
    "no_plan_run_failed": _failed_run,
}
NAMES = frozenset({*ON_THE_DAY, *AFTERWARDS})

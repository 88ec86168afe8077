"""The demo's work passes the gate, and its invariants find what they forbid."""

import itertools
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from uuid import UUID

import msgspec
import pytest

from api.demo import sabotage
from api.demo.evidence import Evidence
from api.demo.faults import Fate
from api.demo.invariants import INVARIANTS, judge
from api.demo.work import Attendance, Step, steps_of
from api.wire.jobs import WholeJob
from api.wire.plans import RoundOut
from db.ids import new_id
from db.records import JobKindVersion
from db.states import LIVE_VISIT, Action, ClosureOutcome, VisitState
from dispatch.rules import closures
from dispatch.rules.events import Body, Closing, NoAccess, decode_body
from dispatch.rules.phone import VisibleJob
from dispatch.rules.visits import no_access_faults
from tests.api.demo_days import MORNING, area, good_evidence, publication, round_of, stop, visible, whole_job

# --- the work -----------------------------------------------------------------------------------------------


def work(job: VisibleJob, fate: Fate, seed: int) -> list[Step]:
    attendance = Attendance(
        job=job,
        visit=job.visits[0],
        fate=fate,
        leave_at=MORNING,
        arrive_at=MORNING + timedelta(minutes=5),
        length=timedelta(minutes=40),
    )
    return steps_of(attendance, Random(seed))


def bodies_of(steps: Sequence[Step]) -> list[Body]:
    """As the server reads them off the wire."""
    return [decode_body(step.kind, msgspec.json.decode(msgspec.json.encode(step.body))) for step in steps]


@pytest.mark.parametrize("kind", area().set_up.kinds, ids=lambda kind: kind.kind)
def test_work_that_is_done_passes_the_gate_and_forgotten_photos_do_not(kind: JobKindVersion) -> None:
    job = visible(kind)
    for fate, seed in itertools.product((Fate.FIXED, Fate.PAID, Fate.FORGETFUL), range(12)):
        steps = work(job, fate, seed)
        bodies = bodies_of(steps)
        closing = bodies[-1]
        assert isinstance(closing, Closing)
        missing = [f"photo-missing {kind.photos[-1]}"] if fate is Fate.FORGETFUL and kind.photos else []
        assert [f"{f.code} {f.detail}" for f in closures.gate(closing, kind, bodies)] == missing
        assert [step.at for step in steps] == sorted(step.at for step in steps)


def test_nobody_at_home_is_proved() -> None:
    job = visible(area().set_up.kinds[0])
    bodies = bodies_of(work(job, Fate.NO_ACCESS, 1))
    said = bodies[-1]
    assert isinstance(said, NoAccess)
    assert no_access_faults(said, bodies) == []


def test_a_declined_price_ends_the_visit_without_work() -> None:
    kind = next(kind for kind in area().set_up.kinds if kind.chargeable)
    steps = work(visible(kind), Fate.DECLINED, 1)
    kinds = [step.kind for step in steps]
    assert kinds[-3:] == ["quote", "consent", "closure"]
    assert steps[-1].body["action"] == "cancelled"
    assert "consentId" not in steps[-1].body


# --- the invariants ---------------------------------------------------------------------------------------


def broken_in(evidence: Evidence) -> set[str]:
    return {name for name, violations in judge(evidence).items() if violations}


def test_a_good_day_breaks_no_invariant() -> None:
    assert broken_in(good_evidence()) == set()


@pytest.mark.parametrize("name", sorted(sabotage.AFTERWARDS))
def test_each_invariant_finds_what_it_forbids(name: str) -> None:
    assert name in broken_in(sabotage.spoilt(good_evidence(), name))


def test_every_invariant_can_fail() -> None:
    """By a sabotage, or by a publication (below); and no sabotage has the name of none."""
    published = {"no_plan_breaks_a_promise", "no_technician_is_double_booked", "what_is_frozen_stays"}
    assert {invariant.__name__ for invariant in INVARIANTS} == sabotage.NAMES | published


def with_job(job: WholeJob) -> set[str]:
    return broken_in(msgspec.structs.replace(good_evidence(), jobs=[job]))


@pytest.mark.parametrize(
    ("kind", "outcome", "action"),
    [
        ("cable_break", ClosureOutcome.DONE, Action.RECONFIGURE),
        ("wifi_setup", ClosureOutcome.DECLINED, Action.CANCELLED),
        ("wifi_setup", ClosureOutcome.DONE, Action.CANCELLED),
    ],
)
def test_work_is_charged_only_of_a_chargeable_kind_and_when_it_was_done(
    kind: str, outcome: ClosureOutcome, action: Action
) -> None:
    job = whole_job()
    closure = msgspec.structs.replace(job.closures[0], outcome=outcome, action=action)
    spoilt = msgspec.structs.replace(job, job=msgspec.structs.replace(job.job, kind=kind), closures=[closure])
    assert with_job(spoilt) == {"declined_and_operators_work_is_free"}


def charged_twice(undone: int) -> Evidence:
    """The paid job closed again at a second visit, with a consent of its own; one of the charges was reversed."""
    evidence, job = good_evidence(), whole_job()
    (first,) = evidence.charges
    again = msgspec.structs.replace(job.closures[0], closure_id=new_id(), consent_id=new_id())
    assert again.consent_id is not None
    agreed = msgspec.structs.replace(job.consents[0], consent_id=again.consent_id)
    second = msgspec.structs.replace(
        first, charge_id=new_id(), closure_id=again.closure_id, consent_id=agreed.consent_id
    )
    replaced = msgspec.structs.replace(job.closures[0], in_force=False)
    charges = [first, second]
    reversed_one = msgspec.structs.replace(
        evidence.journal[-1],
        n=len(evidence.journal) + 1,
        action="charge.reversed",
        subject_id=charges[undone].charge_id,
    )
    return msgspec.structs.replace(
        evidence,
        jobs=[
            msgspec.structs.replace(job, closures=[replaced, again], consents=[job.consents[0], agreed]),
        ],
        charges=charges,
        journal=[*evidence.journal, reversed_one],
    )


def test_a_charge_that_was_reversed_is_none_and_the_one_that_is_owed_has_to_stand() -> None:
    assert broken_in(charged_twice(undone=0)) == set()
    assert broken_in(charged_twice(undone=1)) == {
        "each_charge_leaves_once",
        "no_charge_without_an_accepted_consent",
    }


@pytest.mark.parametrize("second", sorted(LIVE_VISIT))
def test_a_second_live_visit_is_found_and_one_beside_a_finished_one_is_none(second: VisitState) -> None:
    job = whole_job()
    done = job.visits[0]
    live = msgspec.structs.replace(done, visit_id=new_id(), state=second)
    other = msgspec.structs.replace(live, visit_id=new_id())
    assert with_job(msgspec.structs.replace(job, visits=[done, live])) == set()
    assert with_job(msgspec.structs.replace(job, visits=[done, live, other])) == {
        "no_job_has_two_live_visits"
    }


def test_a_phone_whose_rows_went_astray_is_found_though_they_are_right_in_the_evening() -> None:
    phone = msgspec.structs.replace(good_evidence().phones[0], digest_alarms=1)
    spoilt = msgspec.structs.replace(good_evidence(), phones=[phone])
    assert broken_in(spoilt) == {"no_phone_misses_a_change"}


def test_a_report_that_came_with_two_contents_is_found_though_a_person_dismissed_it() -> None:
    evidence = good_evidence()
    opened = msgspec.structs.replace(
        evidence.journal[-1],
        n=len(evidence.journal) + 1,
        action="review.opened",
        facts={"reason": "id-reused", "event": str(UUID(int=31))},
    )
    spoilt = msgspec.structs.replace(evidence, journal=[*evidence.journal, opened])
    assert broken_in(spoilt) == {"nothing_is_doubled"}


def test_a_report_the_server_does_not_know_is_lost_and_one_that_nobody_recorded_doubled() -> None:
    phone = good_evidence().phones[0]
    more = msgspec.structs.replace(phone, diary=[*phone.diary, new_id()])
    less = msgspec.structs.replace(phone, diary=[])
    assert broken_in(msgspec.structs.replace(good_evidence(), phones=[more])) == {"nothing_is_lost"}
    assert broken_in(msgspec.structs.replace(good_evidence(), phones=[less])) == {"nothing_is_doubled"}


def published(before: RoundOut, after: RoundOut) -> set[str]:
    return broken_in(msgspec.structs.replace(good_evidence(), publications=[publication(before, after)]))


def test_a_plan_that_moves_what_has_begun_or_overlaps_or_breaks_a_promise_is_found() -> None:
    begun = stop(1, 0, VisitState.WORKING)
    moved = msgspec.structs.replace(begun, planned_start_at=MORNING + timedelta(hours=1))
    late = msgspec.structs.replace(stop(2, 4), planned_start_at=MORNING + timedelta(hours=7))
    late = msgspec.structs.replace(late, planned_end_at=MORNING + timedelta(hours=8))
    assert published(round_of(begun), round_of(moved)) == {"what_is_frozen_stays"}
    assert published(round_of(begun), round_of()) == {"what_is_frozen_stays"}
    assert published(round_of(), round_of(stop(2, 4), stop(3, 4))) == {"no_technician_is_double_booked"}
    assert published(round_of(), round_of(late)) == {"no_plan_breaks_a_promise"}

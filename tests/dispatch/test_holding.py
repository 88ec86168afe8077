"""Which jobs and tickets an outage explains, which job mends it, and what goes on when it is over."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from db.ids import new_id
from db.records import Job, Outage, OutageEvidence
from db.states import HoldReason, JobState, OutageState
from dispatch.errors import InstantImpossible, OutOfRange, TransitionRefused, UnknownReference
from dispatch.rules import holding
from dispatch.rules import outage_steps as steps
from tests.worlds import NOW, small_town

ELEMENT, STAFF = UUID(int=5), UUID(int=6)
KINDS = {(kind.kind, kind.kind_version): kind for kind in small_town.made.kinds}


def job(kind: str = "equipment_failure", **changes: Any) -> Job:
    made = Job(
        area_id=small_town.area_id,
        job_id=new_id(),
        number="N",
        kind=kind,
        kind_version=1,
        state=JobState.RECEIVED,
        hold_reason=None,
        subscriber_id=small_town.subscribers[0].subscriber_id,
        place_id=small_town.subscribers[0].place_id,
        contact_id=None,
        network_element_id=ELEMENT,
        priority=3,
        fault_class=kind,
        affected=1,
        service_duration=timedelta(hours=1),
        reported_at=NOW,
        received_at=NOW,
        due_at=NOW + timedelta(hours=24),
        restored_at=None,
        closed_at=None,
    )
    return msgspec.structs.replace(made, **changes)


OUTAGE = Outage(
    area_id=small_town.area_id,
    outage_id=UUID(int=7),
    network_element_id=ELEMENT,
    state=OutageState.PROPOSED,
    since=NOW,
    proposed_at=NOW,
    affected=30,
    evidence=OutageEvidence(),
)
IN_FORCE = steps.accepted(OUTAGE, ELEMENT, 30, [], None, STAFF, NOW)


def test_it_explains_what_the_operator_mends_and_what_a_line_test_closes() -> None:
    explained = {kind.kind: holding.explains(kind) for kind in small_town.made.kinds}
    assert explained == {"cable_break": True, "equipment_failure": True, "wifi_setup": False}
    paid = msgspec.structs.replace(small_town.kind("equipment_failure"), chargeable=True)
    assert holding.explains(paid), "its closure needs light on the line"
    assert not holding.explains(msgspec.structs.replace(paid, line_test=None))


def test_only_what_nobody_has_set_out_for_is_held() -> None:
    waits, planned, under_way, mends = job(), job(state=JobState.PLANNED), job(state=JobState.PLANNED), job()
    others = [
        job("wifi_setup"),
        job(state=JobState.IN_PROGRESS),
        job(state=JobState.RESTORED),
        job(state=JobState.ON_HOLD, hold_reason=HoldReason.PART_MISSING),
    ]
    found = holding.to_hold(
        [waits, planned, under_way, mends, *others], KINDS, {under_way.job_id}, mends.job_id
    )
    assert found == [waits, planned]
    held = [holding.held(one, OUTAGE.outage_id) for one in found]
    assert {(one.state, one.hold_reason, one.outage_id) for one in held} == {
        (JobState.ON_HOLD, HoldReason.OUTAGE, OUTAGE.outage_id)
    }


def test_the_largest_job_of_the_element_mends_it_and_is_as_urgent_as_the_dark_is_large() -> None:
    single, some, many = job(), job(affected=4), job(affected=9)
    beneath = job(affected=50, network_element_id=UUID(int=8))
    every, nobody = [single, some, many, beneath], set[UUID]()
    assert holding.mending(every, KINDS, nobody, ELEMENT, None) == many
    assert holding.mending([single, beneath], KINDS, nobody, ELEMENT, None) is None
    after = holding.as_mending(many, small_town.kind("equipment_failure"), OUTAGE.outage_id, 30, NOW)
    assert (after.affected, after.priority, after.due_at) == (30, 1, NOW + timedelta(hours=4))
    few = holding.as_mending(many, small_town.kind("equipment_failure"), OUTAGE.outage_id, 2, NOW)
    assert (few.affected, few.priority, few.due_at) == (9, 3, many.due_at)


def test_several_jobs_on_one_element_become_the_visit_that_is_under_way_there_or_that_a_person_chose() -> (
    None
):
    first, under_way, beneath = job(), job(), job(network_element_id=UUID(int=8))
    tablet, mended = job("wifi_setup"), job(state=JobState.RESTORED)
    every = [first, under_way, beneath, tablet, mended]
    started = {under_way.job_id, beneath.job_id, tablet.job_id}
    assert holding.mending(every, KINDS, started, ELEMENT, None) == under_way
    assert holding.mending(every, KINDS, started, ELEMENT, beneath.job_id) == beneath
    for not_able in (tablet.job_id, mended.job_id, UUID(int=77)):
        with pytest.raises(UnknownReference) as refused:
            holding.mending(every, KINDS, started, ELEMENT, not_able)
        assert refused.value.facts == {"pointer": "/jobId"}
    waited = holding.held(first, UUID(int=5))
    after = holding.as_mending(waited, small_town.kind("equipment_failure"), OUTAGE.outage_id, 30, NOW)
    assert (after.state, after.hold_reason, after.outage_id) == (JobState.RECEIVED, None, OUTAGE.outage_id)


def test_a_new_job_is_of_the_kind_that_most_there_are_of_else_of_the_most_urgent_that_costs_nobody() -> None:
    current = small_town.made.kinds
    most = holding.kind_to_mend(current, [job(), job(), job("cable_break"), *[job("wifi_setup")] * 5])
    assert most is not None
    assert most.kind == "equipment_failure"
    urgent = holding.kind_to_mend(current, [])
    assert urgent is not None
    assert urgent.kind == "cable_break"
    assert holding.kind_to_mend([small_town.kind("wifi_setup")], []) is None


def test_afterwards_what_has_a_cause_of_its_own_goes_on() -> None:
    def waits(**changes: Any) -> Job:
        return holding.held(job(**changes), OUTAGE.outage_id)

    mended, before = waits(), waits(reported_at=NOW - holding.BEFORE - timedelta(seconds=1))
    taken_out, still, linked = waits(), waits(), waits()
    released_before, mends = job(outage_id=OUTAGE.outage_id), job(outage_id=OUTAGE.outage_id, affected=30)
    after = holding.afterwards(
        IN_FORCE,
        [mended, before, taken_out, still, linked, released_before, mends],
        {taken_out.job_id: False, linked.job_id: True},
        [still.job_id],
        NOW,
    )
    assert [one.job_id for one in after.released] == [before.job_id, taken_out.job_id, still.job_id]
    assert {(one.state, one.hold_reason, one.resumed_at) for one in after.released} == {
        (JobState.RECEIVED, None, NOW)
    }
    assert [one.job_id for one in after.cancelled] == [mended.job_id, linked.job_id]
    assert {(one.state, one.hold_reason) for one in after.cancelled} == {(JobState.CANCELLED, None)}


def test_an_outage_is_decided_once_and_within_reason() -> None:
    assert (IN_FORCE.state, IN_FORCE.accepted_by, IN_FORCE.version) == (OutageState.ACCEPTED, STAFF, 2)
    earlier = msgspec.structs.replace(OUTAGE, since=NOW - timedelta(hours=1))
    assert steps.accepted(OUTAGE, ELEMENT, 30, [earlier], None, STAFF, NOW).since == earlier.since
    over = steps.restored(IN_FORCE, None, NOW + timedelta(hours=1))
    assert (over.state, over.restored_at, over.ended_at) == (
        OutageState.RESTORED,
        *[NOW + timedelta(hours=1)] * 2,
    )
    for wrong in (
        lambda: steps.refused(IN_FORCE, NOW),
        lambda: steps.restored(OUTAGE, None, NOW),
        lambda: steps.expected(over, None, NOW),
    ):
        with pytest.raises(TransitionRefused):
            wrong()
    for at in (NOW - timedelta(seconds=1), NOW + timedelta(seconds=1)):
        with pytest.raises(InstantImpossible):
            steps.restored(IN_FORCE, at, NOW)
    for at in (NOW, NOW + steps.FARTHEST + timedelta(seconds=1)):
        with pytest.raises(OutOfRange):
            steps.expected(IN_FORCE, at, NOW)

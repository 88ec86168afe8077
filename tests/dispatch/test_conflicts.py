"""What counts when phones, dispatchers and other phones disagree, and what becomes of visit, job and promise."""

from datetime import timedelta

import pytest

from db.ids import new_id
from db.states import JobState, ReviewReason, VisitEnd, VisitState
from dispatch.rules.lifecycle import JobStep
from tests.builders import (
    LATE,
    Town,
    statuses,
)
from tests.dispatch.said import MENDED, THERE, out, walk
from tests.worlds import NOW


async def test_a_closure_at_the_gate_waits_for_a_person_or_for_what_is_missing(town: Town) -> None:
    phone, job, visit = await out(town)
    assert (
        statuses(await phone.send(town.database, walk(phone, visit, *THERE, "closure")))[-1] == "gate-failed"
    )
    (review,) = (await town.whole(job)).reviews
    assert {fault["code"] for fault in review.facts["faults"]} == {"line-test-missing", "part-missing"}
    assert (await town.whole(job)).job.state is JobState.IN_PROGRESS
    await phone.send(town.database, walk(phone, visit, "part-used", "measurement"))
    assert (await town.whole(job)).job.state is JobState.CLOSED
    assert await town.open_reasons(job) == []


async def test_a_person_may_take_a_closure_through_the_gate(town: Town) -> None:
    phone, job, visit = await out(town)
    await phone.send(town.database, walk(phone, visit, *THERE, "closure"))
    await town.decide(job, ReviewReason.GATE_FAILED, accepted=True)
    whole = await town.whole(job)
    assert whole.job.state is JobState.CLOSED
    assert {report.status for report in whole.reports} == {"applied"}


async def test_a_first_closure_healed_by_a_late_photo_takes_the_place_of_the_second(town: Town) -> None:
    phone, job, visit = await out(town, "cable_break")
    said = [*walk(phone, visit, *THERE, "measurement")]
    first = phone.say(visit, "closure", location="drop", cause="dig", action="resplice")
    second = phone.say(visit, "closure", location="drop", cause="dig", action="refer_network")
    early = phone.say(visit, "photo-taken", photoId=new_id())
    assert statuses(await phone.send(town.database, [*said, first, second]))[-2:] == [
        "gate-failed",
        "applied",
    ]
    assert statuses(await phone.send(town.database, [early])) == ["applied"]
    closures = {closure.action: closure.in_force for closure in (await town.whole(job)).closures}
    assert closures == {"resplice": True, "refer_network": False}
    assert await town.open_reasons(job) == [ReviewReason.ALREADY_CLOSED]


async def test_an_earlier_closure_that_arrives_later_takes_the_place_of_the_later_one(town: Town) -> None:
    phone, job, visit = await out(town)
    said = walk(phone, visit, *THERE, "part-used", "measurement")
    first, second = phone.say(visit, "closure"), phone.say(visit, "closure", confirmedBy="Neighbour")
    await phone.send(town.database, [*said, second])
    assert statuses(await phone.send(town.database, [first])) == ["applied"]
    in_force = [row.confirmed_by for row in (await town.whole(job)).closures if row.in_force]
    assert in_force == ["Holder"]


async def test_a_second_closure_of_a_visit_is_kept_beside_the_first(town: Town) -> None:
    phone, job, visit = await out(town)
    said = [*walk(phone, visit, *MENDED), phone.say(visit, "closure", confirmedBy="Neighbour")]
    assert statuses(await phone.send(town.database, said))[-1] == "already-closed"
    assert sorted(closure.in_force for closure in (await town.whole(job)).closures) == [False, True]


async def test_a_second_closure_that_a_person_takes_takes_the_place_of_the_first(town: Town) -> None:
    phone, job, visit = await out(town)
    await phone.send(
        town.database, [*walk(phone, visit, *MENDED), phone.say(visit, "closure", confirmedBy="Neighbour")]
    )
    await town.decide(job, ReviewReason.ALREADY_CLOSED, accepted=True)
    whole = await town.whole(job)
    assert [row.confirmed_by for row in whole.closures if row.in_force] == ["Neighbour"]
    assert whole.job.state is JobState.CLOSED
    assert await town.open_reasons(job) == [ReviewReason.ALREADY_CLOSED]


async def test_a_job_cancelled_by_the_dispatcher_and_done_by_the_technician_asks_a_person(town: Town) -> None:
    phone, job, visit = await out(town)
    await town.change(job, JobStep.CANCEL, NOW + timedelta(minutes=90))
    answer = await phone.send(town.database, walk(phone, visit, *MENDED))
    assert statuses(answer)[-1] == "job-cancelled"
    whole = await town.whole(job)
    assert whole.job.state is JobState.CANCELLED
    assert whole.visits[0].end_reason is VisitEnd.JOB_CANCELLED
    assert whole.visits[0].ended_at is not None
    await town.decide(job, ReviewReason.JOB_CANCELLED, accepted=True)
    whole = await town.whole(job)
    assert (whole.job.state, whole.visits[0].state) == (JobState.CANCELLED, VisitState.DONE)


async def test_work_done_offline_counts_though_the_visit_was_given_to_another(town: Town) -> None:
    phone, job, visit = await out(town)
    other = await town.reassign(visit, 2)
    answer = await phone.send(town.database, walk(phone, visit, *MENDED))
    assert statuses(answer)[-1] == "applied"
    whole = await town.whole(job)
    states = {row.visit_id: (row.state, row.end_reason) for row in whole.visits}
    assert states[visit.visit_id] == (VisitState.DONE, VisitEnd.REASSIGNED)
    assert states[other.visit_id] == (VisitState.CANCELLED, VisitEnd.DONE_BY_ANOTHER)
    assert whole.job.state is JobState.CLOSED


async def test_work_done_offline_is_kept_beside_when_the_new_holder_has_started(town: Town) -> None:
    phone, job, visit = await out(town)
    other = await town.reassign(visit, 2)
    second = await town.phone(2)
    await second.send(town.database, walk(second, other, "on-my-way"))
    assert statuses(await phone.send(town.database, walk(phone, visit, *MENDED)))[-1] == "already-closed"
    whole = await town.whole(job)
    states = {row.visit_id: row.state for row in whole.visits}
    assert states == {visit.visit_id: VisitState.CANCELLED, other.visit_id: VisitState.ON_MY_WAY}
    assert whole.job.state is JobState.IN_PROGRESS


async def test_work_done_offline_is_kept_beside_when_the_new_holder_has_closed(town: Town) -> None:
    phone, job, visit = await out(town)
    other = await town.reassign(visit, 2)
    second = await town.phone(2)
    await second.send(town.database, walk(second, other, *MENDED))
    assert statuses(await phone.send(town.database, walk(phone, visit, *MENDED)))[-1] == "already-closed"
    in_force = [row.visit_id for row in (await town.whole(job)).closures if row.in_force]
    assert in_force == [other.visit_id]
    assert (await town.whole(job)).job.state is JobState.CLOSED


async def test_a_new_holder_who_turns_out_to_have_started_first_comes_before_the_offline_work(
    town: Town,
) -> None:
    phone, job, visit = await out(town)
    other = await town.reassign(visit, 2)
    second = await town.phone(2)
    await phone.send(town.database, walk(phone, visit, *MENDED))
    assert (await town.whole(job)).job.state is JobState.CLOSED
    await second.send(town.database, walk(second, other, *MENDED))
    in_force = [row.visit_id for row in (await town.whole(job)).closures if row.in_force]
    assert in_force == [other.visit_id]
    assert await town.open_reasons(job) == [ReviewReason.ALREADY_CLOSED]


async def test_no_access_with_its_proof_puts_the_job_on_hold(town: Town) -> None:
    phone, job, visit = await out(town)
    photo = phone.say(visit, "photo-taken", photoId=new_id(), purpose="door")
    said = [*walk(phone, visit, "on-my-way", "arrived"), photo, phone.say(visit, "no-access")]
    assert statuses(await phone.send(town.database, said)) == ["applied"] * 4
    whole = await town.whole(job)
    assert (whole.job.state, whole.job.hold_reason) == (JobState.ON_HOLD, "no_access")
    assert whole.visits[0].state is VisitState.NO_ACCESS


@pytest.mark.parametrize("point", [{"latitude": 0, "longitude": 0}, {"latitude": 91, "longitude": 37.5}])
async def test_a_position_that_is_none_proves_nothing(town: Town, point: dict[str, float]) -> None:
    phone, job, visit = await out(town)
    photo = phone.say(visit, "photo-taken", photoId=new_id(), purpose="door")
    said = [*walk(phone, visit, "arrived"), photo, phone.say(visit, "no-access", point=point)]
    assert statuses(await phone.send(town.database, said))[-1] == "gate-failed"
    (review,) = (await town.whole(job)).reviews
    assert [fault["code"] for fault in review.facts["faults"]] == ["no-position"]


async def test_no_access_without_proof_is_only_a_word(town: Town) -> None:
    phone, job, visit = await out(town)
    poor = phone.say(visit, "no-access", waitedMinutes=1, called=False, point=None)
    assert statuses(await phone.send(town.database, [phone.say(visit, "arrived"), poor]))[-1] == "gate-failed"
    (review,) = (await town.whole(job)).reviews
    codes = {fault["code"] for fault in review.facts["faults"]}
    assert codes == {"waited-too-short", "no-call-attempt", "no-position", "photo-missing"}
    assert (await town.whole(job)).job.state is JobState.IN_PROGRESS


@pytest.mark.parametrize(("kind", "reason"), [("part-missing", "part_missing"), ("paused", "paused")])
async def test_an_interrupted_visit_puts_the_job_on_hold_and_may_go_on(
    town: Town, kind: str, reason: str
) -> None:
    phone, job, visit = await out(town)
    await phone.send(town.database, walk(phone, visit, *THERE, kind))
    whole = await town.whole(job)
    assert (whole.job.state, whole.job.hold_reason) == (JobState.ON_HOLD, reason)
    await phone.send(town.database, walk(phone, visit, "working"))
    whole = await town.whole(job)
    assert (whole.job.state, whole.visits[0].state) == (JobState.IN_PROGRESS, VisitState.WORKING)


async def test_a_released_job_waits_again_and_stays_so_when_old_reports_trickle_in(town: Town) -> None:
    phone, job, visit = await out(town)
    await phone.send(town.database, walk(phone, visit, *THERE, "part-missing"))
    released = await town.change(job, JobStep.RELEASE)
    assert released.state is JobState.RECEIVED
    await phone.send(town.database, walk(phone, visit, "note"), now=LATE + timedelta(hours=1))
    assert (await town.whole(job)).job.state is JobState.RECEIVED


async def test_an_interrupted_visit_that_was_given_to_another_does_not_come_back_to_life(town: Town) -> None:
    phone, job, visit = await out(town)
    await phone.send(town.database, walk(phone, visit, *THERE, "paused"))
    later = LATE + timedelta(minutes=1)
    released = await town.change(job, JobStep.RELEASE)
    other = await town.out(released, 2, assigned_at=later)
    assert statuses(await phone.send(town.database, walk(phone, visit, "working"), now=later)) == ["applied"]
    states = {row.visit_id: row.state for row in (await town.whole(job)).visits}
    assert states == {visit.visit_id: VisitState.PAUSED, other.visit_id: VisitState.PUBLISHED}
    rest = walk(phone, visit, "part-used", "measurement", "closure")
    assert statuses(await phone.send(town.database, rest, now=later))[-1] == "applied"
    states = {row.visit_id: row.state for row in (await town.whole(job)).visits}
    assert states == {visit.visit_id: VisitState.DONE, other.visit_id: VisitState.CANCELLED}


async def test_a_reopened_job_waits_again_and_its_second_visit_closes_it(town: Town) -> None:
    phone, job, visit = await out(town)
    await phone.send(town.database, walk(phone, visit, *MENDED))
    reopened = await town.change(job, JobStep.REOPEN)
    assert (reopened.state, reopened.reopened, reopened.priority) == (JobState.RECEIVED, 1, 2)
    assert reopened.closed_at is None
    again = await town.out(reopened, 2, assigned_at=LATE + timedelta(minutes=1))
    second = await town.phone(2)
    later = LATE + timedelta(hours=20)
    said = [
        second.say(again, kind, LATE + timedelta(hours=10, minutes=number))
        for number, kind in enumerate(MENDED)
    ]
    assert statuses(await second.send(town.database, said, now=later)) == ["applied"] * 6
    whole = await town.whole(job)
    assert whole.job.state is JobState.CLOSED
    assert whole.job.closed_at is not None
    assert whole.job.closed_at > LATE
    assert [row.in_force for row in whole.closures] == [True, True]


async def test_a_visit_that_another_made_needless_stays_so_when_the_job_is_reopened(town: Town) -> None:
    phone, job, visit = await out(town)
    other = await town.reassign(visit, 2)
    await phone.send(town.database, walk(phone, visit, *MENDED))
    reopened = await town.change(job, JobStep.REOPEN)
    third = await town.out(reopened, 3, assigned_at=LATE + timedelta(minutes=1))
    later = LATE + timedelta(hours=1)
    assert statuses(await phone.send(town.database, walk(phone, visit, "note"), now=later)) == ["applied"]
    states = {row.visit_id: row.state for row in (await town.whole(job)).visits}
    assert states == {
        visit.visit_id: VisitState.DONE,
        other.visit_id: VisitState.CANCELLED,
        third.visit_id: VisitState.PUBLISHED,
    }


async def test_work_done_offline_keeps_the_promise_it_kept_though_the_visit_was_taken_back(
    town: Town,
) -> None:
    window = {"earliest": NOW + timedelta(hours=1), "latest": NOW + timedelta(hours=2)}
    phone, job, visit = await out(town, promisedWindow=window)
    await town.reassign(visit, 2)
    said = [
        phone.say(visit, kind, NOW + timedelta(hours=1, minutes=20 * number))
        for number, kind in enumerate(MENDED)
    ]
    await phone.send(town.database, said)
    whole = await town.whole(job)
    assert [promise.state for promise in whole.appointments] == ["kept"]
    assert whole.visits[0].arrived_at == NOW + timedelta(hours=1, minutes=20)


async def test_service_restored_is_not_closure(town: Town) -> None:
    phone, job, visit = await out(town)
    await phone.send(town.database, walk(phone, visit, *THERE, "restored"))
    whole = await town.whole(job)
    assert whole.job.state is JobState.RESTORED
    assert whole.job.restored_at is not None
    assert whole.job.closed_at is None


async def test_service_that_was_restored_stays_so_when_the_job_is_released_but_not_when_it_is_reopened(
    town: Town,
) -> None:
    phone, job, visit = await out(town)
    await phone.send(town.database, walk(phone, visit, *THERE, "restored", "part-missing"))
    restored_at = (await town.whole(job)).job.restored_at
    assert restored_at is not None
    await town.change(job, JobStep.RELEASE)
    later = LATE + timedelta(hours=1)
    await phone.send(town.database, walk(phone, visit, "note"), now=later)
    assert (await town.whole(job)).job.restored_at == restored_at
    said = [phone.say(visit, kind, later) for kind in ("working", "part-used", "measurement", "closure")]
    await phone.send(town.database, said, now=later)
    await town.change(job, JobStep.REOPEN, later + timedelta(hours=1))
    await phone.send(town.database, walk(phone, visit, "note"), now=later + timedelta(hours=2))
    assert (await town.whole(job)).job.restored_at is None


async def test_a_promise_that_was_kept_stays_kept_when_the_job_is_cancelled_at_the_door(town: Town) -> None:
    window = {"earliest": NOW + timedelta(hours=1), "latest": NOW + timedelta(hours=2)}
    phone, job, visit = await out(town, promisedWindow=window)
    await phone.send(town.database, walk(phone, visit, "on-my-way", "arrived"))
    await town.change(job, JobStep.CANCEL)
    await phone.send(town.database, walk(phone, visit, "note"), now=LATE)
    assert [promise.state for promise in (await town.whole(job)).appointments] == ["kept"]

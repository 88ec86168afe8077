"""What a person decides of a review, and what follows from it, reason by reason."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from db.ids import new_id
from db.pool import Database
from db.queries import devices, reports
from db.records import Job, Review, Visit
from db.states import JobState, ReviewReason, ReviewState
from dispatch.errors import NotAcceptable, UnknownJob
from dispatch.flows import reviews
from dispatch.rules.events import KINDS, Note
from dispatch.worker import Worker
from tests.builders import LATE, Phone, Town, dispatcher, quote, settled_in, statuses
from tests.dispatch.said import MENDED, Paid, out, walk
from tests.worlds import NOW, WORK


@pytest.fixture
async def town(database: Database) -> Town:
    return Town(database, await settled_in(database))


async def only_review(town: Town) -> Review:
    area_id = town.world.area_id
    (review,) = await town.do(
        lambda conn: reviews.list_open(conn, area_id=area_id, after=UUID(int=0), limit=10)
    )
    return review


async def decide(town: Town, review: Review, *, accepted: bool, **more: Any) -> Review:
    return await town.do(
        lambda conn: reviews.decide(
            conn,
            area_id=review.area_id,
            review_id=review.review_id,
            accepted=accepted,
            note="because",
            version=review.version,
            actor=dispatcher(town.world),
            now=LATE,
            **more,
        )
    )


async def worked(town: Town, now: Any = LATE + timedelta(minutes=5)) -> None:
    await Worker(town.database, lambda: now).tick()


async def outcome(town: Town, phone: Phone, said: list[bytes]) -> list[str]:
    """What a phone that sends it again is told."""
    answer = await phone.send(town.database, said, now=LATE + timedelta(minutes=10))
    return [result.reason or result.outcome for result in answer.results]


async def revoked(town: Town) -> tuple[Phone, Job, Visit, list[bytes]]:
    phone, job, visit = await out(town)
    await town.do(lambda conn: devices.revoke_device(conn, town.world.area_id, phone.device_id, NOW, "lost"))
    said = walk(phone, visit, "note")
    assert statuses(await phone.send(town.database, said)) == ["device-revoked"]
    return phone, job, visit, said


async def test_a_revoked_phones_deposit_counts_once_a_person_accepts_it(town: Town) -> None:
    phone, job, _, said = await revoked(town)
    await decide(town, await only_review(town), accepted=True)
    await worked(town)
    assert [row.status for row in (await town.whole(job)).reports] == ["applied"]
    assert await outcome(town, phone, said) == ["applied"]


async def test_what_is_dismissed_stays_out(town: Town) -> None:
    phone, job, _, said = await revoked(town)
    await decide(town, await only_review(town), accepted=False)
    await worked(town)
    assert (await town.whole(job)).reports == []
    assert await outcome(town, phone, said) == ["device-revoked"]


async def test_a_report_of_an_unknown_job_is_attached_to_the_job_that_a_person_names(town: Town) -> None:
    phone, job, visit = await out(town)
    said = [phone.say(visit, "arrived", envelope={"jobId": new_id()}, visitId=new_id())]
    assert statuses(await phone.send(town.database, said)) == ["unknown-job"]
    review = await only_review(town)
    with pytest.raises(UnknownJob):
        await decide(town, review, accepted=True, attach_to=new_id())
    await decide(town, review, accepted=True, attach_to=job.job_id)
    await worked(town)
    whole = await town.whole(job)
    assert [(row.visit_id, row.status) for row in whole.reports] == [(visit.visit_id, "applied")]
    assert whole.job.state is JobState.IN_PROGRESS


async def test_a_quote_attached_to_a_job_belongs_to_the_visit_there(town: Town) -> None:
    phone, job, visit = await out(town, "wifi_setup")
    shown: dict[str, Any] = {**quote(town.world, new_id()), "visitId": new_id()}
    said = [phone.say(visit, "quote", envelope={"jobId": new_id()}, **shown)]
    await phone.send(town.database, said)
    await decide(town, await only_review(town), accepted=True, attach_to=job.job_id)
    await worked(town)
    assert [row.visit_id for row in (await town.whole(job)).quotes] == [visit.visit_id]


async def test_what_is_still_unknown_when_it_is_tried_again_is_asked_again_however_often(town: Town) -> None:
    phone, job, visit = await out(town)
    await phone.send(town.database, [phone.say(visit, "arrived", envelope={"jobId": new_id()})])
    first = await only_review(town)
    for hours in range(1, 6):
        await decide(town, await only_review(town), accepted=True)
        await worked(town, LATE + timedelta(hours=hours))
        again = await only_review(town)
        assert (again.review_id, again.state) == (first.review_id, ReviewState.OPEN)
    await decide(town, await only_review(town), accepted=True, attach_to=job.job_id)
    await worked(town, LATE + timedelta(hours=6))
    assert [row.status for row in (await town.whole(job)).reports] == ["applied"]


async def test_a_consent_whose_quote_never_came_stays_out_of_force_whatever_a_person_says(town: Town) -> None:
    phone, job, visit = await out(town, "wifi_setup")
    paid = Paid(town, phone, visit)
    await phone.send(town.database, [*paid.there, paid.consent, paid.checked])
    late = LATE + timedelta(hours=73)
    await worked(town, late)
    await town.decide(job, ReviewReason.NEEDS_MISSING, accepted=True, now=late)
    await phone.send(town.database, [paid.closure], now=late)
    whole = await town.whole(job)
    assert (whole.consents, whole.charges, whole.job.state) == ([], [], JobState.CLOSED)


async def test_a_visit_nobody_knows_counts_for_the_last_one_of_its_job_once_a_person_says_so(
    town: Town,
) -> None:
    _, job, visit = await out(town)
    other = await town.phone(2)
    await other.send(town.database, [other.say(visit, "note", visitId=new_id())])
    await decide(town, await only_review(town), accepted=True)
    await worked(town)
    (report,) = (await town.whole(job)).reports
    assert (report.visit_id, report.status, report.technician_id) == (
        visit.visit_id,
        "applied",
        other.technician.technician_id,
    )


async def test_a_kind_of_a_newer_line3_is_applied_after_the_upgrade(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone, job, visit = await out(town)
    said = [
        phone.say(visit, "levitated", text="up"),
        phone.say(visit, "unheard-of"),
    ]
    assert statuses(await phone.send(town.database, said)) == ["unknown-kind"] * 2
    await worked(town)
    assert (await town.whole(job)).reports == []
    monkeypatch.setitem(KINDS, "levitated", Note)
    await worked(town)
    assert [(row.kind, row.status) for row in (await town.whole(job)).reports] == [("levitated", "applied")]
    assert await outcome(town, phone, said) == ["applied", "unknown-kind"]
    assert (await only_review(town)).reason is ReviewReason.UNKNOWN_KIND


@pytest.mark.parametrize("what", ["unknown-kind", "invalid-body", "id-reused", "price-changed"])
async def test_what_can_never_be_in_force_can_only_be_dismissed(town: Town, what: str) -> None:
    phone, _, visit = await out(town, "wifi_setup")
    again = new_id()
    said = {
        "unknown-kind": [phone.say(visit, "levitated")],
        "invalid-body": [phone.say(visit, "measurement", value="much")],
        "id-reused": [phone.say(visit, "note", event_id=again, text=text) for text in ("one", "two")],
        "price-changed": [phone.say(visit, "quote", **quote(town.world, new_id(), amountMinor=WORK + 1))],
    }
    assert statuses(await phone.send(town.database, said[what]))[-1] == what
    review = await only_review(town)
    with pytest.raises(NotAcceptable):
        await decide(town, review, accepted=True)
    assert (await decide(town, review, accepted=False)).state is ReviewState.DISMISSED


async def test_a_closure_written_off_stays_unbilled_though_its_consent_comes_later(town: Town) -> None:
    phone, job, visit = await out(town, "wifi_setup")
    paid = Paid(town, phone, visit)
    await phone.send(town.database, [*paid.there, paid.checked, paid.closure])
    await decide(town, await only_review(town), accepted=False)
    await phone.send(town.database, [paid.quote, paid.consent])
    assert await town.net_charges(job) == []


async def test_a_closure_accepted_for_now_is_billed_when_its_consent_comes(town: Town) -> None:
    phone, job, visit = await out(town, "wifi_setup")
    paid = Paid(town, phone, visit)
    await phone.send(town.database, [*paid.there, paid.checked, paid.closure])
    await decide(town, await only_review(town), accepted=True)
    assert await town.net_charges(job) == []
    await phone.send(town.database, [paid.quote, paid.consent])
    assert await town.net_charges(job) == [("work", WORK)]


async def test_a_gate_that_failed_opens_when_a_person_accepts_and_stays_shut_when_not(town: Town) -> None:
    for accepted, state in ((True, JobState.CLOSED), (False, JobState.IN_PROGRESS)):
        phone, job, visit = await out(town)
        await phone.send(
            town.database, walk(phone, visit, *[kind for kind in MENDED if kind != "measurement"])
        )
        assert await town.open_reasons(job) == [ReviewReason.GATE_FAILED]
        await town.decide(job, ReviewReason.GATE_FAILED, accepted=accepted)
        assert (await town.whole(job)).job.state is state


async def test_a_report_by_somebody_not_sent_there_counts_once_accepted(town: Town) -> None:
    _, job, visit = await out(town)
    other = await town.phone(2)
    await other.send(town.database, walk(other, visit, "note"))
    assert await town.open_reasons(job) == [ReviewReason.NOT_ASSIGNEE]
    await town.decide(job, ReviewReason.NOT_ASSIGNEE, accepted=True)
    assert [row.status for row in (await town.whole(job)).reports] == ["applied"]


async def test_an_accepted_event_is_not_taken_up_twice(town: Town) -> None:
    _, job, _, _ = await revoked(town)
    await decide(town, await only_review(town), accepted=True)
    await worked(town)
    await worked(town, LATE + timedelta(hours=1))
    assert len((await town.whole(job)).reports) == 1
    left = await town.do(
        lambda conn: reports.list_unsettled(conn, town.world.area_id, LATE + timedelta(days=1))
    )
    assert left == []

"""What a phone says and what becomes of it: each status and reason of the mobile protocol, on the whole server side."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from db.ids import new_id
from db.pool import Database
from db.queries import technicians
from db.records import Job, Visit
from db.states import JobState, ReviewReason, ReviewState, VisitEnd, VisitState
from dispatch import exchange
from dispatch.errors import UnknownDevice
from dispatch.flows import reviews, sync
from dispatch.rules.lifecycle import JobStep
from dispatch.rules.phone import Envelope
from tests.builders import (
    LATE,
    PAID_CLOSURE,
    REFUSED_CLOSURE,
    Phone,
    Town,
    quote,
    settled_in,
    statuses,
    terms,
)
from tests.conftest import Server
from tests.worlds import CALL_OUT, NOW, WORK

THERE = ("on-my-way", "arrived", "working")
MENDED = (*THERE, "part-used", "measurement", "closure")


async def out(town: Town, kind: str = "equipment_failure", **changes: Any) -> tuple[Phone, Job, Visit]:
    """A phone, a job and its visit of technician 1."""
    phone = await town.phone()
    job = await town.job(kind, **changes)
    return phone, job, await town.out(job)


def walk(phone: Phone, visit: Visit, *kinds: str) -> list[bytes]:
    return [phone.say(visit, kind) for kind in kinds]


class Paid:
    """What a phone says of a visit that is paid for: quote, answer, closure, in the order of its counter."""

    def __init__(self, town: Town, phone: Phone, visit: Visit, *, answer: str = "accepted") -> None:
        self.quote_id, self.consent_id = new_id(), new_id()
        closure = PAID_CLOSURE if answer == "accepted" else REFUSED_CLOSURE
        self.there = walk(phone, visit, *THERE)
        self.quote = phone.say(visit, "quote", **quote(town.world, self.quote_id))
        self.consent = phone.say(
            visit, "consent", consentId=self.consent_id, quoteId=self.quote_id, answer=answer
        )
        self.checked = phone.say(visit, "checklist")
        named = self.consent_id if answer == "accepted" else None
        self.closure = phone.say(visit, "closure", **closure, consentId=named)

    @property
    def all(self) -> list[bytes]:
        return [*self.there, self.quote, self.consent, self.checked, self.closure]


async def test_a_visit_walked_through_closes_its_job_unbilled(town: Town) -> None:
    phone, job, visit = await out(town)
    answer = await phone.send(town.database, walk(phone, visit, *MENDED))
    assert statuses(answer) == ["applied"] * 6
    whole = await town.whole(job)
    assert whole.job.state is JobState.CLOSED
    assert [visit.state for visit in whole.visits] == [VisitState.DONE]
    assert [closure.in_force for closure in whole.closures] == [True]
    assert await town.net_charges(job) == []
    assert answer.pull is not None
    (change,) = [change for change in answer.pull.changes if change.job_id == job.job_id]
    assert change.job is not None
    assert (change.job.state, change.version) == (JobState.CLOSED, whole.job.version)


async def test_what_is_sent_twice_counts_once_and_answers_the_current_outcome(town: Town) -> None:
    phone, job, visit = await out(town)
    said = walk(phone, visit, *MENDED)
    await phone.send(town.database, said)
    before = await town.state(job)
    answer = await phone.send(town.database, said)
    assert statuses(answer) == ["duplicate"] * 6
    assert {result.outcome for result in answer.results} == {"applied"}
    assert await town.state(job) == before


async def test_the_same_event_twice_in_one_batch_counts_once(town: Town) -> None:
    phone, _, visit = await out(town)
    said = phone.say(visit, "arrived")
    assert statuses(await phone.send(town.database, [said, said])) == ["applied", "duplicate"]


async def test_the_same_event_spelled_otherwise_is_a_duplicate(town: Town) -> None:
    phone, _, visit = await out(town)
    said = phone.say(visit, "arrived")
    members: dict[str, Any] = msgspec.json.decode(said)
    spelled = msgspec.json.format(msgspec.json.encode(dict(reversed(members.items()))), indent=4)
    assert statuses(await phone.send(town.database, [said, spelled])) == ["applied", "duplicate"]


async def test_a_paid_visit_with_its_consent_is_charged_once_what_was_shown(town: Town) -> None:
    phone, job, visit = await out(town, "wifi_setup")
    paid = Paid(town, phone, visit)
    assert statuses(await phone.send(town.database, paid.all)) == ["applied"] * 7
    await phone.send(town.database, paid.all)
    assert await town.net_charges(job) == [("work", WORK)]
    (charge,) = (await town.whole(job)).charges
    assert charge.consent_id == paid.consent_id


async def test_paid_closure_without_consent_ends_the_job_unbilled_and_asks_a_person(town: Town) -> None:
    phone, job, visit = await out(town, "wifi_setup")
    said = [*walk(phone, visit, *THERE, "checklist"), phone.say(visit, "closure", **PAID_CLOSURE)]
    assert statuses(await phone.send(town.database, said))[-1] == "consent-missing"
    assert (await town.whole(job)).job.state is JobState.CLOSED
    assert await town.net_charges(job) == []
    assert await town.open_reasons(job) == [ReviewReason.CONSENT_MISSING]


async def test_a_consent_that_comes_later_heals_the_unbilled_closure(town: Town) -> None:
    phone, job, visit = await out(town, "wifi_setup")
    paid = Paid(town, phone, visit)
    await phone.send(town.database, [*paid.there, paid.checked, paid.closure])
    assert await town.open_reasons(job) == [ReviewReason.CONSENT_MISSING]
    await phone.send(town.database, [paid.consent])
    assert await town.net_charges(job) == []
    await phone.send(town.database, [paid.quote])
    assert await town.open_reasons(job) == []
    assert await town.net_charges(job) == [("work", WORK)]
    assert [review.state for review in (await town.whole(job)).reviews] == [ReviewState.HEALED]


async def test_an_unbilled_closure_that_a_person_writes_off_stays_unbilled(town: Town) -> None:
    phone, job, visit = await out(town, "wifi_setup")
    paid = Paid(town, phone, visit)
    await phone.send(town.database, [*paid.there, paid.checked, paid.closure])
    await town.decide(job, ReviewReason.CONSENT_MISSING, accepted=False)
    assert await town.open_reasons(job) == []
    assert await town.net_charges(job) == []
    assert (await town.whole(job)).job.state is JobState.CLOSED


async def test_a_declined_quote_costs_the_call_out_fee_that_the_terms_covered(town: Town) -> None:
    phone, job, visit = await out(town, "wifi_setup", terms=terms())
    answer = await phone.send(town.database, Paid(town, phone, visit, answer="declined").all)
    assert statuses(answer)[-1] == "applied"
    whole = await town.whole(job)
    assert [visit.state for visit in whole.visits] == [VisitState.DECLINED]
    assert [closure.outcome for closure in whole.closures] == ["declined"]
    assert await town.net_charges(job) == [("call_out", CALL_OUT)]


@pytest.mark.parametrize("answered", [None, terms("declined")])
async def test_a_declined_quote_costs_nothing_where_the_terms_were_not_accepted(
    town: Town, answered: dict[str, Any] | None
) -> None:
    phone, job, visit = await out(town, "wifi_setup", terms=answered)
    await phone.send(town.database, Paid(town, phone, visit, answer="declined").all)
    assert (await town.whole(job)).job.state is JobState.CLOSED
    assert await town.net_charges(job) == []


async def test_a_visit_closed_as_cancelled_without_a_refusal_asks_a_person(town: Town) -> None:
    phone, job, visit = await out(town, "wifi_setup", terms=terms())
    said = [*walk(phone, visit, *THERE), phone.say(visit, "closure", **REFUSED_CLOSURE)]
    assert statuses(await phone.send(town.database, said))[-1] == "gate-failed"
    assert (await town.whole(job)).job.state is JobState.IN_PROGRESS
    assert await town.net_charges(job) == []


async def test_a_cable_break_is_never_charged_whatever_was_ticked(town: Town) -> None:
    phone, job, visit = await out(town, "cable_break", terms=terms())
    quote_id, consent_id = new_id(), new_id()
    said = [
        *walk(phone, visit, *THERE, "measurement"),
        phone.say(visit, "photo-taken", photoId=new_id()),
        phone.say(visit, "quote", **quote(town.world, quote_id)),
        phone.say(visit, "consent", consentId=consent_id, quoteId=quote_id),
        phone.say(visit, "closure", location="drop", cause="dig", action="resplice", consentId=consent_id),
    ]
    assert statuses(await phone.send(town.database, said)) == ["applied"] * 8
    assert (await town.whole(job)).job.state is JobState.CLOSED
    assert await town.net_charges(job) == []


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


async def test_a_visit_code_cannot_be_verified_yet_and_is_not_billed(town: Town) -> None:
    phone, job, visit = await out(town, "wifi_setup")
    quote_id, consent_id = new_id(), new_id()
    said = [
        *walk(phone, visit, *THERE, "checklist"),
        phone.say(visit, "quote", **quote(town.world, quote_id)),
        phone.say(visit, "consent", consentId=consent_id, quoteId=quote_id, method="visit_code", code="1234"),
        phone.say(visit, "closure", **PAID_CLOSURE, consentId=consent_id),
    ]
    assert statuses(await phone.send(town.database, said))[-2:] == ["code-mismatch", "consent-missing"]
    assert (await town.whole(job)).job.state is JobState.CLOSED
    assert await town.net_charges(job) == []


async def test_a_second_closure_of_a_visit_is_kept_beside_the_first(town: Town) -> None:
    phone, job, visit = await out(town)
    said = [*walk(phone, visit, *MENDED), phone.say(visit, "closure", confirmedBy="Neighbour")]
    assert statuses(await phone.send(town.database, said))[-1] == "already-closed"
    assert sorted(closure.in_force for closure in (await town.whole(job)).closures) == [False, True]


async def test_a_technician_who_never_held_the_visit_is_kept_for_review(town: Town) -> None:
    _, job, visit = await out(town)
    stranger = await town.phone(2)
    assert statuses(await stranger.send(town.database, walk(stranger, visit, *THERE)))[-1] == "not-assignee"
    assert (await town.whole(job)).job.state is JobState.PLANNED
    assert await town.open_reasons(job) == [ReviewReason.NOT_ASSIGNEE] * 3


async def test_a_stranger_whom_a_person_accepts_counts(town: Town) -> None:
    _, job, visit = await out(town)
    stranger = await town.phone(2)
    await stranger.send(town.database, walk(stranger, visit, "arrived"))
    await town.decide(job, ReviewReason.NOT_ASSIGNEE, accepted=True)
    assert (await town.whole(job)).visits[0].state is VisitState.ARRIVED


async def test_a_visit_that_is_not_of_the_job_is_kept_for_review(town: Town) -> None:
    phone, _, visit = await out(town)
    said = phone.say(visit, "arrived", visitId=new_id())
    assert statuses(await phone.send(town.database, [said])) == ["not-assignee"]


async def test_an_unknown_job_an_unknown_kind_and_a_newer_version_are_kept(town: Town) -> None:
    phone, _, visit = await out(town)
    said = [
        phone.say(visit, "arrived", envelope={"jobId": new_id()}),
        phone.say(visit, "arrived", envelope={"kind": "levitated"}),
        phone.say(visit, "arrived", envelope={"v": 2}),
        phone.say(visit, "arrived"),
    ]
    wanted = ["unknown-job", "unknown-kind", "unknown-kind", "applied"]
    assert statuses(await phone.send(town.database, said)) == wanted
    assert [result.outcome for result in (await phone.send(town.database, said)).results] == [
        "review"
    ] * 3 + ["applied"]


NESTED = b"[" * 3_000 + b"]" * 3_000


@pytest.mark.parametrize(
    "raw",
    [
        b"{}",
        b"null",
        b"[]",
        b'"\\ud800"',
        b'{"eventId": "no id"}',
        b'{"eventId": "01890000-0000-7000-8000-000000000000", "seq": -1}',
        b'{"eventId": 1e999}',
        b"1" * 400,
        b'{"a": 99999999999999999999999999}',
        b'{"a": -99999999999999999999999999}',
        b'{"a": 1e999}',
        b'{"a": "\\u0000"}',
        NESTED,
        b'{"a": "' + b"x" * 70_000 + b'"}',
    ],
    ids=lambda raw: raw[:24].decode(),
)
async def test_an_event_that_makes_no_sense_is_kept_and_spoils_no_other(town: Town, raw: bytes) -> None:
    phone, _, visit = await out(town)
    said = [phone.say(visit, "on-my-way"), raw, phone.say(visit, "arrived")]
    answer = await phone.send(town.database, said)
    assert statuses(answer) == ["applied", "invalid-body", "applied"]
    again = await phone.send(town.database, said)
    assert [result.status for result in again.results] == ["duplicate"] * 3
    assert [result.event_id for result in again.results] == [result.event_id for result in answer.results]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("arrived", {"visitId": 7}),
        ("note", {"text": "a\x00b"}),
        ("note", {"text": "a\u202eb"}),
        ("note", {"text": "x" * 5_000}),
        ("measurement", {"value": "high"}),
        ("measurement", {"value": 10**30}),
        ("part-used", {"quantity": -1}),
        ("part-used", {"quantity": 2**63}),
        ("photo-taken", {"photoId": UUID(int=1), "sha256": "no"}),
        ("closure", {"location": "moon"}),
        ("consent", {"consentId": UUID(int=1), "quoteId": UUID(int=2), "signature": "a\x00b"}),
        ("quote", {"quoteId": UUID(int=1), "tariffId": UUID(int=2), "currency": "rub"}),
    ],
)
async def test_a_body_out_of_bounds_is_kept_for_review(town: Town, kind: str, body: dict[str, Any]) -> None:
    phone, _, visit = await out(town)
    said = [phone.say(visit, kind, **body), phone.say(visit, "arrived")]
    assert statuses(await phone.send(town.database, said)) == ["invalid-body", "applied"]


async def test_an_unknown_member_is_a_newer_app_and_is_passed_over(town: Town) -> None:
    phone, _, visit = await out(town)
    said = phone.say(visit, "arrived", mood="good", envelope={"battery": 7})
    assert statuses(await phone.send(town.database, [said])) == ["applied"]


async def test_an_id_used_again_for_another_content_is_kept_beside_the_first(town: Town) -> None:
    phone, job, visit = await out(town)
    event_id = new_id()
    first = phone.say(visit, "arrived", event_id=event_id)
    other = phone.say(visit, "note", event_id=event_id)
    assert statuses(await phone.send(town.database, [first])) == ["applied"]
    assert statuses(await phone.send(town.database, [other, first])) == ["id-reused", "duplicate"]
    assert [report.kind for report in (await town.whole(job)).reports] == ["arrived"]


async def test_an_id_used_twice_in_one_batch_counts_once_and_the_other_is_kept(town: Town) -> None:
    for _ in range(4):  # the order of the two contents' hashes is chance
        phone, job, visit = await out(town)
        event_id = new_id()
        said = [phone.say(visit, kind, event_id=event_id) for kind in ("arrived", "note")]
        assert sorted(statuses(await phone.send(town.database, said))) == ["applied", "id-reused"]
        again = await phone.send(town.database, said)
        assert sorted(result.outcome for result in again.results) == ["applied", "review"]
        assert len((await town.whole(job)).reports) == 1


async def test_a_report_waits_for_what_it_needs_and_counts_when_that_has_come(town: Town) -> None:
    phone, job, visit = await out(town)
    photo_id = new_id()
    said = [*walk(phone, visit, *THERE, "part-used", "measurement")]
    photo = phone.say(visit, "photo-taken", photoId=photo_id)
    closure = phone.say(visit, "closure", needs=[photo_id])
    assert statuses(await phone.send(town.database, [*said, closure]))[-1] == "pending"
    assert (await town.whole(job)).job.state is JobState.IN_PROGRESS
    await phone.send(town.database, [photo])
    assert (await town.whole(job)).job.state is JobState.CLOSED
    assert [result.outcome for result in (await phone.send(town.database, [closure])).results] == ["applied"]


async def test_a_report_that_needs_an_event_which_makes_no_sense_does_not_wait_for_ever(town: Town) -> None:
    phone, job, visit = await out(town)
    needed = new_id()
    said = [
        *walk(phone, visit, *THERE, "part-used", "measurement"),
        phone.say(visit, "closure", needs=[needed]),
    ]
    assert statuses(await phone.send(town.database, said))[-1] == "pending"
    poor = phone.say(visit, "levitated", event_id=needed)
    assert statuses(await phone.send(town.database, [poor])) == ["unknown-kind"]
    assert (await town.whole(job)).job.state is JobState.CLOSED


async def test_after_72_hours_of_waiting_a_person_looks(town: Town) -> None:
    phone, job, visit = await out(town)
    said = [
        *walk(phone, visit, *THERE, "part-used", "measurement"),
        phone.say(visit, "closure", needs=[new_id()]),
    ]
    await phone.send(town.database, said)
    late = LATE + timedelta(hours=72)
    await town.do(
        lambda conn: reviews.settle_overdue(
            conn, area_id=job.area_id, job_id=job.job_id, actor=phone.actor, now=late
        )
    )
    assert await town.open_reasons(job) == [ReviewReason.NEEDS_MISSING]
    assert [result.outcome for result in (await phone.send(town.database, said[-1:])).results] == ["review"]
    await town.decide(job, ReviewReason.NEEDS_MISSING, accepted=True, now=late)
    assert (await town.whole(job)).job.state is JobState.CLOSED


async def test_a_price_that_is_not_the_tariffs_is_charged_when_a_person_accepts_it(town: Town) -> None:
    phone, job, visit = await out(town, "wifi_setup")
    await phone.send(town.database, dearer(town, phone, visit))
    assert (await town.whole(job)).job.state is JobState.CLOSED
    assert await town.open_reasons(job) == [ReviewReason.PRICE_CHANGED]
    assert await town.net_charges(job) == []
    await town.decide(job, ReviewReason.PRICE_CHANGED, accepted=True)
    assert await town.net_charges(job) == [("work", 140_000)]


async def test_a_price_that_is_not_the_tariffs_is_never_charged_when_a_person_dismisses_it(
    town: Town,
) -> None:
    phone, job, visit = await out(town, "wifi_setup")
    await phone.send(town.database, dearer(town, phone, visit))
    await town.decide(job, ReviewReason.PRICE_CHANGED, accepted=False)
    assert await town.net_charges(job) == []
    assert await town.open_reasons(job) == []


def dearer(town: Town, phone: Phone, visit: Visit) -> list[bytes]:
    """A paid visit under the tariff of the day before."""
    quote_id, consent_id, price = new_id(), new_id(), 140_000
    line = {"code": "wifi", "text": "Wi-Fi", "quantity": 1, "amountMinor": price, "taxBasisPoints": 2000}
    shown = quote(town.world, quote_id, lines=[line], amountMinor=price)
    return [
        *walk(phone, visit, *THERE, "checklist"),
        phone.say(visit, "quote", **shown),
        phone.say(visit, "consent", consentId=consent_id, quoteId=quote_id, amountMinor=price),
        phone.say(visit, "closure", **PAID_CLOSURE, consentId=consent_id),
    ]


@pytest.mark.parametrize(
    "changes",
    [{"amountMinor": WORK + 1}, {"tariffId": new_id()}, {"currency": "EUR"}],
    ids=["does-not-add-up", "no-such-tariff", "another-currency"],
)
async def test_a_quote_that_cannot_be_right_is_not_billed(town: Town, changes: dict[str, Any]) -> None:
    phone, job, visit = await out(town, "wifi_setup")
    quote_id, consent_id = new_id(), new_id()
    shown = quote(town.world, quote_id, **changes)
    said = [
        *walk(phone, visit, *THERE, "checklist"),
        phone.say(visit, "quote", **shown),
        phone.say(visit, "closure", **PAID_CLOSURE, consentId=consent_id),
    ]
    assert statuses(await phone.send(town.database, said))[-2:] == ["price-changed", "consent-missing"]
    assert await town.net_charges(job) == []


async def test_an_answer_to_another_price_than_was_shown_is_not_billed(town: Town) -> None:
    phone, job, visit = await out(town, "wifi_setup")
    quote_id, consent_id = new_id(), new_id()
    said = [
        *walk(phone, visit, *THERE, "checklist"),
        phone.say(visit, "quote", **quote(town.world, quote_id)),
        phone.say(visit, "consent", consentId=consent_id, quoteId=quote_id, amountMinor=WORK + 1),
        phone.say(visit, "closure", **PAID_CLOSURE, consentId=consent_id),
    ]
    assert statuses(await phone.send(town.database, said))[-2:] == ["price-changed", "consent-missing"]
    assert await town.net_charges(job) == []


async def test_a_consent_id_that_belongs_to_another_job_is_kept_for_review_and_bills_nobody(
    town: Town,
) -> None:
    phone, _, visit = await out(town, "wifi_setup")
    first = Paid(town, phone, visit)
    await phone.send(town.database, first.all)
    phone, job, visit = await out(town, "wifi_setup")
    quote_id = new_id()
    said = [
        *walk(phone, visit, *THERE, "checklist"),
        phone.say(visit, "quote", **quote(town.world, quote_id)),
        phone.say(visit, "consent", consentId=first.consent_id, quoteId=quote_id),
        phone.say(visit, "closure", **PAID_CLOSURE, consentId=first.consent_id),
    ]
    assert statuses(await phone.send(town.database, said))[-2:] == ["id-reused", "consent-missing"]
    assert await town.net_charges(job) == []


async def test_a_consent_id_used_for_two_answers_wedges_nothing(town: Town) -> None:
    phone, job, visit = await out(town, "wifi_setup")
    quote_id, consent_id = new_id(), new_id()
    said = [
        *walk(phone, visit, *THERE, "checklist"),
        phone.say(visit, "quote", **quote(town.world, quote_id)),
        phone.say(visit, "consent", consentId=consent_id, quoteId=quote_id, answer="declined"),
        phone.say(visit, "consent", consentId=consent_id, quoteId=quote_id),
        phone.say(visit, "closure", **PAID_CLOSURE, consentId=consent_id),
    ]
    answer = statuses(await phone.send(town.database, said))
    assert answer[-3:] == ["applied", "id-reused", "consent-missing"]
    assert (await town.whole(job)).job.state is JobState.CLOSED
    late = await phone.send(town.database, [phone.say(visit, "note")])
    assert statuses(late) == ["applied"]


async def test_a_quote_id_used_for_two_prices_is_kept_for_review(town: Town) -> None:
    phone, job, visit = await out(town, "wifi_setup")
    quote_id = new_id()
    line = {"code": "cable", "text": "Cable", "quantity": 1, "amountMinor": 5_000, "taxBasisPoints": 2000}
    said = [
        *walk(phone, visit, *THERE),
        phone.say(visit, "quote", **quote(town.world, quote_id)),
        phone.say(visit, "quote", **quote(town.world, quote_id, lines=[line], amountMinor=5_000)),
    ]
    assert statuses(await phone.send(town.database, said))[-2:] == ["applied", "id-reused"]
    assert [row.amount_minor for row in (await town.whole(job)).quotes] == [WORK]


async def test_a_revoked_phone_pulls_nothing_and_its_deposits_go_to_review(town: Town) -> None:
    phone, job, visit = await out(town)
    await town.do(
        lambda conn: technicians.revoke_device(
            conn, town.world.area_id, phone.device_id, NOW + timedelta(hours=1)
        )
    )
    answer = await phone.send(town.database, walk(phone, visit, "arrived"))
    assert statuses(answer) == ["device-revoked"]
    assert answer.pull is not None
    assert answer.pull.changes == []
    assert (await town.whole(job)).job.state is JobState.PLANNED


async def test_somebody_elses_phone_is_refused_and_nothing_is_stored(town: Town) -> None:
    phone, job, visit = await out(town)
    stolen = Phone(town.world, town.world.technicians[1], device_id=phone.device_id)
    with pytest.raises(UnknownDevice):
        await stolen.send(town.database, walk(stolen, visit, "arrived"))
    assert (await town.whole(job)).reports == []


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


async def test_a_cancelled_jobs_paid_work_is_charged_only_when_a_person_accepts_it(town: Town) -> None:
    phone, job, visit = await out(town, "wifi_setup")
    await town.change(job, JobStep.CANCEL, NOW + timedelta(minutes=90))
    await phone.send(town.database, Paid(town, phone, visit).all)
    assert await town.net_charges(job) == []
    await town.decide(job, ReviewReason.JOB_CANCELLED, accepted=True)
    assert await town.net_charges(job) == [("work", WORK)]


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


async def test_a_phones_wrong_clock_is_corrected_by_its_skew(town: Town) -> None:
    phone, job, visit = await out(town)
    now, wrong = LATE, timedelta(hours=-5)
    said = phone.say(visit, "arrived", NOW + timedelta(hours=3) + wrong)
    await phone.send(town.database, [said], now=now, sent_at=now + wrong)
    (report,) = (await town.whole(job)).reports
    assert (report.corrected_at, report.clock_suspect) == (NOW + timedelta(hours=3), False)


@pytest.mark.parametrize(
    ("recorded", "corrected"),
    [
        ("2026-11-20T00:00:00Z", NOW),
        ("2026-11-24T20:00:00Z", LATE),
        ("0001-01-01T00:00:00Z", LATE),
        ("9999-12-31T23:59:59-12:00", LATE),
        ("2026-11-24T07:00:00", LATE),
        (12345, LATE),
        (None, LATE),
    ],
)
async def test_an_absurd_time_is_clamped_and_marked_never_refused(
    town: Town, recorded: object, corrected: object
) -> None:
    phone, job, visit = await out(town)
    said = phone.say(visit, "arrived", envelope={"recordedAt": recorded})
    answer = await phone.send(town.database, [said], now=LATE, sent_at="yesterday")
    assert statuses(answer) == ["applied"]
    (report,) = (await town.whole(job)).reports
    assert (report.corrected_at, report.clock_suspect) == (corrected, True)


async def test_parts_are_taken_from_the_van_once(town: Town) -> None:
    phone, _, visit = await out(town)
    technician = town.world.technicians[0].technician_id

    async def left() -> int:
        rows = await town.do(
            lambda conn: technicians.list_van_stock(conn, [town.world.area_id], [technician])
        )
        return next(row.quantity for row in rows if row.code == "ont")

    before = await left()
    said = walk(phone, visit, "part-used")
    await phone.send(town.database, said)
    await phone.send(town.database, said)
    assert await left() == before - 1


async def test_the_answer_names_the_highest_number_seen_of_the_phone(town: Town) -> None:
    phone, _, visit = await out(town)
    said = walk(phone, visit, *THERE)
    assert (await phone.send(town.database, said)).last_seq == 3
    assert (await phone.send(town.database, said[:1])).last_seq == 3


async def test_what_a_dead_process_left_in_the_inbox_is_applied_by_the_worker(town: Town) -> None:
    phone, job, visit = await out(town)
    await deposit(town, phone, phone.say(visit, "arrived"))
    assert (await town.whole(job)).visits[0].state is VisitState.PUBLISHED
    area_id, late = town.world.area_id, LATE + timedelta(hours=1)
    assert await exchange.apply_left_over(town.database, area_id=area_id, seen=[area_id], now=late) == 1
    assert (await town.whole(job)).visits[0].state is VisitState.ARRIVED
    assert await exchange.apply_left_over(town.database, area_id=area_id, seen=[area_id], now=late) == 0


async def deposit(town: Town, phone: Phone, said: bytes) -> None:
    """What a process does that receives an event and dies."""
    envelope = Envelope(device_id=phone.device_id, batch_id=new_id(), events=[msgspec.Raw(said)])
    await town.do(lambda conn: sync.receive(conn, actor=phone.actor, envelope=envelope, now=LATE))


async def test_an_event_that_fails_three_times_is_given_to_a_person_and_holds_up_no_other(
    server: Server, fresh: str, database: Database
) -> None:
    town = Town(database, await settled_in(database))
    owner = await asyncpg.connect(server.owner_url(fresh))
    await owner.execute("ALTER TABLE report ADD CONSTRAINT a_bug_of_ours CHECK (kind <> 'note')")
    await owner.close()
    phone, job, visit = await out(town)
    poison, fine = phone.say(visit, "note"), phone.say(visit, "arrived")
    assert statuses(await phone.send(database, [poison, fine])) == ["pending", "applied"]
    for wanted in ("pending", "pending", "review"):
        answer = await phone.send(database, [poison])
        assert [(row.status, row.outcome) for row in answer.results] == [("duplicate", wanted)]
    assert (await town.whole(job)).visits[0].state is VisitState.ARRIVED

"""When a visit is charged, how much, and when never: on the whole server side, from what a phone said."""

from datetime import timedelta
from typing import Any

import pytest

from db.ids import new_id
from db.records import Job, Visit
from db.states import JobState, ReviewReason, ReviewState, VisitState
from dispatch.rules.lifecycle import JobStep
from tests.builders import (
    LATE,
    PAID_CLOSURE,
    REFUSED_CLOSURE,
    Phone,
    Town,
    quote,
    received,
    statuses,
    terms,
)
from tests.dispatch.said import THERE, Paid, out, walk
from tests.worlds import CALL_OUT, NOW, WORK


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


async def ask_again(town: Town, answer: str) -> Job:
    """The last ticket comes back, and its terms are asked once more."""
    number = f"N-{town.tickets}"
    return await town.do(
        lambda conn: received(
            conn,
            town.world,
            now=LATE if answer == "accepted" else NOW,
            ticketNumber=number,
            sequence=2,
            faultClass="wifi_setup",
            terms=terms(answer),
        )
    )


async def test_terms_that_were_declined_when_asked_again_cost_nothing(town: Town) -> None:
    phone, job, visit = await out(town, "wifi_setup", terms=terms())
    await ask_again(town, "declined")
    await phone.send(town.database, Paid(town, phone, visit, answer="declined").all)
    assert [closure.outcome for closure in (await town.whole(job)).closures] == ["declined"]
    assert await town.net_charges(job) == []


async def test_terms_asked_after_a_refusal_cover_only_the_next_one(town: Town) -> None:
    phone, job, visit = await out(town, "wifi_setup")
    await phone.send(town.database, Paid(town, phone, visit, answer="declined").all)
    second = await town.out(await ask_again(town, "accepted"), assigned_at=LATE)
    refused = Paid(town, phone, second, answer="declined").all
    await phone.send(town.database, refused, now=LATE + timedelta(hours=1))
    whole = await town.whole(job)
    (charge,) = whole.charges
    (closure,) = [row for row in whole.closures if row.visit_id == second.visit_id]
    assert (charge.kind, charge.closure_id) == ("call_out", closure.closure_id)


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


async def test_a_cancelled_jobs_paid_work_is_charged_only_when_a_person_accepts_it(town: Town) -> None:
    phone, job, visit = await out(town, "wifi_setup")
    await town.change(job, JobStep.CANCEL, NOW + timedelta(minutes=90))
    await phone.send(town.database, Paid(town, phone, visit).all)
    assert await town.net_charges(job) == []
    await town.decide(job, ReviewReason.JOB_CANCELLED, accepted=True)
    assert await town.net_charges(job) == [("work", WORK)]

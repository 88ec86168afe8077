"""Whoever's line was out of its limits when line 2 looked is not charged for what was found at home."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from db.ids import new_id
from db.queries import kinds
from db.records import Job, JobKindVersion, Visit
from db.states import JobState, ReviewReason
from tests.builders import LATE, PAID_CLOSURE, Phone, Town, quote, statuses, terms
from tests.dispatch.said import THERE, Paid, walk
from tests.worlds import CALL_OUT, WORK, small_town

KIND = "slow_line"


@pytest.fixture(scope="module", autouse=True)
async def slow_line(town: Town) -> JobKindVersion:
    """A kind that may be charged and whose line is tested."""
    light = small_town.kind("cable_break").line_test
    kind = msgspec.structs.replace(
        small_town.kind("wifi_setup"), kind=KIND, fault_classes=[KIND], line_test=light, checklist=[]
    )
    await town.do(lambda conn: kinds.insert_kinds(conn, [kind]))
    return kind


def seen(level: float, quantity: str = "rx_power") -> dict[str, Any]:
    readings = [{"quantity": quantity, "value": level, "unit": "dBm"}]
    return {"diagnosis": {"summary": "slow", "readings": readings}}


async def job_with(town: Town, level: float, **changes: Any) -> tuple[Phone, Job, Visit]:
    job = await town.job(KIND, **{**seen(level), **changes})
    return await town.phone(), job, await town.out(job)


def mended(town: Town, phone: Phone, visit: Visit) -> list[bytes]:
    quote_id, consent_id = new_id(), new_id()
    return [
        *walk(phone, visit, *THERE, "measurement"),
        phone.say(visit, "quote", **quote(town.world, quote_id)),
        phone.say(visit, "consent", consentId=consent_id, quoteId=quote_id),
        phone.say(visit, "closure", **PAID_CLOSURE, consentId=consent_id),
    ]


async def waivers(town: Town, job: Job) -> list[tuple[str, int]]:
    return [(row.kind, row.amount_minor) for row in (await town.whole(job)).waivers]


async def test_a_line_that_was_out_of_its_limits_costs_the_subscriber_nothing_and_the_job_says_why(
    town: Town,
) -> None:
    phone, job, visit = await job_with(town, -31.5)
    assert statuses(await phone.send(town.database, mended(town, phone, visit))) == ["applied"] * 7
    whole = await town.whole(job)
    assert whole.job.state is JobState.CLOSED
    assert whole.charges == []
    (waiver,) = whole.waivers
    assert (waiver.kind, waiver.amount_minor, waiver.reason) == ("work", WORK, "line_out_of_limits")
    assert (waiver.proof["value"], waiver.proof["minimum"]) == (-31.5, -27)
    (said,) = [entry for entry in whole.journal if entry.action == "charge.waived"]
    assert said.facts["proof"] == waiver.proof


@pytest.mark.parametrize("level", [-27, -20, -8])
async def test_a_line_within_its_limits_is_charged(town: Town, level: float) -> None:
    phone, job, visit = await job_with(town, level)
    await phone.send(town.database, mended(town, phone, visit))
    assert await town.net_charges(job) == [("work", WORK)]
    assert await waivers(town, job) == []


async def test_another_quantity_says_nothing_of_the_line(town: Town) -> None:
    phone, job, visit = await job_with(town, -31.5, **seen(-31.5, "temperature"))
    await phone.send(town.database, mended(town, phone, visit))
    assert await town.net_charges(job) == [("work", WORK)]


async def test_the_last_reading_decides_and_one_in_another_unit_says_nothing(town: Town) -> None:
    readings = [
        {"quantity": "rx_power", "value": level, "unit": unit}
        for level, unit in [(-31.5, "dBm"), (-20, "dBm"), (-31.5, "mW")]
    ]
    phone, job, visit = await job_with(town, -31.5, diagnosis={"summary": "slow", "readings": readings})
    await phone.send(town.database, mended(town, phone, visit))
    assert await waivers(town, job) == []
    assert await town.net_charges(job) == [("work", WORK)]


async def test_a_call_out_is_waived_as_well(town: Town) -> None:
    phone, job, visit = await job_with(town, -31.5, terms=terms())
    await phone.send(town.database, Paid(town, phone, visit, answer="declined").all)
    assert await town.net_charges(job) == []
    assert await waivers(town, job) == [("call_out", CALL_OUT)]


async def test_what_was_seen_of_an_earlier_trouble_waives_nothing_of_the_next(town: Town) -> None:
    phone, job, visit = await job_with(town, -31.5)
    await phone.send(town.database, mended(town, phone, visit))
    number = f"N-{town.tickets}"
    again = await town.job(KIND, ticketNumber=number, sequence=2, now=LATE, **seen(-20))
    second = await town.out(again, assigned_at=LATE)
    late = LATE + timedelta(hours=1)
    said = [event.replace(b"2026-11-24T06", b"2026-11-24T14") for event in mended(town, phone, second)]
    await phone.send(town.database, said, now=late)
    assert await waivers(town, job) == [("work", WORK)]
    assert await town.net_charges(job) == [("work", WORK)]


async def test_another_closure_in_force_under_the_same_consent_is_waived_anew(town: Town) -> None:
    phone, job, visit = await job_with(town, -31.5)
    said = mended(town, phone, visit)
    await phone.send(town.database, said)
    (first,) = (await town.whole(job)).waivers
    consent_id = first.consent_id
    again = phone.say(visit, "closure", **PAID_CLOSURE, consentId=consent_id)
    assert statuses(await phone.send(town.database, [again])) == ["already-closed"]
    await town.decide(job, ReviewReason.ALREADY_CLOSED, accepted=True)
    whole = await town.whole(job)
    (second,) = whole.waivers
    (in_force,) = [closure for closure in whole.closures if closure.in_force]
    assert second.closure_id == in_force.closure_id != first.closure_id
    assert (second.consent_id, second.kind, second.amount_minor) == (consent_id, "work", WORK)
    assert await town.net_charges(job) == []
    said_of_it = [entry.action for entry in whole.journal if entry.action.startswith("charge.")]
    assert sorted(said_of_it) == ["charge.waived", "charge.waived", "charge.waiver_ended"]


async def test_the_same_reports_again_waive_once(town: Town) -> None:
    phone, job, visit = await job_with(town, -31.5)
    said = mended(town, phone, visit)
    for batch in (said, said, [phone.say(visit, "note")]):
        await phone.send(town.database, batch)
    assert await waivers(town, job) == [("work", WORK)]
    actions = [entry.action for entry in (await town.whole(job)).journal]
    assert actions.count("charge.waived") == 1

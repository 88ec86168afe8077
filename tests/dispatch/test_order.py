"""The same reports and the same server history end in the same state, whatever their order, batches and repetition."""

import os
import random
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, cast

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from db.ids import new_id
from db.records import Job, Visit
from dispatch.rules.lifecycle import JobStep
from tests.builders import PAID_CLOSURE, REFUSED_CLOSURE, Phone, Town, quote, terms
from tests.worlds import NOW, TODAY

TELLINGS = int(os.environ.get("LINE3_TELLINGS", "5"))
"""How many orders each story is told in; more when hunting."""
Said = tuple[Phone, bytes]
Story = Callable[[Town], Awaitable[tuple[Job, list[Said]]]]


def saying(phone: Phone, visit: Visit, *kinds: str) -> list[Said]:
    return [(phone, phone.say(visit, kind)) for kind in kinds]


async def paid_visit(town: Town) -> tuple[Job, list[Said]]:
    """A quote refused, a cheaper one accepted, the closure names the second; with photos and needs."""
    phone, job = await town.phone(), await town.job("wifi_setup", terms=terms())
    visit = await town.out(job)
    first, second, no, yes, photo = (new_id() for _ in range(5))
    said = [
        *saying(phone, visit, "on-my-way", "arrived", "working", "note"),
        (phone, phone.say(visit, "quote", **quote(town.world, first))),
        (phone, phone.say(visit, "consent", consentId=no, quoteId=first, answer="declined")),
        (phone, phone.say(visit, "quote", **quote(town.world, second))),
        (phone, phone.say(visit, "photo-taken", photoId=photo)),
        (phone, phone.say(visit, "consent", consentId=yes, quoteId=second, needs=[photo])),
        *saying(phone, visit, "checklist", "paused", "working"),
        (phone, phone.say(visit, "closure", **PAID_CLOSURE, consentId=yes, needs=[photo])),
    ]
    return job, said


async def refused_price(town: Town) -> tuple[Job, list[Said]]:
    phone, job = await town.phone(), await town.job("wifi_setup", terms=terms())
    visit = await town.out(job)
    shown, no = new_id(), new_id()
    return job, [
        *saying(phone, visit, "arrived"),
        (phone, phone.say(visit, "quote", **quote(town.world, shown))),
        (phone, phone.say(visit, "consent", consentId=no, quoteId=shown, answer="declined")),
        (phone, phone.say(visit, "closure", **REFUSED_CLOSURE)),
        (phone, phone.say(visit, "closure", **PAID_CLOSURE)),
    ]


async def two_closures_at_the_gate(town: Town) -> tuple[Job, list[Said]]:
    """The first lacks its photo until the photo has come."""
    phone, job = await town.phone(), await town.job("cable_break")
    visit = await town.out(job)
    return job, [
        *saying(phone, visit, "on-my-way", "arrived", "working", "measurement", "restored"),
        (phone, phone.say(visit, "closure", location="drop", cause="dig", action="resplice")),
        (phone, phone.say(visit, "closure", location="drop", cause="wear", action="refer_network")),
        (phone, phone.say(visit, "photo-taken", photoId=new_id())),
    ]


async def reassigned_while_offline(town: Town) -> tuple[Job, list[Said]]:
    """Both technicians work on it and both close it, the one who held it first being offline."""
    window = {"earliest": NOW + timedelta(hours=1), "latest": NOW + timedelta(hours=2)}
    job = await town.job(promisedWindow=window)
    first, second = await town.phone(1), await town.phone(2)
    visit = await town.out(job, 1)
    other = await town.reassign(visit, 2)
    walked = ("on-my-way", "arrived", "working", "part-used", "measurement", "closure")
    return job, saying(first, visit, *walked) + saying(second, other, *walked)


async def reassigned_and_closed_by_the_first(town: Town) -> tuple[Job, list[Said]]:
    job = await town.job("wifi_setup")
    first, second = await town.phone(1), await town.phone(2)
    visit = await town.out(job, 1)
    other = await town.reassign(visit, 2)
    shown, yes = new_id(), new_id()
    return job, [
        *saying(first, visit, "arrived", "checklist"),
        (first, first.say(visit, "quote", **quote(town.world, shown))),
        (first, first.say(visit, "consent", consentId=yes, quoteId=shown)),
        (first, first.say(visit, "closure", **PAID_CLOSURE, consentId=yes)),
        *saying(second, other, "note"),
    ]


async def no_access_then_access(town: Town) -> tuple[Job, list[Said]]:
    phone, job = await town.phone(), await town.job()
    visit = await town.out(job)
    return job, [
        *saying(phone, visit, "on-my-way", "arrived"),
        (phone, phone.say(visit, "photo-taken", photoId=new_id(), purpose="door")),
        *saying(phone, visit, "no-access", "working", "part-missing", "note"),
    ]


async def cancelled_but_done(town: Town) -> tuple[Job, list[Said]]:
    phone, job = await town.phone(), await town.job()
    visit = await town.out(job)
    await town.change(job, JobStep.CANCEL, NOW + timedelta(minutes=90))
    return job, saying(phone, visit, "on-my-way", "arrived", "working", "part-used", "measurement", "closure")


async def given_to_another_after_a_pause(town: Town) -> tuple[Job, list[Said]]:
    """The pause is known before the job is handed out again; the rest of both phones comes afterwards."""
    phone, job = await town.phone(1), await town.job()
    visit = await town.out(job, 1)
    before = NOW + timedelta(hours=3)
    first = [said for _, said in saying(phone, visit, "arrived", "working", "paused")]
    await phone.send(town.database, first, now=before)
    released = await town.change(job, JobStep.RELEASE, before + timedelta(minutes=1))
    other = await town.out(released, 2, assigned_at=before + timedelta(minutes=2))
    second = await town.phone(2)
    later = before + timedelta(hours=1)
    return job, [
        *((phone, said) for said in first),
        *saying(phone, visit, "working", "part-used", "measurement", "closure"),
        (second, second.say(other, "on-my-way", later)),
        (second, second.say(other, "arrived", later)),
    ]


async def broken_off_until_tomorrow(town: Town) -> tuple[Job, list[Said]]:
    """Paused twice, the second time until tomorrow and for less than the whole: the job goes on by itself."""
    phone, job = await town.phone(), await town.job()
    visit = await town.out(job)
    tomorrow = str(TODAY + timedelta(days=1))
    return job, [
        *saying(phone, visit, "on-my-way", "arrived", "working", "paused", "working"),
        (phone, phone.say(visit, "paused", resumeOn=tomorrow, remainingMinutes=25)),
        *saying(phone, visit, "help-asked", "note"),
    ]


async def back_the_same_day_after_all(town: Town) -> tuple[Job, list[Said]]:
    """The pause until tomorrow is overtaken by the work itself."""
    phone, job = await town.phone(), await town.job()
    visit = await town.out(job)
    tomorrow = str(TODAY + timedelta(days=1))
    return job, [
        *saying(phone, visit, "arrived", "working"),
        (phone, phone.say(visit, "paused", resumeOn=tomorrow, remainingMinutes=25)),
        *saying(phone, visit, "working", "part-used", "measurement", "closure"),
    ]


STORIES: list[Story] = [
    paid_visit,
    refused_price,
    two_closures_at_the_gate,
    reassigned_while_offline,
    reassigned_and_closed_by_the_first,
    no_access_then_access,
    cancelled_but_done,
    given_to_another_after_a_pause,
    broken_off_until_tomorrow,
    back_the_same_day_after_all,
]


async def tell(town: Town, said: Sequence[Said], chance: random.Random | None) -> None:
    """In order at one go, or shuffled, in batches, some of them twice."""
    now = NOW + timedelta(hours=8)
    told = list(said)
    if chance is not None:
        told += chance.sample(told, len(told) // 3)
        chance.shuffle(told)
    while told:
        batch = told[: len(told) if chance is None else chance.randint(1, 4)]
        for phone in {id(phone): phone for phone, _ in batch}.values():
            await phone.send(town.database, [event for of, event in batch if of is phone], now=now)
        del told[: len(batch)]


UUIDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WORLDS_OWN = ("area_id", "subscriber_id", "place_id", "network_element_id", "number", "appointment_id")


def plain(state: Any, job: Job, said: Sequence[Said]) -> Any:
    """Ids are made anew for each telling: here they are called by their first appearance in the story."""
    story = " ".join([str(job.job_id), *(event.decode() for _, event in said)])
    names = {name: f"id{number}" for number, name in enumerate(dict.fromkeys(UUIDS.findall(story)))}
    text = UUIDS.sub(lambda found: names.get(found[0], found[0]), msgspec.json.encode(state).decode())
    return ordered(msgspec.json.decode(text))


def ordered(value: Any) -> Any:
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {name: ordered(members[name]) for name in sorted(members) if name not in WORLDS_OWN}
    if isinstance(value, list):
        return sorted(map(ordered, cast("list[Any]", value)), key=msgspec.json.encode)
    return value


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
@settings(
    max_examples=TELLINGS,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32))
async def test_order_batches_and_repetition_do_not_matter(town: Town, story: Story, seed: int) -> None:
    job, said = await story(town)
    await tell(town, said, random.Random(seed))
    told = await town.state(job)
    straight_job, straight = await story(town)
    await tell(town, straight, None)
    wanted = await town.state(straight_job)
    assert plain(told, job, said) == plain(wanted, straight_job, straight)

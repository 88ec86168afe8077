"""A whole day on the stepped clock, in the order of its hours: people act, phones sync, line 2 escalates, the desk
looks. The clock stands still while the desk waits for a plan."""

import asyncio
from collections.abc import Callable
from datetime import datetime, time, timedelta
from uuid import UUID

from api.demo.catalogue import SKILLS_OF_KIND
from api.demo.client import Problem
from api.demo.desk import PATIENCE_SECONDS, TakesTooLong, until
from api.demo.episodes import Episodes
from api.demo.faults import DARKENED, NOON, OPENS, RACE
from api.demo.sabotage import ON_THE_DAY
from api.demo.world import Publication, World
from api.wire.plans import PlanOut, PlanRunOut, RoundOut
from db.states import HoldReason, JobState, PlanRunState, ReviewReason, VisitState

STEP = timedelta(minutes=5)
PUBLISHED_AT, CLOSES = time(7, 0), time(20, 30)
UNHURRIED = 3
"""A phone with nothing to send looks every so many steps."""
CALLS_BACK = (time(13, 0), time(16, 0))
"""When the desk calls those who were not at home."""
REVIEW_AFTER = timedelta(minutes=30)
"""A review that is younger may heal by itself: what is missing may be under way."""
ACCEPTS = {
    ReviewReason.GATE_FAILED: "seen on the spot, photo comes by mail",
    ReviewReason.JOB_CANCELLED: "it was done all the same",
    ReviewReason.NOT_ASSIGNEE: "helped a colleague",
}
"""Reviews that this dispatcher accepts, and why; all others are dismissed."""


async def open_the_morning(
    world: World, *, seconds: int, seed: int, watch: Callable[[PlanRunOut], None]
) -> PlanOut:
    """What came in overnight, the first plan, and its rounds to the phones."""
    world.clock.step_to(world.at(OPENS))
    await deliver_what_is_due(world, world.at(OPENS))
    await answer_the_phone(world)
    run = await world.desk.plan(*world.days, seconds=seconds, seed=seed, watch=watch)
    if run.state is not PlanRunState.DONE:
        raise TakesTooLong(f"the morning plan failed: {run.failure}")
    world.clock.step_to(world.at(PUBLISHED_AT))
    await publish_what_is_new(world, world.at(PUBLISHED_AT))
    return world.publications[0].plan


async def deliver_what_is_due(world: World, now: datetime) -> int:
    """What line 2 has escalated by now."""
    due = [
        fault for fault in world.faults if fault.at <= now and fault not in world.tickets.delivered.values()
    ]
    for fault in due:
        await world.tickets.deliver(fault)
    grown = [
        fault
        for fault in world.faults
        if fault.again is not None and fault.again <= now and fault not in world.tickets.grown
    ]
    for fault in grown:
        await world.tickets.deliver_more(fault)
    return len(due) + len(grown)


async def answer_the_phone(world: World) -> int:
    """Who is on the line is offered windows and takes one; a cut trunk is given to somebody at once. How many it was."""
    handled = 0
    racing: list[UUID] = []
    for job_id, fault in list(world.tickets.delivered.items()):
        if job_id in world.answered:
            continue
        world.answered.add(job_id)
        if fault.races:
            racing.append(job_id)
        elif fault.on_the_line:
            await world.support.call(job_id, pick=len(world.answered) % 3)
        elif fault.escalation.affected == DARKENED:
            await _at_once(world, job_id)
        else:
            continue
        handled += 1
    if racing:
        handled += len(racing)
        everybody = frozenset(person.technician_id for person in world.made.set_up.technicians)
        only = next(
            one.technician_id
            for one in world.made.set_up.technicians
            if SKILLS_OF_KIND["wifi_setup"] <= set(one.skills)
        )
        on = world.first_on + timedelta(days=3)
        said = await world.support.race(racing, only, everybody, on)
        world.episodes.append(
            f"{world.local(world.at(RACE))} {len(racing)} subscribers want one window on {on:%a}: {said}"
        )
    return handled


async def _at_once(world: World, job_id: UUID) -> None:
    done = await world.desk.place_emergency(job_id)
    world.emergencies.append(done)
    option = done.accepted
    told = (
        "nobody had room"
        if option is None
        else (
            f"{option.display_name} is there at {world.local(option.expected_arrival_at)}, "
            f"{len(option.moved)} visits moved, {len(option.later)} later"
        )
    )
    took = f"proposed in {done.proposed_ms:.0f} ms, placed in {done.accepted_ms:.0f} ms"
    world.episodes.append(f"{world.local(world.at(NOON))} emergency: {told} ({took})")


async def _out(world: World) -> list[RoundOut]:
    return [one for on in world.days for one in await world.desk.rounds(on)]


async def publish_what_is_new(world: World, now: datetime) -> bool:
    """Every draft there is, once planning has come to rest."""
    news = False
    while True:
        for run in await world.desk.until_planned():
            if run.state is PlanRunState.FAILED:
                world.failed_runs[str(run.plan_run_id)] = str(run.failure)
        draft = await world.desk.newest_draft()
        if draft is None:
            return news
        before = await _out(world)
        try:
            await world.desk.publish(draft.plan_id)
        except Problem as problem:
            if problem.slug != "plan-superseded":
                raise
            continue
        news = True
        world.publications.append(Publication(at=now, plan=draft, before=before, after=await _out(world)))


async def pass_the_day(world: World, tell: Callable[[str], None]) -> None:
    """From the publication of the plan to the evening."""
    now, steps = world.at(PUBLISHED_AT), 0
    episodes = Episodes(world)
    while now < world.at(CLOSES):
        now, steps = now + STEP, steps + 1
        world.clock.step_to(now)
        for person in world.people:
            person.act(now)
        _break_on_purpose(world)
        await _sync(world, now, everybody=steps % UNHURRIED == 0)
        arrived = await deliver_what_is_due(world, now)
        await answer_the_phone(world)
        changed = await episodes.play(world, now)
        if arrived or changed:
            changed = await publish_what_is_new(world, now) or changed
        if steps % 6 == 0:
            await _decide(world, now - REVIEW_AFTER)
        if now in [world.at(clock) for clock in CALLS_BACK] and await _try_again(world):
            changed = await publish_what_is_new(world, now) or changed
        if changed:
            await _sync(world, now, everybody=True)
        if now.minute == 0:
            tell(_hour(world, now))


def _break_on_purpose(world: World) -> None:
    breaking = ON_THE_DAY.get(world.broken or "")
    if breaking is not None and breaking(world):
        world.broken = None


async def _sync(world: World, now: datetime, *, everybody: bool) -> None:
    phones = [person.phone for person in world.people if not person.phone.is_offline(now)]
    await asyncio.gather(*(phone.flush(now) for phone in phones if everybody or len(phone.outbox)))


async def _decide(world: World, opened_before: datetime) -> None:
    for review in await world.desk.reviews():
        if review.opened_at <= opened_before:
            note = ACCEPTS.get(review.reason)
            try:
                await world.desk.decide(review, accepted=note is not None, note=note or "looked at it")
            except Problem as problem:
                # it healed or changed under the dispatcher's hand
                if problem.status not in (409, 412):
                    raise
                continue
            world.decided.append(f"{review.reason}: {'accepted' if note else 'dismissed'}")


async def _try_again(world: World) -> bool:
    """Whoever was not at home has been reached by phone: the job comes off hold, and is planned again."""
    waiting = [
        job
        for job in await world.desk.jobs()
        if job.state is JobState.ON_HOLD and job.hold_reason is HoldReason.NO_ACCESS
    ]
    for job in waiting:
        await world.desk.release(job, "at home now")
    if waiting:
        await world.desk.ask_for_plan(*world.days, seconds=world.plan_seconds, seed=world.seed)
    return bool(waiting)


def _hour(world: World, now: datetime) -> str:
    done = sum(len(person.began) for person in world.people)
    unsent = sum(len(person.phone.outbox) for person in world.people)
    offline = sum(person.phone.is_offline(now) for person in world.people)
    return f"{world.local(now)}  visits begun {done}, reports on phones {unsent}, phones offline {offline}"


async def close_the_evening(world: World) -> None:
    """Every phone at home: nothing waits, and all show the next day's round. Raises `TakesTooLong`."""
    now = world.at(CLOSES)
    await asyncio.gather(*(person.phone.settle_down(now) for person in world.people))
    await _decide(world, now)
    await publish_what_is_new(world, now)

    async def all_show_tomorrow() -> bool | None:
        await asyncio.gather(*(person.phone.settle_down(now) for person in world.people))
        return True if not await _missing_tomorrow(world) else None

    await until("tomorrow's round on the phones", all_show_tomorrow, PATIENCE_SECONDS)
    await until("the verdict on today's promises", lambda: _promises_are_judged(world), PATIENCE_SECONDS)
    await asyncio.gather(*(person.phone.settle_down(now) for person in world.people))


async def _promises_are_judged(world: World) -> bool | None:
    """A worker says of each window that has passed whether it was kept; that comes by time."""
    numbers = await world.desk.numbers(world.first_on)
    return True if numbers.promises == numbers.promises_kept + numbers.promises_missed else None


async def _missing_tomorrow(world: World) -> list[UUID]:
    """Visits of the next day that the phone of their technician does not show."""
    shown = {
        person.technician_id: {visit.visit_id for job in person.phone.rows.values() for visit in job.visits}
        for person in world.people
    }
    return [
        stop.visit_id
        for one in await world.desk.rounds(world.days[1])
        for stop in one.stops
        if stop.state is VisitState.PUBLISHED and stop.visit_id not in shown[one.technician_id]
    ]

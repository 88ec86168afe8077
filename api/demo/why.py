"""One of each "why": of the morning's plan for the dispatcher, "why not?", of the own round, and for the subscriber."""

import time
from uuid import UUID

from api.demo.area import PASSWORD
from api.demo.client import Session
from api.demo.day import PUBLISHED_AT
from api.demo.desk import PATIENCE_SECONDS, answered, until
from api.demo.world import World
from api.wire.jobs import WholeJob
from api.wire.plans import PlanOut
from api.wire.reasons import OwnRoundOut, ReasonOut, ReasonsOut, WhyNotOut

PAGE = 200


async def ask_why(world: World, plan: PlanOut) -> list[str]:
    """A line for each. Raises `Problem`, `TakesTooLong`."""
    session = await world.client.sign_in(world.made.logins["dispatcher"], PASSWORD)

    async def look() -> list[ReasonOut] | None:
        """Worked out once more when the plan went out: moving a visit that people were told of costs more."""
        said = await _reasons(session, plan.plan_id)
        return said if any(one.explained_at >= world.at(PUBLISHED_AT) for one in said) else None

    found = await until("the reasons", look, PATIENCE_SECONDS)
    told = [f"why: {len(found)} jobs of plan {plan.plan_version} have a reason"]
    placed = [one for one in found if one.instead and one.instead.technician_id != one.technician_id]
    if placed:
        # where most would be lost
        one = max(placed, key=lambda reason: 0 if reason.instead is None else reason.instead.cost)
        told.append(f"  {one.job_number} with {one.display_name}: {' '.join(one.sentences)}")
        told.append(await _why_not(session, plan.plan_id, one))
    left = [one for one in found if one.technician_id is None]
    told += [f"  {one.job_number} has no place: {' '.join(one.sentences)}" for one in left[:1]]
    return [*told, *await _own_round(world), *await _subscriber(world)]


async def _reasons(session: Session, plan_id: UUID) -> list[ReasonOut]:
    found: list[ReasonOut] = []
    path: str | None = f"/v1/plans/{plan_id}/reasons?limit={PAGE}"
    while path is not None:
        page = await answered(path, lambda path=path: session.get(path, ReasonsOut))
        found += page.items
        path = None if page.next is None else f"/v1/plans/{plan_id}/reasons?limit={PAGE}&after={page.next}"
    return found


async def _why_not(session: Session, plan_id: UUID, one: ReasonOut) -> str:
    """Why not the next best?"""
    assert one.instead is not None, "asked of those that have a next best"
    question = {"jobId": str(one.job_id), "technicianId": str(one.instead.technician_id)}
    began = time.perf_counter()
    path = f"/v1/plans/{plan_id}/why-not"
    asked = await answered("a question", lambda: session.post(path, question, WhyNotOut))

    async def look() -> WhyNotOut | None:
        found = await session.get(f"{path}/{asked.why_not_id}", WhyNotOut)
        return None if found.answer is None else found

    answer = (await until("an answer", look, PATIENCE_SECONDS)).answer
    assert answer is not None, "waited for"
    seconds = time.perf_counter() - began
    return f"  why not {one.instead.display_name}? {' '.join(answer.sentences)} ({seconds:.1f} s)"


async def _own_round(world: World) -> list[str]:
    """Of the first technician who has one."""
    for number, login in enumerate(world.made.technician_logins):
        session = await world.client.sign_in(login, PASSWORD)
        path = f"/v1/rounds/{world.first_on}/reasons"
        own = await answered(path, lambda session=session, path=path: session.get(path, OwnRoundOut))
        if own.sentence is not None and own.visits:
            name = world.made.set_up.technicians[number].display_name
            return [f"  to {name}: {own.sentence} {own.visits[0].job_number}: {own.visits[0].sentence}"]
    return []


async def _subscriber(world: World) -> list[str]:
    """Of somebody who was promised a window."""
    if not world.support.bookings:
        return []
    session = await world.client.sign_in(world.made.logins["support"], PASSWORD)
    path = f"/v1/jobs/{world.support.bookings[0].job_id}"
    whole = await answered(path, lambda: session.get(path, WholeJob))
    return [] if whole.told is None else [f"  to the subscriber: “{whole.told.sentence}”"]

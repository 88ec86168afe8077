"""What lies between two versions of the rounds."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.queries import areas, jobs, plans, technicians
from db.records import Job, Plan, PlannedRoute, Technician
from db.records.base import Record
from db.rows import Conn
from dispatch.errors import UnknownPlan
from dispatch.horizon import grouped
from dispatch.rules import rounds
from dispatch.rules import versions as rules


class Between(Record):
    """The difference, and whom and what it speaks of."""

    compared: rules.Compared
    jobs: dict[UUID, Job]
    technicians: dict[UUID, Technician]
    """Of the areas that the caller sees."""


async def compare(
    conn: Conn, *, area_id: UUID, plan_id: UUID, against: UUID | None, now: datetime
) -> Between:
    """Against another version; where none is named, against what it went out over, and a draft against what is out now.

    Raises `UnknownPlan`.
    """
    area = await areas.get_area(conn, area_id)
    plan = await _plan(conn, area_id, plan_id)
    other = None if against is None else await _plan(conn, area_id, against)
    older, newer = (None, plan) if other is None else sorted([other, plan], key=lambda one: one.plan_version)
    none: Sequence[PlannedRoute] = []
    under = await _under(conn, newer)
    over = none if older is None else await _under(conn, older)
    routes = [*under, *newer.routes, *over, *(none if older is None else older.routes)]
    ids = sorted(rules.places_of(routes))
    known = {job.job_id: job for job in await jobs.list_jobs_by_id(conn, area_id, ids)}
    windows = await jobs.list_appointments(conn, area_id, ids)
    before = under
    if older is not None:
        before = rules.laid_over(over, older.routes, rules.given_up(older, known))
        before += rules.unknown_to(older, before, under)
    after = rules.laid_over(before, newer.routes, rules.given_up(newer, known))
    if older is plan:
        before, after = after, before
    compared = rules.compare(
        before,
        after,
        known,
        grouped(windows, lambda row: row.job_id),
        area,
        newer.published_at or now,
    )
    return Between(compared=compared, jobs=known, technicians=await _people(conn, routes))


async def _plan(conn: Conn, area_id: UUID, plan_id: UUID) -> Plan:
    plan = await plans.find_plan(conn, area_id, plan_id)
    if plan is None:
        raise UnknownPlan()
    return plan


async def _under(conn: Conn, plan: Plan) -> Sequence[PlannedRoute]:
    """What it went out over; for a draft, what is out on its days."""
    if plan.published_at is not None:
        return plan.replaced
    frames = await plans.list_rounds_between(conn, plan.area_id, plan.first_on, plan.last_on)
    visits = await plans.list_visits_between(conn, plan.area_id, plan.first_on, plan.last_on)
    return [rounds.route_out(frame, visits) for frame in frames]


async def _people(conn: Conn, routes: Sequence[PlannedRoute]) -> dict[UUID, Technician]:
    homes = sorted({route.technician_area_id for route in routes})
    return {person.technician_id: person for person in await technicians.list_technicians(conn, homes)}

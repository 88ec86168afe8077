"""What lies between two versions of the rounds; and which versions there are."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from db.queries import areas, jobs, kinds, plans, reasons, setup, subscribers, technicians
from db.records import (
    Appointment,
    Area,
    Job,
    JobKindVersion,
    Place,
    Plan,
    PlannedRoute,
    PlanReason,
    Technician,
)
from db.records.base import Record
from db.rows import Conn
from dispatch.errors import UnknownPlan
from dispatch.fair_shares import debts_of
from dispatch.horizon import grouped
from dispatch.rules import rounds
from dispatch.rules import versions as rules
from dispatch.rules.running import PROMISED, day_of
from dispatch.rules.splits import Ground


class Between(Record):
    """The difference, and whom and what it speaks of."""

    area: Area
    compared: rules.Compared
    jobs: dict[UUID, Job]
    kinds: dict[tuple[str, int], JobKindVersion]
    places: dict[UUID, Place]
    windows: dict[UUID, Appointment]
    """What was promised, by job."""
    said: dict[UUID, PlanReason]
    """Why the version has each job where it has it, or nowhere."""
    technicians: dict[UUID, Technician]
    """Of the areas that the caller sees."""
    codes: dict[str, str]
    """What skills, parts and tools are called."""


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
    left_out = [item.job_id for one in (newer, older) if one is not None for item in one.unassigned]
    ids = sorted({*rules.places_of(routes), *left_out})
    known = {job.job_id: job for job in await jobs.list_jobs_by_id(conn, area_id, ids)}
    windows = grouped(await jobs.list_appointments(conn, area_id, ids), lambda row: row.job_id)
    before = under
    if older is not None:
        before = rules.laid_over(over, older.routes, rules.given_up(older, known))
        before += rules.unknown_to(older, before, under)
    after = rules.laid_over(before, newer.routes, rules.given_up(newer, known))
    if older is plan:
        before, after = after, before
    span = _span(plan, routes)
    people = await _people(conn, area_id, span, routes)
    days = await technicians.list_technician_days(conn, area_id, *span)
    ground = Ground(
        area=area,
        now=newer.published_at or now,
        jobs=known,
        appointments=windows,
        days={day_of(day): day for day in days},
        overtime={person.technician_id: person.overtime_max for person in people.values()},
        debts=await debts_of(conn, sorted({day.area_id for day in days}), span[0]),
        asked=known.keys() - rules.nobody_goes(known),
    )
    versions = await kinds.list_kinds(conn, area_id)
    place_ids = [job.place_id for job in known.values()]
    return Between(
        area=area,
        compared=rules.compare(before, after, ground),
        jobs=known,
        kinds={(kind.kind, kind.kind_version): kind for kind in versions},
        places={row.place_id: row for row in await subscribers.list_places(conn, [area_id], place_ids)},
        windows={row.job_id: row for rows in windows.values() for row in rows if row.state in PROMISED},
        said={row.job_id: row for row in await reasons.list_reasons(conn, area_id, plan_id)},
        technicians=people,
        codes=await setup.list_code_names(conn, area_id),
    )


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


def _span(plan: Plan, routes: Sequence[PlannedRoute]) -> tuple[date, date]:
    days = [plan.first_on, plan.last_on, *(route.on_day for route in routes)]
    return min(days), max(days)


async def _people(
    conn: Conn, area_id: UUID, span: tuple[date, date], routes: Sequence[PlannedRoute]
) -> dict[UUID, Technician]:
    homes = sorted({route.technician_area_id for route in routes})
    found = await technicians.list_technicians(conn, homes)
    found += await technicians.list_technicians_of(conn, area_id, *span)
    return {person.technician_id: person for person in found}


class Listed(Record):
    """A version, and who made it."""

    plan: Plan
    made_by: str | None
    """Who asked for the run, or changed the rounds by hand; None: no person did."""
    published_by: str | None
    discarded_by: str | None
    undone_by_plan_id: UUID | None


async def list_versions(conn: Conn, *, area_id: UUID, limit: int) -> list[Listed]:
    """Newest first."""
    found = await plans.list_plans(conn, area_id, limit)
    runs = await plans.list_runs_by_id(
        conn, area_id, [plan.plan_run_id for plan in found if plan.plan_run_id is not None]
    )
    asked = {run.plan_run_id: run.requested_by for run in runs}
    who = {*asked.values(), *(by for plan in found for by in (plan.published_by, plan.discarded_by))}
    staff = await areas.list_staff_by_id(conn, sorted(one for one in who if one is not None))
    names: dict[UUID | None, str] = {person.staff_id: person.display_name for person in staff}
    # what undoes a version is newer, so it stands in the same list
    undone = {plan.undoes_plan_id: plan.plan_id for plan in reversed(found)}
    return [
        Listed(
            plan=plan,
            made_by=names.get(plan.published_by if plan.plan_run_id is None else asked.get(plan.plan_run_id)),
            published_by=names.get(plan.published_by),
            discarded_by=names.get(plan.discarded_by),
            undone_by_plan_id=undone.get(plan.plan_id),
        )
        for plan in found
    ]

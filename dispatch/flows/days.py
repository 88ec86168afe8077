"""A day of an area in numbers."""

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from db.queries import areas, charges, jobs, plans
from db.rows import Conn
from db.states import AppointmentState, JobState
from dispatch.rules.statistics import ATTENDED, DayNumbers, Happened, numbers_of

ALL_ON_HOLD = 10_000


async def numbers(conn: Conn, *, area_id: UUID, on_day: date, now: datetime) -> DayNumbers:
    area = await areas.get_area(conn, area_id)
    start = datetime(on_day.year, on_day.month, on_day.day, tzinfo=ZoneInfo(area.time_zone))
    following = on_day + timedelta(days=1)
    end = datetime(following.year, following.month, following.day, tzinfo=ZoneInfo(area.time_zone))
    visits = await plans.list_visits_between(conn, area_id, on_day, on_day)
    closures = await charges.list_closures_between(conn, area_id, start, end)
    concerned = {visit.job_id for visit in visits} | {closure.job_id for closure in closures}
    found = {job.job_id: job for job in await jobs.list_open_jobs(conn, area_id)}
    # still in the dark, though no plan takes it up
    on_hold = await jobs.list_jobs(conn, area_id, [JobState.ON_HOLD], UUID(int=0), ALL_ON_HOLD)
    found |= {job.job_id: job for job in on_hold}
    found |= {job.job_id: job for job in await jobs.list_jobs_by_id(conn, area_id, sorted(concerned))}
    attendances: dict[UUID, int] = {}
    for visit in await plans.list_visits_of_jobs(conn, area_id, sorted(concerned)):
        attendances[visit.job_id] = attendances.get(visit.job_id, 0) + (visit.state in ATTENDED)
    made = await charges.list_charges_between(conn, area_id, start, end)
    undone = await charges.list_reversals(conn, area_id, [charge.charge_id for charge in made])
    windows = await jobs.list_appointments(conn, area_id, sorted(found))
    return numbers_of(
        Happened(
            on_day=on_day,
            day_start=start,
            day_end=end,
            now=min(now, end),
            currency=area.currency,
            visits=visits,
            attendances=attendances,
            jobs=[found[job_id] for job_id in sorted(found)],
            appointments=[window for window in windows if window.state is not AppointmentState.OFFERED],
            closures=closures,
            charges=made,
            reversed_charges={reversal.charge_id for reversal in undone},
        )
    )

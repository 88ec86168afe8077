"""A job that a hand wants somewhere, read with all that pricing it takes: shared by who tries it and who does it."""

from datetime import datetime
from uuid import UUID

from db.queries import jobs, plans
from db.records import Area, Job
from db.rows import Conn
from db.states import LIVE_VISIT
from dispatch.errors import NotBookable, VisitStarted
from dispatch.horizon import ask_for
from dispatch.placing import present_visits
from dispatch.rules.hands import Wish, begun
from dispatch.rules.running import PLANNABLE, day_of, promised_window
from dispatch.rules.standing import unix
from optimizer.standing import Standing


async def read_wish(conn: Conn, area: Area, standing: Standing, job: Job, now: datetime) -> Wish:
    """Its place is made known to `standing`. Raises `NotBookable` where nothing is to be planned, `VisitStarted`."""
    visit = (await present_visits(conn, area.area_id, [job.job_id])).get(job.job_id)
    if begun(visit):
        raise VisitStarted()
    if job.state not in PLANNABLE:
        raise NotBookable(state=job.state)
    promised = promised_window(await jobs.list_appointments(conn, area.area_id, [job.job_id]), now)
    window = None if promised is None else (unix(promised.earliest_at), unix(promised.latest_at))
    out = visit is not None and visit.state in LIVE_VISIT
    published = unix(visit.planned_start_at) if visit is not None and out else -1
    asked = await ask_for(conn, area, standing, job, window, published)
    return Wish(
        area=area,
        job=job,
        kind=asked.kind,
        visit=visit,
        # taken from somebody it costs what it costs a plan
        stop=asked.stop._replace(published_row=day_of(visit)) if visit is not None and out else asked.stop,
        meets_at=visit.planned_start_at
        if visit is not None and await _is_met(conn, area.area_id, job.job_id, visit.visit_id)
        else None,
    )


async def _is_met(conn: Conn, area_id: UUID, job_id: UUID, visit_id: UUID) -> bool:
    """A second technician comes to it."""
    return any(row.visit_id == visit_id for row in await plans.list_crew(conn, area_id, [job_id]))

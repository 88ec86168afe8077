"""What a change that was worked out in memory would do, with who is to hear of it in which language."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.queries import areas, subscribers
from db.records import Appointment, Area, Job
from db.rows import Conn
from dispatch.rules.consequences import Consequences, Hearers, Touched, consequences_of


async def foresee(
    conn: Conn,
    *,
    area: Area,
    touched: Sequence[Touched],
    leaving: Sequence[UUID],
    more: Sequence[tuple[Job, Sequence[Appointment]]] = (),
    now: datetime,
) -> Consequences:
    """`more`: jobs that are in no row yet, with what they were promised."""
    facts = [one.after.stood.facts for one in touched]
    jobs = {job_id: job for known in facts for job_id, job in known.jobs.items()}
    windows = {job_id: rows for known in facts for job_id, rows in known.appointments.items()}
    jobs |= {job.job_id: job for job, _ in more}
    windows |= {job.job_id: rows for job, rows in more}
    people = [known.technician for known in facts]
    staff = await areas.list_staff_by_id(conn, sorted({person.staff_id for person in people}))
    languages = {person.staff_id: person.language for person in staff}
    told = {*leaving, *(job_id for one in touched for job_id in one.after.jobs)}
    hearers = Hearers(
        technicians={
            person.technician_id: languages[person.staff_id]
            for person in people
            if person.staff_id in languages
        },
        subscribers={
            row.job_id: row.language
            for row in await subscribers.list_languages(conn, area.area_id, sorted(told))
        },
    )
    return consequences_of(touched, leaving, jobs, windows, hearers, area, now)

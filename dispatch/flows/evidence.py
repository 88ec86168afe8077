"""The evidence of one job, read together in one snapshot."""

from collections.abc import Sequence
from uuid import UUID

from db.queries import areas, charges, jobs, kinds, reports, subscribers
from db.records import Job
from db.rows import Conn
from dispatch.errors import UnknownJob
from dispatch.rules.evidence import Evidence, Known, evidence_of, key_from


async def find_job(conn: Conn, *, areas_seen: Sequence[UUID], named: str) -> Job:
    """By id, or by the number that people say. Raises `UnknownJob`."""
    try:
        found = await jobs.list_jobs_named(conn, areas_seen, UUID(named), "")
    except ValueError:
        found = await jobs.list_jobs_named(conn, areas_seen, UUID(int=0), named.upper())
    if len(found) != 1:
        raise UnknownJob()
    return found[0]


async def collect(conn: Conn, *, areas_seen: Sequence[UUID], job_id: UUID) -> Evidence:
    """Raises `UnknownJob`, for a job of another area too."""
    area_id = await jobs.find_area_of_job(conn, areas_seen, job_id)
    job = None if area_id is None else await jobs.find_job(conn, area_id, job_id)
    installation = await areas.find_installation(conn)
    if area_id is None or job is None or installation is None:
        raise UnknownJob()
    subscriber = await subscribers.find_subscriber(conn, area_id, job.subscriber_id)
    assert subscriber is not None, "subscribers are never removed"
    charged = await charges.list_charges_of_job(conn, area_id, job_id)
    known = Known(
        job=job,
        contract=subscriber.contract,
        consents=await charges.list_consents(conn, area_id, job_id),
        terms=await kinds.list_terms(conn, area_id),
        agreements=await kinds.list_agreements(conn, area_id),
        quotes=await charges.list_quotes(conn, area_id, job_id),
        closures=await charges.list_closures(conn, area_id, job_id),
        charges=charged,
        reversals=await charges.list_reversals(conn, area_id, [charge.charge_id for charge in charged]),
        waivers=await charges.list_waivers(conn, area_id, job_id),
        reviews=await reports.list_reviews_of_job(conn, area_id, job_id),
    )
    return evidence_of(known, key_from(installation.cursor_key))


async def seal_key(conn: Conn) -> bytes:
    """With which this installation seals."""
    installation = await areas.find_installation(conn)
    assert installation is not None, "written by migrate"
    return key_from(installation.cursor_key)

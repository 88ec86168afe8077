"""Jobs: lists, one whole, what a person may do with it, and its consents, closures and charges."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from api.auth import allow
from api.deps import NOBODY, AreaId, Caller, CallerDep, IfMatch, Limit, etag, shown, version_of
from api.wire.jobs import (
    ChargeOut,
    Charges,
    ClosureOut,
    Closures,
    ConsentOut,
    Consents,
    JobOut,
    Jobs,
    Journal,
    JournalEntryOut,
    Reason,
    WholeJob,
    without_names,
    without_strokes,
)
from db.states import JobState, Role
from dispatch.flows import evidence, jobs, journals
from dispatch.rules.evidence import Evidence
from dispatch.rules.lifecycle import JobStep

READERS = (Role.DISPATCHER, Role.SUPPORT, Role.SUPERVISOR, Role.AUDITOR)
Number = Annotated[
    str | None, QueryParameter(name="number", max_length=20, description="What people call it by")
]
States = Annotated[list[JobState] | None, QueryParameter(name="state", description="Only these states")]


@get("/v1/jobs", opt=allow(*READERS), tags=["jobs"], summary="List jobs")
async def list_jobs(
    caller: CallerDep,
    states: States = None,
    area_id: AreaId = None,
    after: FromQuery[UUID | None] = None,
    limit: Limit = 100,
    number: Number = None,
) -> Jobs:
    """In the order of their making, a page at a time; or the one of this number."""
    area = caller.area(area_id)
    rows = await caller.read(
        lambda conn: jobs.list_some(
            conn,
            area_id=area,
            states=states or list(JobState),
            after=after or NOBODY,
            limit=limit,
            number=number,
        )
    )
    return Jobs(
        items=[shown(row, JobOut) for row in rows], next=rows[-1].job_id if len(rows) == limit else None
    )


async def _whole(caller: Caller, job_id: UUID) -> jobs.WholeJob:
    return await caller.read(
        lambda conn: jobs.get(
            conn,
            areas_seen=caller.actor.areas,
            job_id=job_id,
            language=caller.actor.language,
            now=caller.now,
        )
    )


@get("/v1/jobs/{job_id:uuid}", opt=allow(*READERS), tags=["jobs"], summary="Read a job whole")
async def get_job(job_id: FromPath[UUID], caller: CallerDep) -> Response[WholeJob]:
    """With its escalations, appointments, visits, reports, consents, closures, charges, reviews and journal; without the
    strokes and codes of consents, which are in its evidence. Supervisors and auditors read a contract for a name."""
    whole = await _whole(caller, job_id)
    answer = without_strokes(shown(whole, WholeJob))
    if not caller.knows_names(whole.job.area_id):
        answer = without_names(answer)
    return Response(answer, headers={"ETag": etag(whole.job.version)})


@get(
    "/v1/jobs/{job_id:uuid}/consents",
    opt=allow(*READERS, scope="charges:read"),
    tags=["jobs"],
    summary="The consents of a job",
)
async def list_consents(job_id: FromPath[UUID], caller: CallerDep) -> Consents:
    """What was agreed to or declined: the terms at booking, prices on site."""
    whole = await _whole(caller, job_id)
    items = [shown(row, ConsentOut) for row in whole.consents]
    named = caller.knows_names(whole.job.area_id)
    return Consents(items=items if named else [msgspec.structs.replace(one, person="") for one in items])


@get(
    "/v1/jobs/{job_id:uuid}/closures",
    opt=allow(*READERS, scope="charges:read"),
    tags=["jobs"],
    summary="The closures of a job",
)
async def list_closures(job_id: FromPath[UUID], caller: CallerDep) -> Closures:
    """What was found and done, in force or kept beside."""
    whole = await _whole(caller, job_id)
    items = [shown(row, ClosureOut) for row in whole.closures]
    named = caller.knows_names(whole.job.area_id)
    return Closures(
        items=items if named else [msgspec.structs.replace(one, confirmed_by="") for one in items]
    )


@get(
    "/v1/jobs/{job_id:uuid}/evidence",
    opt=allow(Role.DISPATCHER),
    tags=["jobs"],
    summary="The evidence of a job",
)
async def get_evidence(job_id: FromPath[UUID], caller: CallerDep) -> Evidence:
    """Every consent with the exact text and the price lines shown, the strokes or the proof of the code, and what was charged
    by them; hashed leaf by leaf and sealed. `line3 evidence verify FILE` names what was altered since."""
    return await caller.read(
        lambda conn: evidence.collect(conn, areas_seen=caller.actor.areas, job_id=job_id)
    )


@get("/v1/charges", opt=allow(*READERS, scope="charges:read"), tags=["charges"], summary="List charges")
async def list_charges(
    caller: CallerDep,
    area_id: AreaId = None,
    after: FromQuery[UUID | None] = None,
    limit: Limit = 100,
) -> Charges:
    """In the order of their making: billing reads up to where it was. `chargeId` is its idempotency key."""
    area = caller.area(area_id)
    rows = await caller.read(
        lambda conn: jobs.list_charges(conn, area_id=area, after=after or NOBODY, limit=limit)
    )
    return Charges(
        items=[shown(row, ChargeOut) for row in rows], next=rows[-1].charge_id if len(rows) == limit else None
    )


@get("/v1/journal", opt=allow(Role.DISPATCHER, Role.AUDITOR), tags=["journal"], summary="Read the journal")
async def list_journal(
    caller: CallerDep,
    area_id: AreaId = None,
    after: Annotated[int, QueryParameter(ge=0, le=2**53)] = 0,
    limit: Limit = 100,
) -> Journal:
    """What happened, in order, without gaps."""
    area = caller.area(area_id)
    rows = await caller.read(lambda conn: journals.list_after(conn, area_id=area, after=after, limit=limit))
    return Journal(items=[shown(row, JournalEntryOut) for row in rows], next=rows[-1].n if rows else after)


async def _change(
    caller: Caller, job_id: UUID, step: JobStep, if_match: str | None, reason: str
) -> Response[JobOut]:
    version = version_of(if_match)
    changed = await caller.write(
        lambda conn: jobs.change(
            conn,
            areas_seen=caller.actor.areas,
            job_id=job_id,
            step=step,
            version=version,
            reason=reason,
            actor=caller.actor,
            now=caller.now,
        )
    )
    return Response(shown(changed, JobOut), headers={"ETag": etag(changed.version)}, status_code=200)


@post(
    "/v1/jobs/{job_id:uuid}/cancel",
    opt=allow(Role.DISPATCHER),
    tags=["jobs"],
    summary="Cancel a job",
    status_code=200,
)
async def cancel_job(
    job_id: FromPath[UUID], data: JSONBody[Reason], caller: CallerDep, if_match: IfMatch = None
) -> Response[JobOut]:
    """Nobody goes any more; what a phone still reports of it waits for a person."""
    return await _change(caller, job_id, JobStep.CANCEL, if_match, data.reason)


@post(
    "/v1/jobs/{job_id:uuid}/release",
    opt=allow(Role.DISPATCHER),
    tags=["jobs"],
    summary="Take a job off hold",
    status_code=200,
)
async def release_job(
    job_id: FromPath[UUID], data: JSONBody[Reason], caller: CallerDep, if_match: IfMatch = None
) -> Response[JobOut]:
    """It is planned again."""
    return await _change(caller, job_id, JobStep.RELEASE, if_match, data.reason)


@post(
    "/v1/jobs/{job_id:uuid}/reopen",
    opt=allow(Role.DISPATCHER),
    tags=["jobs"],
    summary="Reopen a job",
    status_code=200,
)
async def reopen_job(
    job_id: FromPath[UUID], data: JSONBody[Reason], caller: CallerDep, if_match: IfMatch = None
) -> Response[JobOut]:
    """It was not mended: the history stays, the priority rises."""
    return await _change(caller, job_id, JobStep.REOPEN, if_match, data.reason)

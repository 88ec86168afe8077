"""What waits for a person."""

from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.auth import allow
from api.deps import NOBODY, AreaId, CallerDep, IfMatch, Limit, etag, shown, version_of
from api.wire.jobs import Decision, ReviewOut, Reviews
from db.states import Role
from dispatch.flows import reviews


@get("/v1/reviews", opt=allow(Role.DISPATCHER), tags=["reviews"], summary="List open reviews")
async def list_reviews(
    caller: CallerDep, area_id: AreaId = None, after: FromQuery[UUID | None] = None, limit: Limit = 100
) -> Reviews:
    """What phones reported and a person has to decide, oldest first."""
    area = caller.area(area_id)
    rows = await caller.read(
        lambda conn: reviews.list_open(conn, area_id=area, after=after or NOBODY, limit=limit)
    )
    return Reviews(
        items=[shown(row, ReviewOut) for row in rows], next=rows[-1].review_id if len(rows) == limit else None
    )


@post(
    "/v1/reviews/{review_id:uuid}/decision",
    opt=allow(Role.DISPATCHER),
    tags=["reviews"],
    summary="Decide a review",
    status_code=200,
)
async def decide_review(
    review_id: FromPath[UUID],
    data: JSONBody[Decision],
    caller: CallerDep,
    area_id: AreaId = None,
    if_match: IfMatch = None,
) -> Response[ReviewOut]:
    """Take what the phone said into force, or not. Nothing is ever charged by it without an accepted consent. What has no job
    yet (an unknown job or visit, a revoked phone) is applied within a minute."""
    area = caller.area(area_id)
    version = version_of(if_match)
    review = await caller.write(
        lambda conn: reviews.decide(
            conn,
            area_id=area,
            review_id=review_id,
            accepted=data.accepted,
            note=data.note,
            attach_to=data.job_id,
            version=version,
            actor=caller.actor,
            now=caller.now,
        )
    )
    return Response(shown(review, ReviewOut), headers={"ETag": etag(review.version)})

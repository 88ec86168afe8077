"""What waits for a person."""

from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.auth import allow
from api.deps import NOBODY, AreaId, CallerDep, IfMatch, Limit, etag, shown, version_of
from api.wire.jobs import Decision, ReviewBeside, ReviewChoice, ReviewOut, ReviewRow, Reviews
from db.states import Role
from dispatch.flows import reviews
from dispatch.rules.beside import Beside
from dispatch.rules.told_review import choices_of, reason_of, rows_of


@get("/v1/reviews", opt=allow(Role.DISPATCHER), tags=["reviews"], summary="List open reviews")
async def list_reviews(
    caller: CallerDep, area_id: AreaId = None, after: FromQuery[UUID | None] = None, limit: Limit = 100
) -> Reviews:
    """What phones reported and a person has to decide, oldest first: both versions side by side, why it waits and what may be
    decided, in the reader's language."""
    area = caller.area(area_id)
    found = await caller.read(
        lambda conn: reviews.list_beside(conn, area_id=area, after=after or NOBODY, limit=limit)
    )
    return Reviews(
        items=[_beside(one, caller.actor.language) for one in found],
        next=found[-1].review.review_id if len(found) == limit else None,
    )


def _beside(one: Beside, language: str) -> ReviewBeside:
    review = one.review
    choices = choices_of(review.reason, one.kind, known=one.known, replaces=one.replaces, language=language)
    return ReviewBeside(
        **msgspec.structs.asdict(shown(review, ReviewOut)),
        job_number=one.number,
        display_name=one.technician,
        kind=one.kind,
        sentence=reason_of(review.reason, language),
        rows=[shown(row, ReviewRow) for row in rows_of(one.phone, one.server, one.kind, language)],
        choices=[shown(choice, ReviewChoice) for choice in choices],
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

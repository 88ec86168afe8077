"""Setting support up: what is asked for a symptom, and who takes what."""

from uuid import UUID

from litestar import Response, get, post, put
from litestar.params import FromPath, JSONBody

from api.auth import allow
from api.deps import AreaId, CallerDep, IfMatch, shown
from api.saving import OFFICE, answered, saved
from api.wire.support import (
    AnswerSetupOut,
    SelfCheckOut,
    SelfChecks,
    StepSetupOut,
    SupportPeople,
    SupportPersonOut,
)
from db.records import SelfCheckVersion
from db.states import Role
from dispatch.flows import support
from dispatch.rules.support import Outcome, SelfCheckIn, SupportProfileIn


def _check(row: SelfCheckVersion) -> SelfCheckOut:
    return SelfCheckOut(
        symptom=row.symptom,
        self_check_version=row.self_check_version,
        title=row.title,
        skills=row.skills,
        steps=[
            StepSetupOut(
                code=step.code,
                text=step.text,
                answers=[
                    AnswerSetupOut(
                        code=answer.code,
                        text=answer.text,
                        outcome=Outcome(answer.outcome),
                        symptom=answer.symptom or None,
                    )
                    for answer in step.answers
                ],
            )
            for step in row.steps
        ],
        valid_from=row.valid_from,
    )


@get("/v1/setup/self-checks", opt=allow(*OFFICE), tags=["set-up"], summary="List self-checks")
async def list_self_checks(caller: CallerDep, area_id: AreaId = None) -> SelfChecks:
    """With all their versions: the newest that is valid is asked."""
    area = caller.area(area_id)
    rows = await caller.read(lambda conn: support.list_self_checks(conn, area_id=area))
    return SelfChecks(items=[_check(row) for row in rows])


@post(
    "/v1/setup/self-checks",
    opt=allow(Role.SUPERVISOR),
    tags=["set-up"],
    summary="Set up a self-check, or a new version of one",
)
async def save_self_check(
    data: JSONBody[SelfCheckIn], caller: CallerDep, area_id: AreaId = None
) -> SelfCheckOut:
    """Whoever asks just then goes on with it. 412 where `after` is not the newest version any more."""
    area = caller.area(area_id)
    row = await caller.write(
        lambda conn: support.save_self_check(
            conn, area_id=area, made=data, actor=caller.actor, now=caller.now
        )
    )
    return _check(row)


@get("/v1/setup/support-profiles", opt=allow(*OFFICE), tags=["set-up"], summary="List who takes what")
async def list_people(caller: CallerDep, area_id: AreaId = None) -> SupportPeople:
    """Who works in support here; without a profile they take whatever comes."""
    area = caller.area(area_id)
    rows = await caller.read(lambda conn: support.list_people(conn, area_id=area))
    return SupportPeople(items=[shown(row, SupportPersonOut) for row in rows])


@put(
    "/v1/setup/support-profiles/{staff_id:uuid}",
    opt=allow(Role.SUPERVISOR),
    tags=["set-up"],
    summary="Set up what somebody takes",
)
async def save_profile(
    staff_id: FromPath[UUID],
    data: JSONBody[SupportProfileIn],
    caller: CallerDep,
    area_id: AreaId = None,
    if_match: IfMatch = None,
) -> Response[SupportPersonOut]:
    """Their lines, what they can and what they speak: the queue gives them what fits."""
    row = await saved(caller, area_id, if_match, support.save_profile, staff_id=staff_id, made=data)
    return answered(shown(row, SupportPersonOut), row.version)

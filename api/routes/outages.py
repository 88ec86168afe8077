"""Outages: alarms come in, what signs propose is accepted or refused, its end is expected and told."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from litestar import Response, get, post, put
from litestar.params import FromPath, JSONBody

from api.auth import allow
from api.deps import AreaId, Caller, CallerDep, IfMatch, etag, shown, version_of
from api.wire.outages import (
    AlarmSignOut,
    AlarmsTaken,
    ElementOut,
    EvidenceOut,
    OutageJobOut,
    OutageOut,
    Outages,
    OutageTold,
    TicketSignOut,
)
from db.rows import Conn
from db.states import HoldReason, Role
from dispatch.flows import alarms, outage_acceptance, outage_restoration, outages
from dispatch.outages import Dark
from dispatch.rules.outage_steps import AcceptanceIn, AlarmsIn, ExpectedIn, RaisedIn, RestorationIn
from dispatch.rules.told_outage import WORDS, spoken

READERS = allow(Role.SUPPORT, Role.DISPATCHER, Role.SUPERVISOR)
DECIDERS = allow(Role.SUPPORT, Role.DISPATCHER)
"""At night there is nobody but the lines."""
DONE = 200


@post(
    "/v1/alarms",
    opt=allow(Role.SUPPORT, scope="alarms:write"),
    tags=["outages"],
    summary="Take alarms in",
    status_code=DONE,
)
async def take_alarms(data: JSONBody[AlarmsIn], caller: CallerDep, area_id: AreaId = None) -> AlarmsTaken:
    """As often as need be: (source, id) is the identity. The first that was said of one stays; `clearedAt` ends it."""
    area = caller.area(area_id)
    taken = await caller.write(lambda conn: alarms.receive(conn, area_id=area, said=data, now=caller.now))
    return shown(taken, AlarmsTaken)


@get("/v1/outages", opt=READERS, tags=["outages"], summary="List outages")
async def list_outages(caller: CallerDep) -> Outages:
    """Proposed ones first, then accepted ones, then those restored within a day; the largest first."""
    found = await caller.read(
        lambda conn: outages.list_shown(conn, areas_seen=caller.actor.areas, now=caller.now)
    )
    return Outages(items=[_out(one, caller.now) for one in found])


@post(
    "/v1/network-elements/{network_element_id:uuid}/outage",
    opt=DECIDERS,
    tags=["outages"],
    summary="Raise an outage",
    status_code=201,
)
async def raise_outage(
    network_element_id: FromPath[UUID], data: JSONBody[RaisedIn], caller: CallerDep
) -> Response[OutageOut]:
    """Somebody knows it without signs: it is in force at once."""

    async def work(conn: Conn) -> outages.Shown:
        made = await outage_acceptance.raise_outage(
            conn,
            areas_seen=caller.actor.areas,
            element_id=network_element_id,
            said=data,
            actor=caller.actor,
            now=caller.now,
        )
        return await outages.get(conn, areas_seen=caller.actor.areas, outage_id=made.outage_id)

    return _answer(await caller.write(work), caller.now, 201)


@post(
    "/v1/outages/{outage_id:uuid}/acceptance",
    opt=DECIDERS,
    tags=["outages"],
    summary="Accept an outage",
    status_code=DONE,
)
async def accept_outage(
    outage_id: FromPath[UUID], data: JSONBody[AcceptanceIn], caller: CallerDep, if_match: IfMatch = None
) -> Response[OutageOut]:
    """Tickets there are linked, visits that it explains are called off, and their subscribers told; one job mends it."""
    return await _done(caller, outage_id, if_match, outage_acceptance.accept, said=data)


@post(
    "/v1/outages/{outage_id:uuid}/refusal",
    opt=DECIDERS,
    tags=["outages"],
    summary="Refuse an outage",
    status_code=DONE,
)
async def refuse_outage(
    outage_id: FromPath[UUID], caller: CallerDep, if_match: IfMatch = None
) -> Response[OutageOut]:
    """It is none; its signs propose no other."""
    return await _done(caller, outage_id, if_match, outage_restoration.refuse)


@put(
    "/v1/outages/{outage_id:uuid}/expected-end",
    opt=DECIDERS,
    tags=["outages"],
    summary="Say when it should work again",
)
async def expect_end(
    outage_id: FromPath[UUID], data: JSONBody[ExpectedIn], caller: CallerDep, if_match: IfMatch = None
) -> Response[OutageOut]:
    """Whoever was told of the outage is told this as well."""
    return await _done(caller, outage_id, if_match, outage_restoration.expect, expected_at=data.expected_at)


@post(
    "/v1/outages/{outage_id:uuid}/restoration",
    opt=DECIDERS,
    tags=["outages"],
    summary="Say that it works again",
    status_code=DONE,
)
async def restore_outage(
    outage_id: FromPath[UUID], data: JSONBody[RestorationIn], caller: CallerDep, if_match: IfMatch = None
) -> Response[OutageOut]:
    """Its tickets are resolved and its jobs end, but for those with a cause of their own, which are planned again."""
    return await _done(caller, outage_id, if_match, outage_restoration.restore, said=data)


async def _done(
    caller: Caller,
    outage_id: UUID,
    if_match: str | None,
    flow: Callable[..., Awaitable[object]],
    **more: object,
) -> Response[OutageOut]:
    """The decision, and the outage as it is then, in one transaction."""
    version = version_of(if_match)

    async def work(conn: Conn) -> outages.Shown:
        await flow(
            conn,
            areas_seen=caller.actor.areas,
            outage_id=outage_id,
            version=version,
            actor=caller.actor,
            now=caller.now,
            **more,
        )
        return await outages.get(conn, areas_seen=caller.actor.areas, outage_id=outage_id)

    return _answer(await caller.write(work), caller.now, DONE)


def _answer(found: outages.Shown, now: datetime, status: int) -> Response[OutageOut]:
    headers = {"ETag": etag(found.dark.outage.version)}
    return Response(_out(found, now), headers=headers, status_code=status)


def _out(found: outages.Shown, now: datetime) -> OutageOut:
    outage, element, announced = found.dark.outage, found.dark.element, found.dark.announced
    evidence = outage.evidence
    return OutageOut(
        **{name: getattr(outage, name) for name in SAME},
        element_kind=element.kind,
        element_name=element.name,
        streets=list(announced.streets),
        linked=found.explained.tickets,
        held=found.explained.held,
        jobs=[
            OutageJobOut(
                job_id=one.job_id,
                number=one.number,
                kind=one.kind,
                state=one.state,
                affected=one.affected,
                may_mend=one.job_id in found.may_mend,
                mends=one.job_id == outage.job_id,
                follows=one.hold_reason is HoldReason.OUTAGE,
                visit_state=one.visit_state,
                planned_at=one.planned_at,
                technician=one.technician,
            )
            for one in found.work
        ],
        evidence=EvidenceOut(
            spoke=evidence.spoke,
            odds=evidence.odds,
            sure=evidence.sure,
            instead=[
                ElementOut(
                    network_element_id=element_id,
                    kind=other.kind,
                    name=other.name,
                    sure=evidence.instead[str(element_id)],
                )
                for element_id, other in found.instead.items()
            ],
            tickets=[shown(one, TicketSignOut) for one in found.tickets],
            alarms=[
                AlarmSignOut(
                    alarm_id=one.alarm_id,
                    source=one.source,
                    id=one.source_alarm_id,
                    severity=one.severity,
                    raised_at=one.raised_at,
                    cleared_at=one.cleared_at,
                    network_element_id=one.network_element_id,
                    subscriber_id=one.subscriber_id,
                )
                for one in found.alarms
            ],
        ),
        announcement={language: spoken(announced, language, now) for language in WORDS},
    )


SAME = (
    "area_id",
    "outage_id",
    "state",
    "version",
    "network_element_id",
    "affected",
    "since",
    "proposed_at",
    "accepted_at",
    "expected_at",
    "restored_at",
    "job_id",
)
"""What the wire has as the record has it."""


def told_to(dark: Dark | None, language: str, now: datetime) -> OutageTold | None:
    """To who calls, in the caller's words."""
    if dark is None:
        return None
    return OutageTold(
        outage_id=dark.outage.outage_id,
        element_name=dark.element.name,
        since=dark.outage.since,
        expected_at=dark.outage.expected_at,
        restored_at=dark.outage.restored_at,
        text=spoken(dark.announced, language, now),
    )

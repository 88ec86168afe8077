"""Rounds that are out, as lists and on the map; giving a visit to somebody else; the day's numbers."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get, post, put
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody, QueryParameter

from api.auth import allow
from api.deps import AreaId, Caller, CallerDep, IfMatch, etag, read_own_round, shown, version_of
from api.wire.jobs import VisitOut
from api.wire.plans import (
    DayNumbersOut,
    Feature,
    FeatureCollection,
    Geometry,
    Joining,
    OnCallIn,
    OnCallOut,
    Reassignment,
    RoundOut,
    Rounds,
    RoundStopOut,
    RoundWindow,
    TechnicianOut,
    Technicians,
)
from db.rows import Conn
from db.states import Role
from dispatch.errors import NotAllowed
from dispatch.flows import crews, days, rounds, technicians
from dispatch.rules.links import way_in
from dispatch.rules.phone import in_language
from dispatch.rules.stops import RoundStop

READERS = (Role.DISPATCHER, Role.SUPPORT, Role.SUPERVISOR)
GEOJSON = "application/geo+json"
TechnicianId = Annotated[UUID | None, QueryParameter(name="technicianId")]


def stop_out(stop: RoundStop, language: str) -> RoundStopOut:
    """As lists and the board show it."""
    window, expected = stop.window, stop.expected
    return RoundStopOut(
        visit_id=stop.visit.visit_id,
        version=stop.visit.version,
        job_id=stop.job.job_id,
        job_number=stop.job.number,
        kind=stop.job.kind,
        title=in_language(stop.kind.title, language),
        state=stop.visit.state,
        sequence=stop.visit.sequence,
        planned_arrival_at=stop.visit.planned_arrival_at,
        planned_start_at=stop.visit.planned_start_at,
        planned_end_at=stop.visit.planned_end_at,
        address=stop.place.address,
        access_note=way_in(stop.place, stop.job),
        latitude=stop.place.latitude,
        longitude=stop.place.longitude,
        window=None
        if window is None
        else RoundWindow(earliest=window.earliest_at, latest=window.latest_at, state=window.state),
        priority=stop.job.priority,
        affected=stop.job.affected,
        parts=stop.kind.parts,
        tools=stop.kind.tools,
        expected_arrival_at=None if expected is None else _minute(expected.arrival_at),
        expected_start_at=None if expected is None else _minute(expected.start_at),
        expected_end_at=None if expected is None else _minute(expected.end_at),
        risk=None if expected is None else expected.risk,
        joined=stop.joined,
        together_with=stop.together_with,
    )


def _minute(at: datetime) -> datetime:
    """Expectations move with the clock; an answer that does not differ by a minute is the same answer."""
    return at.replace(second=0, microsecond=0)


def _round(found: rounds.RoundOf, language: str) -> RoundOut:
    frame = found.frame
    return RoundOut(
        technician_id=found.technician.technician_id,
        display_name=found.technician.display_name,
        absent=found.absent,
        leave_at=None if frame is None else frame.leave_at,
        back_at=None if frame is None else frame.back_at,
        break_start_at=None if frame is None else frame.break_start_at,
        break_end_at=None if frame is None else frame.break_end_at,
        travel_seconds=0 if frame is None else int(frame.travel_duration.total_seconds()),
        distance_m=0 if frame is None else frame.distance_m,
        stops=[stop_out(stop, language) for stop in found.stops],
    )


def _on_the_map(found: Rounds) -> FeatureCollection:
    """A line per round and a point per stop."""
    features: list[Feature] = []
    for item in found.rounds:
        at: list[Any] = [[stop.longitude, stop.latitude] for stop in item.stops]
        who = {"technicianId": str(item.technician_id), "displayName": item.display_name}
        if len(at) > 1:
            features.append(Feature(geometry=Geometry(type="LineString", coordinates=at), properties=who))
        for stop in item.stops:
            properties = {
                **who,
                "visitId": str(stop.visit_id),
                "sequence": stop.sequence,
                "state": stop.state,
                "risk": stop.risk,
                "joined": stop.joined,
            }
            point = Geometry(type="Point", coordinates=[stop.longitude, stop.latitude])
            features.append(Feature(geometry=point, properties=properties))
    return FeatureCollection(features=features)


@get("/v1/rounds", opt=allow(*READERS, Role.TECHNICIAN), tags=["rounds"], summary="The rounds of a day")
async def list_rounds(
    caller: CallerDep,
    on: FromQuery[date],
    area_id: AreaId = None,
    technician_id: TechnicianId = None,
    accept: Annotated[str | None, HeaderParameter(name="Accept")] = None,
    if_none_match: Annotated[str | None, HeaderParameter(name="If-None-Match")] = None,
) -> Response[Any]:
    """As lists, or as GeoJSON when `application/geo+json` is accepted. With the ETag of what you have: 304 if it is
    still true. A technician gets the own round, on loan that of the other area."""
    area = caller.area(area_id)

    async def of_day(conn: Conn, area_id: UUID, technician_id: UUID | None) -> list[rounds.RoundOf]:
        return await rounds.list_day(
            conn, area_id=area_id, on_day=on, technician_id=technician_id, now=caller.now
        )

    if area in caller.actor.areas_as(*READERS):
        found = await caller.read(lambda conn: of_day(conn, area, technician_id))
    elif technician_id in (None, dict(caller.actor.technician_ids)[area]):
        found = await read_own_round(caller, area, on, of_day)
    else:
        raise NotAllowed()
    shown_rounds = Rounds(on=on, rounds=[_round(item, caller.actor.language) for item in found])
    as_map = accept is not None and GEOJSON in accept
    body = msgspec.json.encode(_on_the_map(shown_rounds) if as_map else shown_rounds)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept"}
    if if_none_match == tag:
        return Response(None, status_code=304, headers=headers)
    return Response(body, media_type=GEOJSON if as_map else "application/json", headers=headers)


async def _sent(
    caller: Caller,
    flow: Callable[..., Awaitable[object]],
    visit_id: UUID,
    technician_id: UUID,
    area_id: UUID | None,
    if_match: str | None,
) -> Response[VisitOut]:
    """A technician is sent to a visit, unless it has changed meanwhile."""
    area, version = caller.area(area_id), version_of(if_match)
    visit = await caller.write(
        lambda conn: flow(
            conn,
            area_id=area,
            visit_id=visit_id,
            technician_id=technician_id,
            version=version,
            actor=caller.actor,
            now=caller.now,
        )
    )
    answer = shown(visit, VisitOut)
    return Response(answer, headers={"ETag": etag(answer.version)}, status_code=200)


@post(
    "/v1/visits/{visit_id:uuid}/reassign",
    opt=allow(Role.DISPATCHER),
    tags=["rounds"],
    summary="Give a visit to another technician",
    status_code=200,
)
async def reassign_visit(
    visit_id: FromPath[UUID],
    data: JSONBody[Reassignment],
    caller: CallerDep,
    area_id: AreaId = None,
    if_match: IfMatch = None,
) -> Response[VisitOut]:
    """At the same time; both phones hear of it. A visit that is under way stays."""
    return await _sent(caller, rounds.reassign, visit_id, data.technician_id, area_id, if_match)


@post(
    "/v1/visits/{visit_id:uuid}/crew",
    opt=allow(Role.DISPATCHER),
    tags=["rounds"],
    summary="Send a second technician",
    status_code=200,
)
async def join_visit(
    visit_id: FromPath[UUID],
    data: JSONBody[Joining],
    caller: CallerDep,
    area_id: AreaId = None,
    if_match: IfMatch = None,
) -> Response[VisitOut]:
    """Both phones hear of it, and the second one's time is taken. From here on no plan moves the visit."""
    return await _sent(caller, crews.join, visit_id, data.technician_id, area_id, if_match)


@get("/v1/technicians", opt=allow(*READERS), tags=["rounds"], summary="List technicians")
async def list_technicians(caller: CallerDep, area_id: AreaId = None) -> Technicians:
    """Of the area, and who is lent to it in the coming days; by name."""
    area = caller.area(area_id)
    rows = await caller.read(lambda conn: technicians.list_of(conn, area_id=area, now=caller.now))
    return Technicians(items=[shown(row, TechnicianOut) for row in rows])


@put(
    "/v1/technicians/{technician_id:uuid}/days/{on:date}/on-call",
    opt=allow(Role.DISPATCHER),
    tags=["rounds"],
    summary="Who may be called beyond the shift",
)
async def set_on_call(
    technician_id: FromPath[UUID],
    on: FromPath[date],
    data: JSONBody[OnCallIn | None],
    caller: CallerDep,
    area_id: AreaId = None,
) -> OnCallOut:
    """Emergencies in this time are proposed to the technician, and nothing else is. `null`: not on call."""
    area = caller.area(area_id)
    day = await caller.write(
        lambda conn: technicians.set_on_call(
            conn,
            area_id=area,
            technician_id=technician_id,
            on_day=on,
            window=None if data is None else (data.start_at, data.end_at),
            actor=caller.actor,
            now=caller.now,
        )
    )
    return shown(day, OnCallOut)


@get("/v1/days/{on:date}/numbers", opt=allow(*READERS), tags=["rounds"], summary="A day in numbers")
async def get_numbers(on: FromPath[date], caller: CallerDep, area_id: AreaId = None) -> DayNumbersOut:
    """Visits, promises, outage minutes, charges."""
    area = caller.area(area_id)
    numbers = await caller.read(lambda conn: days.numbers(conn, area_id=area, on_day=on, now=caller.now))
    return shown(numbers, DayNumbersOut)

"""The dispatcher's board: a day as one reading, and what changes on it as it happens."""

from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager
from datetime import date
from itertools import groupby
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from litestar import get
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream as ServedStream

from api.auth import allow
from api.deps import AreaId, BoardsDep, Caller, CallerDep, shown
from api.problems import Starting
from api.routes.plans import run_out
from api.routes.rounds import stop_out
from api.routes.streams import HEARTBEAT_SECONDS, STREAM_HEADERS, LastEventId, number_in
from api.wire.board import (
    BoardAttention,
    BoardChanged,
    BoardDay,
    BoardNumbersOut,
    BoardOutage,
    BoardStop,
    BoardTechnician,
    BoardWaiting,
    DepotAtOut,
    DraftBrief,
    PlanBrief,
    Position,
)
from api.wire.plans import RoundStopOut, RoundWindow
from db.records import Place
from db.states import Role
from dispatch.board_streams import BoardStream, Changed, RunSaid
from dispatch.errors import NotAllowed
from dispatch.flows import board
from dispatch.rules.board import BoardRound, BoardVisit, WaitingJob, dark_since, hours_of, numbers_of
from dispatch.rules.phone import in_language
from dispatch.rules.plurals import called
from dispatch.rules.told_board import (
    Attention,
    Gap,
    of_alerts,
    of_gaps,
    of_pins,
    of_reviews,
    of_urgent,
    sorted_by_heat,
)
from dispatch.rules.told_dispatcher import Reader, told_of_reason

LOOKING = allow(Role.DISPATCHER, Role.SUPERVISOR)
After = Annotated[
    int | None,
    QueryParameter(
        ge=0, description="The day's `cursor`: what came after it is told; none: what comes from now on"
    ),
]


@get("/v1/board/days/{on:date}", opt=LOOKING, tags=["board"], summary="A day, all of it")
async def get_day(on: FromPath[date], caller: CallerDep, area_id: AreaId = None) -> BoardDay:
    """Who goes where and when, what waits, what burns and what it comes to, all of one instant. Drafts are in it as long as
    nothing is out on that day. `subscriber`: the name, or the contract for whom does not speak with them."""
    area = caller.area(area_id)
    named = caller.knows_names(area)
    found = await caller.read(
        lambda conn: board.read_day(conn, area_id=area, on_day=on, named=named, now=caller.now)
    )
    return _day(found, on, caller)


def _day(found: board.Board, on: date, caller: Caller) -> BoardDay:
    area, reader = found.area, _reader(found, caller)
    hours = hours_of(found.rounds)
    published = numbers_of(found.rounds, found.waiting, area, as_published=True)
    return BoardDay(
        area_id=area.area_id,
        area_name=area.name,
        on=on,
        now=caller.now,
        time_zone=area.time_zone,
        currency=area.currency,
        cursor=found.n,
        opens_at=None if hours is None else hours[0],
        closes_at=None if hours is None else hours[1],
        plan=None if found.plan is None else shown(found.plan, PlanBrief),
        drafts=[shown(draft, DraftBrief) for draft in found.drafts],
        runs=[run_out(run) for run in found.runs],
        depots=[shown(depot, DepotAtOut) for depot in found.depots],
        technicians=[_technician(one, found, reader) for one in found.rounds],
        waiting=[_waiting(job, reader) for job in found.waiting],
        outages=[
            BoardOutage(
                job_id=one.job_id,
                job_number=one.number,
                affected=one.affected,
                latitude=one.at[0],
                longitude=one.at[1],
                around=[Position(latitude=corner[0], longitude=corner[1]) for corner in one.around],
            )
            for one in found.outages
        ],
        attention=[shown(one, BoardAttention) for one in _burning(found, on, reader)],
        numbers=shown(numbers_of(found.rounds, found.waiting, area), BoardNumbersOut),
        published=None if found.plan is None else shown(published, BoardNumbersOut),
        holiday=None if found.holiday is None else found.holiday.name,
        codes=found.codes,
    )


def _reader(found: board.Board, caller: Caller) -> Reader:
    numbers = {
        **found.numbers,
        **{
            stop.job.job_id: called(stop.job.number, stop.place)
            for one in found.rounds
            for stop in (visit.stop for visit in one.visits)
        },
        **{job.job.job_id: called(job.job.number, job.place) for job in found.waiting},
    }
    names = {
        **found.names,
        **{one.technician.technician_id: one.technician.display_name for one in found.rounds},
    }
    today = caller.now.astimezone(ZoneInfo(found.area.time_zone)).date()
    return Reader(caller.actor.language, found.area, today, names, numbers, found.codes)


def _burning(found: board.Board, on: date, reader: Reader) -> list[Attention]:
    gaps = [
        Gap(
            technician_id=technician_id,
            technician_name=ones[0].technician_name,
            missing=sum(one.last_seq - (one.first_seq or 0) + 1 for one in ones if one.last_seq is not None),
            since=min(at for one in ones if (at := one.opened_at or one.storage_lost_at) is not None),
        )
        for technician_id, group in groupby(found.gaps, key=lambda one: one.technician_id)
        if (ones := list(group))
    ]
    return sorted_by_heat(
        [
            *of_alerts(found.alerts, reader, on),
            *(of_urgent(found.waiting, reader) if on == reader.today else ()),
            *of_pins(found.rounds, reader),
            *of_reviews(found.reviews, reader),
            *of_gaps(gaps, reader),
        ]
    )


def _technician(one: BoardRound, found: board.Board, reader: Reader) -> BoardTechnician:
    day, frame, person = one.day, one.frame, one.technician
    return BoardTechnician(
        technician_id=person.technician_id,
        display_name=person.display_name,
        phone=person.phone,
        version=one.version,
        skills=person.skills,
        absent=day.absent,
        absence_reason=day.absence_reason,
        absence_id=day.absence_id,
        shift_start_at=day.shift_start_at,
        shift_end_at=day.shift_end_at,
        shift_due_at=day.shift_due_at,
        on_call=day.on_call or day.on_call_start_at is not None,
        on_call_start_at=day.on_call_start_at,
        on_call_end_at=day.on_call_end_at,
        lent=one.lent,
        start=Position(latitude=one.start.latitude, longitude=one.start.longitude),
        leave_at=None if frame is None else frame.leave_at,
        back_at=one.back_at or (None if frame is None else frame.back_at),
        break_start_at=None if frame is None else frame.break_start_at,
        break_end_at=None if frame is None else frame.break_end_at,
        travel_seconds=one.travel_seconds,
        distance_m=one.distance_m(found.area),
        overtime_seconds=one.overtime_seconds(),
        last_seen_at=one.last_seen_at,
        silent=one.silent,
        stops=[_stop(visit, reader.language) for visit in one.visits],
    )


def _district(place: Place) -> str:
    """As the numbers have it: the postcode, or the town where there is none."""
    return place.postcode or place.city


def _spot(place: Place) -> tuple[str, str]:
    """Street and house; of an address that is one text all but the town."""
    if place.street:
        return place.street, place.house
    return place.address.removesuffix(f", {place.city}" if place.city else ""), ""


def _stop(visit: BoardVisit, language: str) -> BoardStop:
    plain: RoundStopOut = stop_out(visit.stop, language)
    street, house = _spot(visit.stop.place)
    return BoardStop(
        **{name: getattr(plain, name) for name in RoundStopOut.__struct_fields__},
        on_day=visit.stop.visit.on_day,
        pinned=visit.stop.visit.pinned,
        pinned_start_at=visit.stop.visit.pinned_start_at,
        frozen=visit.frozen,
        subscriber=visit.subscriber,
        district=_district(visit.stop.place),
        street=street,
        house=house,
        dark_since=visit.dark_since,
        travel_seconds=int(visit.stop.visit.travel_duration.total_seconds()),
        late_seconds=visit.late_seconds,
        review=visit.review,
    )


def _waiting(waiting: WaitingJob, reader: Reader) -> BoardWaiting:
    job, window = waiting.job, waiting.window
    told = [] if waiting.reason is None else told_of_reason(waiting.reason, reader)
    return BoardWaiting(
        job_id=job.job_id,
        job_number=job.number,
        version=job.version,
        kind=job.kind,
        title=in_language(waiting.kind.title, reader.language),
        priority=job.priority,
        affected=job.affected,
        dark_since=dark_since(job),
        due_at=job.due_at,
        state=job.state,
        address=waiting.place.address,
        latitude=waiting.place.latitude,
        longitude=waiting.place.longitude,
        window=None
        if window is None
        else RoundWindow(earliest=window.earliest_at, latest=window.latest_at, state=window.state),
        skills=waiting.kind.skills,
        duration_seconds=int(job.service_duration.total_seconds()),
        technicians=waiting.technicians,
        subscriber=waiting.subscriber,
        district=_district(waiting.place),
        # what a version said of it while it had a place says nothing of why it has none
        reason=told[0]
        if told and waiting.reason is not None and waiting.reason.technician_id is None
        else "",
        suspended_reason=job.hold_reason,
    )


@get(
    "/v1/board/stream",
    opt=LOOKING,
    tags=["board"],
    summary="Hear what changes on the board",
    media_type="text/event-stream",
)
async def stream_board(
    caller: CallerDep,
    boards: BoardsDep,
    area_id: AreaId = None,
    after: After = None,
    last_event_id: LastEventId = None,
) -> ServedStream:
    """Server-Sent Events. `changed`: what entries of the journal have touched, its id the number of the last of them, and what a
    browser that comes again says by itself. `reload`: too much has changed to say it. `run`: how far a planning run is, without an
    id. Ends when the session does."""
    area = caller.area(area_id)
    session_id = caller.actor.session_id
    if not boards.running:
        raise Starting()
    if session_id is None:
        raise NotAllowed()
    heard = after if last_event_id is None else number_in(last_event_id)
    opened = boards.open(session_id, area, heard)
    return ServedStream(_told(opened), media_type="text/event-stream", headers=STREAM_HEADERS)


async def _told(opened: AbstractContextManager[BoardStream]) -> AsyncGenerator[bytes]:
    with opened as stream:
        yield b"retry: 3000\n\n"
        while not stream.ended:
            said = await stream.said(HEARTBEAT_SECONDS)
            yield b"".join(map(_event, said)) or b": \n\n"


def _event(said: Changed | RunSaid) -> bytes:
    if isinstance(said, RunSaid):
        return b"event: run\ndata: %b\n\n" % msgspec.json.encode(run_out(said.run, said.plan_id))
    name = b"reload" if said.too_many else b"changed"
    data = msgspec.json.encode(shown(said, BoardChanged))
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (said.n, name, data)

"""Complaints: opened by support, answered in writing by a supervisor."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from api.auth import allow
from api.deps import CallerDep, IdempotencyKey, Limit, once
from api.wire.complaints import (
    AnswerIn,
    ComplaintDetailOut,
    ComplaintEntryOut,
    ComplaintOut,
    Complaints,
)
from db.rows import Conn
from db.states import ComplaintState, Role
from dispatch.flows import complaints
from dispatch.rules.complaints import ComplaintIn, is_overdue

READERS = allow(Role.SUPPORT, Role.SUPERVISOR)
States = Annotated[list[ComplaintState] | None, QueryParameter(name="state", description="Only these states")]
OfSubscriber = Annotated[UUID | None, QueryParameter(name="subscriberId", description="Of this one alone")]


def _complaint(found: complaints.WholeComplaint, now: datetime) -> ComplaintOut:
    said = found.complaint

    def name(staff_id: UUID | None) -> str:
        return "" if staff_id is None else found.names.get(staff_id, "")

    return ComplaintOut(
        area_id=said.area_id,
        complaint_id=said.complaint_id,
        number=said.number,
        state=said.state,
        overdue=is_overdue(said, now),
        subscriber_id=said.subscriber_id,
        contract=found.whose.contract,
        language=found.whose.language,
        ticket_id=said.ticket_id,
        ticket_number=found.whose.ticket_number,
        about=said.about,
        about_staff=name(said.about_staff_id),
        text=said.text,
        complained_at=said.complained_at,
        opened_at=said.opened_at,
        opened_by=name(said.opened_by),
        due_at=said.due_at,
        answer=said.answer,
        answered_at=said.answered_at,
        answered_by=name(said.answered_by),
    )


@post("/v1/complaints", opt=READERS, tags=["complaints"], summary="Open a complaint", status_code=201)
async def open_complaint(
    data: JSONBody[ComplaintIn], caller: CallerDep, idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """With its date, its text and about whom. By when it has to be answered, the area says."""
    area = await caller.read(
        lambda conn: complaints.area_of(conn, areas_seen=caller.actor.areas, subscriber_id=data.subscriber_id)
    )

    async def work(conn: Conn) -> tuple[int, msgspec.Struct]:
        found = await complaints.open_complaint(
            conn, area_id=area, made=data, actor=caller.actor, now=caller.now
        )
        return 201, _complaint(found, caller.now)

    return await once(caller, area, idempotency_key, data, work)


@get("/v1/complaints", opt=READERS, tags=["complaints"], summary="List complaints")
async def list_complaints(
    caller: CallerDep, states: States = None, subscriber_id: OfSubscriber = None, limit: Limit = 100
) -> Complaints:
    """Of all areas of the reader: open ones by their deadline, the overdue ones first; then what was answered."""
    found = await caller.read(
        lambda conn: complaints.list_some(
            conn,
            areas_seen=caller.actor.areas,
            states=states or list(ComplaintState),
            subscriber_id=subscriber_id,
            limit=limit,
        )
    )
    return Complaints(items=[_complaint(one, caller.now) for one in found])


@get("/v1/complaints/{complaint_id:uuid}", opt=READERS, tags=["complaints"], summary="Read a complaint")
async def get_complaint(complaint_id: FromPath[UUID], caller: CallerDep) -> ComplaintDetailOut:
    """With who of the staff did what and when, and with its answer, where it has one."""
    found = await caller.read(
        lambda conn: complaints.get(conn, areas_seen=caller.actor.areas, complaint_id=complaint_id)
    )
    said = _complaint(found.whole, caller.now)
    return ComplaintDetailOut(
        **{name: getattr(said, name) for name in ComplaintOut.__struct_fields__},
        history=[
            ComplaintEntryOut(
                at=one.at,
                line=one.line,
                staff="" if one.staff_id is None else found.whole.names.get(one.staff_id, ""),
                kind=one.kind,
            )
            for one in found.entries
        ],
        reachable=found.reachable,
        answer_sent_at=found.sent_at,
    )


@post(
    "/v1/complaints/{complaint_id:uuid}/answer",
    opt=allow(Role.SUPERVISOR),
    tags=["complaints"],
    summary="Answer a complaint",
    status_code=200,
)
async def answer_complaint(
    complaint_id: FromPath[UUID], data: JSONBody[AnswerIn], caller: CallerDep
) -> ComplaintOut:
    """In writing, once: it is kept, and goes to the subscriber as a message."""
    found = await caller.write(
        lambda conn: complaints.answer(
            conn,
            areas_seen=caller.actor.areas,
            complaint_id=complaint_id,
            text=data.text,
            actor=caller.actor,
            now=caller.now,
        )
    )
    return _complaint(found, caller.now)

"""Setting an area up from tables: a preview that names every bad line, then all of it or what is good."""

import asyncio
from collections.abc import Mapping
from uuid import UUID

from litestar import post
from litestar.params import JSONBody

from api.auth import allow
from api.deps import AreaId, Caller, CallerDep
from api.saving import OFFICE
from api.wire.imports import FaultOut, ImportIn, ImportOut, PreviewIn
from db.states import Role
from dispatch.errors import NotAllowed
from dispatch.flows import imports
from dispatch.rules.imports import ImportKind, read_table
from dispatch.rules.told_imports import fault_said

MAX_TABLE_BYTES = 8 * 1024 * 1024
WHO: Mapping[ImportKind, tuple[Role, ...]] = {
    ImportKind.SUBSCRIBERS: (Role.DISPATCHER,),
    ImportKind.TECHNICIANS: (Role.SUPERVISOR,),
    ImportKind.PARTS: (Role.SUPERVISOR,),
    ImportKind.TARIFF: (Role.SUPERVISOR,),
}
"""Who may set these up one by one; the others both may."""


def _area(caller: Caller, area_id: UUID | None, kind: ImportKind) -> UUID:
    area = caller.area(area_id)
    if area not in caller.actor.areas_as(*WHO.get(kind, OFFICE)):
        raise NotAllowed()
    return area


def _answer(found: imports.Imported, language: str) -> ImportOut:
    return ImportOut(
        kind=found.kind,
        lines=found.lines,
        new=found.new,
        changed=found.changed,
        unchanged=found.unchanged,
        dropped=found.dropped,
        written=found.written,
        faults=[
            FaultOut(
                line=fault.line, column=fault.column, code=fault.code, sentence=fault_said(fault, language)
            )
            for fault in found.faults
        ],
    )


@post(
    "/v1/setup/imports/preview",
    opt=allow(*OFFICE),
    tags=["set-up"],
    summary="Look at a table before it is imported",
    status_code=200,
    request_max_body_size=MAX_TABLE_BYTES,
)
async def preview_import(data: JSONBody[PreviewIn], caller: CallerDep, area_id: AreaId = None) -> ImportOut:
    """What it would do, and every bad line with its column, a code and a sentence. Nothing is written."""
    area = _area(caller, area_id, data.kind)
    # thousands of lines would keep everybody else waiting
    table = await asyncio.to_thread(read_table, data.kind, data.table)
    found = await caller.read(lambda conn: imports.preview(conn, area_id=area, kind=data.kind, table=table))
    return _answer(found, data.language or caller.actor.language)


@post(
    "/v1/setup/imports",
    opt=allow(*OFFICE),
    tags=["set-up"],
    summary="Import a table",
    status_code=200,
    request_max_body_size=MAX_TABLE_BYTES,
)
async def make_import(data: JSONBody[ImportIn], caller: CallerDep, area_id: AreaId = None) -> ImportOut:
    """Where a line is bad nothing is written, or only what is good; a tariff always whole, as a new version. Things are
    known again by contract, login, name or code, so the same table again changes nothing."""
    area = _area(caller, area_id, data.kind)
    table = await asyncio.to_thread(read_table, data.kind, data.table)
    found = await caller.across(
        lambda conn: imports.take_in(
            conn,
            area_id=area,
            kind=data.kind,
            table=table,
            only_good=data.only_good,
            actor=caller.actor,
            now=caller.now,
        )
    )
    return _answer(found, data.language or caller.actor.language)

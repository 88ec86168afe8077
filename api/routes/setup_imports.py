"""Setting an area up from tables: a preview that names every bad line, then all of it or what is good."""

import asyncio
from collections.abc import Mapping
from uuid import UUID

from litestar import post
from litestar.params import JSONBody

from api.auth import allow
from api.deps import AreaId, Caller, CallerDep, LocatorDep
from api.saving import OFFICE
from api.wire.imports import FaultOut, ImportIn, ImportOut, PreviewIn
from db.states import Role
from dispatch.errors import NotAllowed
from dispatch.flows import imports
from dispatch.outside.geocoder import Locator
from dispatch.rules.imports import (
    FaultCode,
    ImportKind,
    Point,
    Table,
    contents_of,
    read_table,
    to_look_up,
    with_points,
)
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


async def _read(
    caller: Caller, locator: Locator, area: UUID, data: PreviewIn | ImportIn
) -> tuple[Table, int]:
    """With the points of its addresses as far as they are looked up, and how many are. No transaction is open meanwhile."""
    # thousands of lines would keep everybody else waiting
    table = await asyncio.to_thread(read_table, data.kind, data.table, looks_up=locator.is_there)
    if not locator.is_there:
        return table, 0
    found = await caller.read(lambda conn: imports.preview(conn, area_id=area, kind=data.kind, table=table))
    lines = [fault.line for fault in found.faults if fault.code is FaultCode.NOT_LOOKED_UP]
    addresses = list(dict.fromkeys(to_look_up(table.rows[line]) for line in lines))
    language = data.language or caller.actor.language
    located = await locator.locate_many(addresses, language)
    points = {
        address: None if one is None else Point(one.latitude, one.longitude)
        for address, one in located.items()
    }
    done = sum(to_look_up(table.rows[line]) in points for line in lines)
    return with_points(table, lines, points), done


async def _answer(found: imports.Imported, text: str, language: str, looked_up: int) -> ImportOut:
    bad = [fault for fault in found.faults if fault.code is not FaultCode.NOT_LOOKED_UP]
    values = await asyncio.to_thread(contents_of, text, bad)
    return ImportOut(
        kind=found.kind,
        lines=found.lines,
        new=found.new,
        changed=found.changed,
        unchanged=found.unchanged,
        dropped=found.dropped,
        written=found.written,
        looked_up=looked_up,
        to_look_up=sum(fault.code is FaultCode.NOT_LOOKED_UP for fault in found.faults),
        faults=[
            FaultOut(
                line=fault.line,
                column=fault.column,
                code=fault.code,
                value=value,
                sentence=fault_said(fault, language),
            )
            for fault, value in zip(bad, values, strict=True)
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
async def preview_import(
    data: JSONBody[PreviewIn], caller: CallerDep, locator: LocatorDep, area_id: AreaId = None
) -> ImportOut:
    """What it would do, and every bad line with its column, a code and a sentence. Nothing is written. Where a geocoder is
    configured, addresses without a point are looked up, a few in each request."""
    area = _area(caller, area_id, data.kind)
    table, looked_up = await _read(caller, locator, area, data)
    found = await caller.read(lambda conn: imports.preview(conn, area_id=area, kind=data.kind, table=table))
    return await _answer(found, data.table, data.language or caller.actor.language, looked_up)


@post(
    "/v1/setup/imports",
    opt=allow(*OFFICE),
    tags=["set-up"],
    summary="Import a table",
    status_code=200,
    request_max_body_size=MAX_TABLE_BYTES,
)
async def make_import(
    data: JSONBody[ImportIn], caller: CallerDep, locator: LocatorDep, area_id: AreaId = None
) -> ImportOut:
    """Where a line is bad nothing is written, or only what is good; a tariff always whole, as a new version. Things are
    known again by contract, login, name or code, so the same table again changes nothing."""
    area = _area(caller, area_id, data.kind)
    table, looked_up = await _read(caller, locator, area, data)
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
    return await _answer(found, data.table, data.language or caller.actor.language, looked_up)

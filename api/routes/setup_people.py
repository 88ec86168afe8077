"""Setting an area up: skills, technicians, parts, stock."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, put
from litestar.params import FromPath, JSONBody, PathParameter

from api.auth import allow
from api.deps import AreaId, CallerDep, IfMatch, shown
from api.saving import OFFICE, answered, saved, saved_across
from api.wire.setup import (
    Parts,
    PartSetupOut,
    SkillOut,
    Skills,
    StockList,
    StockOut,
    TechnicianSaved,
    TechnicianSetupOut,
    TechniciansSetup,
    WaitingOut,
)
from db.states import Role
from dispatch.flows import people, stocks
from dispatch.rules.setting_up import NamedIn, PartIn, StockIn, TechnicianIn

CodeInPath = Annotated[str, PathParameter(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_.:#-]{0,63}$")]


@get("/v1/setup/skills", opt=allow(*OFFICE), tags=["set-up"], summary="List skills")
async def list_skills(caller: CallerDep, area_id: AreaId = None) -> Skills:
    """By code."""
    area = caller.area(area_id)
    rows = await caller.read(lambda conn: people.list_skills(conn, area_id=area))
    return Skills(items=[shown(row, SkillOut) for row in rows])


@put("/v1/setup/skills/{code:str}", opt=allow(Role.SUPERVISOR), tags=["set-up"], summary="Name a skill")
async def save_skill(
    code: CodeInPath,
    data: JSONBody[NamedIn],
    caller: CallerDep,
    area_id: AreaId = None,
    if_match: IfMatch = None,
) -> Response[SkillOut]:
    """Technicians and kinds of job speak of it by its code."""
    row = await saved(caller, area_id, if_match, people.save_skill, code=code, made=data)
    return answered(shown(row, SkillOut), row.version)


def _person(person: people.Person) -> TechnicianSetupOut:
    technician = person.technician
    return TechnicianSetupOut(
        technician_id=technician.technician_id,
        login=person.staff.login,
        display_name=technician.display_name,
        language=person.staff.language,
        skills=technician.skills,
        start_place_id=technician.start_place_id,
        overtime_minutes=int(technician.overtime_max.total_seconds() // 60),
        active=technician.active,
        phone=technician.phone,
        version=technician.version,
    )


@get("/v1/setup/technicians", opt=allow(*OFFICE), tags=["set-up"], summary="List technicians with accounts")
async def list_setup_technicians(caller: CallerDep, area_id: AreaId = None) -> TechniciansSetup:
    """At home in the area, also those who have left; by name."""
    area = caller.area(area_id)
    rows = await caller.read(lambda conn: people.list_people(conn, area_id=area))
    return TechniciansSetup(items=[_person(row) for row in rows])


@put(
    "/v1/setup/technicians/{technician_id:uuid}",
    opt=allow(Role.SUPERVISOR),
    tags=["set-up"],
    summary="Set up a technician",
)
async def save_technician(
    technician_id: FromPath[UUID],
    data: JSONBody[TechnicianIn],
    caller: CallerDep,
    area_id: AreaId = None,
    if_match: IfMatch = None,
) -> Response[TechnicianSaved]:
    """A new one gets an account without a password: phones enrol by a link. Who left works no coming day; days to which
    visits are sent stay, and these are named."""
    kept = await saved_across(
        caller, area_id, if_match, people.save_technician, technician_id=technician_id, made=data
    )
    answer = TechnicianSaved(
        technician=_person(kept.person), waiting=[shown(row, WaitingOut) for row in kept.waiting]
    )
    return answered(answer, answer.technician.version)


@get("/v1/setup/parts", opt=allow(*OFFICE), tags=["set-up"], summary="List parts and tools")
async def list_parts(caller: CallerDep, area_id: AreaId = None) -> Parts:
    """By code; also those that nobody has named yet."""
    area = caller.area(area_id)
    rows = await caller.read(lambda conn: stocks.list_parts(conn, area_id=area))
    return Parts(items=[shown(row, PartSetupOut) for row in rows])


@put("/v1/setup/parts/{code:str}", opt=allow(Role.SUPERVISOR), tags=["set-up"], summary="Name a part or tool")
async def save_part(
    code: CodeInPath,
    data: JSONBody[PartIn],
    caller: CallerDep,
    area_id: AreaId = None,
    if_match: IfMatch = None,
) -> Response[PartSetupOut]:
    """Stock and kinds of job speak of it by its code."""
    row = await saved(caller, area_id, if_match, stocks.save_part, code=code, made=data)
    return answered(shown(row, PartSetupOut), row.version)


@get("/v1/setup/stock", opt=allow(*OFFICE), tags=["set-up"], summary="List stock")
async def list_stock(caller: CallerDep, area_id: AreaId = None) -> StockList:
    """Of depots and vans."""
    area = caller.area(area_id)
    rows = await caller.read(lambda conn: stocks.list_stock(conn, area_id=area))
    return StockList(items=[shown(row, StockOut) for row in rows])


@put(
    "/v1/setup/stock/{stock_id:uuid}",
    opt=allow(*OFFICE),
    tags=["set-up"],
    summary="Count what lies in a van or depot",
)
async def save_stock(
    stock_id: FromPath[UUID],
    data: JSONBody[StockIn],
    caller: CallerDep,
    area_id: AreaId = None,
    if_match: IfMatch = None,
) -> Response[StockOut]:
    """Refused where a phone used one since it was read: the count is of another moment."""
    row = await saved_across(caller, area_id, if_match, stocks.save_stock, stock_id=stock_id, made=data)
    return answered(shown(row, StockOut), row.version)

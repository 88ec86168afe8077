"""Setting up who goes: skills, technicians and what signs them in."""

from datetime import datetime
from uuid import UUID

import msgspec

from db.queries import areas, setup, technicians
from db.records import Skill
from db.rows import Conn
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.hiring import Person, hire
from dispatch.rules.setting_up import NamedIn, TechnicianIn
from dispatch.setting_up import known, known_place, told, touch_days_of, version_after, written
from dispatch.shifting import Waiting, settle


class SavedPerson(msgspec.Struct, frozen=True):
    """`waiting`: visits on days that are kept though the technician has left."""

    person: Person
    waiting: list[Waiting]


async def list_skills(conn: Conn, *, area_id: UUID) -> list[Skill]:
    return await setup.list_skills(conn, area_id)


async def save_skill(
    conn: Conn, *, area_id: UUID, code: str, made: NamedIn, version: int, actor: Actor, now: datetime
) -> Skill:
    """Raises `Stale`."""
    async with conn.transaction():
        present = {row.code: row for row in await setup.list_skills(conn, area_id)}
        before = present.get(code)
        after = Skill(
            area_id=area_id,
            code=code,
            name=made.name,
            version=version_after(0 if before is None else before.version, version),
        )
        written(await setup.save_skills(conn, [after]), [after])
        await announce(conn, area_id, [told(actor, now, "skill", area_id, before, after)])
        return after


async def list_people(conn: Conn, *, area_id: UUID) -> list[Person]:
    """At home in the area, also those who have left; by name."""
    found = await technicians.list_technicians(conn, [area_id])
    staff = {row.staff_id: row for row in await setup.list_staff(conn, [row.staff_id for row in found], [])}
    return [Person(technician=row, staff=staff[row.staff_id]) for row in found]


async def save_technician(
    conn: Conn,
    *,
    area_id: UUID,
    technician_id: UUID,
    made: TechnicianIn,
    version: int,
    actor: Actor,
    now: datetime,
) -> SavedPerson:
    """With an account of the same name, where the technician is new: without a password, because phones enrol by a link.

    Raises `Stale`, `UnknownReference`, `AlreadyTaken` (the login), `NotChangeable` (another login).
    """
    async with conn.transaction():
        area = await areas.get_area(conn, area_id)
        skills = {row.code for row in await setup.list_skills(conn, area_id)}
        for number, code in enumerate(made.skills):
            known(code, skills, f"/skills/{number}")
        await known_place(conn, area_id, made.start_place_id, "/startPlaceId")
        before = await technicians.find_technician(conn, area_id, technician_id)
        counted = version_after(0 if before is None else before.version, version)
        person = await hire(conn, area_id, technician_id, made, before, counted)
        if before is not None:
            await touch_days_of(conn, area, [technician_id], now)
        said = told(actor, now, "technician", area_id, before, person.technician, technician_id)
        return SavedPerson(person, await settle(conn, area, [said], actor, now, [technician_id]))

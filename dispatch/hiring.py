"""A technician and the account behind: written together, by a form and by an import."""

from datetime import timedelta
from uuid import UUID

import msgspec

from db.ids import new_id
from db.queries import areas, setup, technicians
from db.records import Staff, StaffAreaRole, Technician
from db.rows import Conn
from db.states import Role
from dispatch.errors import AlreadyTaken, NotChangeable
from dispatch.rules.setting_up import TechnicianIn
from dispatch.setting_up import written


class Person(msgspec.Struct, frozen=True):
    """A technician with the account behind."""

    technician: Technician
    staff: Staff


async def hire(
    conn: Conn,
    area_id: UUID,
    technician_id: UUID,
    made: TechnicianIn,
    before: Technician | None,
    version: int,
) -> Person:
    """Somebody new, or who was hired before. Raises `AlreadyTaken` (the login), `NotChangeable` (another login), `Stale`."""
    staff = await _keep_account(conn, area_id, technician_id, made, before)
    after = Technician(
        area_id=area_id,
        technician_id=technician_id,
        staff_id=staff.staff_id,
        display_name=made.display_name,
        skills=sorted(set(made.skills)),
        start_place_id=made.start_place_id,
        overtime_max=timedelta(minutes=made.overtime_minutes),
        active=made.active,
        version=version,
        removed_version=0 if before is None else before.removed_version,
        phone=made.phone,
    )
    written(await setup.save_technicians(conn, [after]), [after])
    if before is None:
        await technicians.insert_feeds(conn, [after])
    return Person(technician=after, staff=staff)


async def _keep_account(
    conn: Conn, area_id: UUID, technician_id: UUID, made: TechnicianIn, before: Technician | None
) -> Staff:
    """Of somebody who does more than this, only the name is changed."""
    if before is None:
        if await setup.list_staff(conn, [], [made.login]):
            raise AlreadyTaken(pointer="/login")
        staff = Staff(
            staff_id=new_id(),
            login=made.login,
            display_name=made.display_name,
            language=made.language,
            password_hash=None,
            active=made.active,
        )
        await areas.insert_staff(conn, [staff])
        role = StaffAreaRole(
            staff_id=staff.staff_id, area_id=area_id, role=Role.TECHNICIAN, technician_id=technician_id
        )
        await areas.insert_roles(conn, [role])
        return staff
    (staff,) = await setup.list_staff(conn, [before.staff_id], [])
    if staff.login != made.login:
        raise NotChangeable(pointer="/login")
    alone = len(await areas.list_roles_of_staff(conn, staff.staff_id)) == 1
    changed = msgspec.structs.replace(
        staff,
        display_name=made.display_name,
        language=made.language,
        active=made.active if alone else staff.active,
        version=staff.version + 1,
    )
    written(await setup.save_staff(conn, [changed]), [changed])
    return changed

"""Setting support up: self-checks by symptom, and who takes what."""

from datetime import datetime
from uuid import UUID

from db.queries import areas, setup, staff, tickets
from db.records import SelfCheckVersion, SupportProfile
from db.rows import Conn
from db.states import Role
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.errors import UnknownReference
from dispatch.rules.support import SelfCheckIn, SupportPerson, SupportProfileIn, person_with, steps_of
from dispatch.setting_up import known, told, valid_from, version_after, written


async def list_self_checks(conn: Conn, *, area_id: UUID) -> list[SelfCheckVersion]:
    """All versions, by symptom."""
    return await tickets.list_check_versions(conn, area_id)


async def save_self_check(
    conn: Conn, *, area_id: UUID, made: SelfCheckIn, actor: Actor, now: datetime
) -> SelfCheckVersion:
    """Whoever is in the middle of the old version goes on with the new one. Raises `Stale`, `ValidityImpossible`,
    `UnknownReference`, `AlreadyTaken`."""
    async with conn.transaction():
        present = await tickets.list_check_versions(conn, area_id)
        mine = [row for row in present if row.symptom == made.symptom]
        before = max(mine, key=lambda row: row.self_check_version, default=None)
        number = version_after(0 if before is None else before.self_check_version, made.after)
        skills = {row.code for row in await setup.list_skills(conn, area_id)}
        for place, code in enumerate(made.skills):
            known(code, skills, f"/skills/{place}")
        after = SelfCheckVersion(
            area_id=area_id,
            symptom=made.symptom,
            self_check_version=number,
            title=made.title,
            skills=made.skills,
            steps=steps_of(made, [row.symptom for row in present]),
            valid_from=valid_from(made.valid_from, now),
        )
        await tickets.insert_self_checks(conn, [after])
        await announce(conn, area_id, [told(actor, now, "self_check", area_id, before, after)])
        return after


async def list_people(conn: Conn, *, area_id: UUID) -> list[SupportPerson]:
    """Who works in support there, by name."""
    area = await areas.get_area(conn, area_id)
    lines = [line.number for line in area.settings.support_lines]
    found = [row for row in await staff.list_office(conn, area_id) if row.active]
    held = await staff.list_roles(conn, [row.staff_id for row in found])
    support = {row.staff_id for row in held if (row.area_id, row.role) == (area_id, Role.SUPPORT)}
    profiles = {row.staff_id: row for row in await tickets.list_profiles_of_area(conn, area_id)}
    return [
        person_with(row.staff_id, row.display_name, lines, profiles)
        for row in found
        if row.staff_id in support
    ]


async def save_profile(
    conn: Conn,
    *,
    area_id: UUID,
    staff_id: UUID,
    made: SupportProfileIn,
    version: int,
    actor: Actor,
    now: datetime,
) -> SupportPerson:
    """Which lines somebody works at, and what they can. Raises `Stale`, `UnknownReference`."""
    async with conn.transaction():
        people = {row.staff_id: row for row in await list_people(conn, area_id=area_id)}
        person = people.get(staff_id)
        if person is None:
            raise UnknownReference(pointer="/staffId")
        area = await areas.get_area(conn, area_id)
        lines = {line.number for line in area.settings.support_lines}
        skills = {row.code for row in await setup.list_skills(conn, area_id)}
        for place, line in enumerate(made.lines):
            known(line, lines, f"/lines/{place}")
        for place, code in enumerate(made.skills):
            known(code, skills, f"/skills/{place}")
        after = SupportProfile(
            area_id=area_id,
            staff_id=staff_id,
            lines=sorted({*made.lines}),
            skills=sorted({*made.skills}),
            languages=sorted({*made.languages}),
            version=version_after(person.version, version),
        )
        before = next(iter(await tickets.list_profiles(conn, [area_id], staff_id)), None)
        written(await tickets.save_profiles(conn, [after]), [after])
        await announce(conn, area_id, [told(actor, now, "support_profile", area_id, before, after, staff_id)])
        return person_with(staff_id, person.display_name, [], {staff_id: after})

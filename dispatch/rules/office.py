"""Who works in the office of an area: what a supervisor says of somebody, and whose account that supervisor may change."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from db.records import Staff, StaffAreaRole
from db.records.base import Record
from db.states import Role
from dispatch.bounded import Language, Name, StrictWire
from dispatch.rules.setting_up import Login

OfficeRole = Literal["dispatcher", "support", "supervisor", "auditor"]


class OfficePersonIn(StrictWire):
    """`login` is for signing in and stays. Who is not `active` has left: of whoever works nowhere else, the account ends."""

    login: Login
    display_name: Name
    language: Language
    roles: Annotated[list[OfficeRole], Meta(min_length=1, max_length=4)]
    active: bool = True


class OfficePerson(Record):
    """Somebody with what they do in the office of one area. `beyond`: they work in areas, too, that whoever looks does not
    supervise."""

    staff_id: UUID
    login: str
    display_name: str
    language: str
    roles: list[Role]
    active: bool
    has_password: bool
    beyond: bool
    version: int


def person_of(
    staff: Staff, held: Iterable[StaffAreaRole], area_id: UUID, supervised: Sequence[UUID]
) -> OfficePerson:
    every = list(held)
    return OfficePerson(
        staff_id=staff.staff_id,
        login=staff.login,
        display_name=staff.display_name,
        language=staff.language,
        roles=sorted(row.role for row in every if row.area_id == area_id and row.role is not Role.TECHNICIAN),
        active=staff.active,
        has_password=staff.password_hash is not None,
        beyond=is_beyond(every, supervised),
        version=staff.version,
    )


def is_beyond(held: Iterable[StaffAreaRole], supervised: Sequence[UUID]) -> bool:
    """Whether the account opens more than somebody who supervises these areas may open: then its name and password are not
    theirs to change, or they would sign in where they may not."""
    return any(row.area_id not in supervised for row in held)


def works_only_there(held: Iterable[StaffAreaRole], area_id: UUID) -> bool:
    """In this office and nowhere else, nor as a technician."""
    return all(row.area_id == area_id and row.role is not Role.TECHNICIAN for row in held)

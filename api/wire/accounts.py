"""Sign-in and sessions on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from db.states import Role
from dispatch.bounded import LINE, Language, StrictWire, Wire

Login = Annotated[str, Meta(min_length=1, max_length=100, pattern=LINE)]
Password = Annotated[str, Meta(min_length=1, max_length=500, pattern=LINE)]


class SignIn(StrictWire):
    login: Login
    password: Password


class RoleHeld(Wire):
    area_id: UUID
    role: Role
    technician_id: UUID | None = None


class Me(Wire):
    """Who is signed in, with the roles of this moment. `now`: by the server's clock."""

    staff_id: UUID
    display_name: str
    language: str
    roles: list[RoleHeld]
    now: datetime


class LanguageIn(StrictWire):
    """As the front ends have it: `en`, `ru`, `hu`. What is said in no such language is said in English."""

    language: Language


class AreaOut(Wire):
    """An area in which the caller has a role. `timeZone` is an IANA name, `currency` an ISO 4217 code."""

    area_id: UUID
    name: str
    time_zone: str
    currency: str
    language: str


class Areas(Wire):
    items: list[AreaOut]


class SessionOut(Wire):
    session_id: UUID
    created_at: datetime
    used_at: datetime
    agent: str


class Sessions(Wire):
    items: list[SessionOut]

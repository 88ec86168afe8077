"""Who works in the office of an area, and setting a password, on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from db.states import Role
from dispatch.bounded import LINE, StrictWire, Wire


class OfficePersonOut(Wire):
    """`beyond`: works where the reader does not supervise as well, so name, language and password are not the reader's to
    change."""

    staff_id: UUID
    login: str
    display_name: str
    language: str
    roles: list[Role]
    active: bool
    has_password: bool
    beyond: bool
    version: int


class Office(Wire):
    items: list[OfficePersonOut]


class PasswordLinkOut(Wire):
    url: str
    expires_at: datetime


class PasswordIn(StrictWire):
    """`code` is what stands behind `#/password/` in the link. A sentence is a good password."""

    code: Annotated[str, Meta(min_length=1, max_length=200, pattern=LINE)]
    password: Annotated[str, Meta(min_length=12, max_length=500, pattern=LINE)]


class PasswordSet(Wire):
    """To be signed in with from now on."""

    login: str

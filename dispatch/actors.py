"""Who acts: read from the database in each request, never from a token."""

from uuid import UUID

import msgspec

from db.states import ActorKind, Role
from dispatch.errors import NotAllowed


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """A person, another system or a worker, with what it may do where."""

    kind: ActorKind
    actor_id: UUID
    roles: frozenset[tuple[UUID, Role]] = frozenset()
    scopes: frozenset[str] = frozenset()
    areas: tuple[UUID, ...] = ()
    technician_ids: tuple[tuple[UUID, UUID], ...] = ()
    """(home area, technician) of a person who is one."""
    display_name: str = ""
    language: str = "en"
    session_id: UUID | None = None

    def has(self, *roles: Role) -> bool:
        return any(role in roles for _, role in self.roles)

    def areas_as(self, *roles: Role) -> tuple[UUID, ...]:
        """The areas in which this person has one of the roles, in a fixed order."""
        return tuple(sorted({area for area, role in self.roles if role in roles}))

    def one_area(self, wanted: UUID | None, *roles: Role) -> UUID:
        """The area meant: the one named, or the only one. Raises `NotAllowed`."""
        areas = self.areas_as(*roles)
        if wanted is None and len(areas) == 1:
            return areas[0]
        if wanted is None or wanted not in areas:
            raise NotAllowed()
        return wanted


def worker(area_id: UUID) -> Actor:
    """The worker acting for an area."""
    return Actor(kind=ActorKind.WORKER, actor_id=area_id, areas=(area_id,))

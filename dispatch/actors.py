"""Who acts: read from the database in each request, never from a token."""

from uuid import UUID

import msgspec

from db.states import ActorKind, Role


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
    device_id: UUID | None = None
    """Of a phone that shows its key instead of a session: it may deposit, and nothing else."""
    job_id: UUID | None = None
    """Of a subscriber who shows a link: the one job that it is about."""

    def areas_as(self, *roles: Role) -> tuple[UUID, ...]:
        """The areas in which this person has one of the roles, in a fixed order."""
        return tuple(sorted({area for area, role in self.roles if role in roles}))


def worker(area_id: UUID) -> Actor:
    """The worker acting for an area."""
    return Actor(kind=ActorKind.WORKER, actor_id=area_id, areas=(area_id,))

"""What a database can answer instead of rows. `dispatch` gives each its meaning; no message text is parsed or shown.

DatabaseError
├── UniqueViolated(constraint)
├── ReferenceViolated(constraint)
├── CheckViolated(constraint)
├── AccessRefused              row-level security or a missing grant: always a bug or an attack
├── Conflicted                 deadlock or serialization failure: the transaction may be run again
└── Unavailable                down, full, or too slow: come back later
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

import asyncpg

DRAWN = frozenset({"plan_version_is_unique"})
"""Numbers drawn as the highest plus one: of two who draw at once, the slower draws again."""


class DatabaseError(Exception):
    """Anything below."""


class ConstraintViolated(DatabaseError):
    """A named constraint said no."""

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


class UniqueViolated(ConstraintViolated):
    """The row is there already."""


class ReferenceViolated(ConstraintViolated):
    """What the row points at is not there."""


class CheckViolated(ConstraintViolated):
    """The row breaks a rule that the schema itself keeps."""


class AccessRefused(DatabaseError):
    """The role may not, or the row lies in another area."""


class Conflicted(DatabaseError):
    """Two transactions met; this one may be run again."""


class Unavailable(DatabaseError):
    """No connection, no room or no answer in time. Nothing was stored."""


def _meaning(error: BaseException) -> DatabaseError | None:
    match error:
        case asyncpg.UniqueViolationError() if error.constraint_name in DRAWN:
            return Conflicted(type(error).__name__)
        case asyncpg.UniqueViolationError():
            return UniqueViolated(error.constraint_name or "")
        case asyncpg.ForeignKeyViolationError():
            return ReferenceViolated(error.constraint_name or "")
        case asyncpg.CheckViolationError():
            return CheckViolated(error.constraint_name or "")
        case asyncpg.InsufficientPrivilegeError():
            return AccessRefused(type(error).__name__)
        case asyncpg.DeadlockDetectedError() | asyncpg.SerializationError():
            return Conflicted(type(error).__name__)
        case (
            asyncpg.PostgresConnectionError()
            | asyncpg.InterfaceError()
            # a server that dies says goodbye to a connection that expected nothing; asyncpg calls that its own error
            | asyncpg.InternalClientError()
            | asyncpg.OperatorInterventionError()
            | asyncpg.InsufficientResourcesError()
            | asyncpg.LockNotAvailableError()
            | OSError()
            | asyncio.TimeoutError()
        ):
            return Unavailable(type(error).__name__)
        case _:
            return None


@contextmanager
def translated() -> Generator[None]:
    """Raise the family above instead of asyncpg's errors; anything else passes unchanged."""
    try:
        yield
    except (
        TimeoutError,
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,
        OSError,
    ) as error:
        meaning = _meaning(error)
        if meaning is None:
            raise
        raise meaning from error

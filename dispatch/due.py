"""What falls due for many is done one by one: a bug with one must not stop it for all the others."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from db.errors import Unavailable
from db.pool import Database
from db.rows import Conn

log = logging.getLogger(__name__)


async def do_due(database: Database, seen: Sequence[UUID], flow: Callable[[Conn], Awaitable[object]]) -> None:
    """In a transaction that sees these areas. What goes wrong is logged. Raises `Unavailable`."""
    try:
        await database.transact(list(seen), flow)
    except Unavailable:
        raise
    except Exception as error:
        log.error("worker.due_failed", extra={"kind": type(error).__name__}, exc_info=error)

"""Opening a session, in whatever way somebody came in: a step of several flows."""

import hashlib
import secrets
from datetime import datetime
from uuid import UUID

from db.ids import new_id
from db.queries import areas
from db.records import Session
from db.rows import Conn


def digest(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).digest()


async def start_session(
    conn: Conn, *, staff_id: UUID, agent: str, now: datetime, device_id: UUID | None = None
) -> str:
    """The secret: a new one each time, so that nobody can plant one beforehand. `device_id`: it ends with that phone."""
    secret = secrets.token_urlsafe(32)
    session = Session(
        session_hash=digest(secret),
        session_id=new_id(),
        staff_id=staff_id,
        created_at=now,
        used_at=now,
        ended_at=None,
        agent=agent[:200],
        device_id=device_id,
    )
    await areas.insert_sessions(conn, [session])
    return secret

"""What this installation is."""

from db.queries import areas
from db.rows import Conn


async def is_demo(conn: Conn) -> bool:
    """Whether the database was made for a demo; only there the stepped clock is taken."""
    found = await areas.find_installation(conn)
    return found is not None and found.demo

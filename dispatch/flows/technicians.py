"""Reading technicians."""

from uuid import UUID

from db.queries import technicians
from db.records import Technician
from db.rows import Conn
from dispatch.errors import UnknownTechnician


async def get(conn: Conn, *, area_id: UUID, technician_id: UUID) -> Technician:
    """Raises `UnknownTechnician`."""
    found = await technicians.find_technician(conn, area_id, technician_id)
    if found is None:
        raise UnknownTechnician()
    return found

"""What keeps failing: faults of weeks, set against what chance would give."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from db.queries import setup, signs, systemic, technicians
from db.records.base import Record
from db.rows import Conn
from dispatch.rules.networks import network_of
from dispatch.rules.systemic import Problem, problems


class Ranked(Record):
    """`names`: of elements and technicians."""

    problems: list[Problem]
    names: Mapping[UUID, str]


async def rank(conn: Conn, *, area_id: UUID, weeks: int, now: datetime) -> Ranked:
    """Of so many weeks until now, the most surprising first."""
    since, span = now - timedelta(weeks=weeks), timedelta(weeks=weeks)
    elements = await setup.list_network_elements(conn, area_id)
    homes = {row.subscriber_id: row.network_element_id for row in await signs.list_hanging(conn, area_id)}
    found = problems(
        await systemic.list_faults(conn, area_id, since, now),
        await systemic.list_faults(conn, area_id, since - span, since),
        network_of(elements, homes),
        await systemic.list_houses(conn, area_id),
        since,
        now,
    )
    crew = await technicians.list_technicians(conn, [area_id])
    names = {row.network_element_id: row.name for row in elements}
    return Ranked(problems=found, names=names | {row.technician_id: row.display_name for row in crew})

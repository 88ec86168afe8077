"""Who comes to a visit: whose it is, who joined, who is still asked for. Shared by phones, rounds, alerts and whoever joins."""

from collections.abc import Sequence
from uuid import UUID

from db.queries import plans, technicians
from db.records import Report, Visit
from db.records.base import Record
from db.rows import Conn
from dispatch.rules.alerts import unanswered


class Team(Record):
    """Of one visit: technicians with their names, first whose it is. Somebody of an area that is not seen has none."""

    names: dict[UUID, str]

    def beside(self, technician_id: UUID) -> list[str]:
        """The names of the others."""
        return [name for other, name in self.names.items() if other != technician_id and name]


async def read_teams(conn: Conn, area_id: UUID, visits: Sequence[Visit]) -> dict[UUID, Team]:
    """By visit."""
    crew = await plans.list_crew(conn, area_id, sorted({visit.job_id for visit in visits}))
    wanted = {(visit.technician_area_id, visit.technician_id) for visit in visits}
    wanted |= {(row.technician_area_id, row.technician_id) for row in crew}
    homes, who = {home for home, _ in wanted}, {technician_id for _, technician_id in wanted}
    names = {
        person.technician_id: person.display_name
        for person in await technicians.list_technicians_by_id(conn, sorted(homes), sorted(who))
    }
    coming = {visit.visit_id: [visit.technician_id] for visit in visits}
    for row in crew:
        coming.setdefault(row.visit_id, []).append(row.technician_id)
    return {
        visit_id: Team(names={technician_id: names.get(technician_id, "") for technician_id in team})
        for visit_id, team in coming.items()
    }


async def read_unanswered(conn: Conn, area_id: UUID, asked: Sequence[Report]) -> list[Report]:
    """Of these reports that ask for help: those that nobody has answered by joining."""
    crew = await plans.list_crew(conn, area_id, sorted({report.job_id for report in asked}))
    homes = sorted({row.technician_area_id for row in crew})
    people = await technicians.list_technicians_by_id(
        conn, homes, sorted({row.technician_id for row in crew})
    )
    return unanswered(asked, crew, {person.technician_id: person.skills for person in people})
